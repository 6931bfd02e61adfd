# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Memory between ansible-playbook processes, in the caches that users have."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installed import ansible_playbook, others_collections
from tests.simulator import Simulator

from .conftest import DOMAIN, connection_environment

STREAMS = [f"{DOMAIN}/live/cam-{number}" for number in (1, 2, 3)]
EXTRA = ["-e", json.dumps({"streams": STREAMS})]


def recap(collections: Path, sim: Simulator, environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    """Whether the play changed anything, and its output; it must succeed."""
    run = ansible_playbook(collections, *arguments, *EXTRA, variables={**connection_environment(sim), **environment})
    assert run.returncode == 0, run.output
    assert "DEPRECAT" not in run.output
    return int("changed=1" in run.output), run.output


def remembers(collections: Path, sim: Simulator, environment: dict[str, str], inventory: list[str]) -> None:
    """What every cache must give: exact check mode, no second question, no change the second time."""
    start, stop = ["hwc.live.start_recording", *inventory], ["hwc.live.stop_recording", *inventory]
    assert recap(collections, sim, environment, *start)[0] == 1
    sim.clear_log()
    assert recap(collections, sim, environment, *start, "--check", "--diff")[0] == 0
    assert sim.commands() == []
    assert recap(collections, sim, environment, *start)[0] == 0
    assert len(sim.commands()) == 3, "memory settles what would take a second question"
    changed, output = recap(collections, sim, environment, *stop, "--check", "--diff")
    assert changed == 1
    assert f'-    "{STREAMS[0]}": "recording"' in output
    assert recap(collections, sim, environment, *stop)[0] == 1
    assert recap(collections, sim, environment, *stop)[0] == 0
    assert sim.recording() == set()


@pytest.mark.parametrize("inventory", [[], ["-i", "localhost,", "-c", "local"]], ids=["implicit", "inventory"])
def test_jsonfile(collections: Path, sim: Simulator, tmp_path: Path, inventory: list[str]) -> None:
    environment = {"ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(tmp_path / "facts")}
    remembers(collections, sim, environment, inventory)
    (cached,) = (tmp_path / "facts").iterdir()
    assert "live_recordings" in cached.read_text()


@pytest.fixture
def redis() -> Iterator[int]:
    """A redis server on loopback; its port."""
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("redis-server is not installed (Debian: apt-get install redis-server)")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    command = [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            wait_for(port)
            yield port
        finally:
            process.terminate()


def wait_for(port: int) -> None:
    for _attempt in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("redis-server did not start")


def test_redis(collections: Path, sim: Simulator, redis: int) -> None:
    environment = {
        "ANSIBLE_COLLECTIONS_PATH": f"{collections}:{others_collections()}",
        "ANSIBLE_CACHE_PLUGIN": "community.general.redis",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": f"127.0.0.1:{redis}:0",
    }
    remembers(collections, sim, environment, [])


def test_a_failed_task_keeps_its_facts_to_itself_and_a_rescue_keeps_them(
    collections: Path, sim: Simulator, tmp_path: Path
) -> None:
    """Ansible drops the facts of a failed task; the documented rescue saves what the run learned."""
    book = tmp_path / "book.yml"
    book.write_text(
        """
- hosts: localhost
  gather_facts: false
  tasks:
    - block:
        - hwc.live.live_record_control:
            state: recording
            streams: [push.example.com/live/cam-1, push.example.com/live/not-pushed]
            remembered: "{{ ansible_facts.live_recordings | default({}) }}"
      rescue:
        - ansible.builtin.set_fact:
            live_recordings: "{{ ansible_failed_result.ansible_facts.live_recordings }}"
            cacheable: true
          when: keep | bool
"""
    )
    facts = tmp_path / "facts"
    environment = {**connection_environment(sim), "ANSIBLE_CACHE_PLUGIN": "jsonfile"}
    environment["ANSIBLE_CACHE_PLUGIN_CONNECTION"] = str(facts)
    for keep, expected in (("false", False), ("true", True)):
        run = ansible_playbook(collections, str(book), "-e", f"keep={keep}", variables=environment)
        assert "1 of 2 streams could not be set to recording" in run.output
        kept = "".join(path.read_text() for path in facts.iterdir()) if facts.exists() else ""
        assert (STREAMS[0] in kept) is expected
