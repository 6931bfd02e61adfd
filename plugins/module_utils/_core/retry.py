# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When to ask, and when to ask again: backoff, deadline, and the pacer that all requests of a run share.

Pure: every time is handed in as seconds of one monotonic clock. Nothing here sleeps or locks.
"""

from __future__ import annotations

import math
import random
import re
from collections import deque
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

_BASE = 0.5
_CAP = 15.0
_UNITS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}
_QUOTA_TEXT = re.compile(r"limit:(\d+),time:(\d+) (second|minute|hour)")


def backoff(faults: int, jitter: float) -> float:
    """Seconds to wait after the given number of faults in a row (1, 2, …): exponential, capped at 15 s.

    jitter in [0, 1] takes up to half of it away, so that callers who failed together do not return together.
    """
    return min(_CAP, _BASE * 2.0 ** min(faults - 1, 16)) * (1.0 - jitter / 2.0)


def parse_retry_after(value: str | None, now_epoch: float) -> float | None:
    """The seconds of a Retry-After header: a number or an HTTP date. None where there is none that can be read."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - now_epoch
        except (TypeError, ValueError, OverflowError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def parse_quota(message: str) -> tuple[int, float] | None:
    """(requests, seconds) from the gateway's "…policy user over ratelimit,limit:300,time:1 minute", or None."""
    match = _QUOTA_TEXT.search(message)
    if not match or not int(match[1]) or not int(match[2]):
        return None
    return int(match[1]), int(match[2]) * _UNITS[match[3]]


@dataclass
class Retries:
    """The faults of one question, and when to put it again.

    budget: seconds from the first attempt in which faults are retried, 0 for never.
    """

    budget: float
    started: float | None = None
    faults: int = 0

    def begin(self, now: float) -> None:
        """An attempt starts; the first one starts the clock."""
        if self.started is None:
            self.started = now

    def next_attempt(self, now: float, at_least: float | None = None, jitter: float | None = None) -> float | None:
        """When to try again after a fault at `now`, or None: the budget is used up.

        The last attempt is made at the deadline rather than left out. at_least: seconds that the service asked
        for; a request for more than the budget has left is final, since an earlier attempt would only be refused.
        """
        if self.started is None:
            raise ValueError("next_attempt before begin")
        self.faults += 1
        deadline = self.started + self.budget
        if now >= deadline or (at_least is not None and now + at_least > deadline):
            return None
        wait = backoff(self.faults, random.random() if jitter is None else jitter)
        return max(min(now + wait, deadline), now + (at_least or 0.0))


@dataclass
class Pacer:
    """What all requests of a run may do together: quotas per window, a number in flight, a pause.

    limit: metered requests that any window holds at most, 0 for no limit. window: seconds. The service may name quotas
    of other windows, which are kept as well. width: requests in flight. longest_pause: seconds that one throttle may
    hold up everybody; who may not wait longer than that fails alone. A metered request occupies its place in a window
    until so many seconds after its *answer*: the service counted it at some moment before that, so the service's own
    count of any window stays within the limit too, however long the request was on its way.
    """

    limit: int
    width: int
    window: float = 60.0
    longest_pause: float = 60.0
    _quotas: dict[float, int] = field(default_factory=dict)  # seconds: requests
    _answered: deque[float] = field(default_factory=deque)
    _metered: int = 0
    _in_flight: int = 0
    _paused_until: float = 0.0
    _throttles: int = 0
    _allowed: float = field(init=False)

    def __post_init__(self) -> None:
        self._allowed = float(self.width)
        if self.limit:
            self._quotas[self.window] = self.limit

    def ready_at(self, now: float, metered: bool) -> float | None:
        """The earliest moment at which one more request may start; None: not before an answer comes in."""
        if self._in_flight >= int(self._allowed):
            return None
        when = max(now, self._paused_until)
        for window, limit in self._quotas.items() if metered else ():
            free = limit - self._metered
            if free <= 0:
                return None
            if len(self._answered) >= free:
                when = max(when, self._answered[-free] + window)
        return when

    def begin(self, metered: bool) -> None:
        """A request starts."""
        self._in_flight += 1
        self._metered += metered

    def end(self, now: float, metered: bool) -> None:
        """A request was answered, or given up."""
        self._in_flight -= 1
        if metered:
            self._metered -= 1
            self._answered.append(now)
        longest = max([self.window, *self._quotas])  # what went before counts for a quota that is learned later
        while self._answered and self._answered[0] + longest < now:
            self._answered.popleft()

    def succeeded(self) -> None:
        """An answer that was no throttle: regain what throttles took away, one more in flight in ten rounds."""
        self._throttles = 0
        self._allowed = min(float(self.width), self._allowed + 0.1 / self._allowed)

    def throttled(self, now: float, retry_after: float | None, quota: tuple[int, float] | None) -> bool:
        """The service refused a request for its rate: everybody pauses. Returns whether this is a new pause.

        One that names neither a wait nor a quota is about requests at the same time: fewer are in flight after it.
        Throttles that arrive during a pause belong to the burst that caused it and do not add to it.
        """
        if quota:  # the service's own words, kept to where they are stricter than what we keep to
            requests, seconds = quota
            self._quotas[seconds] = min(requests, self._quotas.get(seconds, requests))
        first = now >= self._paused_until
        if first:
            self._throttles += 1
            if retry_after is None and quota is None:
                self._allowed = max(1.0, self._allowed / 2.0)
            wait = backoff(self._throttles, random.random()) if retry_after is None else 0.0
            self._paused_until = now + min(wait, self.longest_pause)
        if retry_after is not None:
            self._paused_until = max(self._paused_until, now + min(retry_after, self.longest_pause))
        return first
