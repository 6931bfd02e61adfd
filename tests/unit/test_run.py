# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole runs in process, over real sockets, against the simulator."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from typing import Any

import pytest
from ansible_collections.hwc.live.plugins.module_utils._core.errors import ErrorAnswer, NetworkError
from ansible_collections.hwc.live.plugins.module_utils._core.retry import Pacer
from ansible_collections.hwc.live.plugins.module_utils._core.streams import parse_streams
from ansible_collections.hwc.live.plugins.module_utils._recording.plan import Wanted
from ansible_collections.hwc.live.plugins.module_utils._recording.pool import Job, Pool, StepResult
from ansible_collections.hwc.live.plugins.module_utils._recording.run import Report, Result

from tests.simulator import Simulator
from tests.unit.conftest import (
    DOMAIN,
    EVERYTHING,
    GAP,
    by_password,
    cams,
    connect,
    key,
    pushed,
    record,
    result_of,
    statuses,
)

CAM = key("cam-0000")
HTML = "<html><body>Bad Gateway</body></html>"


@contextmanager
def cloud(rule: bool = True, **settings: Any) -> Iterator[Simulator]:
    with Simulator(**{"gap": GAP, **settings}) as sim:
        if rule:
            sim.rule(EVERYTHING)
        yield sim


def only(report: Report) -> Result:
    (result,) = report.results
    return result


def told(result: Result) -> tuple[str, str, str, str | None]:
    return result.status, result.before, result.after, result.action


def fine(report: Report) -> None:
    """Nothing failed, and the parts of the report agree with each other."""
    assert report.failure is None
    consistent(report)


def consistent(report: Report) -> None:
    counts = Counter(statuses(report))
    names = ("changed", "unchanged", "failed", "not_attempted")
    assert {name: report.summary[name] for name in names} == {name: counts[name] for name in names}
    assert report.summary["total"] == len(report.results) == sum(counts.values())
    assert (report.failure is None) == (counts["failed"] == counts["not_attempted"] == 0)
    for result in report.results:
        failed = result.status == "failed"
        assert failed == (result.error_msg is not None), result
        assert (result.hint is None) or failed
        assert failed or result.status == "not_attempted" or result.after != "unknown"
    assert report.changed or counts["changed"] == 0


# The answer tables, both positions of every switch


@pytest.mark.parametrize("preflight", [True, False])
def test_start_of_a_pushed_stream(sim: Simulator, preflight: bool) -> None:
    sim.push(CAM)
    report = record(sim, [CAM], preflight=preflight)
    fine(report)
    assert told(only(report)) == ("changed", "stopped", "recording", "START")
    assert (only(report).http_status, only(report).attempts) == (200, 1)
    assert only(report).request_id == sim.commands()[0].request_id
    assert sim.recording() == {CAM}


@pytest.mark.parametrize(
    ("switch", "outcome"),
    [
        ("exists", ("unchanged", "recording", "recording", "START")),
        ("ok", ("changed", "stopped", "recording", "START")),
    ],
)
@pytest.mark.parametrize("gap", [0, 2 * GAP])
def test_start_of_a_recording_stream(switch: str, outcome: tuple[str, ...], gap: int) -> None:
    with cloud(start_while_recording=switch) as sim:
        sim.set_recording(CAM)
        report = record(sim, [CAM], restart_gap=gap)
        fine(report)
        assert told(only(report)) == outcome
        assert report.changed == (switch == "ok")
        assert only(report).attempts == len(sim.commands()) == (2 if switch == "exists" and gap else 1)
        assert only(report).error_code is None


@pytest.mark.parametrize("switch", ["exists", "ok"])
def test_start_of_a_closing_stream(switch: str) -> None:
    with cloud(start_while_recording=switch) as sim:
        sim.set_recording(CAM)
        fine(record(sim, [CAM], "stopped"))
        report = record(sim, [CAM])
        fine(report)
        assert told(only(report)) == ("changed", "stopped", "recording", "START")
        assert only(report).attempts == 2
        assert sim.recording() == {CAM}


def test_without_a_gap_the_first_answer_counts() -> None:
    """What restart_gap: 0 is documented to risk: a closing stream is taken for a recording one."""
    with cloud(gap=30) as sim:
        sim.set_recording(CAM)
        fine(record(sim, [CAM], "stopped"))
        assert told(only(record(sim, [CAM], restart_gap=0))) == ("unchanged", "recording", "recording", "START")


@pytest.mark.parametrize(
    ("switch", "code", "status"),
    [
        ("illegal", "LIVE.100011001", 400),
        ("unknown_code", "LIVE.100011099", 400),
        ("absent", "LIVE.103011019", 404),
    ],
)
@pytest.mark.parametrize("preflight", [True, False])
def test_start_of_a_stream_that_is_not_pushed(switch: str, code: str, status: int, preflight: bool) -> None:
    with cloud(start_unpushed=switch) as sim:
        report = record(sim, [CAM], preflight=preflight)
        consistent(report)
        result = only(report)
        assert told(result) == ("failed", "unknown", "unknown", "START")
        assert (result.error_code, result.http_status, result.attempts) == (code, status, 1)
        assert result.online == (False if preflight else None)
        assert ("Not pushed yet?" in (result.hint or "")) == (preflight or switch != "absent")
        assert not report.changed


@pytest.mark.parametrize("switch", ["illegal", "unknown_code", "absent"])
def test_waiting_for_a_push(switch: str) -> None:
    with cloud(start_unpushed=switch) as sim:
        late = threading.Timer(0.35, sim.push, [CAM])
        late.start()
        report = record(sim, [CAM], wait_timeout=10, wait_interval=0.1)
        late.join()
        fine(report)
        assert told(only(report)) == ("changed", "stopped", "recording", "START")
        assert 3 <= only(report).attempts <= 6
        assert only(report).error_code is None


