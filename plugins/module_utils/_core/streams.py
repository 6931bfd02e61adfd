# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stream keys: the many ways in which people name a stream, and the one way in which we do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import ConfigError

# Lengths: publish_domain 1 to 255 (SDK, domain_stream_backup_info.py), stream 1 to 512 (the FAQ on StreamName).
# No page gives one for app: 255 is a guard against pasted text, not a fact.
_MAX_LENGTH = {"publish_domain": 255, "app": 255, "stream": 512}
_URL = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://")
_AUTHORITY = re.compile(r"(?P<host>[^:@\[\]]+)(?::\d{1,5})?")
# No page gives an alphabet. These are control, white and invisible characters, and what divides, ends or means more.
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028\u2029\u2060\ufeff/?#*\\]")
_FORBIDDEN_IN_DOMAIN = re.compile(_FORBIDDEN.pattern[:-1] + ":@]")
_SHOWN = 20
FORMS = "a stream name, domain/app/stream, a push URL rtmp://domain/app/stream, or {publish_domain, app, stream}"


@dataclass(frozen=True, order=True)
class StreamKey:
    """The natural key of a stream: every command and every result carries all three names."""

    publish_domain: str
    app: str
    stream: str

    def __str__(self) -> str:
        return f"{self.publish_domain}/{self.app}/{self.stream}"


class StreamNameError(ValueError):
    """One element cannot be a stream. `str()` says why and never shows a query or a password."""


def redact(value: Any) -> Any:
    """The value without what follows a `?` and without a URL's user info: those carry push secrets.

    Containers are walked, so that whatever the user gave can be shown or logged.
    """
    if isinstance(value, str):
        head, mark, _query = value.partition("?")
        return re.sub(r"(?<=://)[^/]*@", "", head) + mark
    if isinstance(value, list):
        return [redact(item) for item in value]
    if isinstance(value, dict):
        return {redact(key): redact(item) for key, item in value.items()}
    return value


def split_text(value: Any) -> Any:
    """A text split at commas, as Ansible does, without the spaces around; anything else as it is.

    A comma may belong to the query of the push URL before it. What follows such a query and is no URL itself cannot be
    told from a secret: it becomes an element that is refused, so that it is neither shown nor lost.
    """
    if not isinstance(value, str) or "," not in value:
        return value
    parts: list[str] = []
    in_query = False
    for part in value.split(","):
        in_query = "?" in part or (in_query and not _URL.match(part.strip()))
        parts.append(part.strip() if "?" in part or not in_query else "(a part of a query? give a list)")
    return parts


def check_name(part: str, value: Any) -> str:
    """A usable `publish_domain`, `app` or `stream`; a whole number counts as the name that it spells.

    Raises StreamNameError. Domains are lower-cased: host names know no case, keys of results do.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise StreamNameError(f"{part} is {_kind(value)}, not a name")
    if not value:
        raise StreamNameError(f"{part} is empty")
    if len(value) > _MAX_LENGTH[part]:
        raise StreamNameError(f"{part} has {len(value)} characters, at most {_MAX_LENGTH[part]} are allowed")
    bad = (_FORBIDDEN_IN_DOMAIN if part == "publish_domain" else _FORBIDDEN).search(value)
    if bad:
        raise StreamNameError(f"{part} {_quote(value)} contains {_character(bad.group())}")
    return value.lower() if part == "publish_domain" else value


def parse_stream(element: Any, publish_domain: str | None = None, app: str | None = None) -> StreamKey:
    """One element of `streams` as a key; the other arguments fill in what the element leaves out.

    Raises StreamNameError.
    """
    if isinstance(element, Mapping):
        return _from_mapping(element, publish_domain, app)
    if isinstance(element, str) and _URL.match(element):
        return _from_url(element)
    if isinstance(element, str) and "/" in element:
        return _from_path(element)
    if isinstance(element, (bool, list)) or not isinstance(element, (str, int)):
        raise StreamNameError(f"is {_kind(element)}; expected {FORMS}")
    return _key(publish_domain, app, element)


def parse_streams(
    elements: Iterable[Any], publish_domain: str | None = None, app: str | None = None
) -> list[StreamKey]:
    """All elements as keys, in order, each key once.

    Raises ConfigError that names every bad element by its index.
    """
    defaults = {"publish_domain": publish_domain, "app": app}
    faults: list[tuple[int | None, str]] = []
    for part, value in defaults.items():
        try:
            defaults[part] = None if value in (None, "") else check_name(part, value)
        except StreamNameError as exc:
            faults.append((None, f"option {exc}"))
            defaults[part] = "unusable"
    keys: dict[StreamKey, None] = {}
    for index, element in enumerate(elements):
        try:
            keys[parse_stream(element, **defaults)] = None
        except StreamNameError as exc:
            faults.append((index, str(exc)))
    if faults:
        raise ConfigError(_fault_message(faults))
    return list(keys)


def _key(publish_domain: Any, app: Any, stream: Any) -> StreamKey:
    if publish_domain is None or app is None:
        missing = " and ".join(n for n, v in (("publish_domain", publish_domain), ("app", app)) if v is None)
        raise StreamNameError(f"{_quote(stream)} has no {missing}: give it in the element or as an option")
    return StreamKey(check_name("publish_domain", publish_domain), check_name("app", app), check_name("stream", stream))


def _from_mapping(element: Mapping[Any, Any], publish_domain: str | None, app: str | None) -> StreamKey:
    unknown = sorted(_quote(key) for key in element if key not in _MAX_LENGTH)
    if unknown:
        raise StreamNameError(f"has unknown keys {', '.join(unknown)}; allowed are {', '.join(_MAX_LENGTH)}")
    if "stream" not in element:
        raise StreamNameError("has no key stream")
    given = {name: value for name, value in element.items() if value is not None or name == "stream"}
    return _key(given.get("publish_domain", publish_domain), given.get("app", app), given["stream"])


def _from_url(element: str) -> StreamKey:
    scheme, _sep, rest = element.partition("://")
    if scheme.lower() not in ("rtmp", "rtmps"):
        raise StreamNameError(f"{_quote(element)} is not a push URL: only rtmp:// and rtmps:// are")
    authority, *path = rest.partition("?")[0].split("/")
    match = _AUTHORITY.fullmatch(authority)
    if not match or len(path) != 2:
        raise StreamNameError(f"{_quote(element)} is not rtmp[s]://domain[:port]/app/stream")
    return _key(match["host"], *path)


def _from_path(element: str) -> StreamKey:
    parts = element.split("/")
    if len(parts) != 3:
        raise StreamNameError(f"{_quote(element)} has {len(parts)} parts, not the three of domain/app/stream")
    return _key(*parts)


def _fault_message(faults: list[tuple[int | None, str]]) -> str:
    """Every index, the first of them with their reasons."""
    lines = [text if index is None else f"streams[{index}]: {text}" for index, text in faults[:_SHOWN]]
    rest = [str(index) for index, _text in faults[_SHOWN:]]
    if rest:
        lines.append(f"and in the same way streams[{', '.join(rest)}]")
    count = len(faults)
    return f"{count} {'element' if count == 1 else 'elements'} cannot be used, nothing was sent: " + "; ".join(lines)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "a boolean", float: "a fraction", list: "a list", dict: "a dictionary"}
    return names.get(type(value), f"a {type(value).__name__}")


def _quote(value: Any) -> str:
    text = str(redact(value)) if isinstance(value, (str, int)) else _kind(value)
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _character(char: str) -> str:
    return repr(char) if char.isprintable() and char != " " else f"the character U+{ord(char):04X}"
