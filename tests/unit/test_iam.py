# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens, signatures and the project id, over real sockets."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hwc.live.plugins.module_utils._cloud.credentials import Connection
from ansible_collections.hwc.live.plugins.module_utils._cloud.iam import LoginError
from ansible_collections.hwc.live.plugins.module_utils._cloud.live_api import LiveApi
from ansible_collections.hwc.live.plugins.module_utils._core.errors import ApiError, Disposition, NetworkError
from ansible_collections.hwc.live.plugins.module_utils._core.streams import parse_stream

from tests.simulator import LogEntry, Simulator
from tests.unit.conftest import RawServer, by_password, cams, connect, http, key, pushed, record, statuses

CAM = key("cam-0000")
LOGIN = "/v3/auth/tokens"
PROJECTS = "/v3/projects"


def start(connection: Connection, stream: str = CAM) -> LiveApi:
    """One START, as far as it goes."""
    api = LiveApi(connection)
    api.run_record(parse_stream(stream), "START")
    return api


def to_iam(sim: Simulator, path: str) -> list[LogEntry]:
    return [entry for entry in sim.log if entry.path == path]


def token_of(sim: Simulator) -> str:
    """A token that somebody else got."""
    token, _expires = sim.service.gatekeeper.issue_token()
    return token


# Each way gets in


def test_an_access_key(sim: Simulator) -> None:
    pushed(sim, 1)
    api = start(connect(sim))
    assert (api.requests, len(sim.log)) == (1, 1)
    assert sim.recording() == {CAM}


def test_a_temporary_access_key() -> None:
    with Simulator(security_token="ST+/=") as sim:
        sim.rule("push.example.com/live/*")
        pushed(sim, 1)
        start(connect(sim, security_token="ST+/="))
        assert sim.recording() == {CAM}
        for wrong in (None, "other"):
            with pytest.raises(ApiError) as caught:
                start(connect(sim, security_token=wrong))
            assert caught.value.disposition is Disposition.END_RUN


@pytest.mark.parametrize("project_id", ["given", None])
def test_a_password(sim: Simulator, project_id: str | None) -> None:
    pushed(sim, 1)
    connection = by_password(sim, project_id=sim.settings.project_id if project_id else None)
    api = start(connection)
    assert (sim.log[0].path, sim.log[0].auth) == (LOGIN, "password")
    assert (api.requests, len(sim.log)) == (2, 2)
    scope = {"id": sim.settings.project_id} if project_id else {"name": sim.settings.region}
    assert sim.log[0].body["auth"]["scope"] == {"project": scope}
    assert "nocatalog" in sim.log[0].query
    assert sim.recording() == {CAM}


@pytest.mark.parametrize("project_id", ["given", None])
def test_a_token(sim: Simulator, project_id: str | None) -> None:
    pushed(sim, 1)
    token = token_of(sim)
    changes = {"access_key": None, "secret_key": None, "auth_token": token}
    start(connect(sim, **changes, project_id=sim.settings.project_id if project_id else None))
    assert len(to_iam(sim, PROJECTS)) == (project_id is None)
    assert sim.recording() == {CAM}


def test_the_project_of_an_access_key_is_asked_for_once(sim: Simulator) -> None:
    streams = pushed(sim, 20)
    report = record(sim, streams, connection=connect(sim, project_id=None), preflight=False)
    assert statuses(report) == ["changed"] * 20
    (asked,) = to_iam(sim, PROJECTS)
    assert asked.query == {"name": sim.settings.region}
    assert asked.auth == f"aksk:{sim.settings.access_key}"


def test_a_login_is_made_once_for_many_threads(sim: Simulator) -> None:
    streams = pushed(sim, 40)
    report = record(sim, streams, connection=by_password(sim, project_id=None), concurrency=20)
    assert statuses(report) == ["changed"] * 40
    assert len(to_iam(sim, LOGIN)) == 1
    assert to_iam(sim, PROJECTS) == []


def test_threads_that_start_together_log_in_once(sim: Simulator) -> None:
    streams = pushed(sim, 16)
    api = LiveApi(by_password(sim, project_id=None), 16)
    together = threading.Barrier(16)

    def ask(stream: str) -> None:
        together.wait()
        api.run_record(parse_stream(stream), "START")

    threads = [threading.Thread(target=ask, args=(stream,)) for stream in streams]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sim.recording() == set(streams)
    assert len(to_iam(sim, LOGIN)) == 1


