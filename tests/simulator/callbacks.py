# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bodies of callbacks, signed as documented."""

from __future__ import annotations

import base64
import hmac
from hashlib import md5
from typing import Any, Literal

from .model import CallbackConfig, Content, Delivery, Notification, Push, Recording, stream_of, utc

Digest = Literal["hex", "base64"]


def hmac_sha256(text: str, key: str, digest: Digest) -> str:
    """HMAC-SHA256 of UTF-8 text, in the given encoding."""
    raw = hmac.digest(key.encode(), text.encode(), "sha256")
    return raw.hex() if digest == "hex" else base64.b64encode(raw).decode()


def push_event(config: Notification, push: Push, event: str, expires: int, digest: Digest) -> Delivery:
    """PUBLISH or PUBLISH_DONE [doc]: auth_sign = HMAC-SHA256(event + domain + app + stream + auth_timestamp)."""
    domain, app, stream = stream_of(push.key)
    body: dict[str, Any] = {
        "domain": domain,
        "app": app,
        "stream": stream,
        "user_args": "",
        "client_ip": "192.0.2.10",
        "node_ip": "198.51.100.20",
        "publish_timestamp": str(int(push.began)),
        "event": event,
    }
    if config.auth_sign_key:
        text = f"{event}{domain}{app}{stream}{expires}"
        body |= {"auth_timestamp": expires, "auth_sign": hmac_sha256(text, config.auth_sign_key, digest)}
    return Delivery(config.url, body)


def record_event(
    config: CallbackConfig,
    project_id: str,
    recording: Recording,
    event: str,
    job: str = "",
    content: Content | None = None,
) -> dict[str, Any]:
    """The unsigned body of a record callback [doc]; ``job`` is the format of the file that it is about."""
    body: dict[str, Any] = {
        "project_id": project_id,
        "job_id": recording.jobs.get(job, ""),
        "task_id": recording.task_id,
        "event_type": event,
        **stream_of(recording.key)._asdict(),
        "record_format": job,
    }
    if content is not None:
        obs = content.obs
        body |= {
            "download_url": content.download_url,
            "asset_id": "",
            "file_size": 250_000 * content.duration,
            "record_duration": content.duration,
            "start_time": utc(content.began),
            "end_time": utc(content.ended),
            "width": 1920,
            "height": 1080,
            "obs_location": obs["location"],
            "obs_bucket": obs["bucket"],
            "obs_object": obs["object"],
        }
    return body


def sign_record(config: CallbackConfig, body: dict[str, Any], expires: int, digest: Digest) -> Delivery:
    """Add auth_timestamp and auth_sign [doc]: HMACSHA256 over time, event, names and URLs, or MD5(key + time)."""
    if not config.key:
        return Delivery(config.notify_callback_url, body)
    if config.sign_type == "MD5":
        sign = md5(f"{config.key}{expires}".encode()).hexdigest()
    else:
        names = ("event_type", "publish_domain", "app", "stream", "download_url", "play_url")
        text = "".join([str(expires), *(str(body.get(name, "")) for name in names)])
        sign = hmac_sha256(text, config.key, digest)
    return Delivery(config.notify_callback_url, {**body, "auth_timestamp": expires, "auth_sign": sign})
