# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP: the only file that imports requests. No redirects, no cookies, no .netrc, every failure named.

A proxy and a CA bundle from the environment are honoured; they are looked up once, not with every request.
"""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from .._core.errors import ApiError, ErrorAnswer, NetworkError
from .._core.retry import parse_retry_after

try:
    import requests
    from requests.adapters import HTTPAdapter
    from requests.utils import get_environ_proxies
    from urllib3 import disable_warnings
    from urllib3.exceptions import ConnectTimeoutError, HTTPError, InsecureRequestWarning, NewConnectionError
except ImportError:
    REQUESTS_IMPORT_ERROR: str | None = traceback.format_exc()
else:
    REQUESTS_IMPORT_ERROR = None

USER_AGENT = "hwc.live (Ansible collection)"
_MAX_MESSAGE = 500


@dataclass(frozen=True)
class Answer:
    """A success. body: the decoded JSON, None where there is none. headers: case-insensitive."""

    status: int
    headers: Mapping[str, str]
    body: Any
    request_id: str | None


class Transport:
    """Sends one request at a time per calling thread over a shared pool of connections.

    timeout: seconds to connect, and seconds without a byte of the answer. connections: kept open at the same time.
    """

    def __init__(self, timeout: float, verify: bool | str, connections: int) -> None:
        self._timeout = timeout
        self._verify = verify
        self._lock = threading.Lock()
        self._proxies: dict[str, dict[str, str]] = {}
        # The adapter alone: a session around it would add cookies, redirects and .netrc, and most of the CPU time.
        self._adapter = HTTPAdapter(pool_connections=4, pool_maxsize=connections, max_retries=0)
        self.sent = 0  # requests so far
        if verify is False:
            disable_warnings(InsecureRequestWarning)  # the user asked for it

    def send(self, method: str, base: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """One request, no retry.

        base: scheme and host. target: encoded path and query. Raises ApiError for every answer but 2xx, NetworkError
        where no usable answer came back.
        """
        all_headers = {"User-Agent": USER_AGENT, "Accept": "application/json", **headers}
        try:
            proxies = self._count_and_find_proxies(base)
            request = requests.Request(method, base + target, all_headers, data=body or None).prepare()
            response = self._adapter.send(request, timeout=self._timeout, verify=self._verify, proxies=proxies)
            response.content  # noqa: B018 - reads the body: it may be cut
        except (OSError, ValueError, HTTPError) as exc:  # RequestException is an OSError
            raise _network_error(exc, base, self._timeout) from None
        if 200 <= response.status_code < 300:
            return _success(response)
        raise ApiError(_error_answer(response))

    def _count_and_find_proxies(self, base: str) -> dict[str, str]:
        with self._lock:
            self.sent += 1
            proxies = self._proxies.get(base)
            if proxies is None:
                proxies = self._proxies[base] = get_environ_proxies(base)
            return proxies


def _success(response: requests.Response) -> Answer:
    kind = response.headers.get("Content-Type", "").lower()
    body: Any = None
    if response.content:
        try:
            body = json.loads(response.content)
        except (ValueError, RecursionError):
            if "json" in kind or "html" in kind:
                raise NetworkError(
                    f"HTTP {response.status_code} with a body that is not the service's ({kind or 'no type'}, "
                    f"{len(response.content)} bytes): a proxy or a portal in between?",
                    maybe_sent=True,
                ) from None
    return Answer(response.status_code, response.headers, body, response.headers.get("X-request-id"))


def _error_answer(response: requests.Response) -> ErrorAnswer:
    """Reads the service's, the gateway's and IAM's shapes; anything else is described, never quoted."""
    body: Any = None
    with contextlib.suppress(ValueError, RecursionError):
        body = json.loads(response.content)
    fields: dict[str, Any] = body if isinstance(body, dict) else {}
    inner = fields.get("error")
    nested: dict[str, Any] = inner if isinstance(inner, dict) else {}
    code = fields.get("error_code") or nested.get("error_code") or nested.get("code")
    text = fields.get("error_msg") or fields.get("error_message") or nested.get("error_msg") or nested.get("message")
    detail, request_id = fields.get("error_detail"), fields.get("request_id")
    if not text:
        text = _describe_body(response)
    elif detail:
        text = f"{text} ({detail})"
    return ErrorAnswer(
        status=response.status_code,
        code=str(code) if code is not None else None,
        message=" ".join(str(text).split())[:_MAX_MESSAGE],
        request_id=response.headers.get("X-request-id") or (str(request_id) if request_id else None),
        retry_after=parse_retry_after(response.headers.get("Retry-After"), time.time()),
    )


