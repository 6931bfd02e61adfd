# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real module, in a process of its own: its options, its output, and what never shows in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.yaml import yaml_load
from ansible_collections.hwc.live.plugins.modules import live_record_control

from tests.simulator import Simulator
from tests.unit.conftest import EVERYTHING, Finished, cams, key, module, pushed

CAM = key("cam-0000")
SECRET = "s3cr3t-and-never-shown"
RETURN: dict[str, Any] = yaml_load(live_record_control.RETURN)
OPTIONS: dict[str, Any] = yaml_load(live_record_control.DOCUMENTATION)["options"]
ANSIBLES = {"invocation", "failed", "warnings", "deprecations"}  # keys that Ansible adds


def run(sim: Simulator, state: str = "recording", env: dict[str, str] | None = None, **options: Any) -> Finished:
    """The module against the simulator; None leaves an option out."""
    args = {**sim.connection, "state": state, "restart_gap": 1, "retry_timeout": 1, "timeout": 2, **options}
    return module({name: value for name, value in args.items() if value is not None}, env)


def has_shape(values: dict[str, Any], documented: dict[str, Any]) -> None:
    """The keys that are documented as always returned, no others, and of their types."""
    types: dict[str, Any] = {"str": str, "int": int, "bool": bool, "float": (float, int), "list": list, "dict": dict}
    assert set(values) == set(documented)
    for name, value in values.items():
        assert value is None or isinstance(value, types[documented[name]["type"]]), name


def check_shape(finished: Finished, with_diff: bool) -> None:
    result = finished.result
    failed = bool(result.get("failed"))
    expected = set(RETURN) - (set() if with_diff else {"diff"}) - (set() if failed else {"msg"})
    assert set(result) - ANSIBLES - {"changed"} == expected
    has_shape(result["summary"], RETURN["summary"]["contains"])
    for stream in result["streams"]:
        has_shape(stream, RETURN["streams"]["contains"])
    assert finished.code == failed
    assert finished.stderr == ""


# What comes out


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("diff", [True, False])
def test_the_shape_of_a_success(sim: Simulator, check: bool, diff: bool) -> None:
    streams = pushed(sim, 3)
    finished = run(sim, streams=streams, _ansible_check_mode=check, _ansible_diff=diff)
    check_shape(finished, diff)
    assert finished.result["changed"]
    assert len(sim.commands()) == (0 if check else 3)
    assert sim.recording() == (set() if check else set(streams))


@pytest.mark.parametrize("check", [True, False])
def test_the_shape_of_a_failure(sim: Simulator, check: bool) -> None:
    streams = [*pushed(sim, 2), "other.example.com/live/cam"]
    finished = run(sim, streams=streams, _ansible_check_mode=check, _ansible_diff=True)
    check_shape(finished, with_diff=True)
    assert finished.result["failed"]
    assert finished.result["changed"]
    assert finished.result["msg"].startswith("1 of 3 streams")
    assert list(finished.result["diff"]["after"]) == streams[:2]


def test_the_shape_of_a_run_that_ended(sim: Simulator) -> None:
    finished = run(sim, streams=pushed(sim, 40), secret_key=SECRET)
    check_shape(finished, with_diff=False)
    assert not finished.result["changed"]
    assert {stream["status"] for stream in finished.result["streams"]} == {"not_attempted"}
    assert len(sim.log) == 1


def test_an_empty_list(sim: Simulator) -> None:
    finished = run(sim, streams=[], _ansible_diff=True)
    check_shape(finished, with_diff=True)
    assert (finished.result["changed"], finished.result["streams"], len(sim.log)) == (False, [], 0)


def test_the_diff_is_sorted_and_names_those_that_change(sim: Simulator) -> None:
    a, b, c, _offline = streams = [key(name) for name in ("b", "a", "c", "d")]
    for stream in (a, b):
        sim.push(stream)
    sim.set_recording(c)
    finished = run(sim, streams=streams, restart_gap=0, _ansible_diff=True)
    assert finished.result["diff"] == {
        "before": {b: "stopped", a: "stopped"},
        "after": {b: "recording", a: "recording"},
    }
    assert list(finished.result["diff"]["after"]) == [b, a]


