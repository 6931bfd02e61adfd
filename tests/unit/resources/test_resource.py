# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pure part: normalising, comparing, merging, showing."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.hwc.live.plugins.module_utils._core.errors import ConfigError
from ansible_collections.hwc.live.plugins.module_utils._resources.ensure import Plan, Request, plan
from ansible_collections.hwc.live.plugins.module_utils._resources.kinds import (
    ONLINE_STREAM,
    PUSH_NOTIFICATION,
    RECORD_CALLBACK,
    RECORD_RULE,
    Kind,
)
from ansible_collections.hwc.live.plugins.module_utils._resources.resource import (
    differences,
    lacks,
    merge,
    normalise,
    number,
    overlay,
    prune,
    utc_time,
    view,
)
from hypothesis import given
from hypothesis import strategies as st

NUMBERS = ("record_cycle", "record_slice_duration", "record_max_duration_to_merge_file")
_file = st.dictionaries(st.sampled_from(NUMBERS), st.integers(-1, 60), max_size=3)
_obs = st.fixed_dictionaries({"bucket": st.text(min_size=1), "location": st.text(min_size=1), "object": st.text()})
configs = st.fixed_dictionaries(
    {},
    optional={
        "record_format": st.lists(st.sampled_from(["HLS", "FLV", "MP4"]), min_size=1),
        "obs_addr": _obs,
        "hls_config": _file,
        "flv_config": _file,
        "mp4_config": _file,
    },
)
rules = st.fixed_dictionaries(
    {}, optional={"record_type": st.sampled_from(["A", "B"]), "default_record_config": configs}
)
ID = {"id": "1", "publish_domain": "d", "app": "a", "stream": "*"}


def planned(kind: Kind, present: dict[str, Any] | None, wanted: dict[str, Any], **changes: Any) -> Plan:
    here = None if present is None else normalise(present, kind.shape)
    return plan(kind, here, Request(**{"present": True, "wanted": wanted, **changes}))


@given(rules, rules)
def test_merging_brings_what_is_wanted_and_keeps_the_rest(present: dict[str, Any], wanted: dict[str, Any]) -> None:
    shape, asked = RECORD_RULE.shape, prune(wanted)
    merged = merge(normalise({**ID, **present}, shape), asked, shape)
    assert differences(merged, asked, shape) == []
    assert merge(merged, asked, shape) == merged
    untouched = [name for name in ("record_type",) if name not in asked]
    assert all(merged[name] == present.get(name) for name in untouched)


@given(rules, rules)
def test_a_second_plan_has_nothing_to_do(present: dict[str, Any], wanted: dict[str, Any]) -> None:
    first = planned(RECORD_RULE, {**ID, **present}, prune(wanted))
    if first.action is None:
        assert first.before == first.after
    else:
        stored = {**ID, **first.body}  # the service replaces the whole resource
        assert planned(RECORD_RULE, stored, prune(wanted)).action is None


@given(rules, rules)
def test_no_difference_means_no_write(present: dict[str, Any], wanted: dict[str, Any]) -> None:
    shape, asked = RECORD_RULE.shape, prune(wanted)
    different = differences(normalise({**ID, **present}, shape), asked, shape)
    assert (planned(RECORD_RULE, {**ID, **present}, asked).action == "update") == bool(different)


@given(rules)
def test_normalising_twice_is_normalising_once(rule: dict[str, Any]) -> None:
    once = normalise({**ID, **rule}, RECORD_RULE.shape)
    assert normalise(once, RECORD_RULE.shape) == once


@pytest.mark.parametrize("value", [0, -1, 7])
def test_zero_and_minus_one_are_values_like_any_other(value: int) -> None:
    wanted = {"default_record_config": {"hls_config": {"record_max_duration_to_merge_file": value}}}
    here = {**ID, "default_record_config": {"hls_config": {"record_max_duration_to_merge_file": 30}}}
    update = planned(RECORD_RULE, here, wanted)
    assert update.action == "update"
    assert update.body["default_record_config"]["hls_config"] == {"record_max_duration_to_merge_file": value}
    assert planned(RECORD_RULE, {**ID, **update.body}, wanted).action is None


