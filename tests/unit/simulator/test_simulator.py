# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in for the cloud, over real sockets."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.simulator import Fault, Settings, Simulator
from tests.simulator.cloud import Cloud
from tests.simulator.model import stream_of

from .client import Client, Receiver, code, until

DOMAIN = "push.example.com"
CAM = f"{DOMAIN}/live/cam-01"
OTHER = f"{DOMAIN}/live/cam-02"
KEY = "0123456789abcdef0123456789abcdef"
CONFIG = {"record_format": ["HLS", "MP4"], "obs_addr": {"bucket": "b", "location": "sim-region-1", "object": "rec"}}


@pytest.fixture
def sim() -> Iterator[Simulator]:
    """A stand-in with one COMMAND_RECORD rule and one pushed stream."""
    with Simulator() as simulator:
        simulator.rule(f"{DOMAIN}/live/*")
        simulator.push(CAM)
        yield simulator


@pytest.fixture
def client(sim: Simulator) -> Iterator[Client]:
    """Signs as the account."""
    with Client(sim) as signing:
        yield signing


def login(sim: Simulator, password: str | None = None, **project: str) -> requests.Response:
    """A request for a token."""
    settings = sim.settings
    user = {
        "name": settings.username,
        "password": password or settings.password,
        "domain": {"name": settings.account_name},
    }
    auth = {
        "identity": {"methods": ["password"], "password": {"user": user}},
        "scope": {"project": project or {"name": settings.region}},
    }
    return requests.post(f"{sim.url}/v3/auth/tokens?nocatalog=true", json={"auth": auth}, timeout=3)


# Record control


def test_start_and_stop(sim: Simulator, client: Client) -> None:
    response = client.start(CAM)
    assert (response.status_code, response.content) == (200, b"")
    assert re.fullmatch(r"[0-9a-f-]{36}-\d+-[\w-]+", response.headers["X-request-id"])
    assert sim.recording() == {CAM}
    assert client.stop(CAM).status_code == 200
    assert sim.recording() == set()
    start, stop = sim.commands()
    assert (start.action, start.key, start.status, start.effect) == ("START", CAM, 200, True)
    assert (stop.action, stop.effect, stop.index) == ("STOP", True, 1)
    assert start.auth == f"aksk:{sim.settings.access_key}"
    assert start.body == {"publish_domain": DOMAIN, "app": "live", "stream": "cam-01"}
    assert start.query == {"action": "START"}
    assert start.request_id == response.headers["X-request-id"]
    assert sim.commands("STOP") == [stop]


def test_gap_after_stop(sim: Simulator, client: Client) -> None:
    client.start(CAM)
    client.stop(CAM)
    assert code(client.start(CAM)) == (400, "LIVE.100011022")
    sim.advance(9.5)
    assert code(client.start(CAM)) == (400, "LIVE.100011022")
    sim.advance(0.6)
    assert client.start(CAM).status_code == 200


@pytest.mark.parametrize(
    ("body", "action", "detail"),
    [
        ({"publish_domain": DOMAIN, "app": "live"}, "START", "stream"),
        ({"publish_domain": DOMAIN, "app": "live", "stream": "*"}, "START", "stream"),
        ({"publish_domain": "", "app": 1, "stream": "s"}, "STOP", "publish_domain, app"),
        (b"[1]", "START", "JSON object"),
        (b"{cut", "START", "JSON object"),
        ({"publish_domain": DOMAIN, "app": "live", "stream": "s"}, "PAUSE", "action"),
        ({"publish_domain": DOMAIN, "app": "live", "stream": "s"}, "", "action"),
    ],
)
def test_bad_commands(client: Client, body: Any, action: str, detail: str) -> None:
    response = client.call("POST", "record/control", body, action=action)
    assert code(response) == (400, "LIVE.100011001")
    assert detail in response.json()["error_detail"]


ANSWERS = {
    "ok": (200, None),
    "exists": (400, "LIVE.100011022"),
    "illegal": (400, "LIVE.100011001"),
    "absent": (404, "LIVE.103011019"),
    "unknown_code": (400, "LIVE.100011099"),
}


@pytest.mark.parametrize("position", ["exists", "ok"])
def test_start_while_recording(sim: Simulator, client: Client, position: Any) -> None:
    sim.settings.start_while_recording = position
    sim.set_recording(CAM)
    assert code(client.start(CAM)) == ANSWERS[position]
    assert not sim.commands()[0].effect


@pytest.mark.parametrize("position", ["ok", "absent", "illegal"])
def test_idle_stop(sim: Simulator, client: Client, position: Any) -> None:
    sim.settings.idle_stop = position
    assert code(client.stop(CAM)) == ANSWERS[position]
    assert not sim.commands()[0].effect


@pytest.mark.parametrize(("position", "expected"), [("idle", "ok"), ("absent", "absent"), ("illegal", "illegal")])
def test_stop_no_rule(sim: Simulator, client: Client, position: Any, expected: str) -> None:
    sim.settings.stop_no_rule = position
    assert code(client.stop("other.example.com/a/b")) == ANSWERS[expected]


@pytest.mark.parametrize("position", ["illegal", "unknown_code", "absent"])
def test_start_unpushed(sim: Simulator, client: Client, position: Any) -> None:
    sim.settings.start_unpushed = position
    assert code(client.start(OTHER)) == ANSWERS[position]
    assert sim.recording() == set()


