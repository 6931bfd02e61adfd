# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The resource modules as processes: twelve steps each, what reaches the cloud, what the vendor's SDK reads back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from huaweicloudsdklive.v1 import (
    ListPublishTemplateRequest,
    ListRecordCallbackConfigsRequest,
    ListRecordRulesRequest,
)

from tests.simulator import Simulator

from .conftest import DOMAIN, KEY, OTHER_KEY, run, sdk, warnings_of, writes

OBS = {"bucket": "recordings", "location": "sim-region-1", "object": "live/"}
HLS = {
    "record_cycle": 3600,
    "record_prefix": "Record/{app}/{stream}",
    "record_ts_prefix": "{ts_sequence_number}",
    "record_slice_duration": 6,
    "record_max_duration_to_merge_file": -1,
}
FLV = {"record_cycle": 60, "record_prefix": "flv/{stream}", "record_max_duration_to_merge_file": 0}
MP4 = {"record_cycle": 0, "record_prefix": "mp4/{stream}", "record_max_duration_to_merge_file": 300}
FULL = {
    "record_format": ["HLS", "FLV", "MP4"],
    "obs_addr": OBS,
    "hls_config": HLS,
    "flv_config": FLV,
    "mp4_config": MP4,
}
RULE_KEY = {"publish_domain": DOMAIN, "app": "live", "stream": "*"}
CALLBACK_KEY = {"publish_domain": DOMAIN, "app": "live"}
CALLBACK = {
    "notify_callback_url": "https://callbacks.example.com/record",
    "notify_event_subscription": ["RECORD_START", "RECORD_OVER"],
    "sign_type": "HMACSHA256",
    "key": KEY,
}
NOTIFICATION = {"url": "https://callbacks.example.com/push", "auth_sign_key": KEY, "call_back_area": "mainland_china"}


# The SDK looks for a package that it does not require, and says so.
of_the_sdk = pytest.mark.filterwarnings("ignore:Unable to convert string to date:ImportWarning")


@dataclass(frozen=True)
class Case:
    """A resource with its natural key, a first and a second state, and the paths that may be written."""

    module: str
    key: dict[str, Any]
    first: dict[str, Any]
    change: dict[str, Any]
    created: tuple[str, str]
    path: str
    generated: tuple[str, ...] = field(default=("id", "create_time", "update_time"))


