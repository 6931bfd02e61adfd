# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Streams as people type them: text with one a line or with commas between them, and comments. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from .errors import ConfigError
from .streams import StreamNameError, check_name, parse_stream

_LINE_END = re.compile(r"\r\n|\r|\n")
_COMMENT = re.compile(r"(?:^|(?<=[\s,]))#.*")
_SHOWN = 20


def stream_keys(survey: Any, publish_domain: Any = None, app: Any = None) -> list[str]:
    """`domain/app/stream` of every stream, in order, each once.

    survey: text, or a list of streams in any form that parse_stream takes; null and '' are an empty list.
    publish_domain, app: for streams that name none. Raises ConfigError that names every bad line (of a list: element)
    by its number, counted from 1, and never shows what follows a `?`.
    """
    defaults = {"publish_domain": _default("publish_domain", publish_domain), "app": _default("app", app)}
    if survey is None or isinstance(survey, (str, int)):
        if isinstance(survey, bool):
            raise ConfigError("A boolean is not a list of streams.")
        where, elements = "line", _from_text("" if survey is None else str(survey))
    elif isinstance(survey, Sequence):
        where, elements = "element", list(enumerate(survey, 1))
    else:
        raise ConfigError("The streams must be text or a list.")
    return _parse(where, elements, defaults)


def _default(part: str, value: Any) -> str | None:
    try:
        return None if value in (None, "") else check_name(part, value)
    except StreamNameError as exc:
        raise ConfigError(f"The argument {exc}.") from None


def _from_text(text: str) -> list[tuple[int, Any]]:
    """(line number, stream) of everything that is neither blank nor a comment."""
    lines = enumerate(_LINE_END.split(text.removeprefix("\ufeff")), 1)
    return [(line, part) for line, content in lines for part in _from_line(_COMMENT.sub("", content))]


def _from_line(content: str) -> list[Any]:
    """The streams of a line. What seems to be the rest of a push URL's query is an error: it may be a secret."""
    parts = [part.strip() for part in content.split(",")]
    found: list[Any] = []
    for before, part in zip(["", *parts], parts, strict=False):
        if "?" in before and "://" not in part and re.search("[=&]", part):
            found.append(StreamNameError("a comma in the query of a push URL separates streams: write it as %2C"))
        elif part:
            found.append(part)
    return found


def _parse(where: str, elements: Iterable[tuple[int, Any]], defaults: dict[str, str | None]) -> list[str]:
    keys: dict[str, None] = {}
    faults: list[str] = []
    for position, element in elements:
        try:
            if isinstance(element, StreamNameError):
                raise element
            keys[str(parse_stream(element, **defaults))] = None
        except StreamNameError as exc:
            faults.append(f"{where} {position}: {exc}")
    if faults:
        rest = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        raise ConfigError(f"Not every {where} names a stream: {'; '.join(faults[:_SHOWN])}{rest}.")
    return list(keys)
