# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The door to Ansible: the connection options, the way in for every module, and the one place that fails one."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.basic import AnsibleModule, env_fallback, missing_required_lib
from ansible.module_utils.common.parameters import AnsibleFallbackNotFound

from ._cloud.credentials import ENVIRONMENT, SECRETS, Connection, insecure_from_environ, resolve
from ._cloud.live_api import LiveApi
from ._cloud.transport import REQUESTS_IMPORT_ERROR
from ._core.errors import LiveError
from ._core.streams import redact, split_text


def _verify_fallback(*names: str) -> bool:
    try:
        return insecure_from_environ(*names)
    except ValueError:
        raise AnsibleFallbackNotFound from None


def connection_spec() -> dict[str, dict[str, Any]]:
    """The argument spec of the connection options; their documentation is the fragment hwc.live.connection."""
    spec: dict[str, dict[str, Any]] = {
        name: {"type": "str", "fallback": (env_fallback, list(variables)), "no_log": name in SECRETS}
        for name, variables in ENVIRONMENT.items()
    }
    spec["validate_certs"] = {"type": "bool", "default": True, "fallback": (_verify_fallback, ["HW_INSECURE"])}
    spec["ca_path"] = {"type": "path"}
    spec["timeout"] = {"type": "int", "default": 30}
    return spec


@dataclass(frozen=True)
class Context:
    """What a module's work gets to see of Ansible.

    params: the options. connect: a client, for so many connections at the same time. connection: where and as whom.
    """

    params: Mapping[str, Any]
    check_mode: bool
    with_diff: bool
    connect: Callable[[int], LiveApi]
    connection: Connection


@dataclass(frozen=True)
class Outcome:
    """What a module returns: `values` in any case, and a message where it failed.

    returns_token: a token that was got in this run is what the user asked for, so it is not censored in `values`.
    """

    values: dict[str, Any]
    failure: str | None = None
    warnings: list[str] = field(default_factory=list)
    returns_token: bool = False


class _Module(AnsibleModule):
    def _load_params(self) -> None:
        """Push URLs carry secrets in their query: it is gone before Ansible logs or returns what it was given."""
        super()._load_params()
        for name, value in self.params.items():
            misspelt = name not in self.argument_spec and not name.startswith("_ansible_")
            if name == "streams" or misspelt:
                self.params[name] = redact(split_text(value))


def run_module(options: Mapping[str, Any], work: Callable[[Context], Outcome]) -> None:
    """Runs `work` between Ansible's way in and its way out. Every LiveError becomes a failure with its text."""
    module = _Module(argument_spec={**connection_spec(), **options}, supports_check_mode=True)
    if REQUESTS_IMPORT_ERROR is not None:
        module.fail_json(msg=missing_required_lib("requests"), exception=REQUESTS_IMPORT_ERROR)
    clients: list[LiveApi] = []
    try:
        connection = resolve(module.params, os.environ, os.path.expanduser("~"))
        module.no_log_values.update(connection.secrets)

        def connect(connections: int) -> LiveApi:
            clients.append(LiveApi(connection, connections))
            return clients[-1]

        outcome = work(Context(module.params, module.check_mode, bool(module._diff), connect, connection))
        warnings = [*connection.warnings, *outcome.warnings]
    except LiveError as exc:
        outcome, warnings = Outcome({}, failure=str(exc)), []
    if not outcome.returns_token:
        module.no_log_values.update(token for client in clients for token in client.auth.issued)
    for warning in warnings:
        module.warn(warning)
    if outcome.failure is not None:
        module.fail_json(msg=outcome.failure, **outcome.values)
    module.exit_json(**outcome.values)
