# Copyright: (c) 2026, hwc.live contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From observations to a plan, from answers to outcomes: every row of both answer tables."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.hwc.live.plugins.module_utils._core.errors import CODES, Disposition, ErrorAnswer
from ansible_collections.hwc.live.plugins.module_utils._core.streams import StreamKey
from ansible_collections.hwc.live.plugins.module_utils._recording.plan import (
    NOTHING_OBSERVED,
    AskAgain,
    Observations,
    Planned,
    Question,
    Rule,
    RuleSet,
    Verdict,
    Wanted,
    failed,
    plan,
    predict,
    refused,
    success,
)
from hypothesis import given
from hypothesis import strategies as st

KEY = StreamKey("d", "live", "cam")
COMMAND = "COMMAND_RECORD"
CONTINUOUS = "CONTINUOUS_RECORD"
PATTERNS = [("live", "cam"), ("live", "*"), ("*", "cam"), ("*", "*")]  # in order of precedence


def rule_of(app: str, stream: str, record_type: str = COMMAND) -> Rule:
    return Rule(f"{app}/{stream}/{record_type}", app, stream, record_type)


@pytest.mark.parametrize(
    "present", [c for size in range(5) for c in itertools.combinations(PATTERNS, size)], ids=lambda p: str(len(p))
)
def test_the_most_exact_rule_matches(present: tuple[tuple[str, str], ...]) -> None:
    strangers = [rule_of("other", "*"), rule_of("*", "other"), rule_of("live", "other"), rule_of("other", "cam")]
    rules = [rule_of(*pattern) for pattern in present]
    for order in itertools.permutations(rules):
        found = RuleSet((*strangers, *order, *strangers), complete=True).match(KEY)
        assert found == (rules[0] if rules else None)


rules_strategy = st.lists(
    st.builds(
        rule_of,
        st.sampled_from(["live", "*", "x"]),
        st.sampled_from(["cam", "*", "y"]),
        st.sampled_from([COMMAND, CONTINUOUS, "PLAN_RECORD", "ON_DEMAND_RECORD"]),
    ),
    max_size=6,
)


@given(rules_strategy, st.randoms())
def test_the_order_of_the_rules_does_not_matter(rules: list[Rule], random: Any) -> None:
    shuffled = list(rules)
    random.shuffle(shuffled)
    first = RuleSet(tuple(rules), complete=True).match(KEY)
    second = RuleSet(tuple(shuffled), complete=True).match(KEY)
    assert (first is None) == (second is None)
    if first and second:
        assert (first.app, first.stream, first.record_type == COMMAND) == (
            second.app,
            second.stream,
            second.record_type == COMMAND,
        )


def test_of_two_equals_the_one_that_allows_wins() -> None:
    rules = (rule_of("live", "*", CONTINUOUS), rule_of("live", "*"), rule_of("live", "*", "PLAN_RECORD"))
    for order in itertools.permutations(rules):
        assert RuleSet(order, complete=True).match(KEY) == rule_of("live", "*")


def observed(*rules: Rule, complete: bool = True, online: dict[str, str | None] | None = None) -> Observations:
    lists = {} if online is None else {("d", "live"): dict.fromkeys(online)}
    return Observations({"d": RuleSet(rules, complete)}, lists)


def planned_for(wanted: Wanted, seen: Observations) -> Planned:
    (planned,) = plan([KEY], wanted, seen)
    return planned


@pytest.mark.parametrize(
    ("wanted", "seen", "action", "commandable", "refusal"),
    [
        ("recording", NOTHING_OBSERVED, "START", False, None),
        ("recording", observed(rule_of("*", "*")), "START", True, None),
        ("recording", observed(), None, False, "no record rule of d matches"),
        ("recording", observed(rule_of("x", "*")), None, False, "no record rule of d matches"),
        ("recording", observed(rule_of("*", "*", CONTINUOUS)), None, False, "CONTINUOUS_RECORD, not COMMAND_RECORD"),
        ("recording", observed(rule_of("*", "*"), rule_of("live", "cam", "PLAN_RECORD")), None, False, "PLAN_RECORD"),
        ("recording", observed(complete=False), "START", False, None),
        ("recording", observed(rule_of("*", "*"), complete=False), "START", False, None),
        ("recording", observed(rule_of("*", "*", CONTINUOUS), complete=False), "START", False, None),
        ("recording", Observations({"e": RuleSet((), complete=True)}, {}), "START", False, None),
        ("stopped", NOTHING_OBSERVED, "STOP", False, None),
        ("stopped", observed(rule_of("*", "*")), "STOP", True, None),
        ("stopped", observed(), "STOP", False, None),
        ("stopped", observed(rule_of("*", "*", CONTINUOUS)), "STOP", False, None),
    ],
)
def test_what_the_plan_says(
    wanted: Wanted, seen: Observations, action: str | None, commandable: bool, refusal: str | None
) -> None:
    planned = planned_for(wanted, seen)
    assert (planned.action, planned.commandable, planned.before) == (action, commandable, "unknown")
    assert (planned.refusal is None) == (refusal is None) == (planned.refusal_hint is None)
    assert (refusal or "") in (planned.refusal or "")


