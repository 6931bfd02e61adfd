# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make bench`: every contender, size by size, one at a time."""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.installed import ROOT, build_and_install

from . import report, startup
from .cloud import serve
from .contenders import CLOSE, CONTENDERS, Bench, Contender
from .measure import Cost
from .report import Row, Variant

_SIZES = [1, 10, 100, 1000, 10000]
_EXAMPLE = 1000  # the size at which the best uri is measured whatever it takes
_VARIED = [  # streams, seconds of latency, threads
    (1000, 0.01, 30),
    (1000, 0.2, 30),
    (1000, 0.05, 10),
    (1000, 0.05, 64),
    (10000, 0.01, 30),
    (10000, 0.05, 64),
]
_SHORT = 5.0  # seconds: a run that is shorter is repeated


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=_SIZES, help="numbers of streams")
    parser.add_argument("--latency", type=float, default=0.05, help="seconds that the cloud takes for a request")
    parser.add_argument("--threads", type=int, default=30, help="requests in flight")
    parser.add_argument("--patience", type=float, default=45, help="seconds beyond which a line is left out")
    parser.add_argument("--only", nargs="+", default=[""], metavar="TEXT", help="those whose name has one of these")
    parser.add_argument("--quick", action="store_true", help="sizes up to 100, and nobody waits for long")
    parser.add_argument("--write", action="store_true", help="write docs/benchmark.md and its plot")
    options = parser.parse_args(arguments)
    if options.quick:
        options.sizes, options.patience = [size for size in options.sizes if size <= 100], 15
    return options


def measure(bench: Bench, contenders: list[Contender], sizes: list[int], patience: float) -> list[Row]:
    """The table, line by line as it comes."""
    rows: list[Row] = []
    for size in sorted(sizes):
        best = _best_uri(rows)
        for contender in contenders:
            expected = _expected(rows, contender, size)
            wanted = expected <= patience or (size == _EXAMPLE and contender is best)
            row = Row(contender, size, _cost(bench, contender, size) if wanted else None, expected)
            rows.append(row)
            print(report.line(row, bench), file=sys.stderr, flush=True)
    return rows


def _cost(bench: Bench, contender: Contender, size: int) -> Cost:
    """One run; the median of three if it is short, and of one stream after one more that fills caches."""
    if size == 1:
        _run(bench, contender, size)
    costs = [_run(bench, contender, size)]
    if costs[0].wall < _SHORT:
        costs += [_run(bench, contender, size) for _unused in range(2)]
    return sorted(costs, key=lambda cost: cost.wall)[len(costs) // 2]


def _run(bench: Bench, contender: Contender, size: int) -> Cost:
    cost = contender.run(bench, bench.cloud.prepare(size))
    if bench.cloud.recording() != size:
        raise RuntimeError(f"{contender.name}: {bench.cloud.recording()} of {size} streams are being recorded")
    return cost


def _expected(rows: list[Row], contender: Contender, size: int) -> float:
    """Seconds, from the two largest sizes measured so far; 0 where nothing is known."""
    mine = [row for row in rows if row.contender == contender and row.cost is not None]
    if len(mine) < 2:
        return 0.0
    (small, less), (large, more) = [(row.count, row.cost.wall) for row in mine[-2:] if row.cost]
    return more + (size - large) * max(0.0, more - less) / (large - small)


def _best_uri(rows: list[Row]) -> Contender | None:
    """The fastest of the uri configurations at the largest size so far."""
    mine = [row for row in rows if row.contender.uri and row.cost is not None]
    largest = max((row.count for row in mine), default=0)
    best = min((row for row in mine if row.count == largest), key=lambda row: row.per_stream, default=None)
    return best.contender if best else None


def vary(bench: Bench, contenders: list[Contender], sizes: list[int]) -> list[Variant]:
    """Other latencies and other numbers of threads."""
    results = []
    for size, latency, threads in _VARIED:
        if size in sizes:
            with serve(latency) as cloud:
                other = replace(bench, cloud=cloud, threads=threads)
                walls = {contender.name: _cost(other, contender, size).wall for contender in contenders}
            results.append(Variant(size, latency, threads, walls))
            print(report.variant(results[-1]), file=sys.stderr, flush=True)
    return results


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    collections = build_and_install(ROOT / ".build" / "bench")
    with tempfile.TemporaryDirectory() as folder:
        with serve(options.latency) as cloud:
            bench = Bench(cloud, options.threads, Path(folder), collections)
            chosen = [contender for contender in CONTENDERS if any(text in contender.name for text in options.only)]
            rows = measure(bench, chosen, options.sizes, options.patience)
        with serve(0.0) as cloud:
            starts = startup.floor(replace(bench, cloud=cloud)), startup.imports(replace(bench, cloud=cloud))
        close = [contender for contender in chosen if contender in CLOSE]
        variants = vary(bench, close, options.sizes)
    text = report.page(bench, rows, variants, *starts)
    print(text)
    if options.write:
        docs = ROOT / "docs"
        (docs / "benchmark.md").write_text(text)
        report.plot(bench, rows, docs / report.PLOT)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
