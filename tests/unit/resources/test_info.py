# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lists: all pages, each item once, real types, filters; and the login."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.hwc.live.plugins.module_utils._core.errors import ConfigError
from ansible_collections.hwc.live.plugins.module_utils._resources import lists
from ansible_collections.hwc.live.plugins.module_utils._resources.ask import ResourceError

from tests.simulator import Simulator

from .conftest import DOMAIN, KEY, api_of, password, run, warnings_of

RULES = 230
STREAMS = 250
paging = pytest.mark.parametrize(
    ("counts", "repeat"), [("records", False), ("records", True), ("pages", False), ("pages", True)]
)


def read(cloud: Simulator, name: str, **params: Any) -> lists.Listing:
    listing: lists.Listing = getattr(lists, name)(api_of(cloud), params, 5.0)
    return listing


# All pages, each once


@paging
def test_230_rules_are_read_each_once(cloud: Simulator, counts: Any, repeat: bool) -> None:
    cloud.settings.update({"offset_counts": counts, "repeat_last_page": repeat})
    types = ("COMMAND_RECORD", "CONTINUOUS_RECORD", "PLAN_RECORD", "ON_DEMAND_RECORD")
    ids = [cloud.rule(f"{DOMAIN}/live/cam-{number}", types[number % 7 % 4]) for number in range(RULES)]
    cloud.rule("other.example.com/live/*")
    listing = read(cloud, "record_rules", publish_domain=DOMAIN)
    assert sorted(rule["id"] for rule in listing.items) == sorted(ids)
    assert listing.warnings == []
    assert len(read(cloud, "record_rules").items) == RULES + 1


@paging
def test_250_streams_are_read_each_once(cloud: Simulator, counts: Any, repeat: bool) -> None:
    cloud.settings.update({"offset_counts": counts, "repeat_last_page": repeat})
    names = [f"cam-{number}" for number in range(STREAMS)]
    for name in names:
        cloud.push(f"{DOMAIN}/live/{name}")
    listing = read(cloud, "streams", publish_domain=DOMAIN)
    assert sorted(stream["stream"] for stream in listing.items) == sorted(names)
    assert listing.warnings == []


@paging
def test_250_files_are_read_each_once(cloud: Simulator, counts: Any, repeat: bool) -> None:
    cloud.settings.update({"contents_offset_counts": counts, "repeat_last_page": repeat})
    cloud.rule(f"{DOMAIN}/live/*")
    for number in range(STREAMS):
        record(cloud, f"{DOMAIN}/live/cam-{number}")
    listing = read(cloud, "record_contents", start_time="2000-01-01T00:00:00Z")
    assert len({item["stream"] for item in listing.items}) == len(listing.items) == STREAMS
    assert listing.warnings == []


def record(cloud: Simulator, key: str) -> None:
    """A recording from its beginning to its end."""
    cloud.set_recording(key)
    with cloud.lock:
        assert cloud.cloud.stop(key) == "stopped"


def test_a_module_reads_all_pages_too(cloud: Simulator) -> None:
    for number in range(RULES):
        cloud.rule(f"{DOMAIN}/live/cam-{number}")
    for number in range(STREAMS):
        cloud.push(f"{DOMAIN}/live/cam-{number}")
    assert len(run(cloud, "live_record_rule_info", publish_domain=DOMAIN)["record_rules"]) == RULES
    assert len(run(cloud, "live_stream_info", publish_domain=DOMAIN)["streams"]) == STREAMS


def test_a_list_that_is_cut_short_says_so(cloud: Simulator) -> None:
    cloud.fault(kind="status", status=200, body={"total_num": 9, "streams": []})
    result = run(cloud, "live_stream_info", publish_domain=DOMAIN)
    assert "ended before all that it counts was seen" in warnings_of(result)


def test_every_page_is_asked_again_after_a_fault(cloud: Simulator) -> None:
    for number in range(STREAMS):
        cloud.push(f"{DOMAIN}/live/cam-{number}")
    cloud.fault(kind="reset_before", attempts={1, 3, 4}, method="GET")
    cloud.fault(kind="status", code="APIGW.0308", headers={"Retry-After": "0.1"}, attempts={2}, method="GET")
    assert len(read(cloud, "streams", publish_domain=DOMAIN).items) == STREAMS


