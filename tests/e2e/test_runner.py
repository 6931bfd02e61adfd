# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""hwc.live.record_control as AWX runs it: ansible-runner, credentials as environment, survey answers as variables."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.runner import Job
from tests.simulator import Simulator

from .conftest import DOMAIN, connection_environment

KEYS = [f"{DOMAIN}/live/cam-{number}" for number in (1, 2, 3)]
# What AWX hands over for a survey of which only the state and the streams were filled in.
SURVEY = {
    "record_control_state": "recording",
    "record_control_streams": "cam-1, cam-2  # the stage\ncam-3\n",
    "record_control_publish_domain": DOMAIN,
    "record_control_app": "live",
    "record_control_wait_timeout": "",
    "record_control_restart_gap": 2,
}


def credentials(sim: Simulator) -> dict[str, str]:
    """What AWX injects from the credential type: fields that were left out come as ''."""
    empty = (
        "HW_SECURITY_TOKEN",
        "HW_AUTH_TOKEN",
        "HW_USER_NAME",
        "HW_USER_PASSWORD",
        "HW_DOMAIN_NAME",
        "HW_PROJECT_ID",
    )
    return {**dict.fromkeys(empty, ""), "HW_INSECURE": "False", **connection_environment(sim)}


def prepare(folder: Path, collections: Path, sim: Simulator, cmdline: str = "", **answers: Any) -> Job:
    return Job.prepare(folder, collections, credentials(sim), {**SURVEY, **answers}, cmdline=cmdline)


def test_success(collections: Path, sim: Simulator, tmp_path: Path) -> None:
    job = prepare(tmp_path / "job", collections, sim, record_control_batch_size=2)
    assert job.run("record_control.yml") == 0, job.stdout
    assert job.status == "successful"
    assert sim.recording() == set(KEYS)
    assert "2 of 3 streams: 2 changed, 0 unchanged, 0 failed; a moment left" in job.stdout
    assert "3 of 3 streams: 3 changed, 0 unchanged, 0 failed; all were attempted" in job.stdout
    report = job.report()
    assert (report["changed"], report["failed"], report["not_attempted"]) == (3, 0, 0)
    assert report["streams"]["changed"] == KEYS
    (stats,) = job.events("playbook_on_stats")
    assert stats["changed"] == {"localhost": 2}, "a batch that changed something is a change"


def test_check_mode(collections: Path, sim: Simulator, tmp_path: Path) -> None:
    job = prepare(tmp_path / "job", collections, sim, "--check --diff", record_control_batch_size=2)
    assert job.run("record_control.yml") == 0, job.stdout
    assert sim.commands() == []
    assert "3 would change, 0 unchanged, 0 failed, 0 not attempted" in job.stdout
    assert f'+    "{KEYS[0]}": "recording"' in job.stdout
    assert job.report()["check_mode"] is True


def test_partial_failure(collections: Path, sim: Simulator, tmp_path: Path) -> None:
    """The batch that fails is the first one; all others are attempted, and the report names the failure."""
    streams = f"{DOMAIN}/studio/no-rule\ncam-99\ncam-1\ncam-2\ncam-3"
    job = prepare(tmp_path / "job", collections, sim, record_control_streams=streams, record_control_batch_size=1)
    assert job.run("record_control.yml") == 2
    assert job.status == "failed"
    assert sim.recording() == set(KEYS)
    assert f"{DOMAIN}/studio/no-rule is not recording: no record rule of {DOMAIN} matches" in job.stdout
    assert f"{DOMAIN}/live/cam-99 is not recording: LIVE.100011001 Request Illegal (HTTP 400, request id" in job.stdout
    assert "2 of 5 streams failed, 0 were not attempted" in job.stdout
    report = job.report()
    assert report["streams"]["failed"] == [f"{DOMAIN}/studio/no-rule", f"{DOMAIN}/live/cam-99"]
    assert [failure["error_code"] for failure in report["failures"]] == [None, "LIVE.100011001"]
    assert all(failure["hint"] for failure in report["failures"])
    assert len(job.events("runner_on_failed")) == 1, "one red line, at the end"


