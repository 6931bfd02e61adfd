# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Observe, plan, apply, report: one run over a list of streams.

Check mode leaves out *apply* and nothing else. Nothing here knows Ansible.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from .._cloud.iam import LoginError
from .._cloud.live_api import DOCUMENTED_TYPES, RECORD_TYPES, SDK_ONLY_TYPES, LiveApi, Pager
from .._core.errors import ApiError, Disposition, LiveError, NetworkError
from .._core.retry import Pacer, Retries
from .._core.streams import StreamKey
from . import memory as memories
from . import plan as planning
from .memory import Evidence, Memory
from .plan import Observations, Planned, Question, Rule, RuleSet, State, Status, Verdict, Wanted
from .pool import Pool, StepResult
from .request import Options

_READ_BUDGET = 10.0  # seconds: reads are optional, and a recording may be waiting for them
_NAMED = 5  # failed streams that a message names
_UNREACHABLE_HINT = "Check the network, region, endpoint and proxy."


@dataclass(frozen=True)
class Result:
    """What became of one stream: the same fields for every stream of every run. The module documents them."""

    publish_domain: str
    app: str
    stream: str
    before: State
    after: State
    action: str | None
    status: Status
    online: bool | None
    rule_id: str | None
    attempts: int = 0
    http_status: int | None = None
    error_code: str | None = None
    error_msg: str | None = None
    hint: str | None = None
    request_id: str | None = None
    evidence: Evidence | None = None

    @property
    def key(self) -> StreamKey:
        return StreamKey(self.publish_domain, self.app, self.stream)


@dataclass(frozen=True)
class Report:
    """The whole run. changed: this run changed the cloud, or may have. failure: a message, None for success."""

    changed: bool
    results: list[Result]
    summary: dict[str, int | float]
    failure: str | None
    memory: Memory
    warnings: list[str] = field(default_factory=list)

    def as_dict(self, with_diff: bool) -> dict[str, Any]:
        """The module's return values, and `diff` of the streams that change if it is wanted."""
        values: dict[str, Any] = {
            "changed": self.changed,
            "streams": [asdict(result) for result in self.results],
            "summary": self.summary,
            "ansible_facts": {"live_recordings": memories.as_fact(self.memory)},
        }
        if with_diff:
            changes = sorted((str(r.key), r.before, r.after) for r in self.results if r.status == "changed")
            values["diff"] = {
                "before": {key: before for key, before, _after in changes},
                "after": {key: after for key, _before, after in changes},
            }
        return values


def run(api: LiveApi, keys: Sequence[StreamKey], options: Options) -> Report:
    """Brings the streams to the wanted state, or says what would be done. Raises nothing but defects."""
    started = time.monotonic()
    memory, memory_warnings = memories.read(options.remembered, _utc_now())
    pacer = Pacer(options.rate_limit, options.concurrency, longest_pause=options.retry_timeout)
    warnings: list[str] = []
    ended: LiveError | None = None
    observed = planning.NOTHING_OBSERVED
    if options.preflight and keys:
        observed, warnings, ended = observe(api, keys, pacer, options)
    now = _utc_now()
    plan = planning.plan(
        keys, options.wanted, observed, lambda key: memories.believe(memory.get(key), observed.seen(key), now)
    )
    commands = [Command(api, planned, options) for planned in plan]
    if not options.check and ended is None:
        ended = apply(commands, pacer, options)
    results = [command.predicted() if options.check and ended is None else command.result() for command in commands]
    counts = Counter(result.status for result in results)
    summary: dict[str, int | float] = {
        "total": len(results),
        **{status: counts[status] for status in ("changed", "unchanged", "failed", "not_attempted")},
        "requests": api.requests,
        "elapsed": round(time.monotonic() - started, 3),
    }
    return Report(
        changed=any(r.status == "changed" for r in results) or any(c.maybe_changed for c in commands),
        results=results,
        summary=summary,
        failure=failure_message(results, options.wanted, ended),
        memory=memory if options.check else _learn(memory, results, observed),
        warnings=memory_warnings + warnings,
    )


def _learn(memory: Memory, results: Sequence[Result], observed: Observations) -> Memory:
    """Memory with what this run was told; streams that it was told nothing of keep what they had."""
    learned = dict(memory)
    now = _utc_now()
    for result in results:
        key = result.key
        told = result.status in ("changed", "unchanged")
        if told or (result.status == "failed" and result.after == "unknown"):
            entry = memories.learn(memory, key, result.after, observed.seen(key), now)
            learned.pop(key, None)
            if entry is not None:
                learned[key] = entry
    return learned


