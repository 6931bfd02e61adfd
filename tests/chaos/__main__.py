# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make chaos`: many scenarios in several processes side by side, most of whose time is waiting."""

from __future__ import annotations

import argparse
import multiprocessing
import random
import time
from collections import Counter
from concurrent.futures import Future, ProcessPoolExecutor, as_completed

from . import pacing
from .campaign import CHUNK, Outcome, chunk


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Random runs against the simulator.")
    parser.add_argument("--runs", type=int, default=2000, help=f"scenarios, in chunks of {CHUNK} (default: 2000)")
    parser.add_argument("--seed", type=int, help="of the first chunk; each chunk adds one (default: a random one)")
    parser.add_argument("--workers", type=int, default=10, help="processes side by side (default: 10)")
    parser.add_argument("--no-pacing", action="store_true", help="leave out the two minutes of the pacing proof")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    first = random.randrange(10**6) if options.seed is None else options.seed
    sizes = [min(CHUNK, options.runs - begun) for begun in range(0, options.runs, CHUNK)]
    print(f"{options.runs} scenarios, seeds {first} to {first + len(sizes) - 1}, {options.workers} workers", flush=True)
    began = time.monotonic()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.workers + (not options.no_pacing), mp_context=context) as pool:
        proof = None if options.no_pacing else pool.submit(pacing.prove)
        outcomes = _gather([pool.submit(chunk, first + index, size) for index, size in enumerate(sizes)], began)
        paced = proof is None or _pacing(proof)
    total: Counter[str] = sum((outcome.counts for outcome in outcomes), Counter())
    for name, count in sorted(total.items()):
        print(f"{count:8} {name}")
    faults = sum(outcome.fault is not None for outcome in outcomes)
    print(f"{faults or 'no'} counterexample{'s' if faults > 1 else ''} in {time.monotonic() - began:.0f} s")
    return 0 if paced and not faults else 1


def _gather(futures: list[Future[Outcome]], began: float) -> list[Outcome]:
    """Says how it goes while it goes, and shows a counterexample as soon as it is there."""
    outcomes = []
    for future in as_completed(futures):
        outcome = future.result()
        outcomes.append(outcome)
        done = sum(outcome.counts["scenarios"] for outcome in outcomes)
        state = "fine" if outcome.fault is None else f"COUNTEREXAMPLE\n{outcome.fault}"
        print(f"{time.monotonic() - began:5.0f} s  {done:5} scenarios  seed {outcome.number}: {state}", flush=True)
    return outcomes


def _pacing(proof: Future[str]) -> bool:
    try:
        print(f"pacing: {proof.result()}")
    except AssertionError as exc:
        print(f"pacing: COUNTEREXAMPLE {exc}")
        return False
    return True


if __name__ == "__main__":
    raise SystemExit(main())