@pytest.mark.parametrize(
    ("online", "shown"),
    [(None, None), ({}, False), ({"x": None}, False), ({"cam": None}, True), ({"cam": "2026-01-01T00:00:00Z"}, True)],
)
@pytest.mark.parametrize("wanted", ["recording", "stopped"])
def test_being_offline_is_told_and_never_a_reason_to_refuse(
    wanted: Wanted, online: dict[str, str | None] | None, shown: bool | None
) -> None:
    planned = planned_for(wanted, observed(rule_of("*", "*"), online=online))
    assert planned.online is shown
    assert planned.action is not None


def test_a_plan_has_one_entry_a_key_in_order() -> None:
    keys = [StreamKey(domain, "live", name) for domain in "dex" for name in ("b", "a", "c")]
    seen = Observations({"e": RuleSet((), complete=True)}, {("d", "live"): {"a": None}})
    plans = plan(keys, "recording", seen)
    assert [planned.key for planned in plans] == keys
    assert [planned.action for planned in plans] == ["START"] * 3 + [None] * 3 + ["START"] * 3
    assert [planned.online for planned in plans] == [False, True, False] + [None] * 6


@pytest.mark.parametrize(
    ("before", "wanted", "status"),
    [
        ("unknown", "recording", "changed"),
        ("unknown", "stopped", "changed"),
        ("recording", "recording", "unchanged"),
        ("stopped", "stopped", "unchanged"),
        ("stopped", "recording", "changed"),
        ("recording", "stopped", "changed"),
    ],
)
def test_what_check_mode_says(before: Any, wanted: Wanted, status: str) -> None:
    planned = replace(planned_for(wanted, NOTHING_OBSERVED), before=before)
    assert predict(planned) == Verdict(status, before, wanted)  # type: ignore[arg-type]


def question(wanted: Wanted, commandable: bool = True, online: bool | None = None, **circumstances: bool) -> Question:
    planned = replace(planned_for(wanted, NOTHING_OBSERVED), commandable=commandable, online=online)
    return Question(planned, **circumstances)


def told(verdict: Verdict | AskAgain) -> tuple[str, ...] | str:
    return verdict if isinstance(verdict, str) else (verdict.status, verdict.before, verdict.after)


def answer(code: str | None, status: int = 400) -> ErrorAnswer:
    return ErrorAnswer(status, code, "Text")


EXISTS = answer("LIVE.100011022")
ILLEGAL = answer("LIVE.100011001")
UNKNOWN = answer("LIVE.100011099")
NAMELESS = answer(None)
ABSENT = answer("LIVE.103011019", 404)
BOTH = (False, True)


@pytest.mark.parametrize("circumstances", [{}, {"maybe_done": True}, {"second": True}, {"gap": False}])
def test_success_is_a_change(circumstances: dict[str, bool]) -> None:
    assert told(success(question("recording", **circumstances))) == ("changed", "stopped", "recording")
    assert told(success(question("stopped", **circumstances))) == ("changed", "unknown", "stopped")


