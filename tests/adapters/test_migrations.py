"""The journal over years: an older one goes forward whole or not at all, and a newer one is refused and told about."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.journals import deaths
from tests.adapters.journals.old import DUMPS, content, lay, schema, version
from tests.adapters.ledger import numbered_job, open_journal
from tests.kill.trap import lacking_tools
from watchconvert.adapters.files.disk import Disk
from watchconvert.adapters.journal import care, copies
from watchconvert.adapters.journal.database import (
    VERSION,
    DamagedJournalError,
    Database,
    JournalError,
    NewerJournalError,
)
from watchconvert.adapters.journal.schema import copy_before
from watchconvert.core.states import Event, State

OLD = sorted(set(DUMPS) - {VERSION})
ADDED = {"placed", "calendar"}
"""Tables that version 1 did not have."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def copy_of(path: Path) -> Path:
    return Path(copy_before(str(path), VERSION))


def start(path: Path) -> None:
    """Open and close a journal as the daemon does."""
    Database(str(path)).close()


def spoil_an_index(path: Path) -> None:
    """Spoil what only a look at every page finds: an index that lacks a row."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA writable_schema = 1")
        (sql,) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'job_changed'").fetchone()
        connection.execute("UPDATE sqlite_schema SET sql = sql || ' WHERE 0' WHERE name = 'job_changed'")
        connection.commit()
        connection.execute("PRAGMA schema_version = 1000")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("REINDEX job_changed")
        connection.execute("PRAGMA writable_schema = 1")
        connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'job_changed'", (sql,))
        connection.commit()
        connection.execute("PRAGMA schema_version = 1001")


# forward ──────────────────────────────────────────────────────────────────────


def test_every_earlier_version_has_its_journal_to_try() -> None:
    assert list(range(1, VERSION)) == OLD
    for number in OLD:
        text = DUMPS[number].read_text("utf-8")
        assert [state for state in State if f"'{state.value}'" not in text] == []


@pytest.mark.parametrize("number", OLD)
def test_an_older_journal_becomes_just_what_a_new_one_is(number: int, tmp_path: Path, path: Path) -> None:
    lay(number, path)
    start(path)
    start(tmp_path / "new.db")
    assert version(path) == version(tmp_path / "new.db") == VERSION
    assert schema(path) == schema(tmp_path / "new.db")


def test_nothing_that_was_told_is_lost(path: Path) -> None:
    lay(1, path)
    before = content(path)
    start(path)
    after = content(path)
    assert {name: rows for name, rows in after.items() if name not in ADDED} == before
    assert len(before["job"]) == len(State) + 2


@pytest.mark.parametrize("number", [number for number in OLD if number < 3])
def test_the_ledger_of_before_learns_its_routes(number: int, path: Path) -> None:
    lay(number, path)
    with closing(sqlite3.connect(path)) as connection:
        routes = connection.execute(
            "SELECT round.remote_id, job.route FROM round JOIN job ON job.id = round.job"
        ).fetchall()
        connection.execute("INSERT INTO round VALUES ('of nobody', 'gone', 1.0, 1, 'retired', 1)")
        connection.commit()
    start(path)
    with closing(sqlite3.connect(path)) as connection:
        told = connection.execute("SELECT remote_id, route FROM round WHERE owner = -1").fetchall()
        assert connection.execute("SELECT DISTINCT owner FROM job").fetchall() == [(-1,)]
    assert len(routes) > 5
    assert sorted(told) == sorted([*routes, ("of nobody", "")])


def test_events_and_rounds_of_before_have_the_words_of_today(path: Path) -> None:
    words = "SELECT event FROM event UNION SELECT outcome FROM round"
    lay(1, path)
    with closing(sqlite3.connect(path)) as connection:
        assert {"set aside", "sent back"} <= {word for (word,) in connection.execute(words)}
    start(path)
    with closing(sqlite3.connect(path)) as connection:
        assert {word for (word,) in connection.execute(words)} <= {*Event, ""}


def test_a_copy_is_kept_of_what_it_was(path: Path) -> None:
    lay(1, path)
    before = content(path)
    start(path)
    copy = copy_of(path)
    assert version(copy) == 1
    assert content(copy) == before
    assert copy.stat().st_mode & 0o777 == 0o600
    assert {each.name for each in path.parent.iterdir()} == {
        "journal.db", "journal.db.hand", "journal.db.lock", copy.name
    }  # fmt: skip


def test_a_journal_of_today_is_not_copied(path: Path) -> None:
    start(path)
    start(path)
    assert not copy_of(path).exists()


def test_a_whole_copy_of_the_same_moment_is_not_made_again(path: Path) -> None:
    """Where there is just room for one, a start that was cut off must not be in the way of the next for ever."""
    lay(1, path)
    with closing(sqlite3.connect(path)) as connection:
        copies.write(connection, str(copy_of(path)), replace=False)
    first = copy_of(path).stat().st_ino
    start(path)
    assert version(path) == VERSION
    assert copy_of(path).stat().st_ino == first


@pytest.mark.parametrize("what", ["half", "of another moment", "of no journal", "of today's version"])
def test_a_copy_that_would_not_do_is_made_anew(what: str, path: Path, tmp_path: Path) -> None:
    lay(1, path)
    before = content(path)
    copy = copy_of(path)
    if what == "half":
        copy.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    elif what == "of no journal":
        copy.write_bytes(b"notes of somebody")
    elif what == "of today's version":
        start(copy)
    else:
        lay(1, copy)
        with closing(sqlite3.connect(copy)) as connection:
            connection.execute("DELETE FROM event WHERE id = (SELECT max(id) FROM event)")
            connection.commit()
    start(path)
    assert version(copy) == 1
    assert content(copy) == before


# no room, no sound journal ────────────────────────────────────────────────────


def test_without_room_for_the_copy_nothing_is_changed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(1, path)
    with closing(sqlite3.connect(path)) as connection:
        need = copies.size_of(connection) + care.BALLAST
    monkeypatch.setattr(care, "free_bytes", lambda _: need - 1)
    with pytest.raises(JournalError) as caught:
        start(path)
    assert str(caught.value) == (
        f"{path} is of version 1 and is to become version {VERSION}. Before that it is copied, and the copy needs "
        "8.5 MB beside it, where 8.5 MB are free. It is safe and was not changed. Make room and start again."
    )
    assert version(path) == 1
    assert not copy_of(path).exists()
    monkeypatch.setattr(care, "free_bytes", lambda _: need)
    start(path)
    assert version(path) == VERSION


def test_a_copy_that_cannot_be_written_leaves_nothing_behind(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(1, path)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Disk, "replace", fail)
    with pytest.raises(JournalError, match="No space left"):
        start(path)
    assert version(path) == 1
    assert list(path.parent.glob("*.before-*")) == []


def test_a_copy_that_does_not_read_back_whole_is_no_copy(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(1, path)
    monkeypatch.setattr(copies, "_is_whole", lambda _: False)
    with pytest.raises(JournalError, match="cannot be read back whole"):
        start(path)
    assert version(path) == 1
    assert list(path.parent.glob("*.before-*")) == []


def test_a_damaged_journal_is_put_aside_and_not_migrated(path: Path) -> None:
    lay(1, path)
    spoil_an_index(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",), "only a thorough look finds it"
    with closing(Database(str(path))) as database:
        assert database.put_aside
        assert version(Path(database.put_aside)) == 1
        assert database.read("SELECT count(*) AS jobs FROM job")[0]["jobs"] == 0
    assert version(path) == VERSION
    assert not copy_of(path).exists()


def test_a_row_that_cannot_be_read_is_found_before_it_is_migrated(path: Path) -> None:
    lay(1, path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE job SET terms = 'no JSON' WHERE state = 'claimed'")
        connection.commit()
    with closing(Database(str(path))) as database:
        assert database.put_aside


def test_a_database_of_something_else_is_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE somebody_elses (x)")
        connection.commit()
    for _ in range(2):
        with pytest.raises(JournalError, match="is a database of something else"):
            start(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("somebody_elses",)]


# deaths ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("situation", deaths.SITUATIONS)
def test_a_death_at_any_step_leaves_the_old_or_the_new_one(situation: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.adapters.journals.deaths", situation],
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > (40 if situation == "none" else 60)


@pytest.mark.skipif(bool(lacking_tools()), reason=f"NOT TESTED: {lacking_tools()}")
@pytest.mark.parametrize("call", ["pwrite64", "fsync", "fdatasync"])
def test_a_kill_within_sqlite_leaves_the_old_or_the_new_one(call: str, path: Path) -> None:
    """The real process is killed at system calls that SQLite makes by itself."""
    killed = 0
    for number in (1, 3, 40):
        for each in path.parent.glob("journal.db*"):
            each.unlink()
        lay(1, path)
        before = content(path)
        trap = [
            "strace",
            "-f",
            "-o",
            "/dev/null",
            "-e",
            f"trace={call}",
            "-e",
            f"inject={call}:signal=SIGKILL:when={number}",
        ]
        code = f"from watchconvert.adapters.journal.database import Database as D; D({str(path)!r}).close()"
        done = subprocess.run([*trap, sys.executable, "-c", code], timeout=60, check=False)
        killed += done.returncode != 0
        deaths.look(path, before)
        deaths.look_back(path, before)
    assert killed >= 1


def test_the_copy_is_durable_before_the_first_change(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut takes what is not synced: the copy has its content, then its name, and only then the journal changes."""
    acts: list[str] = []
    lay(1, path)

    class Telling:
        def __getattr__(self, name: str) -> Any:
            return getattr(os, name)

        def fsync(self, file: int) -> None:
            acts.append("sync " + Path(os.readlink(f"/proc/self/fd/{file}")).name)
            os.fsync(file)

    def replace(_: Disk, source: int, name: bytes, target: int, new_name: bytes) -> None:
        acts.append(f"name {new_name.decode()}")
        os.replace(name, new_name, src_dir_fd=source, dst_dir_fd=target)

    def tell_of(statement: str) -> None:
        word = statement.split(maxsplit=1)[0].strip(";")
        if word in ("BEGIN", "COMMIT"):
            acts.append(word)

    run = sqlite3.connect

    def connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = run(*arguments, **options)
        connection.set_trace_callback(tell_of)
        return connection

    monkeypatch.setattr(copies, "os", Telling())
    monkeypatch.setattr(Disk, "replace", replace)
    monkeypatch.setattr(sqlite3, "connect", connect)
    start(path)
    copy = copy_of(path).name
    assert acts == [f"sync {copy}.draft", f"name {copy}", f"sync {path.parent.name}", "BEGIN", "COMMIT"]


