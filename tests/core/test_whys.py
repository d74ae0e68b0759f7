"""Every gate, state, hold and error has its sentence: a new member without one fails here."""

import dataclasses

import pytest

from tests.core.making import make_job
from watchconvert.core.answers import RULES, Asked, Complaint, Held, Rule, Scope, judge
from watchconvert.core.job import Part, Verdict
from watchconvert.core.settings import Route
from watchconvert.core.settle import Gate
from watchconvert.core.states import RESTING, State
from watchconvert.core.whys import say_gate, say_hold, say_job

ROUTE = Route("office", "/s/in", "/s/out", "/s/err", "/s/arc", "pdf", done="{name}.ready", incomplete_after=90)
JOB = make_job()
NOW = 1_000_000.0


@pytest.mark.parametrize("gate", Gate)
def test_every_gate_is_said_with_what_happens_next(gate: Gate) -> None:
    said = say_gate(gate, "a.docx", ROUTE)
    assert said.startswith("a.docx ")
    assert said.endswith(".")
    assert gate is Gate.OPEN or f": {gate.value}; " in said
    assert "takes it at its next look" in said if gate is Gate.OPEN else "takes it" not in said


def test_gates_name_what_the_route_says() -> None:
    assert "NAME.ready" in say_gate(Gate.MARKER, "a", ROUTE)
    assert "if it stays so for 1 min 30 s" in say_gate(Gate.EMPTY, "a", ROUTE)
    assert "stayed as it is for 1 s (10 s where nobody can tell" in say_gate(Gate.QUIET, "a", ROUTE)


@pytest.mark.parametrize("scope", Scope)
def test_every_hold_is_said_with_its_end(scope: Scope) -> None:
    said = say_hold(scope, "NAME", "This is why.", 90.0)
    if scope is Scope.PAUSE:
        assert said.startswith("This is why. Until then new files stay in the inbox")
        return
    assert " is held: This is why. " in said
    assert "by itself once" in said
    assert said.endswith("Looked at again in 1 min 30 s.")
    assert ("NAME" in said) == (scope in (Scope.ROUTE, Scope.DISK, Scope.BUDGET))


@pytest.mark.parametrize("state", State)
def test_every_state_is_said(state: State) -> None:
    job = dataclasses.replace(
        JOB,
        name=b"a\x1b[1m.docx",
        state=state,
        due=NOW + 60,
        parts=(Part("u", 1, "l", b"a\n.pdf"),),
        verdict=Verdict("It is cut off.") if state in (State.REJECTED, State.FAILED) else None,
    )
    said = say_job(job, NOW)
    assert said.startswith("a\\x1b[1m.docx ")
    assert said.isprintable()
    again = "It is asked about again" if state is State.CONVERTING else "Next try"
    assert (f"{again} in 1 min." in said) == (state not in RESTING)
    assert ("It is cut off." in said) == (state in (State.REJECTED, State.FAILED))
    assert ("a\\x0a.pdf" in said) == (state in (State.PUBLISHED, State.DONE))


@pytest.mark.parametrize("state", [state for state in State if state not in RESTING])
def test_a_step_that_keeps_failing_is_said_with_its_reason(state: State) -> None:
    job = dataclasses.replace(JOB, state=state, note="no \x07 reply", tries=2, troubled_at=NOW - 5, due=NOW + 8)
    assert say_job(job, NOW).endswith("That does not go on after 2 tries: no \\x07 reply. Next try in 8 s.")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.status}-{rule.code}")
def test_every_error_of_the_service_is_said(rule: Rule) -> None:
    """By the hold that it begins, or by the job whose file it rejects."""
    answer = judge(Complaint(rule.status, rule.code or 1, "its words"), Asked.SUBMIT)
    verdict: Verdict = answer.verdict  # type: ignore[union-attr]
    if isinstance(answer, Held):
        assert rule.sentence in say_hold(answer.scope, "office", verdict.sentence, 0.0)
        return
    for state in (State.REJECTED, State.FAILED):
        assert rule.sentence in say_job(dataclasses.replace(JOB, state=state, verdict=verdict), NOW)


def test_a_withdrawn_job_without_a_note_and_a_failed_one_without_a_verdict_are_said() -> None:
    assert "the file left the inbox" in say_job(dataclasses.replace(JOB, state=State.WITHDRAWN), NOW)
    assert "nobody noted why." in say_job(dataclasses.replace(JOB, state=State.FAILED), NOW)


def test_a_deleted_source_is_said_to_be_so() -> None:
    order = dataclasses.replace(JOB.order, source="delete")
    assert "its source was deleted." in say_job(dataclasses.replace(JOB, state=State.DONE, order=order), NOW)
