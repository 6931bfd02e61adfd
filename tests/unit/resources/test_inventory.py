# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin through ansible-inventory, as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.simulator import Simulator

from .conftest import DOMAIN, VIEW, password

BIN = Path(sys.executable).parent


def inventory(
    cloud: Simulator | None,
    folder: Path,
    *arguments: str,
    name: str = "tonight.live_streams.yml",
    env: dict[str, str] | None = None,
    **options: Any,
) -> subprocess.CompletedProcess[str]:
    """Runs ansible-inventory on a file with these options."""
    config = {"plugin": "hwc.live.live_streams", "publish_domains": [DOMAIN], **options}
    connection = {} if cloud is None else cloud.connection
    (folder / name).write_text(yaml.safe_dump({**connection, **config}), encoding="utf-8")
    bare = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(folder), "ANSIBLE_COLLECTIONS_PATH": str(VIEW)}
    return subprocess.run(
        [str(BIN / "ansible-inventory"), "-i", str(folder / name), *arguments],
        capture_output=True,
        text=True,
        env={**bare, "LC_ALL": "C.UTF-8", **(env or {})},
        cwd=folder,
        timeout=60,
        check=False,
    )


def listed(cloud: Simulator, folder: Path, **options: Any) -> dict[str, Any]:
    process = inventory(cloud, folder, "--list", **options)
    assert process.returncode == 0, process.stderr
    assert "WARNING" not in process.stderr
    return parsed(process)