def test_what_the_service_leaves_out_has_its_documented_default() -> None:
    wanted = {
        "default_record_config": {"hls_config": {"record_max_duration_to_merge_file": 0}, "obs_addr": {"object": ""}}
    }
    assert planned(RECORD_RULE, {**ID, "default_record_config": {"obs_addr": {"bucket": "b"}}}, wanted).action is None
    wanted["default_record_config"]["hls_config"]["record_max_duration_to_merge_file"] = -1
    assert planned(RECORD_RULE, ID, wanted).action == "update"


def test_the_order_of_a_set_is_no_difference() -> None:
    here = {**ID, "notify_callback_url": "https://x", "notify_event_subscription": ["RECORD_OVER", "RECORD_START"]}
    wanted = {"notify_event_subscription": ["RECORD_START", "RECORD_OVER"]}
    assert planned(RECORD_CALLBACK, here, wanted).action is None
    assert planned(RECORD_CALLBACK, here, {"notify_event_subscription": ["RECORD_START"]}).action == "update"


def test_what_the_service_has_and_we_do_not_know_stays() -> None:
    here = {**ID, "default_record_config": {"hls_config": {"record_cycle": 60, "new_field": 5}, "other": 1}}
    update = planned(RECORD_RULE, here, {"default_record_config": {"hls_config": {"record_cycle": 120}}})
    assert update.body["default_record_config"] == {"hls_config": {"record_cycle": 120, "new_field": 5}, "other": 1}


def test_what_a_new_one_needs_is_said_at_once() -> None:
    wanted = {**ID, "default_record_config": {"obs_addr": {"bucket": "b"}}}
    with pytest.raises(ConfigError) as caught:
        planned(RECORD_RULE, None, wanted)
    assert str(caught.value) == (
        "There is no record rule d/a/* yet; to create it, give record_type, default_record_config.record_format, "
        "default_record_config.obs_addr.location too."
    )


@pytest.mark.parametrize(
    ("shown", "given_key", "always", "action"),
    [
        (None, "new", False, None),
        (None, "new", True, "update"),
        (None, None, True, None),
        ("old", "new", False, "update"),
        ("old", "new", True, "update"),
        ("new", "new", True, None),
        ("new", None, False, None),
    ],
)
def test_when_a_secret_is_a_reason_to_write(
    shown: str | None, given_key: str | None, always: bool, action: str | None
) -> None:
    here = {"domain": "d", "url": "https://x", "auth_sign_key": shown}
    wanted = {"domain": "d", "url": "https://x", **({"auth_sign_key": given_key} if given_key else {})}
    result = planned(PUSH_NOTIFICATION, here, wanted, update_secret=always)
    assert result.action == action
    if action:
        assert result.body["auth_sign_key"] == given_key


@pytest.mark.parametrize(
    ("shown", "given_key", "sent"), [("old", None, "old"), (None, "new", "new"), (None, None, None)]
)
def test_a_write_for_another_reason_takes_the_secret_along(
    shown: str | None, given_key: str | None, sent: str | None
) -> None:
    here = {"domain": "d", "url": "https://x", "auth_sign_key": shown}
    wanted = {"domain": "d", "url": "https://y", **({"auth_sign_key": given_key} if given_key else {})}
    assert planned(PUSH_NOTIFICATION, here, wanted).body.get("auth_sign_key") == sent


