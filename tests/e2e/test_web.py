"""The page beside the real daemon: it tells how it is, does what it is asked to, and never disturbs the work."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.e2e.stage import SECRET, Site, local_server, wait_for
from tests.e2e.test_reload import reload
from watchconvert.adapters.journal.report import read_status
from watchconvert.core.states import State

TOKEN = "a-token-for-the-tests"


class WebSite(Site):
    """A site with a page."""

    def __init__(self, folder: Path, url: str, **more: Any) -> None:
        super().__init__(folder, url, routes=("pdf",), **more)
        (folder / "token").write_text(TOKEN + "\n")
        (folder / "token").chmod(0o600)
        self.with_page('listen = "127.0.0.1:0"\ntoken_file = "token"')

    def with_page(self, table: str) -> None:
        """Write another [web] table."""
        text = self.config.read_text().partition("[web]\n")[0]
        self.config.write_text(f"{text}[web]\n{table}\n")

    @property
    def address(self) -> tuple[str, int]:
        told = wait_for(lambda: read_status(self.journal).get("web", {}).get("url"), "the page's address")
        host, port = told.removeprefix("http://").strip("/").split(":")
        return host, int(port)

    def ask(self, path: str, fields: dict[str, str] | None = None, **headers: str) -> tuple[int, str]:
        """Ask the page with the token; returns the status and what it said."""
        connection = http.client.HTTPConnection(*self.address, timeout=30)
        try:
            body = urlencode(fields) if fields is not None else None
            sent = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/x-www-form-urlencoded"} | headers
            connection.request("GET" if fields is None else "POST", path, body, sent)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def health(self) -> int:
        try:
            return self.ask("/healthz")[0]
        except OSError:
            return 0

    def page_process(self) -> int:
        """Return the process of the page."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        lines = {child: Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
        (page,) = (int(child) for child, line in lines.items() if b"watchconvert.faces.web" in line)
        return page


def drop(site: Site, name: str, data: bytes = b"a,b\n1,2\n") -> None:
    inbox = site.path("to-pdf", "inbox")
    (inbox / f".{name}").write_bytes(data)
    (inbox / f".{name}").rename(inbox / name)


def test_a_failed_file_is_tried_again_by_the_page_and_told_in_figures(tmp_path: Path) -> None:
    with local_server(tmp_path) as url:
        site = WebSite(tmp_path, url)
        site.start()
        try:
            wait_for(lambda: site.health() == 200, "the daemon to be well")
            drop(site, "good.csv")
            drop(site, "bad.xyz", b"whatever")
            site.wait_for_rest(2)
            (failed,) = (job for job in site.jobs() if job.state is State.FAILED)
            assert site.seen("to-pdf", "error").keys() == {"bad.xyz", "bad.xyz.error.txt", "bad.xyz.error.json"}
            wait_for(lambda: "bad.xyz" in site.ask("/")[1], "the page to tell of it")
            status, _ = site.ask("/retry", {"job": failed.id[:12]})
            assert status == 303
            site.wait_for_rest(3)
            assert site.seen("to-pdf", "error").keys() == {"bad.xyz", "bad.xyz.error.txt", "bad.xyz.error.json"}, (
                "it failed once more"
            )
            told = json.loads(site.ask("/status.json")[1])
            assert told["routes"][0]["done_today"] == 1
            twice = 'watchconvert_files_ended_total{end="failed",route="to-pdf"} 2.0'
            wait_for(
                lambda: twice in site.ask("/metrics")[1], "the figures, which may be a little old, to tell of both"
            )
            figures = site.ask("/metrics")[1]
            assert site.ask("/", Host="evil.example")[0] == 421
            for leak in (SECRET, TOKEN, failed.id):
                assert leak not in site.ask("/")[1] + figures + site.ask("/status.json")[1]
            assert TOKEN not in site.log()
        finally:
            address = site.address
            assert site.stop() == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address, timeout=5)


def test_a_page_that_is_killed_comes_again_and_its_end_is_no_end_of_the_daemon(tmp_path: Path) -> None:
    with local_server(tmp_path) as url:
        site = WebSite(tmp_path, url)
        site.start()
        wait_for(lambda: site.health() == 200, "the daemon to be well")
        first = site.page_process()
        os.kill(first, signal.SIGKILL)
        drop(site, "good.csv")
        site.wait_for_rest(1)
        wait_for(lambda: site.health() == 200, "the page to come again")
        page = site.page_process()
        assert page != first
        site.kill()
        wait_for(lambda: not Path(f"/proc/{page}").exists() or "Z" in state_of(page), "the page to end with the daemon")


def state_of(process: int) -> str:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "Z"


