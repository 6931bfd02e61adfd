# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the unit tests share: one run in process, one run of the real module, a server that answers raw bytes."""

from __future__ import annotations

import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest
from ansible_collections.hwc.live.plugins.module_utils._cloud.credentials import Connection, resolve
from ansible_collections.hwc.live.plugins.module_utils._cloud.live_api import LiveApi
from ansible_collections.hwc.live.plugins.module_utils._core.streams import StreamKey, parse_stream
from ansible_collections.hwc.live.plugins.module_utils._recording.plan import Wanted
from ansible_collections.hwc.live.plugins.module_utils._recording.request import Options
from ansible_collections.hwc.live.plugins.module_utils._recording.run import Report, Result
from ansible_collections.hwc.live.plugins.module_utils._recording.run import run as run_recording
from hypothesis import settings as hypothesis_settings

from tests.simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]
MODULE = "ansible_collections.hwc.live.plugins.modules.live_record_control"
DOMAIN = "push.example.com"
GAP = 0.15  # seconds: of the cloud; that of the runs is twice as long
EVERYTHING = f"{DOMAIN}/live/*"
OURS = ("HW_", "HUAWEICLOUD_", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

hypothesis_settings.register_profile("tests", deadline=None)
hypothesis_settings.load_profile("tests")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the developer's account, home or proxy reaches a test."""
    for name in list(os.environ):
        if name.startswith(OURS) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def sim() -> Iterator[Simulator]:
    """A cloud whose gap after a STOP is short, with a rule for every stream of `live`."""
    with Simulator(gap=GAP) as simulator:
        simulator.rule(EVERYTHING)
        yield simulator


def key(name: str) -> str:
    return f"{DOMAIN}/live/{name}"


def cams(count: int) -> list[str]:
    return [key(f"cam-{number:04d}") for number in range(count)]


def pushed(sim: Simulator, count: int) -> list[str]:
    """So many streams, all being pushed."""
    streams = cams(count)
    for stream in streams:
        sim.push(stream)
    return streams


def connect(sim: Simulator, **changes: Any) -> Connection:
    """The connection of an access key; changes are options, None leaves one out."""
    return resolve({**sim.connection, "timeout": 5, **changes}, {}, "/nonexistent")


def by_password(sim: Simulator, **changes: Any) -> Connection:
    """The connection of a user name and password."""
    settings = sim.settings
    login = {"username": settings.username, "password": settings.password, "account_name": settings.account_name}
    return connect(sim, **{"access_key": None, "secret_key": None, **login, **changes})


def record(
    sim: Simulator,
    streams: Sequence[str],
    state: Wanted = "recording",
    connection: Connection | None = None,
    **options: Any,
) -> Report:
    """One run in process. options: those of Options; the gap is short unless they say otherwise."""
    chosen = Options(state, **{"restart_gap": 2 * GAP, "retry_timeout": 20, "timeout": 5, **options})
    api = LiveApi(connection or connect(sim, timeout=chosen.timeout), chosen.concurrency)
    return run_recording(api, [parse_stream(stream) for stream in streams], chosen)


def statuses(report: Report) -> list[str]:
    return [result.status for result in report.results]


def result_of(report: Report, stream: str) -> Result:
    return next(result for result in report.results if str(result.key) == stream)


def keys(report: Report) -> list[StreamKey]:
    return [result.key for result in report.results]


@dataclass(frozen=True)
class Finished:
    """A module process that ended. result: its JSON."""

    result: dict[str, Any]
    stdout: str
    stderr: str
    code: int

    @property
    def output(self) -> str:
        return self.stdout + self.stderr


def module(args: dict[str, Any], env: dict[str, str] | None = None, raw: str | None = None) -> Finished:
    """Runs the real module in a process of its own. env: added to a bare environment."""
    bare = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "PYTHONPATH": str(ROOT / ".build" / "src")}
    process = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", MODULE],
        input=raw or json.dumps({"ANSIBLE_MODULE_ARGS": args}),
        capture_output=True,
        text=True,
        env={**bare, **(env or {})},
        timeout=60,
        check=False,
    )
    try:
        result = json.loads(process.stdout)
    except ValueError:
        result = {}
    return Finished(result, process.stdout, process.stderr, process.returncode)


def http(status: str, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    """An HTTP answer in bytes. length: what Content-Length says where it is not the truth."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


RESET = b"reset"
SILENCE = b"silence"


@dataclass
class RawServer:
    """Answers the requests of a port one after another with raw bytes; the last answer is repeated.

    answers: bytes, RESET (the request is read, then the connection is reset), SILENCE (no answer), or a function that
    makes one of these from the request. certificate: a PEM file with key, for TLS.
    """

    answers: list[bytes | Callable[[bytes], bytes]]
    certificate: str | None = None
    seen: list[bytes] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._stop = threading.Event()
        self._context: ssl.SSLContext | None = None
        if self.certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(self.certificate)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stop.set()
        with socket.create_connection(("127.0.0.1", self.port)):
            pass
        self._thread.join()
        self._socket.close()

    @property
    def url(self) -> str:
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

    def _serve(self) -> None:
        while True:
            peer, _address = self._socket.accept()
            if self._stop.is_set():
                peer.close()
                return
            peer.settimeout(5)
            try:
                self._talk(self._context.wrap_socket(peer, server_side=True) if self._context else peer)
            except OSError:
                peer.close()

    def _talk(self, peer: socket.socket) -> None:
        with peer:
            request = _read_request(peer)
            if not request:
                return
            answer = self.answers[min(len(self.seen), len(self.answers) - 1)]
            self.seen.append(request)
            content = answer if isinstance(answer, bytes) else answer(request)
            if content == SILENCE:
                self._stop.wait(0.7)
            elif content == RESET:
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                peer.sendall(content)


def _read_request(peer: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = peer.recv(65536)
        if not chunk:
            return data
        data += chunk
        if data.startswith(b"\x16"):  # somebody tries TLS
            return data
    head, _blank, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    wanted = int(lengths[0].partition(b":")[2]) if lengths else 0
    while len(body) < wanted:
        body += peer.recv(65536)
    return head + b"\r\n\r\n" + body
