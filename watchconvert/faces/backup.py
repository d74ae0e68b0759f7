"""`watchconvert backup`: a whole copy of the journal as it is at this moment."""

import sqlite3
from pathlib import Path

from watchconvert.adapters.journal import care, copies
from watchconvert.adapters.journal.report import is_alone, open_to_read
from watchconvert.core.units import say_size

_OWN = ("", "-wal", "-shm", "-journal", ".lock", ".hand", ".ballast", ".suspect", ".status", ".wishes", ".notified")
"""How the names of files end that belong to the journal."""


class BackupError(Exception):
    """The copy cannot be made, and nothing was changed; the text says why and what to do."""


def backup(journal: str, target: str, *, force: bool = False) -> str:
    """Copy a journal to a file that is not there yet, or with `force` in place of it; returns what to say.

    The daemon may run meanwhile and is not kept waiting.

    Raises:
        BackupError: the name is taken or is the journal's own, or the copy cannot be written.
        JournalError: there is no journal, or it cannot be read.

    """
    _check_target(journal, target, force=force)
    before = _moment(journal)
    with open_to_read(journal) as connection:
        try:
            copies.write(connection, target, replace=force, still=lambda: before in (None, _moment(journal)))
        except FileExistsError as fault:
            raise BackupError(_taken(target)) from fault
        except (OSError, sqlite3.Error) as fault:
            raise BackupError(f"{target} cannot be written: {fault}. Nothing is left of it.") from fault
    jobs, events = copies.count(target)
    size = say_size(Path(target).stat().st_size)
    return f"{target}: {size}, {jobs} jobs with {events} lines of history; it was read back and is whole"


def _check_target(journal: str, target: str, *, force: bool) -> None:
    own = Path(journal).resolve()
    if Path(target).resolve() in {Path(f"{own}{ending}") for ending in _OWN} or (
        care.identity(target) == care.identity(journal) != (0, 0)
    ):
        raise BackupError(f"{target} belongs to the journal itself. Name another file.")
    if Path(target).is_dir():
        raise BackupError(f"{target} is a folder. Name a file in it.")
    if not force and Path(target).exists():
        raise BackupError(_taken(target))


def _taken(target: str) -> str:
    return f"{target} is there already and was left as it is. Name another file, or replace it with --force."


def _moment(journal: str) -> tuple[int, int] | None:
    """Return what shows that a journal has changed which nobody has open, and is read without its log.

    None while somebody has it open, or left a log: then SQLite looks after it.
    """
    if not is_alone(journal) or not Path(journal).exists():
        return None
    status = Path(journal).stat()
    return status.st_ino, status.st_mtime_ns
