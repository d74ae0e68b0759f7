"""The daemon dies at every point of a removal, and people act at every moment of it: only what is to go goes.

A person's act comes right before a call that changes something, or looks; a death comes before a call, too.  With
WATCHCONVERT_SWEEP=full every act is played at every moment, each with every death behind it.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.core.making import make_job, make_order
from tests.crash.points import Moments, wired
from tests.crash.theatre import CommitDatabase
from tests.engine.fakes import Crash
from tests.engine.kept import DAY, SHORT, Kept
from watchconvert.adapters.journal.database import Database, JournalError
from watchconvert.core.keeping import Placed
from watchconvert.core.states import Event

FULL = os.environ.get("WATCHCONVERT_SWEEP") == "full"
DUE, YOUNG, MINE = b"due by its age", b"still young", b"a person's own"
NEW = b"what a person has made of it"


class Person:
    """Somebody who does one thing with the file that is about to go."""

    def __init__(self, root: Path) -> None:
        self.path = root / "to-pdf/archive/a/due.docx"
        self._file, self._moments = -1, 0
        self.kept = b""
        """What must be there in the end, whatever happens."""

    def act(self, name: str) -> Callable[[], bool]:
        act: Callable[[], bool] = getattr(self, name)
        return act

    def edits(self) -> bool:
        """Write over it in place, as soon as the kernel lets it be opened."""
        return self._open() and self._write()

    def keeps_open(self) -> bool:
        """Open it and write a good while later, wherever it lies by then."""
        if self._file < 0:
            return self._open() and self._file < 0
        self._moments += 1
        return self._moments > 6 and self._write()

    def _open(self) -> bool:
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)
        except BlockingIOError:
            return False
        except (FileNotFoundError, NotADirectoryError):
            return True
        self.kept = DUE
        return True

    def _write(self) -> bool:
        if self._file >= 0:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, NEW, 0)
            self.kept = NEW
            self.go()
        return True

    def go(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def replaces(self) -> bool:
        """Save another in its place, as most programs do."""
        if self.path.parent.exists():
            draft = self.path.with_name(".draft")
            draft.write_bytes(NEW)
            draft.replace(self.path)
            self.kept = NEW
        return True

    def takes_away(self) -> bool:
        if self.path.exists():
            self.path.rename(self.path.parent.parent / "taken.docx")
            self.kept = DUE
        return True

    def removes_the_folder(self) -> bool:
        shutil.rmtree(self.path.parent, ignore_errors=True)
        return True

    def puts_something_beside_it(self) -> bool:
        if self.path.parent.exists():
            self.path.with_name("beside.docx").write_bytes(NEW)
            self.kept = NEW
        return True


ACTS = ("edits", "keeps_open", "replaces", "takes_away", "removes_the_folder", "puts_something_beside_it")


def lay(world: Kept) -> None:
    """Put files into the archive as the daemon does, one of them long ago, and one of a person's."""
    world.start()
    archive = Path(world.route.archive)
    (archive / "a").mkdir()
    placed = [Placed(world.route.archive, b"", b"a", "folder", (archive / "a").stat().st_ino)]
    now = world.clock.now()
    for name, data, at in (("due.docx", DUE, now - DAY), ("young.docx", YOUNG, now)):
        path = archive / "a" / name
        path.write_bytes(data)
        seen = path.stat()
        placed.append(
            Placed(world.route.archive, b"a", name.encode(), "file", seen.st_ino, seen.st_size, seen.st_mtime_ns, at=at)
        )
    (archive / "a" / "mine.docx").write_bytes(MINE)
    remember(world, placed)
    world.almanac.now()
    world.stop()


def remember(world: Kept, placed: list[Placed]) -> None:
    assert world.journal is not None
    for number, each in enumerate(placed):
        order = make_order(str(world.root))
        job = make_job(b"%d" % number, id=f"{number:032x}", route=world.route.name, order=order, changed_at=each.at)
        assert world.journal.add(job)
        assert world.journal.record(job, job, Event.DELAYED, [each])