def _describe_body(response: requests.Response) -> str:
    try:
        phrase = HTTPStatus(response.status_code).phrase
    except ValueError:
        phrase = "unknown status"
    if not response.content:
        return f"{phrase}, with an empty body"
    kind = response.headers.get("Content-Type", "").partition(";")[0] or "no content type"
    return f"{phrase}, with a body that names no error ({kind}, {len(response.content)} bytes)"


def _network_error(exc: BaseException, base: str, timeout: float) -> NetworkError:
    """Names the fault, and whether the request may have reached the service: in doubt it may."""
    causes = _causes(exc)
    certificate = next((c for c in causes if isinstance(c, ssl.SSLCertVerificationError)), None)
    if certificate is not None:
        return _never(f"the certificate of {base} does not verify ({certificate.verify_message}): check ca_path")
    if not isinstance(exc, requests.exceptions.RequestException) or isinstance(exc, ValueError):
        return _unusable(exc, base)
    before = _before_sending(exc, causes, timeout)
    if before is not None:
        return before if before.permanent else NetworkError(f"no connection to {base}: {before}", maybe_sent=False)
    if isinstance(exc, requests.exceptions.Timeout):
        return NetworkError(f"no answer from {base} within {timeout:g} s", maybe_sent=True)
    return NetworkError(f"the connection to {base} broke before the answer was complete", maybe_sent=True)


def _before_sending(exc: BaseException, causes: list[BaseException], timeout: float) -> NetworkError | None:
    """What kept the request from being sent, None where it may have been. The call that failed tells the stage."""
    calls = {frame.name for cause in causes for frame in traceback.extract_tb(cause.__traceback__)}
    connecting = any(isinstance(c, ConnectTimeoutError) for c in causes)  # the base class of NewConnectionError too
    if isinstance(exc, requests.exceptions.ProxyError) and (connecting or "_tunnel" in calls):
        return NetworkError("the proxy does not answer or refuses", maybe_sent=False)
    if any(isinstance(c, NewConnectionError) for c in causes):
        reason = next((c.strerror for c in reversed(causes) if isinstance(c, OSError) and c.strerror), None)
        return NetworkError(reason or "refused", maybe_sent=False)
    if connecting:
        return NetworkError(f"none within {timeout:g} s", maybe_sent=False)
    if "do_handshake" in calls:
        return NetworkError("TLS broke off or timed out", maybe_sent=False)
    if "ssl_wrap_socket" in calls:
        return _never("ca_path holds no CA certificates that can be read")
    return None


def _never(message: str) -> NetworkError:
    return NetworkError(message, maybe_sent=False, permanent=True)


def _unusable(exc: BaseException, base: str) -> NetworkError:
    """A request that requests refuses to send, or cannot. Its own words may hold a header's value: not shown."""
    if isinstance(exc, (requests.exceptions.InvalidHeader, UnicodeError)):
        return _never("a credential has a line break or a character that a header cannot carry")
    if isinstance(exc, OSError) and not isinstance(exc, requests.exceptions.RequestException):
        return _never("ca_path (or REQUESTS_CA_BUNDLE) cannot be read")
    return _never(f"{base} cannot be used as an address, or the proxy of the environment cannot")


def _causes(exc: BaseException) -> list[BaseException]:
    """The exception and all that it wraps, outermost first, however requests and urllib3 wrapped it."""
    found: list[BaseException] = []
    queue: list[Any] = [exc]
    while queue:
        item = queue.pop(0)
        if isinstance(item, BaseException) and item not in found:
            found.append(item)
            queue += [*item.args, getattr(item, "reason", None), item.__cause__, item.__context__]
    return found
