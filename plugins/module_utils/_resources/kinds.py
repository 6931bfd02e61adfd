# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of resources: their fields, limits and natural keys, in the API's own names. Pure data.

Sources: `record_rule.py`, `default_record_config.py`, `record_callback_config_request.py`, `callback_url.py`,
`online_info.py`, `record_content_info_v2.py` of the SDK's models, and the pages of the same calls.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._core.errors import ConfigError
from .._core.streams import StreamNameError, check_name
from .resource import Field, Item, Shape, faults, given, lower, number, utc_time

_Check = Callable[[Any], "str | None"]


@dataclass(frozen=True)
class Kind:
    """What the engine needs to know of a kind of resource.

    noun: for people. result: the name of the return value. key: the natural key. written: the other fields of a write.
    needed: dotted paths without which none can be created. on_create: the service's own defaults, sent so that a new
    one is what was announced. fixed: fields that the service may refuse to change. hidden: a secret, which is never
    shown. tells: the service says whether there is one. permissions: what the user needs, by step.
    """

    noun: str
    result: str
    key: tuple[str, ...]
    shape: Shape
    written: tuple[str, ...]
    needed: tuple[str, ...]
    permissions: Mapping[str, str]
    on_create: Item = field(default_factory=dict)
    fixed: tuple[str, ...] = ()
    hidden: str | None = None
    tells: bool = False

    def wanted(self, params: Mapping[str, Any]) -> Item:
        """What a task asks for. Raises ConfigError that names every option that cannot be right."""
        wanted = given(params, (*self.key, *self.written))
        if self.hidden is not None and not wanted.get(self.hidden):
            wanted.pop(self.hidden, None)  # '' is what a survey sends for a field that was left out
        found = faults(wanted, self.shape)
        if found:
            raise ConfigError(f"The {self.noun} cannot be: {'; '.join(found)}. Nothing was sent.")
        return {name: lower(value) if name.endswith("domain") else value for name, value in wanted.items()}

    def name(self, item: Mapping[str, Any]) -> str:
        """`record rule push.example.com/live/*`."""
        return f"{self.noun} {'/'.join(str(item.get(part)) for part in self.key)}"

    def is_it(self, item: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
        """Whether the natural keys are equal."""
        return all(
            lower(item.get(part)) == wanted[part] if part.endswith("domain") else item.get(part) == wanted[part]
            for part in self.key
        )

    def public(self, item: Mapping[str, Any]) -> Item:
        """What may be shown: not the secret, only whether there is one, where the service tells that."""
        shown = {name: value for name, value in item.items() if name != self.hidden}
        return {**shown, f"has_{self.hidden}": True if item.get(self.hidden or "") else None} if self.tells else shown


def _name(part: str) -> _Check:
    def check(value: Any) -> str | None:
        if value == "*" and part != "publish_domain":
            return None
        try:
            check_name(part, value)
        except StreamNameError as exc:
            return str(exc).removeprefix(f"{part} ")
        return None

    return check


def _between(least: int, most: int | None, also: int | None = None) -> _Check:
    def check(value: Any) -> str | None:
        if value == also or (value >= least and (most is None or value <= most)):
            return None
        allowed = f"at least {least}" if most is None else f"{least} to {most}"
        return f"is {value}, it must be {allowed}" + ("" if also is None else f" or {also}")

    return check


def _url(value: Any) -> str | None:
    return None if re.fullmatch(r"https?://[^\s/]+\S*", value) else "is not a URL, http:// or https://"


def _key(value: Any) -> str | None:
    return None if re.fullmatch(r"[A-Za-z0-9]{32,}", value) else "must have at least 32 letters and digits, no others"


def _some(value: Any) -> str | None:
    return None if value else "is empty"


_NUMBER, _TIME, _TEXT = Field(number), Field(utc_time), Field()
_FILE = {
    "record_cycle": Field(number, _between(60, 43200, also=0)),
    "record_prefix": _TEXT,
    "record_max_duration_to_merge_file": Field(number, _between(-1, None), default=0),
}
_HLS = {**_FILE, "record_ts_prefix": _TEXT, "record_slice_duration": Field(number, _between(2, 60), default=10)}
_OBS = {"bucket": Field(check=_some), "location": Field(check=_some), "object": Field(default="")}
_CONFIG = {
    "record_format": Field(check=_some, unordered=True),
    "obs_addr": Field(fields=_OBS),
    "hls_config": Field(fields=_HLS),
    "flv_config": Field(fields=_FILE),
    "mp4_config": Field(fields=_FILE),
}
_STREAM = {
    "publish_domain": Field(lower, _name("publish_domain")),
    "app": Field(check=_name("app")),
    "stream": Field(check=_name("stream")),
}
_KEPT = {"create_time": _TIME, "update_time": _TIME}

RECORD_RULE = Kind(
    noun="record rule",
    result="record_rule",
    key=("publish_domain", "app", "stream"),
    shape={"id": _TEXT, **_STREAM, "record_type": _TEXT, "default_record_config": Field(fields=_CONFIG), **_KEPT},
    written=("record_type", "default_record_config"),
    needed=(
        "record_type",
        "default_record_config.record_format",
        "default_record_config.obs_addr.bucket",
        "default_record_config.obs_addr.location",
    ),
    permissions={
        "find": "live:record:listRules",
        "create": "live:record:createRule",
        "update": "live:record:updateRule",
        "delete": "live:record:deleteRule",
    },
    on_create={"default_record_config": {"obs_addr": {"object": ""}}},
    fixed=("record_type",),
)

RECORD_CALLBACK = Kind(
    noun="record callback",
    result="record_callback",
    key=("publish_domain", "app"),
    shape={
        "id": _TEXT,
        "publish_domain": _STREAM["publish_domain"],
        "app": _STREAM["app"],
        "notify_callback_url": Field(check=_url),
        "notify_event_subscription": Field(check=_some, default=["RECORD_FILE_COMPLETE"], unordered=True),
        "sign_type": Field(default="HMACSHA256"),
        "key": Field(check=_key),
        **_KEPT,
    },
    written=("notify_callback_url", "notify_event_subscription", "sign_type", "key"),
    needed=("notify_callback_url",),
    permissions={
        "find": "live:record:listCallbacks",
        "create": "live:record:createCallback",
        "update": "live:record:updateCallback",
        "delete": "live:record:deleteCallback",
    },
    on_create={"notify_event_subscription": ["RECORD_FILE_COMPLETE"], "sign_type": "HMACSHA256"},
    hidden="key",
)

PUSH_NOTIFICATION = Kind(
    noun="push notification",
    result="push_notification",
    key=("domain",),
    shape={
        "domain": Field(lower, _name("publish_domain")),
        "url": Field(check=_url),
        "auth_sign_key": _TEXT,
        "call_back_area": _TEXT,
    },
    written=("url", "auth_sign_key", "call_back_area"),
    needed=("url",),
    permissions={
        "find": "live:domain:getStreamNotifications",
        "create": "live:domain:updateStreamNotification",
        "update": "live:domain:updateStreamNotification",
        "delete": "live:domain:deleteStreamNotification",
    },
    hidden="auth_sign_key",
    tells=True,
)

ONLINE_STREAM: Shape = {
    **_STREAM,
    "video_codec": _TEXT,
    "audio_codec": _TEXT,
    "video_frame_rate": _NUMBER,
    "audio_frame_rate": _NUMBER,
    "video_bitrate": _NUMBER,
    "audio_bitrate": _NUMBER,
    "resolution": _TEXT,
    "client_ip": _TEXT,
    "start_time": _TIME,
}
RECORD_CONTENT: Shape = {
    **_STREAM,
    "file_name": _TEXT,
    "record_format": _TEXT,
    "record_type": _TEXT,
    "obs_addr": Field(fields=_OBS),
    "vod_info": _TEXT,
    "download_url": _TEXT,
    "start_time": _TIME,
    "end_time": _TIME,
    "duration": _NUMBER,
}
