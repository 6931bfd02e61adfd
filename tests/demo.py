# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make demo`: the example playbooks against the simulator, as a user would run them."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

from .installed import ROOT, ansible_playbook, build_and_install
from .simulator import Settings

CAMERAS = [f"push.example.com/live/cam-0{n}" for n in (1, 2, 3)]


def main() -> int:
    print("Building and installing the collection …", flush=True)
    collections = build_and_install(ROOT / ".build" / "demo")
    pushes = [argument for key in CAMERAS for argument in ("--push", key)]
    command = [sys.executable, "-m", "tests.simulator", "--rule", "push.example.com/live/*", *pushes]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as simulator:
        try:
            assert simulator.stdout is not None
            url = simulator.stdout.readline().split()[-1]
            print(f"A simulated cloud serves {url}; three cameras push to push.example.com/live.")
            outcomes = [_step(collections, url, *step) for step in _steps()]
            return 0 if all(outcomes) else 1
        finally:
            simulator.terminate()


def _steps() -> list[tuple[str, int, list[str]]]:
    """Heading, expected exit code, arguments of ansible-playbook."""
    streams = json.dumps({"streams": [CAMERAS[0], "push.example.com/live/cam-99", "push.example.com/studio/cam-01"]})
    start, stop = "hwc.live.start_recording", "hwc.live.stop_recording"
    return [
        ("What would change? Nothing is sent but reads", 0, [start, "--check", "--diff"]),
        ("Start recording", 0, [start, "--diff"]),
        ("Start again: nothing changes (the second question costs 11 seconds, once for all)", 0, [start, "--diff"]),
        ("Stop recording", 0, [stop, "--diff"]),
        ("Start a list with a camera that is not pushed and one without a rule, right after the stop", 2,
         [start, "-e", streams]),
        ("Stop all that is left", 0, [stop]),
    ]  # fmt: skip


def _step(collections: Path, url: str, heading: str, expected: int, arguments: list[str]) -> bool:
    print(f"\n=== {heading}\n$ ansible-playbook {shlex.join(arguments)}", flush=True)
    settings = Settings()
    variables = {
        "HW_ACCESS_KEY": settings.access_key,
        "HW_SECRET_KEY": settings.secret_key,
        "HW_REGION_NAME": settings.region,
        "HW_LIVE_ENDPOINT": url,
        "HW_IAM_ENDPOINT": url,
    }
    run = ansible_playbook(collections, *arguments, variables=variables)
    print(run.output.strip(), flush=True)
    if run.returncode != expected:
        print(f"!!! exit code {run.returncode}, expected {expected}")
    return run.returncode == expected


if __name__ == "__main__":
    raise SystemExit(main())
