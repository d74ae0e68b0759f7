"""Names that do not resolve, replies without an end, interim answers, slow links: what the toxics do not show."""

import gzip
import os
import socket
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from tests.adapters.convertapi.talking import SECRET as CANARY
from tests.adapters.convertapi.talking import order_of
from tests.e2e.wired import SECRET
from tests.network.chaos import Line, Toxic
from tests.network.listening import PATIENCE, Listening
from tests.network.toxics import BLOCK, JSON_HEAD, PAGE, flood, page, redirect_for_ever, say, with_headers
from tests.network.trial import KINDS, SHORT, SOURCES, trial
from watchconvert.adapters.convertapi import connections, http
from watchconvert.adapters.convertapi.client import ConvertApi, Manners
from watchconvert.adapters.convertapi.http import Http
from watchconvert.core.answers import Accepted, Unavailable, Unclear, Uploaded

NAME = "service.watchconvert.test"
ROOM = 96 * 2**20
"""Bytes that no reply may cost: three times the largest answer that is read."""


class Resolver:
    """Stands for the system's: knows one name, and may fail."""

    def __init__(self) -> None:
        self.real = socket.getaddrinfo
        self.fault: Exception | None = None
        self.asked = 0

    def __call__(self, host: Any, *more: Any, **options: Any) -> Any:
        if host != NAME:
            return self.real(host, *more, **options)
        self.asked += 1
        if self.fault is not None:
            raise self.fault
        return self.real("127.0.0.1", *more, **options)


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    made = Resolver()
    monkeypatch.setattr(socket, "getaddrinfo", made)
    return made