SECRETS = ("key", "auth_sign_key")
CASES = [
    Case(
        "live_record_rule",
        RULE_KEY,
        {"record_type": "COMMAND_RECORD", "default_record_config": FULL},
        {"default_record_config": {"record_format": ["MP4", "HLS"], "hls_config": {"record_slice_duration": 10}}},
        ("POST", "/record/rules"),
        "/record/rules/",
    ),
    Case(
        "live_record_callback",
        CALLBACK_KEY,
        CALLBACK,
        {"notify_event_subscription": ["RECORD_FAILED", "RECORD_OVER"], "key": KEY},
        ("POST", "/record/callbacks"),
        "/record/callbacks/",
    ),
    Case(
        "live_push_notification",
        {"domain": DOMAIN},
        NOTIFICATION,
        {"call_back_area": "outside_mainland_china"},
        ("PUT", "/notifications/publish"),
        "/notifications/publish",
        (),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.module)
def test_twelve_steps(cloud: Simulator, case: Case) -> None:
    """Create, modify, remove: each in check mode, applied, in check mode again, applied again."""
    noun = case.module.removeprefix("live_")
    goals = [{**case.key, **case.first}, {**case.key, **case.change}, {**case.key, "state": "absent"}]
    expected = [case.created[0], "PUT", "DELETE"]
    for goal, method in zip(goals, expected, strict=True):
        before = len(writes(cloud))
        check, apply = run(cloud, case.module, check=True, **goal), run(cloud, case.module, **goal)
        check_again, apply_again = run(cloud, case.module, check=True, **goal), run(cloud, case.module, **goal)

        assert [check["changed"], apply["changed"]] == [True, True]
        assert [check_again["changed"], apply_again["changed"]] == [False, False]
        assert [entry[0] for entry in writes(cloud)[before:]] == [method]
        assert writes(cloud)[before][1].startswith(case.path.rstrip("/"))
        assert check["diff"] == apply["diff"]
        assert check["diff"]["before"] != check["diff"]["after"]
        assert check_again["diff"] == apply_again["diff"]
        assert apply_again["diff"]["before"] == apply_again["diff"]["after"]
        assert without(apply_again["diff"]["after"], SECRETS) == without(apply["diff"]["after"], SECRETS)
        assert apply[noun] == apply_again[noun] == check_again[noun]
        assert without(check[noun], case.generated) == without(apply[noun], case.generated)


def without(item: dict[str, Any] | None, names: tuple[str, ...]) -> dict[str, Any] | None:
    return None if item is None else {name: value for name, value in item.items() if name not in names}


# What the vendor's SDK reads back


@of_the_sdk
def test_the_sdk_reads_back_every_field_of_a_rule(cloud: Simulator) -> None:
    run(cloud, "live_record_rule", **RULE_KEY, record_type="COMMAND_RECORD", default_record_config=FULL)
    request = ListRecordRulesRequest(publish_domain=DOMAIN, record_type="COMMAND_RECORD")
    (rule,) = sdk(cloud).list_record_rules(request).to_json_object()["record_config"]
    assert {name: rule[name] for name in RULE_KEY} == RULE_KEY
    assert rule["record_type"] == "COMMAND_RECORD"
    assert rule["default_record_config"] == FULL
    assert rule["id"] == run(cloud, "live_record_rule_info")["record_rules"][0]["id"]


@of_the_sdk
def test_the_sdk_reads_back_every_field_of_a_callback(cloud: Simulator) -> None:
    run(cloud, "live_record_callback", **CALLBACK_KEY, **CALLBACK)
    request = ListRecordCallbackConfigsRequest(publish_domain=DOMAIN)
    (callback,) = sdk(cloud).list_record_callback_configs(request).to_json_object()["callback_config"]
    wanted = {**CALLBACK_KEY, **without(CALLBACK, ("key",))}  # type: ignore[dict-item]
    assert {name: callback[name] for name in wanted} == wanted
    assert [config.key for config in cloud.cloud.callbacks.values()] == [KEY]


@of_the_sdk
def test_the_sdk_reads_back_every_field_of_a_notification(cloud: Simulator) -> None:
    run(cloud, "live_push_notification", domain=DOMAIN, **NOTIFICATION)
    answer = sdk(cloud).list_publish_template(ListPublishTemplateRequest(domain=DOMAIN)).to_json_object()
    assert answer == NOTIFICATION


# Rules


def rule(cloud: Simulator, check: bool = False, **changes: Any) -> dict[str, Any]:
    config = {"record_format": ["HLS"], "obs_addr": OBS}
    given = {**RULE_KEY, "record_type": "COMMAND_RECORD", "default_record_config": config, **changes}
    return run(cloud, "live_record_rule", check, **given)


def test_options_that_are_not_given_keep_their_value(cloud: Simulator) -> None:
    rule(cloud, default_record_config=FULL)
    run(cloud, "live_record_rule", **RULE_KEY, default_record_config={"flv_config": {"record_cycle": 120}})
    (stored,) = cloud.cloud.rules.values()
    assert stored.default_record_config == {**FULL, "flv_config": {**FLV, "record_cycle": 120}}
    assert stored.record_type == "COMMAND_RECORD"


def test_a_rule_of_another_type_is_the_same_rule(cloud: Simulator) -> None:
    rule(cloud, record_type="CONTINUOUS_RECORD")
    changed = rule(cloud)
    assert changed["changed"]
    assert [stored.record_type for stored in cloud.cloud.rules.values()] == ["COMMAND_RECORD"]
    assert [entry[0] for entry in writes(cloud)] == ["POST", "PUT"]


def test_a_wanted_type_costs_one_look(cloud: Simulator) -> None:
    rule(cloud)
    cloud.clear_log()
    assert not rule(cloud)["changed"]
    assert [entry.query["record_type"] for entry in cloud.log] == ["COMMAND_RECORD"]


def test_types_that_only_the_sdk_knows_may_be_refused(cloud: Simulator) -> None:
    """The API's pages name two types, so a list of the other two may be answered 400; one that is wanted may not."""
    refused = cloud.fault(method="GET", path="/record/rules", kind="status", code="LIVE.100011001", attempts={3, 4})
    assert rule(cloud)["changed"]
    cloud.service.faults.remove(refused)
    cloud.fault(method="GET", path="/record/rules", kind="status", code="LIVE.100011001", attempts={3, 4})
    assert len(run(cloud, "live_record_rule_info")["record_rules"]) == 1
    cloud.clear_faults()
    cloud.fault(method="GET", path="/record/rules", kind="status", code="LIVE.100011001", attempts={1})
    assert "could not be looked up: LIVE.100011001" in rule(cloud, record_type="PLAN_RECORD", stream="x")["msg"]


def test_a_refused_change_of_type_says_what_to_do(cloud: Simulator) -> None:
    rule(cloud, record_type="CONTINUOUS_RECORD")
    cloud.fault(kind="status", method="PUT", path="/record/rules", code="LIVE.100011001")
    failed = rule(cloud)
    assert failed["failed"]
    assert not failed["changed"]
    assert "The record rule push.example.com/live/* could not be changed: LIVE.100011001" in failed["msg"]
    assert "remove it (state: absent) and create it anew" in failed["msg"]
    assert [stored.record_type for stored in cloud.cloud.rules.values()] == ["CONTINUOUS_RECORD"]
    assert [entry[0] for entry in writes(cloud)] == ["POST", "PUT"]


def test_a_rule_names_the_pushes_that_it_comes_too_late_for(cloud: Simulator) -> None:
    for number in range(7):
        cloud.push(f"{DOMAIN}/live/cam-{number}")
    cloud.push(f"{DOMAIN}/other/cam-9")
    for check in (True, False):
        text = warnings_of(rule(cloud, check))
        assert "acts only on pushes that begin after it was written: 7 that it fits are under way already" in text
        assert "live/cam-0, live/cam-1, live/cam-2, live/cam-3, live/cam-4 and 2 more" in text
        assert "other" not in text
    assert "pushes" not in warnings_of(rule(cloud))
    one = rule(cloud, stream="cam-3", app="live")
    assert "1 that it fits is under way already, live/cam-3." in warnings_of(one)
    assert "shows none that it fits; it lags by minutes" in warnings_of(rule(cloud, app="*", stream="nobody"))


def test_a_refused_online_list_is_no_failure(cloud: Simulator) -> None:
    cloud.settings.denied = frozenset({"streams:list"})
    result = rule(cloud)
    assert result["changed"]
    assert "Which ones there are could not be read: APIGW.0302" in warnings_of(result)


def test_names_are_compared_exactly_and_domains_without_case(cloud: Simulator) -> None:
    rule(cloud)
    assert rule(cloud, stream="cam")["changed"]
    assert rule(cloud, app="*")["changed"]
    assert not rule(cloud, publish_domain=DOMAIN.upper())["changed"]
    assert len(cloud.cloud.rules) == 3


def test_a_rule_cannot_be_created_without_saying_enough(cloud: Simulator) -> None:
    for check in (True, False):
        failed = run(cloud, "live_record_rule", check, **RULE_KEY, default_record_config={"record_format": ["HLS"]})
        assert "to create it, give record_type, default_record_config.obs_addr.bucket" in failed["msg"]
    assert writes(cloud) == []


def test_two_rules_of_one_key_are_for_a_person_to_settle(cloud: Simulator) -> None:
    rule(cloud)
    (stored,) = cloud.cloud.rules.values()
    cloud.cloud.rules["twin"] = stored.__class__("twin", *RULE_KEY.values(), "CONTINUOUS_RECORD", {}, 0.0, 0.0)
    failed = run(cloud, "live_record_rule", **RULE_KEY, state="absent")
    assert "the service has 2 of them, with the ids" in failed["msg"]
    assert run(cloud, "live_record_rule", **RULE_KEY, record_type="CONTINUOUS_RECORD", state="absent")["changed"]
    assert list(cloud.cloud.rules) == [stored.id]


# Callbacks and notifications: their keys


def test_a_callback_key_is_written_as_update_key_says(cloud: Simulator) -> None:
    keys = cloud.cloud.callbacks

    def callback(**changes: Any) -> tuple[bool, list[str]]:
        result = run(cloud, "live_record_callback", **{**CALLBACK_KEY, **CALLBACK, **changes})
        return result["changed"], [config.key for config in keys.values()]

    assert callback() == (True, [KEY])
    assert callback(key=OTHER_KEY) == (False, [KEY])
    assert callback(key=OTHER_KEY, update_key="always") == (True, [OTHER_KEY])
    assert callback(key=OTHER_KEY, update_key="always") == (True, [OTHER_KEY])
    assert callback(key=KEY, sign_type="MD5") == (True, [KEY])


def test_a_write_without_the_key_is_a_warning(cloud: Simulator) -> None:
    run(cloud, "live_record_callback", **CALLBACK_KEY, **CALLBACK)
    result = run(cloud, "live_record_callback", **CALLBACK_KEY, sign_type="MD5")
    assert result["changed"]
    assert "is written without key, which the service does not show" in warnings_of(result)


def test_a_diff_tells_that_a_key_is_written_and_not_which(cloud: Simulator) -> None:
    created = run(cloud, "live_record_callback", **CALLBACK_KEY, **CALLBACK)
    assert created["diff"]["after"]["key"] == "(as given, not shown)"
    assert "key" not in created["record_callback"]
    notified = run(cloud, "live_push_notification", domain=DOMAIN, **NOTIFICATION)
    assert notified["push_notification"]["has_auth_sign_key"] is True
    changed = run(cloud, "live_push_notification", domain=DOMAIN, auth_sign_key=OTHER_KEY)
    assert changed["diff"]["before"]["auth_sign_key"] == "(set, not shown)"
    assert changed["diff"]["after"]["auth_sign_key"] == "(as given, not shown)"
    assert cloud.cloud.notifications[DOMAIN].auth_sign_key == OTHER_KEY


@pytest.mark.parametrize("update_key", ["always", "on_create"])
def test_a_notification_whose_key_the_service_does_not_show(cloud: Simulator, update_key: str) -> None:
    cloud.settings.notification_shows_key = False
    options = {"domain": DOMAIN, **NOTIFICATION, "update_key": update_key}
    assert run(cloud, "live_push_notification", **options)["changed"]
    again = run(cloud, "live_push_notification", **options)
    assert again["changed"] == (update_key == "always")
    run(cloud, "live_push_notification", **{**options, "url": "https://callbacks.example.com/other"})
    assert cloud.cloud.notifications[DOMAIN].auth_sign_key == KEY


@pytest.mark.parametrize("none", ["absent", "empty"])
def test_no_notification_in_either_form(cloud: Simulator, none: Any) -> None:
    cloud.settings.notification_none = none
    assert run(cloud, "live_push_notification_info", domain=DOMAIN)["push_notifications"] == []
    assert not run(cloud, "live_push_notification", domain=DOMAIN, state="absent")["changed"]
    assert run(cloud, "live_push_notification", domain=DOMAIN, url="https://callbacks.example.com/push")["changed"]


def test_callbacks_of_every_app_and_of_one_are_two(cloud: Simulator) -> None:
    for app in ("live", "*"):
        assert run(cloud, "live_record_callback", publish_domain=DOMAIN, app=app, **CALLBACK)["changed"]
    run(cloud, "live_record_callback", publish_domain=DOMAIN, app="*", state="absent")
    assert [config.app for config in cloud.cloud.callbacks.values()] == ["live"]


# Refusals


PERMISSIONS = [
    ("live_record_rule", RULE_KEY, "rules", "live:record:", "Rule"),
    ("live_record_callback", CALLBACK_KEY, "callbacks", "live:record:", "Callback"),
]


@pytest.mark.parametrize("denied_as", ["gateway", "service"])
@pytest.mark.parametrize(("module", "key", "group", "prefix", "noun"), PERMISSIONS)
def test_a_refused_step_names_the_permission(
    cloud: Simulator, module: str, key: dict[str, Any], group: str, prefix: str, noun: str, denied_as: Any
) -> None:
    first = next(case.first for case in CASES if case.module == module)
    change = next(case.change for case in CASES if case.module == module)
    cloud.settings.denied_as = denied_as
    steps = [
        ("list", f"list{noun}s", {**key, **first}, "could not be looked up"),
        ("create", f"create{noun}", {**key, **first}, "could not be created"),
        (None, "", {**key, **first}, ""),
        ("update", f"update{noun}", {**key, **change}, "could not be changed"),
        ("delete", f"delete{noun}", {**key, "state": "absent"}, "could not be removed"),
    ]
    for step, action, options, tried in steps:
        cloud.settings.denied = frozenset({f"{group}:{step}"} if step else ())
        result = run(cloud, module, **options)
        if step is None:
            assert result["changed"]
            continue
        assert result["failed"]
        assert result["changed"] is False
        assert tried in result["msg"]
        assert f"Grant it {prefix}{action}." in result["msg"]


def test_bad_credentials_end_a_task_after_one_request(cloud: Simulator) -> None:
    failed = run(cloud, "live_record_rule", **RULE_KEY, state="absent", secret_key="x" * 40)
    assert "could not be looked up: APIGW.0301" in failed["msg"]
    assert len(cloud.log) == 1


def test_bad_options_are_an_error_before_any_request(cloud: Simulator) -> None:
    assert "retry_timeout must be at least 0" in rule(cloud, retry_timeout=-1)["msg"]
    assert "stream 'a/b' contains '/'" in rule(cloud, stream="a/b")["msg"]
    assert len(cloud.log) == 0
