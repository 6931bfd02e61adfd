# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server answers: the error codes with their HTTP status, and the three shapes of an error body."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from .settings import Settings

NO_HEADERS: Mapping[str, str] = {}


class Answer(NamedTuple):
    """One HTTP answer: ``code`` is the error code in it, if any; ``effect`` says if a command changed a recording."""

    status: int
    body: bytes = b""
    code: str | None = None
    effect: bool = False
    content_type: str = "application/json"
    headers: Mapping[str, str] = NO_HEADERS


OK = Answer(200)
STARTED = Answer(200, effect=True)
NO_CONTENT = Answer(204)

SERVICE_ERRORS: dict[str, tuple[int, str]] = {
    "LIVE.100011000": (500, "Internal Error"),
    "LIVE.100011001": (400, "Request Illegal"),
    "LIVE.100011002": (401, "Signature verification failed"),
    "LIVE.100011003": (401, "No permission"),
    "LIVE.100011004": (400, "Only HTTPS is supported"),
    "LIVE.100011007": (500, "Too many concurrent requests"),
    "LIVE.100011015": (401, "Project id does not match"),
    "LIVE.100011022": (400, "Record task exist"),
    "LIVE.100011099": (400, "Stream is not publishing"),
    "LIVE.103011018": (400, "Resource already exists"),
    "LIVE.103011019": (404, "Resource does not exist"),
}
"""Code -> (status, text): the service's table [doc]; LIVE.100011099 is ours, for a code that is in no table."""

GATEWAY_ERRORS: dict[str, tuple[int, str]] = {
    "0101": (404, "The API does not exist or has not been published in the environment"),
    "0301": (401, "Incorrect IAM authentication information"),
    "0302": (403, "The IAM user is not allowed to access the API"),
    "0303": (401, "Incorrect authentication information: the time of the request differs too much"),
    "0308": (429, "The throttling threshold has been reached"),
}
"""The gateway's codes, after their prefix [doc]."""


def dump(value: Any) -> bytes:
    """JSON, as UTF-8 bytes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def found(value: Any, status: int = 200) -> Answer:
    """A successful answer with a JSON body."""
    return Answer(status, dump(value))


def service_error(code: str, detail: str | None = None) -> Answer:
    """An error of the Live service itself; ``detail`` goes to ``error_detail``."""
    status, text = SERVICE_ERRORS[code]
    body = {"error_code": code, "error_msg": text}
    if detail:
        body["error_detail"] = detail
    return Answer(status, dump(body), code)


def illegal(detail: str) -> Answer:
    """400 LIVE.100011001 with what is wrong."""
    return service_error("LIVE.100011001", detail)


def gateway_error(
    settings: Settings, number: str, request_id: str, detail: str = "", headers: Mapping[str, str] | None = None
) -> Answer:
    """An error of the API gateway in front of the service, in the shape that the settings ask for."""
    status, text = GATEWAY_ERRORS[number]
    code = f"{settings.gateway_prefix}.{number}"
    message = f"{text}: {detail}" if detail else text
    body = {"error_code": code, settings.gateway_message_key: message, "request_id": request_id}
    return Answer(status, dump(body), code, headers=headers or NO_HEADERS)


def iam_error(status: int, message: str) -> Answer:
    """An error of IAM's own API."""
    title = {400: "Bad Request", 401: "Unauthorized", 404: "Not Found"}[status]
    body = {"error": {"code": status, "message": message, "title": title}}
    return Answer(status, dump(body), str(status))
