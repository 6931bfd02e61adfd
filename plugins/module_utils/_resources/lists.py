# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reads: lists with all their pages, in one form. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from .._cloud import resources_api
from .._cloud.live_api import RECORD_TYPES, LiveApi, Pager
from .._core.errors import ApiError, ConfigError, LiveError
from .ask import ResourceError, ask
from .kinds import ONLINE_STREAM, PUSH_NOTIFICATION, RECORD_CALLBACK, RECORD_CONTENT, RECORD_RULE
from .resource import Item, Shape, normalise, utc_time

# The types that the API's pages name. The SDK has two more: files of those are asked for only if somebody wants them,
# and a refusal to list rules of those means that there are none.
_DOCUMENTED_TYPES = ("COMMAND_RECORD", "CONTINUOUS_RECORD")
_PATTERN = frozenset("*?[")


@dataclass(frozen=True)
class Listing:
    """The items that were asked for, each once, and what is to be said about them."""

    items: list[Item]
    warnings: list[str] = field(default_factory=list)


def record_rules(api: LiveApi, params: Mapping[str, Any], budget: float) -> Listing:
    """Record rules of one type, or of all of them: without a type the service may show one type only."""
    filters = _filters(params, "publish_domain", "app", "stream")
    asked = {name: value for name, value in filters.items() if value != "*"}  # what `*` means as a filter is unknown
    wanted = params.get("record_type")
    pagers = [resources_api.record_rules(api, kind, **asked) for kind in ([wanted] if wanted else RECORD_TYPES)]
    what, permission = "The list of record rules", "live:record:listRules"
    items, warnings = _read(pagers, what, RECORD_RULE.shape, permission, budget, wanted)
    return Listing([item for item in items if _equal(item, filters)], warnings)


def record_callbacks(api: LiveApi, params: Mapping[str, Any], budget: float) -> Listing:
    filters = _filters(params, "publish_domain", "app")
    asked = {name: value for name, value in filters.items() if value != "*"}
    pagers = [resources_api.record_callbacks(api, **asked)]
    what, permission = "The list of record callbacks", "live:record:listCallbacks"
    items, warnings = _read(pagers, what, RECORD_CALLBACK.shape, permission, budget)
    return Listing([RECORD_CALLBACK.public(item) for item in items if _equal(item, filters)], warnings)


def push_notifications(api: LiveApi, params: Mapping[str, Any], budget: float) -> Listing:
    """The one of a domain, or none."""
    domain = _filters(params, "domain").get("domain", "")
    try:
        item = ask(resources_api.PushNotification(api, domain).show, budget)
    except LiveError as exc:
        tried = f"The push notification of {domain} could not be read"
        raise ResourceError(tried, exc, PUSH_NOTIFICATION.permissions["find"]) from None
    return Listing([] if item is None else [PUSH_NOTIFICATION.public(normalise(item, PUSH_NOTIFICATION.shape))])


def streams(api: LiveApi, params: Mapping[str, Any], budget: float) -> Listing:
    """Online streams of a domain. app, stream: names, or shell patterns of them."""
    domain = _filters(params, "publish_domain").get("publish_domain", "")
    patterns = _filters(params, "app", "stream")
    asked = {name: value for name, value in patterns.items() if not _PATTERN.intersection(value)}
    if "app" not in asked:
        asked = {}  # the service takes stream only with app
    pagers = [resources_api.streams_online(api, domain, **asked)]
    what = f"The list of online streams of {domain}"
    items, warnings = _read(pagers, what, ONLINE_STREAM, "live:stream:listLiveStreamsOnline", budget)
    return Listing([item for item in items if _fits(item, patterns)], warnings)


def record_contents(api: LiveApi, params: Mapping[str, Any], budget: float) -> Listing:
    """Finished files whose recording began in a time range."""
    filters = _filters(params, "publish_domain", "app", "stream")
    times = {name: _moment(name, params[name]) for name in ("start_time", "end_time") if params.get(name)}
    wanted = params.get("record_type")
    types = [wanted] if wanted else _DOCUMENTED_TYPES
    pagers = (resources_api.record_contents(api, kind, **times, **filters) for kind in types)
    what, permission = "The list of recorded files", "live:record:listContents"
    items, warnings = _read(pagers, what, RECORD_CONTENT, permission, budget, wanted)
    return Listing([item for item in items if _equal(item, filters)], warnings)


def read_all(pager: Pager, budget: float, wanted_type: str | None = None) -> list[Item]:
    """All pages. wanted_type: the record type that somebody asks for. Raises as `ask` does."""
    record_type = pager.query.get("record_type", wanted_type)
    needed = record_type == wanted_type or record_type in _DOCUMENTED_TYPES
    while not pager.done:
        try:
            ask(pager.read_page, budget)
        except ApiError as exc:
            if needed or exc.answer.status != 400:
                raise
            pager.done = pager.complete = True
    return list(pager.items.values())


def _read(
    pagers: Iterable[Pager], what: str, shape: Shape, permission: str, budget: float, wanted_type: str | None = None
) -> tuple[list[Item], list[str]]:
    items: list[Item] = []
    warnings: list[str] = []
    for pager in pagers:
        try:
            items += [normalise(item, shape) for item in read_all(pager, budget, wanted_type)]
        except LiveError as exc:
            raise ResourceError(f"{what} could not be read", exc, permission) from None
        if not pager.complete:
            warnings.append(
                f"{what} ended before all that it counts was seen. Some may be missing: run the task again."
            )
    return items, warnings


def _filters(params: Mapping[str, Any], *names: str) -> dict[str, str]:
    """What was given; domains in lower case, as the service keeps them."""
    found = {name: str(params[name]) for name in names if params.get(name) not in (None, "")}
    return {name: value.lower() if name.endswith("domain") else value for name, value in found.items()}


def _equal(item: Item, filters: Mapping[str, str]) -> bool:
    return all(item.get(name) == value for name, value in filters.items())


def _fits(item: Item, patterns: Mapping[str, str]) -> bool:
    return all(fnmatchcase(str(item.get(name)), pattern) for name, pattern in patterns.items())


def _moment(name: str, value: str) -> str:
    moment = str(utc_time(value))
    if not moment.endswith("Z") or len(moment) != 20:
        raise ConfigError(f"{name} {value!r} is not a time such as 2026-01-02T15:04:05Z.")
    return moment
