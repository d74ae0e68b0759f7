"""What goes over the wire: forms, places and types, in each dialect and mode."""

import hashlib
from typing import Any

import pytest
from requests import Response

from tests.adapters.convertapi.scripted import Reply, Script, told
from tests.adapters.convertapi.talking import DASHED, FILE_ID, REMOTE_ID, SECRET, Talk, order_of
from watchconvert.adapters.convertapi.client import ConvertApi, Manners
from watchconvert.adapters.convertapi.http import Http
from watchconvert.core.account import Account
from watchconvert.core.answers import Accepted, Uploaded
from watchconvert.core.job import Part, Step

HOOK = "https://hooks.example.org/path"
JOB_ANSWER = told({"JobId": REMOTE_ID})


def test_an_upload_tells_its_length_its_kind_and_a_neutral_name(talk: Talk) -> None:
    talk.service.say(told({"FileId": FILE_ID}))
    answer, sha256 = talk.upload(b"some content")
    (seen,) = talk.service.seen
    assert (answer, sha256) == (Uploaded(FILE_ID), hashlib.sha256(b"some content").hexdigest())
    assert (seen.method, seen.path, seen.body) == ("POST", "/upload", b"some content")
    assert seen.query == {"fileId": FILE_ID, "filename": "document.docx"}
    assert seen.headers["Content-Length"] == "12"
    assert "Transfer-Encoding" not in seen.headers
    assert seen.headers["Content-Type"] == "application/octet-stream"
    assert seen.headers["Content-Disposition"] == "attachment; filename*=UTF-8''document.docx"
    assert seen.headers["Accept"] == "application/json"


@pytest.mark.parametrize(
    ("answer", "file_id"), [({"FileId": "0" * 32}, "0" * 32), ({"FileId": None}, FILE_ID), ({}, FILE_ID)]
)
def test_an_upload_is_known_by_the_id_that_the_service_chose(talk: Talk, answer: dict[str, str], file_id: str) -> None:
    talk.service.say(told(answer))
    assert talk.upload()[0] == Uploaded(file_id)


def test_an_empty_file_is_uploaded_too(talk: Talk) -> None:
    talk.service.say(told({"FileId": FILE_ID}))
    assert talk.upload(b"") == (Uploaded(FILE_ID), hashlib.sha256(b"").hexdigest())
    assert talk.service.seen[0].headers["Content-Length"] == "0"


@pytest.mark.parametrize("mode", ["semi-async", "async"])
def test_a_conversion_in_the_current_dialect(talk: Talk, mode: str) -> None:
    talk.service.say(JOB_ANSWER)
    assert talk.submit(order_of(mode)) == Accepted(REMOTE_ID)
    (seen,) = talk.service.seen
    assert (seen.method, seen.path, seen.query) == ("POST", "/async/convert/docx/to/pdf", {"JobId": REMOTE_ID})
    assert seen.form == {"File": FILE_ID, "StoreFile": "true", "Timeout": "900"}
    assert seen.headers["Accept"] == "application/json"


@pytest.mark.parametrize("mode", ["semi-async", "async"])
def test_a_conversion_in_the_old_dialect_has_a_uuid_with_dashes(service: Script, mode: str) -> None:
    service.say(told({"JobId": DASHED}))
    assert Talk(service, dialect="old").submit(order_of(mode)) == Accepted(REMOTE_ID)
    (seen,) = service.seen
    assert (seen.path, seen.query) == ("/convert/docx/to/pdf", {"JobId": DASHED})
    assert seen.form == {"File": FILE_ID, "StoreFile": "true", "Timeout": "900"}


@pytest.mark.parametrize(("dialect", "in_query", "in_form"), [("current", HOOK, None), ("old", None, HOOK)])
def test_the_webhook_stands_where_the_dialect_has_it(
    service: Script, dialect: str, in_query: str | None, in_form: str | None
) -> None:
    service.say(JOB_ANSWER)
    Talk(service, dialect=dialect, webhook=HOOK).submit(order_of("webhook"))
    (seen,) = service.seen
    assert (seen.query.get("WebHook"), seen.form.get("WebHook")) == (in_query, in_form)


@pytest.mark.parametrize("dialect", ["current", "old"])
def test_a_job_of_another_mode_names_no_webhook(service: Script, dialect: str) -> None:
    service.say(JOB_ANSWER)
    Talk(service, dialect=dialect, webhook=HOOK).submit(order_of("async"))
    assert "WebHook" not in service.seen[0].query | service.seen[0].form


def test_parameters_have_the_words_of_the_service(talk: Talk) -> None:
    talk.submit(order_of(params={"PageRange": "1-3", "Bookmarks": True, "Links": False, "Dpi": 300, "Scale": 1.5}))
    form = talk.service.seen[0].form
    told_params = {name: form[name] for name in ("PageRange", "Bookmarks", "Links", "Dpi", "Scale")}
    assert told_params == {"PageRange": "1-3", "Bookmarks": "true", "Links": "false", "Dpi": "300", "Scale": "1.5"}


def test_what_the_daemon_sets_itself_cannot_be_set_by_a_route(talk: Talk) -> None:
    talk.submit(order_of(params={"File": "other", "StoreFile": False, "Timeout": 1}))
    assert talk.service.seen[0].form == {"File": FILE_ID, "StoreFile": "true", "Timeout": "900"}


