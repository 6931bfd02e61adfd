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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from .contenders import SDK, TASK, Bench, Contender
from .measure import Cost
from .startup import ONE_URI

PLOT = "benchmark.svg"
_PAGE = """# How long a list of streams takes

{machine}; `make bench` made this page.

Every line brings so many idle streams to recording, on a simulated cloud on the same machine that takes
{millis:g} ms for each request. **Wall** is the whole run of the process, start-up included. **The limit** is
what the requests take at least, {threads} at a time: the number of streams divided by {threads}, rounded up, times
{millis:g} ms. **CPU** is that of all processes of the run, **memory** the peak of the largest of them. Runs of
less than 5 s are medians of three. After every run it is checked that all streams are being recorded.

hwc.live runs with `concurrency: {threads}` and `rate_limit: 0`, signs its requests, and reads the record rules and the
online streams first unless the line says otherwise. The vendor's SDK and bare `requests` are pools of {threads} threads
in a script, curl is {threads} processes at a time. `uri`, curl and bare `requests` send a token that was got before the
clock started. None of these retries, paces, or reports what became of each stream. The account's quota is 300 requests
a minute: where it is not raised, it, and none of this, decides how long a list of more than 300 streams takes.

{table}

{goals}

![Wall time over the number of streams]({plot})

## Other latencies, other widths

Wall time in seconds.

{variants}

## One stream, and where its time goes

Without latency, medians of several rounds.

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


@dataclass(frozen=True)
class Variant:
    """Another latency (seconds), another number of threads. walls: seconds, by the contender's name."""

    count: int
    latency: float
    threads: int
    walls: Mapping[str, float]


def limit(count: int, threads: int, latency: float) -> float:
    """Seconds that so many requests take at least, so many at a time."""
    return math.ceil(count / threads) * latency


def line(row: Row, bench: Bench) -> str:
    """A line of the table."""
    start = f"| {row.count:,} | {row.contender.name} |"
    if row.cost is None:
        return f"{start} left out (about {row.expected:,.0f}) | | | | |"
    ratio = row.cost.wall / limit(row.count, bench.threads, bench.cloud.latency)
    memory = row.cost.memory / 2**20
    return f"{start} {row.cost.wall:.2f} | {row.per_stream:.2f} | {ratio:.1f} | {row.cost.cpu:.2f} | {memory:.0f} |"


def variant(one: Variant) -> str:
    """A line of the second table."""
    least = limit(one.count, one.threads, one.latency)
    walls = " | ".join(f"{wall:.2f}" for wall in one.walls.values())
    return f"| {one.count:,} | {one.latency * 1000:g} | {one.threads} | {walls} | {least:.2f} |"


def page(
    bench: Bench,
    rows: Sequence[Row],
    variants: Sequence[Variant],
    floor: Sequence[tuple[str, float, float]],
    imports: Sequence[tuple[str, float, float]],
) -> str:
    """The whole page."""
    head = [
        "| streams | how | wall, s | a stream, ms | times the limit | CPU, s | memory, MB |",
        "|--:|---|" + "--:|" * 5,
    ]
    return _PAGE.format(
        machine=_machine(),
        millis=bench.cloud.latency * 1000,
        threads=bench.threads,
        table="\n".join([*head, *(line(row, bench) for row in rows)]),
        goals="\n\n".join(text for text in (_beside_uri(rows), _beside_sdk(rows, floor), _further(rows)) if text),
        plot=PLOT,
        variants="\n".join(_variants(variants)),
        starts="\n".join(f"| {what} | {wall:.3f} | {cpu:.3f} |" for what, wall, cpu in floor),
        parts="\n".join(f"| {name} | {ours:.1f} | {theirs:.1f} |" for name, ours, theirs in imports),
    )


def _variants(variants: Sequence[Variant]) -> list[str]:
    if not variants:
        return ["Not measured."]
    names = list(variants[0].walls)
    head = f"| streams | latency, ms | threads | {' | '.join(names)} | the limit |"
    return [head, "|--:|--:|--:|" + "--:|" * (len(names) + 1), *map(variant, variants)]


