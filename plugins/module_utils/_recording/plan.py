# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From observations to a plan, and from answers to outcomes. Pure: data in, data out.

The answer tables of the module's documentation are `success` and `refused` below; each row is a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from .._core.errors import Disposition, ErrorAnswer, disposition, hint, service_code
from .._core.streams import StreamKey
from .memory import Belief, Evidence, Seen

State = Literal["recording", "stopped", "unknown"]
Wanted = Literal["recording", "stopped"]
Action = Literal["START", "STOP"]
Status = Literal["changed", "unchanged", "failed", "not_attempted"]
COMMAND_RECORD = "COMMAND_RECORD"
ACTIONS: dict[Wanted, Action] = {"recording": "START", "stopped": "STOP"}


@dataclass(frozen=True)
class Rule:
    """What matters of a record rule here. app and stream may be `*`."""

    id: str | None
    app: str
    stream: str
    record_type: str


@dataclass(frozen=True)
class RuleSet:
    """The record rules of one publish domain; complete: all types and all pages were read."""

    rules: tuple[Rule, ...]
    complete: bool

    def match(self, key: StreamKey) -> Rule | None:
        """The rule that the service applies: exact app before `*`, then exact stream before `*`.

        Where two are equally exact, a COMMAND_RECORD rule wins: a doubt is never a reason to refuse a START.
        """
        fitting = [r for r in self.rules if r.app in (key.app, "*") and r.stream in (key.stream, "*")]
        return min(
            fitting, key=lambda r: (r.app == "*", r.stream == "*", r.record_type != COMMAND_RECORD), default=None
        )


@dataclass(frozen=True)
class Observations:
    """What the reads brought. A domain, or a domain and app, that could not be read has no entry.

    online: for each stream that the online list shows the time when its push began (`start_time`, None where the
    list names none), by (publish_domain, app).
    """

    rules: Mapping[str, RuleSet]
    online: Mapping[tuple[str, str], Mapping[str, str | None]]

    def seen(self, key: StreamKey) -> Seen:
        streams = self.online.get((key.publish_domain, key.app))
        return Seen() if streams is None else Seen(key.stream in streams, streams.get(key.stream))


NOTHING_OBSERVED = Observations({}, {})


@dataclass(frozen=True)
class Planned:
    """What is to be done for one stream, and what is known about it.

    action: None where it is refused before any request; then refusal says why and refusal_hint what to do.
    before, evidence: what is believed of the present state, and why. commandable: True only if its rule is known and
    is COMMAND_RECORD. online: None where it was not read.
    """

    key: StreamKey
    wanted: Wanted
    action: Action | None
    before: State
    commandable: bool
    rule_id: str | None
    online: bool | None
    refusal: str | None = None
    refusal_hint: str | None = None
    evidence: Evidence | None = None


@dataclass(frozen=True)
class Question:
    """The circumstances of an answer to a command.

    maybe_done: an earlier attempt of this run may have reached the cloud. second: the question was put again
    after the restart gap. gap, patience: there is a gap to wait for, there is time left to wait for a push.
    """

    planned: Planned
    maybe_done: bool = False
    second: bool = False
    gap: bool = True
    patience: bool = False


@dataclass(frozen=True)
class Verdict:
    """How a stream ended. before, after: what is known, `unknown` where nothing is. evidence: how before is known."""

    status: Status
    before: State
    after: State
    hint: str | None = None
    evidence: Evidence | None = None


AskAgain = Literal["after_gap", "after_interval"]


def plan(
    keys: Iterable[StreamKey],
    wanted: Wanted,
    observed: Observations,
    believe: Callable[[StreamKey], Belief] = lambda _key: Belief("unknown", None),
) -> list[Planned]:
    """One entry a key, same order. believe: what earlier runs tell of the present state."""
    return [_plan_one(key, wanted, observed, believe(key)) for key in keys]


def _plan_one(key: StreamKey, wanted: Wanted, observed: Observations, belief: Belief) -> Planned:
    rule_set = observed.rules.get(key.publish_domain)
    rule = rule_set.match(key) if rule_set else None
    known = rule_set is not None and rule_set.complete
    refusal, advice = _refusal(key, rule) if known and wanted == "recording" else (None, None)
    return Planned(
        key=key,
        wanted=wanted,
        action=None if refusal else ACTIONS[wanted],
        before=belief.state,
        evidence=belief.evidence,
        commandable=known and rule is not None and rule.record_type == COMMAND_RECORD,
        rule_id=rule.id if rule else None,
        online=observed.seen(key).listed,
        refusal=refusal,
        refusal_hint=advice,
    )


