"""The configuration is changed while a file is under way, at any point of its way: it ends as it was ordered.

What the file's row has of its route holds to the end (docs/design.md, "The row carries the order"); a file that had no row
yet goes by the new configuration.
"""

import dataclasses
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.engine.fakes import Crash, result_of
from tests.faults.acts import FULL, act_at, count_points, one_file
from tests.faults.worlds import SOURCE, FaultyWorld, check
from watchconvert.core.settings import Route
from watchconvert.core.states import State

STRIDE = 1 if FULL else 17
CHANGES: dict[str, dict[str, Any]] = {
    "outbox": {"outbox": "new/outbox"},
    "all folders but the inbox": {"outbox": "new/outbox", "archive": "new/archive", "error": "new/error"},
    "target": {"to": "txt"},
    "source deleted": {"source": "delete"},
    "name of the route": {"name": "other"},
    "kinds that it takes": {"accept": ("*.odt",), "unaccepted": "leave"},
    "route removed": {},
}


def is_noticed(world: FaultyWorld) -> bool:
    """Tell whether the journal of a dead daemon has a row of the file."""
    with closing(sqlite3.connect(world.root / "journal.db")) as journal:
        tables = journal.execute("SELECT count(*) FROM sqlite_master WHERE name = 'job'").fetchone()[0]
        return bool(tables and journal.execute("SELECT count(*) FROM job").fetchone()[0])


def changed(world: FaultyWorld, change: str) -> Route:
    values = CHANGES[change]
    folders = {key: str(world.root / value) for key, value in values.items() if "/" in value}
    return dataclasses.replace(world.route, **values | folders)


def die() -> None:
    raise Crash


def trial(point: int, change: str) -> str:
    """Let the daemon die at a point and start with another configuration; returns by which one the file went."""
    said = f"{change}: changed at call {point}"
    with one_file(act_at(point, die)) as world:
        while not world.ends:
            world.go_round()
            world.clock.pass_by(1.0)
        old, new = world.route, changed(world, change)
        by_old = is_noticed(world)
        world.route, world.routes = new, () if change == "route removed" else (new,)
        world.go_on(100, 1.0)
        assert world.is_up, f"{said}: {world.ends}"
        assert not world.open_jobs(), f"{said}: {[(job.state, job.note) for job in world.open_jobs()]}"
        world.route = old if by_old else new
        look(world, said, change, is_left=not by_old and change in ("route removed", "kinds that it takes"))
        return "old" if by_old else "new"


def look(world: FaultyWorld, said: str, change: str, *, is_left: bool) -> None:
    if is_left:
        assert world.seen("inbox") == {"letter.docx": SOURCE}, said
        assert world.service.bills == [], said
        return
    assert world.seen("outbox") == {"letter.pdf": result_of(SOURCE)}, said
    assert [job.conversion.target for job in world.jobs() if job.state is State.DONE] == [world.route.to], said
    assert len(world.service.bills) == 1, said
    if world.route.source == "delete":
        assert world.seen("archive") == world.seen("inbox") == {}, said
    else:
        check(world, said, SOURCE)
    assert not list(Path(world.root).rglob(".watchconvert/host/*/*")), said


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_at_any_point(change: str) -> None:
    went = {trial(point, change) for point in range(0, count_points(), STRIDE)}
    assert went == {"old", "new"}