@pytest.mark.parametrize("position", ["illegal", "absent"])
def test_start_no_rule(sim: Simulator, client: Client, position: Any) -> None:
    sim.settings.start_no_rule = position
    sim.push("other.example.com/a/b")
    assert code(client.start("other.example.com/a/b")) == ANSWERS[position]


def test_rule_of_another_type_refuses_commands(sim: Simulator, client: Client) -> None:
    sim.rule("c.example.com/*/*", "CONTINUOUS_RECORD")
    sim.push("c.example.com/a/b")
    assert sim.recording() == {"c.example.com/a/b"}
    assert code(client.start("c.example.com/a/b")) == (400, "LIVE.100011001")
    assert code(client.stop("c.example.com/a/b")) == (400, "LIVE.100011001")
    assert sim.recording() == {"c.example.com/a/b"}


def test_rule_matching_and_late_rules(sim: Simulator) -> None:
    for pattern in ("d.example/*/*", "d.example/*/s", "d.example/a/*", "d.example/a/s"):
        sim.rule(pattern)
    for key, expected in {
        "d.example/a/s": ("a", "s"),
        "d.example/a/t": ("a", "*"),
        "d.example/b/s": ("*", "s"),
        "d.example/b/t": ("*", "*"),
    }.items():
        rule = sim.cloud.match(key)
        assert rule is not None
        assert (rule.app, rule.stream) == expected
    sim.push("late.example/a/b")
    sim.rule("late.example/a/*")
    with pytest.raises(ValueError, match="no COMMAND_RECORD rule"):
        sim.set_recording("late.example/a/b")
    sim.unpush("late.example/a/b")
    sim.set_recording("late.example/a/b")
    with pytest.raises(ValueError, match="already"):
        sim.rule("late.example/a/*")
    with pytest.raises(ValueError, match="domain/app/stream"):
        sim.push("late.example/a")


def test_merge_window(sim: Simulator, client: Client) -> None:
    sim.settings.merge_window = 30
    client.start(CAM)
    sim.unpush(CAM)
    sim.advance(29)
    assert sim.recording() == {CAM}
    sim.push(CAM)
    sim.advance(60)
    assert sim.recording() == {CAM}
    sim.unpush(CAM)
    sim.advance(31)
    assert sim.recording() == set()
    sim.push(CAM)
    assert sim.recording() == set()
    assert client.start(CAM).status_code == 200


@pytest.mark.parametrize(("window", "ends"), [(0, True), (60, False), (-1, False)])
def test_merge_window_of_the_rule(window: int, ends: bool) -> None:
    config = {**CONFIG, "hls_config": {"record_cycle": 60, "record_max_duration_to_merge_file": window}}
    with Simulator() as sim:
        sim.rule(f"{DOMAIN}/live/*", config=config)
        sim.set_recording(CAM)
        sim.unpush(CAM)
        assert (sim.recording() == set()) is ends


# Authentication


def test_wrong_keys_lock(sim: Simulator, client: Client) -> None:
    sim.settings.lock_after = 2
    with Client(sim, secret="wrong") as wrong:
        assert [code(wrong.start(CAM)) for _count in range(3)] == [(401, "APIGW.0301")] * 3
    assert {entry.auth for entry in sim.log} == {"refused"}
    refused = client.start(CAM)
    assert code(refused) == (401, "APIGW.0301")
    assert "locked" in refused.text
    sim.advance(301)
    assert client.start(CAM).status_code == 200


def test_success_forgives_failures(sim: Simulator, client: Client) -> None:
    sim.settings.lock_after = 1
    with Client(sim, secret="wrong") as wrong:
        for _round in range(3):
            assert wrong.start(CAM).status_code == 401
            assert client.stop(CAM).status_code == 200


@pytest.mark.parametrize(("position", "expected"), [("gateway", "APIGW.0301"), ("service", "LIVE.100011002")])
def test_bad_signature_as(sim: Simulator, position: Any, expected: str) -> None:
    sim.settings.bad_signature_as = position
    with Client(sim, access="NOSUCHKEY") as wrong:
        assert code(wrong.start(CAM)) == (401, expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Project-Id", "f" * 32),
        ("Content-Type", "text/plain"),
        ("X-Sdk-Date", None),
        ("Authorization", None),
        ("Authorization", "Basic Zm9v"),
        ("Host", "live.example.com"),
        ("X-Security-Token", "surplus"),
    ],
)
def test_altered_requests_are_refused(client: Client, name: str, value: str | None) -> None:
    client.changes = {name: value}
    assert client.start(CAM).status_code == 401