def _refusal(key: StreamKey, rule: Rule | None) -> tuple[str | None, str | None]:
    after = "a rule acts only on pushes that begin after it"
    if rule is None:
        return (
            f"no record rule of {key.publish_domain} matches",
            f"Create a COMMAND_RECORD rule for {key.app}/{key.stream} before the push: {after}.",
        )
    if rule.record_type != COMMAND_RECORD:
        return (
            f"the matching record rule {rule.id} ({rule.app}/{rule.stream}) is {rule.record_type}, not COMMAND_RECORD",
            f"Add a COMMAND_RECORD rule for {key.app}/{key.stream}; {after}.",
        )
    return None, None


def predict(planned: Planned) -> Verdict:
    """What check mode says: `unknown` counts as a change, since nothing shows that there is none."""
    status: Status = "unchanged" if planned.before == planned.wanted else "changed"
    return Verdict(status, planned.before, planned.wanted, evidence=planned.evidence)


def success(question: Question) -> Verdict:
    """The answer was 200. To a STOP it does not say whether there was anything to stop: memory may."""
    if question.planned.action == "START":
        return Verdict("changed", "stopped", "recording", evidence="answer")
    if question.maybe_done and question.planned.before == "stopped":
        return _settled(question, "stopped")
    return predict(question.planned)


def refused(question: Question, answer: ErrorAnswer) -> Verdict | AskAgain:
    """A final error answer: an outcome, or a reason to ask once more."""
    kind = disposition(answer)
    planned = question.planned
    if planned.action == "START":
        if kind is Disposition.EXISTS:
            return _exists(question)
        if _perhaps_not_pushed(planned, answer):
            return "after_interval" if question.patience else failed(question, not_pushed_hint(planned))
    elif kind is Disposition.ABSENT:
        if planned.commandable:
            return _settled(question, "stopped")
        return failed(question, hint(answer) + " Without a known COMMAND_RECORD rule, it cannot be told from idle.")
    elif answer.status == 400 and _says_little(answer):
        return failed(question, hint(answer) + " Some answer so to a STOP when nothing is recorded; that is not known.")
    return failed(question, hint(answer))


def failed(question: Question, advice: str | None) -> Verdict:
    """It did not work out.

    If an attempt may have reached the cloud, nothing is known any more; nor if a START failed for a stream that was
    believed to be recording: whatever it is, it is not what was believed.
    """
    planned = question.planned
    lost = question.maybe_done or planned.before == planned.wanted
    return Verdict("failed", planned.before, "unknown" if lost else planned.before, advice, planned.evidence)


def _exists(question: Question) -> Verdict | AskAgain:
    """LIVE.100011022: recording already, or stopped less than 10 s ago and still closing. Only a second tells.

    Memory tells too, if it says recording: unless an attempt of this run may have come between.
    """
    believed = question.planned.before == "recording" and not question.maybe_done
    if question.gap and not question.second and not believed:
        return "after_gap"
    return _settled(question, "recording", "remembered" if believed and not question.second else "answer")


def _settled(question: Question, state: Wanted, evidence: Evidence = "answer") -> Verdict:
    """The service says that the stream is as wanted: this run's doing, if an attempt of it may have got through."""
    before = question.planned.before
    if not question.maybe_done:
        return Verdict("unchanged", state, state, evidence=evidence)
    if before == state:  # memory may be wrong, and the lost attempt may have been the one
        return Verdict("changed", "unknown", state)
    return Verdict("changed", before, state, evidence=question.planned.evidence)


def _says_little(answer: ErrorAnswer) -> bool:
    return answer.code == "LIVE.100011001" or service_code(answer.code) is None


def _perhaps_not_pushed(planned: Planned, answer: ErrorAnswer) -> bool:
    """No page says what a START of a stream that is not pushed is answered: a 400 that says little, most likely.

    "Does not exist", where domain and rule are known to exist, can only be about the stream.
    """
    if disposition(answer) is Disposition.ABSENT:
        return planned.commandable
    return answer.status == 400 and _says_little(answer) and disposition(answer) is Disposition.REPORT


def not_pushed_hint(planned: Planned) -> str:
    """The fact of the online list beside the guess; the list lags by minutes."""
    if planned.online is None:
        return "Not pushed yet? Start the push first, or set wait_timeout to keep asking."
    if planned.online:
        return (
            "The online list shows it as pushed (it lags by minutes). If the push is up: the COMMAND_RECORD rule must "
            "have existed before the push began; restart the push."
        )
    return (
        "Not pushed yet? The online list does not show it (it lags by minutes). "
        "Start the push first, or set wait_timeout to keep asking."
    )
