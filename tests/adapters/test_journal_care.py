"""A journal that is damaged, removed, replaced, full or old: nothing of it is thrown away, and the daemon goes on."""

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.adapters.ledger import journal_path, numbered_job, open_journal
from watchconvert.adapters.journal import care
from watchconvert.adapters.journal.database import DamagedJournalError, Database, JournalError
from watchconvert.adapters.journal.report import open_report
from watchconvert.adapters.journal.store import Journal
from watchconvert.core.account import Account
from watchconvert.core.job import Job
from watchconvert.core.states import Event, State

JOBS = 200
NOW = 1_800_000_000.0


def filled(folder: Path) -> Path:
    """Leave a journal with many jobs behind, as a daemon that has ended does; returns where."""
    with open_journal(folder) as journal:
        for number in range(JOBS):
            journal.add(numbered_job(number))
    path = Path(journal_path(folder))
    path.with_name(path.name + ".hand").touch()
    return path


def spoil_pages(path: Path) -> None:
    content = bytearray(path.read_bytes())
    page = int.from_bytes(content[16:18], "big")
    for start in range(page, len(content), page):
        content[start : start + 8] = b"\x0d\xff\xff\xff\xff\xff\xff\xff"
    path.write_bytes(content)


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def fill_with_noise(path: Path) -> None:
    path.write_bytes(b"this is no database at all" * 400)


def forget_in_index(path: Path) -> None:
    """Let an index be without an entry that its table has, by changing the table while the index is out of sight."""
    schema = "SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema WHERE name = 'job_changed'"
    for script in ("DELETE FROM sqlite_schema WHERE name = 'job_changed'", "UPDATE job SET changed_at = 7", ""):
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA writable_schema = 1")
            if script.startswith("DELETE"):
                row = connection.execute(schema).fetchone()
            if script:
                connection.execute(script)
            else:
                connection.execute("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", row)


