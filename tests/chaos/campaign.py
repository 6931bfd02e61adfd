# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays scenarios, and has hypothesis make up many of them and shrink the one that goes wrong."""

from __future__ import annotations

import time
import traceback
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.hwc.live.plugins.module_utils._core import retry
from ansible_collections.hwc.live.plugins.module_utils._core.streams import parse_streams
from ansible_collections.hwc.live.plugins.module_utils._recording.request import Options
from ansible_collections.hwc.live.plugins.module_utils._recording.run import run as run_recording
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.simulator import Settings, Simulator
from tests.simulator.model import utc

from . import invariants
from .invariants import Run
from .scenario import Scenario, Step, Wanted, scenarios
from .world import World

CHUNK = 50  # scenarios of one seed: --runs 50 --seed N plays those of seed N alone
_KILLED = 5  # of them, those with a process that is killed
_BASE = 0.05  # seconds of the first wait after a fault: a tenth of what it is, so that runs are short
_CALM = {"timeout": 10.0, "retry_timeout": 30.0, "restart_gap": 0.3, "concurrency": 4, "rate_limit": 0}


class Player:
    """Plays one scenario: its steps, then two runs without faults. Counts what happened."""

    def __init__(self, scenario: Scenario, sim: Simulator, counts: Counter[str]) -> None:
        self.scenario = scenario
        self.world = World(sim, scenario)
        self.sim = sim
        self.counts = counts
        self.keys = parse_streams([scenario.cameras[number].key for number in scenario.listed])
        self.facts: Mapping[str, Any] = self._known_at_first()

    def play(self) -> None:
        for step in self.scenario.steps:
            self.world.begin(step)
            if step.killed:
                self.world.run_killed(step, [str(key) for key in self.keys])
                self.world.settle()
                self.counts["runs killed"] += 1
            else:
                invariants.check(self._run(step))
        self._converge(self.scenario.steps[-1].wanted)

    def _run(self, step: Step) -> Run:
        options = Options(wanted=step.wanted, **step.options, remembered=self._remembered())
        client = self.world.client(options.timeout, options.concurrency)
        before = self.sim.recording()
        misled = {
            key for key, entry in options.remembered.items() if (entry["state"] == "recording") != (key in before)
        }
        report = run_recording(client, self.keys, options)
        self.world.settle()
        self.facts = report.as_dict(False)["ansible_facts"]["live_recordings"]
        self._count(report.results, self.sim.log)
        return Run(
            wanted=step.wanted,
            check=options.check,
            keys=self.keys,
            report=report,
            settings=Settings(**self.sim.settings.as_dict()),
            before=before,
            after=self.sim.recording(),
            touched=set(self.world.touched),
            misled=misled,
            seen=client.seen,
            log=list(self.sim.log),
            concurrency=options.concurrency,
            revoked_at_once=any(event.what == "revoke" and event.at == 0 for event in step.events),
        )

    def _known_at_first(self) -> dict[str, Any]:
        now, recording = utc(time.time()), self.sim.recording()
        states = {str(key): "recording" if str(key) in recording else "stopped" for key in self.keys}
        return {key: {"state": state, "since": now, "push": None} for key, state in states.items()}

    def _remembered(self) -> Mapping[str, Any]:
        return self.facts if self.scenario.remembers else {}

    def _count(self, results: Any, log: Any) -> None:
        self.counts["runs"] += 1
        self.counts["requests"] += len(log)
        self.counts["faults met"] += sum(entry.fault is not None for entry in log)
        self.counts.update(f"streams {result.status}" for result in results)

    def _converge(self, wanted: Wanted) -> None:
        """The second run does everything that can be done, the third changes nothing where that can be known."""
        self.world.repair()
        time.sleep(self.sim.settings.gap)  # what was stopped by a killed run, unknown to memory, has closed by then
        calm = Step(wanted, _CALM)
        for number in (2, 3):
            self.world.begin(calm)
            able = {str(key) for key in self.keys if invariants.possible(self.sim, wanted, key)}
            run = self._run(calm)
            invariants.check(run)
            invariants.check_converged(run, able)
            blind = self._blind(wanted)
            assert number == 2 or blind or not run.report.changed, "the third run reports a change"

    def _blind(self, wanted: Wanted) -> bool:
        settings = self.sim.settings
        if wanted == "recording":
            return settings.start_while_recording == "ok"
        return not self.scenario.remembers and "ok" in (settings.idle_stop, settings.stop_no_rule)


def play(scenario: Scenario, counts: Counter[str]) -> None:
    """Raises AssertionError, or whatever a defect raises, with what is wrong."""
    counts["scenarios"] += 1
    original, retry._BASE = retry._BASE, _BASE
    try:
        with Simulator(**scenario.settings) as sim:
            Player(scenario, sim, counts).play()
    finally:
        retry._BASE = original


def campaign(count: int, number: int, counts: Counter[str], kills: bool = False) -> None:
    """Plays so many scenarios of one seed. Raises what the smallest counterexample raises; its notes tell it."""

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        report_multiple_bugs=False,
    )
    @given(scenarios(kills))
    def survive(scenario: Scenario) -> None:
        play(scenario, counts)

    survive()


@dataclass(frozen=True)
class Outcome:
    """What came of one chunk. fault: the counterexample, None if there was none."""

    number: int
    counts: Counter[str]
    fault: str | None = None


def chunk(number: int, count: int) -> Outcome:
    """Plays the scenarios of one seed."""
    counts: Counter[str] = Counter()
    killed = count * _KILLED // CHUNK
    try:
        campaign(count - killed, number, counts)
        if killed:
            campaign(killed, number, counts, kills=True)
    except BaseException as exc:
        return Outcome(number, counts, _told(exc))
    return Outcome(number, counts)


def _told(exc: BaseException) -> str:
    """What went wrong, and the scenario; of a defect also where."""
    causes: list[BaseException] = getattr(exc, "exceptions", [exc])
    lines = [*getattr(exc, "__notes__", []), *(f"{type(cause).__name__}: {cause}" for cause in causes)]
    if not all(isinstance(cause, AssertionError) for cause in causes):
        lines.append("".join(traceback.format_exception(exc)))
    return "\n".join(lines)
