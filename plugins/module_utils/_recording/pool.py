# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A bounded pool of threads that asks many questions, each as often as it needs, at one common pace.

A job that has to wait (for a retry, for the restart gap, for a push) gives its thread back, so waiting costs nothing
and all that wait do so side by side.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from .._core.errors import ErrorAnswer, LiveError
from .._core.retry import Pacer, parse_quota

_HOPELESS = 10  # faults in a row
_WINDOWS = 5  # of a quota


@dataclass(frozen=True)
class StepResult:
    """What one request of a job brought.

    again_at: when the job wants its next request (seconds of the pool's clock); None: it is done.
    proven: the answer shows that the credentials work. throttle: the answer was a throttle.
    fault: no usable answer. fatal: no request of this run can work.
    """

    again_at: float | None = None
    proven: bool = False
    throttle: ErrorAnswer | None = None
    fault: LiveError | None = None
    fatal: LiveError | None = None


class Job(Protocol):
    """Something that takes one or more requests. metered: its requests count against the quota."""

    metered: bool

    def step(self) -> StepResult:
        """Sends one request and says what comes next. Called by one thread at a time."""


class Pool:
    """Runs jobs to their end, or until one of them meets an error that is true of all.

    Until one answer has shown that the credentials work, one request is in flight at a time: a bad key must not be
    tried by ten at once (five failed checks lock it). If nothing but faults come back for `patience` seconds, the
    service is out of reach and the run ends: before the first answer at once, later only after a row of faults, since
    a few may be far apart where the quota makes everybody wait.
    """

    def __init__(self, pacer: Pacer, patience: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._pacer = pacer
        self._patience = patience
        self._clock = clock
        self._changed = threading.Condition()
        self._fresh: deque[Job] = deque()
        self._timed: list[tuple[float, int, Job]] = []
        self._order = itertools.count()
        self._timed_turn = True
        self._too_long = 0
        self._faults = 0
        self._faults_since = 0.0
        self._in_flight = 0
        self._proven = False
        self._began: float | None = None
        self._defect: BaseException | None = None
        self._fault: LiveError | None = None
        self.ended: LiveError | None = None

    def run(self, jobs: Sequence[Job]) -> None:
        """Blocks until every job is done or the run has `ended`. The caller's thread works too."""
        self._fresh.extend(jobs)
        helpers = min(self._pacer.width, len(jobs)) - 1
        threads = [threading.Thread(target=self._work, daemon=True) for _unused in range(helpers)]
        for thread in threads:
            thread.start()
        try:
            self._work()
        finally:
            with self._changed:
                self._fresh.clear()
                self._timed.clear()
                self._changed.notify_all()
        for thread in threads:
            thread.join()
        if self._defect is not None:
            raise self._defect

    def _work(self) -> None:
        while (job := self._take()) is not None:
            try:
                result = job.step()
            except BaseException as exc:  # a defect of ours: hand it to the caller of run()
                self._defect, result = exc, StepResult()
            self._settle(job, result)

    def _take(self) -> Job | None:
        """The next job that may send, or None when there will be none."""
        with self._changed:
            while True:
                if self.ended or self._defect or not (self._fresh or self._timed or self._in_flight):
                    self._changed.notify_all()
                    return None
                now = self._clock()
                if self._out_of_reach(now):
                    continue
                job, ready_at = self._next(now)
                if job is not None:
                    self._changed.notify()  # perhaps there is room for one more
                    return job
                self._changed.wait(None if ready_at is None else max(0.0, ready_at - now))

    def _next(self, now: float) -> tuple[Job | None, float | None]:
        """(job, None) if one may start now, else (None, when to look again; None: when something changes)."""
        due = self._timed[0][0] if self._timed else None
        if (not self._fresh and due is None) or (not self._proven and self._in_flight):
            return None, None
        # Where both are due they take turns: retries do not wait for the end of a long list, nor polls hold it up.
        timed = due is not None and (not self._fresh or (due <= now and self._timed_turn))
        job = self._timed[0][2] if timed else self._fresh[0]
        ready_at = self._pacer.ready_at(now, job.metered)
        if ready_at is None:
            return None, None
        if timed and due is not None:
            ready_at = max(ready_at, due)
        elif due is not None and now < due < ready_at:
            return None, due  # a retry comes due before the fresh one may start
        if ready_at > now:
            return None, ready_at
        self._pop(timed)
        self._began = now if self._began is None else self._began
        self._pacer.begin(job.metered)
        self._in_flight += 1
        return job, None

    def _pop(self, timed: bool) -> None:
        self._timed_turn = not timed
        if timed:
            heapq.heappop(self._timed)
        else:
            self._fresh.popleft()

    def _out_of_reach(self, now: float) -> bool:
        """Ends the run if there was no usable answer for too long; faults are counted from the first request on."""
        if self._began is None or self._fault is None or self._proven or self._in_flight:
            return False
        if now - self._began <= self._patience:
            return False
        self.ended = self._fault
        return True

    def _count_fault(self, now: float, fault: LiveError | None, quota: tuple[int, float] | None) -> None:
        """Ends the run after a row of faults that has lasted for too long.

        Where a quota is used up, others may be quicker to use what becomes free of it: some windows are no long time.
        """
        if fault is None:
            self._faults = 0
            return
        self._fault = fault
        self._faults += 1
        if self._faults == 1:
            self._faults_since = now
        patience = max(self._patience, _WINDOWS * quota[1]) if quota else self._patience
        if self._faults >= _HOPELESS and now - self._faults_since >= patience:
            self.ended = self.ended or fault

    def _settle(self, job: Job, result: StepResult) -> None:
        now = self._clock()
        with self._changed:
            self._in_flight -= 1
            self._pacer.end(now, job.metered)
            answer = result.throttle
            # The quota of another API teaches nothing.
            quota = parse_quota(answer.message) if answer is not None and job.metered else None
            self._count_fault(now, result.fault, quota)
            if answer is not None:
                first = self._pacer.throttled(now, answer.retry_after, quota)
                self._too_long += first and job.metered and 0 < self._pacer.longest_pause < (answer.retry_after or 0)
                if self._too_long >= 2:  # asked again after the longest pause: nothing will get through in time
                    self.ended = self.ended or result.fault
            elif result.proven:
                self._pacer.succeeded()
                self._too_long = 0
            if result.proven and not self._proven:
                self._proven = True
                self._changed.notify_all()
            self.ended = self.ended or result.fatal
            if result.again_at is not None:
                heapq.heappush(self._timed, (result.again_at, next(self._order), job))
            self._changed.notify()
