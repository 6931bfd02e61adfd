# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Observe, plan, apply, report: one resource brought to its wanted state.

Check mode leaves out *apply* and nothing else. Nothing here knows Ansible.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from .._core.errors import ApiError, ConfigError, Disposition, LiveError, NetworkError
from .ask import ResourceError, ask, lacks_permission, maybe_done
from .kinds import Kind
from .resource import GIVEN, SET, Item, differences, lacks, merge, normalise, overlay, prune, view
from .stores import Store

Action = Literal["create", "update", "delete"]
_EXISTS = "LIVE.103011018"
_DONE = {"create": "created", "update": "changed", "delete": "removed"}
_AGAIN = "It may have taken effect: run the task again."


@dataclass(frozen=True)
class Request:
    """What a task asks for. wanted: the natural key and the fields that were given. budget: seconds of retries.

    update_secret: whether a secret that the service does not show is written although nothing else differs.
    """

    present: bool
    wanted: Item
    check: bool = False
    update_secret: bool = False
    budget: float = 60.0


@dataclass(frozen=True)
class Plan:
    """What is to be done. before, after: the whole resource, secrets among it. body: what a write sends."""

    action: Action | None
    before: Item | None
    after: Item | None
    body: Item = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """What became of it. resource: as it is, in check mode as it would be; None where there is none."""

    changed: bool
    resource: Item | None
    before: Item
    after: Item
    warnings: list[str]


Advise = Callable[[Item], list[str]]


def plan(kind: Kind, present: Item | None, request: Request) -> Plan:
    """From what is there and what is wanted to what is to be done. Pure. Raises ConfigError."""
    if not request.present:
        return Plan("delete" if present else None, present, None)
    if present is None:
        after = overlay(kind.on_create, request.wanted)
        _complete(kind, after)
        return Plan("create", None, after, _body(kind, after))
    after = merge(present, request.wanted, kind.shape)
    secret = kind.hidden
    if secret is not None and secret in request.wanted and present.get(secret) is None and not request.update_secret:
        after = {**after, secret: None}  # a secret that the service never shows is no difference by itself
    if after == present:
        return Plan(None, present, present)
    if secret is not None:
        after = {**after, secret: request.wanted.get(secret) or present.get(secret)}
    return Plan("update", present, after, _body(kind, overlay(after, request.wanted)))


def _body(kind: Kind, after: Item) -> Item:
    """The service replaces the whole resource, so all of it is sent."""
    return prune({name: after.get(name) for name in kind.written})


def _complete(kind: Kind, after: Item) -> None:
    missing = [path for path in kind.needed if lacks(after, path)]
    if missing:
        raise ConfigError(f"There is no {kind.name(after)} yet; to create it, give {', '.join(missing)} too.")


def ensure(store: Store, kind: Kind, request: Request, advise: Advise | None = None) -> Report:
    """Does what is asked for. advise: warnings about a resource that was, or would be, written.

    Raises ResourceError, ConfigError.
    """
    present = _find(store, kind, request)
    planned = plan(kind, present, request)
    resource, warnings = planned.after, _secret_warnings(kind, planned)
    if planned.action is not None and not request.check:
        resource, more = _apply(store, kind, request, planned, planned.action)
        warnings += more
    if planned.action in ("create", "update") and advise is not None:
        warnings += advise(request.wanted)
    same_secret = (planned.before or {}).get(kind.hidden or "") == (planned.after or {}).get(kind.hidden or "")
    shown = (*kind.key, *kind.written)
    return Report(
        changed=planned.action is not None,
        resource=None if resource is None else kind.public(normalise(resource, kind.shape)),
        before=view(planned.before, shown, kind.hidden),
        after=view(planned.after, shown, kind.hidden, SET if same_secret else GIVEN),
        warnings=warnings,
    )


def _find(store: Store, kind: Kind, request: Request) -> Item | None:
    try:
        return store.find(request.wanted)
    except LiveError as exc:
        tried = f"The {kind.name(request.wanted)} could not be looked up"
        raise ResourceError(tried, exc, kind.permissions["find"]) from None


def _apply(store: Store, kind: Kind, request: Request, planned: Plan, action: Action) -> tuple[Item | None, list[str]]:
    """Returns the resource as it is after the write, and warnings."""
    name = kind.name(request.wanted)
    write = {"create": _create, "update": _update, "delete": _delete}[action]
    try:
        answer = write(store, request, planned)
    except LiveError as exc:
        tried = f"The {name} could not be {_DONE[action]}"
        advice = _AGAIN if maybe_done(exc) else _fixed(kind, planned, exc)
        raise ResourceError(tried, exc, kind.permissions[action], advice) from None
    if planned.after is None:
        return None, []
    shown = prune(normalise(answer, kind.shape)) if isinstance(answer, dict) else {}
    return overlay(planned.after, shown), _mismatch(kind, request, shown, name)


def _update(store: Store, request: Request, planned: Plan) -> Any:
    return ask(lambda: store.update(planned.before or {}, planned.body), request.budget)


def _delete(store: Store, request: Request, planned: Plan) -> None:
    """A repeat after a lost answer, and somebody who was quicker, are both answered "does not exist"."""
    try:
        ask(lambda: store.delete(planned.before or {}), request.budget)
    except ApiError as exc:
        if exc.disposition is not Disposition.ABSENT:
            raise


def _create(store: Store, request: Request, planned: Plan) -> Any:
    """Nothing is created twice: where an answer was lost, a look comes before the next attempt."""
    lost = False

    def attempt() -> Any:
        nonlocal lost
        if lost and (found := store.find(request.wanted)) is not None:
            return found
        try:
            return store.create(request.wanted, planned.body)
        except (ApiError, NetworkError) as exc:
            if lost and isinstance(exc, ApiError) and exc.answer.code == _EXISTS:
                found = store.find(request.wanted)
                if found is not None:
                    return found
            lost = lost or maybe_done(exc)
            raise

    return ask(attempt, request.budget)


def _mismatch(kind: Kind, request: Request, shown: Item, name: str) -> list[str]:
    """The service took the write, and yet its answer shows something else: better said than found out later."""
    wanted = {part: value for part, value in request.wanted.items() if part in shown and part != kind.hidden}
    found = differences(shown, wanted, kind.shape)
    return [f"The service accepted the {name}, but in its answer {'; '.join(found)}."] if found else []


def _fixed(kind: Kind, planned: Plan, exc: LiveError) -> str:
    """A refusal of a change that is known to be refused in places."""
    before, after = planned.before or {}, planned.after or {}
    changed = [part for part in kind.fixed if planned.action == "update" and before.get(part) != after.get(part)]
    if not changed or lacks_permission(exc):
        return ""
    return (
        f"The console does not let {' and '.join(changed)} of a {kind.noun} be changed: to have another one, remove it "
        "(state: absent) and create it anew. That is left to you, since no rule applies in between."
    )


def _secret_warnings(kind: Kind, planned: Plan) -> list[str]:
    if kind.hidden is None or planned.action != "update" or planned.body.get(kind.hidden):
        return []
    return [
        f"The {kind.name(planned.before or {})} is written without {kind.hidden}, which the service does not show: "
        f"if it had one, it may be gone. Give {kind.hidden} to keep callbacks signed."
    ]
