"""One trial: a situation is played with deaths and an act at chosen moments, and everything that is wrong is told."""

import ctypes
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from tests.crash.books import Memory, facts_of, gather, unowned
from tests.crash.people import Person
from tests.crash.points import Moments, wired
from tests.crash.situations import Situation
from tests.engine.fakes import Fuse, result_of
from tests.engine.world import World
from tests.proof.invariants import broken, label
from watchconvert.adapters.files.disk import Disk
from watchconvert.adapters.journal.database import Database
from watchconvert.core.naming import is_junk

NEAR, FAR = "/dev/shm", "/tmp"


class Schedule(NamedTuple):
    """When the daemon dies, and when the person acts."""

    deaths: tuple[int, ...] = ()
    act_at: int = -1
    """The point (or, with `looks`, the moment) from which the act is tried; -1: never."""
    looks: bool = False
    """Whether the act comes at looks as well as at points."""


CALM = Schedule()


@dataclass
class Ending:
    """How a trial ended."""

    wrong: list[str]
    trace: list[str]
    moments: int
    lives: int
    began: int
    """Points of the first start; what comes behind them is the situation's own."""


class CommitDatabase(Database):
    """The real SQLite file, with one point in each transaction: to die in it or before it leaves the same file."""

    def __init__(self, path: str, fuse: Fuse) -> None:
        self._fuse = fuse
        super().__init__(path)

    def _commit_waiting(self) -> None:
        # The journal's lock is held: a person who asks it something would wait for ever.
        self._waiting.append((lambda _: Fuse.point(self._fuse, "commit"), _Nobody()))
        super()._commit_waiting()


class _Nobody:
    """Nobody waits for the point."""

    def set_result(self, _: Any) -> None:
        pass

    set_exception = set_result


class Theatre(World):
    """A world that looks at itself at each death."""

    def __init__(self, root: Path, situation: Situation, fuse: Moments) -> None:
        super().__init__(root, fuse, **situation.manners)
        self.service.answers = {name: list(said) for name, said in situation.answers.items()}
        self.change_route(**situation.route)
        self.situation, self.memory, self.wrong = situation, Memory(), []
        self.began = 0

    def make_disk(self) -> Disk:
        return Disk()

    def make_database(self, path: str) -> Database:
        return CommitDatabase(path, self.fuse)

    def results(self, source: bytes) -> tuple[bytes, ...]:
        return _results(source, self.service.outputs)

    def set_up(self) -> None:
        """Lay out what the situation begins with."""
        for (folder, name), data in self.situation.foreign.items():
            path = Path(getattr(self.route, folder)) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        self.memory.foreign.update(self.situation.foreign)
        for name, data in self.situation.files.items():
            self.drop(name, data)
            self.memory.dropped.append(data)
        for name in self.situation.markers:
            self.drop(name, b"")

    def start(self) -> None:
        super().start()
        self.began = self.began or len(self.fuse.trace)

    def is_idle(self) -> bool:
        """Tell whether all is at rest: no source is left in an inbox, whoever put it there."""
        return not any(lane.waiting for lane in self.lanes) and not self._left() and not self.open_jobs()

    def _left(self) -> bool:
        inbox = Path(self.route.inbox)
        files = (path.relative_to(inbox) for path in inbox.rglob("*") if path.is_file())
        marker = self.route.done.replace("{name}", "")
        return any(
            not any(map(is_junk, map(os.fsencode, path.parts))) and not (marker and path.name.endswith(marker))
            for path in files
        )

    def mourn(self) -> None:
        """Note what does not hold at the instant of a death."""
        self.note("at the death", broken(facts_of(self, self.memory, self.results), at_rest=False))

    def note(self, when: str, complaints: list[str]) -> None:
        """Note complaints, and what the journal does not know of the bills."""
        if self.journal is not None:
            complaints = [*complaints, *unowned(self, self.memory)]
        known = self.situation.known
        self.wrong += [f"{when}: {each}" for each in complaints if not known or known not in each]

    def look_back(self) -> None:
        """Note what does not hold at rest."""
        facts = facts_of(self, self.memory, self.results)
        self.note("at rest", [*broken(facts), *self._ill_ends(), *self._dear(), *self._unplaced()])

    def _ill_ends(self) -> Iterator[str]:
        """Tell of sources at rest in a place that the situation does not lead to, and of what is not explained."""
        found = gather(self.route)
        for source in set(self.memory.dropped) - self.memory.taken:
            for each in found:
                if each.data == source and each.where not in self.situation.ends:
                    yield f"{label(source)} ended in the {each.where}"
        names = {each.name for each in found if each.where == "error"}
        for each in found:
            if each.where == "error" and each.data in self.memory.dropped:
                for ending in ("txt", "json"):
                    if f"{each.name}.error.{ending}" not in names:
                        yield f"{each.name} lies in the error folder without its explanation as {ending}"
        yield from (f"{path} is left" for path in self.staged())

    def _unplaced(self) -> Iterator[str]:
        """Tell of what the daemon put somewhere and does not know of, where nobody else did anything.

        A copy on another file system that is found again after a death has an inode that nobody remembers.
        """
        if self.situation.act or (self.situation.far and self.fuse.at):
            return
        known = {
            (Path(each.root, os.fsdecode(each.folder), os.fsdecode(each.name)), each.ino) for each in self.placed()
        }
        foreign = {Path(getattr(self.route, folder), name) for folder, name in self.situation.foreign}
        for top in (self.route.outbox, self.route.error, self.route.archive):
            for path in Path(top).rglob("*"):
                mine = ".watchconvert" not in path.parts and path not in foreign
                if mine and path.is_file() and path.stat().st_size and (path, path.stat().st_ino) not in known:
                    yield f"{path} was placed, and the journal does not know of it"

    def _dear(self) -> Iterator[str]:
        """Tell of bills beyond what the situation may cost, even if the journal owns up to them."""
        for source in set(self.memory.dropped):
            bills = sum(self.service.sources[bill] == source for bill in self.service.bills)
            most = 1 + self.situation.extra + self.memory.retried[source]
            if bills > most:
                yield f"{label(source)} was billed {bills} times where {most} should do"


