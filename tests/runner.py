# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWX's way of running a playbook: ansible-runner on a private data directory."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .installed import BIN, ROOT, environment


@dataclass(frozen=True)
class Job:
    """A private data directory as AWX makes it for a job, and what ansible-runner left in it.

    The project is playbooks/awx/project, credentials come as environment variables, survey answers as extra variables.
    """

    folder: Path
    collections: Path

    @classmethod
    def prepare(
        cls,
        folder: Path,
        collections: Path,
        credentials: Mapping[str, str],
        extra_vars: Mapping[str, Any],
        inventory: str = "localhost ansible_connection=local\n",
        cmdline: str = "",
    ) -> Job:
        shutil.copytree(ROOT / "playbooks" / "awx" / "project", folder / "project")
        files = {
            "env/envvars": json.dumps(dict(credentials)),
            "env/extravars": json.dumps(dict(extra_vars)),
            "env/cmdline": cmdline,
            "inventory/hosts": inventory,
        }
        for name, content in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(content)
        return cls(folder, collections)

    def start(self, playbook: str) -> subprocess.Popen[str]:
        """Runs it in the background. SIGTERM cancels the job."""
        command = [str(BIN / "ansible-runner"), "run", str(self.folder), "-p", playbook, "-i", "job"]
        return subprocess.Popen(
            command,
            env=environment(self.collections),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, playbook: str) -> int:
        """Runs it to its end; returns the exit code."""
        with self.start(playbook) as process:
            process.communicate()
        return process.returncode

    @property
    def artifacts(self) -> Path:
        return self.folder / "artifacts" / "job"

    @property
    def status(self) -> str:
        """successful, failed or canceled."""
        return (self.artifacts / "status").read_text()

    @property
    def stdout(self) -> str:
        return (self.artifacts / "stdout").read_text()

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The data of the events of one kind, in order."""
        events = [json.loads(path.read_text()) for path in (self.artifacts / "job_events").glob("*.json")]
        events.sort(key=lambda event: event["counter"])
        return [event["event_data"] for event in events if event["event"] == kind]

    def report(self) -> dict[str, Any]:
        """What a workflow's next node would get."""
        (stats,) = self.events("playbook_on_stats")
        report: dict[str, Any] = stats["artifact_data"]["record_control_report"]
        return report
