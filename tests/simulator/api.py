# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Live API: validation, and answers out of the cloud's state."""

from __future__ import annotations

import calendar
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .answers import NO_CONTENT, OK, STARTED, Answer, dump, found, illegal, service_error
from .call import Call
from .cloud import DEFAULT_EVENTS, RECORD_EVENTS, Cloud, T, page
from .model import CallbackConfig, Notification, Push, Stream, new_id, stream_of, utc
from .settings import RECORD_TYPES, Settings

ABSENT = service_error("LIVE.103011019")
_VERDICTS = {
    "started": STARTED,
    "stopped": STARTED,
    "ok": OK,
    "exists": service_error("LIVE.100011022"),
    "illegal": service_error("LIVE.100011001"),
    "absent": ABSENT,
    "unknown_code": service_error("LIVE.100011099"),
}
_FORMATS = {"HLS", "FLV", "MP4"}


class Route(NamedTuple):
    """What a call needs and does: the permission, the quota it counts to, the function that answers."""

    permission: str
    quota: str
    answer: Callable[[Call], Answer]


class InvalidError(Exception):
    """The request is to be refused with LIVE.100011001; the text goes to ``error_detail``."""


class LiveApi:
    """All calls of the Live API that the stand-in knows. ``{id}`` in a route stands for one path segment."""

    def __init__(self, settings: Settings, cloud: Cloud) -> None:
        self.settings = settings
        self.cloud = cloud
        self._routes = {
            ("POST", "record/control"): Route("record:createCommand", "control", self._run_record),
            ("GET", "realtime/streams"): Route("streams:list", "online", self._list_online),
            ("GET", "record/contents"): Route("contents:list", "contents", self._list_contents),
            ("GET", "record/rules"): Route("rules:list", "rules", self._list_rules),
            ("POST", "record/rules"): Route("rules:create", "rules", self._create_rule),
            ("GET", "record/rules/{id}"): Route("rules:get", "rules", self._show_rule),
            ("PUT", "record/rules/{id}"): Route("rules:update", "rules", self._update_rule),
            ("DELETE", "record/rules/{id}"): Route("rules:delete", "rules", self._delete_rule),
            ("GET", "record/callbacks"): Route("callbacks:list", "callbacks", self._list_callbacks),
            ("POST", "record/callbacks"): Route("callbacks:create", "callbacks", self._create_callback),
            ("GET", "record/callbacks/{id}"): Route("callbacks:get", "callbacks", self._show_callback),
            ("PUT", "record/callbacks/{id}"): Route("callbacks:update", "callbacks", self._update_callback),
            ("DELETE", "record/callbacks/{id}"): Route("callbacks:delete", "callbacks", self._delete_callback),
            ("GET", "notifications/publish"): Route("notifications:get", "notifications", self._show_notification),
            ("PUT", "notifications/publish"): Route("notifications:update", "notifications", self._set_notification),
            ("DELETE", "notifications/publish"): Route(
                "notifications:delete", "notifications", self._delete_notification
            ),
        }

    def route(self, call: Call) -> Route | None:
        """Where a request goes; None: there is no such API."""
        route = self._routes.get((call.method, call.short))
        if route is None:
            parent, _slash, last = call.short.rpartition("/")
            route = self._routes.get((call.method, parent + "/{id}")) if last else None
        return route

    def answer(self, route: Route, call: Call) -> Answer:
        """Let a request take effect."""
        try:
            return route.answer(call)
        except InvalidError as error:
            return illegal(str(error))

    # Record control and what is online

    def _run_record(self, call: Call) -> Answer:
        action = call.query.get("action")
        if action not in ("START", "STOP"):
            raise InvalidError("action must be START or STOP")
        if isinstance(call.stream, str):
            raise InvalidError(call.stream)
        key = str(call.stream)
        return _VERDICTS[self.cloud.start(key) if action == "START" else self.cloud.stop(key)]

    def _list_online(self, call: Call) -> Answer:
        query = call.query
        domain, app, stream = _required(query, "publish_domain"), query.get("app"), query.get("stream")
        if stream and not app:
            raise InvalidError("stream needs app")
        prefix = "/".join(filter(None, (domain, app, stream)))
        wanted = [push for push in self.cloud.online() if f"{push.key}/".startswith(f"{prefix}/")]
        offset, limit = _paging(query)
        streams = [_online_info(push) for push in self._page(wanted, offset, limit, self.settings.offset_counts)]
        return found(
            {
                "total_page": -(-len(wanted) // limit),
                "total_num": len(wanted),
                "offset": offset,
                "limit": limit,
                "request_id": call.request_id,
                "streams": streams,
            }
        )

    def _page(self, items: Sequence[T], offset: int, limit: int, counts: str) -> Sequence[T]:
        return page(items, offset, limit, counts, self.settings.repeat_last_page)

    # Record rules

    def _list_rules(self, call: Call) -> Answer:
        query = call.query
        kind = _record_type(query, self.settings.rules_default_type)
        wanted = [
            rule.public()
            for rule in self.cloud.rules.values()
            if kind in (rule.record_type, "all")
            and _fits(Stream(rule.publish_domain, rule.app, rule.stream), *map(query.get, Stream._fields))
        ]
        offset, limit = _paging(query)
        rules = self._page(wanted, offset, limit, self.settings.offset_counts)
        return found({"total": len(wanted), "record_config": rules})

    def _create_rule(self, call: Call) -> Answer:
        rule = self.cloud.add_rule(*_rule_fields(call.json()))
        return service_error("LIVE.103011018") if rule is None else found(rule.public(), 201)

    def _show_rule(self, call: Call) -> Answer:
        rule = self.cloud.rules.get(_last(call))
        return ABSENT if rule is None else found(rule.public())

    def _update_rule(self, call: Call) -> Answer:
        rule = self.cloud.rules.get(_last(call))
        if rule is None:
            return ABSENT
        changed = self.cloud.change_rule(rule, *_rule_fields(call.json()))
        return service_error("LIVE.103011018") if changed is None else found(changed.public())

    def _delete_rule(self, call: Call) -> Answer:
        return NO_CONTENT if self.cloud.remove_rule(_last(call)) else ABSENT

    # Record callbacks

    def _list_callbacks(self, call: Call) -> Answer:
        domain, app = call.query.get("publish_domain"), call.query.get("app")
        wanted = [
            config.public()
            for config in self.cloud.callbacks.values()
            if domain in (None, "", config.publish_domain) and app in (None, "", config.app)
        ]
        offset, limit = _paging(call.query)
        configs = self._page(wanted, offset, limit, self.settings.offset_counts)
        return found({"total": len(wanted), "callback_config": configs})

    def _create_callback(self, call: Call) -> Answer:
        config = self._callback(call, new_id(), self.cloud.clock())
        return self._store_callback(config, 201)

    def _show_callback(self, call: Call) -> Answer:
        config = self.cloud.callbacks.get(_last(call))
        return ABSENT if config is None else found(config.public())

    def _update_callback(self, call: Call) -> Answer:
        old = self.cloud.callbacks.get(_last(call))
        return ABSENT if old is None else self._store_callback(self._callback(call, old.id, old.create_time), 200)

    def _store_callback(self, config: CallbackConfig, status: int) -> Answer:
        for other in self.cloud.callbacks.values():
            if other.id != config.id and (other.publish_domain, other.app) == (config.publish_domain, config.app):
                return service_error("LIVE.103011018")
        self.cloud.callbacks[config.id] = config
        return found(config.public(), status)

    def _callback(self, call: Call, config_id: str, created: float) -> CallbackConfig:
        body = _object(call.json())
        events, sign_type, key = _events(body), body.get("sign_type", "HMACSHA256"), body.get("key", "")
        if sign_type not in ("HMACSHA256", "MD5"):
            raise InvalidError("sign_type must be HMACSHA256 or MD5")
        if key and not (isinstance(key, str) and len(key) >= 32 and key.isascii() and key.isalnum()):
            raise InvalidError("key must have at least 32 letters and digits")
        return CallbackConfig(
            config_id,
            _text(body, "publish_domain"),
            _text(body, "app"),
            _url(body, "notify_callback_url"),
            events,
            sign_type,
            key,
            created,
            self.cloud.clock(),
        )

    def _delete_callback(self, call: Call) -> Answer:
        return ABSENT if self.cloud.callbacks.pop(_last(call), None) is None else NO_CONTENT

    # Push notifications

    def _show_notification(self, call: Call) -> Answer:
        config = self.cloud.notifications.get(_required(call.query, "domain"))
        if config is None:
            return found({}) if self.settings.notification_none == "empty" else ABSENT
        shown = {"url": config.url, "call_back_area": config.call_back_area}
        if self.settings.notification_shows_key and config.auth_sign_key:
            shown["auth_sign_key"] = config.auth_sign_key
        return found(shown)

    def _set_notification(self, call: Call) -> Answer:
        domain, body = _required(call.query, "domain"), _object(call.json())
        key, area = body.get("auth_sign_key") or "", body.get("call_back_area") or "mainland_china"
        if not isinstance(key, str) or area not in ("mainland_china", "outside_mainland_china"):
            raise InvalidError("invalid: auth_sign_key or call_back_area")
        self.cloud.notifications[domain] = Notification(_url(body, "url"), key, area)
        return OK

    def _delete_notification(self, call: Call) -> Answer:
        domain = _required(call.query, "domain")
        return ABSENT if self.cloud.notifications.pop(domain, None) is None else NO_CONTENT

    # Finished files

    def _list_contents(self, call: Call) -> Answer:
        query = call.query
        start = _moment(_required(query, "start_time"))
        end = _moment(query["end_time"]) if query.get("end_time") else float("inf")
        kind = _record_type(query, self.settings.contents_default_type)
        self.cloud.settle()
        wanted = [
            content.public()
            for content in self.cloud.contents
            if kind in (content.rule.record_type, "all")
            and start <= int(content.began) <= end
            and _fits(content.stream, *map(query.get, Stream._fields))
        ]
        offset, limit = _paging(query)
        contents = self._page(wanted, offset, limit, self.settings.contents_offset_counts)
        return Answer(200, dump({"total": len(wanted), "record_contents": contents}))


def _last(call: Call) -> str:
    return call.short.rpartition("/")[2]


def _fits(stream: Stream, domain: str | None, app: str | None, name: str | None) -> bool:
    return (
        (not domain or stream.publish_domain == domain)
        and (not app or stream.app == app)
        and (not name or stream.stream == name)
    )


def _required(query: dict[str, str], name: str) -> str:
    if value := query.get(name):
        return value
    raise InvalidError(f"{name} is required")


def _paging(query: dict[str, str]) -> tuple[int, int]:
    """offset (default 0) and limit (1 to 100, default 10) [doc]."""
    try:
        offset, limit = int(query.get("offset", "0")), int(query.get("limit", "10"))
    except ValueError:
        raise InvalidError("offset and limit must be whole numbers") from None
    if offset < 0 or not 1 <= limit <= 100:
        raise InvalidError("offset must be at least 0, limit 1 to 100")
    return offset, limit


def _record_type(query: dict[str, str], default: str) -> str:
    kind = query.get("record_type") or default
    if kind not in (*RECORD_TYPES, "all"):
        raise InvalidError(f"record_type must be one of {', '.join(RECORD_TYPES)}")
    return kind


def _object(value: Any, name: str = "the body") -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidError(f"{name} must be a JSON object")
    return value


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value or "/" in value:
        raise InvalidError(f"{name} is required")
    return value


def _url(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        raise InvalidError(f"{name} must be a URL")
    return value


def _events(body: dict[str, Any]) -> tuple[str, ...]:
    events = body.get("notify_event_subscription") or list(DEFAULT_EVENTS)
    if not isinstance(events, list) or not set(map(str, events)) <= set(RECORD_EVENTS):
        raise InvalidError(f"notify_event_subscription must be a list of {', '.join(RECORD_EVENTS)}")
    return tuple(events)


def _rule_fields(body: Any) -> tuple[Stream, str, dict[str, Any]]:
    body = _object(body)
    stream = Stream(_text(body, "publish_domain"), _text(body, "app"), _text(body, "stream"))
    record_type = body.get("record_type") or RECORD_TYPES[0]
    if record_type not in RECORD_TYPES:
        raise InvalidError(f"record_type must be one of {', '.join(RECORD_TYPES)}")
    config = _object(body.get("default_record_config"), "default_record_config")
    formats = config.get("record_format")
    if not isinstance(formats, list) or not formats or not set(map(str, formats)) <= _FORMATS:
        raise InvalidError("record_format must be a list of HLS, FLV, MP4")
    _check_address(_object(config.get("obs_addr"), "obs_addr"))
    for name in formats:
        _check_format(f"{name.lower()}_config", config.get(f"{name.lower()}_config"))
    return stream, record_type, config


def _check_address(address: dict[str, Any]) -> None:
    for name in ("bucket", "location"):
        _text(address, name)
    if not isinstance(address.get("object"), str):
        raise InvalidError("object is required")


def _check_format(name: str, config: Any) -> None:
    """Limits of the SDK's models: a cycle of 0 or 1 minute to 12 hours."""
    if config is None:
        return
    cycle = _object(config, name).get("record_cycle", 0)
    if not isinstance(cycle, int) or not (cycle == 0 or 60 <= cycle <= 43200):
        raise InvalidError(f"{name}: record_cycle must be 0 or 60 to 43200")
    window = config.get("record_max_duration_to_merge_file", 0)
    if not isinstance(window, int) or window < (-1 if name == "hls_config" else 0):
        raise InvalidError(f"{name}: record_max_duration_to_merge_file is invalid")


def _moment(text: str) -> float:
    try:
        return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))
    except ValueError:
        raise InvalidError(f"not a time of the form 2006-01-02T15:04:05Z: {text}") from None


def _online_info(push: Push) -> dict[str, Any]:
    return {
        **stream_of(push.key)._asdict(),
        "video_codec": "H264",
        "audio_codec": "AAC",
        "video_frame_rate": 25,
        "audio_frame_rate": 44,
        "video_bitrate": 4000,
        "audio_bitrate": 128,
        "resolution": "1920x1080",
        "client_ip": "192.0.2.10",
        "start_time": utc(push.began),
    }