def test_waiting_in_vain_asks_once_more_at_the_end(sim: Simulator) -> None:
    began = time.monotonic()
    report = record(sim, cams(3), wait_timeout=1, wait_interval=0.4)
    assert 1.0 <= time.monotonic() - began < 1.6
    assert statuses(report) == ["failed"] * 3
    assert [result.attempts for result in report.results] == [4] * 3
    first, *_others, last = [entry.time for entry in sim.commands() if entry.key == CAM]
    assert last - first == pytest.approx(1.0, abs=0.15)


def test_a_wait_of_one_long_interval_ends_on_time(sim: Simulator) -> None:
    began = time.monotonic()
    assert only(record(sim, [CAM], wait_timeout=1, wait_interval=60)).attempts == 2
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("switch", ["illegal", "absent"])
def test_start_without_a_rule(switch: str) -> None:
    with cloud(rule=False, start_no_rule=switch) as sim:
        sim.push(CAM)
        refused = record(sim, [CAM])
        consistent(refused)
        assert told(only(refused)) == ("failed", "unknown", "unknown", None)
        assert "no record rule of push.example.com matches" in (refused.failure or "")
        assert sim.commands() == []
        asked = record(sim, [CAM], preflight=False)
        assert told(only(asked)) == ("failed", "unknown", "unknown", "START")
        assert len(sim.commands()) == 1


def test_start_under_a_rule_of_another_type(sim: Simulator) -> None:
    rule = sim.rule(CAM, "CONTINUOUS_RECORD")
    streams = pushed(sim, 3)
    report = record(sim, streams)
    consistent(report)
    assert statuses(report) == ["failed", "changed", "changed"]
    assert report.results[0].rule_id == rule
    assert f"rule {rule} (live/cam-0000) is CONTINUOUS_RECORD" in (report.failure or "")
    assert {entry.key for entry in sim.commands()} == set(streams[1:])


@pytest.mark.parametrize(
    ("switch", "preflight", "outcome"),
    [
        ("ok", True, ("changed", "unknown", "stopped", "STOP")),
        ("ok", False, ("changed", "unknown", "stopped", "STOP")),
        ("absent", True, ("unchanged", "stopped", "stopped", "STOP")),
        ("absent", False, ("failed", "unknown", "unknown", "STOP")),
        ("illegal", True, ("failed", "unknown", "unknown", "STOP")),
        ("illegal", False, ("failed", "unknown", "unknown", "STOP")),
    ],
)
def test_stop_of_an_idle_stream(switch: str, preflight: bool, outcome: tuple[str, ...]) -> None:
    with cloud(idle_stop=switch) as sim:
        sim.push(CAM)
        report = record(sim, [CAM], "stopped", preflight=preflight)
        consistent(report)
        assert told(only(report)) == outcome
        assert report.changed == (outcome[0] == "changed")
        assert len(sim.commands()) == 1


@pytest.mark.parametrize("switch", ["idle", "absent", "illegal"])
def test_stop_without_a_rule(switch: str) -> None:
    with cloud(rule=False, stop_no_rule=switch) as sim:
        report = record(sim, [CAM], "stopped")
        consistent(report)
        assert only(report).action == "STOP"
        assert only(report).status == ("changed" if switch == "idle" else "failed")


@pytest.mark.parametrize("preflight", [True, False])
def test_stop_of_a_recording_stream(sim: Simulator, preflight: bool) -> None:
    sim.set_recording(CAM)
    report = record(sim, [CAM], "stopped", preflight=preflight)
    fine(report)
    assert told(only(report)) == ("changed", "unknown", "stopped", "STOP")
    assert sim.recording() == set()


def test_the_gap_is_waited_out_once_for_all() -> None:
    """One stream stopped a moment ago and others already recording: both kinds end right, side by side."""
    with cloud(gap=0.3) as sim:
        streams = pushed(sim, 30)
        for stream in streams[1:]:
            sim.set_recording(stream)
        sim.set_recording(CAM)
        fine(record(sim, [CAM], "stopped"))
        sim.clear_log()
        began = time.monotonic()
        report = record(sim, streams, concurrency=2, restart_gap=0.5)
        assert 0.5 <= time.monotonic() - began < 1.0
        fine(report)
        assert told(report.results[0]) == ("changed", "stopped", "recording", "START")
        assert statuses(report) == ["changed"] + ["unchanged"] * 29
        assert len(sim.commands()) == 60


# Lists


def test_the_twelve_steps(sim: Simulator) -> None:
    """Check, apply, check, apply; for recording and for stopped. Exact counts of commands."""
    streams = pushed(sim, 4)
    steps: list[tuple[Wanted, bool, str, int]] = [
        ("recording", True, "changed", 0),
        ("recording", False, "changed", 4),
        ("recording", True, "changed", 0),
        ("recording", False, "unchanged", 8),
        ("stopped", True, "changed", 0),
        ("stopped", False, "changed", 4),
        ("stopped", True, "changed", 0),
        ("stopped", False, "unchanged", 4),
    ]
    sim.settings.idle_stop = "absent"
    for number, (state, check, status, commands) in enumerate(steps):
        before = sim.recording()
        sim.clear_log()
        report = record(sim, streams, state, check=check)
        fine(report)
        assert (statuses(report), len(sim.commands())) == ([status] * 4, commands), number
        assert report.changed == (status == "changed")
        assert sim.recording() == (before if check else set(streams) if state == "recording" else set())


