"""`watchconvert backup`: a whole copy whatever the daemon does meanwhile, and a daemon that goes on from it."""

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.adapters.journals.old import content, lay, version
from tests.adapters.ledger import numbered_job, open_journal
from tests.engine.fakes import result_of
from tests.engine.world import World
from watchconvert.adapters.journal import copies
from watchconvert.adapters.journal.database import VERSION, JournalError
from watchconvert.adapters.journal.store import Journal
from watchconvert.faces.backup import BackupError, backup

SOURCE = b"the source of the letter"


@pytest.fixture
def journal(tmp_path: Path) -> str:
    with open_journal(tmp_path) as journal:
        for number in range(20):
            journal.add(numbered_job(number))
    return str(tmp_path / "journal.db")


@pytest.fixture
def target(tmp_path: Path) -> str:
    return str(tmp_path / "elsewhere.db")


def names(folder: str) -> set[str]:
    return set(os.listdir(Path(folder).parent))


def test_a_journal_at_rest_is_copied_whole(journal: str, target: str) -> None:
    before = names(journal)
    said = backup(journal, target)
    assert said.startswith(f"{target}: ")
    assert said.endswith(", 20 jobs with 20 lines of history; it was read back and is whole")
    assert content(Path(target)) == content(Path(journal))
    assert Path(target).stat().st_mode & 0o777 == 0o600
    assert names(journal) - before == {"elsewhere.db"}, "nothing else is left, and nothing beside the journal"


def test_the_journal_of_a_running_daemon_is_copied_with_what_is_in_its_log_alone(tmp_path: Path, target: str) -> None:
    with open_journal(tmp_path) as running:
        running.add(numbered_job(1))
        assert (tmp_path / "journal.db-wal").stat().st_size > 0
        backup(str(tmp_path / "journal.db"), target)
        assert running.add(numbered_job(2)), "the daemon goes on"
    assert len(content(Path(target))["job"]) == 1


