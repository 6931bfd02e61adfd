# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP over real sockets: every answer and every failure has a name."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hwc.live.plugins.module_utils._cloud.transport import Answer, Transport
from ansible_collections.hwc.live.plugins.module_utils._core.errors import (
    ApiError,
    Disposition,
    ErrorAnswer,
    NetworkError,
)

from tests.unit.conftest import RESET, SILENCE, RawServer, http

JSON = "Content-Type: application/json"
HTML = "Content-Type: text/html; charset=utf-8"
SECRET = "s3cr3t-header"


def send(url: str, verify: bool | str = True, timeout: float = 0.4, body: bytes = b"{}", **headers: str) -> Answer:
    return Transport(timeout, verify, 4).send("POST", url, "/v1/p/record/control?action=START", headers, body)


def error_of(url: str, **options: Any) -> ErrorAnswer:
    with pytest.raises(ApiError) as caught:
        send(url, **options)
    return caught.value.answer


def fault_of(url: str, **options: Any) -> NetworkError:
    with pytest.raises(NetworkError) as caught:
        send(url, X_Secret=SECRET, **options)
    assert SECRET not in str(caught.value)
    assert "action=START" not in str(caught.value)
    return caught.value


# Successes


@pytest.mark.parametrize(
    ("content", "body"),
    [
        (http("200 OK"), None),
        (http("200 OK", b"", JSON), None),
        (http("204 No Content"), None),
        (http("200 OK", b'{"a": [1]}', JSON), {"a": [1]}),
        (http("201 Created", b'{"a": 1}'), {"a": 1}),
        (http("200 OK", b"[1]", JSON), [1]),
        (http("200 OK", b"null", JSON), None),
        (http("200 OK", '{"ä": "漢"}'.encode(), JSON), {"ä": "漢"}),
        (http("200 OK", b"OK", "Content-Type: text/plain"), None),
    ],
)
def test_success(content: bytes, body: Any) -> None:
    with RawServer([content]) as server:
        assert send(server.url).body == body


def test_a_success_keeps_its_headers() -> None:
    with RawServer([http("200 OK", b"", "X-REQUEST-ID: id-1", "X-Subject-Token: T")]) as server:
        answer = send(server.url)
    assert (answer.status, answer.request_id, answer.headers.get("x-subject-token")) == (200, "id-1", "T")


@pytest.mark.parametrize(
    "content",
    [
        http("200 OK", b"<html>Log in</html>", HTML),
        http("200 OK", b"<html>Log in</html>", JSON),
        http("200 OK", b'{"a": ', JSON),
        http("200 OK", b"\xff\xfe", JSON),
    ],
)
def test_a_portal_is_not_taken_for_the_service(content: bytes) -> None:
    with RawServer([content]) as server:
        fault = fault_of(server.url)
    assert "not the service's" in str(fault)
    assert (fault.maybe_sent, fault.permanent) == (True, False)


# Errors


def error(body: Any, status: str = "400 Bad Request", *headers: str) -> bytes:
    return http(status, body if isinstance(body, bytes) else json.dumps(body).encode(), JSON, *headers)


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"error_code": "LIVE.1", "error_msg": "No"}, "LIVE.1", "No"),
        ({"error_code": "APIGW.1", "error_message": "No", "request_id": "x"}, "APIGW.1", "No"),
        ({"error_code": "LIVE.1", "error_msg": "No", "error_detail": "why"}, "LIVE.1", "No (why)"),
        ({"error_code": "LIVE.1", "error_msg": "two\nlines\tand  more"}, "LIVE.1", "two lines and more"),
        ({"error": {"code": 401, "message": "Wrong", "title": "Unauthorized"}}, "401", "Wrong"),
        ({"error": {"error_code": "IAM.1", "error_msg": "Wrong"}}, "IAM.1", "Wrong"),
        ({"error_code": 5, "error_msg": {"a": 1}}, "5", "{'a': 1}"),
        ({"error_code": None, "error_msg": None}, None, "Bad Request, with a body that names no error"),
        ({"error_code": "LIVE.1"}, "LIVE.1", "Bad Request, with a body that names no error"),
        ({"error": "text"}, None, "names no error"),
        ({"error": ["x"]}, None, "names no error"),
        ([], None, "names no error"),
        ([{"error_code": "LIVE.1"}], None, "names no error"),
        ("text", None, "names no error"),
        (None, None, "names no error"),
        (1, None, "names no error"),
        (b"", None, "Bad Request, with an empty body"),
        (b"<html>gone</html>", None, "names no error"),
        (b'{"error_code": "LIVE.1", "error_', None, "names no error"),
        (b"\xff\xfe\x00", None, "names no error"),
    ],
)
def test_the_shapes_of_an_error(body: Any, code: str | None, message: str) -> None:
    with RawServer([error(body)]) as server:
        answer = error_of(server.url)
    assert (answer.status, answer.code) == (400, code)
    assert message in answer.message
    assert "gone" not in answer.message