@pytest.mark.parametrize("preflight", [True, False])
@pytest.mark.parametrize("check", [True, False])
def test_an_empty_list_is_a_success_that_asks_nothing(sim: Simulator, preflight: bool, check: bool) -> None:
    report = record(sim, [], preflight=preflight, check=check)
    fine(report)
    assert (report.changed, report.results, sim.log) == (False, [], [])
    assert report.as_dict(with_diff=True)["diff"] == {"before": {}, "after": {}}


def test_the_same_stream_twice_is_commanded_once(sim: Simulator) -> None:
    sim.push(CAM)
    parsed = parse_streams([CAM, f"rtmp://{CAM}?x=1", "cam-0000"], DOMAIN, "live")
    report = record(sim, [str(stream) for stream in parsed])
    assert (len(report.results), len(sim.commands())) == (1, 1)


def test_two_hundred_streams_keep_their_order() -> None:
    with cloud(latency=0.002, start_unpushed="illegal") as sim:
        streams = [stream for pair in zip(cams(200)[100:], cams(100), strict=True) for stream in pair]
        for number, stream in enumerate(streams):
            if number % 3:
                sim.push(stream)
            if number % 3 == 2:
                sim.set_recording(stream)
        report = record(sim, streams, concurrency=32)
        consistent(report)
        assert [str(result.key) for result in report.results] == streams
        expected = ["failed", "changed", "unchanged"]
        assert statuses(report) == [expected[number % 3] for number in range(200)]
        assert sim.recording() == {stream for number, stream in enumerate(streams) if number % 3}
        assert len(report.as_dict(with_diff=True)["diff"]["after"]) == 67


def test_results_have_one_shape(sim: Simulator) -> None:
    names = [field.name for field in fields(Result)]
    reports = [record(sim, cams(2)), record(sim, pushed(sim, 2), check=True), record(sim, [f"{DOMAIN}/x/y"])]
    for report in reports:
        assert all(list(asdict(result)) == names for result in report.results)


def test_several_domains_and_apps_are_read_each_once() -> None:
    with cloud(rule=False) as sim:
        domains, apps = [f"d{number}.example.com" for number in range(4)], ["live", "backstage"]
        sim.rule("d0.example.com/live/*")
        sim.rule("d1.example.com/*/*")
        sim.rule("d2.example.com/backstage/cam")
        streams = [f"{domain}/{app}/cam" for domain in domains for app in apps]
        for stream in streams:
            sim.push(stream)
        report = record(sim, streams)
        good = [0, 2, 3, 5]
        assert [n for n, status in enumerate(statuses(report)) if status == "changed"] == good
        assert sim.recording() == {streams[number] for number in good}
        reads = Counter(
            (e.path.rpartition("/")[2], tuple(sorted(e.query.items()))) for e in sim.log if e.method == "GET"
        )
        assert set(reads.values()) == {1}
        assert sum(count for (path, _query), count in reads.items() if path == "rules") == 4 * 2 + 3 * 2, (
            "two types each; all four where a stream would be refused (d0, d2, d3)"
        )
        assert sum(count for (path, _query), count in reads.items() if path == "streams") == 8


# Reads


@pytest.mark.parametrize("offset_counts", ["records", "pages"])
@pytest.mark.parametrize("repeat", [True, False])
def test_all_pages_are_read(offset_counts: str, repeat: bool) -> None:
    """250 streams with a rule each: nobody's rule or push is overlooked, whatever offset means."""
    with cloud(rule=False, offset_counts=offset_counts, repeat_last_page=repeat) as sim:
        streams = cams(250)
        for stream in streams[:230]:
            sim.rule(stream)
        for stream in streams:
            sim.push(stream)
        report = record(sim, streams, check=True)
        consistent(report)
        assert statuses(report) == ["changed"] * 230 + ["failed"] * 20
        assert [result.online for result in report.results] == [True] * 250
        assert report.warnings == []
        assert report.summary["requests"] == len(sim.log) < 30


@pytest.mark.parametrize("count", [99, 100, 101, 200, 201])
@pytest.mark.parametrize("offset_counts", ["records", "pages"])
def test_pages_that_are_just_full(count: int, offset_counts: str) -> None:
    with cloud(offset_counts=offset_counts) as sim:
        report = record(sim, pushed(sim, count), check=True)
        assert all(result.online for result in report.results)
        assert report.warnings == []


@pytest.mark.parametrize(
    ("spelling", "prefix", "message"),
    [("gateway", "APIGW", "error_msg"), ("gateway", "APIG", "error_message"), ("service", "APIGW", "error_msg")],
)
@pytest.mark.parametrize("denied", [["rules:list"], ["streams:list"], ["rules:list", "streams:list"]])
def test_a_key_that_may_only_command(spelling: str, prefix: str, message: str, denied: list[str]) -> None:
    with cloud(denied=denied, denied_as=spelling, gateway_prefix=prefix, gateway_message_key=message) as sim:
        streams = pushed(sim, 12)
        report = record(sim, streams)
        fine(report)
        assert statuses(report) == ["changed"] * 12
        assert len(report.warnings) == len(denied)
        assert all("the run goes on without" in warning for warning in report.warnings)
        assert {result.online for result in report.results} == {None if "streams:list" in denied else True}
        assert {result.rule_id is None for result in report.results} == {"rules:list" in denied}


