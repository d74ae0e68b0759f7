"""The journal is cut, damaged, lost or replaced by an older copy, at any point of a file's way.

Files in the stages are adopted: nothing is lost, nothing half, everything ends, and what may have been paid for twice is
told (docs/design.md, "A journal that is lost").
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.engine.fakes import Crash
from tests.faults.acts import FULL, act_at, count_points, one_file
from tests.faults.damages import DAMAGES, FILES, file_of
from tests.faults.worlds import SOURCE, FaultyWorld, found_in
from tests.proof.invariants import broken

WAYS: dict[str, dict[str, Any]] = {"plain": {}, "polled": {"held": False}, "two outputs": {"outputs": 2}}
STRIDE = 3 if FULL else 97
TWICE = " stands 2 times"
"""A file that died between its publication and its retirement may come out once more when the journal is lost."""
Harm = Callable[[FaultyWorld, list[Path]], None]


def copy_journal(world: FaultyWorld, to: Path) -> None:
    """Take the files as they are, as if the daemon were killed now."""
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir()
    for ending in FILES:
        path = file_of(world.root / "journal.db", ending)
        if path.exists():
            shutil.copyfile(path, to / path.name)


def put_journal(world: FaultyWorld, copy: Path) -> None:
    for ending in FILES:
        file_of(world.root / "journal.db", ending).unlink(missing_ok=True)
    for path in copy.iterdir():
        shutil.copyfile(path, world.root / path.name)


def write_back(journal: Path) -> None:
    """Bring the log into the journal, as happens now and then: else the journal itself has nothing to damage."""
    if journal.exists():
        with closing(sqlite3.connect(journal)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def died_at(point: int, **service: Any) -> Iterator[tuple[FaultyWorld, list[Path]]]:
    """Let the daemon be killed at a point; also yields copies of its journal from before each of its rounds."""

    def die() -> None:
        copy_journal(world, world.root / "last")
        raise Crash

    with one_file(act_at(point, die), **service) as world:
        copies = []
        while not world.ends:
            copies.append(world.root / f"copy-{len(copies)}")
            copy_journal(world, copies[-1])
            world.go_round()
            world.clock.pass_by(1.0)
        put_journal(world, world.root / "last")
        if point % 2:
            write_back(world.root / "journal.db")
        yield world, [copy for copy in copies if list(copy.iterdir())]


def look(world: FaultyWorld, said: str) -> int:
    """Let it live on, and once more, and look; returns how often the file was billed."""
    for _ in range(2):
        assert world.go_on(150, 2.0), (
            f"{said}: stuck, {world.ends[-3:]}, {[(job.state, job.note) for job in world.open_jobs()]}"
        )
        world.stop()
        world.is_up = False
    world.rise()
    wrong = [each for each in broken(world.facts(SOURCE, excused=True)) if not each.endswith(TWICE)]
    places = [each.where for each in found_in(world.route) if each.data == SOURCE]
    assert not wrong, f"{said}: {wrong}"
    assert places == ["archive"], f"{said}: {places}"
    return len(world.service.bills)


def trial(point: int, said: str, harm: Callable[[FaultyWorld, list[Path]], None], **service: Any) -> int:
    with died_at(point, **service) as (world, copies):
        harm(world, copies)
        return look(world, f"{said} at call {point}")


def trial_while_up(point: int, damage: str, **service: Any) -> int:
    """Let the journal be damaged at one point and the daemon be killed some calls later."""

    def harm() -> None:
        if (world.root / "journal.db").exists():
            DAMAGES[damage](world.root / "journal.db", Random(point))
        world.trouble.at, world.trouble.act = point + 60, die

    def die() -> None:
        copy_journal(world, world.root / "last")
        raise Crash

    with one_file(act_at(point, harm), **service) as world:
        for _ in range(20):
            world.go_round()
            world.clock.pass_by(1.0)
            if world.ends and (world.root / "last").exists():
                world.stop()
                put_journal(world, world.root / "last")
                break
        return look(world, f"{damage} while up at call {point}")


def sweep(said: str, harm: Harm, tell: Callable[[str], None]) -> None:
    schedules = [(way, point) for way in WAYS for point in range(0, count_points(**WAYS[way]), STRIDE)]
    bills = [trial(point, said, harm, **WAYS[way]) for way, point in schedules]
    tell(f"journal: {said}: schedules {len(bills)}, violations 0, billed twice and told so {bills.count(2)}")
    assert max(bills) <= 2
    assert bills.count(1) > len(bills) * 0.9, "the service is asked before anything is bought"


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_while_down(damage: str, tell: Callable[[str], None]) -> None:
    def harm(world: FaultyWorld, _: list[Path]) -> None:
        if (world.root / "journal.db").exists():
            DAMAGES[damage](world.root / "journal.db", Random(world.trouble.at))

    sweep(damage, harm, tell)


def test_an_older_copy(tell: Callable[[str], None]) -> None:
    def harm(world: FaultyWorld, copies: list[Path]) -> None:
        if copies:
            put_journal(world, Random(world.trouble.at).choice(copies))

    sweep("older copy", harm, tell)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_while_up(damage: str, tell: Callable[[str], None]) -> None:
    ways = WAYS if FULL else {"polled": WAYS["polled"]}
    schedules = [(way, point) for way in ways for point in range(0, count_points(**WAYS[way]), STRIDE)]
    bills = [trial_while_up(point, damage, **WAYS[way]) for way, point in schedules]
    tell(f"journal: {damage} while up: schedules {len(bills)}, violations 0, billed twice {bills.count(2)}")
    assert max(bills) <= 2