def test_unsigned_host_is_refused(sim: Simulator, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.unit.simulator.client.SIGNED", ("x-project-id", "x-sdk-date"))
    response = client.start(CAM)
    assert response.status_code == 401
    assert "not signed: host" in response.text


def test_clock_skew(sim: Simulator, client: Client) -> None:
    client.age = 890
    assert client.start(CAM).status_code == 200
    client.age = 910
    assert code(client.stop(CAM)) == (401, "APIGW.0303")
    client.age = 0
    sim.settings.clock_skew = -1000
    assert code(client.stop(CAM)) == (401, "APIGW.0303")


def test_temporary_keys(sim: Simulator, client: Client) -> None:
    sim.settings.security_token = "temporary"
    assert client.start(CAM).status_code == 401
    client.security_token = "another"
    assert client.start(CAM).status_code == 401
    client.security_token = "temporary"
    assert client.start(CAM).status_code == 200


def test_project(sim: Simulator, client: Client) -> None:
    response = client.call("GET", f"/v1/{'a' * 32}/record/rules")
    assert code(response) == (401, "LIVE.100011015")
    projects = client.call("GET", "/v3/projects", name=sim.settings.region).json()["projects"]
    assert [(project["id"], project["name"]) for project in projects] == [
        (sim.settings.project_id, sim.settings.region)
    ]
    assert client.call("GET", "/v3/projects", name="elsewhere").json()["projects"] == []
    sim.settings.denied = frozenset({"projects:list"})
    assert client.call("GET", "/v3/projects").json()["error"]["code"] == 401


def test_tokens(sim: Simulator, client: Client) -> None:
    response = login(sim)
    token = response.json()["token"]
    assert response.status_code == 201
    assert token["project"]["id"] == sim.settings.project_id
    assert token["user"]["name"] == sim.settings.username
    assert time.strptime(token["expires_at"], "%Y-%m-%dT%H:%M:%S.000000Z")
    client.token = response.headers["X-Subject-Token"]
    assert client.start(CAM).status_code == 200
    assert client.call("GET", "/v3/projects").status_code == 200
    assert [entry.auth for entry in sim.log] == ["password", "token", "token"]
    sim.expire_tokens()
    assert code(client.stop(CAM)) == (401, "APIGW.0301")
    client.token = login(sim, id=sim.settings.project_id).headers["X-Subject-Token"]
    assert client.stop(CAM).status_code == 200
    sim.advance(sim.settings.token_ttl + 1)
    assert code(client.stop(CAM)) == (401, "APIGW.0301")


def test_refused_logins(sim: Simulator) -> None:
    wrong = login(sim, password="wrong")
    assert (wrong.status_code, wrong.json()["error"]["title"]) == (401, "Unauthorized")
    assert login(sim, name="elsewhere").status_code == 401
    assert requests.post(f"{sim.url}/v3/auth/tokens", json={"auth": {"scope": 1}}, timeout=3).status_code == 400
    assert requests.get(f"{sim.url}/v3/nothing", timeout=3).json()["error_code"] == "APIGW.0101"


@pytest.mark.parametrize(
    ("position", "expected"), [("gateway", (403, "APIGW.0302")), ("service", (401, "LIVE.100011003"))]
)
def test_denied(sim: Simulator, client: Client, position: Any, expected: tuple[int, str]) -> None:
    sim.settings.denied_as = position
    sim.settings.denied = frozenset({"rules:list"})
    assert code(client.call("GET", "record/rules")) == expected
    assert client.start(CAM).status_code == 200


# Load


def test_quota(sim: Simulator, client: Client) -> None:
    sim.settings.update({"quota": 2, "retry_after": 7})
    client.start(CAM)
    client.call("GET", "record/rules")
    response = client.stop(CAM)
    assert code(response) == (429, "APIGW.0308")
    assert response.headers["Retry-After"] == "7"
    assert response.json()["error_msg"] == (
        "The throttling threshold has been reached: policy user over ratelimit,limit:2,time:1 minute"
    )
    assert client.call("GET", "realtime/streams", publish_domain=DOMAIN).status_code == 200
    sim.advance(59)
    assert client.stop(CAM).status_code == 429
    sim.advance(1.1)
    assert client.stop(CAM).status_code == 200


def test_quota_not_shared(sim: Simulator, client: Client) -> None:
    sim.settings.update({"quota": 1, "quota_shared": False, "quota_window": 2})
    assert client.start(CAM).status_code == 200
    assert client.call("GET", "record/rules").status_code == 200
    assert "limit:1,time:2 second" in client.call("GET", "record/rules").text


@pytest.mark.parametrize(("counts", "status"), [(True, 429), (False, 200)])
def test_quota_counts_refused(sim: Simulator, client: Client, counts: bool, status: int) -> None:
    sim.settings.update({"quota": 1, "quota_counts_refused": counts})
    client.start(CAM)
    sim.advance(30)
    assert client.stop(CAM).status_code == 429
    sim.advance(31)
    assert client.stop(CAM).status_code == status


@pytest.mark.parametrize(
    ("setting", "path", "query"),
    [
        ("online_quota", "realtime/streams", {"publish_domain": DOMAIN}),
        ("callback_quota", "record/callbacks", {}),
        ("notification_quota", "notifications/publish", {"domain": DOMAIN}),
    ],
)
def test_other_quotas(sim: Simulator, client: Client, setting: str, path: str, query: dict[str, str]) -> None:
    sim.settings.update({setting: 1})
    assert client.call("GET", path, **query).status_code != 429
    assert client.call("GET", path, **query).status_code == 429


@pytest.mark.parametrize("prefix", ["APIGW", "APIG"])
@pytest.mark.parametrize("name", ["error_msg", "error_message"])
def test_gateway_shape(sim: Simulator, client: Client, prefix: Any, name: Any) -> None:
    sim.settings.update({"gateway_prefix": prefix, "gateway_message_key": name})
    response = client.call("GET", "no/such/api")
    assert response.status_code == 404
    assert set(response.json()) == {"error_code", name, "request_id"}
    assert response.json()["error_code"] == f"{prefix}.0101"


def test_latency_and_concurrency(sim: Simulator) -> None:
    sim.settings.update({"latency": 0.2, "max_concurrent": 1})
    found: list[int] = []

    def one() -> None:
        with Client(sim) as mine:
            found.append(mine.start(CAM).status_code)

    threads = [threading.Thread(target=one) for _count in range(2)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began >= 0.2
    assert sorted(found) == [200, 500]
    assert sorted(entry.error_code or "" for entry in sim.log) == ["", "LIVE.100011007"]
    assert all(entry.took >= 0.2 for entry in sim.log)


# Reads


def test_online(sim: Simulator, client: Client) -> None:
    for number in range(2, 14):
        sim.push(f"{DOMAIN}/live/cam-{number:02}")
    sim.push(f"{DOMAIN}/other/cam-01")
    answer = client.call("GET", "realtime/streams", publish_domain=DOMAIN, app="live").json()
    assert (answer["total_num"], answer["total_page"], answer["limit"], len(answer["streams"])) == (13, 2, 10, 10)
    one = client.call("GET", "realtime/streams", publish_domain=DOMAIN, app="live", stream="cam-01").json()
    assert [stream["stream"] for stream in one["streams"]] == ["cam-01"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", one["streams"][0]["start_time"])


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"publish_domain": DOMAIN, "stream": "s"},
        {"publish_domain": DOMAIN, "limit": 101},
        {"publish_domain": DOMAIN, "limit": 0},
        {"publish_domain": DOMAIN, "offset": -1},
        {"publish_domain": DOMAIN, "offset": "x"},
    ],
)
def test_online_parameters(client: Client, query: dict[str, Any]) -> None:
    response = client.call("GET", "realtime/streams", **query)
    assert code(response) == (400, "LIVE.100011001")
    assert response.json()["error_detail"]