# Filters and types


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["live/cam-1", "live/cam-2", "live/mic-1", "talk/cam-1"]),
        ({"app": "live"}, ["live/cam-1", "live/cam-2", "live/mic-1"]),
        ({"app": "live", "stream": "cam-1"}, ["live/cam-1"]),
        ({"stream": "cam-1"}, ["live/cam-1", "talk/cam-1"]),
        ({"stream": "cam-*"}, ["live/cam-1", "live/cam-2", "talk/cam-1"]),
        ({"app": "l*", "stream": "?[ai][mc]-1"}, ["live/cam-1", "live/mic-1"]),
        ({"app": "live", "stream": "CAM-1"}, []),
        ({"app": "", "stream": None}, ["live/cam-1", "live/cam-2", "live/mic-1", "talk/cam-1"]),
    ],
)
def test_streams_by_pattern(cloud: Simulator, filters: dict[str, Any], expected: list[str]) -> None:
    for name in ("live/cam-1", "live/cam-2", "live/mic-1", "talk/cam-1"):
        cloud.push(f"{DOMAIN}/{name}")
    cloud.push("other.example.com/live/cam-1")
    found = read(cloud, "streams", publish_domain=DOMAIN.upper(), **filters).items
    assert sorted(f"{item['app']}/{item['stream']}" for item in found) == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, 5),
        ({"app": "*"}, 2),
        ({"app": "live", "stream": "*"}, 1),
        ({"stream": "cam"}, 2),
        ({"record_type": "CONTINUOUS_RECORD"}, 1),
        ({"publish_domain": "other.example.com"}, 1),
    ],
)
def test_rules_by_exact_name(cloud: Simulator, filters: dict[str, Any], expected: int) -> None:
    for name in ("*/*", "*/cam", "live/*"):
        cloud.rule(f"{DOMAIN}/{name}")
    cloud.rule(f"{DOMAIN}/live/cam", "CONTINUOUS_RECORD")
    cloud.rule("other.example.com/live/x")
    assert len(read(cloud, "record_rules", **filters).items) == expected


def test_streams_have_numbers_and_utc_times(cloud: Simulator) -> None:
    item = {"publish_domain": DOMAIN, "app": "live", "stream": "cam", "video_bitrate": "4000", "audio_bitrate": 128}
    times = {"start_time": "2026-01-02T16:04:05+01:00"}
    cloud.fault(kind="status", status=200, body={"total_num": 1, "streams": [{**item, **times}]})
    (stream,) = run(cloud, "live_stream_info", publish_domain=DOMAIN)["streams"]
    assert stream["video_bitrate"] == 4000
    assert stream["start_time"] == "2026-01-02T15:04:05Z"
    assert stream["video_codec"] is None


def test_files_have_numbers_and_utc_times_and_are_of_every_type(cloud: Simulator) -> None:
    cloud.rule(f"{DOMAIN}/live/*")
    cloud.rule(f"{DOMAIN}/always/*", "CONTINUOUS_RECORD")
    cloud.set_recording(f"{DOMAIN}/live/cam-1")
    cloud.push(f"{DOMAIN}/always/cam-2")
    cloud.advance(90)
    with cloud.lock:
        cloud.cloud.stop(f"{DOMAIN}/live/cam-1")
    cloud.unpush(f"{DOMAIN}/always/cam-2")
    result = run(cloud, "live_record_content_info", start_time="2000-01-01", publish_domain=DOMAIN)
    files = {item["stream"]: item for item in result["record_contents"]}
    assert {item["record_type"] for item in files.values()} == {"COMMAND_RECORD", "CONTINUOUS_RECORD"}
    assert files["cam-1"]["duration"] == 90
    assert files["cam-1"]["start_time"].endswith("Z")
    assert files["cam-1"]["obs_addr"]["bucket"] == "sim-bucket"
    assert all("record_type" in entry.query for entry in cloud.log)
    only = run(cloud, "live_record_content_info", start_time="2000-01-01", record_type="CONTINUOUS_RECORD")
    assert [item["stream"] for item in only["record_contents"]] == ["cam-2"]


