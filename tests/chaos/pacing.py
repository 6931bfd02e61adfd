# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pacing once for real, with windows of 60 seconds: the quota is kept to, and none of it is left unused."""

from __future__ import annotations

from ansible_collections.hwc.live.plugins.module_utils._cloud.credentials import resolve
from ansible_collections.hwc.live.plugins.module_utils._cloud.live_api import LiveApi
from ansible_collections.hwc.live.plugins.module_utils._core.streams import parse_streams
from ansible_collections.hwc.live.plugins.module_utils._recording.request import Options
from ansible_collections.hwc.live.plugins.module_utils._recording.run import run

from tests.simulator import LogEntry, Simulator

QUOTA = 30
WINDOW = 60.0
STREAMS = 75
_SLACK = 2.0  # seconds that a wave may begin late, and may take


def prove() -> str:
    """75 streams under a quota of 30 a minute. Raises AssertionError, or says how it went. Takes two minutes."""
    keys = [f"push.example.com/live/cam-{number:02}" for number in range(STREAMS)]
    with Simulator(quota=QUOTA, quota_window=WINDOW, quota_counts_refused=True) as sim:
        sim.rule("push.example.com/live/*")
        for key in keys:
            sim.push(key)
        api = LiveApi(resolve(sim.connection, {}, "/nonexistent"), 10)
        report = run(api, parse_streams(keys), Options("recording", rate_limit=QUOTA))
        assert sim.recording() == set(keys), "not all are recording"
        times = _metered(sim.log)
        assert all(entry.status == 200 for entry in sim.log), "a throttle was met"
    waves = -(-len(times) // QUOTA) - 1
    elapsed = float(report.summary["elapsed"])
    for number, moment in enumerate(times):
        due = number // QUOTA * WINDOW
        assert due <= moment <= due + _SLACK, f"request {number} after {moment:.2f} s, not {due:.0f} s"
    return (
        f"{STREAMS} streams, {len(times)} requests with the rule reads, quota {QUOTA} in {WINDOW:.0f} s: no throttle, "
        f"{elapsed:.2f} s, {elapsed - waves * WINDOW:.2f} s more than the quota takes"
    )


def _metered(log: list[LogEntry]) -> list[float]:
    """When the requests that count against the quota arrived, in seconds from the first of them."""
    times = [entry.time for entry in log if "/record/" in entry.path]
    return [moment - times[0] for moment in times]