@pytest.mark.parametrize("path", ["record/rules", "realtime/streams"])
@pytest.mark.parametrize(
    "fault",
    [
        {"status": 404},
        {"code": "LIVE.103011019"},
        {"code": "APIGW.0101"},
        {"status": 403, "body": HTML},
        {"status": 400, "body": {"error_code": "LIVE.100011001", "error_msg": "Request Illegal"}},
        {"status": 200, "body": {"total": 1, "total_num": 1, "record_config": ["x"], "streams": ["x"]}},
        {"status": 200, "body": HTML},
        {"status": 200, "body": "[]"},
        {"status": 500},
    ],
    ids=str,
)
def test_a_read_that_fails_is_a_warning(sim: Simulator, path: str, fault: dict[str, Any]) -> None:
    streams = pushed(sim, 3)
    sim.fault(kind="status", path=path, **fault)
    report = record(sim, streams, retry_timeout=0)
    fine(report)
    assert statuses(report) == ["changed"] * 3
    assert len(report.warnings) == 1


@pytest.mark.parametrize("record_type", ["COMMAND_RECORD", "PLAN_RECORD"])
def test_one_type_of_rules_that_cannot_be_read_leaves_the_rules_unknown(sim: Simulator, record_type: str) -> None:
    """An unread rule could be the one that fits: nothing is refused then."""
    stranger = f"{DOMAIN}/other/cam"
    sim.push(stranger)
    count = 1 if record_type == "PLAN_RECORD" else 2
    sim.fault(kind="status", path="record/rules", status=404, attempts=[count])
    report = record(sim, [stranger], concurrency=1)
    assert only(report).action == "START"
    assert len(report.warnings) == 1


def test_reads_that_fail_for_a_moment_are_repeated(sim: Simulator) -> None:
    streams = pushed(sim, 3)
    for path in ("record/rules", "realtime/streams"):
        sim.fault(kind="status", path=path, status=502, body=HTML, attempts=[1])
        sim.fault(kind="reset_before", path=path, attempts=[2])
    report = record(sim, streams)
    fine(report)
    assert report.warnings == []
    assert all(result.online and result.rule_id for result in report.results)


@pytest.mark.parametrize("path", ["record/rules", "realtime/streams"])
def test_reads_that_hang_do_not_keep_a_recording_waiting(sim: Simulator, path: str) -> None:
    """They are optional: they get as much time as a command at most."""
    streams = pushed(sim, 3)
    sim.fault(kind="hang", path=path)
    began = time.monotonic()
    report = record(sim, streams, timeout=0.4, retry_timeout=0.5)
    assert time.monotonic() - began < 4
    fine(report)
    assert len(report.warnings) == 1


# Bad keys and ended runs


@pytest.mark.parametrize("preflight", [True, False])
@pytest.mark.parametrize(("spelling", "prefix"), [("gateway", "APIGW"), ("gateway", "APIG"), ("service", "APIGW")])
@pytest.mark.parametrize("wrong", ["access_key", "secret_key"])
def test_a_bad_key_meets_at_most_two_requests(preflight: bool, spelling: str, prefix: str, wrong: str) -> None:
    with cloud(bad_signature_as=spelling, gateway_prefix=prefix, latency=0.02) as sim:
        streams = pushed(sim, 40)
        bad = connect(sim, **{wrong: "s3cr3t-and-wrong"})
        report = record(sim, streams, connection=bad, preflight=preflight, concurrency=10)
        consistent(report)
        assert len(sim.log) <= 2
        assert statuses(report).count("not_attempted") >= 39
        assert not report.changed
        assert "ended early" in (report.failure or "")
        assert "Check access_key and secret_key" in (report.failure or "")
        assert "s3cr3t-and-wrong" not in str(report)


def test_a_bad_key_in_check_mode_fails_too(sim: Simulator) -> None:
    report = record(sim, pushed(sim, 5), connection=connect(sim, secret_key="wrong"), check=True)
    consistent(report)
    assert statuses(report) == ["not_attempted"] * 5
    assert len(sim.log) == 1


@pytest.mark.parametrize("preflight", [True, False])
@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_clock_meets_at_most_two_requests(preflight: bool, status: int) -> None:
    """Clock skew is "4xx": as 403 it must not look like a missing permission for an optional read."""
    with cloud(latency=0.02) as sim:
        streams = pushed(sim, 40)
        sim.fault(kind="status", code="APIGW.0303", status=status)
        report = record(sim, streams, preflight=preflight)
        consistent(report)
        assert len(sim.log) <= 2
        assert "clock" in (report.failure or "")


@pytest.mark.parametrize("code", ["APIGW.0302", "APIG.0302", "LIVE.100011003", "LIVE.100011014", "LIVE.100011015"])
def test_a_refusal_that_is_true_of_all_ends_the_run(sim: Simulator, code: str) -> None:
    streams = pushed(sim, 40)
    sim.fault(kind="status", path="record/control", code=code, status=403 if "0302" in code else 401)
    report = record(sim, streams)
    consistent(report)
    assert statuses(report) == ["failed"] + ["not_attempted"] * 39
    assert len(sim.commands()) == 1
    assert code in (report.failure or "")
    assert "39 of 40 not attempted" in (report.failure or "")


def test_an_account_that_is_frozen_in_mid_run_ends_it(sim: Simulator) -> None:
    streams = pushed(sim, 60)
    sim.fault(kind="status", key=streams[20], code="LIVE.100011014", status=401)
    report = record(sim, streams, concurrency=5)
    consistent(report)
    counts = Counter(statuses(report))
    assert counts["failed"] == 1
    assert counts["changed"] >= 16
    assert counts["not_attempted"] >= 30
    assert counts["changed"] == len(sim.recording())
    assert report.changed