def test_a_reload_takes_a_changed_page_and_refuses_a_wrong_one(tmp_path: Path) -> None:
    with local_server(tmp_path) as url:
        site = WebSite(tmp_path, url)
        site.with_page("")
        site.start()
        assert read_status(site.journal)["web"] == {}
        site.with_page('listen = "127.0.0.1:0"')
        assert reload(site).returncode == 0
        wait_for(lambda: site.health() == 200, "the page")
        assert site.ask("/retry", {"job": "0" * 12})[0] == 403, "there is no token yet"
        (tmp_path / "token").chmod(0o644)
        site.with_page('listen = "127.0.0.1:0"\ntoken_file = "token"')
        refused = reload(site)
        assert refused.returncode == 78
        assert "may be read by everybody" in refused.stderr
        wait_for(lambda: "A new configuration was refused" in site.ask("/")[1], "the page to say so")
        (tmp_path / "token").chmod(0o600)
        assert reload(site).returncode == 0
        assert wait_for(lambda: site.ask("/metrics", Authorization="")[0], "the page") == 401
        site.with_page("")
        assert reload(site).returncode == 0
        wait_for(lambda: read_status(site.journal)["web"] == {}, "the page to go")
        assert site.stop() == 0


def test_a_flood_and_visitors_who_never_end_leave_the_work_alone(tmp_path: Path) -> None:
    with local_server(tmp_path) as url:
        site = WebSite(tmp_path, url)
        site.start()
        wait_for(lambda: site.health() == 200, "the daemon to be well")
        address, open_ones = site.address, []
        try:
            for number in range(150):  # more than there may be
                each = socket.create_connection(address, timeout=5)
                each.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"x" * number)
                open_ones.append(each)
            for number in range(10):
                drop(site, f"{number}.csv")
            began = time.monotonic()
            assert [job.state.value for job in site.wait_for_rest(10)] == ["done"] * 10
            assert time.monotonic() - began < 30
            for each in open_ones:
                each.close()
            open_ones.clear()
            wait_for(lambda: site.health() == 200, "the page to answer again")
        finally:
            for each in open_ones:
                each.close()
        began = time.monotonic()
        assert site.stop() == 0
        assert time.monotonic() - began < 10


def command(site: Site, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    line = [sys.executable, "-m", "watchconvert", *words, "--config", str(site.config)]
    return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)


def test_while_the_daemon_is_down_the_page_is_shown_by_a_command(tmp_path: Path) -> None:
    site = WebSite(tmp_path, "http://127.0.0.1:1")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        site.with_page(f'listen = "127.0.0.1:{taken.getsockname()[1]}"')
        refused = command(site, "web")
        assert refused.returncode == 1
        assert "if the daemon runs, it shows it already" in refused.stderr
    line = [sys.executable, "-m", "watchconvert", "web", "--config", str(site.config)]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        told = json.loads(process.stderr.readline())
        assert told["event"] == "web"
        with pytest.raises(urllib.error.HTTPError, match="503") as caught:
            urllib.request.urlopen(told["url"] + "healthz", timeout=20)
        assert caught.value.read() == b"the daemon is not running\n"
        caught.value.close()
        process.terminate()
        assert process.wait(5) == 0
    site.with_page("")
    none = command(site, "web")
    assert none.returncode == 78
    assert "[web] listen: is missing" in none.stderr


def test_a_failed_file_is_tried_again_by_the_command(tmp_path: Path) -> None:
    with local_server(tmp_path) as url:
        site = Site(tmp_path, url, routes=("pdf",))
        site.start()
        drop(site, "bad.xyz", b"whatever")
        (job,) = site.wait_for_rest(1)
        assert command(site, "retry", "f" * 32).returncode == 1
        asked = command(site, "retry", job.id[:8])
        assert asked.returncode == 0
        assert asked.stdout.endswith("1 file moved back into the inbox, where they are new files.\n")
        again = site.wait_for_rest(2)
        assert [each.name for each in again] == [b"bad.xyz"] * 2
        wait_for(
            lambda: site.seen("to-pdf", "error").keys() == {"bad.xyz", "bad.xyz.error.txt", "bad.xyz.error.json"},
            "the second failure",
        )
        drop(site, "good.csv")
        site.wait_for_rest(3)
        (good,) = (each for each in site.jobs() if each.state is State.DONE)
        refused = command(site, "retry", good.id[:8])
        assert refused.returncode == 1
        assert "good.csv is done; only what has failed is tried again" in refused.stderr
        assert site.stop() == 0


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 40_000 + b"\r\n\r\n", b"431"),
        (b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000000\r\n\r\n", b"413"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"400"),
        (b"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", b"404"),
        (b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"421"),
        (b"TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"405"),
    ],
)
def test_odd_requests_are_refused_by_the_server(odd_site: WebSite, request_bytes: bytes, status: bytes) -> None:
    with socket.create_connection(odd_site.address, timeout=20) as asking:
        asking.sendall(request_bytes)
        told = asking.recv(4000)
    assert told.split()[1] in (status, b"400"), told
    assert b"root:" not in told
    assert b"Traceback" not in told


@pytest.fixture(scope="module")
def odd_site(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("odd")
    with local_server(folder) as url:
        site = WebSite(folder, url)
        site.start()
        wait_for(lambda: site.health() == 200, "the daemon to be well")
        yield site
        site.stop()
