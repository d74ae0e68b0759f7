"""Whole copies of a journal, made while it is open: under a draft name, looked over, synced, and only then named."""

import contextlib
import errno
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from watchconvert.adapters.files.disk import Disk

_MAGIC, _VERSION_AT = b"SQLite format 3\0", 60
"""How a database file begins, and where its user_version stands (sqlite.org/fileformat.html)."""
_TOLD = "SELECT (SELECT max(id) FROM event), (SELECT count(*) FROM job), (SELECT max(changed_at) FROM job)"
"""What no two moments of one journal have in common."""


def size_of(connection: sqlite3.Connection) -> int:
    """Return how many bytes a copy of an open journal takes."""
    pages, page = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    return int(pages * page)


def version_of(path: str) -> int:
    """Return the version in the head of a journal's file without opening it as one; 0 when it is none."""
    try:
        with Path(path).open("rb") as file:
            head = file.read(100)
    except OSError:
        return 0
    return int.from_bytes(head[_VERSION_AT : _VERSION_AT + 4], "big") if head.startswith(_MAGIC) else 0


def tells_the_same(connection: sqlite3.Connection, path: str) -> bool:
    """Tell whether a copy is whole and of the same moment as an open journal."""
    if version_of(path) != connection.execute("PRAGMA user_version").fetchone()[0]:
        return False
    try:
        with contextlib.closing(sqlite3.connect(path)) as copy:
            told: list[tuple[int, ...]] = [tuple(each.execute(_TOLD).fetchone()) for each in (connection, copy)]
            return told[0] == told[1] and _is_whole(copy)
    except sqlite3.Error:
        return False


def _is_whole(copy: sqlite3.Connection) -> bool:
    return bool(copy.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok")


def write(source: sqlite3.Connection, path: str, *, replace: bool, still: Callable[[], bool] = lambda: True) -> None:
    """Write a copy of an open journal to a file that only its owner may read; others may go on writing the journal.

    A crash leaves what stood there before, or the whole copy, and at worst a draft that the next try removes.
    `still` is asked last whether what was copied still is the journal.

    Raises:
        FileExistsError: the name is taken, and nothing is to be replaced.
        OSError, sqlite3.Error: it cannot be read or written; nothing is left of it.

    """
    draft = path + ".draft"
    _drop(draft)
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
        _fill(source, draft, path)
        _check(path, still)
        _name(draft, path, replace=replace)
    except BaseException:
        _drop(draft)
        raise


def _fill(source: sqlite3.Connection, draft: str, path: str) -> None:
    with contextlib.closing(sqlite3.connect(draft, isolation_level=None)) as copy:
        source.backup(copy)
        # One file that stands for itself: whoever opens it needs neither a log beside it nor leave to make one.
        copy.execute("PRAGMA journal_mode = delete")
        if not _is_whole(copy):
            raise OSError(errno.EIO, "what was written cannot be read back whole", path)
    file = os.open(draft, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _check(path: str, still: Callable[[], bool]) -> None:
    if not still():
        raise OSError(errno.EAGAIN, "a daemon started or ended meanwhile; try again", path)


def _name(draft: str, path: str, *, replace: bool) -> None:
    folder = os.open(Path(path).parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        names = os.fsencode(Path(draft).name), os.fsencode(Path(path).name)
        if replace:
            Disk().replace(folder, names[0], folder, names[1])
        else:
            Disk().rename_new(folder, names[0], folder, names[1])
        os.fsync(folder)
    finally:
        os.close(folder)


def _drop(draft: str) -> None:
    for ending in ("", "-journal"):
        Path(draft + ending).unlink(missing_ok=True)


def count(path: str) -> tuple[int, int]:
    """Return how many jobs and events a copy tells of."""
    with contextlib.closing(sqlite3.connect(path)) as copy:
        jobs, events = copy.execute("SELECT (SELECT count(*) FROM job), (SELECT count(*) FROM event)").fetchone()
        return int(jobs), int(events)