def test_a_stream_that_waits_when_the_run_ends_is_not_lost_from_the_report(sim: Simulator) -> None:
    """It was sent, it may have taken effect, and it says so."""
    streams = pushed(sim, 4)
    sim.fault(kind="reset_after", key=streams[1])
    sim.fault(kind="status", key=streams[2], code="LIVE.100011014", status=401)
    report = record(sim, streams, concurrency=1)
    consistent(report)
    assert told(report.results[1]) == ("failed", "unknown", "unknown", "START")
    assert report.changed
    assert statuses(report) == ["changed", "failed", "failed", "not_attempted"]


# Faults that pass

FAULTS: dict[str, dict[str, Any]] = {
    "429": {"kind": "status", "code": "APIGW.0308"},
    "429 APIG": {"kind": "status", "code": "APIG.0308"},
    "429 Retry-After": {"kind": "status", "code": "APIGW.0308", "headers": {"Retry-After": "0.5"}},
    "429 empty": {"kind": "status", "status": 429},
    "500 concurrent": {"kind": "status", "code": "LIVE.100011007"},
    "500 internal": {"kind": "status", "code": "LIVE.100011000"},
    "500 after": {"kind": "status", "code": "LIVE.100011005", "status": 500, "effect": True},
    "400 database": {"kind": "status", "code": "LIVE.103011021", "status": 400},
    "502 HTML": {"kind": "status", "status": 502, "body": HTML},
    "503 empty": {"kind": "status", "status": 503},
    "504 after": {"kind": "status", "status": 504, "body": HTML, "effect": True},
    "reset before": {"kind": "reset_before"},
    "reset after": {"kind": "reset_after"},
    "cut body": {"kind": "cut_body"},
    "portal": {"kind": "status", "status": 200, "body": HTML},
    "portal after": {"kind": "status", "status": 200, "body": HTML, "effect": True},
    "hang": {"kind": "hang"},
    "hang after": {"kind": "hang", "effect": True},
}
AFTER = {"500 after", "504 after", "reset after", "cut body", "portal after", "hang after"}


def test_thirty_streams_under_every_kind_of_fault(sim: Simulator) -> None:
    streams = pushed(sim, 30)
    for stream, fault in zip(streams, FAULTS.values(), strict=False):
        sim.fault(key=stream, attempts=[1], **fault)
    report = record(sim, streams, timeout=0.4)
    fine(report)
    assert sim.recording() == set(streams)
    assert statuses(report) == ["changed"] * 30
    for name, result in zip(FAULTS, report.results, strict=False):
        assert result.before == ("unknown" if name in AFTER else "stopped"), name
        assert result.error_code is None, name


def test_thirty_stops_under_every_kind_of_fault() -> None:
    with cloud(idle_stop="absent") as sim:
        streams = cams(30)
        for stream in streams:
            sim.set_recording(stream)
        for stream, fault in zip(streams, FAULTS.values(), strict=False):
            sim.fault(key=stream, attempts=[1], **fault)
        report = record(sim, streams, "stopped", timeout=0.4)
        fine(report)
        assert sim.recording() == set()
        assert statuses(report) == ["changed"] * 30


def test_running_recordings_under_every_kind_of_fault(sim: Simulator) -> None:
    """A throttle, which comes before any effect, does not make an unchanged stream a changed one."""
    streams = cams(len(FAULTS))
    for stream, fault in zip(streams, FAULTS.values(), strict=True):
        sim.set_recording(stream)
        sim.fault(key=stream, attempts=[1], **fault)
    report = record(sim, streams, timeout=0.4)
    fine(report)
    for name, result in zip(FAULTS, report.results, strict=True):
        sure = name.startswith("429") or name == "500 concurrent"
        expected = ("unchanged", "recording") if sure else ("changed", "unknown")
        assert (result.status, result.before) == expected, name


def test_start_after_a_lost_answer_is_a_change(sim: Simulator) -> None:
    streams = pushed(sim, len(AFTER))
    for stream, name in zip(streams, sorted(AFTER), strict=True):
        sim.fault(key=stream, attempts=[1], **FAULTS[name])
    report = record(sim, streams, timeout=0.4, preflight=False)
    fine(report)
    assert {told(result) for result in report.results} == {("changed", "unknown", "recording", "START")}
    assert {result.attempts for result in report.results} == {3}


@pytest.mark.parametrize("switch", ["ok", "absent"])
def test_stop_after_a_lost_answer_is_a_change(switch: str) -> None:
    with cloud(idle_stop=switch) as sim:
        streams = cams(len(AFTER))
        for stream, name in zip(streams, sorted(AFTER), strict=True):
            sim.set_recording(stream)
            sim.fault(key=stream, attempts=[1], **FAULTS[name])
        report = record(sim, streams, "stopped", timeout=0.4)
        fine(report)
        assert {told(result) for result in report.results} == {("changed", "unknown", "stopped", "STOP")}
        assert {result.attempts for result in report.results} == {2}


@pytest.mark.parametrize("switch", ["absent", "illegal"])
def test_a_stop_that_may_have_worked_counts_as_a_change_even_if_it_fails(switch: str) -> None:
    """Without the rules, or with an answer that says little, the repeat does not prove it."""
    with cloud(idle_stop=switch) as sim:
        sim.set_recording(CAM)
        sim.fault(key=CAM, kind="reset_after", attempts=[1])
        report = record(sim, [CAM], "stopped", preflight=False)
        consistent(report)
        assert told(only(report)) == ("failed", "unknown", "unknown", "STOP")
        assert report.changed


@pytest.mark.parametrize("kind", ["reset_after", "reset_before", "cut_body"])
def test_failed_but_perhaps_done_sets_changed(sim: Simulator, kind: Any) -> None:
    sim.push(CAM)
    sim.fault(key=CAM, kind=kind)
    report = record(sim, [CAM], retry_timeout=0.3, preflight=False)
    consistent(report)
    assert told(only(report)) == ("failed", "unknown", "unknown", "START")
    assert report.changed


