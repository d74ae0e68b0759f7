"""The page as a child of the daemon: it comes, goes, comes again, and never troubles the daemon."""

import itertools
import os
import signal
import socket
import stat
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import CapturingLogger

from tests.e2e.stage import wait_for
from watchconvert.core.settings import Config, Daemon, Route, Service, Web
from watchconvert.faces.web.child import Page, listen_at, url_of

ROUTE = Route("r", "/x/inbox", "/x/outbox", "/x/error", "/x/archive", "pdf")


class Stage:
    """A page with a clock that the test sets, and what it logs."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now = folder, 1000.0
        self.captured = CapturingLogger()
        self.page = Page(structlog.wrap_logger(self.captured, processors=[]), lambda: self.now)

    def config(self, **web: Any) -> Config:
        return Config(
            Service(), Daemon(str(self.folder / "journal.db")), (ROUTE,), web=Web(**{"listen": "127.0.0.1:0"} | web)
        )

    def logged(self) -> list[str]:
        return [call.kwargs["event"] for call in self.captured.calls]

    @property
    def pid(self) -> int:
        assert self.page._process is not None
        return self.page._process.pid

    def get(self, path: str = "healthz") -> int:
        """Ask the page; waits until it answers."""

        def ask() -> int:
            with suppress(ConnectionError):
                try:
                    with urllib.request.urlopen(self.page.told()["url"] + path, timeout=20) as answer:
                        return int(answer.status)
                except urllib.error.HTTPError as refusal:
                    refusal.close()
                    return refusal.code
            return 0

        return int(wait_for(ask, "the page to answer"))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.page.stop()


def test_without_an_address_there_is_no_page(stage: Stage) -> None:
    stage.page.show(stage.config(listen=""))
    stage.page.look_after()
    assert stage.page.told() == {}
    assert stage.logged() == []


def test_it_is_shown_again_when_it_dies_and_keeps_its_address(stage: Stage) -> None:
    stage.page.show(stage.config())
    url, first = stage.page.told()["url"], stage.pid
    assert stage.get() == 503, "no daemon runs"
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: stage.page._process and stage.page._process.poll() is not None, "its end")
    stage.page.look_after()
    assert stage.page.told() == {"url": url, "fault": "its process ended with -9"}
    stage.page.look_after()
    assert stage.page._process is None, "it is not tried again at once"
    stage.now += 2
    stage.page.look_after()
    assert stage.pid != first
    assert stage.get() == 503
    assert stage.page.told() == {"url": url, "fault": ""}
    assert stage.logged() == ["web", "web_failed", "web"]


def test_an_address_that_is_taken_is_tried_again_at_growing_pauses(stage: Stage) -> None:
    other = socket.create_server(("127.0.0.1", 0))
    stage.page.show(stage.config(listen=f"127.0.0.1:{other.getsockname()[1]}"))
    assert "Address already in use" in stage.page.told()["fault"]
    tries = [stage.now]
    while stage.now < 1200:
        stage.now += 1
        before = len(stage.logged())
        stage.page.look_after()
        tries += [stage.now] * (len(stage.logged()) - before)
    pauses = [later - earlier for earlier, later in itertools.pairwise(tries)]
    assert pauses == [2, 4, 8, 16, 32, 60, 60]
    other.close()
    stage.now += 60
    stage.page.look_after()
    assert stage.get() == 503


def test_a_token_that_cannot_be_read_is_no_page_and_no_end_of_the_daemon(stage: Stage) -> None:
    stage.page.show(stage.config(token_file=str(stage.folder / "none")))
    assert "[web] token_file" in stage.page.told()["fault"]
    assert stage.logged() == ["web_failed"]


def test_another_configuration_takes_the_place_of_the_former(stage: Stage) -> None:
    token = stage.folder / "token"
    token.write_text("a-token-of-16-characters\n")
    token.chmod(0o600)
    stage.page.show(stage.config())
    url, first = stage.page.told()["url"], stage.pid
    assert stage.get("metrics") == 200
    stage.page.show(stage.config(token_file=str(token)))
    assert stage.page.told()["url"] == url
    assert stage.pid != first
    assert stage.get("metrics") == 401
    stage.page.show(stage.config(listen=""))
    assert stage.page.told() == {}
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(url, timeout=5)


def test_a_socket_of_the_file_system_is_for_the_group_and_goes_with_the_page(stage: Stage) -> None:
    path = stage.folder / "web.sock"
    listen_at(f"unix:{path}").close()  # what a daemon that was killed leaves behind
    stage.page.show(stage.config(listen=f"unix:{path}"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(20)
        asking.connect(str(path))
        asking.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert asking.recv(100).startswith(b"HTTP/1.1 200 ")
    stage.page.stop()
    assert not path.exists()


def test_a_file_that_is_no_socket_is_not_removed(stage: Stage) -> None:
    path = stage.folder / "letter.docx"
    path.write_text("dear")
    stage.page.show(stage.config(listen=f"unix:{path}"))
    assert "in use" in stage.page.told()["fault"]
    assert path.read_text() == "dear"


def test_the_child_is_told_no_secret_and_cannot_speak_for_the_daemon(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CONVERTAPI_SECRET", "CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET", "WATCHDOG_USEC", "AWS_SECRET"):
        monkeypatch.setenv(name, "/hidden")
    token = stage.folder / "token"
    token.write_text("a-token-of-16-characters\n")
    token.chmod(0o600)
    stage.page.show(stage.config(token_file=str(token)))
    assert stage.get() == 503
    for what in ("environ", "cmdline"):
        told = Path(f"/proc/{stage.pid}/{what}").read_bytes()
        assert b"hidden" not in told
        assert b"a-token" not in told
    open_files = [os.readlink(each) for each in Path(f"/proc/{stage.pid}/fd").iterdir()]
    assert not any("journal.db" in each for each in open_files), "the journal is open only while it is looked at"


def test_an_interrupt_at_the_terminal_is_the_daemons_matter(stage: Stage) -> None:
    stage.page.show(stage.config())
    assert stage.get() == 503
    os.kill(stage.pid, signal.SIGINT)
    os.kill(stage.pid, signal.SIGHUP)
    assert stage.get() == 503
    assert stage.page._process is not None
    assert stage.page._process.poll() is None


@pytest.mark.parametrize("way", ["terminate", "orphan"])
def test_it_ends_at_once_with_the_daemon_however_that_ends(stage: Stage, way: str) -> None:
    stage.page.show(stage.config())
    assert stage.get() == 503
    process = stage.page._process
    assert process is not None
    if way == "terminate":
        process.terminate()
    else:
        assert process.stdin is not None
        process.stdin.close()
    assert process.wait(5) == 0


def test_the_address_of_the_sixth_version_has_its_brackets() -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        with listen_at("[::1]:0") as own:
            assert url_of(own) == f"http://[::1]:{own.getsockname()[1]}/"
    except OSError as fault:
        pytest.skip(f"this machine has no IPv6: {fault}")
