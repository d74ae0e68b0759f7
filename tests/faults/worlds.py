"""A daemon in the test's own process whose machine fails, and what must hold of it afterwards."""

import contextlib
import errno
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.engine.fakes import Crash, FakeClock, Fuse, result_of
from tests.engine.world import World
from tests.faults.calls import Trouble
from tests.proof.invariants import Facts, Found, broken
from watchconvert.adapters.journal.database import Database, JournalError
from watchconvert.core.settings import Route

SOURCE = b"the source of the letter"
FOLDERS = ("inbox", "outbox", "archive", "error")
_RESTART = 5.0
"""Seconds after which the service manager starts a daemon again that has ended with an error."""


class FaultyWorld(World):
    """A world that is started again whenever a fault ends it, as the service manager would."""

    def __init__(self, root: Path, trouble: Trouble | None = None, fuse: Fuse | None = None, **service: Any) -> None:
        super().__init__(root, fuse, **service)
        self.service.clock = OwnClock(self.clock)
        self.trouble = trouble or Trouble()
        self.ends: list[BaseException] = []
        """What ended each life that ended by itself."""
        self.is_up = False

    def rise(self) -> None:
        """Start, unless what the start needs fails."""
        try:
            with self.trouble.at_work():
                self.start()
            self.is_up = True
        except (OSError, JournalError, Crash) as fault:
            self._fall(fault)

    def make_database(self, path: str) -> Database:
        return FaultyDatabase(path, self.trouble)

    def _fall(self, fault: BaseException) -> None:
        self.ends.append(fault)
        self.is_up = False
        self.stop()
        self.clock.pass_by(_RESTART)

    def go_round(self) -> None:
        """Let every loop come round once, the main one too; only the journal may end the daemon, or the test."""
        if not self.is_up:
            self.rise()
            return
        try:
            with self.trouble.at_work():
                self.round()
                assert self.journal is not None
                self.journal.check_place()
                self.holds.look_at_journal()
        except (JournalError, Crash) as fault:
            self._fall(fault)

    def go_on(self, rounds: int, step: float) -> bool:
        """Let time pass until all is at rest; tell whether it came to that."""
        for _ in range(rounds):
            self.go_round()
            if self.is_up and self.is_idle():
                return True
            self.clock.pass_by(step)
        return False

    def is_idle(self) -> bool:
        """Tell whether all is at rest, sub-folders of the inbox included."""
        left = [path for path in Path(self.route.inbox).rglob("*") if path.is_file()]
        return not left and super().is_idle()

    def facts(self, *dropped: bytes, excused: bool = False) -> Facts:
        """Return everything that is known now; `excused` counts what the journal owns up to."""
        bills = [self.service.sources[each] for each in self.service.bills]
        outputs = self.service.outputs
        return Facts(
            dropped=dropped,
            found=list(found_in(self.route)),
            billed=bills,
            results=lambda source: [result_of(source, number) for number in range(outputs)],
            excused=self.owned_up() if excused else {},
        )

    def bugs(self) -> list[str]:
        """Return what the journal tells of errors that are the program's own."""
        assert self.journal is not None
        rows = self.journal._database.read("SELECT note FROM event WHERE note LIKE 'internal error%'")
        return [row["note"] for row in rows]

    def owned_up(self) -> dict[bytes, int]:
        """Return how many bills beyond the first the ledger says are possible, by source."""
        assert self.journal is not None
        doubtful: Counter[bytes] = Counter()
        query = "SELECT remote_id, sent, outcome FROM round"
        for row in self.journal._database.read(query):
            source = self.service.sources.get(row["remote_id"])
            if source is not None:
                doubtful[source] += row["sent"] - 1 + (row["outcome"] in ("forgotten", "sent_back"))
        return dict(doubtful)


class OwnClock(FakeClock):
    """The service's own clock, which does not jump with ours."""

    def __init__(self, ours: FakeClock) -> None:
        super().__init__()
        self._ours = ours

    def now(self) -> float:
        return self._ours.steady()


class FaultyDatabase(Database):
    """The real SQLite file, with a point before, inside and after each transaction, and before each question."""

    def __init__(self, path: str, trouble: Trouble) -> None:
        self._trouble = trouble
        super().__init__(path)

    def read(self, query: str, values: Any = ()) -> list[sqlite3.Row]:
        if self._trouble.strikes("journal read"):
            raise JournalError(f"{self.path}: disk I/O error")
        return super().read(query, values)

    def write(self, work: Callable[[Any], Any]) -> Any:
        def faulty(connection: Any) -> Any:
            result = work(connection)
            if self._trouble.strikes("journal commit"):
                raise _sqlite_fault(self._trouble.number)
            return result

        result = super().write(faulty)
        if self._trouble.strikes("journal committed"):
            # SQLite may report a commit as failed that is in the log all the same.
            raise JournalError(f"{self.path}: disk I/O error")
        return result


def _sqlite_fault(number: int) -> sqlite3.Error:
    full = number in (errno.ENOSPC, errno.EDQUOT)
    fault = sqlite3.OperationalError("database or disk is full" if full else "disk I/O error")
    fault.sqlite_errorcode = sqlite3.SQLITE_FULL if full else sqlite3.SQLITE_IOERR
    return fault


def found_in(route: Route) -> Iterator[Found]:
    """Yield every file in a route's folders, told by where it lies."""
    for folder in FOLDERS:
        top = Path(getattr(route, folder))
        hidden = "stage" if folder == "inbox" else "outbox stage"
        for path in sorted(top.rglob("*")):
            if path.is_file():
                staged = path.relative_to(top).parts[0] == ".watchconvert"
                yield Found(hidden if staged else folder, path.name, path.read_bytes())


def check(world: FaultyWorld, said: str, *dropped: bytes, excused: bool = False) -> None:
    """Look at what must hold at rest; nothing was wrong with the files, so they end where the service sends them."""
    wrong = broken(world.facts(*dropped, excused=excused))
    home = "error" if world.service.refuse else "archive"
    found = Counter(each.data for each in found_in(world.route) if each.where == home)
    wrong += [f"{data[:24]!r} is not in the {home}" for data in dropped if found[data] != 1]
    wrong += [f"left in a stage: {path}" for path in left_in_stages(world)]
    wrong += world.bugs() + ["a descriptor was closed twice"] * world.trouble.closed_twice
    assert not wrong, f"{said}: {wrong}; lives ended by {world.ends}"


def left_in_stages(world: FaultyWorld) -> list[Path]:
    """Return what is left in the stages: an empty folder that could not be removed may be, until the next start."""
    if not any(path.is_file() for path in world.staged()):
        world.stop()
        world.rise()
    return world.staged()


@contextlib.contextmanager
def in_memory() -> Iterator[Path]:
    """Make a scratch folder on a file system that costs nothing."""
    root = Path(tempfile.mkdtemp(dir="/dev/shm"))
    try:
        yield root
    finally:
        shutil.rmtree(root)
