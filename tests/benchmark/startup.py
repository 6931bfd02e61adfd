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
from functools import partial
from pathlib import Path
from typing import Any

from tests.installed import ROOT, environment

from .contenders import MODULE, Bench, options, our_module, our_task, uri, uri_loop
from .measure import Cost

_SHOWN = 12
_TIMES = 3
_LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|\s+(\S+)")


_BASIC = "ansible.module_utils.basic"
_URLS = "ansible.module_utils.urls"


def floor(bench: Bench) -> list[tuple[str, float, float]]:
    """(what, wall seconds, CPU seconds) of one stream on a cloud without latency: medians of several runs."""
    bench.cloud.control("PATCH", "settings", {"latency": 0.0})
    bare = our_task(preflight=False)
    plays: list[tuple[str, Callable[[list[str]], Cost]]] = [
        ("ansible-playbook, a task that runs no module (meta: noop)", lambda _names: _noop(bench)),
        ("ansible-playbook, one uri task", lambda names: uri_loop()(bench, names)),
        ("ansible-playbook, one hwc.live task", lambda names: our_task()(bench, names)),
        (
            "ansible-playbook, one hwc.live task, preflight: false",
            lambda names: bare(bench, names),
        ),
        ("hwc.live, the module's process alone", lambda names: our_module(bench, names)),
    ]
    codes = [
        ("python, nothing", "pass"),
        ("python, import ansible.module_utils.basic (every module)", "import ansible.module_utils.basic"),
        ("python, import ansible.module_utils.urls (uri)", "import ansible.module_utils.urls"),
        ("python, import requests", "import requests"),
        ("python, import hwc.live's module", f"import {MODULE}"),
    ]
    results = [(what, *_median(bench, run)) for what, run in plays]
    results += [(what, *_median(bench, partial(_python, bench, code))) for what, code in codes]
    bench.cloud.control("PATCH", "settings", {"latency": bench.cloud.latency})
    return results


def _python(bench: Bench, code: str, _names: list[str]) -> Cost:
    return bench.cost([sys.executable, "-c", code], PYTHONPATH=str(ROOT / ".build" / "src"))


def _noop(bench: Bench) -> Cost:
    return bench.play({"tasks": [{"ansible.builtin.meta": "noop"}]}, "-i", "localhost,", "-c", "local")


def _median(bench: Bench, run: Callable[[list[str]], Cost], times: int = _TIMES) -> tuple[float, float]:
    costs = [run(bench.cloud.prepare(1)) for _unused in range(times)]
    return statistics.median(cost.wall for cost in costs), statistics.median(cost.cpu for cost in costs)


def imports(bench: Bench) -> list[tuple[str, float, float]]:
    """(package, milliseconds in the module, milliseconds in uri), the dearest first.

    Ansible packs a module and what it needs of Ansible and of the collection into one file, from which Python compiles
    it anew with every task: so that file is what is run.
    """
    streams = bench.cloud.prepare(1)
    ours = _spent(bench, {"hwc.live.live_record_control": options(streams, restart_gap=0)})
    bench.cloud.prepare(1)
    theirs = _spent(bench, uri(bench, streams[0]))
    names = sorted({*ours, *theirs}, key=lambda name: -ours[name] - theirs[name])
    return [(name, ours[name], theirs[name]) for name in names[:_SHOWN]]


def _spent(bench: Bench, task: dict[str, Any]) -> Mapping[str, float]:
    """Milliseconds by package: the median of several processes."""
    folder = bench.folder / "kept"
    variables = {"ANSIBLE_KEEP_REMOTE_FILES": "true", "ANSIBLE_REMOTE_TEMP": str(folder), "ANSIBLE_PIPELINING": "false"}
    bench.play({"tasks": [task]}, "-i", "localhost,", "-c", "local", **variables)
    packed = max(folder.rglob("AnsiballZ_*.py"), key=lambda path: path.stat().st_mtime)
    runs = [_import_times(bench, packed) for _unused in range(_TIMES)]
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