def test_a_conversion_that_took_too_long_once_gets_all_the_time_there_is(service: Script) -> None:
    talk = Talk(service, timeout=60.0)
    for repeats in (0, 1):
        talk.submit(order_of(repeats=repeats))
    assert [seen.form["Timeout"] for seen in service.seen] == ["60", "1200"]


@pytest.mark.parametrize(("dialect", "path"), [("current", f"/async/job/{REMOTE_ID}"), ("old", f"/job/{DASHED}")])
def test_a_poll_in_each_dialect(service: Script, dialect: str, path: str) -> None:
    assert Talk(service, dialect=dialect).ask() == Accepted()
    (seen,) = service.seen
    assert (seen.method, seen.path, seen.query, seen.headers["Accept"]) == ("GET", path, {}, "application/json")


def test_an_id_that_the_service_chose_itself_is_left_as_it_is(service: Script) -> None:
    Talk(service, dialect="old").client.ask(order_of(remote_id="rwvd6vtq58eurfwv5zw5h2ci2pgno1pn"))
    assert service.seen[0].path == "/job/rwvd6vtq58eurfwv5zw5h2ci2pgno1pn"


def test_the_secret_goes_in_the_header(talk: Talk) -> None:
    _say_everything(talk)
    assert {seen.headers.get("Authorization") for seen in talk.service.seen} == {f"Bearer {SECRET}"}
    assert not [seen for seen in talk.service.seen if "Secret" in seen.query]


def test_the_secret_goes_in_the_query_where_it_is_wanted_there(service: Script) -> None:
    _say_everything(Talk(service, auth="query"))
    assert {seen.query.get("Secret") for seen in service.seen} == {SECRET}
    assert not [seen for seen in service.seen if "Authorization" in seen.headers]


def _say_everything(talk: Talk) -> None:
    talk.service.say(told({"FileId": FILE_ID}), JOB_ANSWER, Reply(202), Reply(200, b"%PDF-"), Reply(400))
    talk.upload()
    talk.submit()
    talk.ask()
    talk.fetch(f"{talk.service.url}/d/{FILE_ID}")
    talk.client.probe()
    talk.client.account()
    talk.client.has_file(FILE_ID, 1)
    talk.client.supports(Step("docx", "pdf"))
    talk.client.forget(order_of())
    assert len(talk.service.seen) == 10


def test_forgetting_deletes_the_job_its_results_and_its_upload(talk: Talk) -> None:
    talk.service.say(Reply(404))
    results = tuple(Part(f"{talk.service.url}/d/{number * 32}/x.pdf", 1, "") for number in "12")
    foreign = Part("https://other.example.org/d/1", 1, "")
    talk.client.forget(order_of(parts=(*results, foreign)))
    assert {seen.method for seen in talk.service.seen} == {"DELETE"}
    assert talk.paths() == [
        f"/async/job/{REMOTE_ID}", f"/d/{'1' * 32}/x.pdf", f"/d/{'2' * 32}/x.pdf", f"/d/{FILE_ID}",
    ]  # fmt: skip


@pytest.mark.parametrize("url", ["job:raw", "https://[", "https://v2.example.org:99999/x", "", "/d/1"])
def test_forgetting_never_raises(talk: Talk, url: str) -> None:
    talk.client.forget(order_of(parts=(Part(url, 1, ""),)))
    assert talk.paths() == [f"/async/job/{REMOTE_ID}", f"/d/{FILE_ID}"]


def test_a_file_is_there_when_its_length_is_right(talk: Talk) -> None:
    talk.service.say(
        Reply(200, headers={"file-size": "7"}), Reply(200, length=7), Reply(200, length=8), Reply(404, length=7)
    )
    assert [talk.client.has_file(FILE_ID, 7) for _ in range(4)] == [True, True, False, False]


def test_the_account_is_what_the_service_tells_of_it(talk: Talk) -> None:
    talk.service.say(
        told({"ConversionsTotal": 250, "ConversionsConsumed": 251, "SecondsLeft": 30}),
        told({"ConversionsTotal": "many", "SecondsLeft": 1e400}),
        told({"Code": 4010}, 401),
        Reply(200, b"<html>"),
    )
    assert [talk.client.account() for _ in range(4)] == [Account(250, 251, 30), Account(None, None, 0), None, None]


class TimedHttp(Http):
    """Notes how long it would wait."""

    waits: list[float]

    def send(self, method: str, url: str, *, read: float, **more: Any) -> Response:
        self.waits.append(read)
        return super().send(method, url, read=read, **more)


@pytest.mark.parametrize(("dialect", "waits"), [("current", [30, 30, 30]), ("old", [60, 2, 2])])
def test_the_wait_for_an_answer_depends_on_dialect_and_mode(service: Script, dialect: str, waits: list[float]) -> None:
    http = TimedHttp(service.url, SECRET)
    http.waits = []
    for mode in ("semi-async", "async", "webhook"):
        ConvertApi(http, Manners(dialect, hold=60.0)).submit(order_of(mode))
    assert http.waits == waits