def _utc_now() -> datetime:
    return datetime.now(timezone.utc).replace(microsecond=0)


def observe(
    api: LiveApi, keys: Sequence[StreamKey], pacer: Pacer, options: Options
) -> tuple[Observations, list[str], LiveError | None]:
    """The record rules of each domain, the online streams of each domain and app; warnings; what ended the run.

    A read that fails is a warning: it leaves its facts unknown.
    """
    domains = list(dict.fromkeys(key.publish_domain for key in keys))
    apps = list(dict.fromkeys((key.publish_domain, key.app) for key in keys))
    online = {app: _online_read(api, app, options) for app in apps}
    # That a STOP finds nothing is a proof only where no rule of another type comes before the one of COMMAND_RECORD.
    kinds = DOCUMENTED_TYPES if options.wanted == "recording" else RECORD_TYPES
    rules = {domain: [_rules_read(api, domain, kind, options) for kind in kinds] for domain in domains}
    pool = Pool(pacer, min(_READ_BUDGET, max(options.retry_timeout, 2.0)))
    pool.run(list(online.values()))
    pages = [page for read in online.values() for page in read.further_pages()]
    pool.run([*itertools.chain(*rules.values()), *pages])
    pool.run([read.walk() for read in itertools.chain(online.values(), *rules.values()) if read.unfinished])
    if options.wanted == "recording":  # what is about to be refused is looked at once more
        known = {domain: _rule_set(reads) for domain, reads in rules.items()}
        unmatched = {key.publish_domain for key in keys if known[key.publish_domain].match(key) is None}
        more = {domain: [_rules_read(api, domain, kind, options) for kind in SDK_ONLY_TYPES] for domain in unmatched}
        pool.run([read.walk() for read in itertools.chain(*more.values())])
        rules = {domain: [*reads, *more.get(domain, [])] for domain, reads in rules.items()}
    return _observations(online, rules), *_faults([*online.values(), *itertools.chain(*rules.values())], pool.ended)


def _online_read(api: LiveApi, app: tuple[str, str], options: Options) -> Read:
    return Read(api.streams_online(*app), f"The list of online streams of {'/'.join(app)}", False, options)


def _rules_read(api: LiveApi, domain: str, kind: str, options: Options) -> Read:
    return Read(api.record_rules(domain, kind), f"The record rules of {domain}", True, options)


def _observations(online: Mapping[tuple[str, str], Read], rules: Mapping[str, list[Read]]) -> Observations:
    return Observations(
        rules={domain: _rule_set(reads) for domain, reads in rules.items()},
        online={
            where: {str(item.get("stream")): item.get("start_time") for item in read.pager.items.values()}
            for where, read in online.items()
            if read.pager.complete
        },
    )


def _faults(reads: list[Read], ended: LiveError | None) -> tuple[list[str], LiveError | None]:
    """One warning for each thing that could not be read; or what ended the run, which makes them needless."""
    if ended is not None and not _passing(ended):
        return [], ended
    warnings = {read.what: read.warning(ended) for read in reversed(reads) if not read.pager.complete}
    return sorted(warnings.values()), None


def _passing(exc: LiveError) -> bool:
    """Reads were given up, and commands may get through all the same."""
    if isinstance(exc, ApiError):
        return exc.disposition in (Disposition.RETRY, Disposition.THROTTLED)
    return isinstance(exc, NetworkError) and not exc.permanent


def _rule_set(reads: list[Read]) -> RuleSet:
    items = {identity: item for read in reads for identity, item in read.pager.items.items()}
    rules = (
        Rule(item.get("id"), str(item.get("app")), str(item.get("stream")), str(item.get("record_type")))
        for item in items.values()
    )
    return RuleSet(tuple(rules), all(read.pager.complete for read in reads))


def apply(commands: list[Command], pacer: Pacer, options: Options) -> LiveError | None:
    """Sends what the plan says; returns what ended the run early, if anything did."""
    pool = Pool(pacer, max(options.retry_timeout, options.timeout))
    pool.run([command for command in commands if command.planned.action])
    return pool.ended


