# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on request: which requests they hit, how often, and what happens instead of an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from .call import Call

Kind = Literal["status", "reset_before", "reset_after", "delay", "cut_body", "hang"]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One scripted fault. Left-out criteria match everything.

    kind         ``status``: answer ``status`` (default: the one of ``code``, else 500), ``body`` (default: an error
                 with ``code``; without one: empty), ``headers``, ``content_type``. ``reset_before``,
                 ``reset_after``: the connection is reset before or after the request takes effect. ``delay``: the true
                 answer, ``seconds`` late. ``cut_body``: takes effect, then an answer that ends before its
                 Content-Length. ``hang``: no answer until the client goes away.
    key          ``domain/app/stream`` of a record control; with ``*`` or ``?`` a pattern
    action       START or STOP
    path         prefix of the path, with or without ``/v1/{project_id}``
    method       HTTP method
    attempts     which of the matching requests of one stream (for other calls: of one path), counted from 1
    times        how often it fires altogether
    effect       whether the request takes effect nevertheless; fixed for the resets and ``cut_body``
    when         ``delay`` before or after the effect
    """

    kind: Kind
    key: str | None = None
    action: str | None = None
    path: str | None = None
    method: str | None = None
    attempts: frozenset[int] | None = None
    times: int | None = None
    status: int | None = None
    code: str | None = None
    body: str | dict[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str | None = None
    seconds: float = 0.0
    effect: bool = False
    when: Literal["before", "after"] = "before"

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"no such kind of fault: {self.kind!r}; there are: {', '.join(get_args(Kind))}")
        if self.when not in ("before", "after"):
            raise ValueError(f"when must be before or after, not {self.when!r}")
        if self.attempts is not None and not isinstance(self.attempts, frozenset):
            object.__setattr__(self, "attempts", frozenset(_numbers(self.attempts)))

    @property
    def takes_effect(self) -> bool:
        """Whether the request does what it asks for."""
        return self.kind in ("reset_after", "delay", "cut_body") or (self.kind in ("status", "hang") and self.effect)

    def matches(self, call: Call) -> bool:
        """Whether the criteria fit a request."""
        key, paths = call.entry.key, (call.path, "/" + call.short, call.short)
        return (
            (self.method is None or self.method.upper() == call.method)
            and (self.action is None or self.action == call.entry.action)
            and (self.path is None or any(path.startswith(self.path) for path in paths))
            and (self.key is None or (key is not None and (key == self.key or fnmatchcase(key, self.key))))
        )

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "attempts": None if self.attempts is None else sorted(self.attempts)}


def _numbers(value: object) -> Iterable[int]:
    numbers = value if isinstance(value, (set, list, tuple, range)) else [value]
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise ValueError(f"attempts must be numbers from 1 on, not {value!r}")
        yield number


class FaultBook:
    """The faults that are set, with their counters. The first that matches and is due fires."""

    def __init__(self) -> None:
        self._faults: dict[int, Fault] = {}
        self._seen: dict[tuple[int, str], int] = {}
        self._fired: dict[int, int] = {}
        self._last = 0

    def __bool__(self) -> bool:
        return bool(self._faults)

    def add(self, fault: Fault) -> int:
        """Set a fault; its number identifies it."""
        self._last += 1
        self._faults[self._last] = fault
        return self._last

    def remove(self, number: int) -> bool:
        """Take a fault away: False if there is none of this number."""
        return self._faults.pop(number, None) is not None

    def clear(self) -> None:
        """Take all away."""
        self._faults.clear()
        self._seen.clear()
        self._fired.clear()

    def pick(self, call: Call) -> tuple[int, Fault] | None:
        """The fault that fires for a request. Every matching fault counts it, whether it fires or not."""
        chosen = None
        for number, fault in self._faults.items():
            if not fault.matches(call):
                continue
            counter = (number, call.entry.key or call.path)
            seen = self._seen[counter] = self._seen.get(counter, 0) + 1
            due = fault.attempts is None or seen in fault.attempts
            if chosen is None and due and (fault.times is None or self._fired.get(number, 0) < fault.times):
                self._fired[number] = self._fired.get(number, 0) + 1
                chosen = (number, fault)
        return chosen

    def as_list(self) -> list[dict[str, Any]]:
        """For JSON: every fault with its number and how often it fired."""
        return [
            {"id": number, "fired": self._fired.get(number, 0), **fault.as_dict()}
            for number, fault in self._faults.items()
        ]
