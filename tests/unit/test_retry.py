# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting: how long, how often, and how many at once. All clocks are numbers."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import format_datetime

import pytest
from ansible_collections.hwc.live.plugins.module_utils._core.retry import (
    Pacer,
    Retries,
    backoff,
    parse_quota,
    parse_retry_after,
)
from hypothesis import given, settings
from hypothesis import strategies as st

NOW = 1_767_225_600.0  # an epoch: 2026-01-01T00:00:00Z
BACKOFF_CAP = 15.0
EPSILON = 1e-6

jitters = st.floats(0.0, 1.0)
moments = st.floats(0.0, 1e6)


@given(st.integers(1, 10_000), jitters)
def test_backoff_stays_within_its_bounds(faults: int, jitter: float) -> None:
    full = min(BACKOFF_CAP, 0.5 * 2.0 ** min(faults - 1, 20))
    assert full / 2 <= backoff(faults, jitter) <= full


def test_backoff_grows_and_is_capped() -> None:
    waits = [backoff(faults, 0.0) for faults in range(1, 9)]
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0]


def http_date(seconds: float) -> str:
    return format_datetime(datetime.fromtimestamp(NOW + seconds, timezone.utc), usegmt=True)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("0", 0.0),
        ("7", 7.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        (http_date(30), 30.0),
        (http_date(-30), 0.0),
        ("Thu, 01 Jan 2026 00:00:10 +0000", 10.0),
        ("Thu, 01 Jan 2026 01:00:10 +0100", 10.0),
        ("Thu, 99 Jan 2026 00:00:10 GMT", None),
        ("Thu, 01 Jan 99999999 00:00:10 GMT", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value, NOW) == seconds


@pytest.mark.parametrize("value", ["86400", "100000", "1e9", http_date(2 * 86400)])
def test_a_day_is_not_taken_for_no_wait_at_all(value: str) -> None:
    """Whoever is told to come back tomorrow must not come back in half a second."""
    seconds = parse_retry_after(value, NOW)
    assert seconds is not None
    assert seconds >= 3600


@given(st.text())
def test_any_retry_after_is_a_number_or_nothing(value: str) -> None:
    seconds = parse_retry_after(value, NOW)
    assert seconds is None or (math.isfinite(seconds) and seconds >= 0)


@pytest.mark.parametrize(
    ("text", "quota"),
    [
        ("The throttling threshold has been reached: policy user over ratelimit,limit:300,time:1 minute", (300, 60.0)),
        ("policy api over ratelimit,limit:3000,time:1 minute", (3000, 60.0)),
        ("policy user over ratelimit,limit:5,time:10 second", (5, 10.0)),
        ("policy user over ratelimit,limit:5,time:2 hour", (5, 7200.0)),
        ("policy user over ratelimit,limit:0,time:1 minute", None),
        ("policy user over ratelimit,limit:5,time:0 minute", None),
        ("policy user over ratelimit,limit:x,time:1 minute", None),
        ("Too many concurrent requests", None),
        ("", None),
    ],
)
def test_the_quota_in_a_text(text: str, quota: tuple[int, float] | None) -> None:
    assert parse_quota(text) == quota


def test_nothing_is_retried_without_a_budget() -> None:
    retries = Retries(0)
    retries.begin(5.0)
    assert retries.next_attempt(5.0) is None


def test_a_fault_needs_an_attempt() -> None:
    with pytest.raises(ValueError, match="before begin"):
        Retries(10).next_attempt(1.0)


def test_the_last_attempt_is_at_the_deadline() -> None:
    retries = Retries(10)
    retries.begin(100.0)
    assert retries.next_attempt(109.9, jitter=0.0) == 110.0
    retries.begin(110.0)
    assert retries.next_attempt(110.0) is None


@pytest.mark.parametrize(
    ("at_least", "expected"), [(3.0, 103.0), (10.0, 110.0), (10.5, None), (0.0, 100.5), (0.2, 100.5)]
)
def test_what_the_service_asks_for(at_least: float, expected: float | None) -> None:
    """A wait that goes beyond the budget is final; any other is kept, and so is the backoff."""
    retries = Retries(10)
    retries.begin(100.0)
    assert retries.next_attempt(100.0, at_least, jitter=0.0) == expected


@given(
    st.floats(0.0, 300.0),
    moments,
    st.lists(st.tuples(st.floats(0.0, 40.0), st.none() | st.floats(0.0, 100.0), jitters), min_size=1, max_size=40),
)
def test_never_beyond_the_deadline(
    budget: float, start: float, attempts: list[tuple[float, float | None, float]]
) -> None:
    """Attempts of any duration: each next one is within the budget, after its fault, and no earlier than asked."""
    retries = Retries(budget)
    now = start
    for took, at_least, jitter in attempts:
        retries.begin(now)
        fault = now + took
        when = retries.next_attempt(fault, at_least, jitter)
        if when is None:
            assert fault >= start + budget or (at_least is not None and fault + at_least > start + budget)
            return
        assert fault + (at_least or 0.0) <= when <= start + budget
        assert when - fault <= max(BACKOFF_CAP, at_least or 0.0) + EPSILON
        now = when


@given(st.floats(1.0, 300.0), st.floats(0.01, 5.0), jitters)
def test_whoever_fails_at_once_always_gets_the_attempt_at_the_deadline(
    budget: float, took: float, jitter: float
) -> None:
    retries, now, last = Retries(budget), 0.0, 0.0
    while True:
        retries.begin(now)
        last = now
        when = retries.next_attempt(now + took, jitter=jitter)
        if when is None:
            break
        now = when
    assert last + took >= budget
    assert last <= budget


@dataclass
class Line:
    """Requests on a fake clock: as many as the pacer lets start, each answered after a time of its own."""

    pacer: Pacer
    now: float = 0.0
    begun: list[tuple[float, float]] = field(default_factory=list)  # metered ones: start and answer
    on_the_way: list[tuple[float, bool]] = field(default_factory=list)

    def start(self, duration: float, metered: bool = True) -> float:
        """Starts one request at the earliest moment there is; returns that moment."""
        while True:
            self.answer()
            when = self.pacer.ready_at(self.now, metered)
            if when is not None and when <= self.now:
                break
            due = self.on_the_way[0][0] if self.on_the_way else math.inf
            assert when is not None or due < math.inf, "nothing on the way, and yet no slot"
            self.now = min(due, when if when is not None else math.inf)
        self.pacer.begin(metered)
        heapq.heappush(self.on_the_way, (self.now + duration, metered))
        if metered:
            self.begun.append((self.now, self.now + duration))
        return self.now

    def answer(self) -> None:
        """Hands over the answers that are due."""
        while self.on_the_way and self.on_the_way[0][0] <= self.now:
            moment, metered = heapq.heappop(self.on_the_way)
            self.pacer.end(moment, metered)

    def wait(self, seconds: float) -> None:
        """Time passes; answers come in when they are due."""
        end = self.now + seconds
        while self.on_the_way and self.on_the_way[0][0] <= end:
            self.now = max(self.now, self.on_the_way[0][0])
            self.answer()
        self.now = end


def arrivals_in_one_window(begun: list[tuple[float, float]], window: float) -> int:
    """The most that the service could count in any half-open window, each arriving at any moment of its way.

    A request can fall into the window [t, t + window) if it began before its end and was answered at its start or
    later; the worst t is some request's answer.
    """
    ends = [end for _start, end in begun]
    return max(sum(start < t + window - EPSILON and end >= t for start, end in begun) for t in ends)


durations = st.floats(0.0, 1.0) | st.floats(0.0, 90.0)
arrivals = st.lists(st.tuples(durations, st.floats(0.0, 20.0) | st.just(0.0)), min_size=1, max_size=60)


learned = st.lists(st.tuples(st.integers(1, 12), st.sampled_from([1.0, 10.0, 60.0, 3600.0])), max_size=2)


def paced(limit: int, width: int, more: list[tuple[int, float]]) -> tuple[Line, dict[float, int]]:
    """A line whose pacer was told of more quotas; all that it must keep, by window."""
    line = Line(Pacer(limit, width))
    quotas = {60.0: limit}
    for requests, seconds in more:
        line.pacer.throttled(line.now, None, (requests, seconds))
        line.wait(BACKOFF_CAP)
        quotas[seconds] = min(requests, quotas.get(seconds, requests))
    return line, quotas


@settings(max_examples=300)
@given(st.integers(1, 12), st.integers(1, 8), learned, arrivals)
def test_no_window_holds_more_than_its_limit(
    limit: int, width: int, more: list[tuple[int, float]], requests: list[tuple[float, float]]
) -> None:
    line, quotas = paced(limit, width, more)
    for duration, pause in requests:
        line.wait(pause)
        line.start(duration)
    for window, most in quotas.items():
        assert arrivals_in_one_window(line.begun, window) <= most


@settings(max_examples=300)
@given(st.integers(1, 12), st.integers(1, 8), learned, arrivals)
def test_no_slot_is_left_unused(
    limit: int, width: int, more: list[tuple[int, float]], requests: list[tuple[float, float]]
) -> None:
    """A request waits only if all in flight are taken, or if one more would be too many for some window."""
    line, quotas = paced(limit, width, more)
    for duration, pause in requests:
        line.wait(pause)
        asked = line.now
        before = list(line.begun)
        started = line.start(duration)
        if started > asked:
            just_before = started - max(EPSILON, started * 1e-12)
            in_flight = sum(end >= started - EPSILON for _start, end in before)
            holding = {window: sum(end + window >= just_before for _start, end in before) for window in quotas}
            assert in_flight >= width or any(holding[window] >= most for window, most in quotas.items())


@given(st.integers(1, 50), st.integers(1, 10), durations)
def test_a_list_within_the_limit_waits_for_nothing_but_its_width(count: int, width: int, duration: float) -> None:
    line = Line(Pacer(count, width))
    starts = [line.start(duration) for _number in range(count)]
    assert starts == pytest.approx([number // width * duration for number in range(count)])


def test_one_beyond_the_limit_waits_until_the_first_answer_is_a_window_old() -> None:
    line = Line(Pacer(3, 10))
    assert [line.start(0.5) for _number in range(6)] == [0.0, 0.0, 0.0, 60.5, 60.5, 60.5]


def test_without_a_limit_only_the_width_counts() -> None:
    line = Line(Pacer(0, 2))
    assert [line.start(1.0) for _number in range(6)] == [0.0, 0.0, 1.0, 1.0, 2.0, 2.0]


def test_what_is_not_metered_takes_no_place_in_the_window() -> None:
    line = Line(Pacer(2, 10))
    assert [line.start(0.1, metered=False) for _number in range(9)] == [0.0] * 9
    line.wait(0.1)
    assert [line.start(0.1) for _number in range(2)] == [0.1, 0.1]
    assert line.start(0.1, metered=False) == 0.1
    assert line.start(0.1) == pytest.approx(60.2)


def test_the_window_does_not_grow_without_end() -> None:
    line = Line(Pacer(10_000, 1))
    for _number in range(500):
        line.start(1.0)
    assert len(line.pacer._answered) <= 62


QUOTA = (2, 10.0)


def test_everybody_pauses_for_retry_after() -> None:
    pacer = Pacer(0, 4)
    pacer.throttled(100.0, 7.0, None)
    assert [pacer.ready_at(100.0, metered) for metered in (True, False)] == [107.0, 107.0]
    assert pacer.ready_at(108.0, True) == 108.0


def test_the_longest_wait_that_was_asked_for_counts() -> None:
    pacer = Pacer(0, 4)
    for seconds in (5.0, 9.0, 1.0):
        pacer.throttled(100.0, seconds, None)
    assert pacer.ready_at(100.0, True) == 109.0


def test_a_burst_of_throttles_is_one_throttle() -> None:
    """Eight refused together take half the width away once, and cause one pause."""
    pacer = Pacer(0, 8)
    for _number in range(8):
        pacer.begin(False)
    for _number in range(8):
        pacer.end(100.0, False)
        pacer.throttled(100.0, None, None)
    paused_until = pacer.ready_at(100.0, False)
    assert paused_until is not None
    assert 100.25 <= paused_until <= 100.5
    for _number in range(4):
        assert pacer.ready_at(101.0, False) == 101.0
        pacer.begin(False)
    assert pacer.ready_at(101.0, False) is None


def test_throttles_in_a_row_pause_longer() -> None:
    pacer = Pacer(0, 8)
    now, waits = 100.0, []
    for _number in range(8):
        pacer.throttled(now, None, None)
        until = pacer.ready_at(now, False)
        assert until is not None
        waits.append(until - now)
        now = until
    assert all(
        full / 2 <= wait <= full + EPSILON for wait, full in zip(waits, [0.5, 1, 2, 4, 8, 15, 15, 15], strict=True)
    )


def in_flight_at_most(pacer: Pacer, now: float) -> int:
    count = 0
    while pacer.ready_at(now, False) is not None:
        pacer.begin(False)
        count += 1
    for _number in range(count):
        pacer.end(now, False)
    return count


def test_the_width_shrinks_to_one_and_comes_back() -> None:
    pacer = Pacer(0, 8)
    widths, now = [], 100.0
    for _number in range(5):
        pacer.throttled(now, None, None)
        now += 100.0
        widths.append(in_flight_at_most(pacer, now))
    assert widths == [4, 2, 1, 1, 1]
    for _number in range(10):
        pacer.succeeded()
    assert in_flight_at_most(pacer, now) == 1, "slowly: what met the limit a moment ago meets it again"
    for _number in range(400):
        pacer.succeeded()
    assert in_flight_at_most(pacer, now) == 8


@pytest.mark.parametrize(("retry_after", "quota"), [(1.0, None), (None, QUOTA), (1.0, QUOTA)])
def test_a_throttle_about_the_rate_leaves_the_width(retry_after: float | None, quota: tuple[int, float] | None) -> None:
    pacer = Pacer(0, 8)
    pacer.throttled(100.0, retry_after, quota)
    assert in_flight_at_most(pacer, 200.0) == 8


@pytest.mark.parametrize(
    ("limit", "quota", "starts"),
    [
        (0, (3, 60.0), [0, 0, 0, 60, 60, 60, 120, 120]),
        (3, (2, 60.0), [0, 0, 60, 60, 120, 120, 180, 180]),
        (3, (30, 60.0), [0, 0, 0, 60, 60, 60, 120, 120]),
        (3, (2, 3600.0), [0, 0, 3600, 3600, 7200, 7200, 10800, 10800]),
        (5, (2, 1.0), [0, 0, 1, 1, 2, 60, 60, 61]),
        (5, (9, 3600.0), [0, 0, 0, 0, 0, 60, 60, 60]),
    ],
)
def test_the_quota_of_the_service_is_kept_beside_our_own(
    limit: int, quota: tuple[int, float], starts: list[float]
) -> None:
    line = Line(Pacer(limit, 20))
    line.pacer.throttled(0.0, None, quota)
    line.wait(1.0)  # the pause
    assert [line.start(0.0) - 1.0 for _number in range(8)] == starts


def test_a_learned_quota_counts_what_went_before() -> None:
    line = Line(Pacer(0, 10))
    for _number in range(3):
        line.start(0.0)
    line.answer()
    line.pacer.throttled(line.now, None, (4, 10.0))
    line.wait(1.0)
    assert [line.start(0.0) for _number in range(2)] == [1.0, 10.0]
