"""By way of a proxy requests go through the library, and mean the same: what is sent, believed, followed and doubted."""

from collections.abc import Iterator

import pytest

from tests.adapters.convertapi.scripted import Reply, Script, files_told, scripted, told
from tests.adapters.convertapi.talking import SECRET, Talk
from watchconvert.adapters.convertapi.http import Http
from watchconvert.core.answers import Accepted, Converted, Unavailable, Unclear, Uploaded

SERVICE = "http://service.invalid"


@pytest.fixture
def talk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Talk]:
    """Speak to a service that only the proxy can reach; the script plays both."""
    with scripted() as script:
        monkeypatch.setenv("http_proxy", script.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        found = Talk(script, dialect="old")
        found.http = Http(SERVICE, SECRET)
        found.client.change(found.client._manners, found.http)
        yield found


def service(talk: Talk) -> Script:
    return talk.service


def test_a_file_goes_there_and_its_result_comes_back(talk: Talk) -> None:
    service(talk).say(
        told({"FileId": "f1" * 16}),
        files_told({"FileSize": 5, "Url": f"{SERVICE}/d/1"}),
        Reply(200, b"%PDF-", {"Content-Type": "application/pdf"}),
    )
    uploaded, _ = talk.upload(b"content")
    assert isinstance(uploaded, Uploaded)
    assert isinstance(talk.submit(), Converted)
    assert talk.fetch(f"{SERVICE}/d/1", 5) == b"%PDF-"
    assert service(talk).seen[0].body == b"content"
    assert {seen.headers["Authorization"] for seen in service(talk).seen} == {f"Bearer {SECRET}"}
    assert {seen.headers["Host"] for seen in service(talk).seen} == {"service.invalid"}


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(talk: Talk, status: int) -> None:
    service(talk).say(Reply(status, headers={"Location": f"{SERVICE}/elsewhere"}), told({"JobId": "1" * 32}))
    assert not isinstance(talk.submit(), Accepted | Converted)
    assert len(service(talk).seen) == 1


def test_a_reply_that_breaks_off_leaves_a_doubt(talk: Talk) -> None:
    service(talk).say(Reply(silent=True))
    assert isinstance(talk.submit(), Unclear)


def test_a_proxy_that_is_not_there_has_certainly_not_carried_anything(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    talk.client.change(talk.client._manners, Http(SERVICE, SECRET))
    assert isinstance(talk.submit(), Unavailable)