@pytest.mark.parametrize(
    ("gap", "second", "maybe_done", "outcome"),
    [
        (True, False, False, "after_gap"),
        (True, False, True, "after_gap"),
        (True, True, False, ("unchanged", "recording", "recording")),
        (True, True, True, ("changed", "unknown", "recording")),
        (False, False, False, ("unchanged", "recording", "recording")),
        (False, False, True, ("changed", "unknown", "recording")),
    ],
)
@pytest.mark.parametrize("patience", BOTH)
@pytest.mark.parametrize("commandable", BOTH)
def test_start_answered_that_a_task_exists(
    gap: bool, second: bool, maybe_done: bool, outcome: Any, patience: bool, commandable: bool
) -> None:
    asked = question("recording", commandable, gap=gap, second=second, maybe_done=maybe_done, patience=patience)
    assert told(refused(asked, EXISTS)) == outcome


@pytest.mark.parametrize(
    ("given", "commandable", "waits"),
    [
        (ILLEGAL, True, True),
        (ILLEGAL, False, True),
        (UNKNOWN, True, True),
        (UNKNOWN, False, True),
        (NAMELESS, False, True),
        (ABSENT, True, True),
        (ABSENT, False, False),
        (answer("LIVE.100011004"), True, False),
        (answer("LIVE.100011006"), True, False),
        (answer("LIVE.103011018"), True, False),
        (answer("LIVE.103011022"), True, False),
        (answer("LIVE.103011016", 403), True, False),
        (answer("APIGW.0101", 404), True, False),
        (answer(None, 404), True, False),
        (answer(None, 403), True, False),
        (answer(None, 302), True, False),
        (answer("LIVE.100011099", 404), True, False),
    ],
)
@pytest.mark.parametrize("patience", BOTH)
@pytest.mark.parametrize("maybe_done", BOTH)
def test_start_answered_with_another_error(
    given: ErrorAnswer, commandable: bool, waits: bool, patience: bool, maybe_done: bool
) -> None:
    """A code that says little may mean "not pushed yet": asked again while there is patience, else failed."""
    outcome = refused(question("recording", commandable, patience=patience, maybe_done=maybe_done), given)
    if waits and patience:
        assert outcome == "after_interval"
    else:
        assert isinstance(outcome, Verdict)
        after = "unknown"
        assert (outcome.status, outcome.before, outcome.after) == ("failed", "unknown", after)
        assert bool(outcome.hint)
        assert ("pushed" in (outcome.hint or "") or "push is up" in (outcome.hint or "")) == waits


@pytest.mark.parametrize("second", BOTH)
def test_a_second_question_that_meets_an_idle_stream_waits_too(second: bool) -> None:
    assert refused(question("recording", patience=True, second=second), ILLEGAL) == "after_interval"


@pytest.mark.parametrize(
    ("online", "text"),
    [(None, "Not pushed yet? Start"), (False, "does not show it"), (True, "shows it as pushed")],
)
def test_the_online_fact_stands_beside_the_guess(online: bool | None, text: str) -> None:
    outcome = refused(question("recording", online=online), ILLEGAL)
    assert isinstance(outcome, Verdict)
    assert text in (outcome.hint or "")


@pytest.mark.parametrize(
    ("commandable", "maybe_done", "outcome"),
    [
        (True, False, ("unchanged", "stopped", "stopped")),
        (True, True, ("changed", "unknown", "stopped")),
    ],
)
def test_stop_of_what_is_not_there(commandable: bool, maybe_done: bool, outcome: Any) -> None:
    assert told(refused(question("stopped", commandable, maybe_done=maybe_done), ABSENT)) == outcome


@pytest.mark.parametrize("maybe_done", BOTH)
@pytest.mark.parametrize(
    ("given", "text"),
    [
        (ABSENT, "No such domain or record rule"),
        (ILLEGAL, "when nothing is recorded"),
        (UNKNOWN, "when nothing is recorded"),
        (NAMELESS, "when nothing is recorded"),
        (EXISTS, "exists"),
        (answer("LIVE.103011022"), "state of the domain"),
        (answer("APIGW.0101", 404), "does not serve the Live API"),
        (answer(None, 404), "Look the code up"),
    ],
)
def test_stop_that_fails(given: ErrorAnswer, text: str, maybe_done: bool) -> None:
    for patience, second, gap in itertools.product(BOTH, BOTH, BOTH):
        asked = question("stopped", commandable=False, maybe_done=maybe_done, patience=patience, second=second, gap=gap)
        outcome = refused(asked, given)
        assert isinstance(outcome, Verdict)
        assert (outcome.status, outcome.before, outcome.after) == ("failed", "unknown", "unknown")
        assert text in (outcome.hint or "")