# Renewal


@pytest.mark.parametrize("prefix", ["APIGW", "APIG"])
@pytest.mark.parametrize("latency", [0.0, 0.05])
def test_a_token_that_expires_in_mid_run_is_renewed_once(prefix: str, latency: float) -> None:
    with Simulator(latency=latency, gateway_prefix=prefix) as sim:
        sim.rule("push.example.com/live/*")
        streams = pushed(sim, 60)
        expiring = threading.Thread(target=expire_after, args=(sim, 15))
        expiring.start()
        report = record(sim, streams, connection=by_password(sim), concurrency=10)
        expiring.join()
        assert statuses(report) == ["changed"] * 60
        assert sim.recording() == set(streams)
        assert len(to_iam(sim, LOGIN)) == 2
        refused = [entry for entry in sim.commands() if entry.status == 401]
        assert 1 <= len(refused) <= 10


def expire_after(sim: Simulator, commands: int) -> None:
    while sum(entry.status == 200 for entry in sim.commands()) < commands:
        time.sleep(0.001)
    sim.expire_tokens()


def test_a_token_that_expires_again_is_renewed_again(sim: Simulator) -> None:
    pushed(sim, 1)
    api = start(by_password(sim))
    for number in range(3):
        sim.expire_tokens()
        api.run_record(parse_stream(CAM), "STOP")
        assert len(to_iam(sim, LOGIN)) == number + 2


def test_a_token_that_is_refused_although_it_is_new_ends_the_run(sim: Simulator) -> None:
    streams = pushed(sim, 30)
    sim.fault(kind="status", path="/record/control", code="APIGW.0301")
    report = record(sim, streams, connection=by_password(sim), preflight=False)
    assert statuses(report) == ["failed"] + ["not_attempted"] * 29
    assert len(to_iam(sim, LOGIN)) == 2
    assert len(sim.commands()) == 2
    assert "ended early: APIGW.0301" in (report.failure or "")


def test_a_token_that_expires_before_it_works_ends_the_run() -> None:
    with Simulator(token_ttl=0.0) as sim:
        streams = pushed(sim, 30)
        report = record(sim, streams, connection=by_password(sim))
        assert statuses(report) == ["not_attempted"] * 30
        assert len(to_iam(sim, LOGIN)) == 2


def test_somebody_elses_token_is_not_renewed(sim: Simulator) -> None:
    streams = pushed(sim, 30)
    changes = {"access_key": None, "secret_key": None, "auth_token": token_of(sim)}
    sim.expire_tokens()
    report = record(sim, streams, connection=connect(sim, **changes), preflight=False)
    assert statuses(report) == ["failed"] + ["not_attempted"] * 29
    assert (len(sim.log), to_iam(sim, LOGIN)) == (1, [])


def test_a_password_that_changed_in_mid_run_ends_it(sim: Simulator) -> None:
    pushed(sim, 1)
    api = start(by_password(sim))
    sim.settings.password = "another"
    sim.expire_tokens()
    with pytest.raises(LoginError) as caught:
        api.run_record(parse_stream(CAM), "STOP")
    assert caught.value.disposition is Disposition.END_RUN


def test_iam_out_of_reach_in_mid_run_is_a_fault_that_sent_nothing(sim: Simulator) -> None:
    pushed(sim, 1)
    api = start(by_password(sim))
    sim.expire_tokens()
    sim.fault(kind="reset_before", path=LOGIN)
    with pytest.raises(NetworkError) as caught:
        api.run_record(parse_stream(CAM), "STOP")
    assert (caught.value.maybe_sent, caught.value.permanent) == (False, False)
    sim.clear_faults()
    api.run_record(parse_stream(CAM), "STOP")
    assert sim.recording() == set()


# What IAM refuses


@pytest.mark.parametrize("wrong", ["username", "password", "account_name"])
@pytest.mark.parametrize("preflight", [True, False])
def test_a_wrong_login_is_tried_once(sim: Simulator, wrong: str, preflight: bool) -> None:
    streams = pushed(sim, 40)
    connection = by_password(sim, **{wrong: "s3cr3t-and-wrong"})
    report = record(sim, streams, connection=connection, preflight=preflight)
    assert statuses(report) == ["not_attempted"] * 40
    assert len(sim.log) == 1
    text = report.failure or ""
    assert "Login at IAM: The username or password is wrong." in text
    assert "Check username, password and account_name" in text
    assert "s3cr3t-and-wrong" not in text


