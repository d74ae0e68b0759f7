"""Every row of the error table at the submit and the upload, through the whole daemon: what lies where, what it costs.

A service on a real socket answers so; time is not real, so that pauses take none.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.errors import (
    ACCOUNT_HELD,
    DENIED,
    OTHER,
    REFUSED,
    REPEATED,
    ROUTE_HELD,
    SAID,
    UPLOADED_AGAIN,
    VAGUE,
    Case,
    Row,
    a_case,
)
from tests.e2e.scripted_service import MARK, converted, scripted_service
from tests.e2e.stage import SECRET, Site, wait_for
from tests.e2e.wire import Saying, complaint
from watchconvert.core.answers import RULES, Fate, Scope


def test_every_row_of_the_table_is_tried() -> None:
    tried = {
        Fate.REFUSE: REFUSED,
        Fate.REPEAT: REPEATED,
        Fate.REUPLOAD: UPLOADED_AGAIN,
        Fate.HOLD_ACCOUNT: ACCOUNT_HELD,
        Fate.HOLD_ROUTE: ROUTE_HELD,
        Fate.WAIT: DENIED + VAGUE,
    }
    for rule in RULES:
        rows = [row for row in tried[rule.fate] if row.status == rule.status and rule.code in (None, row.code)]
        assert rows, rule
        assert {row.bound for row in rows} == {rule.bound}
        assert any(row.words in rule.sentence for row in rows)


@pytest.fixture
def case() -> Iterator[Case]:
    """A service that answers a submit with the result."""
    with a_case("semi-async") as made:
        yield made


# at the submit ──────────────────────────────────────────────────────────────
@pytest.mark.parametrize("row", REFUSED, ids=str)
def test_a_refused_file_is_given_back_and_the_next_one_converted(case: Case, row: Row) -> None:
    case.world.drop("other.docx", OTHER)
    case.begin("submit", row, 1)
    case.world.run()
    assert case.world.seen("outbox") == {"other.pdf": converted(OTHER)}
    case.check_given_back(row, bills=1)
    assert len(case.posts) == 1


@pytest.mark.parametrize("row", REPEATED + UPLOADED_AGAIN, ids=str)
def test_within_the_bound_a_file_is_uploaded_and_posted_anew(case: Case, row: Row) -> None:
    case.begin("submit", row, row.bound)
    case.world.run()
    case.check_converted()
    assert len(case.posts) == len(set(case.posts)) == row.bound + 1, "each round has a JobId of its own"
    assert case.service.count("upload") == row.bound + 1
    assert case.world.jobs()[0].round == row.bound + 1


@pytest.mark.parametrize("row", REPEATED + UPLOADED_AGAIN, ids=str)
def test_beyond_the_bound_it_is_given_back(case: Case, row: Row) -> None:
    case.begin("submit", row, 99)
    case.world.run()
    case.check_given_back(row)
    assert len(case.posts) == row.bound + 1


def test_a_conversion_that_took_too_long_gets_all_the_time_there_is(case: Case) -> None:
    case.begin("submit", REPEATED[0], 1)
    case.world.run()
    assert [heard.form["Timeout"] for heard in case.service.heard if heard.kind == "submit"] == ["900", "1200"]


@pytest.mark.parametrize("row", ACCOUNT_HELD, ids=str)
def test_the_account_is_held_until_it_is_mended(case: Case, row: Row) -> None:
    case.service.say("probe", row.saying, 99)
    case.begin("submit", row, 99)
    case.world.run_for(300)
    (hold,) = case.world.held()
    assert (hold.scope, row.words in hold.reason) == (Scope.ACCOUNT, True)
    assert len(case.posts) == 1, "while it is held only the probe that costs nothing goes out"
    assert 3 <= case.service.count("probe") <= 10
    late = case.world.drop("late.docx", OTHER)
    case.world.run_for(10)
    assert late.exists(), "files stay in the inbox meanwhile"
    case.service.hush()
    case.world.run()
    case.check_converted(bills=2)
    assert [(job.round, job.sent) for job in case.world.jobs()] == [(1, 1), (1, 1)]


@pytest.mark.parametrize("row", ROUTE_HELD, ids=str)
def test_a_route_is_held_until_it_is_mended_and_the_others_go_on(case: Case, row: Row) -> None:
    other = case.world.make_route("to-txt")
    case.world.routes += (other,)
    case.begin("submit", row, 99)
    case.world.run_for(60)
    case.world.drop("other.docx", OTHER, other)
    case.world.run_for(120)
    (hold,) = case.world.held()
    assert (hold.scope, hold.name, row.words in hold.reason) == (Scope.ROUTE, "to-pdf", True)
    assert Path(other.outbox, "other.pdf").read_bytes() == converted(OTHER)
    assert 2 <= len(case.posts) <= 10, "one post at each probe"
    case.service.hush()
    case.world.run()
    case.check_converted(bills=2)
    assert {job.round for job in case.world.jobs()} == {1}


@pytest.mark.parametrize("row", ROUTE_HELD[:4], ids=str)
def test_a_kind_of_file_that_cannot_be_converted_is_given_back(case: Case, row: Row) -> None:
    case.service.offered = False
    case.begin("submit", row, 99)
    case.world.run()
    case.check_given_back(Row(row.status, row.code, "cannot convert .docx files to pdf"))
    assert len(case.posts) == 1


@pytest.mark.parametrize("row", ROUTE_HELD[:4], ids=str)
def test_a_route_with_a_format_that_cannot_be_converted_is_held(case: Case, row: Row) -> None:
    case.service.offered = False
    case.world.change_route(source_format="docx")
    case.begin("submit", row, 99)
    case.world.run_for(60)
    (hold,) = case.world.held()
    assert (hold.scope, "cannot convert .docx files to pdf" in hold.reason) == (Scope.ROUTE, True)
    assert case.world.seen("error") == {}


@pytest.mark.parametrize("offered", [True, False])
def test_a_400_that_says_nothing_is_the_kind_of_file_or_the_file(case: Case, offered: bool) -> None:
    words = "The conversion service does not accept this file." if offered else "cannot convert .docx files to pdf"
    row = Row(400, 400, words)
    case.service.offered = offered
    case.begin("submit", row, 99)
    case.world.run()
    case.check_given_back(row)


@pytest.mark.parametrize("row", DENIED, ids=str)
def test_a_denied_submit_is_sent_again_for_as_long_as_it_takes(case: Case, row: Row) -> None:
    case.begin("submit", row, 12)
    case.world.run(4000)
    case.check_converted()
    assert case.service.count("poll") == 0
    assert len(case.posts) == 13
    assert len(set(case.posts)) == 1


@pytest.mark.parametrize("row", VAGUE, ids=str)
def test_a_vague_submit_is_asked_about_twice_before_it_is_sent_again(case: Case, row: Row) -> None:
    case.begin("submit", row, 3)
    case.world.run(4000)
    case.check_converted()
    assert case.service.count("poll") == 6
    assert len(case.posts) == 4
    assert len(set(case.posts)) == 1
    assert case.world.jobs()[0].round == 1


@pytest.mark.parametrize("row", VAGUE, ids=str)
def test_a_vague_submit_that_was_accepted_is_not_sent_again(case: Case, row: Row) -> None:
    case.service.lag = 4.0
    case.service.say("submit", Saying(row.status, b"<html>", kind="text/html", in_vain=True))
    case.world.start()
    case.world.run()
    case.check_converted()
    assert len(case.posts) == 1


def test_a_pause_that_the_service_asks_for_is_kept(case: Case) -> None:
    case.service.say("submit", Saying(503, {"Code": 503, "Message": "busy"}, {"Retry-After": "100"}))
    case.world.start()
    case.world.run()
    case.check_converted()
    first, second = [heard.at for heard in case.service.heard if heard.kind == "submit"]
    assert 100 <= second - first < 110


@pytest.mark.parametrize(("row", "scopes"), [(Row(503, 503, ""), []), (Row(502, 502, ""), [Scope.SERVICE])], ids=str)
def test_a_busy_service_is_not_one_that_is_away(case: Case, row: Row, scopes: list[Scope]) -> None:
    case.service.say("probe", row.saying, 99)
    case.begin("submit", row, 99)
    case.world.run_for(60)
    assert [hold.scope for hold in case.world.held()] == scopes
    case.service.hush()
    case.world.run()
    case.check_converted()


# at the upload ──────────────────────────────────────────────────────────────
@pytest.mark.parametrize("row", REFUSED, ids=str)
def test_a_file_refused_at_the_upload_is_never_posted(case: Case, row: Row) -> None:
    case.begin("upload", row, 1)
    case.world.run()
    case.check_given_back(row)
    assert "never sent for conversion" in case.world.note("letter.docx")
    assert case.posts == []


@pytest.mark.parametrize("row", UPLOADED_AGAIN, ids=str)
def test_an_upload_is_repeated_within_its_bound(case: Case, row: Row) -> None:
    case.begin("upload", row, row.bound)
    case.world.run()
    case.check_converted()
    assert case.service.count("upload") == row.bound + 1
    case.service.say("upload", row.saying, 99)
    (case.world.root / "to-pdf/archive/letter.docx").unlink()
    case.world.drop("letter.docx", MARK)
    case.world.run()
    assert row.words in case.world.note("letter.docx")
    assert case.service.count("upload") == 2 * (row.bound + 1)
    assert len(case.posts) == 1


@pytest.mark.parametrize("row", REPEATED + DENIED + VAGUE, ids=str)
def test_an_upload_that_fails_is_sent_again_for_as_long_as_it_takes(case: Case, row: Row) -> None:
    case.begin("upload", row, 6)
    case.world.run(4000)
    case.check_converted()
    assert case.service.count("upload") == 7
    assert len(case.posts) == 1


@pytest.mark.parametrize("row", ACCOUNT_HELD + ROUTE_HELD, ids=str)
def test_an_upload_can_begin_a_hold(case: Case, row: Row) -> None:
    case.service.say("probe", row.saying, 99)
    case.begin("upload", row, 99)
    case.world.run_for(100)
    (hold,) = case.world.held()
    assert (hold.scope, row.words in hold.reason) == (Scope.ACCOUNT if row in ACCOUNT_HELD else Scope.ROUTE, True)
    assert case.service.count("upload") <= 10
    case.service.hush()
    case.world.run()
    case.check_converted()


# the real program ───────────────────────────────────────────────────────────
def test_the_program_gives_a_damaged_file_back_and_sits_out_an_empty_account(tmp_path: Path) -> None:
    with scripted_service(secret=SECRET) as service:
        site = Site(tmp_path, service.url, 'dialect = "old"', routes=("pdf",))
        service.say("submit", complaint(500, 5002, SAID))
        site.start()
        (site.path("to-pdf", "inbox") / "damaged.docx").write_bytes(MARK)
        site.wait_for_rest(1)
        service.say("submit", complaint(401, 4014, SAID), 99)
        service.say("probe", complaint(401, 4014, SAID), 99)
        (site.path("to-pdf", "inbox") / "letter.docx").write_bytes(MARK)
        with site.report() as report:
            wait_for(report.holds, "the hold")
            assert [hold.scope for hold in report.holds()] == [Scope.ACCOUNT]
        service.hush()
        site.wait_for_rest(2)
        with site.report() as report:
            assert report.holds() == []
        assert site.stop() == 0
    assert len(service.bills) == 1
    assert site.seen("to-pdf", "outbox")["letter.pdf"].read_bytes() == converted(MARK)
    error = site.seen("to-pdf", "error")
    assert error.keys() == {"damaged.docx", "damaged.docx.error.txt", "damaged.docx.error.json"}
    assert "damaged or incomplete" in error["damaged.docx.error.txt"].read_text()
    assert site.staged() == []