def parsed(process: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The JSON; ansible-inventory marks strings that come from outside, and may be no templates, as unsafe."""
    found: dict[str, Any] = json.loads(process.stdout, object_hook=lambda item: item.get("__ansible_unsafe", item))
    return found


def hosts(found: dict[str, Any]) -> dict[str, Any]:
    variables: dict[str, Any] = found["_meta"]["hostvars"]
    return variables


def test_streams_are_hosts_with_their_properties(cloud: Simulator, tmp_path: Path) -> None:
    cloud.push(f"{DOMAIN}/live/cam-1")
    (name,) = hosts(found := listed(cloud, tmp_path))
    assert name == "push.example.com__live__cam-1"
    variables = hosts(found)[name]
    assert variables["stream_key"] == f"{DOMAIN}/live/cam-1"
    assert variables["video_bitrate"] == 4000
    assert variables["start_time"].endswith("Z")


def test_250_streams_are_250_hosts_in_groups(cloud: Simulator, tmp_path: Path) -> None:
    for number in range(250):
        cloud.push(f"{DOMAIN}/{'live' if number % 2 else 'talk'}/cam-{number}")
    options = {
        "keyed_groups": [{"key": "app", "prefix": "app"}],
        "groups": {"tens": "stream.endswith('0')"},
        "compose": {"megabits": "video_bitrate / 1000"},
        "strict": True,
    }
    found = listed(cloud, tmp_path, **options)
    assert len(hosts(found)) == 250
    assert len(found["app_live"]["hosts"]) == len(found["app_talk"]["hosts"]) == 125
    assert len(found["tens"]["hosts"]) == 25
    assert {variables["megabits"] for variables in hosts(found).values()} == {4.0}
    graph = inventory(cloud, tmp_path, "--graph", **options)
    assert graph.stdout.count("|--push.example.com__live__cam-") == 125
    assert "@app_talk:" in graph.stdout


def test_patterns_domains_and_names_of_ones_own(cloud: Simulator, tmp_path: Path) -> None:
    for key in (f"{DOMAIN}/live/cam-1", f"{DOMAIN}/live/mic-1", f"{DOMAIN}/talk/cam-2", "b.example.com/live/cam-3"):
        cloud.push(key)
    domains = [DOMAIN, "b.example.com", DOMAIN]
    assert sorted(hosts(listed(cloud, tmp_path, publish_domains=domains, stream="cam-*", hostname="stream"))) == [
        "cam-1",
        "cam-2",
        "cam-3",
    ]
    assert len(hosts(listed(cloud, tmp_path, app="talk"))) == 1


def test_two_streams_of_one_name_are_an_error(cloud: Simulator, tmp_path: Path) -> None:
    cloud.push(f"{DOMAIN}/live/cam-1")
    cloud.push(f"{DOMAIN}/talk/cam-1")
    process = inventory(cloud, tmp_path, "--list", hostname="stream")
    assert "push.example.com/live/cam-1 and push.example.com/talk/cam-1 both give the host name" in flat(process.stderr)


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("name", ["live_streams.yml", "a.live_streams.yaml", "live_streams.yaml"])
def test_file_names(cloud: Simulator, tmp_path: Path, name: str) -> None:
    cloud.push(f"{DOMAIN}/live/cam-1")
    assert len(hosts(listed(cloud, tmp_path, name=name))) == 1


@pytest.mark.parametrize("name", ["streams.yml", "my_live_streams.yml", "live_streams.json"])
def test_other_file_names_are_left_to_others(cloud: Simulator, tmp_path: Path, name: str) -> None:
    inventory(cloud, tmp_path, "--list", name=name)
    assert len(cloud.log) == 0


# The cache


def test_without_a_cache_every_run_asks(cloud: Simulator, tmp_path: Path) -> None:
    cloud.push(f"{DOMAIN}/live/cam-1")
    assert len(hosts(listed(cloud, tmp_path))) == 1
    cloud.push(f"{DOMAIN}/live/cam-2")
    assert len(hosts(listed(cloud, tmp_path))) == 2
    assert len(cloud.log) == 2


def test_with_a_cache_only_the_first_run_asks(cloud: Simulator, tmp_path: Path) -> None:
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    cloud.push(f"{DOMAIN}/live/cam-1")
    first = listed(cloud, tmp_path, **cache)
    cloud.push(f"{DOMAIN}/live/cam-2")
    assert listed(cloud, tmp_path, **cache) == first
    assert inventory(cloud, tmp_path, "--graph", **cache).stdout.count("|--push.example.com__") == 1
    assert len(cloud.log) == 1
    flushed = inventory(cloud, tmp_path, "--list", "--flush-cache", **cache)
    assert len(hosts(parsed(flushed))) == 2
    assert len(hosts(listed(cloud, tmp_path, **cache))) == 2
    assert len(cloud.log) == 2
    assert len(hosts(listed(cloud, tmp_path, **cache, stream="cam-2"))) == 1, "another question, another answer"
    kept = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "cache").iterdir())
    assert cloud.settings.secret_key not in kept


# The connection


def test_credentials_from_the_environment_and_from_templates(cloud: Simulator, tmp_path: Path) -> None:
    cloud.push(f"{DOMAIN}/live/cam-1")
    settings = cloud.settings
    env = {
        "HW_ACCESS_KEY": settings.access_key,
        "HW_SECRET_KEY": settings.secret_key,
        "HW_REGION_NAME": settings.region,
        "HW_LIVE_ENDPOINT": cloud.url,
        "HW_IAM_ENDPOINT": cloud.url,
    }
    process = inventory(None, tmp_path, "--list", env=env)
    assert len(hosts(parsed(process))) == 1
    template = {"secret_key": "{{ lookup('ansible.builtin.env', 'MINE') }}", "region": "{{ 'sim-region-' ~ 1 }}"}
    process = inventory(cloud, tmp_path, "--list", env={"MINE": settings.secret_key}, **template)
    assert len(hosts(parsed(process))) == 1


def test_a_password_works_too(cloud: Simulator, tmp_path: Path) -> None:
    cloud.push(f"{DOMAIN}/live/cam-1")
    login = {name: value for name, value in password(cloud).items() if value is not None}
    connection = {name: value for name, value in cloud.connection.items() if not name.endswith("_key")}
    process = inventory(None, tmp_path, "--list", **connection, **login)
    assert len(hosts(parsed(process))) == 1


def test_a_failure_says_why_and_shows_no_secret(cloud: Simulator, tmp_path: Path) -> None:
    process = inventory(cloud, tmp_path, "--list", "-vvvv", secret_key="wrong-secret-key-wrong-secret")
    assert (
        "hwc.live.live_streams: The list of online streams of push.example.com could not be read: APIGW.0301"
        in flat(process.stderr)
    )
    assert "wrong-secret-key" not in process.stdout + process.stderr
    cloud.settings.denied = frozenset({"streams:list"})
    denied = inventory(cloud, tmp_path, "--list")
    assert "Grant it live:stream:listLiveStreamsOnline." in flat(denied.stderr)


def test_what_a_stream_is_called_is_never_a_template(cloud: Simulator, tmp_path: Path) -> None:
    evil = "{{ lookup('ansible.builtin.pipe', 'touch " + str(tmp_path).replace("/", "%") + "') }}"
    stream = {"publish_domain": DOMAIN, "app": "live", "stream": evil, "resolution": "{{ 1 + 1 }}"}
    cloud.fault(kind="status", status=200, body={"total_num": 1, "streams": [stream]})
    found = listed(cloud, tmp_path, compose={"copy": "stream"}, strict=True)
    (variables,) = hosts(found).values()
    kept = json.dumps(variables)
    assert "lookup(" in kept
    assert "{{ 1 + 1 }}" in kept
