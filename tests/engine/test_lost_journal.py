"""The journal is lost, or is an older copy, at any point of a file's way: the source is safe, and nothing is bought twice."""

import itertools
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.fakes import Crash, Fuse, result_of
from tests.engine.world import World
from watchconvert.adapters.journal.database import JournalError
from watchconvert.core.job import Verdict

SOURCE = b"the source of the letter"
Fate = Callable[[Path], None]


def lose(root: Path) -> None:
    for file in root.glob("journal.db*"):
        if file.suffix != ".hand":
            file.unlink()


def damage(root: Path) -> None:
    for file in root.glob("journal.db-*"):
        file.unlink()
    (root / "journal.db").write_bytes(b"nothing that SQLite could read" * 200)


def live_until(world: World, point: int) -> bool:
    """Live until the fuse blows; False when it did not before everything was at rest."""
    world.fuse.at = {point}
    try:
        world.start()
        world.run()
    except Crash:
        return True
    except JournalError as fault:
        if not isinstance(fault.__cause__, Crash):
            raise
        return True
    finally:
        world.stop()
        world.fuse.mend()
    return False


def live_on(world: World) -> None:
    """Live to the end, and once more: a start clears what a row of an older copy still had a claim to."""
    for _ in range(2):
        world.start()
        world.run()
        world.stop()


def check(world: World, point: int, *, outputs: int = 1) -> None:
    """Nothing is lost, half, left over or bought twice; what stood in the outbox already may stand there again."""
    where = f"after a death at point {point}"
    kept = [data for folder in ("inbox", "archive") for data in world.seen(folder).values()]
    assert kept == [SOURCE], where
    assert set(world.seen("outbox").values()) == {result_of(SOURCE)}, where
    assert 1 <= len(world.seen("outbox")) <= outputs, where
    assert world.seen("error") == {}, where
    assert world.staged() == [], where
    bills = Counter(world.service.bills)
    assert sum(bills.values()) == 1, f"{where}: {bills}"


@pytest.mark.parametrize("fate", [lose, damage])
@pytest.mark.parametrize("held", [True, False], ids=["held", "polled"])
def test_without_the_journal_the_stages_tell_enough(fate: Fate, held: bool) -> None:
    for point in itertools.count():
        with tempfile.TemporaryDirectory(dir="/dev/shm") as root:
            world = World(Path(root), Fuse(), held=held)
            world.drop("letter.docx", SOURCE)
            if not live_until(world, point):
                assert point > 40
                return
            fate(Path(root))
            live_on(world)
            check(world, point, outputs=2)


@pytest.mark.parametrize("at", ["noticed", "claimed", "uploaded", "minted", "accepted", "converted", "fetched"])
def test_an_older_copy_of_the_journal_costs_no_second_bill(at: str) -> None:
    """The journal of a moment is restored after everything that came later."""
    for point in itertools.count():
        with tempfile.TemporaryDirectory(dir="/dev/shm") as root:
            world = World(Path(root), Fuse(), held=False)
            world.drop("letter.docx", SOURCE)
            copy = keep_copy_at(world, at)
            if not live_until(world, point):
                assert point > 40
                return
            if not copy.exists():
                continue
            lose(Path(root))
            shutil.copy(copy, Path(root) / "journal.db")
            live_on(world)
            check(world, point, outputs=2)


def keep_copy_at(world: World, event: str) -> Path:
    """Have the journal copied once an event has been recorded; returns where the copy will be."""
    copy = world.root / "copy"
    usual = world.fuse.point

    def point(name: str) -> None:
        usual(name)
        if name == "after the transaction" and not copy.exists() and world.journal is not None:
            database = world.journal._database
            if database.read("SELECT 1 FROM event WHERE event = ?", (event,)):
                database.read("SELECT 1")
                database._connection.execute("VACUUM INTO ?", (str(copy),))

    world.fuse.point = point  # type: ignore[method-assign]
    return copy


def test_a_refused_file_is_refused_again_and_not_bought_again() -> None:
    for point in itertools.count():
        with tempfile.TemporaryDirectory(dir="/dev/shm") as root:
            world = World(Path(root), Fuse(), refuse=Verdict("It is damaged.", 500, 5002))
            world.drop("letter.docx", SOURCE)
            if not live_until(world, point):
                assert point > 40
                return
            lose(Path(root))
            live_on(world)
            assert world.seen("error")["letter.docx"] == SOURCE
            assert len(world.service.bills) == 1, point
            assert world.staged() == []


def test_the_journal_says_that_an_adopted_file_may_have_been_bought_before(tmp_path: Path) -> None:
    world = World(tmp_path, held=False)
    world.drop("letter.docx", SOURCE)
    world.start()
    while "claimed" not in [job.state.value for job in world.jobs()]:
        world.round()
        world.clock.pass_by(0.1)
        if world.service.bills:
            break
    world.service.jobs.clear()  # the service forgets, too
    world.stop()
    lose(tmp_path)
    world.start()
    world.run()
    (job,) = world.jobs()
    assert job.adopted == 1
    assert job.sent == 2, "sent once more than is known: perhaps charged for nothing"
    assert len(world.service.bills) == 2
    world.stop()
