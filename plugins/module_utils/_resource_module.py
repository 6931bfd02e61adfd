# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all modules for resources and all modules for lists have in common, on this side of the door to Ansible."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ._cloud.live_api import LiveApi
from ._core.errors import ConfigError
from ._module import Context, Outcome, run_module
from ._resources.ask import ResourceError
from ._resources.ensure import Report, Request, ensure
from ._resources.kinds import Kind
from ._resources.lists import Listing
from ._resources.resource import Item
from ._resources.stores import store_of

# Documented by the fragments hwc.live.retries and hwc.live.resource.
RETRIES: dict[str, Any] = {"retry_timeout": {"type": "int", "default": 60}}
STATE: dict[str, Any] = {"state": {"type": "str", "choices": ["present", "absent"], "default": "present"}}
UPDATE_KEY: dict[str, Any] = {"type": "str", "choices": ["on_create", "always"], "no_log": False}

Advise = Callable[[LiveApi, Item], list[str]]
Read = Callable[[LiveApi, Mapping[str, Any], float], Listing]


def texts(*names: str, required: bool = False) -> dict[str, Any]:
    """The argument spec of options that are plain text."""
    return {name: {"type": "str", "required": required} for name in names}


def run_resource(kind: Kind, options: Mapping[str, Any], advise: Advise | None = None) -> None:
    """The whole module of one resource. advise: warnings about what was, or would be, written."""

    def work(context: Context) -> Outcome:
        wanted = kind.wanted(context.params)
        request = Request(
            present=context.params["state"] == "present",
            wanted=wanted,
            check=context.check_mode,
            update_secret=context.params.get("update_key") == "always",
            budget=retry_budget(context.params),
        )
        api = context.connect(1)
        store = store_of(kind, api, request.budget)
        try:
            report = ensure(store, kind, request, None if advise is None else lambda item: advise(api, item))
        except ResourceError as exc:
            return Outcome({"changed": exc.changed}, str(exc))
        return Outcome(_values(kind, report, kind.name(wanted), context.with_diff), warnings=report.warnings)

    run_module({**STATE, **RETRIES, **options}, work)


def _values(kind: Kind, report: Report, name: str, with_diff: bool) -> dict[str, Any]:
    values: dict[str, Any] = {"changed": report.changed, kind.result: report.resource}
    if with_diff:
        headers = {"before_header": name, "after_header": name}
        values["diff"] = {"before": report.before, "after": report.after, **headers}
    return values


def run_info(result: str, read: Read, options: Mapping[str, Any]) -> None:
    """The whole module of one list; result: the name of its return value."""

    def work(context: Context) -> Outcome:
        listing = read(context.connect(1), context.params, retry_budget(context.params))
        return Outcome({"changed": False, result: listing.items}, warnings=listing.warnings)

    run_module({**RETRIES, **options}, work)


def retry_budget(params: Mapping[str, Any]) -> float:
    """Seconds. Raises ConfigError."""
    seconds = float(params["retry_timeout"])
    if seconds < 0:
        raise ConfigError("retry_timeout must be at least 0.")
    return seconds
