"""What each shape of reply is taken for, whatever was asked."""

import base64
from typing import Any

import pytest

from tests.adapters.convertapi.scripted import JSON, STALL, Reply, files_told, told
from tests.adapters.convertapi.talking import DASHED, REMOTE_ID, Talk
from watchconvert.adapters.convertapi import replies
from watchconvert.adapters.convertapi.replies import INLINE, RAW
from watchconvert.core.answers import (
    Accepted,
    Answer,
    Converted,
    Failed,
    Held,
    Refused,
    Scope,
    Stale,
    Unavailable,
    Unclear,
    Unknown,
)
from watchconvert.core.job import Part, Step

URL = "https://v2.example.org/d/1/a.pdf"
DATA = base64.b64encode(b"%PDF-").decode()
OCTETS = {"Content-Type": "application/octet-stream", "Content-Disposition": 'attachment; filename="a.pdf"'}
PAGE = b"<html><body>Bad gateway</body></html>"
HTML = {"Content-Type": "text/html"}

ENDS: list[tuple[str, Reply, Answer]] = [
    ("url", files_told({"FileName": "a.pdf", "FileSize": 5, "Url": URL}), Converted((Part(URL, 5, "a.pdf"),), 1)),
    ("file url", files_told({"FileName": "a.pdf", "FileSize": 5, "FileUrl": URL}), Converted((Part(URL, 5, "a.pdf"),), 1)),
    ("data", files_told({"FileName": "a.pdf", "FileSize": 5, "FileData": DATA}), Converted((Part(f"{INLINE}0", 5, "a.pdf"),), 1)),
    ("no size", files_told({"FileName": "a.pdf", "Url": URL}), Converted((Part(URL, -1, "a.pdf"),), 1)),
    ("null size", files_told({"FileName": "a.pdf", "FileSize": None, "Url": URL}), Converted((Part(URL, -1, "a.pdf"),), 1)),
    ("no name", files_told({"FileSize": 5, "Url": URL}), Converted((Part(URL, 5, ""),), 1)),
    ("two", files_told({"FileSize": 1, "Url": URL}, {"FileSize": 2, "FileData": DATA}), Converted((Part(URL, 1, ""), Part(f"{INLINE}1", 2, "")), 1)),
    ("raw", Reply(200, b"%PDF-", OCTETS), Converted((Part(RAW, 5, "a.pdf"),))),
    ("raw with its cost", Reply(200, b"%PDF-", OCTETS | {"ConversionCost": "3"}), Converted((Part(RAW, 5, "a.pdf"),), 3)),
    ("raw with another type", Reply(200, b"%PDF-", {"Content-Type": "application/pdf"}), Converted((Part(RAW, 5, ""),))),
    ("raw html as a file", Reply(200, PAGE, OCTETS | HTML), Converted((Part(RAW, len(PAGE), "a.pdf"),))),
    ("old cost", told({"ConversionTime": 7, "Files": [{"FileSize": 5, "Url": URL}]}), Converted((Part(URL, 5, ""),), 7)),
    ("odd cost", told({"ConversionCost": "x", "Files": [{"FileSize": 5, "Url": URL}]}), Converted((Part(URL, 5, ""),), 0)),
    ("endless cost", told({"ConversionCost": 1e400, "Files": [{"FileSize": 5, "Url": URL}]}), Converted((Part(URL, 5, ""),), 0)),
    ("job", told({"JobId": REMOTE_ID}), Accepted(REMOTE_ID)),
    ("job with dashes", told({"JobId": DASHED}), Accepted(REMOTE_ID)),
    ("job of its own form", told({"JobId": "rwvd6vtq58eurfwv5zw5h2ci2pgno1pn"}), Accepted("rwvd6vtq58eurfwv5zw5h2ci2pgno1pn")),
    ("job without a type", Reply(200, b'{"JobId": "x"}'), Accepted("x")),
    ("running", Reply(202), Accepted()),
    ("running with a body", told({"JobId": "x"}, 202), Accepted()),
]  # fmt: skip
"""Replies that mean the same to a submit and a poll."""


@pytest.mark.parametrize(("reply", "answer"), [end[1:] for end in ENDS], ids=[end[0] for end in ENDS])
def test_a_reply_is_known_by_its_shape(talk: Talk, reply: Reply, answer: Answer) -> None:
    talk.service.say(reply)
    assert talk.submit() == answer
    assert talk.ask() == answer


