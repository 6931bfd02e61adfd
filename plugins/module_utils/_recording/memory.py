# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What earlier runs learned, and how far it can still be believed. Pure: the time is handed in.

Memory says what the state *was*. It never keeps a command from being sent: it may be wrong, a recording that does not
happen cannot be had back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Literal

from .._core.streams import StreamKey, StreamNameError, parse_stream

Remembered = Literal["recording", "stopped"]
Evidence = Literal["answer", "remembered", "new_push", "push_gone"]
KEPT = timedelta(days=30)
LIST_LAG = timedelta(minutes=5)  # the online list shows a push, or its end, after 2 to 4 minutes [doc]
_CLOCK_SKEW = timedelta(minutes=15)  # what the service tolerates between clocks
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_NAMED = 3


@dataclass(frozen=True)
class Entry:
    """One stream's last known state.

    since: the answer that showed it last (UTC). push: when the push began that the online list showed then, in the
    service's own words (`start_time`), None where it showed none.
    """

    state: Remembered
    since: datetime
    push: str | None = None

    def as_dict(self) -> dict[str, str | None]:
        return {"state": self.state, "since": self.since.strftime(_FORMAT), "push": self.push}


@dataclass(frozen=True)
class Seen:
    """What the online list says of a stream. listed: None where it was not read. push: its start_time."""

    listed: bool | None = None
    push: str | None = None


@dataclass(frozen=True)
class Belief:
    """What is believed of the present state, and why. evidence None: nothing is known."""

    state: Literal["recording", "stopped", "unknown"]
    evidence: Evidence | None


Memory = Mapping[StreamKey, Entry]


def read(raw: Any, now: datetime) -> tuple[dict[StreamKey, Entry], list[str]]:
    """What can be used of what a user handed in, and warnings about the rest. Never raises.

    Entries that nothing has confirmed for 30 days are left out without a word.
    """
    if raw in (None, ""):
        return {}, []
    if not isinstance(raw, Mapping):
        return {}, [f"remembered is ignored: it is not a dictionary but {type(raw).__name__}."]
    memory: dict[StreamKey, Entry] = {}
    faults: list[str] = []
    for name, value in raw.items():
        try:
            key, entry = _read_entry(name, value, now)
        except ValueError as exc:
            faults.append(str(exc))
            continue
        if now - entry.since <= KEPT:
            memory[key] = entry
    if not faults:
        return memory, []
    more = f"; and {len(faults) - _NAMED} more" if len(faults) > _NAMED else ""
    return memory, [f"{len(faults)} entries of remembered are ignored: {'; '.join(faults[:_NAMED])}{more}."]


def _read_entry(name: Any, value: Any, now: datetime) -> tuple[StreamKey, Entry]:
    """Raises ValueError that says what is wrong with the entry."""
    if not isinstance(name, str) or name.count("/") != 2:
        raise ValueError("a key is not domain/app/stream")
    try:
        key = parse_stream(name)
    except StreamNameError as exc:
        raise ValueError(f"a key is not domain/app/stream ({exc})") from None
    if not isinstance(value, Mapping) or value.get("state") not in ("recording", "stopped"):
        raise ValueError(f"{key} has no state recording or stopped")
    since = parse_time(value.get("since"))
    if since is None:
        raise ValueError(f"{key} has no time since that can be read")
    if since > now + _CLOCK_SKEW:
        raise ValueError(f"{key} is of the future")
    push = value.get("push")
    return key, Entry(value["state"], min(since, now), push if isinstance(push, str) else None)


def parse_time(value: Any) -> datetime | None:
    """A UTC time from `2006-01-02T15:04:05Z`, as the online list writes it; None for anything else."""
    try:
        return datetime.strptime(value, _FORMAT).replace(tzinfo=timezone.utc)
    except (TypeError, ValueError):
        return None


def believe(entry: Entry | None, seen: Seen, now: datetime) -> Belief:
    """How far memory still holds.

    A stopped stream stays stopped until somebody starts it. A recording ends with its push, so it is believed only
    while the online list does not contradict: not where it shows a push that began later, nor where it no longer
    shows the push, unless both are younger than the list's lag.
    """
    if entry is None:
        return Belief("unknown", None)
    if entry.state == "stopped" or seen.listed is None:
        return Belief(entry.state, "remembered")
    if not seen.listed:
        gone = entry.push is not None or now - entry.since > LIST_LAG
        return Belief("unknown", "push_gone") if gone else Belief("recording", "remembered")
    return Belief("unknown", "new_push") if _is_another_push(entry, seen) else Belief("recording", "remembered")


def _is_another_push(entry: Entry, seen: Seen) -> bool:
    if entry.push is not None and seen.push is not None:
        return entry.push != seen.push
    began = parse_time(seen.push)
    return began is not None and began > entry.since


def learn(
    memory: Memory, key: StreamKey, after: Literal["recording", "stopped", "unknown"], seen: Seen, now: datetime
) -> Entry | None:
    """The entry after a run that ended with `after` for this stream; None: forget it."""
    if after == "unknown":
        return None
    old = memory.get(key)
    push = seen.push
    if push is None and seen.listed is None and old is not None and old.state == after == "recording":
        push = old.push
    return Entry(after, now, push if after == "recording" else None)


def as_fact(memory: Memory) -> dict[str, dict[str, str | None]]:
    """The map that Ansible's fact cache keeps: `domain/app/stream` to state, since and push, sorted."""
    return {str(key): memory[key].as_dict() for key in sorted(memory)}