def test_a_body_as_deep_as_a_well() -> None:
    with RawServer([http("200 OK", b"[" * 100_000, JSON)]) as server:
        fault_of(server.url)
    with RawServer([error(b"[" * 100_000)]) as server:
        assert error_of(server.url).code is None


def test_a_long_message_is_cut() -> None:
    with RawServer([error({"error_code": "LIVE.1", "error_msg": "x" * 9000})]) as server:
        assert len(error_of(server.url).message) == 500


@pytest.mark.parametrize(
    ("headers", "body", "request_id"),
    [(["X-request-id: a"], {}, "a"), ([], {"request_id": "b"}, "b"), ([], {}, None), ([], {"request_id": 7}, "7")],
)
def test_the_request_id_of_an_error(headers: list[str], body: Any, request_id: str | None) -> None:
    with RawServer([error(body, "500 Oops", *headers)]) as server:
        assert error_of(server.url).request_id == request_id


@pytest.mark.parametrize(("value", "seconds"), [("7", 7.0), ("soon", None), ("", None), ("-1", 0.0)])
def test_retry_after_of_an_error(value: str, seconds: float | None) -> None:
    with RawServer([error({}, "429 Slow", f"Retry-After: {value}")]) as server:
        assert error_of(server.url).retry_after == seconds


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
@pytest.mark.parametrize("location", ["/elsewhere", "http://127.0.0.1:1/", "http://[", "//\u00e9\u00e8", "", ":::"])
def test_redirects_are_not_followed(status: str, location: str) -> None:
    with RawServer([http(status, b"", f"Location: {location}")]) as server:
        answer = error_of(server.url)
        assert len(server.seen) == 1
    assert answer.status == int(status[:3])


@pytest.mark.parametrize("status", ["600 Odd", "999 Odd", "499 Odd"])
def test_a_status_that_nobody_knows(status: str) -> None:
    with RawServer([http(status)]) as server:
        assert "unknown status" in error_of(server.url).message


# Failures


@pytest.mark.parametrize(
    ("content", "maybe_sent"),
    [
        (RESET, True),
        (b"", True),
        (SILENCE, True),
        (http("200 OK", b'{"a"', JSON, length=100), True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab", True),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", True),
        (b"SSH-2.0-OpenSSH_9.0\r\n", True),
        (b"\x00\x01\x02", True),
        (b"HTTP/1.1 abc\r\n\r\n", True),
    ],
)
def test_the_answer_is_lost(content: bytes, maybe_sent: bool) -> None:
    with RawServer([content]) as server:
        fault = fault_of(server.url)
    assert (fault.maybe_sent, fault.permanent) == (maybe_sent, False)
    assert server.url in str(fault)


def test_an_error_whose_body_is_cut_may_have_taken_effect() -> None:
    with RawServer([http("500 Oops", b'{"error', JSON, length=100)]) as server:
        assert fault_of(server.url).maybe_sent


def test_a_read_timeout_takes_as_long_as_it_says() -> None:
    with RawServer([SILENCE]) as server:
        began = time.monotonic()
        fault = fault_of(server.url, timeout=0.2)
        assert 0.15 < time.monotonic() - began < 0.6
    assert "within 0.2 s" in str(fault)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def test_connection_refused_is_not_sent() -> None:
    fault = fault_of(f"http://127.0.0.1:{closed_port()}")
    assert (fault.maybe_sent, fault.permanent) == (False, False)
    assert "refused" in str(fault).lower()


