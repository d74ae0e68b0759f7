"""What an event makes of a job."""

import dataclasses

import pytest

from tests.core.making import make_job
from watchconvert.core.job import Sighting, Step, Verdict
from watchconvert.core.states import Event, IllegalEventError, State

FAILING = {"tries": 4, "note": "disk full", "troubled_at": 50.0, "doubted_at": 60.0, "deaths": 2}


def test_a_step_that_succeeds_leaves_its_failures_behind() -> None:
    after = make_job(**FAILING, due=77.0).after(Event.CLAIMED, {}, now=100.0)
    assert (after.state, after.due, after.changed_at) == (State.CLAIMED, 100.0, 100.0)
    assert {name: getattr(after, name) for name in FAILING} == {
        "tries": 0,
        "note": "",
        "troubled_at": 0.0,
        "doubted_at": 0.0,
        "deaths": 0,
    }


def test_a_delay_keeps_the_failures_and_the_state() -> None:
    before = make_job(**FAILING, due=77.0)
    after = before.after(Event.DELAYED, {}, now=100.0)
    assert after == dataclasses.replace(before, changed_at=100.0)


def test_the_facts_of_an_event_win_over_what_it_resets() -> None:
    verdict = Verdict("broken")
    job = make_job(state=State.CLAIMED, sent=3)
    after = job.after(Event.REJECTED, {"verdict": verdict, "deaths": 3, "due": 500.0}, now=100.0)
    assert (after.verdict, after.deaths, after.due, after.sent) == (verdict, 3, 500.0, 3)
    delayed = job.after(Event.DELAYED, {"tries": 5, "note": "offline", "due": 130.0}, now=100.0)
    assert (delayed.tries, delayed.note, delayed.due, delayed.state) == (5, "offline", 130.0, State.CLAIMED)


def test_the_job_before_is_left_as_it_was() -> None:
    job, facts = make_job(**FAILING), {"file_id": "f"}
    job.after(Event.CLAIMED, facts, now=1.0)
    assert job == make_job(**FAILING)
    assert facts == {"file_id": "f"}
    with pytest.raises(dataclasses.FrozenInstanceError):
        job.tries = 9  # type: ignore[misc]


def test_an_illegal_event_makes_no_job() -> None:
    with pytest.raises(IllegalEventError):
        make_job().after(Event.PUBLISHED, {}, now=1.0)


def test_the_conversion_due_is_the_one_of_the_present_step() -> None:
    steps = (Step("docx", "pdf"), Step("pdf", "png"))
    order = dataclasses.replace(make_job().order, steps=steps)
    assert [make_job(order=order, step=number).conversion for number in (0, 1)] == list(steps)


@pytest.mark.parametrize(
    ("change", "same"),
    [({}, True), ({"ctime": 9, "dev": 9}, True), ({"size": 9}, False), ({"mtime": 9}, False), ({"ino": 9}, False)],
)
def test_a_rename_leaves_the_content_the_same_and_a_write_does_not(change: dict[str, int], same: bool) -> None:
    seen = Sighting(dev=1, ino=2, size=3, mtime=4, ctime=5)
    assert seen.same_content(dataclasses.replace(seen, **change)) is same
