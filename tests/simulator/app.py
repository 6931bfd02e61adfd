# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP face: reads requests, lets them pass the gate, has them answered, breaks connections where told to."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import sys
import time
import uuid
from collections.abc import Callable
from threading import RLock

from aiohttp import web

from .answers import GATEWAY_ERRORS, SERVICE_ERRORS, Answer, dump, gateway_error, service_error
from .api import LiveApi, Route
from .auth import Gatekeeper, Quotas
from .call import Call
from .cloud import Cloud
from .faults import Fault, FaultBook
from .iam import Iam
from .log import LogEntry
from .settings import Settings

HOST_NAME = "sim-live-api-01"
_RESET = struct.pack("ii", 1, 0)
_HANG_POLL = 0.02


class Service:
    """The stand-in without a socket: state, rules of access and faults, shared by the server and the test's thread."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.lock = RLock()
        self._epoch = time.time() - time.monotonic()
        self._ahead = 0.0
        self.cloud = Cloud(settings, self.clock)
        self.gatekeeper = Gatekeeper(settings, self.clock, time.time)
        self.quotas = Quotas(settings, self.clock)
        self.faults = FaultBook()
        self.iam = Iam(settings, self.gatekeeper)
        self.api = LiveApi(settings, self.cloud)
        self.log: list[LogEntry] = []

    def clock(self) -> float:
        """The cloud's clock: Unix seconds, never going back."""
        return self._epoch + self._ahead + time.monotonic()

    def advance(self, seconds: float) -> None:
        """Let time pass at once, for everything but X-Sdk-Date."""
        self._ahead += seconds

    def reset(self, settings: Settings) -> None:
        """Begin anew, with these settings."""
        self.settings.update(settings.as_dict())
        self.cloud.reset()
        self.gatekeeper.reset()
        self.quotas.reset()
        self.faults.clear()
        self.log.clear()

    def enter(self, call: Call) -> None:
        """Put a request into the log."""
        call.entry = LogEntry(
            len(self.log),
            time.monotonic(),
            call.method,
            sys.intern(call.path),
            call.query,
            call.body,
            request_id=call.request_id,
        )
        if call.is_command:
            call.read_stream()
            call.entry.action = call.query.get("action")
            call.entry.key = None if isinstance(call.stream, str) else str(call.stream)
        self.log.append(call.entry)

    def gate(self, call: Call, in_flight: int) -> Answer | Route:
        """Where a Live request goes, or why it is refused."""
        route = self.api.route(call) if call.project else None
        if route is None:
            return gateway_error(self.settings, "0101", call.request_id)
        refusal = self.gatekeeper.check(call) or self._admit(call, route) or self.quotas.check(call, route.quota)
        if refusal is not None:
            return refusal
        if self.settings.max_concurrent is not None and in_flight > self.settings.max_concurrent:
            return service_error("LIVE.100011007")
        return route

    def _admit(self, call: Call, route: Route) -> Answer | None:
        project = self.settings.project_id
        if call.project != project or call.headers.get("X-Project-Id", project) != project:
            refusal = service_error("LIVE.100011015")
        elif route.permission not in self.settings.denied:
            return None
        elif self.settings.denied_as == "service":
            refusal = service_error("LIVE.100011003")
        else:
            refusal = gateway_error(self.settings, "0302", call.request_id, f"{route.permission} is not allowed")
        call.entry.auth = "refused"
        return refusal


