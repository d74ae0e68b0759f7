"""`watchconvert once` as a real program: what it converts, what it leaves, and what its exit status tells."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.arriving import need_root
from tests.e2e.scripted_service import scripted_service
from tests.e2e.stage import SECRET, Site, ask_server, local_server, wait_for
from tests.e2e.terminal import Terminal

TEXT = "# a title\n\nand a text\n"
HOSTILE = "[red]\x1b[31m[bold].md"
NAMES = (*(f"note {number}.md" for number in range(4)), HOSTILE)


def words(site: Site, *more: str) -> list[str]:
    return [sys.executable, "-m", "watchconvert", "once", "--config", str(site.config), *more]


def once(site: Site, *more: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words(site, *more), capture_output=True, text=True, check=False, timeout=90, env=os.environ | environ
    )


def drop(site: Site, *names: str, route: str = "to-pdf") -> None:
    site.path(route, "inbox").mkdir(parents=True, exist_ok=True)
    for name in names:
        (site.path(route, "inbox") / name).write_text(TEXT)


def lying(site: Site, route: str = "to-pdf") -> set[str]:
    """Return the sources that lie in the inbox or were taken from it, wherever they are."""
    staged = {path.name for path in site.path(route, "inbox").rglob(".watchconvert/*/*/*")}
    return staged | {path.name for path in site.path(route, "inbox").iterdir() if path.name[0] != "."}


def took(what: Callable[[], object]) -> float:
    """Return the seconds that something takes."""
    began = time.monotonic()
    what()
    return time.monotonic() - began


@contextmanager
def kept_open(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        file.write(TEXT)
        file.flush()
        yield


@pytest.fixture
def offline_site(tmp_path: Path) -> Site:
    """A site whose service nobody needs."""
    return Site(tmp_path, "http://127.0.0.1:9", routes=("pdf",))


def test_it_converts_what_lies_there_and_leaves(tmp_path: Path) -> None:
    """With the built-in server as its own child; over a pipe, then as JSON, then with nothing to do."""
    site = Site(tmp_path, "local", routes=("pdf", "csv"))
    drop(site, *NAMES)
    (site.path("to-pdf", "inbox") / "bad.docx").write_text("no such file")
    first = once(site)
    assert first.returncode == 1, first.stderr
    assert first.stderr == ""
    assert len(site.seen("to-pdf", "outbox")) == len(NAMES) == len(site.seen("to-pdf", "archive"))
    assert set(site.seen("to-pdf", "error")) == {"bad.docx", "bad.docx.error.txt", "bad.docx.error.json"}
    assert "to-pdf/note 1.md -> note 1.pdf\n" in first.stdout
    assert "to-pdf/bad.docx: failed: The file is damaged" in first.stdout
    assert "to-pdf     5       1     0\n" in first.stdout
    assert "\x1b" not in first.stdout
    drop(site, "again.md")
    second = once(site, "--json")
    told = json.loads(second.stdout)
    assert (second.returncode, told["status"], told["ending"]) == (0, 0, "rest")
    assert told["routes"] == [{"name": "to-pdf", "done": 1, "failed": 0, "left": 0}]
    assert [each["outputs"] for each in told["done"]] == [["again.pdf"]]
    assert (told["failed"], told["left"]) == ([], [])
    slowness = took(lambda: subprocess.run([*words(site)[:3], "--version"], stdout=subprocess.DEVNULL, check=True))
    assert took(lambda: once(site)) < 3 + 4 * slowness, "it waits with nothing to do"
    third = once(site)
    assert (third.returncode, third.stdout) == (0, "Nothing to do.\n")
    assert once(site, "--quiet").stdout == ""
    assert site.staged() == []


def test_a_terminal_gets_a_bar_and_a_dumb_one_gets_lines(tmp_path: Path) -> None:
    site = Site(tmp_path, "local", routes=("pdf",))
    shown = {}
    for term in ("xterm", "dumb"):
        drop(site, HOSTILE)
        with Terminal("once", "--config", str(site.config), TERM=term) as terminal:
            assert terminal.end() == 0
            shown[term] = terminal.shown.decode()
    assert "━" in shown["xterm"]
    assert "╭" in shown["xterm"]
    assert "[red]\\x1b[31m[bold].md" in shown["xterm"]
    assert "\x1b" not in shown["dumb"]
    assert "to-pdf/[red]\\x1b[31m[bold].md -> " in shown["dumb"]
    assert not any("\x1b[31m[bold]" in text for text in shown.values()), "a name acted"


def test_a_route_that_is_not_named_is_let_be(tmp_path: Path) -> None:
    site = Site(tmp_path, "local", routes=("pdf", "jpg"))
    drop(site, "a.md")
    drop(site, "b.png", route="to-jpg")
    ended = once(site, "--route", "to-pdf", "--json")
    assert (ended.returncode, len(json.loads(ended.stdout)["done"])) == (0, 1)
    assert set(site.seen("to-jpg", "inbox")) == {"b.png"}
    unknown = once(site, "--route", "to-pfd")
    assert unknown.returncode == 78
    assert "--route 'to-pfd': is no route of the configuration. Name one of these: to-pdf, to-jpg." in unknown.stderr


def test_a_held_account_leaves_everything_safe_and_a_later_run_takes_it_up(tmp_path: Path) -> None:
    with scripted_service(secret="another") as service:
        site = Site(tmp_path, service.url, 'dialect = "old"', routes=("pdf",))
        drop(site, *NAMES)
        began = time.monotonic()
        held = once(site, "--json")
        told = json.loads(held.stdout)
        assert time.monotonic() - began > 5, "it was not given its time"
        assert (held.returncode, told["ending"], told["done"], told["failed"]) == (75, "left", [], [])
        assert len(told["left"]) == len(NAMES)
        assert {each["is_stuck"] for each in told["left"]} == {True}
        assert all("credentials" in each["why"] for each in told["left"])
        assert lying(site) == set(NAMES)
        service.secret = SECRET
        assert once(site).returncode == 0
        assert len(service.bills) == len(set(service.bills)) == len(NAMES)
    assert len(site.seen("to-pdf", "outbox")) == len(NAMES)
    assert lying(site) == set()


def test_a_file_that_is_being_written_is_left_and_told(offline_site: Site) -> None:
    drop(offline_site, "open.md")
    with kept_open(offline_site.path("to-pdf", "inbox") / "open.md"):
        ended = once(offline_site, "--timeout", "2s")
    assert ended.returncode == 75
    assert "to-pdf/open.md: a program has it open for writing" in ended.stdout
    assert "The time is over; what is left is safe" in ended.stdout
    assert lying(offline_site) == {"open.md"}


def test_the_time_limit_ends_it_and_an_inbox_that_cannot_be_read_is_left(offline_site: Site) -> None:
    share = offline_site.path("to-pdf", "")
    share.parent.mkdir()
    share.write_text("not a folder")
    began = time.monotonic()
    ended = once(offline_site, "--timeout", "1s", "--json")
    told = json.loads(ended.stdout)
    assert time.monotonic() - began < 20
    assert (ended.returncode, told["ending"]) == (75, "timeout")
    assert [each["why"] for each in told["left"]] == ["the inbox cannot be read: Not a directory"]


def test_beside_a_daemon_it_touches_nothing(tmp_path: Path) -> None:
    with local_server(tmp_path) as url:
        site = Site(tmp_path, url, routes=("pdf",))
        site.start()
        ended = once(site)
        assert site.stop() == 0
    assert (ended.returncode, ended.stdout) == (75, "")
    assert "the daemon runs and does this all along" in ended.stderr


def test_what_belongs_to_the_daemons_user_is_that_users_to_run(offline_site: Site) -> None:
    need_root()
    journal = Path(offline_site.journal)
    journal.parent.mkdir()
    journal.touch()
    os.chown(journal, 1, 1)
    ended = once(offline_site)
    assert ended.returncode == 78
    assert "run this as that user: runuser -u daemon -- watchconvert once" in ended.stderr
    assert not Path(offline_site.journal + ".lock").exists()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_it_politely(offline_site: Site, number: signal.Signals, status: int) -> None:
    drop(offline_site, "open.md")
    with (
        kept_open(offline_site.path("to-pdf", "inbox") / "open.md"),
        subprocess.Popen(words(offline_site), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,
    ):
        live = Path(offline_site.journal + ".status")
        wait_for(lambda: live.exists() and "open for writing" in live.read_text(), "it to see the file")
        process.send_signal(number)
        said = process.communicate(timeout=30)
    assert process.returncode == status
    assert "to-pdf/open.md: a program has it open for writing" in said[0]
    assert "Stopped; what is left is safe" in said[0]
    assert not live.exists()


def test_killed_in_the_middle_each_file_is_billed_once(tmp_path: Path) -> None:
    with local_server(tmp_path) as url:
        site = Site(tmp_path, url, routes=("pdf",))
        names = [f"file {number}.md" for number in range(24)]
        drop(site, *names)
        with subprocess.Popen(words(site), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            outbox = site.path("to-pdf", "outbox")
            wait_for(lambda: list(outbox.glob("*.pdf")), "the first result")
            process.kill()
        assert len(site.seen("to-pdf", "archive")) < len(names), "killed too late"
        assert once(site).returncode == 0
        bills: list[dict[str, Any]] = ask_server(url, "/local/bills")
    assert len(bills) == len({bill["JobId"] for bill in bills}) == len(names)
    assert len(site.seen("to-pdf", "outbox")) == len(names)
    assert site.staged() == []


def test_a_failure_is_told_before_it_leaves(tmp_path: Path) -> None:
    """With the usual interval, in which a daemon would gather for half a minute first."""
    site = Site(tmp_path, "local", routes=("pdf",))
    teller = tmp_path / "tell"
    teller.write_text(f"#!/bin/sh\ncat > {tmp_path}/told\n")
    teller.chmod(0o755)
    with site.config.open("a") as config:
        config.write(f'[[notify]]\nname = "me"\nkind = "command"\ncommand = ["{teller}"]\n')
    site.path("to-pdf", "inbox").mkdir(parents=True)
    (site.path("to-pdf", "inbox") / "bad.docx").write_text("no such file")
    assert once(site).returncode == 1
    assert "bad.docx" in (tmp_path / "told").read_text()
