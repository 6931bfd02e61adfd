# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can happen to a run, as data, and strategies that make it up.

Left out is what no client can see through: an error code that is a lie (a 200 or a "Record task exist" that the cloud
does not mean), somebody else who commands the same streams at the same time, and a restart_gap that the user chose
shorter than the cloud's.
"""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hypothesis import strategies as st

Wanted = Literal["recording", "stopped"]
Situation = Literal["idle", "recording", "closing", "unpushed", "early"]
Auth = Literal["key", "temporary", "token", "password"]
What = Literal["expire", "revoke", "deny", "push", "unpush", "break", "kill", "terminate"]

SIGNALS: dict[str, signal.Signals] = {"kill": signal.SIGKILL, "terminate": signal.SIGTERM}
HTML = "<html><body>Bad Gateway</body></html>"
_DOMAINS = ("push.example.com", "push.example.org")
_GAP_LEFT = 0.3  # restart_gap: longer than the longest gap below


@dataclass(frozen=True)
class Camera:
    """A stream and how it stands at first. early: its push began before there was any rule."""

    key: str
    situation: Situation


@dataclass(frozen=True)
class Event:
    """What happens while a run is under way: when its request number `at` (0: before the first) has arrived."""

    at: int
    what: What
    camera: int = 0


@dataclass(frozen=True)
class Step:
    """One run: in a process of its own if it is to be killed, else in this one."""

    wanted: Wanted
    options: Mapping[str, Any]
    faults: tuple[Mapping[str, Any], ...] = ()
    events: tuple[Event, ...] = ()

    @property
    def killed(self) -> bool:
        return any(event.what in SIGNALS for event in self.events)


@dataclass(frozen=True)
class Scenario:
    """A cloud, a list of streams (numbers of cameras, perhaps twice), and runs over it one after another.

    remembers: each run hands what it learned to the next, failed or not, as docs/memory.md advises, and the first one
    knows how the streams stood. A killed run hands on nothing: what is remembered after it may be wrong.
    """

    auth: Auth
    settings: Mapping[str, Any]
    rules: tuple[tuple[str, str], ...]
    cameras: tuple[Camera, ...]
    listed: tuple[int, ...]
    remembers: bool
    steps: tuple[Step, ...]


def _often(value: Any, *others: Any) -> st.SearchStrategy[Any]:
    """Mostly the first value, which is also what a counterexample shrinks to."""
    return st.sampled_from([value] * 3 * len(others) + list(others))


_SITUATIONS: list[Situation] = ["idle", "recording", "closing", "idle", "recording", "closing", "unpushed", "early"]
_ORDERS: list[list[Wanted]] = [["recording", "stopped"], ["stopped", "recording"], ["recording"], ["stopped"]]
_SETTINGS = st.fixed_dictionaries(
    {"gap": st.sampled_from([0.25, 0.0]), "quota_window": st.sampled_from([1.0, 0.5, 2.0])},
    optional={
        "denied": st.sets(st.sampled_from(["rules:list", "streams:list"])),
        "denied_as": st.sampled_from(["gateway", "service"]),
        "bad_signature_as": st.sampled_from(["gateway", "service"]),
        "clock_skew": _often(0.0, 600.0, 1000.0),
        "token_ttl": _often(86400.0, 0.3),
        "merge_window": st.sampled_from([None, 0.0, 60.0]),
        "online_lag_appear": st.sampled_from([0.0, 100.0]),
        "online_lag_vanish": st.sampled_from([0.0, 100.0]),
        "quota": st.integers(3, 20),
        "quota_shared": st.booleans(),
        "quota_counts_refused": st.booleans(),
        "online_quota": st.integers(1, 20),
        "retry_after": st.sampled_from([None, 0.0, 0.2, 1.0]),
        "max_concurrent": st.integers(1, 4),
        "latency": st.sampled_from([0.0, 0.005, 0.02, 0.1]),
        "start_while_recording": st.sampled_from(["exists", "ok"]),
        "idle_stop": st.sampled_from(["ok", "absent", "illegal"]),
        "stop_no_rule": st.sampled_from(["idle", "absent", "illegal"]),
        "start_unpushed": st.sampled_from(["illegal", "unknown_code", "absent"]),
        "start_no_rule": st.sampled_from(["illegal", "absent"]),
        "gateway_prefix": st.sampled_from(["APIGW", "APIG"]),
        "gateway_message_key": st.sampled_from(["error_msg", "error_message"]),
        "offset_counts": st.sampled_from(["records", "pages"]),
        "repeat_last_page": st.booleans(),
        "rules_default_type": st.sampled_from(["CONTINUOUS_RECORD", "all"]),
    },
)

_REFUSALS: tuple[Mapping[str, Any], ...] = (
    {"code": "APIGW.0308"},
    {"code": "APIG.0308", "headers": {"Retry-After": "0.2"}},
    {"status": 429, "body": HTML},
    {"code": "LIVE.100011007"},
    {"code": "LIVE.100011001"},
    {"status": 400, "body": HTML},
    {"status": 403, "code": "LIVE.103011016"},
    {"status": 400, "code": "LIVE.100011006"},
    {"status": 404, "body": HTML},
    {"status": 302, "headers": {"Location": "http://192.0.2.1/"}},
    {"code": "LIVE.100011003"},
    {"code": "APIGW.0301"},
    {"status": 401, "body": HTML},
)
_DOUBTFUL: tuple[Mapping[str, Any], ...] = (
    {"code": "LIVE.100011000"},
    {"code": "LIVE.100011005"},
    {"status": 400, "code": "LIVE.103011021"},
    {"status": 502, "body": HTML},
    {"status": 503},
    {"status": 504, "headers": {"Retry-After": "0.1"}},
    {"status": 408},
    {"status": 200, "body": HTML},
)
_FAULTS = st.one_of(
    st.sampled_from(_REFUSALS).map(lambda answer: {"kind": "status", **answer}),
    st.builds(
        lambda answer, effect: {"kind": "status", **answer, "effect": effect}, st.sampled_from(_DOUBTFUL), st.booleans()
    ),
    st.sampled_from([{"kind": kind} for kind in ("reset_before", "reset_after", "cut_body")]),
    st.builds(lambda effect: {"kind": "hang", "effect": effect}, st.booleans()),
    st.builds(
        lambda seconds, when: {"kind": "delay", "seconds": seconds, "when": when},
        st.sampled_from([0.05, 0.35, 0.8]),
        st.sampled_from(["before", "after"]),
    ),
)
_TIMES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.sets(st.integers(1, 4), min_size=1, max_size=3).map(lambda attempts: {"attempts": sorted(attempts)}),
    st.integers(1, 6).map(lambda times: {"times": times}),
    st.just({}),
)


def _options(gap: float) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "concurrency": st.integers(1, 10),
            "rate_limit": st.sampled_from([0, 300]),
            "retry_timeout": st.sampled_from([2.0, 0.0, 0.5]),
            "restart_gap": _often(_GAP_LEFT, 0.0 if gap == 0 else _GAP_LEFT),
            "wait_timeout": _often(0.0, 0.5),
            "wait_interval": st.sampled_from([0.1, 0.2]),
            "preflight": st.booleans(),
            "check": _often(False, True),
            "timeout": st.sampled_from([0.3, 0.5]),
        }
    )


def _faults(cameras: list[Camera]) -> st.SearchStrategy[Mapping[str, Any]]:
    """One fault: of the commands of one camera, of all, of a read, or of IAM."""
    commands: list[Mapping[str, Any]] = [{"key": camera.key} for camera in cameras]
    others: list[Mapping[str, Any]] = [{"path": path} for path in ("record/rules", "realtime/streams", "/v3/")]
    target = st.one_of(st.sampled_from([*commands, {"path": "record/control"}]), st.sampled_from(others))
    return st.builds(lambda kind, times, where: {**kind, **times, **where}, _FAULTS, _TIMES, target)


def _events(cameras: list[Camera], kills: bool) -> st.SearchStrategy[Event]:
    names: list[What] = ["kill", "terminate"] if kills else ["expire", "revoke", "deny", "push", "unpush", "break"]
    moments = st.integers(0, 12) if kills else st.just(0) | st.integers(0, 12)  # a key is often bad from the start
    return st.builds(Event, moments, st.sampled_from(names), st.integers(0, len(cameras) - 1))


@st.composite
def _steps(draw: st.DrawFn, cameras: list[Camera], gap: float, kills: bool) -> tuple[Step, ...]:
    steps = []
    count = draw(st.sampled_from([1, 1, 2, 2, 3]))
    victim = draw(st.integers(0, count - 1)) if kills else None
    wanted = draw(st.sampled_from(_ORDERS))
    for number in range(count):
        killed = number == victim
        events = draw(st.lists(_events(cameras, False), max_size=2)) if draw(_often(False, True)) else []
        events += [draw(_events(cameras, True))] if killed else []
        step = Step(
            wanted=wanted[number % len(wanted)],
            options={**draw(_options(gap)), **({"check": False} if killed else {})},
            faults=tuple(draw(st.lists(_faults(cameras), max_size=4))),
            events=tuple(events),
        )
        steps.append(step)
    return tuple(steps)


@st.composite
def scenarios(draw: st.DrawFn, kills: bool = False) -> Scenario:
    """Any scenario; kills: one of its runs is a process that gets killed."""
    keys = st.builds(
        "{}/{}/cam-{}".format, _often(*_DOMAINS), _often("live", "studio"), st.integers(1, 30).map("{:02}".format)
    )
    situations = st.sampled_from(_SITUATIONS)
    names = draw(st.lists(keys, min_size=1, max_size=draw(_often(12, 60)), unique=True))
    cameras = [Camera(name, draw(situations)) for name in names]
    settings = draw(_SETTINGS)
    rules = draw(st.lists(_rules(names), max_size=3, unique_by=lambda rule: rule[0]))
    everything = [(f"{domain}/live/*", "COMMAND_RECORD") for domain in _DOMAINS]
    rules += [rule for rule in everything if rule[0] not in [pattern for pattern, _kind in rules]]
    again = draw(st.lists(st.integers(0, len(names) - 1), max_size=2))
    return Scenario(
        auth=draw(st.sampled_from(["key", "temporary", "token", "password"])),
        settings=settings,
        rules=tuple(rules),
        cameras=tuple(cameras),
        listed=(*range(len(names)), *again),
        remembers=draw(st.booleans()),
        steps=draw(_steps(cameras, settings["gap"], kills)),
    )


def _rules(names: list[str]) -> st.SearchStrategy[tuple[str, str]]:
    patterns = [f"{domain}/{app}" for domain in _DOMAINS for app in ("live/*", "studio/*", "*/*")]
    kinds = _often("COMMAND_RECORD", "CONTINUOUS_RECORD", "PLAN_RECORD")
    return st.tuples(st.sampled_from([*names, *patterns]), kinds)