def test_online_lags(sim: Simulator, client: Client) -> None:
    def shown() -> int:
        return int(client.call("GET", "realtime/streams", publish_domain=DOMAIN).json()["total_num"])

    sim.settings.update({"online_lag_appear": 120, "online_lag_vanish": 180})
    assert shown() == 0
    sim.advance(121)
    assert shown() == 1
    sim.unpush(CAM)
    sim.advance(179)
    assert shown() == 1
    sim.advance(2)
    assert shown() == 0
    sim.push(CAM)
    sim.unpush(CAM)
    assert shown() == 0


@pytest.mark.parametrize(
    ("counts", "repeat", "offset", "expected"),
    [
        ("records", False, 2, ["s2", "s3"]),
        ("pages", False, 2, ["s4"]),
        ("records", False, 9, []),
        ("records", True, 9, ["s4"]),
        ("pages", True, 9, ["s4"]),
        ("pages", False, 3, []),
    ],
)
def test_paging(counts: Any, repeat: bool, offset: int, expected: list[str]) -> None:
    with Simulator(offset_counts=counts, repeat_last_page=repeat) as sim, Client(sim) as client:
        for number in range(5):
            sim.rule(f"{DOMAIN}/live/s{number}")
        answer = client.call("GET", "record/rules", record_type="COMMAND_RECORD", offset=offset, limit=2).json()
    assert answer["total"] == 5
    assert [rule["stream"] for rule in answer["record_config"]] == expected


def test_rules(sim: Simulator, client: Client) -> None:
    body = {"publish_domain": DOMAIN, "app": "*", "stream": "*", "default_record_config": CONFIG}
    created = client.call("POST", "record/rules", body)
    rule = created.json()
    assert (created.status_code, rule["record_type"]) == (201, "CONTINUOUS_RECORD")
    assert code(client.call("POST", "record/rules", body)) == (400, "LIVE.103011018")
    assert client.call("GET", f"record/rules/{rule['id']}").json() == rule
    changed = client.call("PUT", f"record/rules/{rule['id']}", {**body, "record_type": "COMMAND_RECORD"}).json()
    assert (changed["id"], changed["record_type"]) == (rule["id"], "COMMAND_RECORD")
    assert code(client.call("PUT", f"record/rules/{rule['id']}", {**body, "app": "live"})) == (400, "LIVE.103011018")
    assert client.call("GET", "record/rules", record_type="COMMAND_RECORD", app="*").json()["total"] == 1
    assert client.call("DELETE", f"record/rules/{rule['id']}").status_code == 204
    for method in ("GET", "PUT", "DELETE"):
        assert code(client.call(method, f"record/rules/{rule['id']}", body)) == (404, "LIVE.103011019")


@pytest.mark.parametrize(
    "changes",
    [
        {"stream": None},
        {"record_type": "ALWAYS"},
        {"default_record_config": None},
        {"default_record_config": {**CONFIG, "record_format": ["hls"]}},
        {"default_record_config": {"record_format": ["HLS"]}},
        {"default_record_config": {**CONFIG, "hls_config": {"record_cycle": 30}}},
        {"default_record_config": {**CONFIG, "mp4_config": {"record_max_duration_to_merge_file": -1}}},
        {"default_record_config": {**CONFIG, "obs_addr": {"bucket": "b", "location": "l"}}},
    ],
)
def test_bad_rules(client: Client, changes: dict[str, Any]) -> None:
    body = {"publish_domain": DOMAIN, "app": "a", "stream": "*", "default_record_config": CONFIG, **changes}
    assert code(client.call("POST", "record/rules", body)) == (400, "LIVE.100011001")