def test_a_name_that_does_not_resolve_is_not_sent() -> None:
    fault = fault_of("https://live.no-such-region.invalid")
    assert (fault.maybe_sent, fault.permanent) == (False, False)
    assert "live.no-such-region.invalid" in str(fault)


def test_a_full_backlog_is_not_sent() -> None:
    """Nobody accepts: the connection itself runs into the timeout."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        address = server.getsockname()[:2]
        waiting = [socket.socket() for _number in range(4)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(address)
        fault = fault_of(f"http://127.0.0.1:{address[1]}", timeout=0.3)
        for client in waiting:
            client.close()
    assert (fault.maybe_sent, fault.permanent) == (False, False)
    assert "within 0.3 s" in str(fault)


@pytest.mark.parametrize("url", ["https://a b", "https://" + "a" * 70 + ".example.com", "https://.example.com"])
def test_an_address_that_cannot_be_used(url: str) -> None:
    fault = fault_of(url)
    assert (fault.maybe_sent, fault.permanent) == (False, True)


@pytest.mark.parametrize("value", [SECRET + "\n", SECRET + "\r\nX-Other: 1", f" {SECRET}\n", SECRET + "€"])
def test_a_header_that_cannot_be_sent(value: str) -> None:
    """A token that was read with its line feed: nothing is sent, and asking again does not help."""
    with RawServer([http("200 OK")]) as server:
        with pytest.raises(NetworkError) as caught:
            Transport(0.4, True, 1).send("POST", server.url, "/", {"X-Auth-Token": value}, b"{}")
        assert server.seen == []
    assert (caught.value.maybe_sent, caught.value.permanent) == (False, True)
    assert SECRET not in str(caught.value)


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A key and a certificate of its own making for 127.0.0.1, in one PEM file."""
    folder = tmp_path_factory.mktemp("tls")
    key, cert, both = folder / "key.pem", folder / "cert.pem", folder / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    both.write_text(key.read_text() + cert.read_text())
    return str(both)


def test_a_certificate_that_does_not_verify_is_final(certificate: str) -> None:
    with RawServer([http("200 OK")], certificate) as server:
        fault = fault_of(server.url)
        assert server.seen == []
    assert (fault.maybe_sent, fault.permanent) == (False, True)
    assert "does not verify" in str(fault)
    assert "ca_path" in str(fault)


def test_a_certificate_for_another_name_is_final(certificate: str) -> None:
    with RawServer([http("200 OK")], certificate) as server:
        fault = fault_of(server.url.replace("127.0.0.1", "localhost"), verify=certificate)
    assert (fault.maybe_sent, fault.permanent) == (False, True)


@pytest.mark.parametrize("trusted", [True, False])
def test_a_certificate_that_is_trusted_or_not_looked_at(certificate: str, trusted: bool) -> None:
    with RawServer([http("200 OK")], certificate) as server:
        assert send(server.url, verify=certificate if trusted else False, timeout=2).status == 200


@pytest.mark.parametrize("content", [http("400 Bad Request"), RESET, SILENCE])
def test_no_tls_at_the_other_end(content: bytes) -> None:
    """Nothing of the request can have got through before the handshake."""
    with RawServer([content]) as server:
        fault = fault_of(server.url.replace("http:", "https:"))
        assert not any(b"record/control" in request for request in server.seen)
    assert not fault.maybe_sent


@pytest.mark.parametrize("content", ["", "no certificate"])
def test_a_ca_path_without_certificates_is_final(certificate: str, tmp_path: Path, content: str) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text(content, encoding="utf-8")
    with RawServer([http("200 OK")], certificate) as server:
        fault = fault_of(server.url, verify=str(bundle))
    assert (fault.maybe_sent, fault.permanent) == (False, True)


def test_a_ca_path_that_went_away_is_final(certificate: str, tmp_path: Path) -> None:
    with RawServer([http("200 OK")], certificate) as server:
        fault = fault_of(server.url, verify=str(tmp_path / "none.pem"))
    assert (fault.maybe_sent, fault.permanent) == (False, True)


# What the host brings along


