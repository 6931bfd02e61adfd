# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""live_record_control through ansible-playbook, against the simulator."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.installed import ROOT, ansible_playbook
from tests.simulator import Simulator

from .conftest import DOMAIN, Play, connection_environment

STREAMS = [f"{DOMAIN}/live/cam-{number}" for number in (1, 2, 3)]
Idle = Literal["ok", "absent", "illegal"]


def step(state: str, check: bool = False, **options: Any) -> dict[str, Any]:
    return {
        "options": {"state": state, "streams": STREAMS, **options},
        "keys": {"check_mode": True} if check else {},
    }


def statuses(result: dict[str, Any]) -> dict[str, int]:
    return dict(Counter(stream["status"] for stream in result["streams"]))


@pytest.mark.parametrize("idle_stop", ["ok", "absent"])
def test_twelve_steps(play: Play, sim: Simulator, idle_stop: Idle) -> None:
    """Check, apply, check again, apply again, for both states; then stop what is stopped. Each is a task of a play."""
    sim.settings.idle_stop = idle_stop
    run, results = play(
        sim, [step("recording", True), step("recording"), step("recording", True), step("recording")], "--diff"
    )
    assert run.returncode == 0, run.output
    check, apply, check_again, apply_again = results
    assert check["changed"]
    assert check["diff"]["before"] == dict.fromkeys(STREAMS, "unknown")
    assert apply["changed"]
    assert apply["diff"] == {"before": dict.fromkeys(STREAMS, "stopped"), "after": dict.fromkeys(STREAMS, "recording")}
    assert check_again["changed"], "nothing is known of the state, and unknown counts as a change"
    assert not apply_again["changed"]
    assert apply_again["diff"] == {"before": {}, "after": {}}
    assert [stream["before"] for stream in apply_again["streams"]] == ["recording"] * 3
    assert sim.recording() == set(STREAMS)
    assert len(sim.commands()) == 3 + 2 * 3, "three, and twice three to tell recording from closing"

    sim.clear_log()
    run, results = play(sim, [step("stopped", True), step("stopped"), step("stopped", True), step("stopped")], "--diff")
    assert run.returncode == 0, run.output
    assert [result["changed"] for result in results] == [True, True, True, idle_stop == "ok"]
    expected = {"changed": 3} if idle_stop == "ok" else {"unchanged": 3}
    assert statuses(results[3]) == expected
    assert sim.recording() == set()
    assert len(sim.commands()) == 3 + 3


def test_check_on_the_command_line_sends_nothing(collections: Path, sim: Simulator) -> None:
    extra = f'{{"streams": ["{STREAMS[0]}"]}}'
    run = ansible_playbook(
        collections, "hwc.live.start_recording", "--check", "--diff", "-e", extra, variables=connection_environment(sim)
    )
    assert run.returncode == 0
    assert "changed=1" in run.output
    assert f'-    "{STREAMS[0]}": "unknown"' in run.output
    assert f'+    "{STREAMS[0]}": "recording"' in run.output
    assert sim.commands() == []


def test_just_stopped_and_already_recording_in_one_list(play: Play, sim: Simulator) -> None:
    """The gap is waited out once for both, and both end right."""
    for key in STREAMS[:2]:
        sim.set_recording(key)
    _run, (stopped, started) = play(
        sim, [step("stopped", streams=[STREAMS[0]]), step("recording", streams=STREAMS[:2], restart_gap=3)]
    )
    assert stopped["changed"]
    assert [stream["status"] for stream in started["streams"]] == ["changed", "unchanged"]
    assert [stream["before"] for stream in started["streams"]] == ["stopped", "recording"]
    assert 3 <= started["summary"]["elapsed"] < 6
    assert sim.recording() == set(STREAMS[:2])


