"""Opening the journal file: who may, with which guarantees, and commits that are shared."""

import contextlib
import fcntl
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from importlib import resources
from typing import Any

VERSION = 1
_GRACE = 200
"""How often the lock is tried, one turn of the processor apart."""
_PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "trusted_schema": 0}


class JournalError(Exception):
    """The journal cannot be read or written: the daemon stops rather than work without it."""


class JournalInUseError(JournalError):
    """Another daemon has the journal open."""


class Database:
    """One connection that writes, shared by all threads; concurrent writes share a commit."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._guard = _lock(path)
        try:
            self._connection = _open(path)
        except BaseException:
            os.close(self._guard)
            raise
        self._turn = threading.Lock()
        self._waiting: deque[tuple[Callable[[sqlite3.Connection], Any], Future[Any]]] = deque()

    def read(self, query: str, values: Any = ()) -> list[sqlite3.Row]:
        """Return the rows of a query.

        Raises:
            JournalError: SQLite refused.

        """
        try:
            with self._turn:
                return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as fault:
            raise JournalError(f"{self.path}: {fault}") from fault

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
            self._connection.execute("BEGIN IMMEDIATE")
            results = [work(self._connection) for work, _ in batch]
            self._connection.execute("COMMIT")
        except BaseException as fault:  # noqa: BLE001 - whoever waits must learn of it, whatever it is
            self._roll_back()
            error = JournalError(f"{self.path}: {fault}")
            error.__cause__ = fault
            for _, result in batch:
                result.set_exception(error)
            return
        for (_, future), value in zip(batch, results, strict=True):
            future.set_result(value)

    def _roll_back(self) -> None:
        # A connection that cannot even do this is lost; whoever waits must still be told.
        with contextlib.suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

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


def _open(path: str) -> sqlite3.Connection:
    connection = None
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        connection.row_factory = sqlite3.Row
        _set_pragmas(connection)
        _migrate(connection)
    except sqlite3.Error as fault:
        if connection is not None:
            connection.close()
        raise JournalError(f"{path}: {fault}") from fault
    return connection


def _set_pragmas(connection: sqlite3.Connection) -> None:
    """Set what durability rests on, and refuse to go on if it did not take."""
    for name, value in _PRAGMAS.items():
        connection.execute(f"PRAGMA {name} = {value}")
        got = connection.execute(f"PRAGMA {name}").fetchone()[0]
        if got != value:
            raise sqlite3.OperationalError(f"the journal needs {name} = {value}, but this file system gives {got}")
    check = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if check != "ok":
        raise sqlite3.DatabaseError(f"the journal is damaged: {check}")


def _migrate(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise sqlite3.DatabaseError(
            f"the journal was written by a later watchconvert (version {version}, this one knows {VERSION})"
        )
    if version == 0:
        schema = resources.files(__package__).joinpath("journal.sql").read_text("utf-8")
        connection.executescript(f"BEGIN IMMEDIATE; {schema} PRAGMA user_version = {VERSION}; COMMIT;")
