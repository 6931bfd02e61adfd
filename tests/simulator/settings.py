# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the stand-in can be told to do: the account, the clocks, the quotas and every doubtful point of the service.

A doubtful point is something that Huawei's pages leave open or contradict each other on; each is a field here, with
the positions that a client has to survive. All fields may be changed while the server runs.
"""

from __future__ import annotations

import types
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

PERMISSIONS = frozenset(
    {
        "record:createCommand",
        "rules:list",
        "rules:get",
        "rules:create",
        "rules:update",
        "rules:delete",
        "callbacks:list",
        "callbacks:get",
        "callbacks:create",
        "callbacks:update",
        "callbacks:delete",
        "notifications:get",
        "notifications:update",
        "notifications:delete",
        "streams:list",
        "contents:list",
        "projects:list",
    }
)
"""Names for ``Settings.denied``. ``live:record:createCommand`` is the service's own; the others are ours."""

RecordType = Literal["CONTINUOUS_RECORD", "COMMAND_RECORD", "PLAN_RECORD", "ON_DEMAND_RECORD"]
RECORD_TYPES: tuple[str, ...] = get_args(RecordType)
DefaultType = Literal["CONTINUOUS_RECORD", "all"]
Paging = Literal["records", "pages"]


@dataclass(kw_only=True)
class Settings:
    """All that can be set. Durations are seconds. An illegal value raises ValueError and changes nothing."""

    # The account.
    access_key: str = "SIMULATORACCESSKEY01"
    secret_key: str = "simulator-secret-key-simulator-secret-01"
    security_token: str | None = None
    """Temporary keys: the token that every signed request must carry and sign; None: the key is permanent."""
    username: str = "operator"
    password: str = "simulator-password"
    account_name: str = "sim-account"
    account_id: str = "d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0"
    project_id: str = "0123456789abcdef0123456789abcdef"
    region: str = "sim-region-1"
    """The region, which is also the project's name."""
    token_ttl: float = 86400.0
    """Life of an IAM token [doc: 24 h]."""
    denied: frozenset[str] = frozenset()
    """Permissions (see PERMISSIONS) that the account lacks."""
    denied_as: Literal["gateway", "service"] = "gateway"
    """403 APIGW.0302 or 401 LIVE.100011003: both are in the error tables, no page says which one comes when."""
    bad_signature_as: Literal["gateway", "service"] = "gateway"
    """401 APIGW.0301 or 401 LIVE.100011002: both tables list "wrong signature"."""
    lock_after: int = 5
    """More failed AK/SK checks than this lock the key [doc: more than 5] ..."""
    lock_seconds: float = 300.0
    """... for this long [doc: 5 minutes]. 0: never."""
    max_skew: float = 900.0
    """Tolerated difference between X-Sdk-Date and the server's clock [doc: 15 minutes]."""
    clock_skew: float = 0.0
    """How far the server's clock is ahead of this machine's."""

    # Recording.
    gap: float = 10.0
    """After a STOP, a START of the stream must wait longer than this [doc: 10 s]."""
    merge_window: float | None = None
    """How long a push may be away without ending its recording. None: as the rule says, in
    ``record_max_duration_to_merge_file`` (default 0; -1: 30 days) [sdk]; a number overrules every rule."""
    online_lag_appear: float = 0.0
    """Until a new push shows in ListLiveStreamsOnline [doc: 2 to 4 minutes]."""
    online_lag_vanish: float = 0.0
    """Until an ended push goes from it [doc: about 3 minutes]."""

    # Quotas and load.
    quota: int | None = None
    """Record control and record rule requests per window [doc: 300 a minute and user]. None: unlimited."""
    quota_shared: bool = True
    """Whether control and rules share one counter. The quota table has both in one row, which can mean either."""
    quota_window: float = 60.0
    """Length of the sliding window of every quota."""
    quota_counts_refused: bool = False
    """Whether a request refused with 429 uses up quota as well [unknown]."""
    online_quota: int | None = None
    """ListLiveStreamsOnline [doc: 1000]."""
    callback_quota: int | None = None
    """Record callback configuration [doc: 300]."""
    notification_quota: int | None = None
    """Push notification configuration [doc: 300]."""
    retry_after: float | None = None
    """Value of a Retry-After header on a 429; None: no such header (no page promises one)."""
    max_concurrent: int | None = None
    """Live requests in flight beyond which 500 LIVE.100011007 is answered."""
    latency: float = 0.0
    """Added to each Live request, before it takes effect."""

    # Doubtful points.
    start_while_recording: Literal["exists", "ok"] = "exists"
    """START of a stream that is being recorded: LIVE.100011022 or 200. The page has that code for the gap only."""
    idle_stop: Literal["ok", "absent", "illegal"] = "ok"
    """STOP of a stream that is not recorded: 200, 404 LIVE.103011019 or 400 LIVE.100011001. Written nowhere."""
    stop_no_rule: Literal["idle", "absent", "illegal"] = "idle"
    """STOP of a stream that no rule matches: as ``idle_stop`` says, or one of those two errors. Written nowhere."""
    start_unpushed: Literal["illegal", "unknown_code", "absent"] = "illegal"
    """START of a stream that is not pushed: LIVE.100011001, a 400 with a code in no table, or 404. The page says only
    that it does not start."""
    start_no_rule: Literal["illegal", "absent"] = "illegal"
    """START of a stream that no rule matches: LIVE.100011001 or 404 LIVE.103011019. Written nowhere."""
    gateway_prefix: Literal["APIGW", "APIG"] = "APIGW"
    """Prefix of the gateway's codes: the service's pages have one, the gateway's own pages the other."""
    gateway_message_key: Literal["error_msg", "error_message"] = "error_msg"
    """Where a gateway error has its text; as above."""
    offset_counts: Paging = "records"
    """What ``offset`` counts for rules, callbacks and online streams: one page says records, another says pages."""
    contents_offset_counts: Paging = "pages"
    """The same for ListRecordContents, where the SDK says pages."""
    repeat_last_page: bool = False
    """An offset past the end repeats the last page (what a page number clipped to the last one does), not an empty
    one. Written nowhere."""
    rules_default_type: DefaultType = "CONTINUOUS_RECORD"
    """Which rules ListRecordRules shows without ``record_type``. The page says both "all" and this default."""
    contents_default_type: DefaultType = "CONTINUOUS_RECORD"
    """The same for ListRecordContents."""
    notification_none: Literal["absent", "empty"] = "absent"
    """GET of a push notification that is not configured: 404 LIVE.103011019 or 200 ``{}``. Written nowhere."""
    notification_shows_key: bool = True
    """Whether that GET returns ``auth_sign_key``: in the SDK's model, not in the page's example."""

    # Callbacks.
    callback_digest: Literal["hex", "base64"] = "hex"
    """Encoding of auth_sign. The pages say HMAC-SHA256 and not how it is written."""
    callback_ttl: float = 1800.0
    """auth_timestamp, the expiry of a callback's signature, is this far ahead."""
    callback_repeat: bool = False
    """Deliver each callback twice: delivery once is not promised."""
    callback_shuffle: bool = False
    """Deliver callbacks less than 0.1 s apart in reverse order: order is not promised."""

    def __setattr__(self, name: str, value: object) -> None:
        """Check ``value`` against the field's type and positions; JSON forms (list for a set) are converted."""
        hint = _hints().get(name)
        if hint is None:
            raise ValueError(f"no such setting: {name}; there are: {', '.join(sorted(_hints()))}")
        object.__setattr__(self, name, _checked(name, hint, value))

    def update(self, changes: dict[str, Any]) -> None:
        """Set several fields: all, or none when one is illegal."""
        trial = Settings(**self.as_dict())
        for name, value in changes.items():
            setattr(trial, name, value)
        for name in changes:
            object.__setattr__(self, name, getattr(trial, name))

    def as_dict(self) -> dict[str, Any]:
        """Fields by name, as they stand."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


_HINTS: dict[str, Any] = {}


def _hints() -> dict[str, Any]:
    if not _HINTS:
        _HINTS.update(get_type_hints(Settings))
    return _HINTS


def _checked(name: str, hint: Any, value: object) -> object:
    origin = get_origin(hint)
    if origin is Literal:
        if value in get_args(hint):
            return value
        raise ValueError(f"{name} must be one of {', '.join(map(str, get_args(hint)))}, not {value!r}")
    if origin in (Union, types.UnionType):
        return None if value is None else _checked(name, get_args(hint)[0], value)
    if origin is frozenset:
        return _permissions(name, value)
    if hint is float:
        return _number(name, value)
    exact = isinstance(value, hint) and isinstance(value, bool) == (hint is bool)  # a bool is an int to Python
    if not exact or (hint is int and isinstance(value, int) and value < 0):
        raise ValueError(f"{name} must be of type {hint.__name__} (and not negative), not {value!r}")
    return value


def _permissions(name: str, value: object) -> frozenset[str]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ValueError(f"{name} must be a list or set of permission names, not {value!r}")
    wanted = frozenset(value)
    if wanted - PERMISSIONS:
        raise ValueError(f"{name}: no such permission: {', '.join(sorted(map(str, wanted - PERMISSIONS)))}")
    return wanted


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or (value < 0 and name != "clock_skew"):
        raise ValueError(f"{name} must be a number of seconds, not {value!r}")
    return float(value)
