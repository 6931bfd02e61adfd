# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong, and what to do about it: the exceptions and the table of service codes.

Source of the codes: the error tables of the Live and API Gateway references. Nothing here does I/O.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Disposition(Enum):
    """What an answer means for the request that met it."""

    REPORT = "report"  # final for this request
    RETRY = "retry"  # a passing fault on the other side
    THROTTLED = "throttled"  # ask again, everybody more slowly
    END_RUN = "end_run"  # true of every request of this run: send nothing more
    EXISTS = "exists"  # "Record task exist": recording already, or still closing
    ABSENT = "absent"  # the resource does not exist


class LiveError(Exception):
    """Base of every error that this collection raises on purpose. `str()` of it is fit for a user."""


class ConfigError(LiveError):
    """The options, the environment or a profile file cannot work. Nothing has been sent."""


class NetworkError(LiveError):
    """No usable answer came back.

    `maybe_sent`: the request may have reached the service and may have taken effect.
    `permanent`: asking again cannot help (a certificate that does not verify).
    """

    def __init__(self, message: str, maybe_sent: bool, permanent: bool = False) -> None:
        super().__init__(message)
        self.maybe_sent = maybe_sent
        self.permanent = permanent


@dataclass(frozen=True)
class ErrorAnswer:
    """An answer other than success, as far as it could be read.

    status: HTTP status. code: `LIVE.…`, `APIGW.…`, an IAM code, or None where the body names none.
    message: the service's own text, or a sentence about a body that is not the service's.
    request_id: what support asks for. retry_after: seconds, None where the answer names none.
    """

    status: int
    code: str | None
    message: str
    request_id: str | None = None
    retry_after: float | None = None


class ApiError(LiveError):
    """The service, the gateway or IAM answered with an error."""

    def __init__(self, answer: ErrorAnswer) -> None:
        super().__init__(describe(answer))
        self.answer = answer

    @property
    def disposition(self) -> Disposition:
        return disposition(self.answer)

    @property
    def hint(self) -> str:
        return hint(self.answer)


@dataclass(frozen=True)
class ServiceCode:
    """One row of the table: what a code means for us, and what its reader can do."""

    disposition: Disposition
    hint: str


_KEY = "Check access_key and secret_key (for temporary keys also security_token), or the token, and region."
_THROTTLE = (
    "The account's quota is used up, perhaps by other jobs with the same user. "
    "Lower rate_limit or concurrency, or raise retry_timeout."
)
_MAINTENANCE = "The API is in maintenance. Try again later, and ask support with the request id."
_INTERNAL = "An internal error of the service that outlasted the retries. Try again; ask support with the request id."
_CLOCK = "The clock of the host that runs the module is off by more than 15 minutes. Set it (NTP)."

CODES: dict[str, ServiceCode] = {
    "LIVE.100011001": ServiceCode(
        Disposition.REPORT, "A parameter is not accepted. Check the names and the record rule of the domain."
    ),
    "LIVE.100011022": ServiceCode(Disposition.EXISTS, "A record task of this stream exists."),
    "LIVE.100011004": ServiceCode(Disposition.REPORT, "The API takes HTTPS only. Check endpoint."),
    "LIVE.100011006": ServiceCode(Disposition.REPORT, _MAINTENANCE),
    "LIVE.100011008": ServiceCode(Disposition.REPORT, _MAINTENANCE),
    "LIVE.100011009": ServiceCode(Disposition.END_RUN, "The service does not know this user. Check the account."),
    "LIVE.100011013": ServiceCode(Disposition.END_RUN, "The account lacks real-name verification. Complete it."),
    "LIVE.103011018": ServiceCode(Disposition.REPORT, "The resource exists already."),
    "LIVE.103011021": ServiceCode(Disposition.RETRY, _INTERNAL),
    "LIVE.103011022": ServiceCode(Disposition.REPORT, "The state of the domain does not allow it. Check the domain."),
    "LIVE.100011002": ServiceCode(Disposition.END_RUN, _KEY),
    "LIVE.100011003": ServiceCode(Disposition.END_RUN, "The user lacks the permission, live:record:createCommand."),
    "LIVE.100011014": ServiceCode(Disposition.END_RUN, "The account is frozen or in arrears. Settle that first."),
    "LIVE.100011015": ServiceCode(Disposition.END_RUN, "The project is not the user's. Check project_id and region."),
    "LIVE.103011016": ServiceCode(Disposition.REPORT, "The service refuses the content of this stream."),
    "LIVE.103011019": ServiceCode(
        Disposition.ABSENT, "No such domain or record rule in this project and region. Check the names and the rule."
    ),
    "LIVE.100011000": ServiceCode(Disposition.RETRY, _INTERNAL),
    "LIVE.100011005": ServiceCode(Disposition.RETRY, _INTERNAL),
    "LIVE.100011007": ServiceCode(Disposition.THROTTLED, "Too many requests at the same time. Lower concurrency."),
    "APIGW.0101": ServiceCode(
        Disposition.REPORT, "This endpoint does not serve the Live API. Check region and endpoint."
    ),
    "APIGW.0301": ServiceCode(Disposition.END_RUN, _KEY),
    "APIGW.0302": ServiceCode(
        Disposition.END_RUN, "The user is not allowed to do this. Grant it live:record:createCommand."
    ),
    "APIGW.0303": ServiceCode(Disposition.END_RUN, _CLOCK),
    "APIGW.0308": ServiceCode(Disposition.THROTTLED, _THROTTLE),
}


def service_code(code: str | None) -> ServiceCode | None:
    """The table's row for a code, or None. The gateway spells its prefix APIGW or APIG."""
    if code is None:
        return None
    return CODES.get("APIGW." + code[5:] if code.startswith("APIG.") else code)


def disposition(answer: ErrorAnswer) -> Disposition:
    """What to do about an answer: its code decides, then its HTTP status."""
    row = service_code(answer.code)
    if row is not None:
        return row.disposition
    if answer.status == 429:
        return Disposition.THROTTLED
    if answer.status == 401:
        return Disposition.END_RUN
    if answer.status >= 500 or answer.status == 408:
        return Disposition.RETRY
    return Disposition.REPORT


def hint(answer: ErrorAnswer) -> str:
    """One or two sentences: what the reader of this answer can do."""
    row = service_code(answer.code)
    if row is not None:
        return row.hint
    by_disposition = {Disposition.END_RUN: _KEY, Disposition.THROTTLED: _THROTTLE, Disposition.RETRY: _INTERNAL}
    if 300 <= answer.status < 400:
        return "Redirects are not followed. Check endpoint, and whether a proxy stands in between."
    return by_disposition.get(disposition(answer), "Look the code up in the API reference, or ask support.")


def describe(answer: ErrorAnswer) -> str:
    """`LIVE.100011001 Request Illegal (HTTP 400, request id …)`."""
    where = f"HTTP {answer.status}" + (f", request id {answer.request_id}" if answer.request_id else "")
    return " ".join(part for part in (answer.code, answer.message, f"({where})") if part)
