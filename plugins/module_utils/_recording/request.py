# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run is asked for: the options of the module, checked together before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._core.errors import ConfigError
from .._core.streams import StreamKey, parse_streams
from .plan import Wanted

_BOUNDS: dict[str, tuple[int, int | None]] = {
    "concurrency": (1, 64),
    "rate_limit": (0, None),
    "retry_timeout": (0, None),
    "restart_gap": (0, None),
    "wait_timeout": (0, None),
    "wait_interval": (1, None),
}


@dataclass(frozen=True)
class Options:
    """What a run was asked for; the module documents each. Times are seconds.

    timeout: of one request. It bounds how long the first one may keep the others waiting. remembered: as the user
    handed it in, whatever it is.
    """

    wanted: Wanted
    concurrency: int = 10
    rate_limit: int = 300
    retry_timeout: float = 60
    restart_gap: float = 11
    wait_timeout: float = 0
    wait_interval: float = 10
    preflight: bool = True
    check: bool = False
    timeout: float = 30
    remembered: Any = None


def parse(params: Mapping[str, Any], check: bool) -> tuple[list[StreamKey], Options]:
    """The streams and the options. Raises ConfigError that names every fault of both."""
    faults = [fault for name, bounds in _BOUNDS.items() if (fault := _out_of_bounds(name, params[name], *bounds))]
    keys: list[StreamKey] = []
    try:
        keys = parse_streams(params["streams"] or [], params["publish_domain"], params["app"])
    except ConfigError as exc:
        faults.append(str(exc))
    if faults:
        raise ConfigError(" ".join(faults))
    numbers = {name: params[name] for name in _BOUNDS}
    others = {name: params[name] for name in ("preflight", "timeout", "remembered")}
    options = Options(wanted=params["state"], check=check, **others, **numbers)
    return keys, options


def _out_of_bounds(name: str, value: int, least: int, most: int | None) -> str | None:
    if value >= least and (most is None or value <= most):
        return None
    return f"{name} is {value}, it must be {f'{least} to {most}' if most else f'at least {least}'}."