NOT_UNDERSTOOD = {
    "nothing": Reply(200),
    "no json": Reply(200, b"{", JSON),
    "a list": told([]),
    "a number": told(1),
    "neither files nor job": told({}),
    "no files": files_told(),
    "files are none": told({"Files": None}),
    "files are no files": told({"Files": ["a"]}),
    "too many files": files_told(*[{"Url": URL}] * 10_001),
    "no address": files_told({"FileSize": 5}),
    "an address of another type": files_told({"FileSize": 5, "Url": ["x"]}),
    "a negative size": files_told({"FileSize": -2, "Url": URL}),
    "a size in words": files_told({"FileSize": "5", "Url": URL}),
    "a size beyond all disks": files_told({"FileSize": 2**70, "Url": URL}),
    "deep json": Reply(200, b"[" * 100_000, JSON),
    "a web page": Reply(200, PAGE, HTML),
    "parts": Reply(200, b"--x--", {"Content-Type": "multipart/mixed; boundary=x"}),
    "broken compression": Reply(200, b"not gzip", JSON | {"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("reply", NOT_UNDERSTOOD.values(), ids=NOT_UNDERSTOOD.keys())
def test_what_is_not_understood_is_a_doubt_after_a_submit_and_asked_again_after_a_poll(
    talk: Talk, reply: Reply
) -> None:
    talk.service.say(reply)
    assert isinstance(talk.submit(), Unclear)
    assert isinstance(talk.ask(), Unavailable)


def test_a_huge_answer_is_not_read_to_its_end(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies, "_MOST_JSON", 100_000)
    talk.service.say(Reply(200, b" " * 2**17, JSON, length=10**9, end=STALL))
    assert talk.submit() == Unclear("the service's answer is larger than 32 MiB")


def error(status: int, code: int, invalid: Any = None, **headers: str) -> Reply:
    body = {"Code": code, "Message": "As told."} | ({"InvalidParameters": invalid} if invalid else {})
    return told(body, status, **headers)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (error(400, 4000, {"PageRange": ["no"]}), Held),
        (error(400, 4000, {"File": ["no"]}), Refused),
        (error(400, 4001), Stale),
        (error(401, 4014), Held),
        (error(500, 5001), Failed),
        (error(500, 5002), Refused),
        (error(500, 5009), Stale),
        (error(503, 503), Unavailable),
        (error(429, 429), Unavailable),
        (Reply(429), Unavailable),
        (Reply(503, PAGE, HTML), Unclear),
        (Reply(502, PAGE, HTML), Unclear),
        (Reply(500, PAGE, HTML), Unclear),
        (Reply(500), Unclear),
        (Reply(400, PAGE, HTML), Unclear),
        (Reply(418), Unclear),
        (Reply(302, headers={"Location": "/elsewhere"}), Unclear),
        (Reply(204), Unclear),
        (Reply(401, PAGE, HTML), Held),
        (Reply(403), Held),
        (Reply(404, PAGE, HTML), Held),
        (Reply(413), Refused),
    ],
    ids=lambda value: f"{value.status} {len(value.body)}" if isinstance(value, Reply) else value.__name__,
)  # fmt: skip
def test_an_error_at_a_submit(talk: Talk, reply: Reply, kind: type) -> None:
    talk.service.say(reply)
    assert isinstance(talk.submit(), kind)


@pytest.mark.parametrize(
    "reply", [error(503, 503), Reply(503), Reply(502, PAGE, HTML), Reply(500), Reply(302), Reply(429)]
)
def test_an_error_at_a_poll_is_asked_again(talk: Talk, reply: Reply) -> None:
    talk.service.say(reply)
    assert isinstance(talk.ask(), Unavailable)


@pytest.mark.parametrize("reply", [Reply(404), Reply(404, PAGE, HTML), error(404, 404)])
def test_a_poll_of_an_unknown_job(talk: Talk, reply: Reply) -> None:
    talk.service.say(reply)
    assert talk.ask() == Unknown(by_page=reply.body == PAGE)


def test_a_failed_job_has_the_error_of_its_conversion(talk: Talk) -> None:
    talk.service.say(error(500, 5003))
    answer = talk.ask()
    assert isinstance(answer, Refused)
    assert (answer.verdict.status, answer.verdict.code, answer.verdict.message) == (500, 5003, "As told.")


@pytest.mark.parametrize(
    ("text", "seconds"), [("7", 7.0), ("0", 0.0), ("", None), ("soon", None), ("-1", None), ("\xb2", None), ("9" * 5000, None)]
)  # fmt: skip
def test_a_pause_that_the_service_asks_for_is_passed_on(talk: Talk, text: str, seconds: float | None) -> None:
    talk.service.say(error(503, 503, Retry_After=text))
    for answer in (talk.submit(), talk.ask(), talk.upload()[0]):
        assert answer == Unavailable("the service answered 503: As told.", seconds, crowded=True)


def test_an_upload_that_is_refused_is_judged_by_the_same_table(talk: Talk) -> None:
    talk.service.say(error(415, 415), Reply(500), told([]), error(401, 4010))
    kinds = [type(talk.upload()[0]) for _ in range(4)]
    assert kinds == [Stale, Unavailable, Unavailable, Held]


def test_a_probe_knows_good_credentials_by_a_refusal_of_the_parameters(talk: Talk) -> None:
    talk.service.say(error(400, 4000), error(401, 4010), error(503, 503), Reply(502, PAGE), told({}), Reply(302))
    answers = [talk.client.probe() for _ in range(6)]
    assert [type(answer) for answer in answers] == [Accepted, Held, Unavailable, Unavailable, Unavailable, Unavailable]
    assert isinstance(answers[1], Held)
    assert answers[1].scope is Scope.ACCOUNT
    assert {seen.body for seen in talk.service.seen} == {b'{"Parameters": []}'}


def test_what_the_service_does_not_say_of_a_conversion_is_not_known(talk: Talk) -> None:
    talk.service.say(Reply(200), Reply(404), Reply(500), Reply(302))
    assert [talk.client.supports(Step("docx", "pdf")) for _ in range(4)] == [True, False, None, None]
