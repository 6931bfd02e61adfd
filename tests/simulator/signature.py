# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An independent check of SDK-HMAC-SHA256 signatures, from the description of the algorithm.

It shares no code with the collection, so that a mistake there is not confirmed here.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, unquote

ALGORITHM = "SDK-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
EMPTY_BODY = sha256(b"").hexdigest()
_HEADER = re.compile(rf"{ALGORITHM} Access=([^,\s]+), ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{{64}})")
_DATE = "%Y%m%dT%H%M%SZ"


class Authorization(NamedTuple):
    """The parts of an Authorization header."""

    access: str
    signed: tuple[str, ...]
    signature: str


@lru_cache(maxsize=64)
def _split(signed: str) -> tuple[str, ...]:
    return tuple(signed.split(";"))


def parse(header: str) -> Authorization | None:
    """Take an Authorization header apart; None if it is not one of this algorithm."""
    match = _HEADER.fullmatch(header)
    if match is None:
        return None
    access, signed, signature = match.groups()
    return Authorization(access, _split(signed), signature)


@lru_cache(maxsize=4096)
def canonical_path(path: str) -> str:
    """Each segment percent-encoded once, whatever encoding it arrived in, with a slash at the end."""
    encoded = "/".join(quote(segment, safe="~") for segment in unquote(path).split("/"))
    return encoded if encoded.endswith("/") else encoded + "/"


@lru_cache(maxsize=4096)
def canonical_query(query: str) -> str:
    """Sorted by name and value, both percent-encoded; a name without a value keeps its equals sign."""
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)


@lru_cache(maxsize=4096)
def parse_date(text: str) -> float | None:
    """X-Sdk-Date as Unix seconds; None if it is not of the form 20060102T150405Z."""
    try:
        return datetime.strptime(text, _DATE).replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        return None


def _body_hash(headers: Mapping[str, str], body: bytes) -> str:
    if not body:
        return EMPTY_BODY
    if headers.get("X-Sdk-Content-Sha256") == UNSIGNED and not headers.get("Content-Type", "").startswith(
        "application/json"
    ):
        return UNSIGNED
    return sha256(body).hexdigest()


def expected(
    secret: str, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes, signed: tuple[str, ...]
) -> str:
    """The signature that these parts must have, in hex.

    ``path`` and ``query`` are as they stand in the request line; ``headers`` finds names whatever their case; all of
    ``signed`` must be in it (KeyError).
    """
    lines = "".join([f"{name}:{headers[name].strip()}\n" for name in signed])
    canonical = (
        f"{method}\n{canonical_path(path)}\n{canonical_query(query)}\n{lines}\n{';'.join(signed)}\n"
        f"{_body_hash(headers, body)}"
    )
    text = f"{ALGORITHM}\n{headers['X-Sdk-Date']}\n{sha256(canonical.encode()).hexdigest()}"
    return hmac.digest(secret.encode(), text.encode(), "sha256").hex()


def verify(
    secret: str,
    authorization: Authorization,
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    body: bytes,
) -> str | None:
    """Why the signature is to be refused; None: it is right. The date's skew is the caller's business."""
    needed = {"host", "x-sdk-date"} | ({"x-security-token"} if "X-Security-Token" in headers else set())
    if not needed <= set(authorization.signed):
        return f"headers not signed: {', '.join(sorted(needed - set(authorization.signed)))}"
    missing = [name for name in authorization.signed if name not in headers]
    if missing:
        return f"signed headers not sent: {', '.join(missing)}"
    right = expected(secret, method, path, query, headers, body, authorization.signed)
    return None if hmac.compare_digest(right, authorization.signature) else "verify aksk signature fail"