@pytest.mark.parametrize(("position", "total"), [("CONTINUOUS_RECORD", 1), ("all", 2)])
def test_rules_default_type(sim: Simulator, client: Client, position: Any, total: int) -> None:
    sim.settings.rules_default_type = position
    sim.rule("c.example.com/*/*", "CONTINUOUS_RECORD")
    assert client.call("GET", "record/rules").json()["total"] == total
    assert code(client.call("GET", "record/rules", record_type="X")) == (400, "LIVE.100011001")


def test_contents(sim: Simulator, client: Client) -> None:
    client.start(CAM)
    sim.advance(90)
    client.stop(CAM)
    query = {"start_time": "2020-01-01T00:00:00Z", "record_type": "COMMAND_RECORD"}
    answer = client.call("GET", "record/contents", **query).json()
    [content] = answer["record_contents"]
    assert (answer["total"], content["stream"], content["record_format"]) == (1, "cam-01", "HLS")
    assert content["duration"] == 90
    assert content["download_url"].endswith(content["file_name"])
    assert client.call("GET", "record/contents", **query, offset=1).json()["record_contents"] == []
    assert client.call("GET", "record/contents", **query, end_time="2020-01-02T00:00:00Z").json()["total"] == 0
    assert client.call("GET", "record/contents", start_time=query["start_time"]).json()["total"] == 0
    sim.settings.contents_default_type = "all"
    assert client.call("GET", "record/contents", start_time=query["start_time"]).json()["total"] == 1
    assert code(client.call("GET", "record/contents")) == (400, "LIVE.100011001")
    assert code(client.call("GET", "record/contents", start_time="yesterday")) == (400, "LIVE.100011001")


@pytest.mark.parametrize(("counts", "names"), [("pages", ["cam-03", "cam-04"]), ("records", ["cam-02", "cam-03"])])
def test_contents_paging(sim: Simulator, client: Client, counts: Any, names: list[str]) -> None:
    sim.settings.update({"contents_offset_counts": counts, "contents_default_type": "all"})
    for number in range(1, 5):
        sim.set_recording(f"{DOMAIN}/live/cam-{number:02}")
        client.stop(f"{DOMAIN}/live/cam-{number:02}")
    answer = client.call("GET", "record/contents", start_time="2020-01-01T00:00:00Z", offset=1, limit=2).json()
    assert [content["stream"] for content in answer["record_contents"]] == names


def test_record_callback_configuration(client: Client) -> None:
    body = {"publish_domain": DOMAIN, "app": "*", "notify_callback_url": "https://example.com/cb", "key": KEY}
    created = client.call("POST", "record/callbacks", body)
    config = created.json()
    assert created.status_code == 201
    assert "key" not in config
    assert config["notify_event_subscription"] == ["RECORD_FILE_COMPLETE"]
    assert code(client.call("POST", "record/callbacks", body)) == (400, "LIVE.103011018")
    assert client.call("GET", "record/callbacks", publish_domain=DOMAIN).json()["callback_config"] == [config]
    changed = client.call("PUT", f"record/callbacks/{config['id']}", {**body, "sign_type": "MD5"}).json()
    assert client.call("GET", f"record/callbacks/{config['id']}").json() == changed
    for wrong in (
        {"key": "short"},
        {"sign_type": "SHA1"},
        {"notify_callback_url": "ftp://x"},
        {"app": ""},
        {"notify_event_subscription": ["NOTHING"]},
    ):
        assert code(client.call("POST", "record/callbacks", {**body, **wrong})) == (400, "LIVE.100011001")
    assert client.call("DELETE", f"record/callbacks/{config['id']}").status_code == 204
    for method in ("GET", "PUT", "DELETE"):
        assert code(client.call(method, f"record/callbacks/{config['id']}", body)) == (404, "LIVE.103011019")


def test_notification_configuration(sim: Simulator, client: Client) -> None:
    path = "notifications/publish"
    assert code(client.call("GET", path, domain=DOMAIN)) == (404, "LIVE.103011019")
    sim.settings.notification_none = "empty"
    assert client.call("GET", path, domain=DOMAIN).json() == {}
    assert client.call("PUT", path, {"url": "https://e.com", "auth_sign_key": KEY}, domain=DOMAIN).status_code == 200
    assert client.call("GET", path, domain=DOMAIN).json() == {
        "url": "https://e.com",
        "auth_sign_key": KEY,
        "call_back_area": "mainland_china",
    }
    sim.settings.notification_shows_key = False
    assert "auth_sign_key" not in client.call("GET", path, domain=DOMAIN).json()
    for wrong in ({}, {"url": "x"}, {"url": "https://e.com", "call_back_area": "moon"}):
        assert code(client.call("PUT", path, wrong, domain=DOMAIN)) == (400, "LIVE.100011001")
    assert code(client.call("GET", path)) == (400, "LIVE.100011001")
    assert client.call("DELETE", path, domain=DOMAIN).status_code == 204
    assert client.call("DELETE", path, domain=DOMAIN).status_code == 404


# Callbacks