class Read:
    """One page of an optional list call.

    The first page is a Read by itself. It makes those of the further pages, to be read side by side; what is then
    still missing it finds by walking the list page by page.
    """

    def __init__(self, pager: Pager, what: str, metered: bool, options: Options, offset: int = 0) -> None:
        self.pager = pager
        self.metered = metered
        self.what = what
        self._options = options
        self._offset = offset
        self._retries = Retries(min(_READ_BUDGET, options.retry_timeout))
        self._walks = False
        self._may_be_unknown = self.pager.query.get("record_type") in SDK_ONLY_TYPES
        self._error: LiveError | None = None

    def further_pages(self) -> list[Read]:
        if self._error is not None or self.pager.done:
            return []
        offsets = self.pager.further_offsets()
        return [Read(self.pager, self.what, self.metered, self._options, offset) for offset in offsets]

    def walk(self) -> Read:
        self._walks = True
        return self

    @property
    def unfinished(self) -> bool:
        return self._error is None and not self.pager.done

    def step(self) -> StepResult:
        self._retries.begin(time.monotonic())
        try:
            if self._walks:
                self.pager.read_page()
            else:
                self.pager.read_at(self._offset)
        except ApiError as exc:
            return self._refused(exc)
        except NetworkError as exc:
            self._error = exc
            if exc.permanent:
                return StepResult(fatal=exc)
            return StepResult(again_at=self._retries.next_attempt(time.monotonic()), fault=exc)
        self._error = None
        return StepResult(again_at=time.monotonic() if self._walks and not self.pager.done else None, proven=True)

    def _refused(self, exc: ApiError) -> StepResult:
        self._error = exc
        kind = exc.disposition
        if kind is Disposition.REPORT and exc.answer.status == 400 and self._may_be_unknown:
            self._error, self.pager.done, self.pager.complete = None, True, True
            return StepResult(proven=True)
        if kind is Disposition.END_RUN and not _lacks_permission(exc):
            return StepResult(fatal=exc)
        if kind not in (Disposition.RETRY, Disposition.THROTTLED):
            return StepResult(proven=True)
        throttle = exc.answer if kind is Disposition.THROTTLED else None
        again_at = self._retries.next_attempt(time.monotonic(), exc.answer.retry_after)
        return StepResult(again_at=again_at, proven=_proves(exc), throttle=throttle, fault=exc)

    def warning(self, ended: LiveError | None) -> str:
        reason = self._error or ended or "the list ended before all of it was seen"
        return f"{self.what} could not be read, the run goes on without: {reason}"


