# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role record_control and its playbooks, through ansible-playbook."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.installed import ROOT, Run, ansible_playbook
from tests.simulator import Simulator

from .conftest import DOMAIN, connection_environment

KEYS = [f"{DOMAIN}/live/cam-{number}" for number in (1, 2, 3)]
ROLE = ROOT / "roles" / "record_control"


def play(
    collections: Path, sim: Simulator, *arguments: str, variables: dict[str, str] | None = None, **extra: Any
) -> Run:
    """hwc.live.record_control, with the variables of the role that `extra` names without their prefix."""
    extra_vars = {f"record_control_{name}": value for name, value in {"restart_gap": 2, **extra}.items()}
    environment = connection_environment(sim) if variables is None else variables
    file = collections / "variables.json"  # at -vvvv ansible-playbook shows its command line
    file.write_text(json.dumps(extra_vars))
    command = ["hwc.live.record_control", "-e", f"@{file}", *arguments]
    return ansible_playbook(collections, *command, variables=environment)


def test_both_states_in_every_form(collections: Path, sim: Simulator) -> None:
    sim.set_recording(KEYS[2])
    recording = ["cam-1", {"stream": "cam-2"}]
    run = play(collections, sim, recording=recording, stopped="cam-3 # it is over", publish_domain=DOMAIN, app="live")
    assert run.returncode == 0, run.output
    assert "3 changed, 0 unchanged, 0 failed, 0 not attempted" in run.output
    assert sim.recording() == set(KEYS[:2])


@pytest.mark.parametrize("nothing", ["", []])
def test_nothing_to_do(collections: Path, sim: Simulator, nothing: Any) -> None:
    run = play(collections, sim, recording=nothing, stopped=nothing)
    assert run.returncode == 0, run.output
    assert "changed=0" in run.output
    assert sim.log == []


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"streams": "cam-1\na/b\n"}, "line 2"),
        ({"recording": KEYS, "stopped": KEYS[:1]}, f"cannot be in record_control_recording and in .*{KEYS[0]}"),
        ({"streams": KEYS, "batch_size": "many"}, "must be whole numbers: .*'record_control_batch_size': 'many'"),
        ({"streams": KEYS, "state": "record"}, "record_control_state is record, it must be recording or stopped"),
        ({"streams": KEYS, "concurrency": 65}, "concurrency is 65"),
    ],
)
def test_bad_input_sends_nothing(collections: Path, sim: Simulator, extra: dict[str, Any], message: str) -> None:
    run = play(collections, sim, publish_domain=DOMAIN, app="live", **extra)
    assert run.returncode == 2
    assert re.search(message, run.output), run.output
    assert sim.log == []


def test_bad_key_ends_all_batches(collections: Path, sim: Simulator) -> None:
    """More than five failed checks lock a key: no further batch tries it."""
    variables = {**connection_environment(sim), "HW_SECRET_KEY": "wrong"}
    run = play(collections, sim, variables=variables, streams=KEYS, batch_size=1)
    assert run.returncode == 2
    assert len(sim.log) <= 2
    assert "The run ended early" in run.output
    assert "0 of 3 streams failed, 3 were not attempted" in run.output


def test_late_camera_delays_no_other(collections: Path, sim: Simulator) -> None:
    """All batches are attempted before anything is waited for; then all that is late is asked side by side."""
    late = f"{DOMAIN}/live/late"
    sim.rule(f"{DOMAIN}/other/*", "CONTINUOUS_RECORD")
    hopeless = f"{DOMAIN}/other/cam-1"
    threading.Timer(6, sim.push, [late]).start()
    run = play(collections, sim, streams=[late, hopeless, *KEYS], batch_size=1, wait_timeout=30, wait_interval=1)
    assert run.returncode == 2
    assert sim.recording() == {late, *KEYS}
    asked = [entry.key for entry in sim.commands()]
    assert set(asked[:4]) == {late, *KEYS}, "every stream with a rule once, before the late one again"
    assert set(asked[4:]) == {late}
    assert "4 changed, 0 unchanged, 1 failed, 0 not attempted" in run.output


