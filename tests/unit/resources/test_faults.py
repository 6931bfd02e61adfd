# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Throttles, lost answers and server errors: what is asked again, and that nothing is created twice."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.hwc.live.plugins.module_utils._core.errors import (
    ApiError,
    ErrorAnswer,
    LiveError,
    NetworkError,
)
from ansible_collections.hwc.live.plugins.module_utils._resources.ask import ResourceError, ask
from ansible_collections.hwc.live.plugins.module_utils._resources.ensure import Report, Request, ensure
from ansible_collections.hwc.live.plugins.module_utils._resources.kinds import (
    PUSH_NOTIFICATION,
    RECORD_CALLBACK,
    RECORD_RULE,
    Kind,
)
from ansible_collections.hwc.live.plugins.module_utils._resources.stores import store_of

from tests.simulator import Simulator

from .conftest import DOMAIN, api_of, writes

CONFIG = {"record_format": ["HLS"], "obs_addr": {"bucket": "b", "location": "r", "object": ""}}
WANTED: dict[str, dict[str, Any]] = {
    "record rule": {
        "publish_domain": DOMAIN,
        "app": "live",
        "stream": "*",
        "record_type": "COMMAND_RECORD",
        "default_record_config": CONFIG,
    },
    "record callback": {"publish_domain": DOMAIN, "app": "live", "notify_callback_url": "https://x.example.com"},
    "push notification": {"domain": DOMAIN, "url": "https://x.example.com"},
}
KINDS = [RECORD_RULE, RECORD_CALLBACK, PUSH_NOTIFICATION]
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.noun)


def reach(cloud: Simulator, kind: Kind, present: bool = True, budget: float = 20, **wanted: Any) -> Report:
    api = api_of(cloud, timeout=1)
    request = Request(present, {**WANTED[kind.noun], **wanted}, budget=budget)
    return ensure(store_of(kind, api, budget), kind, request)


def stored(cloud: Simulator) -> int:
    return len(cloud.cloud.rules) + len(cloud.cloud.callbacks) + len(cloud.cloud.notifications)


LOST = [
    {"kind": "reset_after"},
    {"kind": "cut_body"},
    {"kind": "status", "status": 502, "body": "<html>bad gateway</html>", "effect": True},
    {"kind": "status", "code": "LIVE.100011000", "effect": True},
    {"kind": "delay", "seconds": 2.0, "when": "after"},
]


@each_kind
@pytest.mark.parametrize("fault", LOST, ids=lambda fault: fault.get("code") or fault["kind"])
def test_a_creation_whose_answer_is_lost_creates_once(cloud: Simulator, kind: Kind, fault: dict[str, Any]) -> None:
    method = "PUT" if kind is PUSH_NOTIFICATION else "POST"
    cloud.fault(method=method, times=1, **fault)
    report = reach(cloud, kind)
    assert report.changed
    assert stored(cloud) == 1
    assert len(writes(cloud)) == 1  # it was looked up, not sent again
    assert report.resource is not None
    if kind is not PUSH_NOTIFICATION:
        assert report.resource["id"] in {**cloud.cloud.rules, **cloud.cloud.callbacks}


@each_kind
@pytest.mark.parametrize("fault", [{"kind": "reset_before"}, {"kind": "status", "status": 503}], ids=["reset", "503"])
def test_a_creation_that_did_not_arrive_is_sent_again(cloud: Simulator, kind: Kind, fault: dict[str, Any]) -> None:
    method = "PUT" if kind is PUSH_NOTIFICATION else "POST"
    cloud.fault(method=method, times=2, **fault)
    assert reach(cloud, kind).changed
    assert stored(cloud) == 1
    assert len(writes(cloud)) == 3


@pytest.mark.parametrize("kind", [RECORD_RULE, RECORD_CALLBACK], ids=lambda kind: kind.noun)
def test_a_list_that_does_not_show_it_at_once_does_no_harm(cloud: Simulator, kind: Kind) -> None:
    """The look after the lost answer sees nothing yet; the repeat is answered "exists"; the next look finds it."""
    path = "/record/rules" if kind is RECORD_RULE else "/record/callbacks"
    cloud.fault(method="POST", kind="reset_after", times=1)
    name = "record_config" if kind is RECORD_RULE else "callback_config"
    looks = 4 if kind is RECORD_RULE else 1
    numbers = range(looks + 1, 2 * looks + 1)
    empty = {"total": 0, name: []}
    cloud.fault(method="GET", path=path, kind="status", status=200, body=empty, attempts=numbers)
    assert reach(cloud, kind).changed
    assert stored(cloud) == 1


def test_something_that_exists_and_is_not_shown_is_an_error(cloud: Simulator) -> None:
    cloud.fault(method="GET", path="/record/rules", kind="status", status=200, body={"total": 0, "record_config": []})
    cloud.rule(f"{DOMAIN}/live/*")
    with pytest.raises(ResourceError, match=r"could not be created: LIVE.103011018 Resource already exists"):
        reach(cloud, RECORD_RULE)