def configure(client: Client, receiver: Receiver, **changes: Any) -> None:
    """Have all record events sent to a receiver."""
    events = ["RECORD_START", "RECORD_NEW_FILE_START", "RECORD_FILE_COMPLETE", "RECORD_OVER", "RECORD_FAILED"]
    body = {
        "publish_domain": DOMAIN,
        "app": "live",
        "notify_callback_url": receiver.url,
        "notify_event_subscription": events,
        "sign_type": "HMACSHA256",
        "key": KEY,
        **changes,
    }
    assert client.call("POST", "record/callbacks", body).status_code == 201


@pytest.mark.parametrize("digest", ["hex", "base64"])
def test_push_notifications(sim: Simulator, client: Client, digest: Any) -> None:
    sim.settings.callback_digest = digest
    with Receiver() as receiver:
        client.call("PUT", "notifications/publish", {"url": receiver.url, "auth_sign_key": KEY}, domain=DOMAIN)
        sim.push(OTHER)
        sim.unpush(OTHER)
        until(lambda: len(receiver.bodies) == 2)
    first, second = receiver.bodies
    assert (first["event"], second["event"]) == ("PUBLISH", "PUBLISH_DONE")
    assert first["publish_timestamp"] == second["publish_timestamp"]
    text = f"PUBLISH{DOMAIN}livecam-02{first['auth_timestamp']}"
    raw = hmac.new(KEY.encode(), text.encode(), hashlib.sha256).digest()
    assert first["auth_sign"] == (raw.hex() if digest == "hex" else base64.b64encode(raw).decode())
    assert first["auth_timestamp"] > time.time() + 1700


def test_record_callbacks(sim: Simulator, client: Client) -> None:
    with Receiver() as receiver:
        configure(client, receiver)
        client.start(CAM)
        client.stop(CAM)
        until(lambda: len(receiver.bodies) == 4)
    assert [body["event_type"] for body in receiver.bodies] == [
        "RECORD_START",
        "RECORD_NEW_FILE_START",
        "RECORD_FILE_COMPLETE",
        "RECORD_OVER",
    ]
    assert len({body["task_id"] for body in receiver.bodies}) == 1
    assert receiver.bodies[1]["job_id"] == receiver.bodies[2]["job_id"] != ""
    body = receiver.bodies[2]
    text = f"{body['auth_timestamp']}RECORD_FILE_COMPLETE{DOMAIN}livecam-01{body['download_url']}"
    assert body["auth_sign"] == hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest()
    assert body["project_id"] == sim.settings.project_id


def test_callback_without_key_and_md5(sim: Simulator, client: Client) -> None:
    with Receiver() as receiver:
        configure(client, receiver, app="*", sign_type="MD5")
        configure(client, receiver, app="live", key="", notify_event_subscription=["RECORD_FAILED"])
        sim.rule(f"{DOMAIN}/b/*")
        sim.set_recording(CAM)
        sim.fail_recording(CAM)
        sim.set_recording(f"{DOMAIN}/b/s")
        until(lambda: len(receiver.bodies) == 3)
    failed, started = receiver.bodies[:2]
    assert failed["event_type"] == "RECORD_FAILED"
    assert "auth_sign" not in failed
    assert started["auth_sign"] == hashlib.md5(f"{KEY}{started['auth_timestamp']}".encode()).hexdigest()


def test_merge_window_ends_without_a_request(sim: Simulator, client: Client) -> None:
    sim.settings.merge_window = 0.1
    with Receiver() as receiver:
        configure(client, receiver, notify_event_subscription=["RECORD_OVER"])
        sim.set_recording(CAM)
        sim.unpush(CAM)
        assert sim.recording() == {CAM}
        until(lambda: len(receiver.bodies) == 1)
    assert receiver.bodies[0]["event_type"] == "RECORD_OVER"


def test_callbacks_are_tried_three_times(sim: Simulator, client: Client) -> None:
    with Receiver(refuse=5) as receiver:
        configure(client, receiver, notify_event_subscription=["RECORD_START", "RECORD_OVER"])
        client.start(CAM)
        client.stop(CAM)
        until(lambda: len(receiver.bodies) == 6)
    assert [body["event_type"] for body in receiver.bodies] == ["RECORD_START"] * 3 + ["RECORD_OVER"] * 3


def test_callbacks_repeated_and_shuffled(sim: Simulator, client: Client) -> None:
    sim.settings.update({"callback_repeat": True, "callback_shuffle": True})
    with Receiver() as receiver:
        configure(client, receiver)
        client.start(CAM)
        until(lambda: len(receiver.bodies) == 4)
    assert [body["event_type"] for body in receiver.bodies] == ["RECORD_NEW_FILE_START"] * 2 + ["RECORD_START"] * 2


def test_unreachable_receiver_does_no_harm(sim: Simulator, client: Client) -> None:
    client.call("PUT", "notifications/publish", {"url": "http://127.0.0.1:1/"}, domain=DOMAIN)
    sim.push(OTHER)
    assert client.start(OTHER).status_code == 200


# Faults


def test_status_fault_by_attempt(sim: Simulator, client: Client) -> None:
    number = sim.fault(kind="status", action="START", attempts={1, 3}, code="APIGW.0308", headers={"Retry-After": "1"})
    sim.push(OTHER)
    first = client.start(CAM)
    assert code(first) == (429, "APIGW.0308")
    assert first.headers["Retry-After"] == "1"
    assert client.start(OTHER).status_code == 429
    assert sim.recording() == set()
    assert client.start(CAM).status_code == 200
    assert client.start(CAM).status_code == 429
    assert [entry.fault for entry in sim.commands()] == [number, number, None, number]


