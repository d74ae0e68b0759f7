"""What the command line reads beside the daemon: it never writes, and needs no daemon."""

import json
import os
import shutil
import sqlite3
from math import inf
from pathlib import Path

import pytest

from tests.adapters.journals.old import DUMPS, lay
from tests.adapters.ledger import journal_path, numbered_job, open_journal
from tests.core.making import make_job
from watchconvert.adapters.journal.database import VERSION, Database, JournalError
from watchconvert.adapters.journal.report import Choice, open_report, read_status
from watchconvert.adapters.journal.store import Hold, Journal
from watchconvert.core.account import Account
from watchconvert.core.answers import Scope
from watchconvert.core.job import Job
from watchconvert.core.states import Event, State

MINTED = {"remote_id": "r1", "minted_at": 3.0, "sent": 1, "round": 1}


def happen(journal: Journal, job: Job, event: Event, now: float, **facts: object) -> Job:
    after = job.after(event, facts, now)
    assert journal.record(job, after, event)
    return after


def fill(journal: Journal) -> None:
    for number in range(3):
        journal.add(numbered_job(number, noticed_at=float(number), changed_at=float(number)))
    journal.begin_hold(Hold(Scope.ACCOUNT, "", "empty", 1.0, 2.0))


def test_a_report_reads_beside_the_daemon(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        fill(journal)
        with open_report(journal_path(tmp_path)) as report:
            assert report.counts() == {"office": {"noticed": 3}}
            journal.add(numbered_job(9))
            assert report.counts() == {"office": {"noticed": 4}}


def test_a_report_reads_without_a_daemon_and_leaves_nothing_in_a_folder_it_may_not_write(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        fill(journal)
    before = sorted(os.listdir(tmp_path))
    tmp_path.chmod(0o555)
    try:
        with open_report(journal_path(tmp_path)) as report:
            assert report.counts() == {"office": {"noticed": 3}}
            assert sorted(os.listdir(tmp_path)) == before
    finally:
        tmp_path.chmod(0o755)


def test_a_report_reads_what_a_daemon_that_was_killed_had_written(tmp_path: Path) -> None:
    left = tmp_path / "left"
    left.mkdir()
    with open_journal(tmp_path) as journal:
        fill(journal)
        for ending in ("", "-wal", "-shm"):
            shutil.copy(journal_path(tmp_path) + ending, left)
    with open_report(journal_path(left)) as report:
        assert report.counts() == {"office": {"noticed": 3}}


def test_a_report_cannot_write(tmp_path: Path) -> None:
    with (
        open_journal(tmp_path),
        open_report(journal_path(tmp_path)) as report,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        report._connection.execute("DELETE FROM job")


def test_without_a_journal_there_is_nothing_to_report(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="not there yet"), open_report(journal_path(tmp_path)):
        pass
    assert os.listdir(tmp_path) == []


def test_a_file_that_is_no_journal_is_told(tmp_path: Path) -> None:
    Path(journal_path(tmp_path)).write_bytes(b"no database" * 100)
    with pytest.raises(JournalError), open_report(journal_path(tmp_path)) as report:
        report.counts()


def test_odd_names_of_journals_are_fine(tmp_path: Path) -> None:
    odd = tmp_path / "a?b#c%20 d"
    odd.mkdir()
    with open_journal(odd) as journal:
        fill(journal)
    with open_report(journal_path(odd)) as report:
        assert len(report.all_jobs()) == 3


def test_jobs_are_told_in_their_orders(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        fill(journal)
        for number, since in ((0, 30.0), (2, 20.0)):
            job = numbered_job(number, noticed_at=float(number), changed_at=float(number))
            happen(journal, job, Event.DELAYED, 50.0 + number, note="disk full", troubled_at=since)
        journal.add(numbered_job(7, state=State.FAILED, troubled_at=1.0))
        with open_report(journal_path(tmp_path)) as report:
            assert [job.name for job in report.troubled(9)] == [b"2.docx", b"0.docx"]
            assert [job.name for job in report.troubled(1)] == [b"2.docx"]
            assert [job.name for job in report.last(2)] == [b"2.docx", b"0.docx"]
            assert len(report.all_jobs()) == 4
            assert report.holds() == journal.holds() == [Hold(Scope.ACCOUNT, "", "empty", 1.0, 2.0)]


def test_events_are_told_in_order_and_a_delay_only_when_it_says_something_new(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        job = numbered_job(1, noticed_at=1.0)
        journal.add(job)
        for at, note in ((2.0, "offline"), (3.0, "offline"), (4.0, "disk full")):
            job = happen(journal, job, Event.DELAYED, at, note=note)
        happen(journal, job, Event.CLAIMED, 5.0)
        with open_report(journal_path(tmp_path)) as report:
            events = report.events_after(0)
            assert [(event["at"], event["event"], event["state"], event["note"]) for event in events] == [
                (1.0, "noticed", "noticed", ""),
                (2.0, "delayed", "noticed", "offline"),
                (4.0, "delayed", "noticed", "disk full"),
                (5.0, "claimed", "claimed", ""),
            ]
            assert {(event["name"], event["route"]) for event in events} == {(b"1.docx", "office")}
            assert report.events_after(events[2]["id"]) == events[3:]


def test_the_ledger_has_each_round_once_with_its_outcome(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        one = numbered_job(1, state=State.UPLOADED)
        journal.add(one)
        one = happen(journal, one, Event.MINTED, 3.0, **MINTED)
        one = happen(journal, one, Event.CONVERTED, 4.0, cost=2)
        two = numbered_job(2, state=State.UPLOADED)
        journal.add(two)
        two = happen(journal, two, Event.MINTED, 3.0, **MINTED | {"remote_id": "r2"})
        with open_report(journal_path(tmp_path)) as report:
            assert report.money() == {"rounds": 2, "cost": 2, "doubtful": 0}
            two = happen(journal, two, Event.DELAYED, 5.0, sent=2)
            assert report.money() == {"rounds": 2, "cost": 2, "doubtful": 1}
            happen(journal, one, Event.FORGOTTEN, 6.0)
            assert report.money() == {"rounds": 2, "cost": 2, "doubtful": 2}


def test_a_round_that_was_given_up_stays_a_possible_double_charge(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        lost = numbered_job(1, state=State.UPLOADED)
        journal.add(lost)
        lost = happen(journal, lost, Event.MINTED, 3.0, **MINTED)
        lost = happen(journal, lost, Event.FORGOTTEN, 4.0)
        lost = happen(journal, lost, Event.UPLOADED, 5.0)
        lost = happen(journal, lost, Event.MINTED, 6.0, **MINTED | {"remote_id": "r2"})
        lost = happen(journal, lost, Event.SENT_BACK, 7.0)
        lost = happen(journal, lost, Event.REJECTED, 8.0)
        twice = numbered_job(2, state=State.UPLOADED, adopted=1)
        journal.add(twice)
        happen(journal, twice, Event.MINTED, 5.0, **MINTED | {"remote_id": "r3", "sent": 2})
        sound = numbered_job(3, state=State.UPLOADED)
        journal.add(sound)
        happen(journal, sound, Event.MINTED, 9.0, **MINTED | {"remote_id": "r4"})
        with open_report(journal_path(tmp_path)) as report:
            assert report.money()["doubtful"] == 3
            told = report.double_charges(10)
            assert len(report.double_charges(2)) == 2
    assert {(each["name"], each["cause"].partition(",")[0]) for each in told} == {
        (b"1.docx", "the service failed this round and was asked for another"),
        (b"2.docx", "the journal was lost"),
        (b"1.docx", "the service lost the job"),
    }


def test_each_round_has_its_own_cost(tmp_path: Path) -> None:
    """The job's cost is that of all its rounds, and the ledger is summed by rounds."""
    with open_journal(tmp_path) as journal:
        job = numbered_job(1, state=State.UPLOADED, owner=1000)
        journal.add(job)
        job = happen(journal, job, Event.MINTED, 3.0, **MINTED)
        job = happen(journal, job, Event.CONVERTED, 4.0, cost=2)
        job = happen(journal, job, Event.FORGOTTEN, 5.0)
        job = happen(journal, job, Event.UPLOADED, 6.0)
        job = happen(journal, job, Event.MINTED, 7.0, **MINTED | {"remote_id": "r2", "minted_at": 7.0})
        job = happen(journal, job, Event.CONVERTED, 8.0, cost=5)
        with open_report(journal_path(tmp_path)) as report:
            assert report.money() == {"rounds": 2, "cost": 5, "doubtful": 1}
            assert report.costs(7.0, 8.0) == [
                {"route": "office", "owner": 1000, "rounds": 1, "cost": 3, "doubtful": 0}
            ]  # fmt: skip


def test_a_round_that_the_service_names_otherwise_is_one_round(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        job = numbered_job(1, state=State.UPLOADED)
        journal.add(job)
        job = happen(journal, job, Event.MINTED, 3.0, **MINTED)
        job = happen(journal, job, Event.ACCEPTED, 4.0, remote_id="its own")
        happen(journal, job, Event.CONVERTED, 5.0, cost=2)
        with open_report(journal_path(tmp_path)) as report:
            assert report.money() == {"rounds": 1, "cost": 2, "doubtful": 0}


def test_the_ledger_is_summed_by_route_and_person(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        for number, (route, owner, cost, sent) in enumerate(
            (("a", 1, 1, 1), ("a", 1, 2, 2), ("a", 2, 4, 1), ("b", 1, 8, 1), ("b", -1, 16, 1))
        ):
            job = numbered_job(number, state=State.UPLOADED, route=route, owner=owner)
            journal.add(job)
            minted = {"remote_id": f"r{number}", "minted_at": float(number), "sent": sent}
            job = happen(journal, job, Event.MINTED, 10.0, **minted)
            happen(journal, job, Event.CONVERTED, 11.0, cost=cost)
        with open_report(journal_path(tmp_path)) as report:
            sums = [tuple(row.values()) for row in report.costs(0.0, inf)]
            assert sorted(sums) == [("a", 1, 2, 3, 1), ("a", 2, 1, 4, 0), ("b", -1, 1, 16, 0), ("b", 1, 1, 8, 0)]
            assert [row["cost"] for row in report.costs(1.0, 3.0, owner=1)] == [2]
            assert (report.next_minted(0.0, inf), report.next_minted(0.5, 3.0), report.next_minted(9.0, inf)) == (
                0.0,
                1.0,
                None,
            )


CHOICES = [
    (Choice(), [4, 3, 2, 1, 0]),
    (Choice(limit=2), [4, 3]),
    (Choice(limit=-1), [4, 3, 2, 1, 0]),
    (Choice(owner=7), [3, 2, 1]),
    (Choice(owner=7, limit=1), [3]),
    (Choice(owner=-1), [0]),
    (Choice(owner=7, states=(State.DONE,)), [1]),
    (Choice(states=(State.DONE, State.CLAIMED)), [3, 1]),
    (Choice(states=(State.CLAIMED,)), [3]),
    (Choice(since=101.0, until=103.0), [2, 1]),
    (Choice(route="other"), []),
]


@pytest.mark.parametrize(("choice", "wanted"), CHOICES)
def test_jobs_are_chosen_among_open_ones_and_those_at_rest(
    choice: Choice, wanted: list[int], tmp_path: Path
) -> None:  # fmt: skip
    states = (State.FAILED, State.DONE, State.WITHDRAWN, State.CLAIMED, State.NOTICED)
    with open_journal(tmp_path) as journal:
        for number, (state, owner) in enumerate(zip(states, (-1, 7, 7, 7, 8), strict=True)):
            journal.add(numbered_job(number, state=state, owner=owner, changed_at=100.0 + number))
        with open_report(journal_path(tmp_path)) as report:
            assert [int(job.id) for job in report.select(choice)] == wanted


@pytest.mark.parametrize("version", [number for number in DUMPS if number < VERSION])
def test_a_journal_of_before_is_told_as_one_of_today(version: int, tmp_path: Path) -> None:
    """After the upgrade, and before the daemon has run."""
    path = tmp_path / "journal.db"
    lay(version, path)
    told = []
    for _ in range(2):
        with open_report(str(path)) as report:
            jobs = sorted(report.select(Choice(limit=-1)), key=lambda job: job.id)
            sums = report.costs(0.0, inf), report.money(), report.counts(), report.next_minted(0.0, inf)
            told.append((jobs, sums, report.double_charges(5), report.select(Choice(owner=-1, limit=2))))
        Database(str(path)).close()
    assert told[0] == told[1]
    assert told[0][1][1]["doubtful"] >= 1
    assert {row["route"] for row in told[0][1][0]} == {"to-pdf"}


def test_an_empty_ledger_is_all_zero(tmp_path: Path) -> None:
    with open_journal(tmp_path), open_report(journal_path(tmp_path)) as report:
        assert report.money() == {"rounds": 0, "cost": 0, "doubtful": 0}
        assert (report.counts(), report.all_jobs(), report.events_after(0)) == ({}, [], [])


def test_the_account_is_told_as_the_service_told_it_last(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal, open_report(journal_path(tmp_path)) as report:
        assert report.account() is None
        journal.note_account(Account(100, 30), 2.0)
        journal.note_account(Account(None, None, 7), 1.0)
        assert report.account() == {"at": 2.0, "total": 100, "consumed": 30, "seconds_left": None}
        journal.note_account(Account(None, None, 7), 3.0)
        assert report.account() == {"at": 3.0, "total": None, "consumed": None, "seconds_left": 7}


def test_a_job_is_found_by_the_start_of_its_id(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal, open_report(journal_path(tmp_path)) as report:
        for name, job_id in ((b"a", "ab" * 16), (b"b", "ac" * 16), (b"c", "ad" * 16)):
            journal.add(make_job(name, id=job_id))
        assert [job.name for job in report.find("ac")] == [b"b"]
        assert [job.name for job in report.find("a")] == [b"a", b"b", b"c"]
        assert [job.name for job in report.find("ab" * 16)] == [b"a"]
        assert report.find("b") == []


def test_the_daemons_note_is_believed_only_while_it_runs(tmp_path: Path) -> None:
    path = journal_path(tmp_path)
    note = Path(path + ".status")
    with open_journal(tmp_path):
        assert read_status(path) == {}
        note.write_text(json.dumps({"pid": 7}))
        assert read_status(path) == {"pid": 7}
        for broken in ("{", "[1]", "\u00e4"):
            note.write_text(broken, "utf-8")
            assert read_status(path) == {}
        note.write_text(json.dumps({"pid": 7}))
    assert read_status(path) == {}
