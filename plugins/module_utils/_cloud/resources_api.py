# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Live API beyond record control: rules, callbacks, notifications, online streams, files. One request a call.

Sources: the API reference of Live, and `huaweicloudsdklive/v1/live_client.py` with its models. No retry here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from .._core.errors import ApiError, Disposition
from .live_api import LiveApi, Pager

RECORD_RULES = "/record/rules"
RECORD_CALLBACKS = "/record/callbacks"
PUSH_NOTIFICATION = "/notifications/publish"
RECORD_EVENTS = (
    "RECORD_START",
    "RECORD_NEW_FILE_START",
    "RECORD_FILE_COMPLETE",
    "RECORD_OVER",
    "RECORD_FAILED",
)
# What identifies an item of a list that has no id, so that a page that repeats one adds nothing.
_STREAM = ("publish_domain", "app", "stream")
_FILE = (*_STREAM, "record_type", "record_format", "file_name", "start_time", "download_url")


@dataclass(frozen=True)
class Collection:
    """Resources that are created below one path and have an id from then on."""

    api: LiveApi
    path: str

    def create(self, body: Mapping[str, Any]) -> Any:
        """The resource as the service answers it. Not safe to be repeated blindly."""
        return self.api.call("POST", self.path, body=body).body

    def update(self, resource_id: str, body: Mapping[str, Any]) -> Any:
        """Replaces the whole resource."""
        return self.api.call("PUT", f"{self.path}/{resource_id}", body=body).body

    def delete(self, resource_id: str) -> None:
        self.api.call("DELETE", f"{self.path}/{resource_id}")


@dataclass(frozen=True)
class PushNotification:
    """The one push notification configuration of a domain (`*_publish_template` in the SDK)."""

    api: LiveApi
    domain: str

    def show(self) -> dict[str, Any] | None:
        """None where there is none: the service answers 404 or an empty object, no page says which."""
        try:
            body = self.api.call("GET", PUSH_NOTIFICATION, {"domain": self.domain}).body
        except ApiError as exc:
            if exc.disposition is Disposition.ABSENT:
                return None
            raise
        return {**body, "domain": self.domain} if isinstance(body, dict) and body.get("url") else None

    def put(self, body: Mapping[str, Any]) -> Any:
        """Creates or replaces it; may be repeated."""
        return self.api.call("PUT", PUSH_NOTIFICATION, {"domain": self.domain}, body).body

    def delete(self) -> None:
        self.api.call("DELETE", PUSH_NOTIFICATION, {"domain": self.domain})


def record_rules(api: LiveApi, record_type: str, **filters: str | None) -> Pager:
    """ListRecordRules of one type; filters: publish_domain, app, stream."""
    query = _query(filters, record_type=record_type)
    return Pager(api, RECORD_RULES, query, "record_config", "total", _identity("id"))


def record_callbacks(api: LiveApi, **filters: str | None) -> Pager:
    """ListRecordCallbackConfigs; filters: publish_domain, app."""
    return Pager(api, RECORD_CALLBACKS, _query(filters), "callback_config", "total", _identity("id"))


def streams_online(api: LiveApi, publish_domain: str, **filters: str | None) -> Pager:
    """ListLiveStreamsOnline; filters: app, and stream only with app. It lags by minutes, both ways."""
    query = _query(filters, publish_domain=publish_domain)
    return Pager(api, "/realtime/streams", query, "streams", "total_num", _identity(*_STREAM))


def record_contents(api: LiveApi, record_type: str, start_time: str, **filters: str | None) -> Pager:
    """ListRecordContents of one type; start_time: ISO 8601, UTC. filters: end_time, publish_domain, app, stream."""
    query = _query(filters, record_type=record_type, start_time=start_time)
    return Pager(api, "/record/contents", query, "record_contents", "total", _identity(*_FILE))


def _query(filters: Mapping[str, str | None], **needed: str) -> dict[str, str]:
    return {**needed, **{name: value for name, value in filters.items() if value}}


def _identity(*fields: str) -> Callable[[Mapping[str, Any]], Hashable]:
    return lambda item: tuple(item.get(name) for name in fields)