class Mortal(Kept):
    """One whose commits are points as well."""

    def make_database(self, path: str) -> Database:
        return CommitDatabase(path, self.fuse)


class Trial:
    """One removal with deaths and an act."""

    def __init__(self, deaths: tuple[int, ...], act: str = "", act_at: int = 0) -> None:
        self.fuse, self.act = Moments(deaths, at_points=False), act
        self.deaths = 0
        self.wrong: list[str] = []
        with contextlib.ExitStack() as stack:
            root = Path(tempfile.mkdtemp(prefix="watchconvert-test-", dir="/dev/shm"))
            stack.callback(shutil.rmtree, root)
            self.world, self.person = Mortal(root, archive_keep=SHORT), Person(root)
            stack.callback(self.person.go)
            stack.callback(self.world.stop)
            lay(self.world)
            if act:
                self.fuse.act, self.fuse.act_at = self.person.act(act), act_at
            with wired(self.fuse):
                self.world.fuse = self.fuse
                self._live_on()
            self.person.go()
            self.world.fuse = Moments()
            self._live_on()  # what somebody had open is free by now
            self.wrong += self._look_back()

    def _live_on(self) -> None:
        while True:
            try:
                self.world.start()
                self.world.tidy()
                self.world.stop()
            except (Crash, JournalError) as death:
                if not isinstance(death, Crash) and not isinstance(death.__cause__, Crash):
                    raise
                self.deaths += 1
                self.world.stop()
                self.wrong += self._look()
                self.fuse.mend()
            else:
                return

    def _contents(self) -> Iterator[tuple[str, bytes]]:
        top = Path(self.world.route.archive)
        for path in top.rglob("*"):
            if path.is_file():
                yield path.relative_to(top).as_posix(), path.read_bytes()

    def _look(self) -> Iterator[str]:
        """Tell what does not hold at any moment: whatever is a person's, or not to go, is there."""
        there = [data for _, data in self._contents()]
        if self.act == "removes_the_folder":
            return
        for data in {YOUNG, MINE, self.person.kept} - {b""}:
            if there.count(data) != 1 and self.fuse.act is None:
                yield f"{data!r} is there {there.count(data)} times"

    def _look_back(self) -> Iterator[str]:
        yield from self._look()
        for name, data in self._contents():
            if ".watchconvert" in name:
                yield f"{name} is left in the stage"
            # Brought back under another name, because a person has taken its own, it is no longer the daemon's affair.
            if data == DUE and self.person.kept != DUE and name == "a/due.docx":
                yield f"{name} is still there"
        self.world.start()
        known = {each.name for each in self.world.placed()}
        if b"due.docx" in known:
            yield "what is gone or somebody else's is still remembered"
        self.world.stop()


def test_undisturbed_it_goes_and_the_others_stay() -> None:
    calm = Trial(())
    assert calm.wrong == []
    assert len(calm.fuse.trace) > 10


def test_a_death_at_any_point_is_made_good_by_the_next_life() -> None:
    points = len(Trial(()).fuse.trace)
    for first in range(points):
        for second in (None, *range(first + 1, first + 40, 1 if FULL else 13)):
            trial = Trial((first,) if second is None else (first, second))
            assert trial.wrong == [], (first, second, trial.fuse.trace[-5:])
            assert trial.deaths


@pytest.mark.parametrize("act", ACTS)
def test_what_a_person_does_at_any_moment_is_respected(act: str) -> None:
    moments = Trial(()).fuse.moments
    assert moments > 100
    for moment in range(0, moments, 1 if FULL else 7):
        assert Trial((), act, moment).wrong == [], moment


@pytest.mark.parametrize("act", ACTS)
def test_deaths_and_people_together(act: str) -> None:
    calm = Trial(())
    for moment in range(0, calm.fuse.moments, 1 if FULL else 13):
        for death in range(moment % 7, len(calm.fuse.trace), 1 if FULL else 7):
            trial = Trial((death,), act, moment)
            assert trial.wrong == [], (moment, death)
