# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One quota, shared by the slices of a job, and by the batches of the role. In real time: the service's minute is one.

HWC_LIVE_SLICED_HOSTS=1000 (`make slices`) takes the size of a large event, the service's quota, and four minutes.
"""

from __future__ import annotations

import json
import math
import os
import re
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.runner import Job
from tests.simulator import Simulator
from tests.simulator.log import LogEntry

from .conftest import DOMAIN, connection_environment

HOSTS = int(os.environ.get("HWC_LIVE_SLICED_HOSTS", "104"))
QUOTA = 300 if HOSTS > 300 else 100
SLICES = 4
ROLE_QUOTA = 60


def cloud(quota: int, streams: int) -> tuple[Simulator, list[str]]:
    """A simulator that refuses what goes beyond the quota, and streams that are being pushed."""
    sim = Simulator(quota=quota)
    keys = [f"{DOMAIN}/live/cam-{number}" for number in range(streams)]
    sim.rule(f"{DOMAIN}/live/*")
    for key in keys:
        sim.push(key)
    return sim, keys


def most_in_a_window(entries: list[LogEntry]) -> int:
    """The most metered requests in any 60 seconds, by their arrival."""
    times = sorted(entry.time for entry in entries if "/record/" in entry.path)
    return max(sum(start <= time < start + 60 for time in times) for start in times)


def test_slices_and_batches(collections: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both at the same time, since both wait for minutes to pass: slices on one cloud, the role on another."""
    (sliced, hosts), (batched, streams) = cloud(QUOTA, HOSTS), cloud(ROLE_QUOTA, 80)
    with sliced, batched:
        began = time.monotonic()
        slices = [
            slice_job(tmp_path / f"slice-{number}", collections, sliced, number, hosts) for number in range(SLICES)
        ]
        role = role_job(tmp_path / "role", collections, batched, streams)
        processes = [job.start("record_inventory.yml") for job in slices]
        processes.append(role.start("record_control.yml"))
        for process in processes[:-1]:
            process.communicate()
        took = time.monotonic() - began
        processes[-1].communicate()
        check_slices(sliced, hosts, slices, took, capsys)
        check_role(batched, streams, role)


def slice_job(folder: Path, collections: Path, sim: Simulator, number: int, keys: list[str]) -> Job:
    """AWX hands each slice every so many-eth host, and the template's variables."""
    names = [key.rpartition("/")[2] for key in keys[number::SLICES]]
    inventory = "\n".join(
        [*names, "[all:vars]", f"publish_domain={DOMAIN}", "app=live", "ansible_connection=local", ""]
    )
    variables = {"record_control_slices": SLICES, "record_control_rate_limit": QUOTA}
    return Job.prepare(folder, collections, connection_environment(sim), variables, inventory)


def role_job(folder: Path, collections: Path, sim: Simulator, keys: list[str]) -> Job:
    variables = {
        "record_control_streams": "\n".join(keys),
        "record_control_batch_size": 20,
        "record_control_rate_limit": ROLE_QUOTA,
    }
    return Job.prepare(folder, collections, connection_environment(sim), variables)


def check_slices(
    sim: Simulator, keys: list[str], jobs: list[Job], took: float, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [job.status for job in jobs] == ["successful"] * SLICES, jobs[0].stdout
    assert [entry for entry in sim.log if entry.status == 429] == []
    assert Counter(entry.key for entry in sim.commands()) == Counter(keys), "each host exactly once"
    assert sim.recording() == set(keys)
    for job in jobs:
        (stats,) = job.events("playbook_on_stats")
        assert len(stats["changed"]) == len(stats["ok"]) == math.ceil(len(keys) / SLICES)
    allowed = 60 * (math.ceil(len(keys) / QUOTA) - 1)
    sending = max(entry.time for entry in sim.log) - min(entry.time for entry in sim.log)
    most = most_in_a_window(sim.log)
    with capsys.disabled():
        print(
            f"\n{len(keys)} hosts in {SLICES} slices: requests for {sending:.0f} s, the quota allows {allowed} s; "
            f"whole jobs {took:.0f} s; at most {most} of {QUOTA} requests in a minute"
        )
    assert most <= QUOTA
    assert sending < allowed + 15, "the slices do not start at the same moment"


def check_role(sim: Simulator, keys: list[str], job: Job) -> None:
    """80 streams at 60 a minute: one wait, told beforehand, and no throttle."""
    assert job.status == "successful", job.stdout
    assert [entry for entry in sim.log if entry.status == 429] == []
    assert Counter(entry.key for entry in sim.commands()) == Counter(keys)
    assert most_in_a_window(sim.log) <= ROLE_QUOTA
    assert len(re.findall(r"Pausing for \d\d seconds", job.stdout)) == 1
    assert re.search(r"20 of 80 streams: 20 changed, 0 unchanged, 0 failed; at least \d.* s left", job.stdout)
    assert json.dumps(job.report()["streams"]["changed"]) == json.dumps(keys)
