# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Streams as inventory hosts: a name that every part of Ansible takes, and that is never another stream's. Pure."""

from __future__ import annotations

import hashlib
import re

from .streams import StreamKey

_UNUSABLE = re.compile(r"[^A-Za-z0-9._-]")
_AMBIGUOUS = re.compile(r"__|^_|_$")


def host_name(key: StreamKey) -> str:
    """`push.example.com__live__cam-01`.

    Slashes, colons, commas and the like mean something in host patterns and file names. Where a part holds one, or an
    underscore that could be taken for the joint, the name ends in eight digits of the key's hash.
    """
    parts = (key.publish_domain, key.app, key.stream)
    name = "__".join(_UNUSABLE.sub("_", part) for part in parts)
    if not any(_UNUSABLE.search(part) or _AMBIGUOUS.search(part) for part in parts):
        return name
    return f"{name}-{hashlib.sha256(str(key).encode()).hexdigest()[:8]}"