def test_every_form_of_a_stream(sim: Simulator) -> None:
    streams = pushed(sim, 6)
    forms = [
        "cam-0000",
        streams[1],
        f"rtmp://{streams[2]}?auth={SECRET}",
        {"stream": "cam-0003"},
        {"publish_domain": "PUSH.example.com", "app": "live", "stream": "cam-0004"},
        f"rtmps://push.example.com:443/live/cam-0005?x={SECRET}",
        "cam-0001",
    ]
    finished = run(sim, streams=forms, publish_domain="push.example.com", app="live")
    assert finished.result["summary"]["changed"] == 6
    assert sim.recording() == set(streams)
    assert SECRET not in finished.output


def test_a_key_that_may_only_command_gets_a_warning() -> None:
    with Simulator(denied=["rules:list", "streams:list"]) as sim:
        sim.rule(EVERYTHING)
        finished = run(sim, streams=pushed(sim, 3))
    check_shape(finished, with_diff=False)
    assert len(finished.result["warnings"]) == 2


def test_options_from_the_environment(sim: Simulator) -> None:
    settings = sim.settings
    env = {
        "HW_ACCESS_KEY": settings.access_key,
        "HUAWEICLOUD_SDK_SK": settings.secret_key,
        "HW_REGION_NAME": settings.region,
        "HW_PROJECT_ID": settings.project_id,
        "HW_LIVE_ENDPOINT": sim.url,
        "HW_IAM_ENDPOINT": sim.url,
        "HW_USER_NAME": "",
    }
    nothing: dict[str, Any] = dict.fromkeys(sim.connection)
    finished = run(sim, env=env, streams=pushed(sim, 1), **nothing)
    assert finished.result["changed"]
    assert settings.secret_key not in finished.output


@pytest.mark.parametrize("empty", ["", None])
def test_empty_options_as_awx_has_them(sim: Simulator, empty: str | None) -> None:
    names = ("security_token", "auth_token", "username", "password", "account_name", "profile", "ca_path")
    args = {**sim.connection, "state": "recording", "streams": pushed(sim, 1), "publish_domain": "", "app": ""}
    finished = module({**args, **dict.fromkeys(names, empty)})
    assert finished.result.get("changed"), finished.output


def test_a_profile_of_the_home_folder(sim: Simulator, tmp_path: Path) -> None:
    settings = sim.settings
    (tmp_path / ".hcloud").mkdir()
    profile = {
        "name": "p",
        "accessKeyId": settings.access_key,
        "secretAccessKey": settings.secret_key,
        "region": settings.region,
        "projectId": settings.project_id,
    }
    config = {"current": "p", "profiles": [profile]}
    (tmp_path / ".hcloud" / "config.json").write_text(json.dumps(config), encoding="utf-8")
    options: dict[str, Any] = {**dict.fromkeys(sim.connection), "endpoint": sim.url}
    finished = run(sim, streams=pushed(sim, 1), **options)
    assert finished.result["changed"]
    assert settings.secret_key not in finished.output


# What cannot be


def refused(finished: Finished, sim: Simulator) -> str:
    """The one message of a run that sent nothing."""
    assert finished.code == 1, finished.output
    assert finished.result["failed"]
    assert not finished.result.get("changed")
    assert "Traceback" not in finished.output
    assert "exception" not in finished.result
    assert sim.log == []
    return str(finished.result["msg"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("concurrency", 0),
        ("concurrency", 65),
        ("concurrency", "many"),
        ("concurrency", ""),
        ("restart_gap", "soon"),
        ("timeout", 0),
        ("preflight", "perhaps"),
        ("state", "started"),
        ("state", ""),
        ("streams", 5.5),
        ("streams", {"stream": "x"}),
        ("endpoint", "http://live.example.com"),
        ("endpoint", "https://[::1"),
        ("region", "no region"),
        ("ca_path", "/no/such/file"),
        ("auth_token", "one way too many"),
        ("profile", "no-such-profile"),
    ],
)
def test_an_option_that_cannot_be(sim: Simulator, name: str, value: Any) -> None:
    """The message names the option, or what it leads to."""
    streams = pushed(sim, 1)
    text = refused(run(sim, **{"streams": streams, name: value}), sim)
    assert name.replace("profile", "Profile") in text, text
    assert len(text) < 600


@pytest.mark.parametrize("name", ["state", "streams"])
def test_an_option_that_is_missing(sim: Simulator, name: str) -> None:
    args = {**sim.connection, "state": "recording", "streams": [CAM]}
    del args[name]
    assert name in refused(module(args), sim)


def test_an_option_that_is_not_known(sim: Simulator) -> None:
    assert "streem" in refused(run(sim, streams=[CAM], streem="x"), sim)


