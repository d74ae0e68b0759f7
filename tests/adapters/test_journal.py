"""What the engine asks of the journal."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.ledger import numbered_job, open_journal
from tests.adapters.rig import part
from tests.core.making import make_job, make_order
from watchconvert.adapters.journal.store import Hold, Journal
from watchconvert.core.answers import Scope
from watchconvert.core.job import Job, Step, Verdict
from watchconvert.core.states import RESTING, Event, State

NOW = 1_700_000_000.0
HOUR = 3600.0


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with open_journal(tmp_path) as journal:
        yield journal


def ids(jobs: list[Job]) -> list[int]:
    return [int(job.id, 16) for job in jobs]


FULL = make_job(
    b"caf\xe9\n\xff\xed\xa0\x80.docx",
    folder=b"sub/\xfe",
    order=make_order(
        "/srv/\udcff", steps=(Step("docx", "pdf", {"A": 1, "B": 0.5, "C": True, "D": "x"}), Step("pdf", "png"))
    ),
    state=State.CONVERTED,
    step=1,
    file_id="f",
    uploaded_at=1.5,
    sha256="00",
    remote_id="r",
    minted_at=2.5,
    round=2,
    doubted_at=3.5,
    sent=3,
    repeats=1,
    parts=(part(5, b"caf\xe9\xff.pdf", ino=2**63), part(0, b"", label="\ud800\u202e")),
    cost=7,
    adopted=1,
    owner=1000,
    verdict=Verdict("Sentence.", 500, 5001, "half a character: \ud800"),
    tries=4,
    due=5.5,
    note="why",
    troubled_at=6.5,
    deaths=1,
    noticed_at=7.5,
    changed_at=8.5,
)


def test_a_job_comes_back_as_it_went_in(journal: Journal) -> None:
    assert [field.name for field in dataclasses.fields(Job) if getattr(FULL, field.name) == field.default] == []
    assert journal.add(FULL)
    assert journal.get(FULL.id) == FULL


def test_a_job_with_nothing_but_its_file_comes_back_too(journal: Journal) -> None:
    assert journal.add(make_job())
    assert journal.get(make_job().id) == make_job()
    assert journal.get("unknown") is None


def test_half_a_character_in_a_note_or_an_id_does_not_stop_the_journal(journal: Journal) -> None:
    job = make_job(note="said \ud800", remote_id="\udfff", file_id="a\udcffb")
    assert journal.add(make_job())
    assert journal.record(make_job(), job, Event.DELAYED)
    back = journal.get(job.id)
    assert back is not None
    assert (back.note, back.remote_id, back.file_id) == ("said \\ud800", "\\udfff", "a\\udcffb")
    journal.begin_hold(Hold(Scope.ACCOUNT, "", "said \ud800", 1.0, 2.0))
    assert journal.holds()[0].reason == "said \\ud800"


def test_a_file_is_noticed_once(journal: Journal) -> None:
    assert journal.add(numbered_job(1))
    assert not journal.add(numbered_job(1))
    again = dataclasses.replace(numbered_job(1), id="f" * 32)
    assert not journal.add(again)
    assert journal.open_ids() == {numbered_job(1).id}
    assert journal.add(dataclasses.replace(again, folder=b"sub"))
    assert journal.add(dataclasses.replace(again, id="e" * 32, route="other"))


def test_a_name_may_be_noticed_again_once_its_file_was_claimed(journal: Journal) -> None:
    job = numbered_job(1)
    journal.add(job)
    assert journal.record(job, job.after(Event.CLAIMED, {}, NOW), Event.CLAIMED)
    assert journal.add(dataclasses.replace(job, id="f" * 32))


def test_an_event_is_recorded_only_in_the_state_it_happened_in(journal: Journal) -> None:
    job = numbered_job(1)
    journal.add(job)
    claimed = job.after(Event.CLAIMED, {}, NOW)
    assert journal.record(job, claimed, Event.CLAIMED)
    withdrawn = job.after(Event.WITHDRAWN, {"note": "gone"}, NOW)
    assert not journal.record(job, withdrawn, Event.WITHDRAWN)
    assert journal.get(job.id) == claimed
    assert not journal.record(numbered_job(2), numbered_job(2).after(Event.CLAIMED, {}, NOW), Event.CLAIMED)
    assert journal.get(numbered_job(2).id) is None


def test_what_has_cost_money_goes_first_and_then_what_waited_longest(journal: Journal) -> None:
    states = [State.NOTICED, State.CLAIMED, State.UPLOADED, State.SUBMITTING, State.FETCHED, State.REJECTED]
    for number, state in enumerate(states):
        journal.add(numbered_job(number, state=state, due=NOW - number))
    assert ids(journal.due(NOW, 99)) == [5, 4, 3, 2, 1, 0]
    journal.add(numbered_job(9, state=State.NOTICED, due=NOW - 99))
    journal.add(numbered_job(8, state=State.CONVERTED, due=NOW))
    assert ids(journal.due(NOW, 99)) == [5, 4, 3, 8, 9, 2, 1, 0]
    assert ids(journal.due(NOW, 2)) == [5, 4]


def test_what_is_at_rest_or_with_the_service_is_not_due(journal: Journal) -> None:
    for number, state in enumerate([*sorted(RESTING), State.CONVERTING]):
        journal.add(numbered_job(number, state=state))
    assert journal.due(NOW, 99) == []
    assert journal.converting(NOW) == [numbered_job(3).id]
    assert journal.count_open("office") == 0
    journal.add(numbered_job(8))
    journal.add(numbered_job(9, route="other"))
    assert (journal.count_open("office"), journal.count_open("other"), journal.count_open("none")) == (1, 1, 0)
    assert numbered_job(3).id in journal.open_ids()


@pytest.mark.parametrize(
    ("due", "is_due"),
    [(NOW - 1, True), (NOW, True), (NOW + 1, False), (NOW + 2 * HOUR, False), (NOW + 2 * HOUR + 1, True), (0.0, True)],
)
@pytest.mark.parametrize("state", [State.CLAIMED, State.CONVERTING])
def test_a_step_waits_for_its_time_unless_a_clock_was_wrong(
    journal: Journal, due: float, is_due: bool, state: State
) -> None:
    journal.add(numbered_job(1, state=state, due=due))
    found: list[object] = [*journal.converting(NOW)] if state is State.CONVERTING else [*journal.due(NOW, 9)]
    assert bool(found) is is_due


def test_all_of_those_with_the_service_are_told(journal: Journal) -> None:
    for number in range(3):
        journal.add(numbered_job(number, state=State.CONVERTING, due=NOW - number))
    assert set(journal.converting(NOW)) == {numbered_job(number).id for number in range(3)}


def test_the_next_due_is_the_nearest_that_is_not_yet(journal: Journal) -> None:
    assert journal.next_due(NOW) is None
    journal.add(numbered_job(1, due=NOW + 9))
    journal.add(numbered_job(2, due=NOW + 5, state=State.CONVERTING))
    journal.add(numbered_job(3, due=NOW - 5))
    journal.add(numbered_job(4, due=NOW + 1, state=State.DONE))
    assert journal.next_due(NOW) == NOW + 5
    assert journal.next_due(NOW + 5) == NOW + 9


def test_hurry_makes_due_what_waits_after_a_fault_and_nothing_else(journal: Journal) -> None:
    later = NOW + 100
    journal.add(numbered_job(1, due=later, troubled_at=NOW))
    journal.add(numbered_job(2, due=later))
    journal.add(numbered_job(3, due=later, troubled_at=NOW, state=State.DONE))
    journal.hurry(NOW)
    dues = [job.due for number in (1, 2, 3) if (job := journal.get(numbered_job(number).id))]
    assert dues == [NOW, later, later]


def test_a_hold_keeps_its_start_until_it_ends(journal: Journal) -> None:
    account = Hold(Scope.ACCOUNT, "", "empty", since=10.0, probe_at=15.0)
    route = Hold(Scope.ROUTE, "office", "settings", since=5.0, probe_at=6.0, probes=2)
    journal.begin_hold(account)
    journal.begin_hold(route)
    assert journal.holds() == [route, account]
    journal.begin_hold(dataclasses.replace(account, reason="still empty", since=99.0, probe_at=100.0, probes=1))
    assert journal.holds() == [route, Hold(Scope.ACCOUNT, "", "still empty", 10.0, 100.0, 1)]
    journal.end_hold(Scope.ACCOUNT, "office")
    journal.end_hold(Scope.ROUTE, "office")
    assert [hold.scope for hold in journal.holds()] == [Scope.ACCOUNT]


def test_folders_are_remembered_with_their_device(journal: Journal) -> None:
    journal.know_folders([("/a", 1), ("/b", 2)])
    journal.know_folders([("/a", 3)])
    journal.know_folders([])
    assert journal.known_folders() == {"/a": 3, "/b": 2}


def test_a_call_of_the_service_finds_its_job_only_while_the_service_converts_it(journal: Journal) -> None:
    journal.add(numbered_job(1, state=State.CONVERTING, remote_id="r1"))
    journal.add(numbered_job(2, state=State.CONVERTED, remote_id="r2"))
    assert [journal.find_remote(remote) for remote in ("r1", "r2", "r3", "")] == [numbered_job(1).id, "", "", ""]


def test_what_was_written_outlives_the_daemon(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        journal.add(FULL)
    with open_journal(tmp_path) as journal:
        assert journal.get(FULL.id) == FULL
