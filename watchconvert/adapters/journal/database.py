"""Opening the journal file: who may, with which guarantees, and commits that are shared."""

import contextlib
import fcntl
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from watchconvert.adapters.journal import care, schema
from watchconvert.adapters.journal.errors import (
    DamagedJournalError,
    JournalError,
    JournalInUseError,
    NewerJournalError,
)
from watchconvert.adapters.journal.schema import VERSION

__all__ = [
    "VERSION", "DamagedJournalError", "Database", "JournalError", "JournalInUseError", "NewerJournalError", "is_locked",
]  # fmt: skip
_GRACE = 200
"""How often the lock is tried, one turn of the processor apart."""
_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "trusted_schema": 0,
    "journal_size_limit": 8 * 2**20,
}


class Database:
    """One connection that writes, shared by all threads; concurrent writes share a commit."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.put_aside = ""
        """Where a damaged journal was put at the start; empty when it was sound."""
        self._guard = _lock(path)
        try:
            self._connection = self._open_sound()
        except BaseException:
            os.close(self._guard)
            raise
        self._file = care.identity(path)
        self._turn = threading.Lock()
        self._waiting: deque[tuple[Callable[[sqlite3.Connection], Any], Future[Any]]] = deque()

    def _open_sound(self) -> sqlite3.Connection:
        """Open the journal; one that is damaged makes way for a new one, and the reserve for one that has no room."""
        try:
            return _open(self.path)
        except DamagedJournalError as fault:
            if not Path(self.path + ".hand").exists():
                raise  # no daemon ever worked with it: a file of somebody else's, perhaps, that is named by mistake
            try:
                self.put_aside = care.put_aside(self.path)
            except OSError as worse:
                raise fault from worse
        except JournalError as fault:
            if fault.__cause__ is None or not care.is_full(fault.__cause__) or not care.drop_ballast(self.path):
                raise
        return _open(self.path)

    def read(self, query: str, values: Any = ()) -> list[sqlite3.Row]:
        """Return the rows of a query.

        Raises:
            JournalError: SQLite refused.

        """
        try:
            with self._turn:
                return self._connection.execute(query, values).fetchall()
        except (sqlite3.Error, UnicodeDecodeError) as fault:
            raise _error(self.path, fault) from fault

    def damaged(self, why: str) -> DamagedJournalError:
        """Return what the daemon ends with when it cannot read what it has written."""
        care.suspect(self.path)
        return DamagedJournalError(f"{self.path}: {why}")

    def write(self, work: Callable[[sqlite3.Connection], Any]) -> Any:
        """Do `work` in a transaction and return its result once that is on the disk.

        Callers that come while a commit is under way are served together by the
        next one.  `work` must not raise for anything that is to be expected.

        Raises:
            JournalError: nothing of it was written.

        """
        result: Future[Any] = Future()
        self._waiting.append((work, result))
        with self._turn:
            if not result.done():
                self._commit_waiting()
        return result.result()

    def _commit_waiting(self) -> None:
        batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            results = self._commit([work for work, _ in batch])
        except BaseException as fault:  # noqa: BLE001 - whoever waits must learn of it, whatever it is
            self._roll_back()
            error = _error(self.path, fault)
            error.__cause__ = fault
            for _, result in batch:
                result.set_exception(error)
            return
        for (_, future), value in zip(batch, results, strict=True):
            future.set_result(value)

    def _commit(self, works: list[Callable[[sqlite3.Connection], Any]]) -> list[Any]:
        """Do it all in one transaction; on a full disk once more, with the reserve given up."""
        try:
            return self._transact(works)
        except sqlite3.Error as fault:
            if not care.is_full(fault) or not care.drop_ballast(self.path):
                raise
            self._roll_back()
            return self._transact(works)

    def _transact(self, works: list[Callable[[sqlite3.Connection], Any]]) -> list[Any]:
        self._connection.execute("BEGIN IMMEDIATE")
        results = [work(self._connection) for work in works]
        self._connection.execute("COMMIT")
        return results

    def _roll_back(self) -> None:
        # A connection that cannot even do this is lost; whoever waits must still be told.
        with contextlib.suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def shrink(self) -> None:
        """Give up to a thousand pages that are no longer used back to the disk.

        Raises:
            JournalError: SQLite refused.

        """
        try:
            with self._turn:
                # A script, as it is stepped to its end: a query without columns is stepped once.
                self._connection.executescript("PRAGMA incremental_vacuum(1000)")
        except sqlite3.Error as fault:
            raise _error(self.path, fault) from fault

    def has_room(self) -> bool:
        """Tell whether there is room for new work beside the journal; lays the reserve again where there is plenty."""
        if care.free_bytes(self.path) < care.ROOM:
            return False
        care.lay_ballast(self.path)
        return True

    def check_place(self) -> None:
        """See that the journal's file still stands under its name; bring it back if it does not.

        Raises:
            JournalError: it did not, and the daemon must start anew from what was brought back.

        """
        if care.identity(self.path) == self._file:
            return
        with self._turn:
            try:
                aside = care.bring_back(self._connection, self.path)
            except (OSError, sqlite3.Error) as fault:
                raise JournalError(
                    f"{self.path} was removed or replaced, and cannot be written again: {fault}"
                ) from fault
        kept = f"; what stood there is kept as {aside}" if aside else ""
        raise JournalError(f"{self.path} was removed or replaced while the daemon ran; it was written again{kept}")

    def close(self) -> None:
        """Close the journal and let another daemon have it."""
        with self._turn:
            self._connection.close()
            os.close(self._guard)


def _lock(path: str) -> int:
    """Take the lock that makes this the only daemon of the journal; returns its descriptor."""
    guard = os.open(path + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if not _take(guard):
        holder = os.pread(guard, 20, 0).decode("ascii", "replace").strip()
        os.close(guard)
        raise JournalInUseError(
            f"{path} is in use by another watchconvert (process {holder or 'unknown'}). "
            "Stop that one first, or give this one a journal of its own."
        )
    os.ftruncate(guard, 0)
    os.pwrite(guard, f"{os.getpid()}\n".encode(), 0)
    return guard


def _take(guard: int) -> bool:
    """Take the lock if no daemon has it; who only asks whether one has it holds it for an instant."""
    for _ in range(_GRACE):
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.sched_yield()
        else:
            return True
    return False


def is_locked(path: str) -> bool:
    """Tell whether a daemon has the journal open."""
    try:
        guard = os.open(path + ".lock", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(guard, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(guard)
    return False


def holder(path: str) -> int | None:
    """Return the process id of the daemon that has the journal open; None when none has."""
    try:
        return int(Path(path + ".lock").read_text("ascii")) if is_locked(path) else None
    except (OSError, ValueError):
        return None


def _open(path: str) -> sqlite3.Connection:
    connection = None
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        connection.row_factory = sqlite3.Row
        schema.refuse_newer(connection, path)
        _set_pragmas(connection)
        care.check(connection, path)
        schema.bring_up(connection, path)
    except (sqlite3.Error, UnicodeDecodeError, OSError) as fault:
        _close(connection)
        raise _error(path, fault) from fault
    except JournalError:
        _close(connection)
        raise
    return connection


def _close(connection: sqlite3.Connection | None) -> None:
    if connection is not None:
        connection.close()


def _error(path: str, fault: BaseException) -> JournalError:
    """Return what the daemon is told of a fault of SQLite; damage is marked for the next start."""
    if not care.is_damage(fault):
        return JournalError(f"{path}: {fault}")
    care.suspect(path)
    return DamagedJournalError(f"{path}: {fault}")


def _set_pragmas(connection: sqlite3.Connection) -> None:
    """Set what durability rests on, and refuse to go on if it did not take."""
    if not connection.execute("PRAGMA page_count").fetchone()[0]:
        connection.execute("PRAGMA auto_vacuum = 2")  # for a new file alone, and no matter of durability
    for name, value in _PRAGMAS.items():
        connection.execute(f"PRAGMA {name} = {value}")
        got = connection.execute(f"PRAGMA {name}").fetchone()[0]
        if got != value:
            raise sqlite3.OperationalError(f"the journal needs {name} = {value}, but this file system gives {got}")
