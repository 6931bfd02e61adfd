# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of resources share: a cloud without rules, the real modules as processes, the vendor's SDK."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hwc.live.plugins.module_utils._cloud.credentials import resolve
from ansible_collections.hwc.live.plugins.module_utils._cloud.live_api import LiveApi
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdklive.v1 import LiveClient

from tests.simulator import Simulator

ROOT = Path(__file__).resolve().parents[3]
VIEW = ROOT / ".build" / "src"
MODULES = "ansible_collections.hwc.live.plugins.modules."
DOMAIN = "push.example.com"
KEY = "k" * 16 + "0123456789abcdef"
OTHER_KEY = "K" * 16 + "fedcba9876543210"


@pytest.fixture
def cloud() -> Iterator[Simulator]:
    """A cloud in which nothing is configured. An idle stop is told from a stop."""
    with Simulator(idle_stop="absent") as simulator:
        yield simulator


def api_of(cloud: Simulator, **changes: Any) -> LiveApi:
    """A client of it, in process."""
    return LiveApi(resolve({**cloud.connection, "timeout": 5, **changes}, {}, "/nonexistent"))


def password(cloud: Simulator) -> dict[str, Any]:
    """Options of a login instead of an access key."""
    settings = cloud.settings
    login = {"username": settings.username, "password": settings.password, "account_name": settings.account_name}
    return {"access_key": None, "secret_key": None, **login}


def run(cloud: Simulator, name: str, check: bool = False, **args: Any) -> dict[str, Any]:
    """The result of a module, run as a process of its own with --diff. Its output may hold no secret."""
    internal = {"_ansible_check_mode": check, "_ansible_diff": True}
    options = {key: value for key, value in {**cloud.connection, **args}.items() if value is not None}
    process = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", MODULES + name],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": {**options, **internal}}),
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "PYTHONPATH": str(VIEW)},
        timeout=60,
        check=False,
    )
    assert process.stderr == ""
    for secret in (cloud.settings.secret_key, cloud.settings.password, KEY, OTHER_KEY):
        assert secret not in process.stdout
    result: dict[str, Any] = json.loads(process.stdout)
    return result


def writes(cloud: Simulator) -> list[tuple[str, str]]:
    """Method and path of the requests that may have changed something, below the project."""
    prefix = f"/v1/{cloud.settings.project_id}"
    return [(entry.method, entry.path.removeprefix(prefix)) for entry in list(cloud.log) if entry.method != "GET"]


def warnings_of(result: dict[str, Any]) -> str:
    """All warnings, as text: ansible-core wraps them in events from 2.19 on."""
    return json.dumps(result.get("warnings", []), ensure_ascii=False)


def sdk(cloud: Simulator) -> LiveClient:
    """The vendor's client, unchanged, as a witness of what was written."""
    credentials = BasicCredentials(cloud.settings.access_key, cloud.settings.secret_key, cloud.settings.project_id)
    client: LiveClient = LiveClient.new_builder().with_credentials(credentials).with_endpoint(cloud.url).build()
    return client
