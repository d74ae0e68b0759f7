"""Every row of the error table at the poll and the fetch, when the conversion is paid for already."""

import itertools
from collections.abc import Iterator

import pytest

from tests.e2e.errors import ACCOUNT_HELD, DENIED, REFUSED, REPEATED, UPLOADED_AGAIN, VAGUE, Case, Row, a_case
from tests.e2e.scripted_service import MARK
from tests.e2e.wire import Saying
from watchconvert.core.texts import ENGLISH


@pytest.fixture
def case() -> Iterator[Case]:
    """A service that answers a submit with the result."""
    with a_case("semi-async") as made:
        yield made


@pytest.fixture
def polled() -> Iterator[Case]:
    """A service that must be polled."""
    with a_case("async", reply="job") as made:
        yield made


# at the poll ────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("row", REFUSED, ids=str)
def test_a_conversion_that_ends_in_a_refusal_gives_the_file_back(polled: Case, row: Row) -> None:
    polled.begin("poll", row, 1)
    polled.world.run()
    polled.check_given_back(row, bills=1)
    assert "sent for conversion once" in polled.world.note("letter.docx")


@pytest.mark.parametrize("row", REPEATED + UPLOADED_AGAIN, ids=str)
def test_a_conversion_that_failed_gets_another_round_within_its_bound(polled: Case, row: Row) -> None:
    polled.begin("poll", row, row.bound)
    polled.world.run()
    polled.check_converted(bills=row.bound + 1)
    polled.service.say("poll", row.saying, 99)
    polled.world.drop("letter.docx", MARK)
    polled.world.run()
    assert row.words in polled.world.note("letter.docx")
    assert len(polled.service.bills) == 2 * (row.bound + 1)


@pytest.mark.parametrize("row", ACCOUNT_HELD + DENIED + VAGUE, ids=str)
def test_a_paid_job_is_polled_until_it_is_told(polled: Case, row: Row) -> None:
    polled.begin("poll", row, 6)
    polled.world.run(4000)
    polled.world.run_for(10)
    polled.check_converted()
    times = [heard.at for heard in polled.service.heard if heard.kind == "poll"]
    assert all(later - earlier >= 5.0 for earlier, later in itertools.pairwise(times))


def test_a_job_that_is_unknown_once_is_not_lost(polled: Case) -> None:
    polled.begin("poll", Row(404, 404, ""), 1)
    polled.world.run()
    polled.check_converted()


def test_a_job_that_stays_unknown_is_bought_again_and_not_for_ever(polled: Case) -> None:
    row = Row(404, 404, ENGLISH.causes["rounds"])
    polled.begin("poll", row, 2)
    polled.world.run()
    polled.check_converted(bills=2)
    polled.service.say("poll", row.saying, 99)
    polled.world.drop("letter.docx", MARK)
    polled.world.run()
    assert ENGLISH.causes["rounds"] in polled.world.note("letter.docx")
    assert len(polled.service.bills) == 2 + 3


# at the fetch ───────────────────────────────────────────────────────────────
@pytest.mark.parametrize("row", DENIED + VAGUE + REFUSED + REPEATED + UPLOADED_AGAIN + ACCOUNT_HELD, ids=str)
def test_a_paid_result_is_fetched_until_it_comes(case: Case, row: Row) -> None:
    case.begin("fetch", row, 3)
    case.world.run(4000)
    case.check_converted()
    assert case.service.count("fetch") == 4


@pytest.mark.parametrize("row", [Row(404, None, ""), Row(404, 404, "")], ids=str)
def test_a_result_that_is_not_there_once_is_not_bought_again(case: Case, row: Row) -> None:
    case.begin("fetch", row, 1)
    case.world.run()
    case.check_converted()


def test_a_result_that_has_moved_is_fetched_where_it_is(case: Case) -> None:
    case.begin("fetch", Row(404, 404, ""), 2)
    case.world.run_for(3)
    (work,) = case.service.jobs.values()
    del case.service.files[work.file_id]
    work.file_id, work.pending = "elsewhere", 0
    case.world.run()
    case.check_converted()
    assert [heard.path for heard in case.service.heard if heard.kind == "fetch"][-1] == "/d/elsewhere/document"


@pytest.mark.parametrize("row", [Row(404, 404, ""), Row(403, None, "")], ids=str)
def test_a_result_that_never_comes_is_bought_again_and_not_for_ever(case: Case, row: Row) -> None:
    """One that is not there is bought again soon, one that the service only refuses when its time is over."""
    case.begin("fetch", row, 9999)
    case.world.run(4000, step=1.0 if row.status == 404 else 30.0)
    assert ENGLISH.causes["rounds"] in case.world.note("letter.docx")
    assert len(case.service.bills) == len(set(case.service.bills)) == 3
    assert case.service.count("fetch") < (30 if row.status == 404 else 300)


def test_a_result_that_is_refused_for_an_hour_is_not_bought_again(case: Case) -> None:
    case.begin("fetch", Row(403, None, ""), 30)
    case.world.run(4000, step=5.0)
    case.check_converted()


@pytest.mark.parametrize("kind", ["poll", "fetch"])
def test_a_web_page_that_says_not_found_does_not_lose_what_is_paid_for(polled: Case, kind: str) -> None:
    """A proxy on the way answers for half an hour in the service's place."""
    polled.begin(kind, Row(404, 404, ""), 0)
    polled.service.say(kind, Saying(404, b"<html>not found</html>", kind="text/html"), 20)
    polled.world.run(4000, step=5.0)
    polled.check_converted()
