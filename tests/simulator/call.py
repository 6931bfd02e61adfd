# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request, as the layers below HTTP see it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from .log import LogEntry
from .model import Stream


@lru_cache(maxsize=4096)
def parse_query(text: str) -> dict[str, str]:
    """A query string as a dict, the last of equal names winning. Shared between callers: not to be changed."""
    return dict(parse_qsl(text, keep_blank_values=True))


class Call:
    """One request. ``short`` is the path after ``/v1/{project_id}/``; ``project`` is that id ('' for IAM)."""

    __slots__ = ("body", "entry", "headers", "method", "path", "project", "query_text", "request_id", "short", "stream")

    def __init__(
        self, method: str, path: str, query_text: str, headers: Mapping[str, str], body: bytes, request_id: str
    ) -> None:
        self.method, self.path, self.query_text = method, path, query_text
        self.headers, self.body, self.request_id = headers, body, request_id
        parts = path.split("/", 3) if path.startswith("/v1/") else ()
        self.project, self.short = (parts[2], parts[3]) if len(parts) == 4 else ("", path.lstrip("/"))
        self.stream: Stream | str = ""
        self.entry: LogEntry

    @property
    def query(self) -> dict[str, str]:
        """The query parameters; read only."""
        return parse_query(self.query_text)

    @property
    def is_command(self) -> bool:
        """Whether it is a record control."""
        return self.short == "record/control" and self.method == "POST"

    def json(self) -> dict[str, Any] | None:
        """The body, if it is a JSON object."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return None
        return value if isinstance(value, dict) else None

    def read_stream(self) -> None:
        """Set ``stream`` from the body of a record control: the stream, or what is wrong with it."""
        body = self.json()
        if body is None:
            self.stream = "the body is not a JSON object"
            return
        stream = Stream(body.get("publish_domain", ""), body.get("app", ""), body.get("stream", ""))
        bad = [
            name
            for name, value in zip(stream._fields, stream, strict=True)
            if not isinstance(value, str) or not value or "*" in value or "/" in value
        ]
        self.stream = f"missing or invalid: {', '.join(bad)}" if bad else stream
