"""What is left when a run may end: each gate, hold and trouble, and whether time alone brings it on."""

from dataclasses import replace

import pytest

from tests.engine.world import World
from watchconvert.core import notes
from watchconvert.core.answers import Held, Scope
from watchconvert.core.draining import Left
from watchconvert.core.job import Verdict
from watchconvert.core.settle import Gate, Waiting
from watchconvert.core.states import RESTING, State
from watchconvert.engine.lanes import Lanes
from watchconvert.engine.leftovers import Standing, in_inbox, in_work, look_at_lanes, mark_of
from watchconvert.engine.outcome import delayed


def begin(world: World) -> Lanes:
    world.start()
    lanes = Lanes(world.clock)  # type: ignore[arg-type]
    for lane in world.lanes:
        lanes.put(lane, lambda: None)
    return lanes


def standing(world: World) -> Standing:
    assert world.journal
    return Standing(tuple(world.holds.standing()), world.journal.path)


def left_in(world: World, lanes: Lanes, since: float = 0.0) -> list[Left]:
    (sight,) = look_at_lanes(lanes)
    taken = {mark_of(job.route, job.sighting) for job in world.open_jobs()}
    return in_inbox(sight, standing(world), taken, since, world.clock.steady())


def left_of(world: World, lanes: Lanes, **changes: object) -> Left:
    (job,) = world.open_jobs()
    (left,) = in_work([replace(job, **changes)], lanes, standing(world))  # type: ignore[arg-type]
    return left


def test_an_inbox_counts_as_empty_when_a_whole_look_has_found_nothing(world: World) -> None:
    lanes = begin(world)
    unseen = [Left("to-pdf", "", "the inbox is being looked over", is_stuck=False)]
    assert left_in(world, lanes) == unseen
    world.drop("a.docx")
    world.lanes[0].round(world.clock.steady())
    assert [each.file for each in left_in(world, lanes)] == ["a.docx", ""], "the look that found it proves nothing"
    world.run()
    world.clock.pass_by(10)
    world.round()
    assert left_in(world, lanes) == []
    assert left_in(world, lanes, since=world.clock.steady()) == unseen


@pytest.mark.parametrize("gate", Gate)
def test_each_gate(world: World, gate: Gate) -> None:
    lanes = begin(world)
    world.round()
    world.clock.pass_by(10)
    world.round()
    path = world.drop("a.docx")
    world.lanes[0].hints.add(b"", b"a.docx")
    world.lanes[0].round(world.clock.steady())
    (key,) = world.lanes[0].waiting
    known: Waiting = world.lanes[0].waiting[key]
    world.lanes[0].waiting[key] = replace(known, gate=gate)
    (left,) = left_in(world, lanes)
    assert (left.file, left.why) == (path.name, gate.value)
    assert left.is_stuck == (gate in {Gate.WRITER, Gate.UNREADABLE, Gate.MARKER})


def test_a_file_that_never_comes_to_rest_is_stuck(world: World) -> None:
    lanes = begin(world)
    world.drop("log.docx")
    world.lanes[0].round(world.clock.steady())
    assert not left_in(world, lanes)[0].is_stuck
    world.clock.pass_by(60)
    assert left_in(world, lanes)[0] == Left("to-pdf", "log.docx", "it keeps changing", is_stuck=True)


def test_an_inbox_that_is_away_is_stuck(world: World) -> None:
    lanes = begin(world)
    world.lanes[0].offline = "Stale file handle"
    assert left_in(world, lanes) == [Left("to-pdf", "", "the inbox cannot be read: Stale file handle", is_stuck=True)]
    world.lanes[0].offline, world.lanes[0].began = "", world.clock.steady()
    world.clock.pass_by(16)
    assert left_in(world, lanes) == [Left("to-pdf", "", "its file system does not answer", is_stuck=True)]


@pytest.mark.parametrize("scope", Scope)
def test_each_hold_keeps_inbox_and_jobs_but_nothing_that_is_paid_for(world: World, scope: Scope) -> None:
    lanes = begin(world)
    world.drop("a.docx")
    world.lanes[0].round(world.clock.steady())
    world.clock.pass_by(2)
    world.lanes[0].round(world.clock.steady())
    (job,) = world.open_jobs()
    assert not left_of(world, lanes).is_stuck
    if scope is Scope.PAUSE:
        world.holds.pause("to-pdf", "somebody wants it so")
    else:
        hold = Held(scope, Verdict("somebody wants it so"))
        world.holds.learn(job, replace(delayed(job, "", 0.0), hold=hold))
    world.drop("b.docx")
    world.clock.pass_by(10)
    world.lanes[0].round(world.clock.steady())
    there = {each.file: each for each in left_in(world, lanes) if each.file}
    assert there["b.docx"].is_stuck == (scope is not Scope.DISK)
    assert "a.docx" not in there, "it has left the inbox, though the lane that is held did not notice"
    for state in (State.NOTICED, State.CLAIMED, State.UPLOADED, State.SUBMITTING):
        left = left_of(world, lanes, state=state)
        is_held = (scope, state) != (Scope.BUDGET, State.SUBMITTING)
        assert (left.is_stuck, "somebody wants it so" in left.why) == (is_held, is_held), state
    for state in (State.CONVERTING, State.CONVERTED, State.FETCHED, State.PUBLISHED, State.REJECTED):
        assert not left_of(world, lanes, state=state).is_stuck, state


def test_every_state_that_is_not_at_rest_is_told_in_words(world: World) -> None:
    lanes = begin(world)
    world.drop("a.docx")
    for _ in range(2):
        world.lanes[0].round(world.clock.steady())
        world.clock.pass_by(2)
    told = {left_of(world, lanes, state=state, note="").why for state in set(State) - RESTING}
    assert len(told) == len(set(State) - RESTING)


def test_trouble_counts_when_it_is_more_than_a_hiccup(world: World) -> None:
    lanes = begin(world)
    world.drop("a.docx")
    for _ in range(2):
        world.lanes[0].round(world.clock.steady())
        world.clock.pass_by(2)
    trouble = {"state": State.CONVERTED, "troubled_at": 1.0, "note": "it cannot be reached"}
    assert not left_of(world, lanes, **trouble, tries=3).is_stuck
    stuck = left_of(world, lanes, **trouble, tries=4)
    assert (stuck.file, stuck.why, stuck.is_stuck) == ("a.docx", "it cannot be reached", True)
    assert left_of(world, lanes, state=State.CLAIMED, note=notes.STILL_WRITTEN).is_stuck
    world.lanes[0].began = world.clock.steady()
    world.clock.pass_by(16)
    assert left_of(world, lanes) == Left("to-pdf", "a.docx", "its file system does not answer", is_stuck=True)
