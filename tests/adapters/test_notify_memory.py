"""What is remembered of messages comes back as it was, and a file that is no memory is told from none."""

import os
from pathlib import Path

import pytest

from tests.core.making import make_job
from watchconvert.adapters.journal.database import Database
from watchconvert.adapters.journal.news import Mark
from watchconvert.adapters.journal.store import Journal
from watchconvert.adapters.notify.memory import Memory, Remembered
from watchconvert.core.account import Account
from watchconvert.core.job import Job, Sighting, Verdict
from watchconvert.core.messages import Desk, Group, Heap, Message, Standing
from watchconvert.core.states import Event

STANDING = Standing("held", "route a", "route", "why ß ü", 3.5, ("a",))
MESSAGE = Message("f" * 32, 1.5, "failed", "failed a", "failed a", "s", "t\n", {"files": ["x"], "count": 2})
WHOLE = Remembered(
    Mark(7, "0" * 32, 9.25),
    {
        "admins": Desk(
            heaps={"a": Heap(1.0, "/e", 12, 3, (Group("why", 12, ("a.docx", "\\x1b.docx")),))},
            seen={"end of held route a": 4.0},
            told={"held route a": STANDING},
            last={"failed a": 2.0},
            waiting=(MESSAGE,),
        ),
        "nobody": Desk(),
    },
)


def test_everything_comes_back(tmp_path: Path) -> None:
    memory = Memory(str(tmp_path / "journal.db.notified"))
    assert memory.load() is None
    memory.save(WHOLE)
    assert Memory(str(tmp_path / "journal.db.notified")).load() == WHOLE
    assert (tmp_path / "journal.db.notified").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["journal.db.notified"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", '{"version": 2}', '{"version": 1}', '{"version": 1, "mark": {"x": 1}, "desks": {}}']
)
def test_what_is_no_memory_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "notified"
    path.write_text(text)
    with pytest.raises(ValueError):
        Memory(str(path)).load()


def test_a_full_disk_leaves_what_was_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory(str(tmp_path / "notified"))
    memory.save(WHOLE)

    def full(_file: int, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        memory.save(Remembered(Mark()))
    assert memory.load() == WHOLE


@pytest.fixture
def journal(tmp_path: Path):
    journal = Journal(Database(str(tmp_path / "journal.db")))
    yield journal
    journal.close()


def fail(journal: Journal, number: int, at: float) -> Job:
    """Have a file set aside."""
    job = make_job(b"%d.docx" % number, id=f"{number:032x}", sighting=Sighting(1, number, 3, 4, 5), noticed_at=at)
    assert journal.add(job)
    for event, facts in (
        (Event.CLAIMED, {}),
        (Event.REJECTED, {"verdict": Verdict("It is broken.")}),
        (Event.SET_ASIDE, {}),
    ):
        after = job.after(event, facts, at)
        assert journal.record(job, after, event)
        job = after
    return job


def test_only_what_is_new_is_told_and_nothing_twice(journal: Journal) -> None:
    fail(journal, 1, 10.0)
    mark = journal.news.latest()
    assert journal.news.failed_since(mark, 10) == ([], mark)
    jobs = [fail(journal, number, 10.0) for number in (2, 3, 4)]
    journal.add(make_job(b"open.docx", id="e" * 32, sighting=Sighting(1, 99, 3, 4, 5)))
    first, mark = journal.news.failed_since(mark, 2)
    second, mark = journal.news.failed_since(mark, 2)
    assert [job.id for job in first + second] == [job.id for job in jobs]
    assert first[0].verdict == Verdict("It is broken.")
    assert journal.news.failed_since(mark, 2) == ([], mark)


def test_numbers_that_begin_anew_are_noticed(journal: Journal) -> None:
    for number in range(5):
        fail(journal, number, 10.0)
    mark = journal.news.latest()
    journal.prune(1e9, 100)
    assert journal.news.latest() == Mark()
    new = fail(journal, 7, 20.0)
    jobs, after = journal.news.failed_since(mark, 10)
    assert [job.id for job in jobs] == [new.id]
    assert journal.news.failed_since(after, 10) == ([], after)


def test_numbers_that_began_anew_and_have_come_as_far_again_are_noticed(journal: Journal) -> None:
    fail(journal, 1, 10.0)
    mark = journal.news.latest()
    journal.prune(1e9, 100)
    new = [fail(journal, number, 20.0 + number) for number in (2, 3)]
    assert journal.news.latest().number > mark.number
    jobs, _ = journal.news.failed_since(mark, 10)
    assert [job.id for job in jobs] == [job.id for job in new]


def test_an_older_copy_of_the_journal_repeats_nothing(journal: Journal) -> None:
    old = [fail(journal, number, 10.0 + number) for number in (1, 2)]
    newer = Mark(1000, "f" * 32, 50.0)
    assert journal.news.failed_since(newer, 10)[0] == []
    new = fail(journal, 3, 60.0)
    assert [job.id for job in journal.news.failed_since(newer, 10)[0]] == [new.id] != [job.id for job in old]


def test_what_was_forgotten_meanwhile_is_no_reason_to_begin_anew(journal: Journal) -> None:
    fail(journal, 1, 10.0)
    mark = journal.news.latest()
    later = fail(journal, 2, 90.0)
    journal.prune(50.0, 100)
    assert [job.id for job in journal.news.failed_since(mark, 10)[0]] == [later.id]


def test_the_account_is_as_it_was_told_last(journal: Journal) -> None:
    assert journal.news.account() is None
    journal.note_account(Account(1000, 10), 5.0)
    journal.note_account(Account(1000, 900), 6.0)
    assert journal.news.account() == Account(1000, 900)