def test_partial_failure_is_told_on_one_screen(play: Play, sim: Simulator) -> None:
    keys = [f"{DOMAIN}/live/event-{number:02}" for number in range(30)]
    for key in keys[:28]:
        sim.push(key)
    run, (result,) = play(sim, [step("recording", streams=keys)])
    assert result["failed"]
    assert result["changed"]
    assert statuses(result) == {"changed": 28, "failed": 2}
    assert sim.recording() == set(keys[:28])
    message = result["msg"]
    assert message.startswith("2 of 30 streams could not be set to recording (28 changed, 0 unchanged)")
    for key in keys[28:]:
        (line,) = [line for line in message.splitlines() if key in line]
        assert "LIVE.100011001 Request Illegal (HTTP 400, request id " in line
        assert "wait_timeout" in line
    assert sum(len(line) // 80 + 1 for line in message.splitlines()) <= 24, "a screen of 80 columns"
    assert message.splitlines()[0] in run.output


def test_no_secret_in_any_output(play: Play, sim: Simulator) -> None:
    """-vvvv, with success and failure, for each way of authenticating; push URLs bring secrets too."""
    secret_query = "auth_key=1767225600-0-0-9f1c2d3e4f5a"
    urls = [f"rtmp://{DOMAIN}/live/cam-1?{secret_query}", f"rtmps://{DOMAIN}:1935/live/cam-99?{secret_query}"]
    sim.settings.security_token = "security-token-of-a-temporary-key"
    secrets = [
        sim.settings.secret_key,
        sim.settings.security_token,
        sim.settings.password,
        secret_query,
        "9f1c2d3e4f5a",
    ]
    base = {name: value for name, value in connection_environment(sim).items() if "KEY" not in name}
    password = {
        "HW_USER_NAME": sim.settings.username,
        "HW_USER_PASSWORD": sim.settings.password,
        "HW_DOMAIN_NAME": sim.settings.account_name,
    }
    temporary = {**connection_environment(sim), "HW_SECURITY_TOKEN": sim.settings.security_token}
    options = {"access_key": sim.settings.access_key, "secret_key": sim.settings.secret_key,
               "security_token": sim.settings.security_token}  # fmt: skip
    wrong = {**options, "secret_key": "a-wrong-secret-key-that-nobody-may-see"}
    secrets.append(wrong["secret_key"])
    output = ""
    for variables, more in ((temporary, {}), ({**base, **password}, {}), (base, options), (base, wrong), (base, {})):
        tasks = [step("recording", streams=urls, restart_gap=0, **more), step("stopped", streams=[*urls, None], **more)]
        run, _results = play(sim, tasks, "-vvvv", variables=variables)
        output += run.output
    tokens = list(sim.service.gatekeeper.tokens)
    assert tokens, "the run with a password has got one"
    assert [secret for secret in [*secrets, *tokens] if secret in output] == []
    for shown in (STREAMS[0], "LIVE.100011001", "APIGW.0301", "No credentials", "streams[2]: is null"):
        assert shown in output


def test_module_defaults_of_the_action_group(play: Play, sim: Simulator) -> None:
    defaults = {
        "group/hwc.live.live": {
            "access_key": sim.settings.access_key,
            "secret_key": sim.settings.secret_key,
            "project_id": sim.settings.project_id,
            "endpoint": sim.url,
        }
    }
    run, (result,) = play(sim, [step("recording")], variables={}, module_defaults=defaults)
    assert run.returncode == 0, run.output
    assert statuses(result) == {"changed": 3}


def test_bad_input_sends_nothing(play: Play, sim: Simulator) -> None:
    bad: list[Any] = ["", "a/b", None, True, ["x"], {"stream": "x", "colour": "red"}, "cam\t1", "x" * 600, 1.5]
    run, (result,) = play(sim, [step("recording", streams=[STREAMS[0], *bad], concurrency=65, restart_gap=-1)])
    assert result["failed"]
    for index in range(1, len(bad) + 1):
        assert f"streams[{index}]" in result["msg"]
    assert "streams[0]" not in result["msg"]
    assert "concurrency is 65" in result["msg"]
    assert "restart_gap is -1" in result["msg"]
    assert sim.log == []
    assert "Traceback" not in run.output


def test_network_gone(play: Play, sim: Simulator) -> None:
    variables = {**connection_environment(sim), "HW_LIVE_ENDPOINT": "http://127.0.0.1:9", "HW_PROJECT_ID": "p"}
    _run, (result,) = play(sim, [step("recording", retry_timeout=1)], variables=variables)
    assert result["failed"]
    assert not result["changed"], "nothing can have reached the cloud"
    assert "no connection to http://127.0.0.1:9: Connection refused" in result["msg"]
    assert "Check the network" in result["msg"]


def test_a_task_in_the_background_shows_that_it_is_alive(play: Play, sim: Simulator, tmp_path: Path) -> None:
    """As the README advises for a long wait: a line for every look, and the same result as in the foreground."""
    late = f"{DOMAIN}/live/late"
    background = {"async": "{{ 0 if ansible_check_mode else 60 }}", "poll": 1}
    task = {**step("recording", streams=[late], wait_timeout=30, wait_interval=1), "keys": background}
    variables = {**connection_environment(sim), "ANSIBLE_ASYNC_DIR": str(tmp_path / "jobs")}
    venv = tmp_path / "venv"
    venv.symlink_to(sys.prefix)  # the checkout's path may have a space, which Ansible does not quote in the background
    python = {"ansible_python_interpreter": str(venv / "bin" / "python")}
    _run, (check,) = play(sim, [task], "--check", variables=variables, vars=python)
    assert statuses(check) == {"changed": 1}
    assert sim.commands() == []
    push = threading.Timer(6, sim.push, [late])
    push.start()
    run, (result,) = play(sim, [task], variables=variables, vars=python)
    push.join()
    assert run.output.count("ASYNC POLL on localhost") >= 2, run.output
    assert statuses(result) == {"changed": 1}
    assert sim.recording() == {late}


def test_demo_runs_and_leaves_nothing_running() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.demo"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    url = re.search(r"http://127\.0\.0\.1:(\d+)", done.stdout)
    assert url is not None
    listening = Path("/proc/net/tcp").read_text()
    assert f":{int(url[1]):04X} 00000000:0000 0A" not in listening