def settle(sim: Simulator) -> int:
    """Waits until no command has come for a while; returns how many there were."""
    sent = -1
    while sent != len(sim.commands()):
        sent = len(sim.commands())
        time.sleep(4 * sim.settings.latency)
    return sent


def test_cancelled_and_run_again(collections: Path, sim: Simulator, tmp_path: Path) -> None:
    """ansible-runner kills ansible-playbook's process group. Since ansible-core 2.19 a task has a group of its own and
    ends what it is at, so the batch under way may go on to its end; in AWX it goes with the container.
    """
    keys = [f"{DOMAIN}/live/event-{number}" for number in range(20)]
    for key in keys:
        sim.push(key)
    sim.settings.latency = 0.3
    answers: dict[str, Any] = {
        "record_control_streams": keys,
        "record_control_concurrency": 1,
        "record_control_batch_size": 10,
    }
    job = prepare(tmp_path / "cancelled", collections, sim, **answers)
    with job.start("record_control.yml") as process:
        while len(sim.commands()) < 4 and process.poll() is None:
            time.sleep(0.05)
        process.terminate()
        process.communicate()
    assert job.status == "canceled"
    assert settle(sim) <= 10, "no batch begins after a cancel"
    before = sim.recording()
    assert 4 <= len(before) <= 10
    sim.settings.latency = 0
    again = prepare(tmp_path / "again", collections, sim, **answers)
    assert again.run("record_control.yml") == 0, again.stdout
    assert sim.recording() == set(keys)
    report = again.report()
    assert set(report["streams"]["unchanged"]) == before
    assert report["changed"] == len(keys) - len(before)


@pytest.mark.parametrize("way", ["environment", "file"])
def test_no_secret_in_any_artifact(collections: Path, sim: Simulator, tmp_path: Path, way: str) -> None:
    """With keys in the environment there is one exception, which is ansible-runner's and not ours.

    ansible-runner writes the whole environment of the job into artifacts/*/command, readable for its user alone, and
    has no setting for that. Keys in a file that the environment names, the other way in which AWX can inject them, are
    nowhere.
    """
    sim.settings.security_token = "security-token-of-a-temporary-key"
    injected = {**credentials(sim), "HW_SECURITY_TOKEN": sim.settings.security_token}
    if way == "file":
        keys = {"ak": "HW_ACCESS_KEY", "sk": "HW_SECRET_KEY", "security_token": "HW_SECURITY_TOKEN"}
        file = tmp_path / "credentials"
        file.write_text("[live]\n" + "".join(f"{key} = {injected.pop(name)}\n" for key, name in keys.items()))
        injected |= {"HUAWEICLOUD_SDK_CREDENTIALS_FILE": str(file), "HW_PROFILE": "live"}
    query = "auth_key=1767225600-0-0-9f1c2d3e4f5a"
    streams = f"rtmp://{DOMAIN}/live/cam-1?{query}\nrtmp://{DOMAIN}/live/cam-99?{query}"
    job = Job.prepare(
        tmp_path / "job", collections, injected, {**SURVEY, "record_control_streams": streams}, cmdline="-vvvv --diff"
    )
    assert job.run("record_control.yml") == 2
    assert sim.recording() == {KEYS[0]}
    secrets = [sim.settings.secret_key, sim.settings.security_token, query, "9f1c2d3e4f5a"]
    texts = {path.name: path.read_text() for path in job.artifacts.rglob("*") if path.is_file()}
    found = Counter(name for name, text in texts.items() for secret in secrets if secret in text)
    assert found == ({"command": 2} if way == "environment" else {})
    assert (job.artifacts / "command").stat().st_mode & 0o777 == 0o600
