"""Kills a start of the daemon's journal at every step: `python -m tests.adapters.journals.deaths SITUATION`.

Each death is that of a real process, which ends without another word; so a test has this run as a program of its own,
which has one thread alone and may therefore fork.  Prints how many deaths there were.
"""

import os
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

from tests.adapters.journals.old import content, lay, version
from watchconvert.adapters.files.disk import Disk
from watchconvert.adapters.journal.database import VERSION, Database

DEAD, FAILED = 9, 1
FULL = os.environ.get("WATCHCONVERT_SWEEP") == "full"
STRIDE = 1 if FULL else 101
"""Of how many second deaths one is tried."""


class Steps:
    """Counts what the process does to the disk, and ends it before the chosen step."""

    def __init__(self, at: int) -> None:
        self._left = at

    def step(self, *_: Any) -> None:
        if self._left == 0:
            os._exit(DEAD)
        self._left -= 1

    def before(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*arguments: Any, **options: Any) -> Any:
            self.step()
            return call(*arguments, **options)

        return stepped

    def wire(self) -> None:
        """Have every call and every statement counted."""
        connect = sqlite3.connect

        def connected(*arguments: Any, **options: Any) -> sqlite3.Connection:
            connection = connect(*arguments, **options)
            connection.set_trace_callback(self.step)
            return connection

        sqlite3.connect = connected  # type: ignore[assignment]
        for name in ("open", "close", "fsync"):
            setattr(os, name, self.before(getattr(os, name)))
        for name in ("unlink", "rename", "mkdir"):
            setattr(Path, name, self.before(getattr(Path, name)))
        for name in ("replace", "rename_new"):
            setattr(Disk, name, self.before(getattr(Disk, name)))


def live(path: Path, death: int) -> bool:
    """Open and close the journal in a process that dies at a step; tell whether it did."""
    child = os.fork()
    if child == 0:
        try:
            Steps(death).wire()
            Database(str(path)).close()
        except BaseException as fault:  # noqa: BLE001 - told by the status
            os.write(2, f"{type(fault).__name__}: {fault}\n".encode())
            os._exit(FAILED)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, DEAD), f"it ended with {code} instead of dying at step {death}"
    return code == DEAD


def lay_old(path: Path) -> None:
    lay(1, path)


def lay_old_after_a_try(path: Path) -> None:
    """An earlier try left half a copy, and a draft."""
    lay(1, path)
    Path(f"{path}.before-v{VERSION}").write_bytes(path.read_bytes()[:5000])
    Path(f"{path}.before-v{VERSION}.draft").write_bytes(b"half")


def lay_nothing(path: Path) -> None:
    """There is no journal yet."""


SITUATIONS: dict[str, Callable[[Path], None]] = {
    "old": lay_old, "tried before": lay_old_after_a_try, "none": lay_nothing,
}  # fmt: skip


def look(path: Path, told: dict[str, Any]) -> None:
    """See that the old journal or the new one is there, never neither, and the copy where it is the new one."""
    if not told:
        return
    assert version(path) in (1, VERSION)
    assert tables_of(content(path)) == told
    if version(path) == VERSION:
        assert version(copy_of(path)) == 1, "the copy is not there, and the journal is new"
        assert content(copy_of(path)) == told


def tables_of(told: dict[str, Any]) -> dict[str, Any]:
    return {name: rows for name, rows in told.items() if name not in ("placed", "calendar")}


def copy_of(path: Path) -> Path:
    return Path(f"{path}.before-v{VERSION}")


def look_back(path: Path, told: dict[str, Any]) -> None:
    """See that a start that nobody disturbs makes it good."""
    with closing(Database(str(path))) as database:
        assert database.put_aside == ""
        assert database.read("PRAGMA user_version")[0][0] == VERSION
    look(path, told)
    assert sorted(each.name for each in path.parent.glob("*.draft*")) == []


def sweep(situation: Callable[[Path], None]) -> Iterator[int]:
    """Let the start die at each step, and at some of each second start; yields the deaths of each trial."""
    for first in count():
        for second in (None, *(range(first % STRIDE, 10_000, STRIDE) if FULL or first % 3 == 0 else ())):
            with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="watchconvert-test-") as folder:
                path = Path(folder, "journal.db")
                situation(path)
                told = content(path) if path.exists() else {}
                if not live(path, first):
                    return
                look(path, told)
                again = second is not None and live(path, second)
                look(path, told)
                look_back(path, told)
                yield 1 + again
                if second is not None and not again:
                    break


if __name__ == "__main__":
    sys.stdout.write(f"{sum(sweep(SITUATIONS[sys.argv[1]]))}\n")
