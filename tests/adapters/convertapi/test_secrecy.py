"""Whom the secret is told, where results may lie, and what stands in no answer."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.adapters.convertapi.scripted import RESET, Reply, Script, files_told, told
from tests.adapters.convertapi.talking import CANARIES, DASHED, FILE_ID, REMOTE_ID, SECRET, Talk, order_of
from watchconvert.adapters.convertapi.http import Http
from watchconvert.adapters.convertapi.replies import RAW
from watchconvert.core.answers import Refused, Unavailable
from watchconvert.core.job import Part, Step

REGION = "https://v2.convertapi.com"
ASKS: dict[str, Callable[[Talk], object]] = {
    "upload": lambda talk: talk.upload(),
    "submit": lambda talk: talk.submit(),
    "poll": lambda talk: talk.ask(),
    "fetch": lambda talk: talk.refusal(f"{talk.service.url}/d/{FILE_ID}"),
    "fetch raw": lambda talk: talk.refusal(RAW),
    "probe": lambda talk: talk.client.probe(),
    "account": lambda talk: talk.client.account(),
    "supports": lambda talk: talk.client.supports(Step("docx", "pdf")),
    "look for a file": lambda talk: talk.client.has_file(FILE_ID, 1),
    "forget": lambda talk: talk.client.forget(order_of()),
}


@pytest.mark.parametrize("auth", ["header", "query"])
@pytest.mark.parametrize("status", [301, 307])
def test_no_redirect_is_followed(service: Script, stranger: Script, auth: str, status: int) -> None:
    service.say(Reply(status, headers={"Location": f"{stranger.url}/upload"}))
    talk = Talk(service, auth=auth)
    for name, ask in ASKS.items():
        service.seen.clear()
        ask(talk)
        assert service.seen, name
        assert not stranger.seen, name


@pytest.mark.parametrize(
    "url",
    [
        "http://v2.convertapi.com/d/1",
        "http://eu-v2.convertapi.com:443/d/1",
        "https://v2.convertapi.com:8443/d/1",
        "https://v2.convertapi.com:99999/d/1",
        "https://user@v2.convertapi.com/d/1",
        "https://user:password@v2.convertapi.com/d/1",
        "https://v2.convertapi.com@example.org/d/1",
        "https://example.org/d/1",
        "https://example.org/v2.convertapi.com",
        "https://example.org?.convertapi.com",
        "https://example.org#.convertapi.com",
        "https://example.org\\.convertapi.com/d/1",
        "https://example.org\\@v2.convertapi.com/d/1",
        "https://example.org\t.convertapi.com/d/1",
        "https://v2.convertapi.com/d/1\r\nX: y",
        "https://convertapi.com.example.org/d/1",
        "https://notconvertapi.com/d/1",
        "https://convertapi.com./d/1",
        "https://127.0.0.1/d/1",
        "https://10.0.0.1/d/1",
        "https://[::1]/d/1",
        "https://[::ffff:127.0.0.1]/d/1",
        "https://2130706433/d/1",
        "https://localhost/d/1",
        "https://[v2.convertapi.com/d/1",
        "ftp://v2.convertapi.com/d/1",
        "file:///etc/passwd",
        "//v2.convertapi.com/d/1",
        "/d/1",
        "",
    ],
)
def test_a_result_elsewhere_is_refused(url: str) -> None:
    assert not Http(REGION, SECRET).is_trusted(url)


@pytest.mark.parametrize(
    "url",
    [
        f"{REGION}/d/1",
        "https://eu-v2.convertapi.com/d/1/Übersicht (2).pdf?download=attachment",
        "HTTPS://V2.ConvertApi.com:443/d/1",
        REGION,
    ],
)
def test_a_result_at_the_service_or_its_other_regions_is_fetched(url: str) -> None:
    assert Http(REGION, SECRET).is_trusted(url)


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("http://127.0.0.1:8787", "http://127.0.0.1:8788/d/1"),
        ("http://127.0.0.1:8787", "https://127.0.0.1:8787/d/1"),
        ("http://127.0.0.1", "https://1.0.0.1/d/1"),
        ("http://[::1]:8787", "http://[::2]:8787/d/1"),
        ("http://localhost:8787", "https://evil.localhost/d/1"),
        ("https://convert.example.co.uk", "https://elsewhere.co.uk/d/1"),
    ],
)
def test_a_service_of_ones_own_has_no_other_regions(base: str, url: str) -> None:
    assert Http(base, SECRET).is_trusted(base + "/d/1")
    assert not Http(base, SECRET).is_trusted(url)


def test_a_result_on_a_foreign_host_is_not_even_asked_for(talk: Talk, stranger: Script) -> None:
    stranger.say(Reply(200, b"%PDF-"))
    answer = talk.refusal(f"{stranger.url}/d/1")
    assert isinstance(answer, Refused)
    assert answer.verdict.message == "the service named a result on a host that is not its own"
    assert stranger.seen == []


@pytest.mark.parametrize("auth", ["header", "query"])
def test_another_origin_is_not_told_the_secret(service: Script, stranger: Script, auth: str) -> None:
    Talk(service, auth=auth).http.send("GET", f"{stranger.url}/d/1", read=5).close()
    (seen,) = stranger.seen
    assert SECRET not in repr(seen)


ECHO = f"No job {REMOTE_ID} ({DASHED}) of {FILE_ID} for {SECRET}; see https://v2.example.org/d/{FILE_ID}/a.pdf?Secret={SECRET}."
BABBLE = {
    "an error that repeats the request": told({"Code": 5001, "Message": ECHO, "InvalidParameters": {ECHO: []}}, 500),
    "bad credentials": told({"Code": 4010, "Message": ECHO}, 401),
    "busy": told({"Code": 503, "Message": ECHO}, 503),
    "another status": told({"Code": 999, "Message": ECHO}, 599),
    "a web page": Reply(502, ECHO.encode(), {"Content-Type": "text/html"}),
    "reset": Reply(silent=True, end=RESET),
    "hung up": Reply(silent=True),
}  # fmt: skip


@pytest.mark.parametrize("auth", ["header", "query"])
@pytest.mark.parametrize("reply", BABBLE.values(), ids=BABBLE.keys())
def test_no_answer_tells_what_opens_the_account_or_a_file(service: Script, auth: str, reply: Reply) -> None:
    service.say(reply)
    talk = Talk(service, auth=auth)
    for name, ask in ASKS.items():
        said = repr(ask(talk))
        assert not [canary for canary in CANARIES if canary in said], name


@pytest.mark.parametrize(
    "reply",
    [Reply(200, ECHO.encode(), {"Content-Type": "application/json"}), files_told({"Url": f"https://[{FILE_ID}", "FileSize": "x"})],
)  # fmt: skip
def test_an_answer_that_is_not_understood_is_not_repeated(talk: Talk, reply: Reply) -> None:
    talk.service.say(reply)
    said = repr((talk.submit(), talk.ask()))
    assert not [canary for canary in CANARIES if canary in said]


def test_the_words_of_the_service_are_kept_apart_from_that(talk: Talk) -> None:
    talk.service.say(told({"Code": 503, "Message": ECHO}, 503))
    answer = talk.ask()
    assert isinstance(answer, Unavailable)
    assert (
        answer.reason
        == "the service answered 503: No job … (…) of … for …; see https://v2.example.org/d/…/a.pdf?Secret=…."
    )


def test_nothing_is_logged_by_the_client_itself(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        for ask in ASKS.values():
            talk.service.say(Reply(silent=True, end=RESET))
            ask(talk)
    assert caplog.text == ""


def test_a_netrc_file_changes_nothing(service: Script, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    Talk(service).ask()
    assert service.seen[0].headers["Authorization"] == f"Bearer {SECRET}"


def test_a_foreign_result_is_not_deleted(talk: Talk, stranger: Script) -> None:
    talk.client.forget(order_of(parts=(Part(f"{stranger.url}/d/1", 1, ""),)))
    assert stranger.seen == []