BAD = [
    None,
    True,
    1.5,
    ["x"],
    {"name": "x"},
    {"stream": "x", "colour": "red"},
    {"stream": ""},
    "",
    "a/b",
    "a/b/c/d",
    "with space",
    "tab\t",
    "bell\u0007",
    "x" * 513,
    "http://d/a/s",
    "rtmp://d/a",
    {"stream": "a/b"},
    {"stream": None},
]


def test_all_bad_elements_and_options_in_one_message(sim: Simulator) -> None:
    mixed = [element for bad in BAD for element in ("fine", bad)]
    below: dict[str, Any] = dict.fromkeys(
        ("rate_limit", "retry_timeout", "restart_gap", "wait_timeout", "wait_interval"), -1
    )
    text = refused(run(sim, streams=mixed, publish_domain="d", app="a", concurrency=65, **below), sim)
    named = [index for index in range(len(mixed)) if f"streams[{index}]" in text]
    assert named == [index for index in range(len(mixed)) if index % 2]
    assert f"{len(BAD)} elements cannot be used, nothing was sent" in text
    assert "concurrency is 65, it must be 1 to 64" in text
    assert all(f"{name} is -1, it must be at least" in text for name in below)


@pytest.mark.parametrize("streams", [["cam"], ["rtmp://d/a"], [f"{CAM}/x"], [{"stream": "cam"}]])
def test_streams_that_say_too_little(sim: Simulator, streams: Any) -> None:
    assert "streams[0]" in refused(run(sim, streams=streams), sim)


def test_push_urls_in_one_text_are_not_lost(sim: Simulator) -> None:
    """Ansible takes "a,b" for a list. What follows a query must not vanish with it: both streams, or an error."""
    one, two = pushed(sim, 2)
    finished = run(sim, streams=f"rtmp://{one}?auth={SECRET},rtmp://{two}?auth={SECRET}")
    assert SECRET not in finished.output
    assert finished.code == 1 or sim.recording() == {one, two}


def test_no_part_of_a_query_becomes_a_stream(sim: Simulator) -> None:
    sim.rule("push.example.com/*/*")
    finished = run(
        sim, streams=f"rtmp://{CAM}?auth=1,{SECRET}", publish_domain="push.example.com", app="live", preflight=False
    )
    assert SECRET not in finished.output
    assert SECRET not in str([entry.key for entry in sim.log])


def test_a_comma_separated_text_of_names(sim: Simulator) -> None:
    streams = pushed(sim, 2)
    finished = run(sim, streams=",".join(streams))
    assert finished.result["changed"]
    assert sim.recording() == set(streams)


# What never shows


@dataclass(frozen=True)
class Way:
    """A way of authenticating, and what of it is a secret."""

    options: dict[str, Any]
    secrets: tuple[str, ...]


SIGNED = Way(
    {"access_key": "AK-VISIBLE", "secret_key": SECRET + "-sk", "security_token": SECRET + "-st"},
    (SECRET + "-sk", SECRET + "-st"),
)
TOKEN = Way({"auth_token": SECRET + "-token"}, (SECRET + "-token",))
LOGIN = Way({"username": "u", "password": SECRET + "-pw", "account_name": "acc"}, (SECRET + "-pw",))
VARIABLES = {
    "access_key": "HW_ACCESS_KEY",
    "secret_key": "HUAWEICLOUD_SDK_SK",
    "security_token": "HW_SECURITY_TOKEN",
    "auth_token": "HW_AUTH_TOKEN",
    "username": "HW_USER_NAME",
    "password": "HW_USER_PASSWORD",
    "account_name": "HW_DOMAIN_NAME",
}


def run_as(sim: Simulator, way: Way, by_environment: bool, **options: Any) -> Finished:
    """Runs with the options as options or as environment variables."""
    nothing = {"access_key": None, "secret_key": None}
    streams = [f"rtmp://{stream}?auth_key={SECRET}-query" for stream in pushed(sim, 2)]
    if by_environment:
        env = {VARIABLES[name]: value for name, value in way.options.items()}
        return run(sim, env=env, **{"streams": streams, **nothing, **options})
    return run(sim, **{"streams": streams, **nothing, **way.options, **options})


