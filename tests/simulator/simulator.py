# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in in a thread of its own, for tests; and its control plane, for everything else."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from aiohttp import web

from .app import Server, Service
from .cloud import Cloud
from .control import Control
from .delivery import Pump
from .faults import Fault, Kind
from .log import LogEntry
from .model import COMMAND, stream_of
from .settings import Settings


class Simulator:
    """A stand-in for Huawei Cloud Live and IAM on a local port, for the time of a ``with``.

    ``settings`` are the fields of Settings. All methods may be called from any thread; state is also reachable as
    ``cloud`` (hold ``lock`` for that). A stream is named by its key, ``domain/app/stream``.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0, **settings: Any) -> None:
        self.settings = Settings(**settings)
        self._initial = Settings(**settings)
        self.service = Service(self.settings)
        self.cloud: Cloud = self.service.cloud
        self.lock = self.service.lock
        self.log: list[LogEntry] = self.service.log
        self.url = ""
        self._address = (host, port)
        self._control = Control(self)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._pump: Pump | None = None
        self._ready = threading.Event()
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None

    # Life

    def __enter__(self) -> Simulator:
        self._ready.clear()
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._error is not None:
            self._thread.join()
            raise self._error
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        if self._thread is not None:
            self._thread.join()
        self._loop = self._pump = self._stop = self._thread = None

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._error = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        loop, server = asyncio.get_running_loop(), Server(self.service, self._control.answer)
        self._stop, self._pump = asyncio.Event(), Pump(self.cloud, self.lock)
        server.changed = self._pump.wake
        http = web.Server(server.handle, access_log=None)
        listener = await loop.create_server(http, *self._address, backlog=1024)
        pumping = asyncio.create_task(self._pump.run())
        host, port = listener.sockets[0].getsockname()[:2]
        self.url = f"http://{host}:{port}"
        self._loop = loop
        self._ready.set()
        await self._stop.wait()
        server.stopping = True
        listener.close()
        pumping.cancel()
        await asyncio.gather(pumping, http.shutdown(timeout=0.1), return_exceptions=True)
        await listener.wait_closed()

    def _changed(self) -> None:
        if self._loop is not None and self._pump is not None:
            self._loop.call_soon_threadsafe(self._pump.wake)

    # Streams, rules, recordings

    def push(self, key: str) -> None:
        """Begin to push a stream."""
        stream_of(key)
        with self.lock:
            self.cloud.push(key)
        self._changed()

    def unpush(self, key: str) -> None:
        """End (or break) its push."""
        with self.lock:
            self.cloud.unpush(key)
        self._changed()

    def rule(self, key_pattern: str, record_type: str = COMMAND, config: dict[str, Any] | None = None) -> str:
        """Make a record rule for ``domain/app/stream``, where app and stream may be ``*``; returns its id.

        It acts on pushes that begin later. ``config`` is a default_record_config; by default HLS into a bucket.
        """
        with self.lock:
            rule = self.cloud.add_rule(stream_of(key_pattern), record_type, config)
        if rule is None:
            raise ValueError(f"there is a rule for {key_pattern} already")
        return rule.id

    def recording(self) -> set[str]:
        """The keys of the streams that are being recorded."""
        with self.lock:
            self.cloud.settle()
            return set(self.cloud.recordings)

    def set_recording(self, key: str) -> None:
        """Record a stream as if somebody else had sent START (and pushed it before, if nobody does)."""
        with self.lock:
            self.cloud.set_recording(key)
        self._changed()

    def fail_recording(self, key: str) -> None:
        """Let a recording break off: RECORD_FAILED, and no file."""
        with self.lock:
            self.cloud.fail_recording(key)
        self._changed()

    # Faults and log

    def fault(self, kind: Kind, **fields: Any) -> int:
        """Script a fault by the fields of Fault; its number is the log's ``fault``."""
        with self.lock:
            return self.service.faults.add(Fault(kind=kind, **fields))

    def clear_faults(self) -> None:
        """Take all faults away."""
        with self.lock:
            self.service.faults.clear()

    def commands(self, action: str | None = None) -> list[LogEntry]:
        """The record control requests so far, or only those that START or STOP, in order of arrival."""
        return [
            entry
            for entry in list(self.log)
            if entry.path.endswith("/record/control") and entry.method == "POST" and action in (None, entry.action)
        ]

    def clear_log(self) -> None:
        """Forget the requests so far; numbering begins anew."""
        with self.lock:
            self.log.clear()

    # The account and time

    @property
    def connection(self) -> dict[str, str]:
        """Options with which the collection's modules reach it by access key."""
        settings = self.settings
        return {
            "endpoint": self.url,
            "iam_endpoint": self.url,
            "region": settings.region,
            "project_id": settings.project_id,
            "access_key": settings.access_key,
            "secret_key": settings.secret_key,
        }

    def expire_tokens(self) -> None:
        """All tokens given out so far are refused from now on."""
        with self.lock:
            self.service.gatekeeper.expire_tokens()

    def advance(self, seconds: float) -> None:
        """Let time pass at once: gap, merge windows, lags, quotas, tokens, locks; not the clock of signatures."""
        with self.lock:
            self.service.advance(seconds)
        self._changed()

    def reset(self) -> None:
        """Back to the beginning: no streams, rules, faults or log, and the settings that it was made with."""
        with self.lock:
            self.service.reset(self._initial)
        self._changed()