@pytest.mark.parametrize("fault", [{"status": 429}, {"code": "LIVE.100011007"}, {"code": "LIVE.100011001"}])
def test_refused_for_good_is_no_change(sim: Simulator, fault: dict[str, Any]) -> None:
    sim.push(CAM)
    sim.fault(key=CAM, kind="status", **fault)
    report = record(sim, [CAM], retry_timeout=0.3)
    consistent(report)
    assert told(only(report)) == ("failed", "unknown", "unknown", "START")
    assert not report.changed


def test_without_retries_a_fault_is_final(sim: Simulator) -> None:
    streams = pushed(sim, 10)
    for stream, name in zip(streams[1:4], ("503 empty", "reset before", "429"), strict=True):
        sim.fault(key=stream, attempts=[1], **FAULTS[name])
    report = record(sim, streams, retry_timeout=0)
    consistent(report)
    assert statuses(report) == ["changed"] + ["failed"] * 3 + ["changed"] * 6
    assert all(result.attempts == 1 for result in report.results)


def test_two_of_thirty_fail_for_good(sim: Simulator) -> None:
    streams = pushed(sim, 30)
    sim.fault(kind="status", key=streams[7], code="LIVE.100011001")
    sim.fault(
        kind="status",
        key=streams[19],
        status=403,
        body={"error_code": "LIVE.103011016", "error_msg": "Illegal content"},
    )
    report = record(sim, streams)
    consistent(report)
    assert sim.recording() == set(streams) - {streams[7], streams[19]}
    assert report.changed
    text = report.failure or ""
    assert text.startswith("2 of 30 streams could not be set to recording")
    for part in (
        streams[7],
        "LIVE.100011001",
        "Request Illegal",
        streams[19],
        "LIVE.103011016",
        "Illegal content",
        "refuses the content",
        report.results[7].request_id or "?",
    ):
        assert part in text
    assert len(text.splitlines()) == 3
    assert len(text) < 24 * 80


def test_a_long_list_of_failures_names_five(sim: Simulator) -> None:
    report = record(sim, cams(40))
    text = report.failure or ""
    assert text.startswith("40 of 40 ")
    assert [stream in text for stream in cams(40)] == [True] * 5 + [False] * 35
    assert text.endswith("… and 35 more, see streams in the result.")


# Out of reach


@pytest.mark.parametrize("preflight", [True, False])
def test_a_network_that_is_gone_ends_the_run(preflight: bool) -> None:
    with Simulator() as sim:
        connection = connect(sim)
    began = time.monotonic()
    report = record(sim, cams(30), connection=connection, preflight=preflight, retry_timeout=0.4, timeout=0.4)
    assert time.monotonic() - began < 5
    consistent(report)
    assert "not_attempted" in statuses(report) or "failed" in statuses(report)
    assert not report.changed
    assert "no connection to http://127.0.0.1:" in (report.failure or "")
    assert "Check the network" in (report.failure or "")


@pytest.mark.parametrize("name", ["reset after", "502 HTML", "hang"])
def test_a_first_stream_that_always_fails_does_not_starve_the_others(sim: Simulator, name: str) -> None:
    streams = pushed(sim, 20)
    sim.fault(key=CAM, **FAULTS[name])
    report = record(sim, streams, preflight=False, timeout=0.3, retry_timeout=0.6)
    consistent(report)
    assert statuses(report) == ["failed"] + ["changed"] * 19
    assert set(streams[1:]) <= sim.recording()


def test_many_first_streams_that_fail_do_not_starve_the_others(sim: Simulator) -> None:
    streams = pushed(sim, 20)
    for stream in streams[:8]:
        sim.fault(key=stream, kind="reset_before")
    report = record(sim, streams, preflight=False, retry_timeout=0.5)
    assert statuses(report) == ["failed"] * 8 + ["changed"] * 12


def test_a_pause_before_the_first_command_is_no_reason_to_give_up(sim: Simulator) -> None:
    """A throttled read makes the commands wait; one fault after that is retried like any other."""
    streams = pushed(sim, 5)
    sim.fault(kind="status", path="record/rules", code="APIGW.0308", headers={"Retry-After": "0.8"})
    sim.fault(kind="reset_before", key=CAM, attempts=[1])
    report = record(sim, streams, retry_timeout=0.4, timeout=0.4)
    assert statuses(report) == ["changed"] * 5


# Throttles


@pytest.mark.parametrize(
    ("prefix", "message", "retry_after", "rate_limit"),
    [
        ("APIGW", "error_msg", None, 1000),
        ("APIG", "error_message", 1, 0),
        ("APIGW", "error_msg", None, 300),  # fewer a minute, and yet more in a second
    ],
)
def test_a_quota_smaller_than_ours_is_kept(prefix: str, message: str, retry_after: int | None, rate_limit: int) -> None:
    """The gateway's own words are learned; the list ends done all the same."""
    settings: dict[str, Any] = {"gateway_prefix": prefix, "gateway_message_key": message, "retry_after": retry_after}
    with cloud(quota=8, quota_window=1, **settings) as sim:
        streams = pushed(sim, 24)
        report = record(sim, streams, rate_limit=rate_limit, preflight=False)
        fine(report)
        assert sim.recording() == set(streams)
        assert sum(entry.status == 429 for entry in sim.log) <= 12


def test_a_quota_that_counts_refused_requests_is_survived_too() -> None:
    with cloud(quota=8, quota_window=1, quota_counts_refused=True) as sim:
        streams = pushed(sim, 12)
        report = record(sim, streams, rate_limit=1000, preflight=False)
        fine(report)
        assert sim.recording() == set(streams)