def test_memory_of_the_host(collections: Path, sim: Simulator, tmp_path: Path) -> None:
    """With a fact cache, which AWX has as fact storage, a second STOP is no change, and check mode is exact."""
    cache = {"ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(tmp_path)}
    variables = {**connection_environment(sim), **cache}
    runs = [
        play(collections, sim, *arguments, variables=variables, streams=KEYS, state="stopped", batch_size=2)
        for arguments in ([], [], ["--check"])
    ]
    assert ["3 changed" in runs[0].output, *("3 unchanged" in run.output for run in runs[1:])] == [True] * 3


def test_no_secret_in_any_output(collections: Path, sim: Simulator) -> None:
    """Secrets as options of the role and in push URLs, with success and failure."""
    query = "auth_key=1767225600-0-0-9f1c2d3e4f5a"
    options = {"secret_key": sim.settings.secret_key, "access_key": sim.settings.access_key, "auth_token": ""}
    variables = {k: v for k, v in connection_environment(sim).items() if k not in ("HW_ACCESS_KEY", "HW_SECRET_KEY")}
    urls = f"rtmp://{DOMAIN}/live/cam-1?{query}\nrtmp://{DOMAIN}/live/cam-99?{query}"
    run = play(collections, sim, "-vvvv", "--diff", variables=variables, streams=urls, **options)
    assert run.returncode == 2
    assert sim.recording() == {KEYS[0]}
    bad = play(collections, sim, "-vvvv", variables=variables, streams=f"{urls}\nrtmp://x?{query}", **options)
    assert bad.returncode == 2
    for secret in (sim.settings.secret_key, query, "9f1c2d3e4f5a"):
        assert secret not in run.output + bad.output


def test_every_option_of_the_module_is_one_of_the_role(collections: Path) -> None:
    spec = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    (task,) = yaml.safe_load((ROLE / "tasks" / "command.yml").read_text())
    passed = set(task["hwc.live.live_record_control"])
    text = (ROOT / "plugins" / "modules" / "live_record_control.py").read_text()
    fragment = (ROOT / "plugins" / "doc_fragments" / "connection.py").read_text()
    options = {
        name
        for source in (text, fragment)
        for block in re.findall(r'DOCUMENTATION = r"""(.*?)"""', source, re.DOTALL)
        for name in yaml.safe_load(block)["options"]
    }
    assert passed | {"publish_domain", "app"} == options
    named = {name.removeprefix("record_control_") for name in spec}
    assert named - {"recording", "stopped", "batch_size"} == options - {"state", "streams", "remembered"}
    defaults = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())
    assert defaults == {name: option["default"] for name, option in spec.items() if "default" in option}
    secrets = {name for name, option in spec.items() if option.get("no_log")}
    assert secrets == {f"record_control_{name}" for name in ("secret_key", "security_token", "auth_token", "password")}


HOSTS = """\
push.example.com/live/cam-1
cam-2
three stream=cam-3
four stream_key=push.example.com/live/cam-99
[all:vars]
publish_domain=push.example.com
app=live
"""


def test_inventory_hosts(collections: Path, sim: Simulator, tmp_path: Path) -> None:
    """One command task for all; every host gets the result of its own stream."""
    sim.set_recording(KEYS[0])
    hosts = tmp_path / "hosts"
    hosts.write_text(HOSTS)
    arguments = ["hwc.live.record_inventory", "-i", str(hosts), "-e", "record_control_restart_gap=2"]
    run = ansible_playbook(collections, *arguments, variables=connection_environment(sim))
    assert run.returncode == 2
    assert sim.recording() == set(KEYS)
    recap = dict(re.findall(r"^(\S+) +: ok=\d+ +(changed=\d+ +unreachable=0 +failed=\d+)", run.output, re.MULTILINE))
    expected = {"push.example.com/live/cam-1": (0, 0), "cam-2": (1, 0), "three": (1, 0), "four": (0, 1)}
    assert {host: tuple(map(int, re.findall(r"(?:changed|failed)=(\d+)", text))) for host, text in recap.items()} == (
        expected
    )
    assert "push.example.com/live/cam-99 is not recording: LIVE.100011001 Request Illegal." in run.output
    assert "4 streams: 2 changed, 1 unchanged, 1 failed, 0 not attempted" in run.output
    assert run.output.count("Set the state of the streams") == 1

    sim.clear_log()
    check = ansible_playbook(collections, *arguments, "--check", "--diff", variables=connection_environment(sim))
    assert check.returncode == 0, check.output
    assert sim.commands() == []
    assert '+    "push.example.com/live/cam-2": "recording"' in check.output


def test_inventory_from_the_online_streams(collections: Path, sim: Simulator, tmp_path: Path) -> None:
    """The names that the inventory plugin gives are of no matter; --limit says which of them."""
    source = tmp_path / "tonight.live_streams.yml"
    source.write_text((ROOT / "playbooks" / "awx" / "project" / "tonight.live_streams.yml").read_text())
    arguments = ["hwc.live.record_inventory", "-i", str(source), "--limit", "*cam-2,*cam-3"]
    run = ansible_playbook(collections, *arguments, variables=connection_environment(sim))
    assert run.returncode == 0, run.output
    assert sim.recording() == set(KEYS[1:])


def test_inventory_where_nothing_can_be_sent(collections: Path, sim: Simulator, tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text(HOSTS)
    variables = {**connection_environment(sim), "HW_SECRET_KEY": "wrong"}
    run = ansible_playbook(collections, "hwc.live.record_inventory", "-i", str(hosts), variables=variables)
    assert run.returncode == 2
    assert run.output.count("failed=1") == 4
    assert f"{KEYS[1]} is not attempted: The run ended early" in run.output
    assert len(sim.log) <= 2
