# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Memory: what is believed and why, what is learned, and that wrong memory harms no recording."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.hwc.live.plugins.module_utils._core.streams import StreamKey
from ansible_collections.hwc.live.plugins.module_utils._recording.memory import (
    KEPT,
    LIST_LAG,
    Belief,
    Entry,
    Seen,
    as_fact,
    believe,
    learn,
    parse_time,
    read,
)
from ansible_collections.hwc.live.plugins.module_utils._recording.plan import Wanted
from hypothesis import given
from hypothesis import strategies as st

from tests.simulator import Simulator

from .conftest import key, pushed, record, result_of, statuses

NOW = datetime(2026, 11, 23, 20, 0, 0, tzinfo=timezone.utc)
KEY = StreamKey("push.example.com", "live", "cam")
EARLIER, LATER = "2026-11-23T18:00:00Z", "2026-11-23T19:30:00Z"
AT_19 = NOW - timedelta(hours=1)
JUST_NOW = NOW - timedelta(minutes=1)
UNKNOWN = Belief("unknown", None)
RECORDING, STOPPED = Belief("recording", "remembered"), Belief("stopped", "remembered")
NEW_PUSH, PUSH_GONE = Belief("unknown", "new_push"), Belief("unknown", "push_gone")


@pytest.mark.parametrize(
    ("entry", "seen", "belief"),
    [
        (None, Seen(), UNKNOWN),
        (None, Seen(True, EARLIER), UNKNOWN),
        # a stopped stream stays stopped, whatever is pushed
        (Entry("stopped", AT_19), Seen(), STOPPED),
        (Entry("stopped", AT_19), Seen(True, LATER), STOPPED),
        (Entry("stopped", AT_19, EARLIER), Seen(False), STOPPED),
        # nothing contradicts
        (Entry("recording", AT_19), Seen(), RECORDING),
        (Entry("recording", AT_19, EARLIER), Seen(), RECORDING),
        (Entry("recording", AT_19), Seen(True, EARLIER), RECORDING),
        (Entry("recording", AT_19), Seen(True, None), RECORDING),
        (Entry("recording", AT_19), Seen(True, "no time"), RECORDING),
        (Entry("recording", AT_19, EARLIER), Seen(True, EARLIER), RECORDING),
        # another push
        (Entry("recording", AT_19), Seen(True, LATER), NEW_PUSH),
        (Entry("recording", AT_19, EARLIER), Seen(True, LATER), NEW_PUSH),
        (Entry("recording", AT_19, LATER), Seen(True, EARLIER), NEW_PUSH),
        # the push is over; a list that lags does not show a young one yet
        (Entry("recording", AT_19), Seen(False), PUSH_GONE),
        (Entry("recording", NOW - LIST_LAG - timedelta(seconds=1)), Seen(False), PUSH_GONE),
        (Entry("recording", NOW - LIST_LAG), Seen(False), RECORDING),
        (Entry("recording", JUST_NOW), Seen(False), RECORDING),
        (Entry("recording", JUST_NOW, EARLIER), Seen(False), PUSH_GONE),
    ],
)
def test_rules_of_belief(entry: Entry | None, seen: Seen, belief: Belief) -> None:
    assert believe(entry, seen, NOW) == belief


@pytest.mark.parametrize(
    ("old", "after", "seen", "expected"),
    [
        (None, "recording", Seen(True, EARLIER), Entry("recording", NOW, EARLIER)),
        (None, "recording", Seen(False), Entry("recording", NOW)),
        (None, "stopped", Seen(True, EARLIER), Entry("stopped", NOW)),
        (Entry("recording", AT_19, EARLIER), "recording", Seen(), Entry("recording", NOW, EARLIER)),
        (Entry("recording", AT_19, EARLIER), "recording", Seen(False), Entry("recording", NOW)),
        (Entry("stopped", AT_19), "recording", Seen(), Entry("recording", NOW)),
        (Entry("recording", AT_19), "unknown", Seen(True, EARLIER), None),
    ],
)
def test_what_is_learned(old: Entry | None, after: Any, seen: Seen, expected: Entry | None) -> None:
    memory = {} if old is None else {KEY: old}
    assert learn(memory, KEY, after, seen, NOW) == expected


def test_a_fact_survives_the_way_through_a_cache() -> None:
    memory = {KEY: Entry("recording", AT_19, EARLIER), StreamKey("a", "b", "c"): Entry("stopped", JUST_NOW)}
    fact = as_fact(memory)
    assert list(fact) == ["a/b/c", str(KEY)]
    assert fact[str(KEY)] == {"state": "recording", "since": "2026-11-23T19:00:00Z", "push": EARLIER}
    assert read(fact, NOW) == (memory, [])


