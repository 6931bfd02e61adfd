# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the stand-in talk to it with: `requests`, a signature, and a receiver of callbacks."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import requests

from tests.simulator import Simulator, signature

SIGNED = ("content-type", "host", "x-project-id", "x-sdk-date")


class Client:
    """A signing client; ``changes`` replaces or (None) drops headers after signing."""

    def __init__(self, sim: Simulator, access: str | None = None, secret: str | None = None) -> None:
        self.sim = sim
        self.access = access or sim.settings.access_key
        self.secret = secret or sim.settings.secret_key
        self.token: str | None = None
        self.age = 0.0
        self.security_token: str | None = None
        self.changes: dict[str, str | None] = {}
        self.timeout = 3.0
        self._session = requests.Session()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._session.close()

    def call(self, method: str, path: str, body: object = None, **query: object) -> requests.Response:
        """Call ``path`` of the project, or an absolute path."""
        full = path if path.startswith("/") else f"/v1/{self.sim.settings.project_id}/{path}"
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        text = urlencode(query)
        headers = self._headers(method, full, text, raw)
        return self._session.request(
            method,
            f"{self.sim.url}{full}" + (f"?{text}" if text else ""),
            data=raw,
            headers=headers,
            timeout=self.timeout,
            allow_redirects=False,
        )

    def command(self, action: str, key: str) -> requests.Response:
        """Record control."""
        domain, app, stream = key.split("/")
        return self.call(
            "POST", "record/control", {"publish_domain": domain, "app": app, "stream": stream}, action=action
        )

    def start(self, key: str) -> requests.Response:
        """START."""
        return self.command("START", key)

    def stop(self, key: str) -> requests.Response:
        """STOP."""
        return self.command("STOP", key)

    def _headers(self, method: str, path: str, query: str, raw: bytes) -> dict[str, Any]:
        if self.token is not None:
            return {"X-Auth-Token": self.token, "Content-Type": "application/json"}
        moment = datetime.now(timezone.utc) - timedelta(seconds=self.age)
        headers = requests.structures.CaseInsensitiveDict(
            {
                "Host": urlsplit(self.sim.url).netloc,
                "Content-Type": "application/json",
                "X-Project-Id": self.sim.settings.project_id,
                "X-Sdk-Date": moment.strftime("%Y%m%dT%H%M%SZ"),
            }
        )
        signed: tuple[str, ...] = SIGNED
        if self.security_token is not None:
            headers["X-Security-Token"] = self.security_token
            signed += ("x-security-token",)
        sign = signature.expected(self.secret, method, path, query, headers, raw, signed)
        headers["Authorization"] = (
            f"SDK-HMAC-SHA256 Access={self.access}, SignedHeaders={';'.join(signed)}, Signature={sign}"
        )
        return {**headers, **self.changes}


def code(response: requests.Response) -> tuple[int, str | None]:
    """Status and error code."""
    return response.status_code, response.json().get("error_code") if response.content else None


def until(condition: Callable[[], bool], timeout: float = 3.0) -> None:
    """Wait for something that happens in another thread; AssertionError if it does not."""
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


class Receiver:
    """An HTTP server that keeps the JSON bodies posted to it; it answers the first ``refuse`` of them with 500."""

    def __init__(self, refuse: int = 0) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.refuse = refuse
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/callback"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.bodies.append(body)
                self.send_response(500 if len(receiver.bodies) <= receiver.refuse else 200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_args: object) -> None:
                pass

        return Handler
