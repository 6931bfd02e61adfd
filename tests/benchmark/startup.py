# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one stream costs beside one uri task, and where a module's start-up goes, import by import."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.installed import ROOT, environment

from .contenders import MODULE, SDK, TASK, Bench, local, options, our_module, our_task, uri, uri_loop
from .measure import Cost

ONE_URI = "ansible-playbook, one uri task"
_SHOWN = 12
_ROUNDS = 9
_LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|\s+(\S+)")


def floor(bench: Bench) -> list[tuple[str, float, float]]:
    """(what, wall seconds, CPU seconds) of one stream: medians of several rounds through all of them."""
    runs: list[tuple[str, Callable[[Bench, list[str]], Cost]]] = [
        ("ansible-playbook, a task that runs no module (meta: noop)", _noop),
        (ONE_URI, uri_loop()),
        ("ansible-playbook, one hwc.live task", TASK.run),
        ("ansible-playbook, one hwc.live task, preflight: false", our_task(preflight=False)),
        ("hwc.live, the module's process alone", our_module()),
        (SDK.name, SDK.run),
        ("python, nothing", _python("pass")),
        ("python, import ansible.module_utils.basic (every module)", _python("import ansible.module_utils.basic")),
        ("python, import ansible.module_utils.urls (uri)", _python("import ansible.module_utils.urls")),
        ("python, import requests", _python("import requests")),
        ("python, import hwc.live's module", _python(f"import {MODULE}")),
    ]
    rounds = [[run(bench, bench.cloud.prepare(1)) for _what, run in runs] for _unused in range(_ROUNDS)]
    return [
        (what, statistics.median(cost.wall for cost in costs), statistics.median(cost.cpu for cost in costs))
        for (what, _run), costs in zip(runs, zip(*rounds, strict=True), strict=True)
    ]


def _python(code: str) -> Callable[[Bench, list[str]], Cost]:
    def run(bench: Bench, _streams: list[str]) -> Cost:
        return bench.cost([sys.executable, "-c", code], PYTHONPATH=str(ROOT / ".build" / "src"))

    return run


def _noop(bench: Bench, _streams: list[str]) -> Cost:
    return local(bench, [{"ansible.builtin.meta": "noop"}])


def imports(bench: Bench) -> list[tuple[str, float, float]]:
    """(package, milliseconds in the module, milliseconds in uri), the dearest first.

    Ansible packs a module and what it needs of Ansible and of the collection into one file, from which Python compiles
    it anew with every task: so that file is what is run.
    """
    streams = bench.cloud.prepare(1)
    ours = _spent(bench, {"hwc.live.live_record_control": options(bench, streams, restart_gap=0)})
    bench.cloud.prepare(1)
    theirs = _spent(bench, uri(bench, streams[0]))
    names = sorted({*ours, *theirs}, key=lambda name: -ours[name] - theirs[name])
    return [(name, ours[name], theirs[name]) for name in names[:_SHOWN]]


def _spent(bench: Bench, task: dict[str, Any]) -> Mapping[str, float]:
    """Milliseconds by package: the median of several processes."""
    folder = bench.folder / "kept"
    variables = {"ANSIBLE_KEEP_REMOTE_FILES": "true", "ANSIBLE_REMOTE_TEMP": str(folder), "ANSIBLE_PIPELINING": "false"}
    local(bench, [task], **variables)
    packed = max(folder.rglob("AnsiballZ_*.py"), key=lambda path: path.stat().st_mtime)
    runs = [_import_times(bench, packed) for _unused in range(_ROUNDS)]
    names = {name for run in runs for name in run}
    medians = {name: statistics.median(run[name] for run in runs) for name in names}
    return defaultdict(float, medians)


def _import_times(bench: Bench, packed: Path) -> Mapping[str, float]:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", str(packed)],
        env=environment(bench.collections, bench.cloud.environment()),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,  # uri is told "recording already" when it starts the stream once more
    )
    spent: dict[str, float] = defaultdict(float)
    for own, _cumulative, name in _LINE.findall(done.stderr):
        spent[_package(name)] += int(own) / 1000
    return spent


def _package(name: str) -> str:
    if name.startswith("ansible_collections."):
        return "hwc.live"
    top = name.partition(".")[0]
    return "the standard library" if top in sys.stdlib_module_names else top
