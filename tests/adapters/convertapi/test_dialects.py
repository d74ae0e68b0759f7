"""`auto`: the dialect is found out once, remembered, and found out again when the answers say otherwise."""

import pytest

from tests.adapters.convertapi.scripted import Reply, Script, files_told, told
from tests.adapters.convertapi.talking import DASHED, REMOTE_ID, Talk, order_of
from watchconvert.adapters.convertapi.replies import INLINE, RAW
from watchconvert.core.answers import Accepted, Converted, Held, Unavailable, Unclear, Unknown

CURRENT_JOB, OLD_JOB = f"/async/job/{REMOTE_ID}", f"/job/{DASHED}"
CURRENT, OLD = "/async/convert/docx/to/pdf", "/convert/docx/to/pdf"
DONE = files_told({"FileSize": 5, "FileData": "JVBERi0="})
OCTETS = {"Content-Type": "application/octet-stream"}
NO_ROUTE = [Reply(404), Reply(405), Reply(404, b"<html>", {"Content-Type": "text/html"}), told({"Code": 404}, 404)]


@pytest.fixture
def talk(service: Script) -> Talk:
    return Talk(service, dialect="auto")


def speak_old(service: Script, end: Reply = DONE, absent: Reply = NO_ROUTE[0]) -> None:
    service.by_path = {"/async/": absent, "/convert/": end, "/job/": end}


def speak_current(service: Script) -> None:
    service.by_path = {"/async/convert/": told({"JobId": REMOTE_ID}), "/async/job/": DONE, "/job/": Reply(404)}


def test_the_current_dialect_is_tried_first_and_kept(talk: Talk) -> None:
    speak_current(talk.service)
    assert [type(talk.submit()), type(talk.submit()), type(talk.ask())] == [Accepted, Accepted, Converted]
    assert talk.paths() == [CURRENT, CURRENT, CURRENT_JOB]


@pytest.mark.parametrize("absent", NO_ROUTE)
def test_the_old_dialect_is_found_out_once(talk: Talk, absent: Reply) -> None:
    speak_old(talk.service, absent=absent)
    assert [type(talk.submit()), type(talk.submit()), type(talk.ask())] == [Converted] * 3
    assert talk.paths() == [CURRENT, OLD, OLD, OLD_JOB]


def test_it_is_found_out_by_a_poll_too(talk: Talk) -> None:
    speak_old(talk.service)
    assert [type(talk.ask()), type(talk.ask()), type(talk.submit())] == [Converted] * 3
    assert talk.paths() == [CURRENT_JOB, OLD_JOB, OLD_JOB, OLD]


def test_it_is_found_out_again_when_the_service_has_changed(talk: Talk) -> None:
    speak_old(talk.service)
    talk.submit()
    speak_current(talk.service)
    talk.service.by_path["/convert/"] = Reply(404)
    talk.service.seen.clear()
    assert [type(talk.submit()), type(talk.submit())] == [Accepted, Accepted]
    assert talk.paths() == [OLD, CURRENT, CURRENT]


def test_only_a_no_in_both_dialects_is_unknown(talk: Talk) -> None:
    talk.service.by_path = {"/async/job/": Reply(404), "/job/": Reply(404)}
    assert talk.ask() == Unknown()
    assert talk.paths() == [CURRENT_JOB, OLD_JOB]


def test_what_was_found_out_is_doubted_once_nobody_knows_a_job(talk: Talk) -> None:
    speak_old(talk.service)
    talk.ask()
    talk.service.by_path["/job/"] = Reply(404)
    talk.service.seen.clear()
    assert [talk.ask(), talk.ask()] == [Unknown(), Unknown()]
    assert talk.paths() == [OLD_JOB, CURRENT_JOB, CURRENT_JOB, OLD_JOB]


@pytest.mark.parametrize("first", [True, False])
def test_a_poll_that_brings_no_answer_is_never_unknown(talk: Talk, first: bool) -> None:
    away, gone = Reply(502), Reply(404)
    talk.service.by_path = {"/async/job/": away if first else gone, "/job/": gone if first else away}
    assert isinstance(talk.ask(), Unavailable)


@pytest.mark.parametrize("reply", [Reply(silent=True), Reply(502), Reply(500), Reply(200, b"?")])
def test_a_doubt_is_never_sent_again_in_the_other_dialect(talk: Talk, reply: Reply) -> None:
    """It may have been accepted: a second request would be a second bill."""
    talk.service.by_path = {"/async/convert/": reply}
    assert isinstance(talk.submit(), Unclear)
    assert talk.paths() == [CURRENT]


def test_a_route_that_neither_has_is_a_route_that_is_not_there(talk: Talk) -> None:
    talk.service.say(Reply(404))
    assert isinstance(talk.submit(), Held)
    assert talk.paths() == [CURRENT, OLD]


@pytest.mark.parametrize(("dialect", "paths"), [("current", [CURRENT, CURRENT_JOB]), ("old", [OLD, OLD_JOB])])
def test_a_dialect_that_was_named_is_never_left(service: Script, dialect: str, paths: list[str]) -> None:
    talk = Talk(service, dialect=dialect)
    service.say(Reply(404))
    assert isinstance(talk.submit(), Held)
    assert talk.ask() == Unknown()
    assert talk.paths() == paths


@pytest.mark.parametrize("address", [RAW, f"{INLINE}0"])
def test_a_result_in_the_jobs_answer_is_found_in_either_dialect(talk: Talk, address: str) -> None:
    """After a restart the client knows nothing, and the result is paid for."""
    speak_old(talk.service, Reply(200, b"%PDF-", OCTETS) if address == RAW else DONE)
    assert talk.fetch(address) == b"%PDF-"
    assert talk.paths() == [CURRENT_JOB, OLD_JOB]


def test_a_result_is_not_lost_while_the_service_is_busy(talk: Talk) -> None:
    talk.service.by_path = {"/async/job/": Reply(503), "/job/": Reply(404)}
    assert isinstance(talk.refusal(RAW), Unavailable)


def test_what_one_job_says_does_not_lose_the_result_of_another(talk: Talk) -> None:
    speak_old(talk.service, Reply(200, b"%PDF-", OCTETS))
    talk.submit()
    talk.service.by_path = {"/job/00": Reply(404)} | talk.service.by_path
    assert talk.client.ask(order_of(remote_id="0" * 32)) == Unknown()
    assert talk.fetch(RAW) == b"%PDF-"


def test_a_job_of_either_dialect_is_deleted(talk: Talk) -> None:
    talk.service.say(Reply(404))
    talk.client.forget(order_of())
    assert talk.paths()[:2] == [CURRENT_JOB, OLD_JOB]