def test_the_daemon_is_not_kept_waiting(tmp_path: Path, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_journal(tmp_path) as running:
        running.add(numbered_job(1))
        written: list[bool] = []

        def write_meanwhile(copy: sqlite3.Connection) -> bool:
            thread = threading.Thread(target=lambda: written.append(running.add(numbered_job(2))))
            thread.start()
            thread.join(10)
            return True

        monkeypatch.setattr(copies, "_is_whole", write_meanwhile)
        backup(str(tmp_path / "journal.db"), target)
        assert written == [True]
    assert len(content(Path(target))["job"]) == 1, "of one moment"


def test_what_is_there_is_not_replaced_unless_asked_to(journal: str, target: str) -> None:
    Path(target).write_bytes(b"another backup")
    with pytest.raises(BackupError, match=r"is there already and was left as it is.*--force"):
        backup(journal, target)
    assert Path(target).read_bytes() == b"another backup"
    backup(journal, target, force=True)
    assert version(Path(target)) == VERSION


def test_a_file_that_comes_meanwhile_is_not_replaced(
    journal: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = copies._is_whole

    def come(copy: sqlite3.Connection) -> bool:
        Path(target).write_bytes(b"somebody was quicker")
        return whole(copy)

    monkeypatch.setattr(copies, "_is_whole", come)
    with pytest.raises(BackupError, match="is there already"):
        backup(journal, target)
    assert Path(target).read_bytes() == b"somebody was quicker"
    assert not Path(target + ".draft").exists()


@pytest.mark.parametrize("name", ["journal.db", "./journal.db", "journal.db-wal", "journal.db.lock", "link", "twin"])
@pytest.mark.parametrize("force", [False, True])
def test_the_journal_itself_is_never_written_to(journal: str, name: str, force: bool, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("journal.db")
    (tmp_path / "twin").hardlink_to(journal)
    before = Path(journal).read_bytes()
    with pytest.raises(BackupError, match="belongs to the journal itself"):
        backup(journal, f"{tmp_path}/{name}", force=force)
    assert Path(journal).read_bytes() == before


def test_a_place_that_cannot_be_written_is_told(journal: str, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"cannot be written: .*No such file or directory"):
        backup(journal, str(tmp_path / "none" / "backup.db"))
    with pytest.raises(BackupError, match="is a folder"):
        backup(journal, str(tmp_path))


def test_a_backup_that_is_not_whole_is_no_backup(journal: str, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "_is_whole", lambda _: False)
    with pytest.raises(BackupError, match=r"cannot be read back whole.*Nothing is left of it"):
        backup(journal, target)
    assert [name for name in names(target) if name.startswith("elsewhere")] == []


def test_a_daemon_that_starts_meanwhile_does_not_spoil_it(
    journal: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A journal that nobody has open is read without its log; from one moment to the next it may have one."""
    whole = copies._is_whole

    def start(copy: sqlite3.Connection) -> bool:
        with open_journal(Path(journal).parent) as running:
            running.add(numbered_job(99))
        return whole(copy)

    monkeypatch.setattr(copies, "_is_whole", start)
    with pytest.raises(BackupError, match="a daemon started or ended meanwhile; try again"):
        backup(journal, target)
    assert not Path(target).exists()


def test_an_older_journal_is_copied_as_it_is(tmp_path: Path, target: str) -> None:
    path = tmp_path / "journal.db"
    lay(1, path)
    backup(str(path), target)
    assert version(Path(target)) == version(path) == 1
    assert content(Path(target)) == content(path)


def test_without_a_journal_there_is_no_backup(tmp_path: Path, target: str) -> None:
    with pytest.raises(JournalError, match="is not there yet"):
        backup(str(tmp_path / "journal.db"), target)
    assert not Path(target).exists()


# and back again ───────────────────────────────────────────────────────────────


def put_back(world: World, copy: Path) -> None:
    """Do what docs/operating.md says: the daemon is stopped, the copy is put in the journal's place."""
    for file in world.root.glob("journal.db*"):
        if file.suffix != ".hand":
            file.unlink()
    shutil.copy(copy, world.root / "journal.db")


@pytest.mark.parametrize("moment", ["noticed", "claimed", "minted", "accepted", "converted", "published", "retired"])
def test_from_a_backup_of_any_moment_the_daemon_goes_on(moment: str, tmp_path: Path) -> None:
    world = World(tmp_path, held=False)
    world.drop("letter.docx", SOURCE)
    copy = tmp_path / "backup.db"
    world.start()
    record = Journal.record

    def told(journal: Journal, before: object, after: object, event: object, *more: object) -> bool:
        done = record(journal, before, after, event, *more)  # type: ignore[arg-type]
        if str(event) == moment and not copy.exists():
            backup(str(tmp_path / "journal.db"), str(copy))
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Journal, "record", told)
        if moment == "noticed":
            while not world.jobs():
                world.lanes[0].round(world.clock.steady())
                world.clock.pass_by(1.0)
            backup(str(tmp_path / "journal.db"), str(copy))
        world.run()
    world.stop()
    put_back(world, copy)
    for _ in range(2):
        world.start()
        world.run()
        world.stop()
    assert world.seen("archive") == {"letter.docx": SOURCE}
    assert set(world.seen("outbox").values()) == {result_of(SOURCE)}
    assert len(world.service.bills) == 1, "what the backup does not know of is asked about before it is bought"
    assert world.staged() == []


# the command ──────────────────────────────────────────────────────────────────


def call(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    (folder / "watchconvert.toml").write_text(
        '[daemon]\njournal = "journal.db"\n[[route]]\nname = "a"\npath = "a"\nto = "pdf"\n'
    )
    command = [sys.executable, "-m", "watchconvert", words[0], "--config", str(folder / "watchconvert.toml")]
    return subprocess.run(
        [*command, *words[1:]], capture_output=True, text=True, timeout=60, check=False, env=os.environ | {"CONVERTAPI_SECRET": "s"}
    )  # fmt: skip


def test_the_command_tells_what_it_did(journal: str, target: str, tmp_path: Path) -> None:
    done = call(tmp_path, "backup", target)
    assert (done.returncode, done.stderr) == (0, "")
    assert "20 jobs" in done.stdout
    again = call(tmp_path, "backup", target)
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.startswith(f"watchconvert: {target} is there already")
    assert call(tmp_path, "backup", "--force", target).returncode == 0


def set_version(number: int) -> Callable[[sqlite3.Connection], object]:
    return lambda connection: connection.execute(f"PRAGMA user_version = {number}")


def test_a_newer_journal_is_a_matter_for_a_person(journal: str, target: str, tmp_path: Path) -> None:
    """Exit 78: systemd does not start it again and again."""
    with closing(sqlite3.connect(journal)) as connection:
        set_version(VERSION + 1)(connection)
    said = f"{journal} was written by a later watchconvert (version {VERSION + 1}, this one knows {VERSION})."
    run = call(tmp_path, "run")
    assert run.returncode == 78
    assert said in run.stderr
    for words in (["status"], ["why", "letter.docx"], ["backup", target], ["cancel", "00"]):
        done = call(tmp_path, *words)
        assert done.returncode == 1
        assert done.stderr.startswith(f"watchconvert: {said}")
        assert len(done.stderr.splitlines()) == 1


def test_an_older_journal_is_told_from_as_it_is(tmp_path: Path) -> None:
    lay(1, tmp_path / "journal.db")
    status = call(tmp_path, "status")
    assert status.returncode == 0
    assert "to-pdf" in status.stdout
    assert "It is damaged." in call(tmp_path, "why", "failed.docx").stdout
    assert version(tmp_path / "journal.db") == 1


def test_an_empty_journal_has_nothing_to_tell(tmp_path: Path) -> None:
    (tmp_path / "journal.db").touch()
    status = call(tmp_path, "status")
    assert status.returncode == 1
    assert "the daemon must run once with it" in status.stderr