class Command:
    """One stream's command, from its first attempt to its verdict."""

    metered = True

    def __init__(self, api: LiveApi, planned: Planned, options: Options) -> None:
        self.planned = planned
        self._api = api
        self._options = options
        self._retries = Retries(options.retry_timeout)
        self._first_attempt: float | None = None
        self._attempts = 0
        self._maybe_done = False
        self._second = False
        self._error: LiveError | None = None
        self._http_status: int | None = None
        self._request_id: str | None = None
        self._verdict: Verdict | None = None

    @property
    def maybe_changed(self) -> bool:
        """It failed, and yet a command may have taken effect."""
        return self._maybe_done and (self._verdict is None or self._verdict.status == "failed")

    def step(self) -> StepResult:
        """One attempt."""
        now = time.monotonic()
        self._retries.begin(now)
        self._first_attempt = now if self._first_attempt is None else self._first_attempt
        try:
            self._api.auth.ready()
            self._attempts += 1
            answer = self._api.run_record(self.planned.key, planning.ACTIONS[self.planned.wanted])
        except ApiError as exc:
            self._note(exc, exc.answer.status, exc.answer.request_id)
            return self._on_error_answer(exc)
        except NetworkError as exc:
            self._note(exc, None, None)
            self._maybe_done = self._maybe_done or exc.maybe_sent
            return self._on_fault(exc)
        self._note(None, answer.status, answer.request_id)
        self._verdict = planning.success(self._question(now))
        return StepResult(proven=True)

    def _note(self, error: LiveError | None, http_status: int | None, request_id: str | None) -> None:
        self._error, self._http_status, self._request_id = error, http_status, request_id

    def _on_error_answer(self, exc: ApiError) -> StepResult:
        if exc.disposition is Disposition.END_RUN:
            return StepResult(fatal=exc)
        if exc.disposition is Disposition.THROTTLED:
            return replace(self._retry(exc, exc.answer.retry_after), proven=True, throttle=exc.answer)
        if exc.disposition is Disposition.RETRY:
            # An internal error may come after the effect; one of IAM came before any command.
            self._maybe_done = self._maybe_done or not isinstance(exc, LoginError)
            return replace(self._retry(exc, exc.answer.retry_after), proven=_proves(exc))
        now = time.monotonic()
        outcome = planning.refused(self._question(now), exc.answer)
        if isinstance(outcome, Verdict):
            self._verdict = outcome
            return StepResult(proven=True)
        self._retries = Retries(self._options.retry_timeout)  # a new question with a budget of its own
        self._second = outcome == "after_gap"
        return StepResult(again_at=self._ask_again_at(now), proven=True)

    def _ask_again_at(self, now: float) -> float:
        if self._second:
            return now + self._options.restart_gap
        return min(now + self._options.wait_interval, max(now, self._wait_until()))

    def _wait_until(self) -> float:
        return (self._first_attempt or 0.0) + self._options.wait_timeout

    def _on_fault(self, exc: NetworkError) -> StepResult:
        return StepResult(fatal=exc) if exc.permanent else self._retry(exc, None)

    def _retry(self, exc: LiveError, at_least: float | None) -> StepResult:
        now = time.monotonic()
        again_at = self._retries.next_attempt(now, at_least)
        if again_at is None:
            self._verdict = planning.failed(self._question(now), _advice(exc))
        return StepResult(again_at=again_at, fault=exc)

    def _question(self, now: float) -> Question:
        return Question(
            planned=self.planned,
            maybe_done=self._maybe_done,
            second=self._second,
            gap=self._options.restart_gap > 0,
            patience=self._options.wait_timeout > 0 and now < self._wait_until(),
        )

    def predicted(self) -> Result:
        """The result in check mode."""
        return self._result(self._refusal() or planning.predict(self.planned))

    def result(self) -> Result:
        """The result after the pool is done with it, or has ended before."""
        verdict = self._refusal() or self._verdict
        if verdict is None and self._attempts and self._error is not None:
            verdict = planning.failed(self._question(time.monotonic()), _advice(self._error))
        if verdict is None:
            before = self.planned.before
            verdict = Verdict("not_attempted", before, before, evidence=self.planned.evidence)
        return self._result(verdict)

    def _refusal(self) -> Verdict | None:
        if self.planned.action is not None:
            return None
        before, evidence = self.planned.before, self.planned.evidence
        return Verdict("failed", before, before, self.planned.refusal_hint, evidence)

    def _result(self, verdict: Verdict) -> Result:
        planned = self.planned
        error = self._error if verdict.status == "failed" else None
        answer = error.answer if isinstance(error, ApiError) else None
        return Result(
            **asdict(planned.key),
            before=verdict.before,
            after=verdict.after,
            action=planned.action,
            status=verdict.status,
            online=planned.online,
            rule_id=planned.rule_id,
            attempts=self._attempts,
            http_status=self._http_status,
            error_code=answer.code if answer else None,
            error_msg=answer.message if answer else (str(error) if error else planned.refusal),
            hint=verdict.hint,
            request_id=self._request_id,
            evidence=verdict.evidence,
        )


def _lacks_permission(exc: ApiError) -> bool:
    """A key may hold live:record:createCommand alone: then every read is refused, and that is all right."""
    return not isinstance(exc, LoginError) and exc.answer.code in ("APIGW.0302", "APIG.0302", "LIVE.100011003")


def _proves(exc: ApiError) -> bool:
    """Whether an error answer shows that the credentials were accepted: a proxy's error page does not."""
    return exc.answer.code is not None


def _advice(exc: LiveError) -> str:
    return exc.hint if isinstance(exc, ApiError) else _UNREACHABLE_HINT


def failure_message(results: Sequence[Result], wanted: Wanted, ended: LiveError | None) -> str | None:
    """What a person reads first when a run fails: how many, which, why, and what to do. None for a success."""
    failed = [result for result in results if result.status == "failed"]
    waiting = sum(result.status == "not_attempted" for result in results)
    if not failed and not waiting:
        return None
    lines = []
    if ended is not None:
        lines.append(f"The run ended early: {ended}. {_advice(ended)} {waiting} of {len(results)} not attempted.")
    if failed:
        done = Counter(result.status for result in results)
        rest = f"{done['changed']} changed, {done['unchanged']} unchanged"
        lines.append(f"{len(failed)} of {len(results)} streams could not be set to {wanted} ({rest}):")
        lines += [_failure_line(result) for result in failed[:_NAMED]]
    if len(failed) > _NAMED:
        lines.append(f"… and {len(failed) - _NAMED} more, see streams in the result.")
    return "\n".join(lines)


def _failure_line(result: Result) -> str:
    answer = [f"HTTP {result.http_status}"] if result.http_status else []
    answer += [f"request id {result.request_id}"] if result.request_id else []
    text = " ".join(part for part in (result.error_code, result.error_msg) if part)
    where = f" ({', '.join(answer)})" if answer else ""
    return f"- {result.key}: {text.rstrip('.')}{where}. {result.hint or ''}".rstrip()
