# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of the service: what is pushed, ruled, recorded, finished and to be called back. No network, no threads.

Everything that happens by itself (a push that stayed away too long ends its recording) is settled on the next look;
``next_due`` says when that would be, for whoever keeps a timer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeVar

from . import callbacks
from .model import (
    COMMAND,
    CONTINUOUS,
    CallbackConfig,
    Content,
    Delivery,
    Notification,
    Push,
    Recording,
    Rule,
    Stream,
    new_id,
    stream_of,
    utc,
)
from .settings import RECORD_TYPES, Settings

T = TypeVar("T")
Verdict = Literal["started", "stopped", "ok", "exists", "illegal", "absent", "unknown_code"]
"""What a command came to; only the first two changed anything."""

RECORD_EVENTS = ("RECORD_START", "RECORD_NEW_FILE_START", "RECORD_FILE_COMPLETE", "RECORD_OVER", "RECORD_FAILED")
DEFAULT_EVENTS = ("RECORD_FILE_COMPLETE",)


def default_record_config(region: str) -> dict[str, Any]:
    """What a rule made by a test records: HLS into a bucket."""
    return {
        "record_format": ["HLS"],
        "obs_addr": {"bucket": "sim-bucket", "location": region, "object": ""},
        "hls_config": {"record_cycle": 3600},
    }