GOOD = {"state": "recording", "since": "2026-11-23T19:00:00Z"}


@pytest.mark.parametrize(
    ("raw", "warning"),
    [
        (["x"], "it is not a dictionary but list"),
        ("text", "it is not a dictionary but str"),
        (7, "it is not a dictionary but int"),
        ({7: GOOD}, "a key is not domain/app/stream"),
        ({"cam": GOOD}, "a key is not domain/app/stream"),
        ({"a//c": GOOD}, "a key is not domain/app/stream"),
        ({"a/b/c": None}, "a/b/c has no state"),
        ({"a/b/c": "recording"}, "a/b/c has no state"),
        ({"a/b/c": {**GOOD, "state": "paused"}}, "a/b/c has no state"),
        ({"a/b/c": {**GOOD, "state": ["recording"]}}, "a/b/c has no state"),
        ({"a/b/c": {"state": "stopped"}}, "a/b/c has no time since"),
        ({"a/b/c": {**GOOD, "since": "yesterday"}}, "a/b/c has no time since"),
        ({"a/b/c": {**GOOD, "since": 1767225600}}, "a/b/c has no time since"),
        ({"a/b/c": {**GOOD, "since": "2026-11-23T20:16:00Z"}}, "a/b/c is of the future"),
    ],
)
def test_malformed_memory_is_a_warning(raw: Any, warning: str) -> None:
    memory, warnings = read(raw, NOW)
    assert memory == {}
    assert len(warnings) == 1
    assert warning in warnings[0]


def test_one_bad_entry_spoils_no_other_and_many_are_one_warning() -> None:
    raw = {f"a/b/{n}": GOOD if n % 2 else {"state": "?"} for n in range(5000)}
    memory, warnings = read(raw, NOW)
    assert len(memory) == 2500
    (warning,) = warnings
    assert warning.startswith("2500 entries of remembered are ignored")
    assert warning.endswith("and 2497 more.")
    assert len(warning) < 400


@pytest.mark.parametrize(("age", "kept"), [(KEPT, True), (KEPT + timedelta(seconds=1), False)])
def test_entries_fall_out_after_30_days(age: timedelta, kept: bool) -> None:
    memory, warnings = read({str(KEY): Entry("stopped", NOW - age).as_dict()}, NOW)
    assert (KEY in memory, warnings) == (kept, [])


@pytest.mark.parametrize("raw", [None, "", {}])
def test_no_memory_is_no_fault(raw: Any) -> None:
    assert read(raw, NOW) == ({}, [])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text() | st.just("a/b/c"), json_values | st.fixed_dictionaries({"state": json_values})))
def test_whatever_comes_out_of_a_cache_is_read_or_warned_about(raw: dict[str, Any]) -> None:
    memory, warnings = read(raw, NOW)
    assert len(memory) <= len(raw)
    assert bool(warnings) <= bool(raw)


def test_times_are_read_only_as_the_service_writes_them() -> None:
    assert parse_time("2006-01-02T15:04:05Z") == datetime(2006, 1, 2, 15, 4, 5, tzinfo=timezone.utc)
    assert parse_time("2006-01-02 15:04:05") is None
    assert parse_time(None) is None


# Runs against the simulator


def remembering(sim: Simulator, streams: list[str], state: str, hours: float = 1) -> dict[str, Any]:
    since = datetime.now(timezone.utc) - timedelta(hours=hours)
    return {stream: {"state": state, "since": since.strftime("%Y-%m-%dT%H:%M:%SZ")} for stream in streams}


def fact(report: Any) -> dict[str, Any]:
    facts: dict[str, Any] = report.as_dict(with_diff=False)["ansible_facts"]["live_recordings"]
    return facts


def test_a_rerun_over_250_recorded_streams_asks_once_each(sim: Simulator) -> None:
    streams = pushed(sim, 250)
    first = record(sim, streams, rate_limit=0)
    assert statuses(first) == ["changed"] * 250
    sim.clear_log()
    second = record(sim, streams, rate_limit=0, remembered=fact(first), restart_gap=11)
    assert statuses(second) == ["unchanged"] * 250
    assert {result.evidence for result in second.results} == {"remembered"}
    assert len(sim.commands()) == 250
    assert second.summary["elapsed"] < 11, "no gap was waited out"
    assert sim.recording() == set(streams)