@given(st.text(min_size=1), st.text())
def test_a_secret_is_in_no_view(secret: str, url: str) -> None:
    item = {"domain": "d", "url": url, "auth_sign_key": "~" + secret}
    shown = view(item, PUSH_NOTIFICATION.shape, "auth_sign_key")
    assert shown["auth_sign_key"] == "(set, not shown)"
    assert "auth_sign_key" not in PUSH_NOTIFICATION.public(item)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-02T15:04:05Z", "2026-01-02T15:04:05Z"),
        ("2026-01-02T16:04:05+01:00", "2026-01-02T15:04:05Z"),
        ("2026-01-02 15:04:05", "2026-01-02T15:04:05Z"),
        ("2026-01-02T15:04:05.123456Z", "2026-01-02T15:04:05Z"),
        ("2026-01-02", "2026-01-02T00:00:00Z"),
        ("yesterday", "yesterday"),
        ("", None),
        (5, 5),
    ],
)
def test_times_become_utc(value: Any, expected: Any) -> None:
    assert utc_time(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("25", 25), (" -1 ", -1), (25, 25), (25.0, 25), (29.97, 29.97), ("29.97", "29.97"), ("", None)],
)
def test_numbers_become_numbers(value: Any, expected: Any) -> None:
    assert number(value) == expected
    assert type(number(value)) is type(expected)


def test_every_item_has_the_same_shape() -> None:
    item = normalise({"stream": "s", "video_bitrate": "4000", "extra": 1}, ONLINE_STREAM)
    assert list(item) == [*ONLINE_STREAM, "extra"]
    assert item["video_bitrate"] == 4000
    assert item["start_time"] is None


def test_small_parts() -> None:
    assert prune({"a": None, "b": {}, "c": {"d": None}, "e": 0, "f": "", "g": [], "h": False}) == {
        "e": 0,
        "f": "",
        "g": [],
        "h": False,
    }
    assert overlay({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}, "d": 4}) == {"a": {"b": 3, "c": 2}, "d": 4}
    assert lacks({"a": {"b": []}}, "a.b")
    assert lacks({"a": None}, "a.b")
    assert not lacks({"a": {"b": 0}}, "a.b")


@pytest.mark.parametrize(
    ("kind", "params", "message"),
    [
        (RECORD_RULE, {"publish_domain": "a b", "app": "*", "stream": "x/y"}, "publish_domain 'a b' contains"),
        (RECORD_RULE, {"publish_domain": "*", "app": "*", "stream": "x*"}, "stream 'x*' contains '*'"),
        (
            RECORD_CALLBACK,
            {"publish_domain": "d", "app": "", "key": "short"},
            "app is empty; key must have at least 32",
        ),
        (RECORD_CALLBACK, {"publish_domain": "d", "app": "a", "notify_callback_url": "ftp://x"}, "is not a URL"),
        (
            RECORD_CALLBACK,
            {"publish_domain": "d", "app": "a", "notify_event_subscription": []},
            "subscription is empty",
        ),
        (PUSH_NOTIFICATION, {"domain": "a/b"}, "domain 'a/b' contains '/'"),
    ],
)
def test_bad_options_are_named_before_anything_is_sent(kind: Kind, params: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match="Nothing was sent") as caught:
        kind.wanted(params)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "fine"),
    [
        ("record_cycle", 0, True), ("record_cycle", 59, False), ("record_cycle", 60, True),
        ("record_cycle", 43200, True), ("record_cycle", 43201, False),
        ("record_slice_duration", 1, False), ("record_slice_duration", 2, True), ("record_slice_duration", 61, False),
        ("record_max_duration_to_merge_file", -1, True), ("record_max_duration_to_merge_file", -2, False),
    ],
)  # fmt: skip
def test_documented_limits(name: str, value: int, fine: bool) -> None:
    config = {"hls_config": {name: value}}
    params = {"publish_domain": "d", "app": "a", "stream": "*", "default_record_config": config}
    if fine:
        assert RECORD_RULE.wanted(params)["default_record_config"] == config
        return
    with pytest.raises(ConfigError, match=rf"default_record_config.hls_config.{name} is {value}, it must be"):
        RECORD_RULE.wanted(params)