FAULTS = [
    socket.gaierror(socket.EAI_NONAME, "no such name"),
    socket.gaierror(socket.EAI_AGAIN, "try again"),
    OSError(24, "full"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("kind", KINDS[:5])
def test_a_name_that_stops_resolving_and_comes_back(resolver: Resolver, kind: str, fault: Exception) -> None:
    with trial() as it:
        it.world.service._http.base = f"http://{NAME}:{it.proxy.port}"
        it.world.service._http._host = ("http", NAME, it.proxy.port)

        def lose_name(line: Line) -> None:
            resolver.fault = fault
            line.reset()

        it.suffer(kind, lose_name, 1)
        it.proxy.heal()
        asked, heard = resolver.asked, len(it.service.heard)
        for _ in range(30):
            it.round()
        assert resolver.asked > asked or kind == "delete"
        assert len(it.service.heard) == heard
        resolver.fault = None
        it.recover()
        it.check()


def test_a_name_that_never_resolved_has_certainly_not_carried_anything(resolver: Resolver) -> None:
    resolver.fault = FAULTS[0]
    nobody = ConvertApi(Http(f"http://{NAME}", SECRET), Manners("current"))
    assert isinstance(nobody.submit(order_of()), Unavailable)
    assert isinstance(nobody.probe(), Unavailable)


class Speaker(Listening):
    """Answers every request in the way of a test."""

    def __init__(self, speak: Callable[[socket.socket], None]) -> None:
        self._speak = speak
        super().__init__()

    def serve(self, client: socket.socket) -> None:
        client.settimeout(PATIENCE)
        self._speak(client)


def hear(client: socket.socket, end: bytes) -> bytes:
    """Read until something has come; nothing when the client is gone."""
    data = b""
    while end not in data:
        if not (block := client.recv(65536)):
            return b""
        data += block
    return data


@contextmanager
def spoken_to(speak: Callable[[socket.socket], None]) -> Iterator[ConvertApi]:
    """Run a client whose service speaks so."""
    speaker = Speaker(speak)
    api = ConvertApi(Http(f"http://127.0.0.1:{speaker.port}", CANARY), Manners("current"))
    try:
        yield api
    finally:
        api._http._session().close()
        speaker.stop()


ENDLESS: dict[str, Toxic] = {
    "a body": partial(flood, JSON_HEAD + b"\r\n", BLOCK),
    "a packed body": partial(flood, JSON_HEAD + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(bytes(2**27))),
    "a page elsewhere": redirect_for_ever,
    "an error": partial(flood, b"HTTP/1.1 500 Said\r\nContent-Type: application/json\r\n\r\n", BLOCK),
    "a header": partial(flood, b"HTTP/1.1 200 OK\r\nX: ", BLOCK),
    "headers": partial(flood, b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 1000),
    "chunks of nothing": partial(flood, JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1;" + b"x" * 60_000 + b"\r\n \r\n"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["upload", "poll", "probe"])
def test_a_reply_without_an_end_needs_little_room(kind: str) -> None:
    for name, toxic in ENDLESS.items():
        with trial() as it:
            tracemalloc.start()
            try:
                it.suffer(kind, toxic, 1)
                peak = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
            assert peak < ROOM, f"{name} at a {kind} needed {peak >> 20} MiB"
            it.recover()
            it.check()


def test_a_result_that_is_longer_than_it_was_told_is_not_taken_to_its_end() -> None:
    taken: list[int] = []

    def flood_after(line: Line, *, lengthless: bool) -> None:
        reply = line.forward()
        line.say(with_headers(reply, without=b"content-length") if lengthless else reply)
        taken.append(line.say_for_ever(BLOCK))

    for lengthless in (False, True):
        with trial() as it:
            it.suffer("fetch", partial(flood_after, lengthless=lengthless), 2)
            it.recover()
            it.check()
    assert len(taken) == 4
    assert max(taken) < 32 * 2**20


def test_an_interim_answer_is_not_the_answer_to_the_next_request() -> None:
    """What follows the interim answer comes only when somebody else has asked: it must not be told him."""

    def hint(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
        client.recv(65536)
        client.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n{"JobId": "of-the-first"}')
        client.recv(65536)

    with spoken_to(hint) as api:
        assert [type(api.ask(order_of())) for _ in range(2)] == [Unavailable, Unavailable]


def test_an_interim_answer_does_not_hide_the_answer() -> None:
    def hint(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 102 Wait\r\n\r\n")
        client.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        client.recv(65536)

    with spoken_to(hint) as api:
        assert api.ask(order_of()) == Accepted()


def test_nothing_is_remembered_of_a_service() -> None:
    heard: list[bytes] = []

    def crumble(client: socket.socket) -> None:
        while data := hear(client, b"}"):
            heard.append(data)
            client.sendall(b"HTTP/1.1 400 No\r\nSet-Cookie: a%d=b; Path=/\r\nContent-Length: 2\r\n\r\n{}" % len(heard))

    with spoken_to(crumble) as api:
        for _ in range(5):
            api.probe()
        assert len(heard) == 5
        assert not [data for data in heard if b"cookie" in data.lower()]
        assert len(api._http._session().cookies) == 0


def test_a_slow_link_up_is_given_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A block may take longer to go out than the time to connect, or than an answer."""
    monkeypatch.setattr(connections, "SEND", 10.0)
    size, begun = 24 * 2**20, time.monotonic()

    def sip(client: socket.socket) -> None:
        got = len(hear(client, b"\r\n\r\n").partition(b"\r\n\r\n")[2])
        time.sleep(4 * SHORT)  # the link is full for longer than anybody would wait to connect
        while got < size and (block := client.recv(2**20)):
            got += len(block)
        client.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"FileId": "1"}')
        client.recv(1)

    with spoken_to(sip) as api:
        file = os.memfd_create("source")
        try:
            os.truncate(file, size)
            answer, _ = api.upload(order_of(), file, size)
        finally:
            os.close(file)
    assert answer == Uploaded("1")
    assert time.monotonic() - begun > 4 * SHORT > http.CONNECT


@pytest.mark.parametrize("ending", ["pdf", "txt"])
def test_a_portal_in_the_place_of_a_result_is_waited_for(ending: str) -> None:
    """It is no verdict on a result that is paid for, however long it stands there."""
    with trial() as it:
        it.world.change_route(to=ending)
        for lane in it.world.lanes:
            lane._route = it.world.route
        it.suffer("fetch", partial(say, page(200)), 12, seconds=900)
        assert it.proxy.hits["fetch"] == 12
        assert it.world.seen("error") == {}
        assert not [data for data in it.world.seen("outbox").values() if data == PAGE]
        it.recover()
        assert len(it.service.sold) == len(SOURCES)
        assert len(it.world.seen("outbox")) == len(SOURCES)


def test_a_page_that_refuses_a_request_does_not_say_that_the_account_is_in_order() -> None:
    def refuse(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(page(400))

    with spoken_to(refuse) as api:
        assert isinstance(api.probe(), Unavailable)
        assert isinstance(api.submit(order_of()), Unclear)