@pytest.mark.parametrize("by_environment", [True, False])
@pytest.mark.parametrize("way", [SIGNED, TOKEN, LOGIN], ids=["key", "token", "password"])
@pytest.mark.parametrize("good", [True, False])
def test_no_secret_in_any_output(way: Way, by_environment: bool, good: bool) -> None:
    settings: dict[str, Any] = {}
    if good:
        settings = {name: value for name, value in way.options.items() if name != "auth_token"}
    with Simulator(**settings) as sim:
        sim.rule(EVERYTHING)
        if good and "auth_token" in way.options:
            sim.service.gatekeeper.tokens[way.options["auth_token"]] = sim.service.clock() + 600
        finished = run_as(sim, way, by_environment, _ansible_diff=True, _ansible_verbosity=4)
        assert finished.code == (0 if good else 1)
        assert SECRET not in finished.output
        assert all(token not in finished.output for token in sim.service.gatekeeper.tokens)
        assert finished.stderr == ""


@pytest.mark.parametrize(
    "options",
    [
        {"concurrency": 0},
        {"streams": [f"rtmp://d/a?x={SECRET}", f"cam?{SECRET}", {"stream": f"rtmp://d/a/s?{SECRET}"}]},
        {"streams": [f"rtmp://user:{SECRET}@d/a/s", f"rtmp://user:p@{SECRET}@d/a/s"]},
        {"streams": [[f"rtmp://d/a/s?{SECRET}"], {"a": [f"rtmp://d/a/s?{SECRET}"]}, {f"rtmp://d/a/s?{SECRET}": 1}]},
        {"streams": {"x": f"rtmp://d/a/s?{SECRET}"}},
        {"streams": f"rtmp://d/a/s?{SECRET}"},
        {"streem": f"rtmp://d/a/s?{SECRET}"},
        {"endpoint": "http://live.example.com"},
        {"auth_token": SECRET},
        {"username": "u", "password": SECRET},
        {"state": "nonsense"},
        {"timeout": 0},
    ],
    ids=lambda options: next(iter(options)),
)
def test_no_secret_in_the_refusal_of_bad_input(options: dict[str, Any]) -> None:
    with Simulator(secret_key=SIGNED.options["secret_key"]) as sim:
        finished = run_as(sim, SIGNED, by_environment=False, **options, _ansible_verbosity=4)
        assert finished.code == 1 or "streams" in options
        assert SECRET not in finished.output


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 502, "body": "<html>"},
        {"kind": "reset_before"},
        {"kind": "status", "status": 302, "headers": {"Location": "/elsewhere"}},
        {"kind": "status", "code": "APIGW.0302"},
        {"kind": "status", "status": 200, "body": "<html>"},
    ],
    ids=str,
)
def test_no_secret_in_a_failure_on_the_way(fault: dict[str, Any]) -> None:
    with Simulator(**LOGIN.options) as sim:
        sim.rule(EVERYTHING)
        sim.fault(path="/record", **fault)
        finished = run_as(sim, LOGIN, by_environment=True, retry_timeout=0, _ansible_verbosity=4)
        assert finished.code == 1
        assert "Traceback" not in finished.output
        assert SECRET not in finished.output
        assert all(token not in finished.output for token in sim.service.gatekeeper.tokens)


@pytest.mark.parametrize("value", [SECRET + "\n", SECRET + "€"])
@pytest.mark.parametrize("name", ["auth_token", "security_token"])
def test_a_secret_that_cannot_be_sent_is_told_without_it(sim: Simulator, name: str, value: str) -> None:
    """A token that was read with its line feed, or pasted with a strange character."""
    options: dict[str, Any] = {"streams": pushed(sim, 1), name: value, "preflight": False}
    if name == "auth_token":
        options.update(access_key=None, secret_key=None)
    finished = run(sim, **options)
    assert finished.code == 1
    assert not finished.result.get("changed")
    assert "Traceback" not in finished.output
    assert "exception" not in finished.result
    assert SECRET not in finished.output


# Documentation


def test_the_options_are_the_documented_ones() -> None:
    accepted: Any = live_record_control.OPTIONS
    assert set(accepted) == set(OPTIONS)
    for name, option in accepted.items():
        for field in ("type", "default", "required", "choices", "elements"):
            assert option.get(field) == OPTIONS[name].get(field), (name, field)


def test_many_streams_stay_in_order(sim: Simulator) -> None:
    streams = list(reversed(cams(200)))
    for stream in streams:
        sim.push(stream)
    finished = run(sim, streams=streams)
    check_shape(finished, with_diff=False)
    found = ["/".join([r["publish_domain"], r["app"], r["stream"]]) for r in finished.result["streams"]]
    assert found == streams
