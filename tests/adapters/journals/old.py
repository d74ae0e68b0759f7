"""Journals as earlier versions of the code left them."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.adapters.journals.make import PLACE

DUMPS = {int(path.stem[1:]): path for path in sorted(Path(__file__).parent.glob("v*.sql"))}
"""The dump of each version."""
ADDED = {"job": {"owner"}, "round": {"route", "owner"}}
"""Columns that version 1 did not have."""


def lay(version: int, path: Path, place: str = PLACE) -> None:
    """Write the journal of a version, whose route lies in `place`."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = wal")
        connection.executescript(DUMPS[version].read_text("utf-8").replace(PLACE, place))
    path.with_name(path.name + ".hand").touch()  # a daemon has worked with it


def content(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table of a journal as version 1 would have it, in the words of today.

    Proves the file sound, too.
    """
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        rows = {name: [_today(row) for row in connection.execute(_select(connection, name))] for name in tables}
        return {name: sorted(told, key=repr) for name, told in rows.items()}


def _select(connection: sqlite3.Connection, table: str) -> str:
    names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    return f"SELECT {', '.join(name for name in names if name not in ADDED.get(table, ()))} FROM {table}"


def _today(row: tuple[object, ...]) -> tuple[object, ...]:
    return tuple({"set aside": "set_aside", "sent back": "sent_back"}.get(str(each), each) for each in row)


def schema(path: Path) -> set[tuple[object, ...]]:
    """Return every table and index of a journal, in the words it was made with, without comments and spaces."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema")
        return {(*names, re.sub(r"--.*|\s", "", sql or "")) for *names, sql in rows}


def version(path: Path) -> int:
    """Return the version of a journal."""
    with closing(sqlite3.connect(path)) as connection:
        number: int = connection.execute("PRAGMA user_version").fetchone()[0]
        return number