@pytest.mark.parametrize(
    ("fields", "status", "content_type", "text"),
    [
        ({"status": 503, "body": "<html>busy</html>"}, 503, "text/html", "<html>busy</html>"),
        ({"status": 502}, 502, None, ""),
        ({}, 500, None, ""),
        ({"code": "LIVE.100011007"}, 500, "application/json", "Too many concurrent requests"),
        ({"code": "LIVE.1", "status": 409}, 409, "application/json", "LIVE.1"),
        ({"status": 400, "body": {"error_code": "X"}, "content_type": "text/plain"}, 400, "text/plain", '"X"'),
        ({"status": 302, "headers": {"Location": "http://127.0.0.1:1/"}}, 302, None, ""),
    ],
)
def test_status_fault_bodies(
    sim: Simulator, client: Client, fields: dict[str, Any], status: int, content_type: str | None, text: str
) -> None:
    sim.fault(kind="status", times=1, **fields)
    response = client.start(CAM)
    assert response.status_code == status
    assert text in response.text
    if content_type:
        assert response.headers["Content-Type"] == content_type
    assert sim.recording() == set()
    assert client.start(CAM).status_code == 200


def test_status_fault_with_effect(sim: Simulator, client: Client) -> None:
    sim.fault(kind="status", status=504, effect=True)
    assert client.start(CAM).status_code == 504
    assert sim.recording() == {CAM}
    assert sim.commands()[0].effect


@pytest.mark.parametrize(("kind", "effect"), [("reset_before", False), ("reset_after", True), ("cut_body", True)])
def test_broken_connections(sim: Simulator, client: Client, kind: Any, effect: bool) -> None:
    sim.fault(kind=kind, key=CAM, times=1)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        client.start(CAM)
    assert (CAM in sim.recording()) is effect
    [entry] = sim.commands()
    assert (entry.effect, entry.status) == (effect, 200 if kind == "cut_body" else 0)
    assert code(client.start(CAM)) == (ANSWERS["exists"] if effect else ANSWERS["ok"])


@pytest.mark.parametrize("effect", [False, True])
def test_hang(sim: Simulator, client: Client, effect: bool) -> None:
    sim.fault(kind="hang", effect=effect)
    client.timeout = 0.2
    with pytest.raises(requests.ReadTimeout):
        client.start(CAM)
    assert (CAM in sim.recording()) is effect
    until(lambda: sim.commands()[0].took >= 0.2)


@pytest.mark.parametrize(("when", "effect"), [("before", False), ("after", True)])
def test_delay(sim: Simulator, client: Client, when: Any, effect: bool) -> None:
    sim.fault(kind="delay", seconds=0.4, when=when)
    client.timeout = 0.1
    with pytest.raises(requests.ReadTimeout):
        client.start(CAM)
    assert (CAM in sim.recording()) is effect
    until(lambda: CAM in sim.recording())


def test_fault_criteria(sim: Simulator, client: Client) -> None:
    sim.fault(kind="status", status=591, path="/v3/projects")
    sim.fault(kind="status", status=592, path="record/rules", method="post")
    sim.fault(kind="status", status=593, key=f"{DOMAIN}/live/*", action="STOP")
    assert client.call("GET", "/v3/projects").status_code == 591
    assert client.call("POST", "record/rules", {}).status_code == 592
    assert client.call("GET", "record/rules").status_code == 200
    assert client.stop(OTHER).status_code == 593
    assert client.stop("other.example/a/b").status_code == 200
    sim.clear_faults()
    assert client.call("GET", "/v3/projects").status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "explode"},
        {"kind": "delay", "when": "never"},
        {"kind": "hang", "attempts": [0]},
        {"kind": "hang", "attempts": "1"},
    ],
)
def test_bad_faults(fields: Any) -> None:
    with pytest.raises(ValueError, match=r"kind|when|attempts"):
        Fault(**fields)


def test_exit_does_not_wait_for_hanging_requests() -> None:
    with Simulator() as simulator:

        def start() -> None:
            with Client(simulator) as client, pytest.raises(requests.ConnectionError):
                client.start(CAM)

        simulator.fault(kind="hang")
        thread = threading.Thread(target=start)
        thread.start()
        until(lambda: len(simulator.log) == 1)
        began = time.monotonic()
    thread.join()
    assert time.monotonic() - began < 1


# Control plane


def control(sim: Simulator, method: str, path: str, body: Any = None, **query: Any) -> Any:
    """A control request's answer."""
    response = requests.request(method, f"{sim.url}/_sim/{path}", json=body, params=query, timeout=3)
    assert response.status_code == 200, response.text
    return response.json()


