# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the fault campaign (`make chaos`) found, each as small as it gets."""

from __future__ import annotations

import time

from tests.simulator import Simulator
from tests.unit.conftest import by_password, key, pushed, record, statuses

CAM = key("cam-01")


def test_a_fault_of_iam_is_no_command(sim: Simulator) -> None:
    """The login met a passing error before any command was sent: nothing of this run may have changed the stream."""
    streams = pushed(sim, 1)
    sim.set_recording(streams[0])
    sim.fault("status", status=503, path="/v3/", times=1)
    report = record(sim, streams, connection=by_password(sim), preflight=False)
    assert statuses(report) == ["unchanged"]
    assert not report.changed


def test_a_stop_that_failed_is_forgotten(sim: Simulator) -> None:
    """It may have taken effect, so what the failed run returns no longer says recording, and the start asks twice.

    Ansible drops the facts of a failed task; docs/memory.md says how to keep them, and what happens otherwise.
    """
    streams = pushed(sim, 1)
    facts = record(sim, streams).as_dict(False)["ansible_facts"]["live_recordings"]
    sim.fault("status", status=503, effect=True)
    stop = record(sim, streams, "stopped", retry_timeout=0, remembered=facts)
    assert statuses(stop) == ["failed"]
    sim.clear_faults()
    start = record(sim, streams, remembered=stop.as_dict(False)["ansible_facts"]["live_recordings"])
    assert statuses(start) == ["changed"]
    assert sim.recording() == set(streams)


def test_the_quota_of_the_online_list_is_not_that_of_the_commands() -> None:
    """A throttled read of the online list names its own quota; the commands have another one."""
    with Simulator(online_quota=1, quota_window=2) as sim:
        sim.rule("push.example.com/*/*")
        streams = ["push.example.com/live/cam", "push.example.com/studio/cam"]
        for stream in streams:
            sim.push(stream)
        began = time.monotonic()
        report = record(sim, streams, rate_limit=0, retry_timeout=1)
        elapsed = time.monotonic() - began
    assert statuses(report) == ["changed", "changed"]
    assert elapsed < 5  # six rule reads and commands, one every two seconds, would take ten


def test_a_rule_of_a_plan_makes_a_stop_that_finds_nothing_no_proof() -> None:
    """A PLAN_RECORD rule comes before the COMMAND_RECORD rule: what it records, a STOP may not find."""
    with Simulator(idle_stop="absent") as sim:
        sim.push(CAM)
        sim.rule(CAM, "PLAN_RECORD")
        sim.rule("push.example.com/live/*")
        (result,) = record(sim, [CAM], "stopped").results
        assert (result.status, result.error_code) == ("failed", "LIVE.103011019")
        assert "cannot be told from idle" in (result.hint or "")


def test_who_never_retries_is_not_held_up_by_throttles(sim: Simulator) -> None:
    """Nothing but 429, with neither Retry-After nor a quota: each stream is told so at once."""
    streams = pushed(sim, 40)
    sim.fault("status", status=429, path="record/control")
    began = time.monotonic()
    report = record(sim, streams, retry_timeout=0, timeout=1)
    elapsed = time.monotonic() - began
    assert set(statuses(report)) <= {"failed", "not_attempted"}
    assert elapsed < 6