@pytest.mark.parametrize("changes", [{"region": "no-such-region"}, {"project_id": "f" * 32}])
def test_a_project_that_is_not_there(sim: Simulator, changes: dict[str, Any]) -> None:
    streams = pushed(sim, 5)
    report = record(sim, streams, connection=by_password(sim, **{"project_id": None, **changes}))
    assert statuses(report) == ["not_attempted"] * 5
    assert len(sim.log) == 1
    assert "Could not find project" in (report.failure or "")


def test_a_region_without_a_project(sim: Simulator) -> None:
    streams = pushed(sim, 5)
    connection = connect(sim, project_id=None, region="no-such-region")
    report = record(sim, streams, connection=connection)
    assert statuses(report) == ["not_attempted"] * 5
    assert len(sim.log) == 1
    assert "Asking IAM for the project id of region no-such-region: IAM names 0 projects" in (report.failure or "")
    assert "0 projects" in (report.failure or "")


@pytest.mark.parametrize("preflight", [True, False])
@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_may_not_list_projects(sim: Simulator, status: int, preflight: bool) -> None:
    """IAM has both spellings of "not allowed"; nothing can work then, and nothing is fanned out."""
    streams = pushed(sim, 40)
    body = {"error": {"code": status, "message": "You are not authorized", "title": "Forbidden"}}
    sim.fault(kind="status", path=PROJECTS, status=status, body=body)
    report = record(sim, streams, connection=connect(sim, project_id=None), preflight=preflight)
    assert statuses(report) == ["not_attempted"] * 40
    assert len(sim.log) <= 2
    assert "give project_id" in (report.failure or "")


@pytest.mark.parametrize(
    ("fault", "disposition"),
    [
        ({"status": 400, "body": {"error": {"code": 400, "message": "bad", "title": "x"}}}, Disposition.END_RUN),
        ({"status": 403, "body": {"error_code": "IAM.0011", "error_msg": "locked"}}, Disposition.END_RUN),
        ({"status": 404, "body": "<html>"}, Disposition.END_RUN),
        ({"status": 302, "headers": {"Location": "/x"}}, Disposition.END_RUN),
        ({"code": "APIGW.0308"}, Disposition.THROTTLED),
        ({"status": 429}, Disposition.THROTTLED),
        ({"status": 500}, Disposition.RETRY),
        ({"status": 502, "body": "<html>"}, Disposition.RETRY),
    ],
)
def test_the_errors_of_a_login(sim: Simulator, fault: dict[str, Any], disposition: Disposition) -> None:
    pushed(sim, 1)
    sim.fault(kind="status", path=LOGIN, **fault)
    with pytest.raises(LoginError) as caught:
        start(by_password(sim))
    assert caught.value.disposition is disposition
    assert caught.value.hint
    assert str(caught.value).startswith(("Login at IAM: ", "IAM.0011 Login at IAM: ", "APIGW.0308 Login at IAM: "))


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "cut_body"])
def test_a_login_that_breaks_off_sent_no_command(sim: Simulator, kind: Any) -> None:
    sim.fault(kind=kind, path=LOGIN)
    with pytest.raises(NetworkError) as caught:
        start(by_password(sim))
    assert (caught.value.maybe_sent, caught.value.permanent) == (False, False)
    assert "Login at IAM: " in str(caught.value)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "code": "APIG.0308"},
        {"kind": "reset_before"},
        {"kind": "reset_after"},
        {"kind": "cut_body"},
    ],
)
def test_a_login_that_fails_for_a_moment_is_tried_again(sim: Simulator, fault: dict[str, Any]) -> None:
    streams = pushed(sim, 5)
    sim.fault(path=LOGIN, times=1, **fault)
    report = record(sim, streams, connection=by_password(sim), preflight=fault["kind"] == "status")
    assert statuses(report) == ["changed"] * 5
    assert all(result.attempts == 1 for result in report.results)
    assert not report.warnings


