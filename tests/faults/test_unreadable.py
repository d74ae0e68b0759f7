"""A journal that SQLite takes for sound and that cannot be read all the same: bytes of its content are others."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.engine.fakes import result_of
from tests.faults.calls import Trouble
from tests.faults.worlds import SOURCE, FaultyWorld


def garble_row(journal: Path) -> None:
    """A cell of the one row is no JSON any more."""
    with closing(sqlite3.connect(journal)) as connection:
        connection.execute("UPDATE job SET terms = 'X' || substr(terms, 2)")
        connection.commit()


def garble_text(journal: Path) -> None:
    """A cell of the one row is no UTF-8 any more."""
    with closing(sqlite3.connect(journal)) as connection:
        connection.execute("UPDATE job SET note = CAST(x'ff80ff' AS TEXT)")
        connection.commit()


def garble_schema(journal: Path) -> None:
    """The text of a table's definition is no UTF-8 any more, nor SQL."""
    with closing(sqlite3.connect(journal)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = journal.read_bytes()
    journal.write_bytes(data.replace(b"CREATE TABLE job (", b"CREATE T\xff\x80\xff job (", 1))


@pytest.mark.parametrize("garble", [garble_row, garble_text, garble_schema])
def test_a_journal_that_cannot_be_read_is_put_aside_and_the_stage_adopted(
    tmp_path: Path, garble: Callable[[Path], None]
) -> None:
    world = FaultyWorld(tmp_path, Trouble())
    try:
        world.service.away = True
        world.drop("letter.docx", SOURCE)
        world.rise()
        world.go_on(5, 1.0)
        assert len(world.open_jobs()) == 1
        world.stop()
        world.is_up = False
        garble(tmp_path / "journal.db")
        world.service.away = False
        assert world.go_on(50, 2.0), world.ends[-1:]
        assert world.seen("outbox") == {"letter.pdf": result_of(SOURCE)}
        assert world.seen("archive") == {"letter.docx": SOURCE}
    finally:
        world.stop()
