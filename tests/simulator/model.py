# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The things the cloud keeps: rules, pushes, recordings, finished files, callback configurations."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Any, NamedTuple

COMMAND = "COMMAND_RECORD"
CONTINUOUS = "CONTINUOUS_RECORD"


class Stream(NamedTuple):
    """The three names of a stream; ``str()`` gives the key that is used throughout, ``domain/app/stream``."""

    publish_domain: str
    app: str
    stream: str

    def __str__(self) -> str:
        return "/".join(self)


def stream_of(key: str) -> Stream:
    """Split a key, or a rule's pattern (the parts may be ``*``); ValueError if it has not three parts."""
    parts = key.split("/")
    if len(parts) != 3 or not all(parts):
        raise ValueError(f"not of the form domain/app/stream: {key!r}")
    return Stream(*parts)


def utc(moment: float) -> str:
    """Unix seconds as the service writes times: 2006-01-02T15:04:05Z."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def new_id() -> str:
    """32 hex digits."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Rule:
    """A record rule; ``app`` and ``stream`` may be ``*``. Times are Unix seconds."""

    id: str
    publish_domain: str
    app: str
    stream: str
    record_type: str
    default_record_config: dict[str, Any]
    create_time: float
    update_time: float

    def public(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "id": self.id,
            "publish_domain": self.publish_domain,
            "app": self.app,
            "stream": self.stream,
            "record_type": self.record_type,
            "default_record_config": self.default_record_config,
            "create_time": utc(self.create_time),
            "update_time": utc(self.update_time),
        }

    def formats(self) -> list[str]:
        """What is recorded: HLS, FLV, MP4."""
        formats: list[str] = self.default_record_config["record_format"]
        return formats

    def merge_window(self) -> float:
        """Seconds that a push may be away without ending the recording [sdk: default 0, -1 means 30 days]."""
        configs = [self.default_record_config.get(f"{name.lower()}_config") or {} for name in self.formats()]
        windows = [config.get("record_max_duration_to_merge_file") or 0 for config in configs]
        return float(30 * 86400 if -1 in windows else max(windows, default=0))


@dataclass(frozen=True, slots=True)
class CallbackConfig:
    """Where a domain's record callbacks go; ``app`` may be ``*``, ``key`` is never shown."""

    id: str
    publish_domain: str
    app: str
    notify_callback_url: str
    notify_event_subscription: tuple[str, ...]
    sign_type: str
    key: str
    create_time: float
    update_time: float

    def public(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "id": self.id,
            "publish_domain": self.publish_domain,
            "app": self.app,
            "notify_callback_url": self.notify_callback_url,
            "notify_event_subscription": list(self.notify_event_subscription),
            "sign_type": self.sign_type,
            "create_time": utc(self.create_time),
            "update_time": utc(self.update_time),
        }


@dataclass(frozen=True, slots=True)
class Notification:
    """Where a domain's push notifications go."""

    url: str
    auth_sign_key: str
    call_back_area: str


@dataclass(frozen=True, slots=True)
class Push:
    """A push, with the rule that matched when it began: later rules do not act on it [doc]."""

    key: str
    rule: Rule | None
    began: float
    ended: float | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """A running recording; ``jobs`` are its files, by format. Times are Unix seconds."""

    key: str
    rule: Rule
    began: float
    task_id: str = field(default_factory=new_id)
    jobs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Content:
    """A finished file."""

    stream: Stream
    rule: Rule
    record_format: str
    job_id: str
    began: float
    ended: float

    @property
    def duration(self) -> int:
        """Whole seconds."""
        return max(0, round(self.ended - self.began))

    @property
    def obs(self) -> dict[str, str]:
        """Where the file lies: bucket, location, object (the SDK's default file name)."""
        address = self.rule.default_record_config["obs_addr"]
        start = time.strftime("%Y-%m-%d-%H-%M-%S", time.gmtime(self.began))
        extension = {"HLS": "m3u8", "FLV": "flv", "MP4": "mp4"}[self.record_format]
        name, kind = self.stream.stream, self.rule.record_type
        path = (
            f"Record/{self.stream.publish_domain}/{self.stream.app}/{kind}/{self.record_format}/{name}_{start}/"
            f"{name}_{start}.{extension}"
        )
        prefix = address["object"].strip("/")
        return {
            "bucket": address["bucket"],
            "location": address["location"],
            "object": f"{prefix}/{path}" if prefix else path,
        }

    @property
    def download_url(self) -> str:
        """Where the file could be fetched."""
        obs = self.obs
        return f"https://{obs['bucket']}.obs.{obs['location']}.myhuaweicloud.com/{obs['object']}"

    def public(self) -> dict[str, Any]:
        """As ListRecordContents shows it."""
        return {
            **self.stream._asdict(),
            "file_name": self.obs["object"].rsplit("/", 1)[1],
            "record_format": self.record_format,
            "record_type": self.rule.record_type,
            "obs_addr": self.obs,
            "download_url": self.download_url,
            "start_time": utc(self.began),
            "end_time": utc(self.ended),
            "duration": self.duration,
        }


class Delivery(NamedTuple):
    """A callback to be sent."""

    url: str
    body: dict[str, Any]
