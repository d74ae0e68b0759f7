"""What the page asks of the journal is right, and stays cheap however long the journal is."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.engine.world import World
from watchconvert.adapters.journal.database import JournalError
from watchconvert.adapters.journal.glance import Glance, open_glance
from watchconvert.core.job import Verdict
from watchconvert.core.states import State


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.start()
    yield world
    world.stop()


@contextmanager
def look(world: World) -> Iterator[Glance]:
    with open_glance(str(world.root / "journal.db"), world.clock.steady) as glance:
        yield glance


def convert(world: World, *names: str) -> None:
    for name in names:
        world.drop(name)
        world.run()
        world.clock.pass_by(10)


def test_files_that_came_and_went_are_told_once_each(world: World) -> None:
    convert(world, "one.docx", "two.docx")
    world.service.refuse = Verdict("No.")
    convert(world, "three.docx")
    with look(world) as glance:
        last = glance.last_number()
        told = glance.passings(0, last)
        assert [each.event for each in told] == ["noticed", "retired"] * 2 + ["noticed", "set_aside"]
        assert [each.cost for each in told if each.event == "retired"] == [1, 1]
        half = last // 2
        assert glance.passings(0, half) + glance.passings(half, last) == told
        assert glance.passings(last, last) == []


def test_the_number_of_a_moment_is_found_by_halving(world: World) -> None:
    convert(world, *(f"{number}.docx" for number in range(20)))
    with look(world) as glance:
        told = glance.passings(0, glance.last_number())
        for each in told:
            number = glance.number_at(each.at)
            assert number < each.number
            assert [other for other in told if other.number <= number and other.at >= each.at] == []
        assert glance.number_at(0.0) == 0
        assert glance.number_at(world.clock.now() + 1) == glance.last_number()


def test_an_empty_journal_has_nothing_to_tell(world: World) -> None:
    with look(world) as glance:
        assert (glance.last_number(), glance.number_at(0.0), glance.jobs([]), glance.ways([])) == (0, 0, [], {})
        assert glance.open_counts() == glance.oldest_open() == glance.troubled_counts() == {}


def test_the_last_failures_are_found_among_the_last_jobs(world: World) -> None:
    world.service.refuse = Verdict("No.")
    convert(world, "a.docx", "b.docx")
    world.service.refuse = None
    convert(world, "c.docx", "d.docx")
    names = {job.id: job.name for job in world.jobs()}
    with look(world) as glance:
        assert [names[each] for each in glance.failed_among_last(9, 100)] == [b"b.docx", b"a.docx"]
        assert [names[each] for each in glance.failed_among_last(9, 3)] == [b"b.docx"]
        assert [names[each] for each in glance.failed_among_last(1, 100)] == [b"b.docx"]


def test_a_later_job_of_the_same_file_is_found(world: World) -> None:
    world.service.refuse = Verdict("No.")
    convert(world, "a.docx")
    world.service.refuse = None
    convert(world, "b.docx")
    (failed,) = (job for job in world.jobs() if job.state is State.FAILED)
    with look(world) as glance:
        assert glance.later(failed) is None
    convert(world, "a.docx")
    with look(world) as glance:
        found = glance.later(failed)
        assert found is not None
        assert found.state is State.DONE
        assert glance.later(found) is None


def test_jobs_come_in_the_order_asked_for_and_the_forgotten_are_left_out(world: World) -> None:
    convert(world, "a.docx", "b.docx")
    ids = [job.id for job in world.jobs()]
    with look(world) as glance:
        assert [job.id for job in glance.jobs([ids[1], "f" * 32, ids[0]])] == [ids[1], ids[0]]
        way = [event for event, _ in glance.ways(ids)[ids[0]]]
        assert (way[0], way[-1]) == ("noticed", "retired")


def test_a_look_ends_when_its_time_is_over(world: World) -> None:
    times = iter([0.0])
    with open_glance(str(world.root / "journal.db"), lambda: next(times, 1e9)) as glance:
        endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
        with pytest.raises(JournalError, match="interrupted"):
            glance._ask(endless)


def test_no_question_walks_through_all_jobs_or_events(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's own plan of each question: a walk through a whole table would show as a SCAN without an index."""
    convert(world, "a.docx")
    (job,) = world.jobs()
    asked: list[tuple[str, tuple[object, ...]]] = []
    ask = Glance._ask

    def spy(self: Glance, query: str, values: tuple[object, ...] = ()) -> list[sqlite3.Row]:
        asked.append((query, values))
        return ask(self, query, values)

    monkeypatch.setattr(Glance, "_ask", spy)
    with look(world) as glance:
        glance.open_counts(), glance.oldest_open(), glance.troubled_counts(), glance.open_jobs(5), glance.rested(5)
        glance.failed_among_last(5, 5), glance.jobs([job.id]), glance.later(job), glance.ways([job.id])
        glance.last_number(), glance.number_at(1.0), glance.passings(0, 9), glance.holds(), glance.account()
        plans = {
            query: [row["detail"] for row in glance._connection.execute(f"EXPLAIN QUERY PLAN {query}", values)]
            for query, values in asked
        }
    assert len(plans) >= 13
    walks = {
        query: step
        for query, plan in plans.items()
        for step in plan
        if re.match(r"SCAN (job|event|round)\b", step) and "INDEX job_" not in step
    }
    assert walks == {}
