# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SDK-HMAC-SHA256, the signature of Huawei Cloud's API gateway.

Source: `huaweicloudsdkcore/signer/signer.py`, against which this is property-tested. Only the headers that are
handed in are signed, so a proxy that rewrites others breaks nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote

ALGORITHM = "SDK-HMAC-SHA256"
DATE_FORMAT = "%Y%m%dT%H%M%SZ"


def canonical_query(query: Mapping[str, str]) -> str:
    """The query, sorted and percent-encoded (RFC 3986): to be sent exactly as it was signed."""
    return "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(query.items()))


def encoded_path(path: str) -> str:
    """The percent-encoded form of a decoded path, slashes kept."""
    return quote(path, safe="/~")


def authorization(
    access_key: str, secret_key: str, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
) -> str:
    """The value of the Authorization header.

    path: percent-encoded. query: from canonical_query. headers: those to be signed, among them Host and
    X-Sdk-Date (UTC, DATE_FORMAT). body: as sent.
    """
    lowered = {name.lower(): value.strip() for name, value in headers.items()}
    names = sorted(lowered)
    lines = "".join(f"{name}:{lowered[name]}\n" for name in names)
    signed = ";".join(names)
    slash = "" if path.endswith("/") else "/"
    canonical = f"{method}\n{path}{slash}\n{query}\n{lines}\n{signed}\n{hashlib.sha256(body).hexdigest()}"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"{ALGORITHM}\n{lowered['x-sdk-date']}\n{digest}".encode()
    signature = hmac.new(secret_key.encode(), to_sign, hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Access={access_key}, SignedHeaders={signed}, Signature={signature}"