class Server:
    """Answers HTTP requests for a Service. ``changed`` is called after anything that may have callbacks to send."""

    def __init__(self, service: Service, control: Callable[[str, str, dict[str, str], bytes], Answer]) -> None:
        self.service = service
        self.changed: Callable[[], None] = lambda: None
        self.stopping = False
        self._control = control
        self._in_flight = 0

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request: the control plane under /_sim/, IAM under /v3/, everything else is the Live API."""
        path, _mark, query = request.raw_path.partition("?")
        try:
            body = await request.read()
        except ConnectionResetError:
            return web.Response()  # the client went away in the middle of its request
        call = Call(request.method, path, query, request.headers, body, _request_id())
        if path.startswith("/_sim/"):
            answer: Answer | None = self._control(call.method, path, call.query, body)
        else:
            answer = await self._serve(request, call)
        if answer is None:
            return web.Response()
        response = web.Response(status=answer.status, body=answer.body or None, headers=answer.headers)
        if answer.body:
            response.headers["Content-Type"] = answer.content_type
        response.headers["X-request-id"] = call.request_id
        return response

    async def _serve(self, request: web.BaseRequest, call: Call) -> Answer | None:
        """The answer; None if the connection was broken instead."""
        service, live = self.service, not call.path.startswith("/v3/")
        self._in_flight += live
        try:
            with service.lock:
                service.enter(call)
                target = service.gate(call, self._in_flight) if live else None
                picked = service.faults.pick(call) if service.faults else None
            if live and service.settings.latency:
                await asyncio.sleep(service.settings.latency)
            if picked:
                return await self._faulty(request, call, target, *picked)
            return self._finish(call, self._effect(call, target))
        finally:
            self._in_flight -= live
            call.entry.took = time.monotonic() - call.entry.time

    def _effect(self, call: Call, target: Answer | Route | None) -> Answer:
        service = self.service
        with service.lock:
            if isinstance(target, Answer):
                return target
            answer = service.iam.answer(call) if target is None else service.api.answer(target, call)
            call.entry.effect = answer.effect
        if service.cloud.outbox:
            self.changed()
        return answer

    @staticmethod
    def _finish(call: Call, answer: Answer) -> Answer:
        call.entry.status, call.entry.error_code = answer.status, answer.code
        return answer

    async def _faulty(
        self, request: web.BaseRequest, call: Call, target: Answer | Route | None, number: int, fault: Fault
    ) -> Answer | None:
        call.entry.fault = number
        if fault.kind == "delay" and fault.when == "before":
            await asyncio.sleep(fault.seconds)
        answer = self._effect(call, target) if fault.takes_effect else None
        if fault.kind == "status":
            return self._finish(call, self._scripted(fault, call.request_id))
        if fault.kind == "delay" and answer is not None:
            await asyncio.sleep(fault.seconds if fault.when == "after" else 0)
            return self._finish(call, answer)
        if fault.kind == "hang":
            await self._hang(request)
        elif fault.kind == "cut_body" and answer is not None:
            _cut(request, self._finish(call, answer), call.request_id)
        else:
            _reset(request)
        return None

    def _scripted(self, fault: Fault, request_id: str) -> Answer:
        body, code = fault.body, fault.code
        prefix, _dot, number = (code or "").partition(".")
        table = GATEWAY_ERRORS if prefix in ("APIGW", "APIG") else SERVICE_ERRORS
        status, text = table.get(number if table is GATEWAY_ERRORS else code or "", (500, "Scripted fault"))
        if body is None and code:
            body = {"error_code": code, "error_msg": text}
            if table is GATEWAY_ERRORS:
                body = {"error_code": code, self.service.settings.gateway_message_key: text, "request_id": request_id}
        if isinstance(body, dict):
            code = body.get("error_code", code)
        raw = dump(body) if isinstance(body, dict) else (body or "").encode()
        default = "application/json" if isinstance(body, dict) or _is_json(raw) else "text/html"
        return Answer(
            fault.status or status, raw, code, content_type=fault.content_type or default, headers=fault.headers
        )

    async def _hang(self, request: web.BaseRequest) -> None:
        while not self.stopping and request.transport is not None and not request.transport.is_closing():
            await asyncio.sleep(_HANG_POLL)
        if request.transport is not None:
            request.transport.abort()


def _request_id() -> str:
    """The documented form: uuid-timestamp-hostname."""
    return f"{uuid.uuid4()}-{int(time.time())}-{HOST_NAME}"


def _is_json(raw: bytes) -> bool:
    try:
        json.loads(raw)
    except ValueError:
        return False
    return True


def _reset(request: web.BaseRequest) -> None:
    """Break the connection with a TCP reset."""
    if request.transport is not None:
        peer = request.transport.get_extra_info("socket")
        if peer is not None:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        request.transport.abort()


def _cut(request: web.BaseRequest, answer: Answer, request_id: str) -> None:
    """Promise more bytes than there are, send those, close."""
    body = answer.body or b'{"error'
    head = (
        f"HTTP/1.1 {answer.status} Cut\r\nContent-Type: {answer.content_type}\r\nX-request-id: {request_id}\r\n"
        f"Content-Length: {len(body) + 64}\r\n\r\n"
    )
    if request.transport is not None:
        request.transport.write(head.encode() + body)
        request.transport.close()