def test_a_netrc_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("default login eve password s3cr3t-netrc\n", encoding="utf-8")
    (tmp_path / ".netrc").chmod(0o600)
    with RawServer([http("200 OK")]) as server:
        send(server.url, Authorization="SDK-HMAC-SHA256 Access=AK")
        send(server.url)
    assert b"Authorization: SDK-HMAC-SHA256 Access=AK\r\n" in server.seen[0]
    assert b"uthorization" not in server.seen[1]


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    with RawServer([http("200 OK", b'{"by": "proxy"}', JSON)]) as proxy:
        monkeypatch.setenv(variable, proxy.url)
        assert send("http://127.0.0.2:9").body == {"by": "proxy"}
        assert proxy.seen[0].startswith(b"POST http://127.0.0.2:9/v1/p/record/control?action=START ")


def test_no_proxy_of_the_environment_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer([http("200 OK")]) as server, RawServer([http("502 Proxy")]) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert send(server.url).status == 200
        assert proxy.seen == []


def test_a_proxy_that_is_down_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://user:{SECRET}@127.0.0.1:{closed_port()}")
    fault = fault_of("http://127.0.0.2:9")
    assert (fault.maybe_sent, fault.permanent) == (False, False)
    assert "proxy" in str(fault)


@pytest.mark.parametrize("answer", ["403 Forbidden", "407 Proxy Authentication Required", "502 Bad Gateway"])
def test_a_proxy_that_refuses_the_tunnel_is_not_sent(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    with RawServer([http(answer)]) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url.replace("//", f"//user:{SECRET}@"))
        fault = fault_of("https://live.example.com")
        assert proxy.seen[0].startswith(b"CONNECT live.example.com:443 ")
    assert not fault.maybe_sent
    assert "proxy" in str(fault)


def tunnel(server: socket.socket, certificate: str, seen: list[bytes]) -> None:
    """A proxy and the service behind it in one: opens a tunnel, reads the request, resets the connection."""
    peer, _address = server.accept()
    peer.recv(65536)
    peer.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with context.wrap_socket(peer, server_side=True) as secure:
        seen.append(secure.recv(65536))
        secure.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_an_answer_lost_behind_a_proxy_may_have_been_sent(monkeypatch: pytest.MonkeyPatch, certificate: str) -> None:
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=tunnel, args=(server, certificate, seen), daemon=True)
        thread.start()
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{server.getsockname()[1]}")
        fault = fault_of("https://127.0.0.1:9", verify=certificate, timeout=2)
        thread.join()
    assert b"record/control" in seen[0]
    assert fault.maybe_sent


@pytest.mark.parametrize("proxy", ["http://[", "socks5://127.0.0.1:1", "nonsense://x", "http://:x"])
def test_a_proxy_variable_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    assert not fault_of("http://127.0.0.2:9").maybe_sent


# Many at once


def test_connections_are_used_again_and_requests_are_counted() -> None:
    accepted: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=keep_alive, args=(server, accepted), daemon=True).start()
        transport = Transport(2, True, 4)
        for _number in range(5):
            transport.send("GET", f"http://127.0.0.1:{server.getsockname()[1]}", "/", {}, b"")
    assert transport.sent == 5
    assert len(accepted) == 1


def keep_alive(server: socket.socket, accepted: list[int]) -> None:
    peer, address = server.accept()
    accepted.append(address[1])
    with peer:
        while peer.recv(65536):
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def test_each_of_many_threads_gets_its_own_answer() -> None:
    def echo(request: bytes) -> bytes:
        return http("200 OK", b"[" + request.partition(b"\r\n\r\n")[2] + b"]", JSON)

    answers: dict[int, Any] = {}
    with RawServer([echo]) as server:
        transport = Transport(5, True, 8)

        def ask(number: int) -> None:
            answers[number] = transport.send("POST", server.url, "/", {}, str(number).encode()).body

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(40)]
        run_all(threads)
    assert answers == {number: [number] for number in range(40)}
    assert transport.sent == 40


def run_all(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize(
    ("status", "kind"), [("502 Bad Gateway", Disposition.RETRY), ("429 Slow", Disposition.THROTTLED)]
)
@pytest.mark.parametrize("make", [http, lambda s: http(s, b"<html>", HTML)])
def test_a_proxys_error_page_counts_by_its_status(status: str, kind: Disposition, make: Callable[[str], bytes]) -> None:
    with RawServer([make(status)]) as server, pytest.raises(ApiError) as caught:
        send(server.url)
    assert caught.value.disposition is kind
    assert caught.value.answer.code is None
