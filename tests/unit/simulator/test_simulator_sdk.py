# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendor's SDK, unchanged, against the stand-in: what it sends is understood, what it gets it can read."""

# mypy: disable-error-code="import-untyped,import-not-found"

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("huaweicloudsdklive")

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import (
    ClientRequestException,
    ConnectionException,
    ServerResponseException,
)
from huaweicloudsdkcore.region.region import Region
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from huaweicloudsdklive import v1
from requests.structures import CaseInsensitiveDict

from tests.simulator import Simulator, signature

pytestmark = [
    pytest.mark.filterwarnings("ignore:Unable to convert string to date"),  # without python-dateutil
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),  # its signer on Python 3.12
]

DOMAIN = "push.example.com"
CAM = f"{DOMAIN}/live/cam-01"
CONFIG = v1.DefaultRecordConfig(
    record_format=["HLS"],
    obs_addr=v1.RecordObsFileAddr(bucket="b", location="l", object=""),
    hls_config=v1.HLSRecordConfig(record_cycle=3600),
)


@pytest.fixture
def sim() -> Iterator[Simulator]:
    """A stand-in with one rule and one pushed stream."""
    with Simulator() as simulator:
        simulator.rule(f"{DOMAIN}/live/*")
        simulator.push(CAM)
        yield simulator


@pytest.fixture
def client(sim: Simulator) -> Iterator[v1.LiveClient]:
    """The SDK's client, as its pages show it."""
    settings = sim.settings
    credentials = BasicCredentials(settings.access_key, settings.secret_key, settings.project_id)
    live = v1.LiveClient.new_builder().with_credentials(credentials).with_endpoint(sim.url).build()
    yield live
    live._http_client.close()


def run(client: v1.LiveClient, action: str, stream: str = "cam-01") -> Any:
    """RunRecord."""
    control = v1.RecordControlInfo(publish_domain=DOMAIN, app="live", stream=stream)
    return client.run_record(v1.RunRecordRequest(action=action, body=control))


def test_run_record(sim: Simulator, client: v1.LiveClient) -> None:
    response = run(client, "START")
    assert response.status_code == 200
    assert response.x_request_id == sim.commands()[0].request_id
    assert sim.recording() == {CAM}
    with pytest.raises(ClientRequestException) as caught:
        run(client, "START")
    error = caught.value
    assert (error.status_code, error.error_code, error.error_msg) == (400, "LIVE.100011022", "Record task exist")
    assert error.request_id == sim.commands()[1].request_id
    assert run(client, "STOP").status_code == 200
    assert sim.recording() == set()


def test_names_beyond_ascii(sim: Simulator, client: v1.LiveClient) -> None:
    sim.push(f"{DOMAIN}/live/café ~+&=%")
    assert run(client, "START", "café ~+&=%").status_code == 200
    request = v1.ListLiveStreamsOnlineRequest(publish_domain=DOMAIN, app="live", stream="café ~+&=%")
    assert client.list_live_streams_online(request).total_num == 1


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("LIVE.100011007", ServerResponseException),
        ("APIGW.0302", ClientRequestException),
        ("LIVE.103011019", ClientRequestException),
    ],
)
def test_errors(sim: Simulator, client: v1.LiveClient, code: str, kind: type[Exception]) -> None:
    sim.fault(kind="status", code=code)
    with pytest.raises(kind) as caught:
        run(client, "START")
    assert getattr(caught.value, "error_code", None) == code


def test_throttled_post(sim: Simulator, client: v1.LiveClient) -> None:
    sim.settings.quota = 0
    with pytest.raises(ClientRequestException) as caught:
        run(client, "START")
    assert (caught.value.status_code, caught.value.error_code) == (429, "APIGW.0308")
    assert "limit:0,time:1 minute" in caught.value.error_msg


def test_broken_connection(sim: Simulator, client: v1.LiveClient) -> None:
    sim.fault(kind="reset_after")
    with pytest.raises(ConnectionException):
        run(client, "START")
    assert sim.recording() == {CAM}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"secret_key": "revoked"}, "APIGW.0301"),
        ({"project_id": "f" * 32}, "LIVE.100011015"),
        ({"denied": ["record:createCommand"]}, "APIGW.0302"),
        ({"clock_skew": 901}, "APIGW.0303"),
        ({"security_token": "temporary"}, "APIGW.0301"),
    ],
)
def test_refusals(sim: Simulator, client: v1.LiveClient, changes: dict[str, Any], code: str) -> None:
    sim.settings.update(changes)
    with pytest.raises(ClientRequestException) as caught:
        run(client, "START")
    assert caught.value.error_code == code


def test_temporary_keys_and_project_lookup(sim: Simulator) -> None:
    settings = sim.settings
    settings.security_token = "temporary"
    credentials = BasicCredentials(settings.access_key, settings.secret_key).with_security_token("temporary")
    credentials.with_iam_endpoint(sim.url)
    builder = v1.LiveClient.new_builder().with_credentials(credentials)
    live = builder.with_region(Region(settings.region, sim.url)).build()
    assert run(live, "START").status_code == 200
    live._http_client.close()
    assert [entry.path for entry in sim.log] == ["/v3/projects", f"/v1/{settings.project_id}/record/control"]