def _beside_uri(rows: Sequence[Row]) -> str:
    """The comparison that matters most, in words: at the largest size that a uri could bear."""
    theirs = [row for row in rows if row.contender.uri and row.cost is not None]
    ours = {row.count: row for row in rows if row.contender is TASK and row.cost is not None}
    count = max((row.count for row in theirs if row.count in ours), default=0)
    if not count:
        return ""
    best = min((row for row in theirs if row.count == count), key=lambda row: row.per_stream)
    return (
        f"At {count:,} streams the fastest configuration of `uri` ({best.contender.name}) takes {best.per_stream:.1f} "
        f"ms a stream, one task of hwc.live {ours[count].per_stream:.2f} ms: "
        f"{best.per_stream / ours[count].per_stream:.0f} times faster."
    )


def _beside_sdk(rows: Sequence[Row], floor: Sequence[tuple[str, float, float]]) -> str:
    """How much longer, or shorter, ours take than the vendor's SDK."""
    walls = {(row.contender.name, row.count): row.cost.wall for row in rows if row.cost}
    counts = [row.count for row in rows if row.contender is SDK and row.cost]
    ours = dict.fromkeys(row.contender.name for row in rows if row.contender.ours)
    if not counts:
        return ""
    head = f"| seconds more than the SDK's pool | {' | '.join(f'{count:,}' for count in counts)} |"
    table = [head, "|---|" + "--:|" * len(counts)]
    for name in ours:
        more = [
            f"{walls[name, count] - walls[SDK.name, count]:+.2f}" if (name, count) in walls else "" for count in counts
        ]
        table.append(f"| {name} | {' | '.join(more)} |")
    start = next(wall for what, wall, _cpu in floor if what == ONE_URI)
    return (
        "\n".join(table) + "\n\nA task takes longer than a script because ansible-playbook takes "
        f"{start:.2f} s for one task of any module (`uri`, without latency, see below), and some more for long results."
    )


def _further(rows: Sequence[Row]) -> str:
    """What one more stream costs in CPU time, from the two largest sizes."""
    parts = []
    for contender in dict.fromkeys(row.contender for row in rows if not row.contender.uri):
        mine = [(row.count, row.cost.cpu) for row in rows if row.contender == contender and row.cost]
        if len(mine) > 1 and mine[-1][0] >= 1000:
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


def plot(bench: Bench, rows: Sequence[Row], target: Path) -> None:
    """Wall time over list size, both logarithmic."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "hwc.live", "svg.fonttype": "none"})  # same figures, same file; text as text
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 7), layout="constrained")
    axes.set_prop_cycle(color=[mpl.colormaps["tab20"](number) for number in (*range(0, 20, 2), *range(1, 20, 2))])
    for contender in dict.fromkeys(row.contender for row in rows):
        mine = [row for row in rows if row.contender == contender and row.cost is not None]
        points = [row.count for row in mine], [row.cost.wall for row in mine if row.cost]
        style = "-" if contender.ours else ":" if contender.uri else "--"
        axes.plot(*points, style, marker="o", markersize=4, linewidth=2 if contender.ours else 1, label=contender.name)
    counts = sorted({row.count for row in rows})
    least = [limit(count, bench.threads, bench.cloud.latency) for count in counts]
    axes.plot(counts, least, color="black", linewidth=0.8, label="the limit")
    axes.set(xscale="log", yscale="log", xlabel="streams", ylabel="wall time, s")
    axes.set_title(f"Lists of streams, {bench.cloud.latency * 1000:g} ms a request, {bench.threads} at a time")
    axes.grid(visible=True, which="major", alpha=0.3)
    figure.legend(loc="outside lower center", ncols=3, fontsize="x-small")
    figure.savefig(target, metadata={"Date": None})
    plt.close(figure)
