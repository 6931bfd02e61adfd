# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resources as data: bring them into one form, say what they would be, and show the difference. Pure.

A shape describes the fields of a resource. A field that a task leaves out does not count, and keeps its value; a field
that the service leaves out has the value that its documentation gives for that case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

Item = dict[str, Any]
SET = "(set, not shown)"
GIVEN = "(as given, not shown)"


@dataclass(frozen=True)
class Field:
    """One field. read: from the service's spelling to ours. check: what is wrong with a wanted value, None if nothing.

    default: what the service means when it leaves the field out. unordered: a list whose order means nothing.
    fields: those of a nested object.
    """

    read: Callable[[Any], Any] | None = None
    check: Callable[[Any], str | None] | None = None
    default: Any = None
    unordered: bool = False
    fields: Mapping[str, Field] | None = None


Shape = Mapping[str, Field]


def normalise(item: Mapping[str, Any], shape: Shape) -> Item:
    """All fields of the shape, None where there is nothing, then whatever else the service sent."""
    known = {name: _read(item.get(name), field) for name, field in shape.items()}
    return {**known, **{name: value for name, value in item.items() if name not in shape}}


def _read(value: Any, field: Field) -> Any:
    if value is None:
        return None
    if field.fields is not None:
        return normalise(value, field.fields) if isinstance(value, dict) else None
    return field.read(value) if field.read else value


def number(value: Any) -> Any:
    """A whole number, whether the service sent it as one or spelled it; anything else as it is."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.strip().lstrip("-").isdecimal():
        return int(value)
    return value if value != "" else None


def lower(value: Any) -> Any:
    """Domains know no case."""
    return value.lower() if isinstance(value, str) else value


def utc_time(value: Any) -> Any:
    """`2026-01-02T15:04:05Z`, from any ISO 8601 form (UTC where it names no zone); anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
    except ValueError:
        return value or None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def given(params: Mapping[str, Any], names: Iterable[str]) -> Item:
    """The options that were given: null ones, and dictionaries in which nothing was given, are left out."""
    return prune({name: params.get(name) for name in names})


def prune(item: Mapping[str, Any]) -> Item:
    """Without nulls and empty dictionaries, at any depth. False, 0, -1, '' and [] are values."""
    pruned = {name: prune(value) if isinstance(value, dict) else value for name, value in item.items()}
    return {name: value for name, value in pruned.items() if value is not None and value != {}}


def merge(present: Mapping[str, Any], wanted: Mapping[str, Any], shape: Shape) -> Item:
    """What the resource would be: what is wanted where it differs, what is there everywhere else."""
    merged = dict(present)
    for name, value in wanted.items():
        field = shape.get(name, Field())
        if field.fields is not None:
            here = present.get(name) or {}
            inner = merge(here, value, field.fields)
            merged[name] = inner if inner != here else present.get(name)
        elif not _same(present.get(name), value, field):
            merged[name] = value
    return merged


def overlay(below: Mapping[str, Any], above: Mapping[str, Any]) -> Item:
    """Both in one, at any depth; where both have a value, the one above."""
    merged = dict(below)
    for name, value in above.items():
        merged[name] = overlay(below.get(name) or {}, value) if isinstance(value, dict) else value
    return merged


def _same(present: Any, wanted: Any, field: Field) -> bool:
    present = field.default if present is None else present
    if field.unordered and isinstance(present, list) and isinstance(wanted, list):
        return set(map(str, present)) == set(map(str, wanted))
    return bool(present == wanted)


def differences(present: Mapping[str, Any], wanted: Mapping[str, Any], shape: Shape, prefix: str = "") -> list[str]:
    """`a.b is 1, not 2` for every wanted field that is otherwise."""
    found: list[str] = []
    for name, value in wanted.items():
        field, here = shape.get(name, Field()), present.get(name)
        if field.fields is not None:
            found += differences(here or {}, value, field.fields, f"{prefix}{name}.")
        elif not _same(here, value, field):
            found.append(f"{prefix}{name} is {here!r}, not {value!r}")
    return found


def faults(wanted: Mapping[str, Any], shape: Shape, prefix: str = "") -> list[str]:
    """What cannot be right in what is wanted, by option."""
    found: list[str] = []
    for name, value in wanted.items():
        field = shape.get(name, Field())
        if field.fields is not None:
            found += faults(value, field.fields, f"{prefix}{name}.")
        elif field.check is not None and (fault := field.check(value)):
            found.append(f"{prefix}{name} {fault}")
    return found


def lacks(item: Mapping[str, Any], path: str) -> bool:
    """Whether a dotted path leads to nothing."""
    value: Any = item
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value in (None, [])


def view(item: Mapping[str, Any] | None, names: Iterable[str], secret: str | None, mark: str = SET) -> Item:
    """What a diff shows of a resource: the fields that can be written, a secret only as a mark."""
    if item is None:
        return {}
    shown = prune({name: item.get(name) for name in names})
    if secret is not None and shown.get(secret):
        shown[secret] = mark
    return shown