@each_kind
@pytest.mark.parametrize("fault", LOST[:2], ids=lambda fault: fault["kind"])
def test_a_removal_whose_answer_is_lost_is_a_removal(cloud: Simulator, kind: Kind, fault: dict[str, Any]) -> None:
    reach(cloud, kind)
    cloud.fault(method="DELETE", times=1, **fault)
    assert reach(cloud, kind, present=False).changed
    assert stored(cloud) == 0


@each_kind
def test_a_change_is_repeated_until_it_is_answered(cloud: Simulator, kind: Kind) -> None:
    reach(cloud, kind)
    cloud.fault(method="PUT", kind="reset_after", times=2)
    other = {"default_record_config": {**CONFIG, "record_format": ["FLV"]}}
    changes = other if kind is RECORD_RULE else {kind.needed[0]: "https://y.example.com"}
    report = reach(cloud, kind, **changes)
    assert report.changed
    assert not reach(cloud, kind, **changes).changed


@each_kind
def test_throttles_and_faults_of_reads_are_waited_out(cloud: Simulator, kind: Kind) -> None:
    cloud.settings.retry_after = 0.1
    cloud.fault(kind="status", code="APIGW.0308", headers={"Retry-After": "0.2"}, times=1)
    cloud.fault(kind="status", code="LIVE.100011007", times=1)
    cloud.fault(kind="status", status=502, body="<html/>", times=1)
    assert reach(cloud, kind).changed


def test_a_budget_that_runs_out_says_that_it_may_have_happened(cloud: Simulator) -> None:
    cloud.fault(method="POST", kind="status", code="LIVE.100011000")
    with pytest.raises(ResourceError) as caught:
        reach(cloud, RECORD_RULE, budget=1)
    assert caught.value.changed
    assert "It may have taken effect: run the task again." in str(caught.value)


def test_no_budget_means_no_repeat(cloud: Simulator) -> None:
    cloud.fault(kind="status", status=503)
    with pytest.raises(ResourceError, match=r"could not be looked up: Service Unavailable"):
        reach(cloud, RECORD_RULE, budget=0)
    assert len(cloud.log) == 1


def test_an_answer_that_shows_something_else_is_a_warning(cloud: Simulator) -> None:
    answer = {"id": "1", "publish_domain": DOMAIN, "app": "live", "stream": "*", "record_type": "CONTINUOUS_RECORD"}
    cloud.fault(method="POST", kind="status", status=201, body=answer)
    report = reach(cloud, RECORD_RULE)
    assert report.warnings == [
        "The service accepted the record rule push.example.com/live/*, but in its answer record_type is "
        "'CONTINUOUS_RECORD', not 'COMMAND_RECORD'."
    ]


def test_an_answer_without_a_body_is_a_success(cloud: Simulator) -> None:
    cloud.fault(method="POST", kind="status", status=200, body="")
    report = reach(cloud, RECORD_RULE)
    assert report.changed
    assert report.resource is not None
    assert report.resource["record_type"] == "COMMAND_RECORD"


def test_a_list_that_is_cut_short_is_not_taken_for_none(cloud: Simulator) -> None:
    cloud.fault(method="GET", kind="status", status=200, body={"total": 7, "record_config": []})
    with pytest.raises(ResourceError, match=r"the list ended before all that it counts was seen: run the task again"):
        reach(cloud, RECORD_RULE)


# The retry loop by itself


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def failing(times: int, exc: LiveError) -> Any:
    left = [exc] * times

    def send() -> str:
        if left:
            raise left.pop()
        return "answer"

    return send


@pytest.mark.parametrize("code", ["APIGW.0308", "APIG.0308", "LIVE.100011007", "LIVE.100011005", "LIVE.103011021"])
def test_passing_errors_are_asked_again(code: str) -> None:
    clock = Clock()
    exc = ApiError(ErrorAnswer(500, code, "later"))
    assert ask(failing(3, exc), 60, clock, clock.sleep) == "answer"
    assert 0 < clock.now <= 60


@pytest.mark.parametrize("exc", [
    ApiError(ErrorAnswer(401, "APIGW.0301", "no")),
    ApiError(ErrorAnswer(400, "LIVE.100011001", "no")),
    NetworkError("certificate", maybe_sent=False, permanent=True),
])  # fmt: skip
def test_final_errors_are_not(exc: LiveError) -> None:
    clock = Clock()
    with pytest.raises(type(exc)):
        ask(failing(1, exc), 60, clock, clock.sleep)
    assert clock.now == 0


def test_the_last_attempt_is_made_at_the_end_of_the_budget() -> None:
    clock, exc = Clock(), NetworkError("reset", maybe_sent=True)
    with pytest.raises(NetworkError):
        ask(failing(1000, exc), 60, clock, clock.sleep)
    assert clock.now == pytest.approx(60)


def test_a_wait_that_the_service_asks_for_is_kept() -> None:
    clock, exc = Clock(), ApiError(ErrorAnswer(429, None, "slow", retry_after=17))
    assert ask(failing(1, exc), 60, clock, clock.sleep) == "answer"
    assert clock.now == pytest.approx(17)
