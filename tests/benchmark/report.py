# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The figures as a page of Markdown and as a plot."""

from __future__ import annotations

import datetime
import math
import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from .contenders import THREADS, Contender
from .measure import Cost

PLOT = "benchmark.svg"
_PAGE = """# How long a list of streams takes

{machine}; `make bench` made this page.

Every line brings so many idle streams to recording, on a simulated cloud on the same machine that takes
{millis:g} ms for each request. **Wall** is the whole run of the process, start-up included. **The limit** is
what the requests take at least, {threads} at a time: the number of streams divided by {threads}, rounded up, times
{millis:g} ms. **CPU** is that of all processes of the run, **memory** the peak of the largest of them. Lines
of one stream are medians of three runs. After every run it is checked that all streams are being recorded.

hwc.live runs with `concurrency: {threads}` and `rate_limit: 0`, signs its requests, and reads the record rules and the
online streams first unless the line says otherwise. `uri` and bare `requests` send a token that was got before the
clock started. Neither of them, nor the SDK's pool, retries, paces, or reports what became of each stream.

{table}

{goal} {further}

![Wall time over the number of streams]({plot})

## One stream, and where its time goes

Without latency, medians of three runs.

| | wall, s | CPU, s |
|---|--:|--:|
{starts}

What a task's process imports, by package, in ms (`python -X importtime`, which slows it down, over the file that
Ansible packs for each task; what is in that file, of `ansible` and `hwc.live`, is compiled anew every time):

| package | hwc.live | uri |
|---|--:|--:|
{parts}
"""


@dataclass(frozen=True)
class Row:
    """One line of the table. cost: None where it was left out, because it would take about `expected` seconds."""

    contender: Contender
    count: int
    cost: Cost | None
    expected: float = 0.0

    @property
    def per_stream(self) -> float:
        """Milliseconds."""
        return math.nan if self.cost is None else self.cost.wall / self.count * 1000


def limit(count: int, latency: float) -> float:
    """Seconds that so many requests take at least, THREADS at a time."""
    return math.ceil(count / THREADS) * latency


def line(row: Row, latency: float) -> str:
    """A line of the table."""
    start = f"| {row.count:,} | {row.contender.name} |"
    if row.cost is None:
        return f"{start} left out (about {row.expected:,.0f}) | | | | |"
    ratio = row.cost.wall / limit(row.count, latency)
    memory = row.cost.memory / 2**20
    return f"{start} {row.cost.wall:.2f} | {row.per_stream:.2f} | {ratio:.1f} | {row.cost.cpu:.2f} | {memory:.0f} |"


def page(
    rows: Sequence[Row],
    latency: float,
    floor: Sequence[tuple[str, float, float]],
    imports: Sequence[tuple[str, float, float]],
) -> str:
    """The whole page."""
    head = "| streams | how | wall, s | a stream, ms | times the limit | CPU, s | memory, MB |"
    return _PAGE.format(
        machine=_machine(),
        millis=latency * 1000,
        threads=THREADS,
        table="\n".join([head, "|--:|---|--:|--:|--:|--:|--:|", *(line(row, latency) for row in rows)]),
        goal=_goal(rows),
        further=_further(rows),
        plot=PLOT,
        starts="\n".join(f"| {what} | {wall:.3f} | {cpu:.3f} |" for what, wall, cpu in floor),
        parts="\n".join(f"| {name} | {ours:.1f} | {theirs:.1f} |" for name, ours, theirs in imports),
    )


def _goal(rows: Sequence[Row]) -> str:
    """The comparison that matters, in words: at the largest size that everybody could bear."""
    done = [row for row in rows if row.cost is not None]
    counts = {row.count for row in done if row.contender.uri} & {row.count for row in done if row.contender.ours}
    if not counts:
        return ""
    count = max(counts)
    best = min((row for row in done if row.contender.uri and row.count == count), key=lambda row: row.per_stream)
    ours = next(row for row in done if row.contender.ours and row.count == count)
    factor = best.per_stream / ours.per_stream
    return (
        f"At {count:,} streams the fastest configuration of `uri` ({best.contender.name}) takes {best.per_stream:.1f} "
        f"ms a stream, one task of hwc.live {ours.per_stream:.2f} ms: {factor:.0f} times faster."
    )


def _further(rows: Sequence[Row]) -> str:
    """What one more stream costs in CPU time, from the two largest sizes."""
    parts = []
    for contender in dict.fromkeys(row.contender for row in rows if not row.contender.uri):
        mine = [(row.count, row.cost.cpu) for row in rows if row.contender == contender and row.cost]
        if len(mine) > 1:
            (small, less), (large, more) = mine[-2:]
            parts.append(f"{contender.name}: {(more - less) / (large - small) * 1000:.2f} ms")
    return f"CPU time of one more stream, between the two largest sizes: {'; '.join(parts)}." if parts else ""


def _machine() -> str:
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}, {os.cpu_count()} CPUs "
        f"({model[1] if model else platform.machine()}), {memory:.0f} GiB, Python {platform.python_version()}, "
        f"ansible-core {version('ansible-core')}, requests {version('requests')}, "
        f"huaweicloudsdklive {version('huaweicloudsdklive')}"
    )


def plot(rows: Sequence[Row], latency: float, target: Path) -> None:
    """Wall time over list size, both logarithmic."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "hwc.live", "svg.fonttype": "none"})  # same figures, same file; text as text
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 7), layout="constrained")
    for contender in dict.fromkeys(row.contender for row in rows):
        mine = [row for row in rows if row.contender == contender and row.cost is not None]
        points = [row.count for row in mine], [row.cost.wall for row in mine if row.cost]
        style = "-" if contender.ours else ":" if contender.uri else "--"
        axes.plot(*points, style, marker="o", markersize=4, linewidth=2 if contender.ours else 1, label=contender.name)
    counts = sorted({row.count for row in rows})
    axes.plot(counts, [limit(count, latency) for count in counts], color="black", linewidth=0.8, label="the limit")
    axes.set(xscale="log", yscale="log", xlabel="streams", ylabel="wall time, s")
    axes.set_title(f"START for a list of streams, {latency * 1000:g} ms a request")
    axes.grid(visible=True, which="major", alpha=0.3)
    figure.legend(loc="outside lower center", ncols=3, fontsize="x-small")
    figure.savefig(target, metadata={"Date": None})
    plt.close(figure)
