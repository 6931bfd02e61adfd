# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends the cloud's callbacks, and looks after what happens by itself."""

from __future__ import annotations

import asyncio
from threading import RLock

import aiohttp

from .cloud import Cloud
from .model import Delivery

TRIES = 3
RETRY_PAUSE = 0.2
TIMEOUT = 5.0
SHUFFLE_PAUSE = 0.1


class Pump:
    """Waits for the cloud's next due event or a ``wake``, settles it, and posts what is in the outbox.

    Callbacks to one URL go out in order, one at a time; each is tried ``TRIES`` times until it is answered 200.
    """

    def __init__(self, cloud: Cloud, lock: RLock) -> None:
        self._cloud = cloud
        self._lock = lock
        self._wake = asyncio.Event()
        self._queues: dict[str, asyncio.Queue[Delivery]] = {}
        self._workers: list[asyncio.Task[None]] = []
        self._session: aiohttp.ClientSession | None = None

    def wake(self) -> None:
        """There may be something to do. Call in the event loop's thread."""
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            while True:
                await self._round()
        finally:
            await self._close()

    async def _round(self) -> None:
        with self._lock:
            self._cloud.settle()
            due, now = self._cloud.next_due(), self._cloud.clock()
        if self._cloud.outbox:
            await self._dispatch()
        try:
            async with asyncio.timeout(None if due is None else max(0.0, due - now) + 0.001):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def _dispatch(self) -> None:
        settings = self._cloud.settings
        if settings.callback_shuffle:
            await asyncio.sleep(SHUFFLE_PAUSE)
        with self._lock:
            batch, self._cloud.outbox[:] = list(self._cloud.outbox), []
        if settings.callback_shuffle:
            batch.reverse()
        for delivery in batch:
            for _copy in range(2 if settings.callback_repeat else 1):
                self._queue(delivery.url).put_nowait(delivery)

    def _queue(self, url: str) -> asyncio.Queue[Delivery]:
        if url not in self._queues:
            self._queues[url] = asyncio.Queue()
            self._workers.append(asyncio.create_task(self._work(self._queues[url])))
        return self._queues[url]

    async def _work(self, queue: asyncio.Queue[Delivery]) -> None:
        while True:
            delivery = await queue.get()
            for attempt in range(TRIES):
                if attempt:
                    await asyncio.sleep(RETRY_PAUSE)
                if await self._post(delivery):
                    break

    async def _post(self, delivery: Delivery) -> bool:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT))
        try:
            async with self._session.post(delivery.url, json=delivery.body) as response:
                await response.read()
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return False

    async def _close(self) -> None:
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            await asyncio.sleep(0)