def test_a_time_range_in_any_zone(cloud: Simulator) -> None:
    times = {"start_time": "2026-01-02T18:00:00+01:00", "end_time": "2026-01-02 19:00"}
    read(cloud, "record_contents", **times, app="live")
    query = cloud.log[0].query
    assert query["start_time"] == "2026-01-02T17:00:00Z"
    assert query["end_time"] == "2026-01-02T19:00:00Z"
    with pytest.raises(ConfigError, match="start_time 'tonight' is not a time such as"):
        read(cloud, "record_contents", start_time="tonight")


def test_a_type_that_is_asked_for_and_refused_is_an_error(cloud: Simulator) -> None:
    cloud.fault(kind="status", code="LIVE.100011001")
    for name, params in (("record_contents", {"start_time": "2026-01-02"}), ("record_rules", {})):
        with pytest.raises(ResourceError, match=r"could not be read: LIVE\.100011001"):
            read(cloud, name, record_type="PLAN_RECORD", **params)


def test_no_list_shows_a_key(cloud: Simulator) -> None:
    run(cloud, "live_record_callback", publish_domain=DOMAIN, app="*", notify_callback_url="https://x", key=KEY)
    run(cloud, "live_push_notification", domain=DOMAIN, url="https://x", auth_sign_key=KEY)
    (callback,) = run(cloud, "live_record_callback_info", app="*")["record_callbacks"]
    assert "key" not in callback
    (notification,) = run(cloud, "live_push_notification_info", domain=DOMAIN)["push_notifications"]
    assert notification == {
        "domain": DOMAIN,
        "url": "https://x",
        "call_back_area": "mainland_china",
        "has_auth_sign_key": True,
    }


@pytest.mark.parametrize(
    ("name", "params", "denied", "permission"),
    [
        ("record_rules", {}, "rules:list", "live:record:listRules"),
        ("record_callbacks", {}, "callbacks:list", "live:record:listCallbacks"),
        ("push_notifications", {"domain": DOMAIN}, "notifications:get", "live:domain:getStreamNotifications"),
        ("streams", {"publish_domain": DOMAIN}, "streams:list", "live:stream:listLiveStreamsOnline"),
        ("record_contents", {"start_time": "2026-01-02"}, "contents:list", "live:record:listContents"),
    ],
)
def test_a_refused_read_names_the_permission(
    cloud: Simulator, name: str, params: dict[str, Any], denied: str, permission: str
) -> None:
    cloud.settings.denied = frozenset({denied})
    with pytest.raises(ResourceError, match=rf"could not be read: .*Grant it {permission}\."):
        read(cloud, name, **params)


# The login


def test_a_login_returns_what_the_other_modules_take(cloud: Simulator) -> None:
    for check in (False, True):
        login = run(cloud, "iam_token", check, **password(cloud), project_id=None)
        assert login["changed"] is False
        assert login["expires_at"].endswith("Z")
        assert login["project_id"] == cloud.settings.project_id
    cloud.clear_log()
    keyless = {"access_key": None, "secret_key": None, "auth_token": login["auth_token"]}
    result = run(cloud, "live_record_rule_info", **keyless)
    assert result["record_rules"] == []
    assert login["auth_token"] not in str(result)
    assert {entry.auth for entry in cloud.log} == {"token"}


def test_a_login_needs_a_password(cloud: Simulator) -> None:
    failed = run(cloud, "iam_token")
    assert failed["msg"] == "A login needs username, password and account_name; other credentials are given."


def test_a_refused_login_is_asked_once(cloud: Simulator) -> None:
    failed = run(cloud, "iam_token", **{**password(cloud), "password": "x-never-x"})
    assert "No token was got: Login at IAM: The username or password is wrong" in failed["msg"]
    assert "Check username, password and account_name" in failed["msg"]
    assert len(cloud.log) == 1


def test_a_login_outlasts_a_fault(cloud: Simulator) -> None:
    cloud.fault(path="/v3/auth", kind="status", status=503, times=1)
    assert run(cloud, "iam_token", **password(cloud))["auth_token"]


def test_a_token_got_on_the_way_stays_a_secret(cloud: Simulator) -> None:
    result = run(cloud, "live_record_rule_info", **password(cloud))
    assert all(token not in str(result) for token in cloud.service.gatekeeper.tokens)
