# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The signature, against the vendor's own signer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, unquote

import pytest
from ansible_collections.hwc.live.plugins.module_utils._core.signer import (
    ALGORITHM,
    authorization,
    canonical_query,
    encoded_path,
)
from huaweicloudsdkcore.auth.credentials import BasicCredentials  # type: ignore[import-untyped]
from huaweicloudsdkcore.sdk_request import SdkRequest  # type: ignore[import-untyped]
from huaweicloudsdkcore.signer.signer import Signer  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st


@dataclass(frozen=True)
class Request:
    """What is to be signed. path: decoded."""

    access_key: str
    secret_key: str
    method: str
    path: str
    query: dict[str, str]
    body: bytes
    project_id: str | None
    security_token: str | None

    def headers(self) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "Host": "live.cn-north-4.myhuaweicloud.com",
            "X-Sdk-Date": "20260130T120000Z",
            "X-Project-Id": self.project_id,
            "X-Security-Token": self.security_token,
        }
        return {name: value for name, value in headers.items() if value is not None}


def ours(request: Request) -> str:
    return authorization(
        request.access_key,
        request.secret_key,
        request.method,
        encoded_path(request.path),
        canonical_query(request.query),
        request.headers(),
        request.body,
    )


def theirs(request: Request) -> str:
    """As the SDK signs it: it decodes the path that it is given, and encodes it again."""
    headers = request.headers()
    sdk = SdkRequest(
        method=request.method,
        schema="https",
        host=headers.pop("Host"),
        resource_path=encoded_path(request.path),
        query_params=list(request.query.items()),
        header_params=headers,
        body=request.body,
    )
    signed = Signer(BasicCredentials(request.access_key, request.secret_key)).sign(sdk)
    return str(signed.header_params["Authorization"])


unicode = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
odd = st.text(st.sampled_from("aZ09-._~%+/ &=?#*'\"!()[]{}:;,@$\\^`|<>é漢🎬\n\x00"), max_size=12)
texts = unicode | odd
visible = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=40)
segments = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), max_size=12) | odd
requests = st.builds(
    Request,
    access_key=visible,
    secret_key=visible | unicode.filter(bool),
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    path=st.lists(segments, max_size=5).map(lambda parts: "/v1/" + "/".join(parts)),
    query=st.dictionaries(texts, texts, max_size=5),
    body=st.just(b"") | st.binary(max_size=40) | texts.map(str.encode),
    project_id=st.none() | visible,
    security_token=st.none() | visible,
)


@settings(max_examples=1500)
@given(requests)
def test_the_same_signature_as_the_sdk(request: Request) -> None:
    assert ours(request) == theirs(request)


@given(st.dictionaries(texts, texts))
def test_a_query_says_what_it_was_made_of(query: dict[str, str]) -> None:
    """What is signed is what is sent, and it decodes to what was meant."""
    encoded = canonical_query(query)
    assert encoded.isascii()
    assert dict(parse_qsl(encoded, keep_blank_values=True)) == query


@given(segments)
def test_a_path_says_what_it_was_made_of(path: str) -> None:
    assert encoded_path(path).isascii()
    assert unquote(encoded_path(path)) == path


REQUEST = Request("AK", "SK", "POST", "/v1/p/record/control", {"action": "START"}, b"{}", "p", None)


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, method="GET"),
        replace(REQUEST, path="/v1/p/record/rules"),
        replace(REQUEST, query={"action": "STOP"}),
        replace(REQUEST, body=b"{ }"),
        replace(REQUEST, project_id="q"),
        replace(REQUEST, security_token="t"),
        replace(REQUEST, secret_key="ks"),
    ],
)
def test_every_part_counts(other: Request) -> None:
    assert ours(other) != ours(REQUEST)


def test_the_form_of_the_header() -> None:
    head, signed, signature = ours(replace(REQUEST, security_token="t")).split(", ")
    assert head == f"{ALGORITHM} Access=AK"
    assert signed == "SignedHeaders=content-type;host;x-project-id;x-sdk-date;x-security-token"
    assert len(signature) == len("Signature=") + 64
    assert "SK" not in head + signed
