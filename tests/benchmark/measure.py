# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a command costs, with everything that it starts.

Run as a script it is the parent of the command: it adopts what the command leaves behind (Ansible's asynchronous jobs
detach themselves), waits for all, and writes what the kernel counted for them into a file.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_ADOPT = 36  # prctl's PR_SET_CHILD_SUBREAPER (linux/prctl.h)


@dataclass(frozen=True)
class Cost:
    """wall: seconds until the command ended. cpu: user and system seconds of all its processes. memory: bytes of the
    largest of them at its peak."""

    wall: float
    cpu: float
    memory: int


def measure(command: Sequence[str], env: Mapping[str, str], folder: Path) -> Cost:
    """Runs a command in a folder. Raises RuntimeError with its output if it fails."""
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "cost.json"
        done = subprocess.run(
            [sys.executable, __file__, str(target), *command],
            env=dict(env),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-3000:]}")
        return Cost(**json.loads(target.read_text()))


def _adopt_and_wait(target: str, command: list[str]) -> int:
    ctypes.CDLL(None).prctl(_ADOPT, 1, 0, 0, 0)
    began = time.perf_counter()
    code = subprocess.run(command, check=False).returncode
    wall = time.perf_counter() - began
    try:
        while True:
            os.wait()
    except ChildProcessError:
        pass
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost = {"wall": wall, "cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss * 1024}
    Path(target).write_text(json.dumps(cost))
    return code


if __name__ == "__main__":
    raise SystemExit(_adopt_and_wait(sys.argv[1], sys.argv[2:]))
