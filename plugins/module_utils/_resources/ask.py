# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One question to the service, asked again while that may help."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from .._cloud.iam import LoginError
from .._core.errors import ApiError, Disposition, LiveError, NetworkError
from .._core.retry import Retries

Answer = TypeVar("Answer")
_PASSING = (Disposition.RETRY, Disposition.THROTTLED)
_UNREACHABLE = "Check the network, region, endpoint and proxy."


class ResourceError(LiveError):
    """A read or a write of a resource failed. changed: it may have taken effect all the same."""

    def __init__(self, tried: str, exc: LiveError, permission: str | None = None, advice: str = "") -> None:
        hints = " ".join(part for part in (_hint(exc, permission), advice) if part)
        super().__init__(f"{tried}: {str(exc).rstrip('.')}. {hints}".rstrip())
        self.changed = maybe_done(exc)


def ask(
    send: Callable[[], Answer],
    budget: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Answer:
    """What `send` returns. Throttling, server errors and network faults are retried for `budget` seconds.

    Raises what `send` raised last. `send` itself must see to it that asking twice does no harm.
    """
    retries = Retries(budget)
    while True:
        retries.begin(clock())
        try:
            return send()
        except (ApiError, NetworkError) as exc:
            again_at = retries.next_attempt(clock(), _at_least(exc)) if _passes(exc) else None
            if again_at is None:
                raise
        sleep(max(0.0, again_at - clock()))


def _passes(exc: ApiError | NetworkError) -> bool:
    return not exc.permanent if isinstance(exc, NetworkError) else exc.disposition in _PASSING


def _at_least(exc: ApiError | NetworkError) -> float | None:
    return exc.answer.retry_after if isinstance(exc, ApiError) else None


def maybe_done(exc: LiveError) -> bool:
    """Whether the request that met this may have taken effect: its answer was lost, or came out of a fault."""
    if isinstance(exc, NetworkError):
        return exc.maybe_sent
    if isinstance(exc, LoginError):
        return False  # the request itself was not sent
    return isinstance(exc, ApiError) and exc.disposition is Disposition.RETRY


def lacks_permission(exc: LiveError) -> bool:
    """Whether this call is not allowed to the user; others may be."""
    return isinstance(exc, ApiError) and (exc.answer.status == 403 or exc.answer.code == "LIVE.100011003")


def _hint(exc: LiveError, permission: str | None) -> str:
    if lacks_permission(exc) and permission:
        return f"The user is not allowed to do this. Grant it {permission}."
    if isinstance(exc, ApiError):
        return exc.hint
    return _UNREACHABLE if isinstance(exc, NetworkError) else ""
