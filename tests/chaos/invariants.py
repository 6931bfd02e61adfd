# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must be true after every run, whatever happened to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ansible_collections.hwc.live.plugins.module_utils._core.streams import StreamKey
from ansible_collections.hwc.live.plugins.module_utils._recording.run import Report, Result

from tests.simulator import LogEntry, Settings, Simulator

from .scenario import Wanted
from .world import Seen

COMMAND = "COMMAND_RECORD"
_GRACE = 0.5  # seconds in which threads that were about to send when the run ended may still do so


@dataclass(frozen=True)
class Run:
    """A finished run with all that is known of it.

    before, after: what the cloud recorded. touched: streams whose state something else changed meanwhile. misled: those
    of which the run remembered what was no longer true. seen: the commands as the client saw them, log: all requests
    as the simulator did.
    """

    wanted: Wanted
    check: bool
    keys: Sequence[StreamKey]
    report: Report
    settings: Settings
    before: set[str]
    after: set[str]
    touched: set[str]
    misled: set[str]
    seen: list[Seen]
    log: list[LogEntry]
    concurrency: int
    revoked_at_once: bool


def check(run: Run) -> None:
    """Raises AssertionError with what is wrong."""
    _check_shape(run)
    for result in run.report.results:
        _check_counts(run, result)
        _check_state(run, result)
        _check_change(run, result)
    _check_module_change(run)
    _check_memory(run)
    _check_end(run)


def _check_shape(run: Run) -> None:
    """Every stream once, in the order of the list, and the parts of the report agree."""
    report = run.report
    assert [result.key for result in report.results] == list(run.keys), "not every stream once, in order"
    counts: Counter[str] = Counter(result.status for result in report.results)
    names = ("changed", "unchanged", "failed", "not_attempted")
    assert {name: report.summary[name] for name in names} == {name: counts[name] for name in names}, "summary"
    assert (report.failure is None) == (not counts["failed"] and not counts["not_attempted"]), "failure"
    diff = report.as_dict(True)["diff"]
    changed = sorted(str(result.key) for result in report.results if result.status == "changed")
    assert list(diff["before"]) == list(diff["after"]) == changed, "diff"


def _check_counts(run: Run, result: Result) -> None:
    """Check mode sends nothing, and nothing is sent for a stream that was not attempted or refused by the plan."""
    sent = sum(entry.key == str(result.key) for entry in run.log)
    assert not (run.check and sent), f"{result.key}: a command in check mode"
    idle = result.status == "not_attempted" or result.action is None
    assert not (idle and (sent or result.attempts)), f"{result.key}: {result.status}, but {sent} commands arrived"
    assert bool(sent) <= bool(result.attempts), f"{result.key}: {sent} commands arrived, no attempt is reported"


def _check_state(run: Run, result: Result) -> None:
    """What the report says of a stream is what the cloud says."""
    key = str(result.key)
    if key in run.touched or run.check:
        return
    if key in run.misled and run.wanted == "recording" and result.evidence == "remembered":
        return  # documented: the one question that memory answers wrongly is that about a stream stopped just now
    now, wanted = key in run.after, run.wanted == "recording"
    if result.status in ("changed", "unchanged"):
        assert now == wanted, f"{key}: reported {result.status}, but recording is {now}"
        assert result.after == run.wanted, f"{key}: after"
    if key in run.misled:
        return  # what it says of the past is what it was told
    if result.status not in ("changed", "unchanged") and result.after != "unknown":
        assert now == (result.after == "recording"), f"{key}: {result.status}, after {result.after}, recording is {now}"
    if result.before != "unknown" and not _start_says_nothing(run):
        told = result.before == "recording"
        assert told == (key in run.before), f"{key}: before is reported as {result.before}"


def _start_says_nothing(run: Run) -> bool:
    """A cloud that answers 200 to the START of a running recording cannot be seen through."""
    return run.wanted == "recording" and run.settings.start_while_recording == "ok"


def _check_change(run: Run, result: Result) -> None:
    """A change is reported exactly where one happened, or might have."""
    key = str(result.key)
    if run.check or key in run.touched | run.misled:
        return
    effect = any(entry.effect for entry in run.log if entry.key == key)
    mine = [seen for seen in run.seen if seen.key == key]
    if result.status == "unchanged":
        assert not effect, f"{key}: reported unchanged, but a command took effect"
    if result.status == "changed":
        doubt = any(seen.ambiguous for seen in mine)
        blind = (run.wanted == "stopped" or _start_says_nothing(run)) and any(seen.error is None for seen in mine)
        assert effect or doubt or blind, f"{key}: reported changed, but nothing was changed"
    if result.status == "not_attempted":
        assert not mine, f"{key}: not attempted, but a command was sent"


def _check_module_change(run: Run) -> None:
    """The whole run's `changed`: for check mode what would be, else what happened or might have."""
    some = any(result.status == "changed" for result in run.report.results)
    if run.check:
        assert run.report.changed == some, "changed in check mode"
        return
    failed = {str(result.key) for result in run.report.results if result.status == "failed"}
    doubt = any(seen.ambiguous for seen in run.seen if seen.key in failed)
    effect = any(entry.effect for entry in run.log if entry.key not in run.misled)
    assert run.report.changed == (some or doubt), f"changed is {run.report.changed}"
    assert run.report.changed or not effect, "changed is false, but a command took effect"


def _check_memory(run: Run) -> None:
    """What is remembered is true."""
    for key, entry in run.report.memory.items():
        if str(key) not in run.touched | run.misled:
            now = str(key) in run.after
            assert now == (entry.state == "recording"), f"{key}: remembered as {entry.state}, but recording is {now}"


def _check_end(run: Run) -> None:
    """After an error that is true of every request, nothing more is sent; a bad key is tried twice at most."""
    fatal = min((seen.ended for seen in run.seen if seen.fatal), default=None)
    if fatal is not None:
        late = [seen.began - fatal for seen in run.seen if seen.began > fatal]
        assert len(late) < run.concurrency, f"{len(late)} commands were begun after the run had ended"
        assert all(seconds < _GRACE for seconds in late), f"a command {max(late):.2f} s after the run had ended"
    if run.revoked_at_once and run.log and run.log[0].fault is None:  # a scripted answer may hide the first refusal
        refused = sum(entry.auth == "refused" and entry.status == 401 for entry in run.log)
        assert refused <= 2, f"a bad key met {refused} requests"


def possible(sim: Simulator, wanted: Wanted, key: StreamKey) -> bool:
    """Whether a run without faults can bring the stream to the wanted state, and know that it did."""
    name, cloud, settings = str(key), sim.cloud, sim.settings
    rule, push = cloud.match(name), cloud.pushes.get(name)
    recording = cloud.recordings.get(name)
    command = rule is not None and rule.record_type == COMMAND
    if wanted == "recording":
        alive = recording is not None or push is not None
        return command and alive and (push is None or (push.rule is not None and push.rule.record_type == COMMAND))
    acting = recording.rule if recording else push.rule if push else rule
    if acting is not None and acting.record_type != COMMAND:
        return False
    if recording is not None:
        return True
    answer = settings.idle_stop if acting is not None or settings.stop_no_rule == "idle" else settings.stop_no_rule
    return answer == "ok" or (answer == "absent" and command)


def check_converged(run: Run, able: set[str]) -> None:
    """A run without faults: everything possible is done, and nothing else is called done."""
    for result in run.report.results:
        done = result.status in ("changed", "unchanged")
        assert done == (str(result.key) in able), f"{result.key}: {result} after a run without faults"
