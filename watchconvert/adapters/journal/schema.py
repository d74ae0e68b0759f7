"""The versions of the journal: a new one is made whole, and an older one goes forward step by step, after a copy."""

import sqlite3
from importlib import resources
from pathlib import Path

from watchconvert.adapters.journal import care, copies
from watchconvert.adapters.journal.errors import JournalError, NewerJournalError
from watchconvert.core.units import say_size

VERSION = 3
READABLE = 1
"""The oldest version that `report` can read as it is."""


def version_in(connection: sqlite3.Connection) -> int:
    """Return the version of an open journal; 0 for one that is still empty."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def copy_before(path: str, version: int) -> str:
    """Return what the copy is called that is made before a journal becomes that version."""
    return f"{path}.before-v{version}"


def refuse_newer(connection: sqlite3.Connection, path: str) -> None:
    """Refuse a journal that a later watchconvert wrote.

    Raises:
        NewerJournalError: it is one; the text tells what to do.

    """
    version = version_in(connection)
    if version <= VERSION:
        return
    known = [copy for number in range(version, VERSION, -1) if _is_known(copy := copy_before(path, number))]
    back = f", or stop it and put {known[0]} in its place, which tells less" if known else ""
    raise NewerJournalError(
        f"{path} was written by a later watchconvert (version {version}, this one knows {VERSION}). "
        f"It is safe and was not changed. Install the later watchconvert again{back}."
    )


def _is_known(copy: str) -> bool:
    return 0 < copies.version_of(copy) <= VERSION


def bring_up(connection: sqlite3.Connection, path: str) -> None:
    """Make the tables of a new journal, or bring an older one to the version of this watchconvert.

    All steps are one transaction together with the number, so that whatever comes in between, the journal is of the
    one version or of the other, and the copy of the earlier one is never made anew from one in between; before the
    first of them a copy is made (docs/design.md, "The journal over years").

    Raises:
        JournalError: there is no room for the copy, or it is a database of something else.
        sqlite3.Error, OSError: it is damaged or could not be changed, and is as it was.

    """
    version = version_in(connection)
    if version == 0:
        _create(connection, path)
    elif version < VERSION:
        care.check(connection, path, thorough=True)
        _keep_copy(connection, path)
        _run(connection, "".join(_read(f"v{number}.sql") for number in range(version + 1, VERSION + 1)), VERSION)


def _create(connection: sqlite3.Connection, path: str) -> None:
    if connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
        raise JournalError(f"{path} is a database of something else. It was not changed. Name another file.")
    _run(connection, _read("journal.sql"), VERSION)
    care.sync_folder(path)


def _run(connection: sqlite3.Connection, script: str, version: int) -> None:
    connection.executescript(f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {version}; COMMIT;")


def _read(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")


def _keep_copy(connection: sqlite3.Connection, path: str) -> None:
    """Copy the journal as it is, unless a whole copy of just this is there already.

    Raises:
        JournalError: there is no room for it.

    """
    copy = copy_before(path, VERSION)
    if Path(copy).exists() and copies.tells_the_same(connection, copy):
        return
    need = copies.size_of(connection) + care.BALLAST
    if (free := care.free_bytes(path)) < need:
        raise JournalError(
            f"{path} is of version {version_in(connection)} and is to become version {VERSION}. Before that it is "
            f"copied, and the copy needs {say_size(need)} beside it, where {say_size(free)} are free. "
            "It is safe and was not changed. Make room and start again."
        )
    copies.write(connection, copy, replace=True)
