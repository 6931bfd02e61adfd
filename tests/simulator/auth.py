# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who calls: signatures, tokens, locked keys; and how often: quotas."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable

from . import signature
from .answers import Answer, gateway_error, service_error
from .call import Call
from .settings import Settings


class Gatekeeper:
    """Authentication, as the gateway does it. ``clock`` is the cloud's, ``wall`` that of X-Sdk-Date; Unix seconds."""

    def __init__(self, settings: Settings, clock: Callable[[], float], wall: Callable[[], float]) -> None:
        self.settings = settings
        self.clock = clock
        self.wall = wall
        self.tokens: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._locked: dict[str, float] = {}

    def issue_token(self) -> tuple[str, float]:
        """A new token and when it expires."""
        token = "MII" + secrets.token_urlsafe(180)
        expires = self.clock() + self.settings.token_ttl
        self.tokens[token] = expires
        return token, expires

    def expire_tokens(self) -> None:
        """All tokens given out so far are worthless from now on."""
        self.tokens.clear()

    def reset(self) -> None:
        """Forget tokens, failures and locks."""
        self.tokens.clear()
        self._failures.clear()
        self._locked.clear()

    def check(self, call: Call) -> Answer | None:
        """The refusal, if the request is not rightly authenticated; who it was goes into its log entry."""
        if header := call.headers.get("Authorization"):
            refusal = self._check_key(call, header)
        elif token := call.headers.get("X-Auth-Token"):
            refusal = self._check_token(call, token)
        else:
            return gateway_error(self.settings, "0301", call.request_id, "no authentication header found")
        if refusal is not None:
            call.entry.auth = "refused"
        return refusal

    def _check_token(self, call: Call, token: str) -> Answer | None:
        expires = self.tokens.get(token)
        if expires is None or expires <= self.clock():
            return gateway_error(self.settings, "0301", call.request_id, "token expired or invalid")
        call.entry.auth = "token"
        return None

    def _check_key(self, call: Call, header: str) -> Answer | None:
        authorization = signature.parse(header)
        if authorization is None:
            return gateway_error(self.settings, "0301", call.request_id, "Authorization format is invalid")
        access = authorization.access
        if self._is_locked(access):
            return gateway_error(self.settings, "0301", call.request_id, "the access key is locked, try again later")
        date = signature.parse_date(call.headers.get("X-Sdk-Date", ""))
        if date is None:
            return gateway_error(self.settings, "0301", call.request_id, "X-Sdk-Date is missing or invalid")
        if abs(self.wall() + self.settings.clock_skew - date) > self.settings.max_skew:
            return gateway_error(self.settings, "0303", call.request_id, "x-sdk-date is out of range")
        if fault := self._key_fault(call, authorization):
            return self._failed(call, access, fault)
        if self._failures:
            self._failures.pop(access, None)
        call.entry.auth = f"aksk:{access}"
        return None

    def _key_fault(self, call: Call, authorization: signature.Authorization) -> str | None:
        if authorization.access != self.settings.access_key:
            return "the access key does not exist"
        if call.headers.get("X-Security-Token") != self.settings.security_token:
            return "the security token is missing or invalid"
        return signature.verify(
            self.settings.secret_key, authorization, call.method, call.path, call.query_text, call.headers, call.body
        )

    def _failed(self, call: Call, access: str, fault: str) -> Answer:
        failures = self._failures[access] = self._failures.get(access, 0) + 1
        if failures > self.settings.lock_after:
            self._locked[access] = self.clock() + self.settings.lock_seconds
            del self._failures[access]
        if self.settings.bad_signature_as == "service":
            return service_error("LIVE.100011002", fault)
        return gateway_error(self.settings, "0301", call.request_id, fault)

    def _is_locked(self, access: str) -> bool:
        until = self._locked.get(access) if self._locked else None
        if until is None:
            return False
        if until > self.clock():
            return True
        del self._locked[access]
        return False


_LIMITS = {
    "control": "quota",
    "rules": "quota",
    "online": "online_quota",
    "callbacks": "callback_quota",
    "notifications": "notification_quota",
}
"""Group of calls -> the setting that limits it."""


class Quotas:
    """Sliding windows: any ``quota_window`` seconds hold at most the limit."""

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self.settings = settings
        self.clock = clock
        self._windows: dict[str, deque[float]] = {}

    def reset(self) -> None:
        """Forget what was used."""
        self._windows.clear()

    def check(self, call: Call, group: str) -> Answer | None:
        """Count a request of a group: the refusal, if its quota is used up."""
        limit = getattr(self.settings, _LIMITS[group]) if group in _LIMITS else None
        if limit is None:
            return None
        name = "control" if group == "rules" and self.settings.quota_shared else group
        window, now = self._windows.setdefault(name, deque()), self.clock()
        while window and window[0] <= now - self.settings.quota_window:
            window.popleft()
        full = len(window) >= limit
        if not full or self.settings.quota_counts_refused:
            window.append(now)
        return self._refusal(call, limit) if full else None

    def _refusal(self, call: Call, limit: int) -> Answer:
        seconds = self.settings.quota_window
        span = f"{seconds / 60:g} minute" if seconds % 60 == 0 else f"{seconds:g} second"
        wait = self.settings.retry_after
        headers = {} if wait is None else {"Retry-After": f"{wait:g}"}
        detail = f"policy user over ratelimit,limit:{limit},time:{span}"
        return gateway_error(self.settings, "0308", call.request_id, detail, headers)