def answered(body: Any, *headers: str) -> bytes:
    return http("201 Created", body if isinstance(body, bytes) else json.dumps(body).encode(), *headers)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (answered({"token": {"project": {"id": "p"}}}), "carries no token"),
        (answered({}, "X-Subject-Token: "), "carries no token"),
        (answered(b"<html>", "Content-Type: text/html"), "not the service's"),
        (answered(b"", "Content-Type: application/json"), "carries no token"),
    ],
)
def test_a_login_without_a_token(sim: Simulator, answer: bytes, error: str) -> None:
    with RawServer([answer]) as iam, pytest.raises((LoginError, NetworkError), match=error):
        start(by_password(sim, iam_endpoint=iam.url))
    assert len(sim.log) == 0


@pytest.mark.parametrize(
    "body", [b"", {}, [], {"token": None}, {"token": {"project": None}}, {"token": {"project": []}}]
)
def test_a_login_whose_body_says_nothing_leads_to_the_project_list(sim: Simulator, body: Any) -> None:
    pushed(sim, 1)
    token = token_of(sim)
    projects = answered({"projects": [{"id": sim.settings.project_id, "name": sim.settings.region}]})
    with RawServer([answered(body, f"X-Subject-Token: {token}"), projects]) as iam:
        start(by_password(sim, iam_endpoint=iam.url, project_id=None))
        assert f"X-Auth-Token: {token}".encode() in iam.seen[1]
    assert sim.recording() == {CAM}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        {},
        [],
        {"projects": None},
        {"projects": []},
        {"projects": ["x"]},
        {"projects": {"a": 1}},
        {"projects": "x"},
        {"projects": 5},
        {"projects": [{"name": "sim-region-1"}]},
        {"projects": [{"id": "", "name": "sim-region-1"}]},
        {"projects": [{"id": "a", "name": "sim-region-1"}, {"id": "b", "name": "sim-region-1"}]},
    ],
)
def test_a_project_list_that_does_not_help(sim: Simulator, body: Any) -> None:
    with RawServer([answered(body)]) as iam, pytest.raises(LoginError, match="Asking IAM for the project id of region"):
        start(connect(sim, iam_endpoint=iam.url, project_id=None))
    assert len(sim.log) == 0


def test_of_several_projects_the_regions_own_is_taken(sim: Simulator) -> None:
    pushed(sim, 1)
    region, own = sim.settings.region, sim.settings.project_id
    others = [{"id": "x", "name": f"{region}_dev"}, {"id": own, "name": region}, {"id": "y", "name": "MOS"}]
    with RawServer([answered({"projects": others})]) as iam:
        start(connect(sim, iam_endpoint=iam.url, project_id=None))
    assert sim.recording() == {CAM}


# Secrets and surroundings


def test_a_netrc_changes_nothing(sim: Simulator, tmp_path: Path) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login eve password x\ndefault login eve password x\n", encoding="utf-8")
    netrc.chmod(0o600)
    streams = pushed(sim, 3)
    for connection in (connect(sim, project_id=None), by_password(sim)):
        assert record(sim, streams, connection=connection, restart_gap=0).failure is None
    assert {entry.auth for entry in sim.log} == {f"aksk:{sim.settings.access_key}", "token", "password"}


def test_no_secret_in_the_text_of_a_client(sim: Simulator) -> None:
    pushed(sim, 1)
    api = start(by_password(sim))
    token = api.auth.issued[0]
    assert token in sim.service.gatekeeper.tokens
    told = [repr(api), repr(api.auth), repr(vars(api.auth)["_connection"])]
    assert not any(token in text or sim.settings.password in text for text in told)


@pytest.mark.parametrize("as_", ["gateway", "service"])
def test_a_read_refused_as_401_does_not_use_up_the_renewal(as_: str) -> None:
    """LIVE.100011003 on the optional reads looks like an expired token; the real expiry is survived all the same."""
    with Simulator(denied=["rules:list", "streams:list"], denied_as=as_, latency=0.02) as sim:
        sim.rule("push.example.com/live/*")
        streams = pushed(sim, 40)
        expiring = threading.Thread(target=expire_after, args=(sim, 10))
        expiring.start()
        report = record(sim, streams, connection=by_password(sim))
        expiring.join()
        assert statuses(report) == ["changed"] * 40
        assert len(to_iam(sim, LOGIN)) <= 3
        assert sim.recording() == set(cams(40))