class Cloud:
    """All state. ``clock`` gives Unix seconds. Not thread-safe: the caller holds a lock."""

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self.settings = settings
        self.clock = clock
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.rules: dict[str, Rule] = {}
        self.pushes: dict[str, Push] = {}
        self.recordings: dict[str, Recording] = {}
        self.contents: list[Content] = []
        self.callbacks: dict[str, CallbackConfig] = {}
        self.notifications: dict[str, Notification] = {}
        self.outbox: list[Delivery] = []
        self._ended: dict[str, Push] = {}
        self._broken: dict[str, float] = {}
        self._closing: dict[str, float] = {}
        self._matches: dict[tuple[str, str, str], Rule] = {}

    # Rules

    def add_rule(self, stream: Stream, record_type: str = COMMAND, config: dict[str, Any] | None = None) -> Rule | None:
        """Make a rule; None if there is one for exactly these names."""
        if record_type not in RECORD_TYPES:
            raise ValueError(f"no such record type: {record_type}")
        if stream in self._matches:
            return None
        now = self.clock()
        rule = Rule(new_id(), *stream, record_type, config or default_record_config(self.settings.region), now, now)
        self._set_rule(rule)
        return rule

    def change_rule(self, rule: Rule, stream: Stream, record_type: str, config: dict[str, Any]) -> Rule | None:
        """Replace a rule's contents; None if another one has these names."""
        holder = self._matches.get(stream)
        if holder is not None and holder.id != rule.id:
            return None
        self.remove_rule(rule.id)
        changed = Rule(rule.id, *stream, record_type, config, rule.create_time, self.clock())
        self._set_rule(changed)
        return changed

    def _set_rule(self, rule: Rule) -> None:
        self.rules[rule.id] = rule
        self._matches[rule.publish_domain, rule.app, rule.stream] = rule

    def remove_rule(self, rule_id: str) -> bool:
        """Delete a rule: False if there is none. Pushes and recordings under it go on."""
        rule = self.rules.pop(rule_id, None)
        if rule is None:
            return False
        del self._matches[rule.publish_domain, rule.app, rule.stream]
        return True

    def match(self, key: str) -> Rule | None:
        """The rule for a stream [doc]: the exact app before ``*``, then the exact stream before ``*``."""
        domain, app, stream = stream_of(key)
        for pattern in ((domain, app, stream), (domain, app, "*"), (domain, "*", stream), (domain, "*", "*")):
            if rule := self._matches.get(pattern):
                return rule
        return None

    # Pushes

    def push(self, key: str) -> None:
        """The stream is being pushed from now on; nothing happens if it is already."""
        self.settle()
        if key in self.pushes:
            return
        push = Push(key, self.match(key), self.clock())
        self.pushes[key] = push
        self._broken.pop(key, None)
        self._notify(push, "PUBLISH")
        if push.rule is not None and push.rule.record_type == CONTINUOUS and key not in self.recordings:
            self._begin(key, push.rule)

    def unpush(self, key: str) -> None:
        """The push ends or breaks; nothing happens if there is none."""
        self.settle()
        push = self.pushes.pop(key, None)
        if push is None:
            return
        ended = replace(push, ended=self.clock())
        self._ended[key] = ended
        self._notify(ended, "PUBLISH_DONE")
        if recording := self.recordings.get(key):
            window = self.settings.merge_window
            self._broken[key] = self.clock() + (recording.rule.merge_window() if window is None else window)
            self.settle()

    def online(self) -> list[Push]:
        """What ListLiveStreamsOnline knows of: it learns late of a push, and late of its end."""
        now, lag = self.clock(), self.settings.online_lag_appear
        self._ended = {
            key: push
            for key, push in self._ended.items()
            if now < (push.ended or 0.0) + self.settings.online_lag_vanish
        }
        shown = {push.key: push for push in self._ended.values() if (push.ended or 0.0) >= push.began + lag}
        shown.update((push.key, push) for push in self.pushes.values() if now >= push.began + lag)
        return list(shown.values())

    # Recording

    def start(self, key: str) -> Verdict:
        """The command START."""
        self.settle()
        recording, push = self.recordings.get(key), self.pushes.get(key)
        rule = recording.rule if recording else push.rule if push else self.match(key)
        if rule is None:
            return self.settings.start_no_rule
        if rule.record_type != COMMAND:
            return "illegal"
        stopped = self._closing.get(key)
        if stopped is not None and self.clock() - stopped <= self.settings.gap:
            return "exists"
        if recording is not None:
            return self.settings.start_while_recording
        if push is None:
            return self.settings.start_unpushed
        self._begin(key, rule)
        return "started"

    def stop(self, key: str) -> Verdict:
        """The command STOP."""
        self.settle()
        recording, push = self.recordings.get(key), self.pushes.get(key)
        rule = recording.rule if recording else push.rule if push else self.match(key)
        if rule is None and self.settings.stop_no_rule != "idle":
            return self.settings.stop_no_rule
        if rule is not None and rule.record_type != COMMAND:
            return "illegal"
        if recording is None:
            return self.settings.idle_stop
        self._closing[key] = self.clock()
        self._end(key, "RECORD_OVER")
        return "stopped"

    def set_recording(self, key: str) -> None:
        """Somebody else starts a recording: the stream is pushed if it was not; ValueError if it cannot be started."""
        self.push(key)
        self._closing.pop(key, None)
        if key not in self.recordings and self.start(key) != "started":
            raise ValueError(f"{key} cannot be recorded: no COMMAND_RECORD rule matched when its push began")

    def fail_recording(self, key: str) -> None:
        """A running recording breaks off; nothing happens if there is none."""
        self.settle()
        if key in self.recordings:
            self._end(key, "RECORD_FAILED")

    def _begin(self, key: str, rule: Rule) -> None:
        recording = Recording(key, rule, self.clock(), jobs={name: new_id() for name in rule.formats()})
        self.recordings[key] = recording
        self._closing.pop(key, None)
        self._call_back(recording, "RECORD_START")
        for name in recording.jobs:
            self._call_back(recording, "RECORD_NEW_FILE_START", name)

    def _end(self, key: str, event: str) -> None:
        recording = self.recordings.pop(key)
        self._broken.pop(key, None)
        if event != "RECORD_FAILED":
            for name, job_id in recording.jobs.items():
                content = Content(stream_of(key), recording.rule, name, job_id, recording.began, self.clock())
                self.contents.append(content)
                self._call_back(recording, "RECORD_FILE_COMPLETE", name, content)
        self._call_back(recording, event)

    # Time

    def settle(self) -> None:
        """Let happen what is due: recordings whose push stayed away longer than the merge window end."""
        if self._broken:
            now = self.clock()
            for key in [key for key, due in self._broken.items() if due <= now]:
                self._end(key, "RECORD_OVER")

    def next_due(self) -> float | None:
        """When ``settle`` has something to do next, in Unix seconds."""
        return min(self._broken.values(), default=None)

    # Callbacks

    def callback_for(self, stream: Stream) -> CallbackConfig | None:
        """The record callback of a stream: the exact app before ``*``."""
        found = {
            config.app: config
            for config in self.callbacks.values()
            if config.publish_domain == stream.publish_domain and config.app in (stream.app, "*")
        }
        return found.get(stream.app) or found.get("*")

    def _notify(self, push: Push, event: str) -> None:
        config = self.notifications.get(stream_of(push.key).publish_domain)
        if config is not None:
            self.outbox.append(callbacks.push_event(config, push, event, self._expiry(), self.settings.callback_digest))

    def _call_back(self, recording: Recording, event: str, name: str = "", content: Content | None = None) -> None:
        config = self.callback_for(stream_of(recording.key)) if self.callbacks else None
        if config is not None and event in config.notify_event_subscription:
            body = callbacks.record_event(config, self.settings.project_id, recording, event, name, content)
            self.outbox.append(callbacks.sign_record(config, body, self._expiry(), self.settings.callback_digest))

    def _expiry(self) -> int:
        return int(self.clock() + self.settings.callback_ttl)

    # Views

    def state(self) -> dict[str, Any]:
        """Everything, for JSON."""
        self.settle()
        return {
            "rules": [rule.public() for rule in self.rules.values()],
            "pushes": {key: utc(push.began) for key, push in self.pushes.items()},
            "recordings": {key: utc(recording.began) for key, recording in self.recordings.items()},
            "contents": [content.public() for content in self.contents],
            "callbacks": [config.public() for config in self.callbacks.values()],
            "notifications": {domain: config.url for domain, config in self.notifications.items()},
        }


def page(items: Sequence[T], offset: int, limit: int, counts: str, repeat: bool) -> Sequence[T]:
    """One page: ``offset`` counts records or pages; past the end it is empty or, if so asked, the last one again."""
    first = offset * limit if counts == "pages" else offset
    if repeat and items and first >= len(items):
        first = (len(items) - 1) // limit * limit
    return items[first : first + limit]
