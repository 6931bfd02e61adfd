# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control plane under /_sim/: what a test does by calling Simulator, by HTTP. JSON, no authentication.

GET    /_sim/state                 everything
GET    /_sim/settings              PATCH to change some: a JSON object of fields
POST   /_sim/push                  {"key": "domain/app/stream"} or {"keys": [...]}; likewise /_sim/unpush
GET    /_sim/rules                 POST {"key": pattern, "record_type": ..., "config": ...}; DELETE /_sim/rules/ID
GET    /_sim/recordings            POST {"key": ...}: somebody else records; POST /_sim/recordings/fail breaks it off
GET    /_sim/faults                POST fields of Fault; DELETE all, or /_sim/faults/NUMBER
GET    /_sim/log                   filters: ?action=, ?key=, ?since=INDEX; DELETE to empty it
POST   /_sim/tokens/expire         all tokens become worthless
POST   /_sim/advance               {"seconds": 11}
POST   /_sim/reset                 back to the beginning
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .answers import Answer, found

if TYPE_CHECKING:
    from .simulator import Simulator

_Handler = Callable[[dict[str, Any], dict[str, str], str], Any]


class Control:
    """Maps requests to a Simulator's methods."""

    def __init__(self, simulator: Simulator) -> None:
        self._sim = simulator
        self._routes: dict[str, _Handler] = {
            "GET state": lambda _body, _query, _last: self._state(),
            "GET settings": lambda _body, _query, _last: self._settings(),
            "PATCH settings": self._patch,
            "POST push": lambda body, _query, _last: self._each(body, simulator.push),
            "POST unpush": lambda body, _query, _last: self._each(body, simulator.unpush),
            "GET rules": lambda _body, _query, _last: self._state()["rules"],
            "POST rules": self._add_rule,
            "DELETE rules/": self._remove_rule,
            "GET recordings": lambda _body, _query, _last: sorted(simulator.recording()),
            "POST recordings": lambda body, _query, _last: self._each(body, simulator.set_recording),
            "POST recordings/fail": lambda body, _query, _last: self._each(body, simulator.fail_recording),
            "GET faults": lambda _body, _query, _last: simulator.service.faults.as_list(),
            "POST faults": lambda body, _query, _last: {"id": simulator.fault(**body)},
            "DELETE faults": lambda _body, _query, _last: simulator.clear_faults(),
            "DELETE faults/": self._remove_fault,
            "GET log": self._log,
            "DELETE log": lambda _body, _query, _last: simulator.clear_log(),
            "POST tokens/expire": lambda _body, _query, _last: simulator.expire_tokens(),
            "POST advance": lambda body, _query, _last: simulator.advance(float(body["seconds"])),
            "POST reset": lambda _body, _query, _last: simulator.reset(),
        }

    def answer(self, method: str, path: str, query: dict[str, str], raw: bytes) -> Answer:
        """Answer a request: 200 with JSON (``{}`` where there is nothing to say), 400 or 404 with ``error``."""
        name = path.removeprefix("/_sim/").rstrip("/")
        parent, _slash, last = name.rpartition("/")
        handler = self._routes.get(f"{method} {name}") or self._routes.get(f"{method} {parent}/")
        if handler is None:
            return found({"error": f"no such control: {method} {path}"}, 404)
        try:
            body = json.loads(raw) if raw else {}
            if not isinstance(body, dict):
                raise ValueError("the body must be a JSON object")
            with self._sim.lock:
                result = handler(body, query, last)
        except (ValueError, TypeError, KeyError) as error:
            return found({"error": f"{type(error).__name__}: {error}"}, 400)
        return found({} if result is None else result)

    def _state(self) -> dict[str, Any]:
        return self._sim.cloud.state()

    def _settings(self) -> dict[str, Any]:
        settings = self._sim.settings.as_dict()
        return {**settings, "denied": sorted(settings["denied"])}

    def _patch(self, body: dict[str, Any], _query: dict[str, str], _last: str) -> dict[str, Any]:
        self._sim.settings.update(body)
        return self._settings()

    @staticmethod
    def _each(body: dict[str, Any], act: Callable[[str], None]) -> None:
        keys = body["keys"] if "keys" in body else [body["key"]]
        for key in keys:
            act(key)

    def _add_rule(self, body: dict[str, Any], _query: dict[str, str], _last: str) -> dict[str, Any]:
        known = {name: body[name] for name in ("record_type", "config") if name in body}
        return {"id": self._sim.rule(body["key"], **known)}

    def _remove_rule(self, _body: dict[str, Any], _query: dict[str, str], last: str) -> None:
        if not self._sim.cloud.remove_rule(last):
            raise ValueError(f"no rule {last}")

    def _remove_fault(self, _body: dict[str, Any], _query: dict[str, str], last: str) -> None:
        if not self._sim.service.faults.remove(int(last)):
            raise ValueError(f"no fault {last}")

    def _log(self, _body: dict[str, Any], query: dict[str, str], _last: str) -> list[dict[str, Any]]:
        since = int(query.get("since", "0"))
        return [
            entry.as_dict()
            for entry in self._sim.log[since:]
            if query.get("action") in (None, entry.action) and query.get("key") in (None, entry.key)
        ]
