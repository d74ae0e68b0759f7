"""What keeps the journal from being lost: room in reserve, and evidence where it is damaged."""

import contextlib
import glob
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from watchconvert.adapters.journal import rows

BALLAST = 8 * 2**20
"""Bytes that are given up when the disk is full, so that what is under way can be remembered to its end."""
ROOM = 2 * BALLAST
"""Bytes that must be free beside the journal before anything new is begun."""
_FULL, _CORRUPT, _NO_DATABASE = 13, 11, 26
"""SQLITE_FULL, SQLITE_CORRUPT and SQLITE_NOTADB (sqlite.org/rescode.html)."""
_FILES = ("", "-wal", "-shm")


class DamageError(sqlite3.DatabaseError):
    """A check of the whole file found what no single query did."""


def is_full(fault: BaseException) -> bool:
    """Tell whether SQLite found no room on the disk."""
    return _code_of(fault) == _FULL


def is_damage(fault: BaseException) -> bool:
    """Tell whether the file is found to be no sound database, or to hold what is no text."""
    no_text = isinstance(fault, UnicodeDecodeError) or "Could not decode to UTF-8" in str(fault)
    return no_text or isinstance(fault, DamageError) or _code_of(fault) in {_CORRUPT, _NO_DATABASE}


def _code_of(fault: BaseException) -> int:
    code: int = getattr(fault, "sqlite_errorcode", None) or 0
    return code & 0xFF


def free_bytes(path: str) -> int:
    """Return how much may be written beside a journal."""
    status = os.statvfs(Path(path).parent)
    return status.f_bavail * status.f_frsize


def lay_ballast(path: str) -> None:
    """Reserve room beside a journal, if it has not been reserved and there is enough of it."""
    ballast = Path(path + ".ballast")
    with contextlib.suppress(OSError):
        if free_bytes(path) < ROOM + BALLAST or (ballast.exists() and ballast.stat().st_size >= BALLAST):
            return
        file = os.open(ballast, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(file, 0, BALLAST)
        finally:
            os.close(file)


def drop_ballast(path: str) -> bool:
    """Give the reserve up; False when there was none."""
    try:
        Path(path + ".ballast").unlink()
    except OSError:
        return False
    return True


def suspect(path: str) -> None:
    """Leave a mark that the next start is to look at every page of the journal."""
    with contextlib.suppress(OSError):
        os.close(os.open(path + ".suspect", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))


def check(connection: sqlite3.Connection, path: str, *, thorough: bool = False) -> None:
    """See that a database is sound; every page and row of it when asked to, or when an earlier life left the mark.

    Raises:
        DamageError: it is not.
        sqlite3.Error: it is so wrong that it cannot even be asked.

    """
    mark = Path(path + ".suspect")
    thorough = thorough or mark.exists()
    said: str = connection.execute(f"PRAGMA {'integrity' if thorough else 'quick'}_check(1)").fetchone()[0]
    if said == "ok" and thorough:
        said = _find_unreadable(connection) or said
    if said != "ok":
        raise DamageError(f"the journal is damaged: {said}")
    mark.unlink(missing_ok=True)


def _find_unreadable(connection: sqlite3.Connection) -> str:
    """Return which job cannot be read, though SQLite takes its row for sound; empty when all can."""
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'job'").fetchone():
        return ""
    for row in connection.execute("SELECT * FROM job"):
        try:
            rows.from_row(row)
        except rows.UNREADABLE:
            return f"the row of job {row['id']} cannot be read"
    return ""


def put_aside(path: str) -> str:
    """Rename a damaged journal and what belongs to it, and return its new name; nothing is thrown away.

    Raises:
        OSError: it cannot be renamed.

    """
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    aside = f"{path}.damaged-{stamp}"
    for ending in reversed(_FILES):
        with contextlib.suppress(FileNotFoundError):
            Path(path + ending).rename(aside + ending)
    Path(path + ".suspect").unlink(missing_ok=True)
    sync_folder(path)
    return aside


def sync_folder(path: str) -> None:
    """Make the names beside a journal durable."""
    folder = os.open(Path(path).parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def drop_copies(path: str, before: float) -> None:
    """Remove copies of a journal that were made before an upgrade, and before a time; never the evidence of damage."""
    for copy in Path(path).parent.glob(glob.escape(Path(path).name) + ".before-v*"):
        with contextlib.suppress(OSError):
            if copy.lstat().st_mtime < before:
                copy.unlink()


def make_folder(path: str) -> None:
    """Make the folder of a journal and those above it, for its owner alone and durably, as far as they are missing.

    Raises:
        OSError: they cannot be made.

    """
    missing = [folder for folder in (Path(path).parent, *Path(path).parent.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(str(folder))


def identity(path: str) -> tuple[int, int]:
    """Return which file stands under a name; zeros when none does."""
    try:
        status = Path(path).stat()
    except OSError:
        return (0, 0)
    return (status.st_dev, status.st_ino)


def bring_back(connection: sqlite3.Connection, path: str) -> str:
    """Write an open journal whose file was moved or removed to its name again, and close it.

    What stands under the name meanwhile is put aside; returns where, empty when nothing did.

    Raises:
        OSError, sqlite3.Error: it cannot be written; the open connection is what is left of it.

    """
    draft = path + ".rescued"
    for ending in _FILES:
        Path(draft + ending).unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(draft)) as copy:
        connection.backup(copy)
    connection.close()  # before the new file stands there: SQLite removes the log that belongs to the name
    for ending in ("-wal", "-shm"):
        Path(path + ending).unlink(missing_ok=True)  # of the connection that was closed; its content is in the draft
    aside = put_aside(path) if identity(path) != (0, 0) else ""
    Path(draft).rename(path)
    sync_folder(path)
    return aside