@pytest.mark.parametrize("most", [2, 10])
def test_too_many_at_once_slows_the_pool_down(most: int) -> None:
    with cloud(max_concurrent=most, latency=0.02) as sim:
        streams = pushed(sim, 4 * most)
        report = record(sim, streams, concurrency=30, rate_limit=0)
        fine(report)
        assert sim.recording() == set(streams)
        assert sum(entry.error_code == "LIVE.100011007" for entry in sim.log) < 60


def test_a_throttle_with_retry_after_pauses_everybody(sim: Simulator) -> None:
    streams = pushed(sim, 10)
    sim.fault(kind="status", key=CAM, code="APIGW.0308", headers={"Retry-After": "1"}, attempts=[1])
    report = record(sim, streams, preflight=False)
    fine(report)
    refused, *others = sim.commands()
    assert all(entry.time >= refused.time + 1.0 for entry in others)


def test_a_wait_beyond_the_budget_does_not_hold_up_the_run(sim: Simulator) -> None:
    """One "come back in an hour": that stream fails at once, and the others do not hang for an hour."""
    streams = pushed(sim, 10)
    sim.fault(kind="status", key=CAM, code="APIGW.0308", headers={"Retry-After": "6"}, times=1)
    began = time.monotonic()
    report = record(sim, streams, retry_timeout=0.5, preflight=False)
    assert time.monotonic() - began < 4
    consistent(report)
    assert report.results[0].status == "failed"
    assert sim.recording() <= set(streams[1:])


def test_a_wait_beyond_the_budget_that_meets_all_ends_in_time(sim: Simulator) -> None:
    """Whatever is asked before that time is refused: not one budget is spent for every few streams."""
    streams = pushed(sim, 40)
    sim.fault(kind="status", path="record/control", code="APIGW.0308", headers={"Retry-After": "3600"})
    began = time.monotonic()
    report = record(sim, streams, retry_timeout=0.5, concurrency=4, preflight=False)
    assert time.monotonic() - began < 2.5
    consistent(report)
    assert set(statuses(report)) <= {"failed", "not_attempted"}
    assert not report.changed


def test_a_service_that_throttles_without_end_is_given_up(sim: Simulator) -> None:
    """It says neither for how long nor for how many, so every pause is a guess, and 100 streams would take 100."""
    streams = pushed(sim, 100)
    sim.fault(kind="status", path="record/control", status=429)
    began = time.monotonic()
    report = record(sim, streams, retry_timeout=1.5, timeout=1)
    assert time.monotonic() - began < 15
    consistent(report)
    assert "failed" in statuses(report)
    assert set(statuses(report)) <= {"failed", "not_attempted"}
    assert not report.changed
    assert report.failure is not None
    assert report.failure.startswith("The run ended early: Too Many Requests")


def test_a_network_that_dies_in_mid_run_is_given_up(sim: Simulator) -> None:
    """Ten streams are done, then nothing is answered any more: nobody waits for 90 timeouts."""
    streams = pushed(sim, 100)
    for stream in streams[10:]:
        sim.fault(kind="hang", key=stream)
    began = time.monotonic()
    report = record(sim, streams, retry_timeout=1.5, timeout=0.5, concurrency=5)
    assert time.monotonic() - began < 8
    consistent(report)
    assert statuses(report)[:10] == ["changed"] * 10
    assert set(statuses(report)[10:]) == {"failed", "not_attempted"}
    assert report.failure is not None
    assert "The run ended early: no answer from" in report.failure


def test_reads_that_are_refused_for_long_do_not_end_the_run(sim: Simulator) -> None:
    """A short throttle of a command is retried, whatever the optional reads before it were told."""
    streams = [f"d{number}.example.com/live/cam" for number in range(4)]
    for stream in streams:
        sim.rule(stream)
        sim.push(stream)
    sim.fault(kind="status", path="record/rules", code="APIGW.0308", headers={"Retry-After": "30"})
    sim.fault(kind="status", path="record/control", code="APIGW.0308", headers={"Retry-After": "0.1"}, times=1)
    report = record(sim, streams, retry_timeout=0.5, concurrency=4)
    fine(report)
    assert sim.recording() == set(streams)


def test_our_own_limit_keeps_the_service_from_refusing() -> None:
    """Preflight and commands together are the quota: no request of the list is ever refused."""
    with cloud(quota=60) as sim:
        streams = pushed(sim, 56)
        began = time.monotonic()
        fine(record(sim, streams, rate_limit=60, concurrency=20))
        assert time.monotonic() - began < 5
        assert all(entry.status == 200 for entry in sim.log)


# Questions that are put again


def test_a_fault_during_the_second_question_keeps_it_the_second(sim: Simulator) -> None:
    sim.set_recording(CAM)
    sim.fault(key=CAM, kind="status", code="APIGW.0308", attempts=[2])
    report = record(sim, [CAM])
    fine(report)
    assert told(only(report)) == ("unchanged", "recording", "recording", "START")
    assert only(report).attempts == 3


def test_a_wait_for_a_push_that_was_started_by_somebody_else(sim: Simulator) -> None:
    late = threading.Timer(0.5, sim.set_recording, [CAM])
    late.start()
    report = record(sim, [CAM], wait_timeout=10, wait_interval=0.3)
    late.join()
    fine(report)
    assert told(only(report)) == ("unchanged", "recording", "recording", "START")


def test_each_question_has_a_retry_budget_of_its_own(sim: Simulator) -> None:
    """A fault in the fourth round of waiting is retried, although the first attempt is long ago."""
    sim.fault(key=CAM, kind="status", status=503, attempts=[5])
    late = threading.Timer(0.9, sim.push, [CAM])
    late.start()
    report = record(sim, [CAM], wait_timeout=10, wait_interval=0.2, retry_timeout=0.6)
    late.join()
    fine(report)


