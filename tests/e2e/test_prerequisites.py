# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook from nothing to recorded files and back, and one login for a play, as a user runs them."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.installed import Run, ansible_playbook
from tests.simulator import Simulator

from .conftest import DOMAIN, connection_environment

KEYS = {"RECORD_CALLBACK_KEY": "r" * 40, "PUSH_NOTIFICATION_KEY": "p" * 40}
STREAM = f"{DOMAIN}/live/cam-01"


@pytest.fixture
def cloud() -> Iterator[Simulator]:
    """Nothing is configured. An idle stop is told from a stop, so that a second one is no change."""
    with Simulator(gap=0.5, idle_stop="absent") as simulator:
        yield simulator


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """An address that takes callbacks, and the paths that were called."""
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            heard.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            """Silence."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", heard
        server.shutdown()
        thread.join()


def step(collections: Path, cloud: Simulator, callbacks: str, tag: str, *arguments: str) -> Run:
    """One step of the playbook with --diff."""
    options = ["hwc.live.prerequisites", "--diff", "--tags", tag, "-e", f"callbacks={callbacks}", *arguments]
    done = ansible_playbook(collections, *options, variables={**connection_environment(cloud), **KEYS})
    assert done.returncode == 0, done.output
    return done


def tasks(done: Run) -> str:
    """What the tasks printed, their diffs among it."""
    text = done.output.partition("TASK [")[2].partition("PLAY RECAP")[0]
    return re.sub(
        r'"unknown"', '"stopped"', text
    )  # no call reads whether a stream is recorded; see live_record_control


def changed(done: Run) -> int:
    match = re.search(r"changed=(\d+)", done.output)
    assert match
    return int(match[1])


def test_from_nothing_to_files_and_back(collections: Path, cloud: Simulator, listener: tuple[str, list[str]]) -> None:
    callbacks, heard = listener
    expected = {"prepare": 3, "record": 1, "stop": 1, "files": 0, "remove": 3}
    for tag, changes in expected.items():
        if tag == "record":
            cloud.push(STREAM)  # the encoder begins
        before = cloud.cloud.state()
        check = step(collections, cloud, callbacks, tag, "--check")
        assert cloud.cloud.state() == before, "check mode changes nothing"
        apply = step(collections, cloud, callbacks, tag)
        assert tasks(check) == tasks(apply)
        assert changed(check) == changed(apply) == changes
        assert changed(step(collections, cloud, callbacks, tag)) == 0
        for secret in (*KEYS.values(), cloud.settings.secret_key):
            assert secret not in check.output + apply.output
        if tag == "record":
            assert cloud.recording() == {STREAM}
        if tag == "files":
            assert "cam-01_" in apply.output
            assert ".m3u8" in apply.output
            assert ".mp4" in apply.output
    assert cloud.cloud.state()["rules"] == []
    assert cloud.cloud.state()["callbacks"] == []
    assert cloud.cloud.state()["notifications"] == {}
    assert {"/push", "/record"} <= set(heard)


def login_play(cloud: Simulator) -> dict[str, Any]:
    """A play that logs in, and then uses the token as the default of the whole group."""
    settings = cloud.settings
    where = {"region": settings.region, "endpoint": cloud.url, "iam_endpoint": cloud.url}
    login = {"username": settings.username, "password": settings.password, "account_name": settings.account_name}
    token = {"auth_token": "{{ login.auth_token }}", "project_id": "{{ login.project_id }}"}
    block = [
        {"name": "Rules", "hwc.live.live_record_rule_info": {}},
        {"name": "Streams", "hwc.live.live_stream_info": {"publish_domain": DOMAIN}},
        {"name": "A push", "hwc.live.live_push_notification": {"domain": DOMAIN, "url": "https://x.example.com"}},
    ]
    defaults = {"group/hwc.live.live": {**where, **token}}
    tasks = [
        {"name": "Log in", "hwc.live.iam_token": {**where, **login}, "register": "login", "no_log": True},
        {"name": "With it", "module_defaults": defaults, "block": block},
    ]
    return {"hosts": "localhost", "gather_facts": False, "tasks": tasks}


def test_one_login_for_a_play(collections: Path, cloud: Simulator, tmp_path: Path) -> None:
    """The token serves every task of the group, and no output shows it, however much is asked for."""
    path = tmp_path / "login.yml"
    path.write_text(yaml.safe_dump([login_play(cloud)]))
    done = ansible_playbook(collections, str(path), "-vvvv")
    assert done.returncode == 0, done.output
    (issued,) = cloud.service.gatekeeper.tokens
    assert issued not in done.output
    assert cloud.settings.password not in done.output
    logins = [entry for entry in cloud.log if entry.path.startswith("/v3/auth/tokens")]
    assert len(logins) == 1
    assert {entry.auth for entry in cloud.log if entry not in logins} == {"token"}