def test_control_plane(sim: Simulator, client: Client) -> None:
    key = "c.example.com/a/s"
    rule = control(sim, "POST", "rules", {"key": "c.example.com/a/*", "record_type": "COMMAND_RECORD"})
    control(sim, "POST", "push", {"keys": [key, "c.example.com/a/t"]})
    control(sim, "POST", "unpush", {"key": "c.example.com/a/t"})
    control(sim, "POST", "recordings", {"key": key})
    assert control(sim, "GET", "recordings") == [key]
    state = control(sim, "GET", "state")
    assert set(state["pushes"]) == {CAM, key}
    assert control(sim, "GET", "rules")[1]["id"] == rule["id"]
    control(sim, "DELETE", f"rules/{rule['id']}")
    control(sim, "POST", "recordings/fail", {"key": key})
    assert control(sim, "GET", "recordings") == []
    assert control(sim, "PATCH", "settings", {"denied": ["streams:list"], "gap": 0})["denied"] == ["streams:list"]
    assert sim.settings.denied == {"streams:list"}
    assert control(sim, "GET", "settings")["gap"] == 0
    fault = control(sim, "POST", "faults", {"kind": "status", "code": "LIVE.100011000", "attempts": [1], "key": CAM})
    assert client.start(CAM).status_code == 500
    assert control(sim, "GET", "faults")[0]["fired"] == 1
    control(sim, "DELETE", f"faults/{fault['id']}")
    control(sim, "DELETE", "faults")
    [entry] = control(sim, "GET", "log", action="START")
    assert (entry["key"], entry["status"], entry["body"]["app"]) == (CAM, 500, "live")
    assert control(sim, "GET", "log", since=1) == []
    control(sim, "DELETE", "log")
    assert sim.log == []


def test_control_plane_time_tokens_reset(sim: Simulator, client: Client) -> None:
    client.token = login(sim).headers["X-Subject-Token"]
    client.start(CAM)
    client.stop(CAM)
    control(sim, "POST", "advance", {"seconds": 11})
    assert client.start(CAM).status_code == 200
    control(sim, "POST", "tokens/expire")
    assert client.start(CAM).status_code == 401
    control(sim, "PATCH", "settings", {"secret_key": "revoked"})
    control(sim, "POST", "reset")
    assert sim.settings.secret_key == Settings().secret_key
    assert control(sim, "GET", "state")["pushes"] == {}
    assert sim.log == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "nothing", None, 404),
        ("POST", "push", {}, 400),
        ("POST", "push", {"key": "x"}, 400),
        ("PATCH", "settings", {"idle_stop": "maybe"}, 400),
        ("PATCH", "settings", {"nonsense": 1}, 400),
        ("PATCH", "settings", [1], 400),
        ("POST", "faults", {"kind": "status", "nonsense": 1}, 400),
        ("DELETE", "rules/none", None, 400),
        ("DELETE", "faults/7", None, 400),
    ],
)
def test_control_plane_errors(sim: Simulator, method: str, path: str, body: Any, status: int) -> None:
    response = requests.request(method, f"{sim.url}/_sim/{path}", json=body, timeout=3)
    assert response.status_code == status
    assert response.json()["error"]


# Settings and life


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("idle_stop", "maybe"),
        ("quota", -1),
        ("quota", "many"),
        ("quota", True),
        ("latency", "1"),
        ("latency", -1),
        ("quota_shared", 1),
        ("denied", ["no:such"]),
        ("denied", "rules:list"),
        ("nonsense", 1),
        ("access_key", None),
    ],
)
def test_bad_settings(name: str, value: Any) -> None:
    settings = Settings()
    with pytest.raises(ValueError, match=name):
        setattr(settings, name, value)
    with pytest.raises(ValueError, match=name):
        settings.update({"gap": 3, name: value})
    assert settings == Settings()


def test_used_port_is_an_error(sim: Simulator) -> None:
    port = int(sim.url.rsplit(":", 1)[1])
    with pytest.raises(OSError, match=r"in use"), Simulator(port=port):
        pass


def test_it_can_be_entered_again() -> None:
    simulator = Simulator()
    for _round in range(2):
        with simulator as sim:
            assert requests.get(f"{sim.url}/_sim/state", timeout=3).status_code == 200
    assert sim.connection["access_key"] == Settings().access_key


def test_cloud_alone_with_a_clock() -> None:
    now = 1000.0
    cloud = Cloud(Settings(merge_window=5), lambda: now)
    cloud.add_rule(stream_of("d/a/*"))
    cloud.push("d/a/s")
    assert cloud.start("d/a/s") == "started"
    cloud.unpush("d/a/s")
    assert cloud.next_due() == 1005
    now = 1005.0
    cloud.settle()
    assert (cloud.recordings, cloud.next_due()) == ({}, None)
    with pytest.raises(ValueError, match="record type"):
        cloud.add_rule(stream_of("d/b/*"), "SOMETIMES")


def test_command_line() -> None:
    arguments = [
        sys.executable,
        "-m",
        "tests.simulator",
        "--port",
        "0",
        "--set",
        "idle_stop=absent",
        "--set",
        "quota=9",
        "--rule",
        f"{DOMAIN}/live/*",
        "--rule",
        "c.example/*/*=CONTINUOUS_RECORD",
        "--push",
        CAM,
    ]
    root = Path(__file__).parents[3]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, cwd=root, env=dict(os.environ)) as process:
        assert process.stdout is not None
        match = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+)\n", process.stdout.readline())
        assert match is not None
        state = requests.get(f"{match[1]}/_sim/state", timeout=3).json()
        settings = requests.get(f"{match[1]}/_sim/settings", timeout=3).json()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=3) == 0
    assert set(state["pushes"]) == {CAM}
    assert [rule["record_type"] for rule in state["rules"]] == ["COMMAND_RECORD", "CONTINUOUS_RECORD"]
    assert (settings["idle_stop"], settings["quota"]) == ("absent", 9)
    assert json.dumps(settings)