@pytest.mark.parametrize("damage", [spoil_pages, cut_in_half, fill_with_noise])
def test_a_damaged_journal_is_kept_as_evidence_and_a_new_one_is_made(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    path = filled(tmp_path)
    damage(path)
    evidence = path.read_bytes()
    with open_journal(tmp_path) as journal:
        assert Path(journal.put_aside).name.startswith("journal.db.damaged-")
        assert Path(journal.put_aside).read_bytes() == evidence
        assert journal.open_ids() == set()
        assert journal.add(numbered_job(1))
    with open_journal(tmp_path) as journal:
        assert journal.put_aside == ""
        assert len(journal.open_ids()) == 1


def test_a_damaged_file_that_no_daemon_worked_with_is_left_alone(tmp_path: Path) -> None:
    path = filled(tmp_path)
    path.with_name(path.name + ".hand").unlink()
    spoil_pages(path)
    content = path.read_bytes()
    with pytest.raises(DamagedJournalError):
        Database(str(path))
    assert path.read_bytes() == content


def test_damage_that_only_a_query_finds_makes_the_next_start_look_at_everything(tmp_path: Path) -> None:
    path = filled(tmp_path)
    forget_in_index(path)
    with open_journal(tmp_path) as journal:
        assert journal.put_aside == "", "the quick look does not see it"
    care.suspect(str(path))
    with open_journal(tmp_path) as journal:
        assert journal.put_aside
    assert not path.with_name(path.name + ".suspect").exists()


def test_a_sound_journal_loses_the_mark(tmp_path: Path) -> None:
    path = filled(tmp_path)
    care.suspect(str(path))
    with open_journal(tmp_path) as journal:
        assert len(journal.open_ids()) == JOBS
    assert not path.with_name(path.name + ".suspect").exists()


def test_a_fault_that_is_damage_leaves_the_mark(tmp_path: Path) -> None:
    path = filled(tmp_path)

    def break_down(_: sqlite3.Connection) -> None:
        fault = sqlite3.DatabaseError("database disk image is malformed")
        fault.sqlite_errorcode = 11
        raise fault

    with open_journal(tmp_path) as journal, pytest.raises(DamagedJournalError):
        journal._database.write(break_down)
    assert path.with_name(path.name + ".suspect").exists()


# removed or replaced while it is open ─────────────────────────────────────────


def test_a_journal_in_its_place_is_left_in_peace(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        journal.check_place()
        assert journal.add(numbered_job(1))


def test_a_journal_that_was_removed_is_written_again_whole(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        journal.add(numbered_job(1))
        for file in tmp_path.glob("journal.db*"):
            file.unlink()
        journal.add(numbered_job(2))
        with pytest.raises(JournalError, match="was removed or replaced while the daemon ran; it was written again"):
            journal.check_place()
        with pytest.raises(JournalError):
            journal.add(numbered_job(3))  # what comes now would be lost with the old file
    with open_journal(tmp_path) as journal:
        assert journal.open_ids() == {numbered_job(1).id, numbered_job(2).id}
        assert journal._database.read("PRAGMA integrity_check(1)")[0][0] == "ok"


def test_a_copy_that_was_put_in_its_place_does_not_win(tmp_path: Path) -> None:
    path = Path(journal_path(tmp_path))
    with open_journal(tmp_path) as journal:
        journal.add(numbered_job(1))
        older = tmp_path / "older"
        older.write_bytes(b"an older copy")
        older.replace(path)
        journal.add(numbered_job(2))
        with pytest.raises(JournalError, match="what stood there is kept as"):
            journal.check_place()
    with open_journal(tmp_path) as journal:
        assert journal.open_ids() == {numbered_job(1).id, numbered_job(2).id}
    (kept,) = tmp_path.glob("journal.db.damaged-*")
    assert kept.read_bytes() == b"an older copy"


# no room ──────────────────────────────────────────────────────────────────────


def full_disk(times: int) -> Callable[[sqlite3.Connection], str]:
    """Return work that finds the disk full so many times."""
    left = [times]

    def work(connection: sqlite3.Connection) -> str:
        connection.execute("INSERT OR IGNORE INTO known_folder (path, dev) VALUES ('/x', 1)")
        if left[0]:
            left[0] -= 1
            fault = sqlite3.OperationalError("database or disk is full")
            fault.sqlite_errorcode = 13
            raise fault
        return "written"

    return work


def test_the_reserve_is_given_up_for_what_is_under_way(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        assert journal.has_room()
        ballast = tmp_path / "journal.db.ballast"
        assert ballast.stat().st_size == care.BALLAST
        assert journal._database.write(full_disk(1)) == "written"
        assert not ballast.exists()
        assert journal.known_folders() == {"/x": 1}
        with pytest.raises(JournalError, match="full"):
            journal._database.write(full_disk(1))
        assert journal.has_room()
        assert ballast.exists(), "laid again where there is plenty"


def test_little_room_is_told_and_lays_no_reserve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(care, "free_bytes", lambda _: care.ROOM - 1)
    with open_journal(tmp_path) as journal:
        assert not journal.has_room()
    assert not (tmp_path / "journal.db.ballast").exists()


# what is old ──────────────────────────────────────────────────────────────────


def rest(journal: Journal, number: int, at: float) -> Job:
    """Let a job come to rest, with a round in the ledger."""
    minted = {"remote_id": f"{number:032x}", "round": 1, "sent": 1, "minted_at": at}
    job = numbered_job(number, state=State.SUBMITTING, **minted)
    journal.add(job)
    for event, facts in (
        (Event.CONVERTED, {"cost": 1}),
        (Event.FETCHED, {}),
        (Event.PUBLISHED, {}),
        (Event.RETIRED, {}),
    ):
        before, job = job, job.after(event, facts, at)
        assert journal.record(before, job, event)
    return job


def test_history_is_forgotten_with_everything_that_belongs_to_it(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        old, new = rest(journal, 1, NOW - 100), rest(journal, 2, NOW)
        waiting = numbered_job(3, changed_at=NOW - 100)
        journal.add(waiting)
        journal.note_account(Account(10, 1), NOW - 100)
        assert journal.prune(NOW - 50, 10) == 1
        assert journal.prune(NOW - 50, 10) == 0
        assert journal.get(old.id) is None
        assert journal.get(new.id) == new
        assert journal.get(waiting.id) == waiting
        for table, left in (("event", {new.id, waiting.id}), ("round", {new.id})):
            assert {row["job"] for row in journal._database.read(f"SELECT job FROM {table}")} == left
        assert journal._database.read("SELECT * FROM account") == []


def test_what_budgets_are_counted_by_is_kept_longer_than_its_job(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        rest(journal, 1, NOW - 100)
        rest(journal, 2, NOW - 300)
        rest(journal, 3, NOW)
        assert journal.prune(NOW - 50, 10, NOW - 200) == 2
        assert journal.ledger.spent(0.0, NOW + 1) == [("office", 2, 2)]
        with open_report(journal.path) as report:
            assert report.money() == {"rounds": 2, "cost": 2, "doubtful": 0}
            assert report.double_charges(5) == []
        assert journal.prune(NOW - 50, 10, NOW - 50) == 0
        assert journal.ledger.spent(0.0, NOW + 1) == [("office", 1, 1)]


def test_no_more_is_forgotten_at_once_than_was_asked_for(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        for number in range(5):
            rest(journal, number, NOW - number)
        assert journal.prune(NOW + 1, 2) == 2
        assert len(journal._database.read("SELECT id FROM job")) == 3
        assert journal.get(numbered_job(0).id), "the oldest go first"


def test_what_was_forgotten_gives_its_room_back(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        for number in range(1000):
            rest(journal, number, NOW)
        pages = journal._database.read("PRAGMA page_count")[0][0]
        while journal.prune(NOW + 1, 500):
            pass
        journal.shrink()
        assert journal._database.read("PRAGMA page_count")[0][0] < pages / 2