@lru_cache(maxsize=1024)
def _results(source: bytes, outputs: int) -> tuple[bytes, ...]:
    return tuple(result_of(source, number) for number in range(outputs))


class _Flagless:
    """A file system that cannot rename without replacing."""

    def renameat2(self, *_: Any) -> int:
        ctypes.set_errno(errno.EINVAL)
        return -1


def link(*_: Any, **__: Any) -> None:
    """Fail as where there are no hard links."""
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


_LACKS: dict[str, dict[str, Any]] = {
    "": {},
    "flag": {"libc": _Flagless()},
    "links": {"libc": _Flagless(), "link": link},
}
"""What stands in for the calls that a file system does not have."""


@contextmanager
def play(situation: Situation, schedule: Schedule) -> Iterator[tuple[Theatre, Moments]]:
    """Set up a situation, to be lived through."""
    with ExitStack() as stack:
        root = Path(tempfile.mkdtemp(prefix="watchconvert-test-", dir=NEAR))
        stack.callback(shutil.rmtree, root)
        fuse = Moments(schedule.deaths, at_points=not schedule.looks)
        world = Theatre(root, situation, fuse)
        if situation.far:
            far = tempfile.mkdtemp(prefix="watchconvert-test-", dir=FAR)
            stack.callback(shutil.rmtree, far)
            world.change_route(**{situation.far: f"{far}/{situation.far}"})
        person = Person(world, world.memory, world.results)
        stack.callback(person.go)
        world.set_up()
        if situation.act and schedule.act_at >= 0:
            fuse.act, fuse.act_at = person[situation.act], schedule.act_at
        stack.callback(world.stop)
        stack.enter_context(wired(fuse, **_LACKS[situation.flat]))
        yield world, fuse


def trial(situation: Situation, schedule: Schedule = CALM) -> Ending:
    """Play a situation once, to its end."""
    lives = 0
    with play(situation, schedule) as (world, fuse):
        try:
            lives = world.live_on()
            world.look_back()
        except AssertionError as restless:
            world.wrong.append(f"in the end: {restless}")
        return Ending(world.wrong, fuse.trace, fuse.moments, lives, world.began)
