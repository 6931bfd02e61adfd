# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A scenario's cloud: brought to where it begins, with events that strike when so many requests have arrived."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ansible_collections.hwc.live.plugins.module_utils._cloud.credentials import resolve
from ansible_collections.hwc.live.plugins.module_utils._cloud.iam import LoginError
from ansible_collections.hwc.live.plugins.module_utils._cloud.live_api import Action, LiveApi
from ansible_collections.hwc.live.plugins.module_utils._cloud.transport import Answer
from ansible_collections.hwc.live.plugins.module_utils._core.errors import (
    ApiError,
    Disposition,
    LiveError,
    NetworkError,
)
from ansible_collections.hwc.live.plugins.module_utils._core.streams import StreamKey

from tests.installed import ROOT
from tests.simulator import LogEntry, Settings, Simulator

from .scenario import SIGNALS, Event, Scenario, Step

MODULE = "ansible_collections.hwc.live.plugins.modules.live_record_control"
_SECURITY_TOKEN = "simulator-security-token"
_PATIENCE = 20.0


class Tape(list[LogEntry]):
    """The simulator's log, which lets the events of a step happen when so many requests have arrived."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[tuple[int, Callable[[], None]]] = []

    def append(self, entry: LogEntry) -> None:
        super().append(entry)
        self.strike()

    def strike(self) -> None:
        due = [act for at, act in self.events if at <= len(self)]
        self.events = [(at, act) for at, act in self.events if at > len(self)]
        for act in due:
            act()


@dataclass(frozen=True)
class Seen:
    """What a command looked like from the client: times of time.monotonic(), and how it failed, if it did."""

    key: str
    began: float
    ended: float
    error: LiveError | None

    @property
    def ambiguous(self) -> bool:
        """Whether nobody can tell from this answer if the command took effect."""
        if isinstance(self.error, NetworkError):
            return self.error.maybe_sent
        doubtful = isinstance(self.error, ApiError) and self.error.disposition is Disposition.RETRY
        return doubtful and not isinstance(self.error, LoginError)

    @property
    def fatal(self) -> bool:
        return isinstance(self.error, ApiError) and self.error.disposition is Disposition.END_RUN


class Witness(LiveApi):
    """A client that writes down what it saw."""

    seen: list[Seen]

    def run_record(self, key: StreamKey, action: Action) -> Answer:
        began = time.monotonic()
        error: LiveError | None = None
        try:
            return super().run_record(key, action)
        except LiveError as exc:
            error = exc
            raise
        finally:
            self.seen.append(Seen(str(key), began, time.monotonic(), error))


class World:
    """The cloud of one scenario, between and during its runs."""

    def __init__(self, sim: Simulator, scenario: Scenario) -> None:
        self.sim = sim
        self.scenario = scenario
        self.touched: set[str] = set()  # streams whose state an event changed
        self.tape = Tape()
        sim.log = sim.service.log = self.tape
        if scenario.auth == "temporary":
            sim.settings.security_token = _SECURITY_TOKEN
        self._original = Settings(**sim.settings.as_dict())
        self._populate()

    def _populate(self) -> None:
        for key in self._in("early"):
            self.sim.push(key)
        for pattern, kind in self.scenario.rules:
            self.sim.rule(pattern, kind)
        for key in self._in("idle", "recording", "closing"):
            self.sim.push(key)
        for key in self._in("recording", "closing"):
            rule = self.sim.cloud.match(key)
            if rule is not None and rule.record_type == "COMMAND_RECORD":
                self.sim.set_recording(key)
        with self.sim.lock:
            for key in self._in("closing"):
                self.sim.cloud.stop(key)

    def _in(self, *situations: str) -> list[str]:
        return [camera.key for camera in self.scenario.cameras if camera.situation in situations]

    # Life of a step

    def begin(self, step: Step) -> None:
        """Sets the faults and events of a step; the log begins anew."""
        self.sim.clear_faults()
        self.sim.clear_log()
        self.touched = set()
        for fault in step.faults:
            self.sim.fault(**fault)
        self.tape.events = [(event.at, self._act(event)) for event in step.events if event.what not in SIGNALS]

    def settle(self) -> None:
        """Waits until every request that arrived has taken its effect."""
        self.tape.events = []
        end = time.monotonic() + _PATIENCE
        while any(not entry.took for entry in list(self.tape)):
            if time.monotonic() > end:
                raise AssertionError("the simulator does not end a request")
            time.sleep(0.005)
        self.sim.recording()  # what is due happens now

    def repair(self) -> None:
        """The account and the network are fine again; the positions of the doubtful points stay."""
        sound = Settings()
        for name in ("quota", "online_quota", "clock_skew", "token_ttl", "denied"):
            setattr(self.sim.settings, name, getattr(sound, name))
        self._restore_account()

    def _restore_account(self) -> None:
        for name in ("secret_key", "password"):
            setattr(self.sim.settings, name, getattr(self._original, name))
        with self.sim.lock:
            self.sim.service.gatekeeper.reset()
            self.sim.service.quotas.reset()

    def credentials(self) -> dict[str, Any]:
        """Options of the connection that work at this moment."""
        settings, auth = self.sim.settings, self.scenario.auth
        self._restore_account()
        settings.denied = settings.denied - {"record:createCommand"}
        options: dict[str, Any] = dict(self.sim.connection)
        if auth == "temporary":
            options["security_token"] = settings.security_token
        if auth in ("token", "password"):
            del options["access_key"], options["secret_key"]
        if auth == "token":
            with self.sim.lock:
                options["auth_token"] = self.sim.service.gatekeeper.issue_token()[0]
        if auth == "password":
            del options["project_id"]
            options.update(username=settings.username, password=settings.password, account_name=settings.account_name)
        return options

    def client(self, timeout: float, connections: int) -> Witness:
        connection = resolve({**self.credentials(), "timeout": timeout}, {}, "/nonexistent")
        witness = Witness(connection, connections)
        witness.seen = []
        self.tape.strike()
        return witness

    # Events

    def _act(self, event: Event) -> Callable[[], None]:
        key = self.scenario.cameras[event.camera].key
        acts: dict[str, Callable[[], None]] = {
            "expire": self.sim.expire_tokens,
            "revoke": self._revoke,
            "deny": self._deny,
            "push": lambda: self._touch(self.sim.push, key),
            "unpush": lambda: self._touch(self.sim.unpush, key),
            "break": lambda: self._touch(self.sim.fail_recording, key),
        }
        return acts[event.what]

    def _revoke(self) -> None:
        self.sim.settings.secret_key = self.sim.settings.password = "revoked"
        self.sim.expire_tokens()

    def _deny(self) -> None:
        self.sim.settings.denied = self.sim.settings.denied | {"record:createCommand"}

    def _touch(self, act: Callable[[str], None], key: str) -> None:
        self.touched.add(key)
        act(key)

    # A real process

    def run_killed(self, step: Step, streams: list[str]) -> None:
        """Runs the module in a process of its own that meets its signal."""
        options: dict[str, Any] = {
            "state": step.wanted,
            "streams": streams,
            "timeout": 1,
            "retry_timeout": 2,
            "restart_gap": 1,
            **{name: step.options[name] for name in ("concurrency", "preflight", "rate_limit")},
            **self.credentials(),
        }
        with _process(options) as process:
            kills = [(e.at, _signaller(process, SIGNALS[e.what])) for e in step.events if e.what in SIGNALS]
            with self.sim.lock:
                self.tape.events += kills
                self.tape.strike()
            process.wait(_PATIENCE)


def _signaller(process: subprocess.Popen[str], number: signal.Signals) -> Callable[[], None]:
    return lambda: process.send_signal(number)


@contextmanager
def _process(options: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    with tempfile.TemporaryFile("w+") as source:
        json.dump({"ANSIBLE_MODULE_ARGS": options}, source)
        source.seek(0)
        env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": str(ROOT / ".build" / "src")}
        command = [sys.executable, "-W", "ignore", "-m", MODULE]
        with subprocess.Popen(
            command, stdin=source, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env, text=True
        ) as process:
            try:
                yield process
            finally:
                process.kill()
