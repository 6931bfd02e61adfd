# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request log: one entry a request, small enough for a hundred thousand of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class LogEntry:
    """One request to the Live API or to IAM, entered when it arrives and completed when it is answered.

    ``time`` (arrival) is of time.monotonic(), ``took`` seconds until the answer. ``status`` is 0 while there is no
    answer, and stays so if the connection was broken on purpose. ``key`` (``domain/app/stream``) and ``action`` are
    those of record control. ``effect``: the command changed what is being recorded. ``auth`` is ``aksk:<access key>``,
    ``token``, ``password``, ``refused`` or, where nothing was presented, None. ``fault``: the number of the scripted
    fault that it met.
    """

    index: int
    time: float
    method: str
    path: str
    query: dict[str, str]
    raw: bytes
    key: str | None = None
    action: str | None = None
    status: int = 0
    error_code: str | None = None
    effect: bool = False
    auth: str | None = None
    request_id: str = ""
    took: float = 0.0
    fault: int | None = None

    @property
    def body(self) -> Any:
        """The request's body: parsed JSON, or text if it is none; an empty one is ''."""
        text = self.raw.decode(errors="replace")
        try:
            return json.loads(text) if text else ""
        except ValueError:
            return text

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        names = (
            "index",
            "time",
            "method",
            "path",
            "query",
            "body",
            "status",
            "error_code",
            "key",
            "action",
            "effect",
            "auth",
            "request_id",
            "took",
            "fault",
        )
        return {name: getattr(self, name) for name in names}
