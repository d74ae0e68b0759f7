"""The journal's file: its guarantees, its one owner, and commits that are shared."""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.ledger import journal_path, numbered_job, open_journal
from watchconvert.adapters.journal.database import VERSION, Database, JournalError, JournalInUseError, is_locked

PATIENCE = 10.0
MANY = 12


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(journal_path(tmp_path))
    database.write(lambda connection: connection.execute("CREATE TABLE note (text TEXT UNIQUE)"))
    yield database
    database.close()


def put(text: str) -> Callable[[sqlite3.Connection], str]:
    def work(connection: sqlite3.Connection) -> str:
        connection.execute("INSERT INTO note VALUES (?)", (text,))
        return text

    return work


def notes_in(database: Database) -> set[str]:
    return {row["text"] for row in database.read("SELECT text FROM note")}


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("trusted_schema", 0),
        ("user_version", VERSION),
    ],
)
def test_what_durability_rests_on_is_set(database: Database, pragma: str, value: object) -> None:
    assert database.read(f"PRAGMA {pragma}")[0][0] == value


def test_a_second_daemon_is_refused_and_told_what_to_do(database: Database) -> None:
    with pytest.raises(JournalInUseError) as caught:
        Database(database.path)
    assert str(caught.value) == (
        f"{database.path} is in use by another watchconvert (process {os.getpid()}). "
        "Stop that one first, or give this one a journal of its own."
    )


def test_a_lock_lasts_as_long_as_the_journal_is_open(tmp_path: Path) -> None:
    path = journal_path(tmp_path)
    assert not is_locked(path)
    with open_journal(tmp_path) as journal:
        assert is_locked(path)
        assert journal.add(numbered_job(1))
    assert not is_locked(path)
    with open_journal(tmp_path) as journal:
        assert journal.open_ids() == {numbered_job(1).id}


def test_only_the_owner_may_read_the_lock(database: Database) -> None:
    assert Path(database.path + ".lock").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"this is no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_no_journal_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    Path(journal_path(tmp_path)).write_bytes(content)
    for _ in range(2):  # the lock is given back
        with pytest.raises(JournalError, match=r"journal\.db: ") as caught:
            Database(journal_path(tmp_path))
        assert not isinstance(caught.value, JournalInUseError)
    assert Path(journal_path(tmp_path)).read_bytes() == content


def test_a_damaged_journal_is_refused(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        for number in range(200):
            journal.add(numbered_job(number))
    path = Path(journal_path(tmp_path))
    content = bytearray(path.read_bytes())
    page = int.from_bytes(content[16:18], "big")
    for start in range(page, len(content), page):
        content[start : start + 8] = b"\x0d\xff\xff\xff\xff\xff\xff\xff"
    path.write_bytes(content)
    with pytest.raises(JournalError, match=r"damaged|malformed"):
        Database(str(path))


def test_a_journal_of_a_later_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        journal._database.write(lambda connection: connection.execute(f"PRAGMA user_version = {VERSION + 1}"))
    with pytest.raises(JournalError, match=f"later watchconvert \\(version {VERSION + 1}, this one knows {VERSION}\\)"):
        Database(journal_path(tmp_path))


def test_a_promise_that_sqlite_cannot_keep_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where SQLite cannot have its log beside the file it says so only when it is asked."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(JournalError, match="the journal needs journal_mode = wal, but this file system gives memory"):
        Database(":memory:")


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Database(str(tmp_path / "none/journal.db"))


def test_a_write_returns_what_its_work_returned(database: Database) -> None:
    assert database.write(put("a")) == "a"
    assert notes_in(database) == {"a"}


def test_work_that_fails_writes_nothing_and_is_told(database: Database) -> None:
    def work(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO note VALUES ('half')")
        raise ValueError("a bug")

    with pytest.raises(JournalError, match="a bug") as caught:
        database.write(work)
    assert isinstance(caught.value.__cause__, ValueError)
    assert notes_in(database) == set()
    database.write(put("next"))
    assert notes_in(database) == {"next"}


def test_a_query_that_fails_is_told(database: Database) -> None:
    with pytest.raises(JournalError, match="no such table"):
        database.read("SELECT * FROM nowhere")


def test_a_closed_journal_tells_whoever_writes(tmp_path: Path) -> None:
    database = Database(journal_path(tmp_path))
    database.close()
    with pytest.raises(JournalError, match="closed"):
        database.write(put("a"))
    with pytest.raises(JournalError, match="closed"):
        database.read("SELECT 1")


def write_together(database: Database, works: list[Callable[[sqlite3.Connection], Any]]) -> list[Future[Any]]:
    """Have one write hold the journal until all the others wait, so that they share the next commit."""
    begun, go = threading.Event(), threading.Event()

    def hold(_: sqlite3.Connection) -> None:
        begun.set()
        assert go.wait(PATIENCE)

    with ThreadPoolExecutor(len(works) + 1) as pool:
        first = pool.submit(database.write, hold)
        assert begun.wait(PATIENCE)
        others = [pool.submit(database.write, work) for work in works]
        ticking = threading.Event()
        for _ in range(2000):
            if len(database._waiting) == len(works):
                break
            ticking.wait(0.005)
        go.set()
    assert first.result() is None
    return others


def test_writes_that_come_together_share_a_commit(database: Database) -> None:
    statements: list[str] = []
    database._connection.set_trace_callback(statements.append)
    results = write_together(database, [put(str(number)) for number in range(MANY)])
    database._connection.set_trace_callback(None)
    assert [result.result() for result in results] == [str(number) for number in range(MANY)]
    assert notes_in(database) == {str(number) for number in range(MANY)}
    assert statements.count("COMMIT") == statements.count("BEGIN IMMEDIATE") == 2


def test_one_that_fails_takes_its_batch_with_it_and_all_are_told(database: Database) -> None:
    database.write(put("taken"))
    results = write_together(database, [put("a"), put("taken"), put("b")])
    for result in results:
        with pytest.raises(JournalError, match="UNIQUE"):
            result.result()
    assert notes_in(database) == {"taken"}
    assert database.write(put("a")) == "a"


def test_many_threads_lose_no_write(database: Database) -> None:
    names = [str(number) for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda name: database.write(put(name)), names)) == names
    assert notes_in(database) == set(names)


def test_a_journal_that_closes_under_a_batch_leaves_nobody_waiting(tmp_path: Path) -> None:
    database = Database(journal_path(tmp_path))
    database._connection.close()
    with ThreadPoolExecutor(2) as pool:
        results = [pool.submit(database.write, put("a")) for _ in range(2)]
        for result in results:
            with pytest.raises(JournalError):
                result.result(PATIENCE)
    database.close()