# The pool


@dataclass
class Poller:
    """A job that wants to be asked again and again until a moment; one that is done after its first answer."""

    until: float
    steps: int = 0
    finished: float = 0.0
    metered: bool = True

    def step(self) -> StepResult:
        self.steps += 1
        self.finished = time.monotonic()
        return StepResult(again_at=self.finished + 0.01 if self.finished < self.until else None, proven=True)


@dataclass
class Stumbler:
    """A job whose first attempts meet a fault each, and that is asked again at once. throttle: of each fault."""

    faults: int
    throttle: ErrorAnswer | None = None
    metered: bool = True

    def step(self) -> StepResult:
        self.faults -= 1
        if self.faults >= 0:
            fault = NetworkError("broken", maybe_sent=True)
            return StepResult(again_at=time.monotonic(), proven=True, fault=fault, throttle=self.throttle)
        return StepResult(proven=True)


def test_faults_that_the_quota_keeps_apart_are_not_the_end() -> None:
    """The last answer before the quota is used up is a fault, and so is the first one after it."""
    jobs = [Stumbler(0), Stumbler(2), Stumbler(0), Stumbler(0)]
    pool = Pool(Pacer(2, 1, window=0.4), patience=0.1)
    pool.run(jobs)
    assert pool.ended is None
    assert [job.faults for job in jobs] == [-1] * 4


@pytest.mark.parametrize(
    ("message", "ends"), [("over ratelimit,limit:300,time:1 minute", False), ("Too Many Requests", True)]
)
def test_a_quota_that_others_use_up_is_waited_for_longer(message: str, ends: bool) -> None:
    """Who is told of a quota knows that there will be room again, though others may be quicker to take it."""
    jobs = [Stumbler(4, ErrorAnswer(429, "APIGW.0308", message)) for _number in range(8)]
    pool = Pool(Pacer(0, 8, longest_pause=0.2), patience=0.3)
    pool.run(jobs)
    assert (pool.ended is not None) == ends


def test_those_who_wait_for_a_push_do_not_starve_those_not_asked_yet() -> None:
    """More polls than the quota allows: the streams behind them in the list still get their turn."""
    end = time.monotonic() + 1.4
    waiting, fresh = [Poller(end) for _number in range(12)], [Poller(0.0) for _number in range(8)]
    Pool(Pacer(10, 4, window=0.3), 60).run([*waiting, *fresh])
    assert all(job.steps == 1 for job in fresh)
    assert max(job.finished for job in fresh) < end


def test_waiting_costs_no_work() -> None:
    """The quota is used up, a retry is due, somebody was not asked yet: all sleep until there is room again."""
    end = time.monotonic() + 1.2
    jobs = [*(Poller(end) for _number in range(6)), *(Poller(0.0) for _number in range(9))]
    worked = time.process_time()
    Pool(Pacer(5, 4, window=0.6), 60).run(jobs)
    assert time.process_time() - worked < 0.4


def test_a_defect_of_a_job_is_not_swallowed() -> None:
    class Broken:
        metered = True

        def step(self) -> StepResult:
            raise ZeroDivisionError

    jobs: list[Job] = [Poller(0.0), *(Broken() for _number in range(5))]
    with pytest.raises(ZeroDivisionError):
        Pool(Pacer(0, 4), 60).run(jobs)


@pytest.mark.parametrize("width", [1, 2, 10, 64])
def test_every_job_is_done_and_never_too_many_at_once(width: int) -> None:
    lock, inside, most = threading.Lock(), 0, 0

    class Counted:
        metered = True
        steps = 0

        def step(self) -> StepResult:
            nonlocal inside, most
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.001)
            with lock:
                inside -= 1
            self.steps += 1
            return StepResult(again_at=time.monotonic() + 0.005 if self.steps < 3 else None, proven=True)

    jobs = [Counted() for _number in range(100)]
    before = threading.active_count()
    Pool(Pacer(0, width), 60).run(jobs)
    assert [job.steps for job in jobs] == [3] * 100
    assert most <= width
    assert threading.active_count() == before


def test_until_something_worked_one_request_is_on_its_way_at_a_time() -> None:
    lock, inside, most = threading.Lock(), 0, 0

    class Unproven:
        metered = True
        steps = 0

        def step(self) -> StepResult:
            nonlocal inside, most
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.002)
            with lock:
                inside -= 1
            self.steps += 1
            again_at = time.monotonic() + 0.001 if self.steps < 3 else None
            return StepResult(again_at=again_at, fault=NetworkError("x", maybe_sent=True))

    jobs = [Unproven() for _number in range(5)]
    Pool(Pacer(0, 8), 60).run(jobs)
    assert most == 1
    assert [job.steps for job in jobs] == [3] * 5


def test_six_hundred_streams_at_the_speed_of_the_wire() -> None:
    with cloud(latency=0.05) as sim:
        streams = pushed(sim, 600)
        began = time.monotonic()
        report = record(sim, streams, concurrency=30, rate_limit=0)
        elapsed = time.monotonic() - began
        fine(report)
        assert sim.recording() == set(streams)
        assert elapsed < 3 * 600 / 30 * 0.05


def test_a_password_serves_a_whole_run(sim: Simulator) -> None:
    streams = pushed(sim, 30)
    fine(record(sim, streams, connection=by_password(sim)))
    assert result_of(record(sim, streams, "stopped", connection=by_password(sim)), CAM).status == "changed"
    assert sim.recording() == set()