@pytest.mark.parametrize("idle_stop", ["ok", "absent"])
@pytest.mark.parametrize("preflight", [True, False])
def test_idempotence_of_both_states(sim: Simulator, idle_stop: Any, preflight: bool) -> None:
    """Twice the same: no change the second time. Check mode says the same before each, with the same diff."""
    sim.settings.idle_stop = idle_stop
    streams = pushed(sim, 3)
    memory: dict[str, Any] = remembering(sim, streams, "stopped")
    states: tuple[Wanted, ...] = ("recording", "stopped", "recording")
    for state in states:
        for again in (False, True):
            options: dict[str, Any] = {"preflight": preflight or state == "stopped", "remembered": memory}
            before = len(sim.commands())
            check = record(sim, streams, state, check=True, **options)
            assert len(sim.commands()) == before
            report = record(sim, streams, state, **options)
            assert report.changed is not again
            assert check.changed == report.changed
            assert check.as_dict(with_diff=True)["diff"] == report.as_dict(with_diff=True)["diff"]
            memory = fact(report)
            if state == "stopped" and not again:
                sim.advance(11)
    assert sim.recording() == set(streams)


def test_check_mode_is_wrong_only_about_what_somebody_else_did_and_the_run_repairs_it(sim: Simulator) -> None:
    streams = pushed(sim, 3)
    memory = fact(record(sim, streams))
    record(sim, streams[:1], "stopped")  # somebody else
    sim.advance(11)
    check = record(sim, streams, check=True, remembered=memory)
    assert not check.changed
    assert [result.evidence for result in check.results] == ["remembered"] * 3
    report = record(sim, streams, remembered=memory)
    assert statuses(report) == ["changed", "unchanged", "unchanged"]
    assert report.results[0].evidence == "answer"
    assert sim.recording() == set(streams)


@pytest.mark.parametrize("state", ["recording", "stopped"])
@pytest.mark.parametrize("remembered", ["recording", "stopped", "nonsense"])
@pytest.mark.parametrize("truth", ["recording", "stopped"])
def test_the_cloud_ends_as_asked_however_wrong_memory_is(
    sim: Simulator, state: Any, remembered: str, truth: str
) -> None:
    streams = pushed(sim, 4)
    for stream in streams if truth == "recording" else []:
        sim.set_recording(stream)
    memory = remembering(sim, streams[:2], remembered) | remembering(sim, streams[2:], remembered, hours=24 * 40)
    report = record(sim, streams, state, remembered=memory)
    assert report.failure is None
    assert sim.recording() == (set(streams) if state == "recording" else set())
    assert len({entry.key for entry in sim.commands()}) == 4, "memory suppresses no command"
    assert bool(report.warnings) == (remembered == "nonsense")


def test_a_new_push_is_not_believed_to_be_recording(sim: Simulator) -> None:
    (stream,) = pushed(sim, 1)
    memory = fact(record(sim, [stream]))
    assert memory[stream]["push"] is not None
    sim.unpush(stream)
    sim.advance(60)
    sim.push(stream)
    check = record(sim, [stream], check=True, remembered=memory)
    assert check.changed
    assert (check.results[0].before, check.results[0].evidence) == ("unknown", "new_push")
    report = record(sim, [stream], remembered=memory)
    assert statuses(report) == ["changed"]
    assert sim.recording() == {stream}


def test_memory_is_merged_and_failures_are_forgotten(sim: Simulator) -> None:
    streams = pushed(sim, 2)
    offline = key("never-pushed")
    foreign = remembering(sim, ["other.example.com/live/x"], "recording")
    memory = foreign | remembering(sim, [offline], "recording", hours=0.01)
    report = record(sim, [*streams, offline], remembered=memory)
    assert result_of(report, offline).status == "failed"
    assert set(fact(report)) == {*streams, *foreign}
    assert fact(report)["other.example.com/live/x"] == {**foreign["other.example.com/live/x"], "push": None}


def test_a_lost_answer_over_remembered_recording_is_asked_again_and_may_be_a_change(sim: Simulator) -> None:
    """The lost attempt may be the one that started it, so memory does not settle what follows."""
    (stream,) = pushed(sim, 1)
    sim.fault("reset_after", attempts={1})
    report = record(sim, [stream], remembered=remembering(sim, [stream], "recording"), preflight=False)
    assert (report.results[0].status, report.results[0].before) == ("changed", "unknown")
    assert len(sim.commands()) == 3
    assert sim.recording() == {stream}


def test_check_mode_learns_nothing(sim: Simulator) -> None:
    streams = pushed(sim, 1)
    assert fact(record(sim, streams, check=True)) == {}
    memory = remembering(sim, streams, "stopped")
    assert fact(record(sim, streams, check=True, remembered=memory))[streams[0]]["state"] == "stopped"