def test_online_streams(client: v1.LiveClient) -> None:
    answer = client.list_live_streams_online(v1.ListLiveStreamsOnlineRequest(publish_domain=DOMAIN, limit=100))
    assert (answer.total_num, answer.total_page, answer.limit) == (1, 1, 100)
    assert (answer.streams[0].app, answer.streams[0].stream, answer.streams[0].resolution) == (
        "live",
        "cam-01",
        "1920x1080",
    )


def test_record_rules(client: v1.LiveClient) -> None:
    body = v1.RecordRuleRequest(
        publish_domain=DOMAIN, app="*", stream="*", record_type="COMMAND_RECORD", default_record_config=CONFIG
    )
    created = client.create_record_rule(v1.CreateRecordRuleRequest(body=body))
    listed = client.list_record_rules(v1.ListRecordRulesRequest(publish_domain=DOMAIN, record_type="COMMAND_RECORD"))
    assert listed.total == 2
    assert listed.record_config[1].id == created.id
    assert client.list_record_rules(v1.ListRecordRulesRequest()).total == 0
    shown = client.show_record_rule(v1.ShowRecordRuleRequest(id=created.id))
    assert shown.default_record_config.hls_config.record_cycle == 3600
    body.record_type = "PLAN_RECORD"
    changed = client.update_record_rule(v1.UpdateRecordRuleRequest(id=created.id, body=body))
    assert (changed.id, changed.record_type) == (created.id, "PLAN_RECORD")
    assert client.delete_record_rule(v1.DeleteRecordRuleRequest(id=created.id)).status_code == 204
    with pytest.raises(ClientRequestException) as caught:
        client.show_record_rule(v1.ShowRecordRuleRequest(id=created.id))
    assert (caught.value.status_code, caught.value.error_code) == (404, "LIVE.103011019")


def test_record_callbacks(client: v1.LiveClient) -> None:
    body = v1.RecordCallbackConfigRequest(
        publish_domain=DOMAIN,
        app="*",
        notify_callback_url="https://example.com/cb",
        sign_type="HMACSHA256",
        key="k" * 32,
        notify_event_subscription=["RECORD_OVER"],
    )
    created = client.create_record_callback_config(v1.CreateRecordCallbackConfigRequest(body=body))
    listed = client.list_record_callback_configs(v1.ListRecordCallbackConfigsRequest(publish_domain=DOMAIN))
    assert [config.id for config in listed.callback_config] == [created.id]
    shown = client.show_record_callback_config(v1.ShowRecordCallbackConfigRequest(id=created.id))
    assert shown.notify_event_subscription == ["RECORD_OVER"]
    body.sign_type = "MD5"
    changed = client.update_record_callback_config(v1.UpdateRecordCallbackConfigRequest(id=created.id, body=body))
    assert changed.sign_type == "MD5"
    deleted = client.delete_record_callback_config(v1.DeleteRecordCallbackConfigRequest(id=created.id))
    assert deleted.status_code == 204


def test_push_notification(client: v1.LiveClient) -> None:
    body = v1.CallbackUrl(url="https://example.com/cb", auth_sign_key="k" * 32, call_back_area="mainland_china")
    client.update_publish_template(v1.UpdatePublishTemplateRequest(domain=DOMAIN, body=body))
    shown = client.list_publish_template(v1.ListPublishTemplateRequest(domain=DOMAIN))
    assert (shown.url, shown.auth_sign_key) == (body.url, body.auth_sign_key)
    client.delete_publish_template(v1.DeletePublishTemplateRequest(domain=DOMAIN))
    with pytest.raises(ClientRequestException):
        client.list_publish_template(v1.ListPublishTemplateRequest(domain=DOMAIN))


def test_record_contents(client: v1.LiveClient) -> None:
    run(client, "START")
    run(client, "STOP")
    answer = client.list_record_contents(
        v1.ListRecordContentsRequest(start_time="2020-01-01T00:00:00Z", record_type="COMMAND_RECORD")
    )
    assert (answer.total, answer.record_contents[0].stream) == (1, "cam-01")
    assert answer.record_contents[0].obs_addr.bucket == "sim-bucket"


ALPHABET = "abcXYZ019-._~ /+&=%?#éß中\u00a0'\"()*!,;:@[]"


def test_signature_agrees_with_the_sdk() -> None:
    """500 random requests signed by the SDK, verified here; one changed byte, and each is refused."""
    rng = random.Random(20260130)

    def text(most: int) -> str:
        return "".join(rng.choices(ALPHABET, k=rng.randint(1, most)))

    for _count in range(500):
        query = {text(6): text(12) for _parameter in range(rng.randint(0, 4))}
        request = SdkRequest(
            method=rng.choice(["GET", "POST", "PUT", "DELETE"]),
            schema="http",
            host="127.0.0.1:8080",
            resource_path="/v1/0123/" + text(10).replace("?", "").replace("#", "").replace("%", ""),
            query_params=list(query.items()),
            body=rng.choice(["", text(80)]),
            header_params={"Content-Type": "application/json", "X-Project-Id": "0123", "X-Odd": "  two  words "},
        )
        signed = Signer(BasicCredentials("AK", "SK", "0123")).sign(request)
        headers = CaseInsensitiveDict(signed.header_params)
        authorization = signature.parse(headers["Authorization"])
        assert authorization is not None
        parts = (authorization, request.method, request.resource_path, signed.uri.partition("?")[2], headers)
        body = request.body.encode() if isinstance(request.body, str) else request.body
        assert signature.verify("SK", *parts, body) is None
        assert signature.verify("SK", *parts, body + b" ") is not None
        assert signature.verify("KS", *parts, body) is not None