@pytest.mark.parametrize("maybe_done", BOTH)
@pytest.mark.parametrize("wanted", ["recording", "stopped"])
@pytest.mark.parametrize("before", ["recording", "stopped", "unknown"])
def test_a_failure_keeps_what_is_known_unless_something_speaks_against_it(
    before: Any, wanted: Wanted, maybe_done: bool
) -> None:
    """A command that may have got through does, and so does a refusal where all seemed to be as wanted."""
    planned = replace(planned_for(wanted, NOTHING_OBSERVED), before=before)
    verdict = failed(Question(planned, maybe_done=maybe_done), "advice")
    assert verdict.hint == "advice"
    assert told(verdict) == ("failed", before, "unknown" if maybe_done or before == wanted else before)


def believed(state: Any, wanted: Wanted, **circumstances: bool) -> Question:
    """A question about a stream of which memory says something."""
    asked = question(wanted, **circumstances)
    return replace(asked, planned=replace(asked.planned, before=state, evidence="remembered"))


@pytest.mark.parametrize(
    ("asked", "given", "outcome"),
    [
        (believed("recording", "recording"), EXISTS, ("unchanged", "recording", "recording")),
        (believed("recording", "recording", maybe_done=True), EXISTS, "after_gap"),
        (believed("recording", "recording", maybe_done=True, second=True), EXISTS, ("changed", "unknown", "recording")),
        (believed("stopped", "recording"), EXISTS, "after_gap"),
        (believed("stopped", "recording", second=True), EXISTS, ("unchanged", "recording", "recording")),
        (believed("stopped", "recording", second=True, maybe_done=True), EXISTS, ("changed", "stopped", "recording")),
        (believed("recording", "stopped"), ABSENT, ("unchanged", "stopped", "stopped")),
        (believed("recording", "stopped", maybe_done=True), ABSENT, ("changed", "recording", "stopped")),
        (believed("stopped", "stopped", maybe_done=True), ABSENT, ("changed", "unknown", "stopped")),
        (believed("recording", "recording"), ILLEGAL, ("failed", "recording", "unknown")),
        (believed("stopped", "recording"), ILLEGAL, ("failed", "stopped", "stopped")),
    ],
)
def test_memory_settles_what_the_answer_leaves_open(asked: Question, given: ErrorAnswer, outcome: Any) -> None:
    assert told(refused(asked, given)) == outcome


@pytest.mark.parametrize(
    ("state", "wanted", "outcome"),
    [
        ("stopped", "stopped", ("unchanged", "stopped", "stopped")),
        ("recording", "stopped", ("changed", "recording", "stopped")),
        ("recording", "recording", ("changed", "stopped", "recording")),
        ("stopped", "recording", ("changed", "stopped", "recording")),
    ],
)
def test_success_where_memory_says_something(state: Any, wanted: Wanted, outcome: Any) -> None:
    assert told(success(believed(state, wanted))) == outcome


def test_a_stop_that_had_to_be_repeated_is_a_change_whatever_memory_says() -> None:
    """Memory may be wrong, and the attempt whose answer was lost may have been the one that stopped it."""
    assert told(success(believed("stopped", "stopped", maybe_done=True))) == ("changed", "unknown", "stopped")


@given(
    st.sampled_from(["recording", "stopped"]),
    st.sampled_from([*CODES, None, "LIVE.100011099", "XYZ.1"]),
    st.sampled_from([302, 400, 403, 404, 409, 418]),
    st.tuples(*[st.booleans()] * 6),
)
def test_whatever_the_answer_there_is_an_outcome(
    wanted: Wanted, code: str | None, status: int, flags: tuple[bool, ...]
) -> None:
    """Without a gap, a second time or patience nothing is asked again; a failure always has a hint."""
    names = ("maybe_done", "second", "gap", "patience")
    asked = question(wanted, *flags[:2], **dict(zip(names, flags[2:], strict=True)))
    outcome = refused(asked, answer(code, status))
    if outcome == "after_gap":
        assert asked.gap
        assert not asked.second
        assert wanted == "recording"
        assert CODES[str(code)].disposition is Disposition.EXISTS
    elif outcome == "after_interval":
        assert asked.patience
        assert wanted == "recording"
    else:
        assert outcome.status != "failed" or outcome.hint
        assert outcome.status == "failed" or outcome.after == wanted
