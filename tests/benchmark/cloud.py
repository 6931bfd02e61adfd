# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator in a process of its own, and what its account needs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from tests.installed import ROOT
from tests.simulator import Settings

DOMAIN = "push.example.com"
APP = "live"
_SECONDS = 120


@dataclass(frozen=True)
class Cloud:
    """A running simulator. latency: seconds that it takes for each request."""

    url: str
    latency: float
    settings: Settings

    def prepare(self, count: int) -> list[str]:
        """Begins anew with so many streams that are being pushed; their names."""
        names = [f"cam-{number:05}" for number in range(count)]
        self.control("POST", "reset")
        self.control("POST", "rules", {"key": f"{DOMAIN}/{APP}/*"})
        self.control("POST", "push", {"keys": [f"{DOMAIN}/{APP}/{name}" for name in names]})
        return names

    def recording(self) -> int:
        """How many streams are being recorded."""
        return len(self.control("GET", "recordings"))

    def start_url(self) -> str:
        """Where a START goes."""
        return f"{self.url}/v1/{self.settings.project_id}/record/control?action=START"

    def token(self) -> str:
        """A token of the account."""
        settings = self.settings
        user = {
            "name": settings.username,
            "password": settings.password,
            "domain": {"name": settings.account_name},
        }
        identity = {"methods": ["password"], "password": {"user": user}}
        body = {"auth": {"identity": identity, "scope": {"project": {"id": settings.project_id}}}}
        answer = requests.post(f"{self.url}/v3/auth/tokens", json=body, timeout=_SECONDS)
        answer.raise_for_status()
        return answer.headers["X-Subject-Token"]

    def environment(self) -> dict[str, str]:
        """The variables that this collection's modules read."""
        return {
            "HW_ACCESS_KEY": self.settings.access_key,
            "HW_SECRET_KEY": self.settings.secret_key,
            "HW_REGION_NAME": self.settings.region,
            "HW_PROJECT_ID": self.settings.project_id,
            "HW_LIVE_ENDPOINT": self.url,
            "HW_IAM_ENDPOINT": self.url,
        }

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = requests.request(method, f"{self.url}/_sim/{path}", json=body, timeout=_SECONDS)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def serve(latency: float) -> Iterator[Cloud]:
    """The simulator, for the time of a `with`."""
    command = [sys.executable, "-m", "tests.simulator", "--set", f"latency={latency}"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Cloud(process.stdout.readline().split()[-1], latency, Settings())
        finally:
            process.terminate()
