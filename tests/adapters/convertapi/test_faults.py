"""Connections that are refused, reset, cut or stalled: what is certain, what is a doubt, and what is not whole."""

import gzip
import os
import socket

import pytest
import requests
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError, ProxyError

from tests.adapters.convertapi.scripted import JSON, RESET, STALL, Reply, Script, files_told
from tests.adapters.convertapi.talking import Talk, order_of
from watchconvert.adapters.convertapi import client, http, results
from watchconvert.adapters.convertapi.client import ConvertApi, Manners
from watchconvert.adapters.convertapi.http import Http
from watchconvert.adapters.convertapi.replies import INLINE, RAW, without_reply
from watchconvert.adapters.convertapi.results import SourceChangedError
from watchconvert.core.answers import Asked, Converted, Refused, Unavailable, Unclear, Unknown
from watchconvert.core.verdicts import because

SHORT = 0.2
DONE = files_told({"FileSize": 5, "Url": "https://v2.example.org/d/1"})
HALF = Reply(DONE.status, DONE.body[:20], JSON, length=len(DONE.body))
CHUNKED = {"Transfer-Encoding": "chunked"}
OCTETS = {"Content-Type": "application/octet-stream"}


def unusable(why: str) -> Refused:
    """What is fetched again a few times and then given back."""
    return Refused(because("unusable", message=why))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait no longer than a test can."""
    monkeypatch.setattr(http, "CONNECT", SHORT)
    for module, name in ((client, "_ASK"), (client, "_BRIEF"), (client, "STALL"), (results, "STALL")):
        monkeypatch.setattr(module, name, SHORT)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_refused_connection_has_certainly_not_carried_anything() -> None:
    nobody = ConvertApi(Http(f"http://127.0.0.1:{closed_port()}", "s"), Manners("current"))
    why = Unavailable("the conversion service cannot be reached (Connection refused)")
    assert nobody.submit(order_of()) == why
    assert nobody.ask(order_of()) == why
    assert nobody.probe() == why
    assert nobody.account() is None
    assert not nobody.has_file("1", 1)
    nobody.forget(order_of())


def test_a_connection_that_nobody_takes_has_certainly_not_carried_anything() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        crowd = [socket.socket() for _ in range(3)]
        for each in crowd:
            each.setblocking(False)
            each.connect_ex(address)
        try:
            nobody = ConvertApi(Http(f"http://127.0.0.1:{address[1]}", "s"), Manners("current"))
            assert isinstance(nobody.submit(order_of()), Unavailable)
        finally:
            for each in crowd:
                each.close()


@pytest.mark.parametrize("dialect", ["current", "old"])
@pytest.mark.parametrize(
    "reply",
    [Reply(silent=True), Reply(silent=True, end=RESET), Reply(silent=True, end=STALL), HALF, Reply(DONE.status, DONE.body[:20], JSON, length=-1),
     Reply(200, DONE.body[:20], JSON, length=len(DONE.body), end=STALL), Reply(200, b"zz\r\n", JSON | CHUNKED, length=-1)],
    ids=["hung up", "reset", "silent", "cut", "cut without a length", "stalled", "broken chunks"],
)  # fmt: skip
def test_a_request_that_was_sent_and_not_answered_is_a_doubt(service: Script, dialect: str, reply: Reply) -> None:
    talk = Talk(service, dialect=dialect, hold=SHORT)
    service.say(reply)
    assert isinstance(talk.submit(), Unclear)
    assert isinstance(talk.ask(), Unavailable)
    assert isinstance(talk.upload()[0], Unavailable)
    assert isinstance(talk.client.probe(), Unavailable)
    assert len(service.seen) == 4, "each was sent once"


def test_after_a_broken_connection_the_next_request_has_a_new_one(talk: Talk) -> None:
    talk.service.say(Reply(silent=True, end=RESET), DONE)
    assert isinstance(talk.submit(), Unclear)
    assert isinstance(talk.submit(), Converted)


def connection_fault(reason: Exception) -> requests.ConnectionError:
    return requests.ConnectionError(MaxRetryError(HTTPConnectionPool("h"), "/convert?JobId=1", reason))


POOL = HTTPConnectionPool("service.example.org")


@pytest.mark.parametrize(
    "fault",
    [
        requests.ConnectTimeout(),
        connection_fault(NewConnectionError(POOL, "no")),  # type: ignore[arg-type]
        connection_fault(NameResolutionError("h", POOL, socket.gaierror(-2, "unknown"))),  # type: ignore[arg-type]
        connection_fault(ProxyError("no", NewConnectionError(POOL, "no"))),  # type: ignore[arg-type]
    ],
    ids=["too slow", "refused", "no such name", "no proxy"],
)
def test_what_had_no_connection_was_not_sent(fault: requests.RequestException) -> None:
    assert isinstance(without_reply(fault, Asked.SUBMIT), Unavailable)


@pytest.mark.parametrize("fault", [requests.ReadTimeout(), requests.ConnectionError(), connection_fault(OSError())])
def test_what_had_one_may_have_been_sent(fault: requests.RequestException) -> None:
    assert isinstance(without_reply(fault, Asked.SUBMIT), Unclear)


@pytest.mark.parametrize(
    "reply",
    [Reply(200, b"%PDF", OCTETS, length=10), Reply(200, b"%PDF", OCTETS, length=10, end=STALL), Reply(200, b"%PDF", OCTETS, length=10, end=RESET),
     Reply(200, b"4\r\n%PDF\r\n", OCTETS | CHUNKED, length=-1), Reply(200, b"%PDF", OCTETS, length=-1), Reply(silent=True), Reply(503), Reply(302),
     Reply(200, b"%PDF", OCTETS | {"Content-Encoding": "gzip"})],
    ids=["cut", "stalled", "reset", "cut in chunks", "of no told length", "nothing", "busy", "elsewhere", "compressed"],
)  # fmt: skip
@pytest.mark.parametrize("place", ["url", "raw"])
def test_a_result_that_is_not_whole_is_fetched_again(talk: Talk, reply: Reply, place: str) -> None:
    talk.service.say(reply)
    assert isinstance(talk.refusal(RAW if place == "raw" else f"{talk.service.url}/d/1"), Unavailable | Refused)


def test_a_result_that_came_compressed_is_refused_even_if_it_could_be_read(talk: Talk) -> None:
    """Its length would be another than the one that was told."""
    talk.service.say(Reply(200, gzip.compress(b"%PDF-"), OCTETS | {"Content-Encoding": "gzip"}))
    assert talk.refusal(f"{talk.service.url}/d/1") == unusable("the result came compressed, which was not asked for")


def test_a_result_of_no_told_length_is_checked_by_the_list(talk: Talk) -> None:
    talk.service.say(Reply(200, b"%PDF-", OCTETS, length=-1))
    assert talk.fetch(f"{talk.service.url}/d/1", size=5) == b"%PDF-"


def test_a_result_comes_in_chunks_too(talk: Talk) -> None:
    talk.service.say(Reply(200, b"5\r\n%PDF-\r\n0\r\n\r\n", OCTETS | CHUNKED, length=-1))
    assert talk.fetch(f"{talk.service.url}/d/1") == b"%PDF-"


@pytest.mark.parametrize("url", [RAW, f"{INLINE}0", "/d/1"])
def test_a_result_that_is_gone_is_unknown(talk: Talk, url: str) -> None:
    talk.service.say(Reply(404))
    assert talk.refusal(talk.service.url + url if url.startswith("/") else url) == Unknown()


def test_a_result_in_the_answer_itself_is_read_out_of_it(talk: Talk) -> None:
    talk.service.say(files_told({"FileData": "eA=="}, {"FileData": "JVBERi0="}))
    assert talk.fetch(f"{INLINE}1") == b"%PDF-"


@pytest.mark.parametrize("data", ["JVBERi0", "JV!BERi0=", "JVBE\u00e9i0=", 5, None])
def test_a_result_that_cannot_be_read_out_of_the_answer(talk: Talk, data: object) -> None:
    talk.service.say(files_told({"FileData": data}))
    assert talk.refusal(f"{INLINE}0") == unusable("the result in the service's answer cannot be read")


def test_a_result_that_is_no_longer_in_the_answer(talk: Talk) -> None:
    talk.service.say(files_told({"FileData": "eA=="}))
    assert isinstance(talk.refusal(f"{INLINE}1"), Refused)


@pytest.mark.parametrize("kind", ["application/json", "multipart/mixed; boundary=x"])
def test_a_result_that_comes_in_another_form_than_before(talk: Talk, kind: str) -> None:
    talk.service.say(Reply(200, b"{}", {"Content-Type": kind}))
    assert isinstance(talk.refusal(RAW), Refused)


def test_a_source_that_becomes_shorter_is_not_sent_as_if_it_were_whole(talk: Talk) -> None:
    file = os.memfd_create("source")
    try:
        os.write(file, b"short")
        os.lseek(file, 0, os.SEEK_SET)
        with pytest.raises(SourceChangedError):
            talk.client.upload(order_of(), file, 10)
    finally:
        os.close(file)