def test_a_new_folder_of_a_journal_is_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    monkeypatch.setattr(care, "sync_folder", lambda path: synced.append(str(Path(path).parent)))
    care.make_folder(str(tmp_path / "a" / "b" / "journal.db"))
    assert synced == [str(tmp_path), str(tmp_path / "a")]
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
    care.make_folder(str(tmp_path / "a" / "b" / "journal.db"))
    assert len(synced) == 2


# a newer one ──────────────────────────────────────────────────────────────────


def make_newer(path: Path, number: int = VERSION + 1) -> None:
    with open_journal(path.parent) as journal:
        journal.add(numbered_job(1))
        journal._database.write(lambda connection: connection.execute(f"PRAGMA user_version = {number}"))


def test_a_newer_journal_is_refused_and_told_what_to_do(path: Path) -> None:
    make_newer(path)
    before = path.read_bytes()
    with pytest.raises(NewerJournalError) as caught:
        start(path)
    assert str(caught.value) == (
        f"{path} was written by a later watchconvert (version {VERSION + 1}, this one knows {VERSION}). "
        "It is safe and was not changed. Install the later watchconvert again."
    )
    assert path.read_bytes() == before


def test_the_copy_that_this_watchconvert_knows_is_named(path: Path) -> None:
    make_newer(path, VERSION + 3)
    for number in (VERSION + 1, VERSION + 2):
        shutil.copy(path, f"{path}.before-v{number}")
    with closing(sqlite3.connect(f"{path}.before-v{VERSION + 1}")) as copy:
        copy.execute(f"PRAGMA user_version = {VERSION}")
    with pytest.raises(NewerJournalError, match=f"or stop it and put {path}.before-v{VERSION + 1} in its place"):
        start(path)


def test_a_newer_journal_that_is_damaged_is_not_put_aside(path: Path) -> None:
    """An earlier watchconvert may take for damage what it does not know."""
    make_newer(path)
    path.with_name("journal.db.hand").touch()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE job SET terms = 'another form'")
        connection.commit()
    care.suspect(str(path))
    with pytest.raises(NewerJournalError):
        start(path)
    assert list(path.parent.glob("*.damaged-*")) == []


def test_damage_is_told_apart_from_a_newer_one(path: Path) -> None:
    path.write_bytes(b"nothing of a journal" * 500)
    with pytest.raises(DamagedJournalError):
        start(path)
