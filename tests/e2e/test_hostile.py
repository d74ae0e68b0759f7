"""A share that somebody uses against the daemon: nothing outside the inbox is read or written, and nobody is fooled."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.arriving import assert_taken, billed, make_pdf, make_site, running, standin
from tests.e2e.stage import Site, wait_for

ROUTE = "share"
KEYS = 'settle = "0s"\nincomplete_after = "60s"\nrecursive = true\nremove_empty = true'
SECRET = b"%PDF-1.7 the secret of somebody else %%EOF\n"
RACE = 5.0
"""Seconds."""

SWAPPER = """
import itertools, os, sys, time
inbox, outside, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
work = os.path.join(os.path.dirname(inbox), "swapper")
os.makedirs(work)
end = time.monotonic() + seconds
def show(path, target):
    try:
        os.rename(path, target)
    except OSError:
        try:
            os.unlink(path)
        except OSError:
            pass
for number in itertools.count():
    if time.monotonic() > end:
        break
    name = f"race{number % 5}.pdf"
    draft, link, pipe = (os.path.join(work, kind) for kind in ("file", "link", "pipe"))
    with open(draft, "wb") as file:
        file.write(b"%PDF-1.7 fair game %%EOF")
    os.symlink(os.path.join(outside, "secret.txt"), link)
    os.mkfifo(pipe)
    order = ((draft, link, pipe), (draft, pipe, link), (link, draft, link))[number % 3]
    for path in order:
        if os.path.lexists(path):
            show(path, os.path.join(inbox, name))
            time.sleep(0.0005 * (number % 7))
    for path in (draft, link, pipe):
        if os.path.lexists(path):
            os.unlink(path)
    folder, away = os.path.join(inbox, "folder"), os.path.join(work, f"away{number}")
    try:
        os.mkdir(folder)
        with open(os.path.join(folder, "secret.txt"), "wb") as file:
            file.write(b"%PDF-1.7 fair game")
        time.sleep(0.001 * (number % 11))
        os.rename(folder, away)
        os.symlink(outside, folder)
        time.sleep(0.001 * (number % 11))
        os.unlink(folder)
    except OSError:
        if os.path.islink(folder):
            os.unlink(folder)
"""

ODD_NAMES = (
    b"new\nline.txt",
    b'{"event": "forged"}\n{"event": "forged"}.txt',
    b"esc\x1b[31m\x1b]0;title\x07.txt",
    b"carriage\rreturn.txt",
    "rtl\u202egpj.txt".encode(),
    b"latin\xe4\xff.txt",
    b"n" * 251 + b".txt",
    "ä".encode() * 125 + b"a.txt",
    unicodedata.normalize("NFC", "Müller.txt").encode(),
    unicodedata.normalize("NFD", "Müller.txt").encode(),
    b"CON.txt",
    b"a:b|c?d*e<f>\\g.txt",
    b"trailing space .txt",
    b" leading.txt",
    b"-rf.txt",
    b"$(touch x) `id` %s %n.txt",
)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A tree that is nobody's business, to which every link leads."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.txt").write_bytes(SECRET)
    os.mkfifo(tmp_path / "outside/pipe.txt")
    return tmp_path / "outside"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with standin() as url:
        site = make_site(tmp_path, url, {ROUTE: KEYS}, rescan='"1s"')
        with running(site):
            yield site


def snapshot(top: Path) -> dict[str, tuple[int, int, int]]:
    """Return what would differ if anything in a tree had been written, or, with time stamps of the usual kind, read."""
    found = {}
    for path in (top, *top.rglob("*")):
        status = path.lstat()
        found[str(path)] = (status.st_mtime_ns, status.st_ctime_ns, status.st_atime_ns if path.is_file() else 0)
    return found


def read_all(site: Site) -> bytes:
    """Return everything that the daemon put somewhere."""
    tops = [site.path(ROUTE, folder) for folder in ("outbox", "archive", "error")]
    paths = [path for top in tops for path in top.rglob("*") if path.is_file()]
    assert not any(path.is_symlink() for path in paths)
    return b"".join(path.read_bytes() for path in paths)


def test_what_is_no_plain_file_of_its_own_is_left_alone(site: Site, outside: Path) -> None:
    inbox, before = site.path(ROUTE, "inbox"), snapshot(outside)
    (inbox / "link.txt").symlink_to(outside / "secret.txt")
    (inbox / "pipe-link.txt").symlink_to(outside / "pipe.txt")
    (inbox / "loop.txt").symlink_to("loop.txt")
    (inbox / "folder-link").symlink_to(outside)
    (inbox / "folder.txt").mkdir()
    os.mkfifo(inbox / "pipe.txt")
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(str(inbox / "socket.txt"))
    if os.geteuid() == 0:
        os.mknod(inbox / "device.txt", 0o020666, os.makedev(1, 5))  # /dev/zero never ends
    (outside.parent / "linked.txt").write_bytes(SECRET)
    os.link(outside.parent / "linked.txt", inbox / "linked.txt")
    names = {path.name for path in inbox.iterdir()}
    content = make_pdf()
    (inbox / "plain.txt").write_bytes(content)
    assert_taken(site, ROUTE, {"plain.txt": content})
    wait_for(lambda: site.log().count('"left_alone"') >= len(names) - 2, "each to be told", 10)
    assert {path.name for path in inbox.iterdir()} == names
    assert len(site.jobs()) == 1
    assert snapshot(outside) == before


def test_a_racing_swapper_gets_nothing_from_outside(site: Site, outside: Path) -> None:
    os.utime(outside / "secret.txt", (1, 10**9))  # so that a read would show even where times are kept lazily
    inbox, before = site.path(ROUTE, "inbox"), snapshot(outside)
    command = [sys.executable, "-c", SWAPPER, inbox, outside, str(RACE)]
    subprocess.run(command, check=True, timeout=RACE + 30)
    content = make_pdf()
    (inbox / "plain.txt").write_bytes(content)
    assert_taken(site, ROUTE, {"plain.txt": content})
    assert len(site.jobs()) > 10, "the race was none"
    assert SECRET not in read_all(site)
    assert snapshot(outside) == before
    assert '"bug"' not in site.log()


def test_what_a_race_left_in_the_stage_ends_in_an_answer(site: Site, outside: Path) -> None:
    inbox = site.path(ROUTE, "inbox")
    subprocess.run([sys.executable, "-c", SWAPPER, inbox, outside, "3"], check=True, timeout=40)
    deadline = time.monotonic() + 30
    resting = {"done", "failed", "withdrawn"}
    while open_jobs := [job for job in site.jobs() if job.state.value not in resting]:
        assert time.monotonic() < deadline, [(job.state, job.name, job.note) for job in open_jobs]
        time.sleep(0.2)


def test_odd_names_survive_and_forge_nothing(site: Site) -> None:
    inbox = os.fsencode(site.path(ROUTE, "inbox"))
    bodies = {name: make_pdf(500) for name in ODD_NAMES}
    for name, body in bodies.items():
        with open(inbox + b"/" + name, "wb") as file:
            file.write(body)
    archive, outbox = (os.fsencode(site.path(ROUTE, folder)) for folder in ("archive", "outbox"))
    wait_for(lambda: len(os.listdir(archive)) > len(bodies), "all to be archived", 30)
    site.wait_for_rest(len(bodies))
    for name, body in bodies.items():
        assert Path(os.fsdecode(archive + b"/" + name)).read_bytes() == body
        assert Path(os.fsdecode(outbox + b"/" + name.removesuffix(b".txt") + b".pdf")).read_bytes() == body
    check_log(site)
    for command in (["status"], ["status", "--json"], ["why", os.fsdecode(b"esc\x1b[31m\x1b]0;title\x07.txt")]):
        check_terminal(site, command)


def check_log(site: Site) -> None:
    lines = (site.folder / "daemon.log").read_bytes().splitlines()
    events = [json.loads(line) for line in lines]
    assert all(isinstance(event, dict) for event in events)
    assert "forged" not in {event["event"] for event in events}
    assert all(re.fullmatch(rb"[\x20-\x7e]*", line) for line in lines)


def check_terminal(site: Site, command: list[str]) -> None:
    """What a person's terminal gets has no codes in it but line ends."""
    words = [sys.executable, "-m", "watchconvert", *command, "--config", str(site.config)]
    shown = subprocess.run(words, capture_output=True, timeout=30, check=False)
    assert shown.returncode == 0, shown.stderr
    text = shown.stdout.decode()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


def test_a_second_daemon_with_a_journal_of_its_own_refuses_the_same_inbox(site: Site, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = make_site(tmp_path / "other", "http://127.0.0.1:9", {"other": KEYS})
    inbox = site.path(ROUTE, "inbox")
    text = other.config.read_text().replace("path =", f'inbox = "{inbox}"\npath =')
    other.config.write_text(text)
    command = [sys.executable, "-m", "watchconvert", "run", "--config", str(other.config)]
    second = subprocess.run(command, capture_output=True, timeout=30, check=False)
    assert second.returncode == 75, second.stderr
    last = json.loads(second.stderr.splitlines()[-1])
    assert (last["event"], str(inbox) in last["why"]) == ("in_use", True)
    content = make_pdf()
    (inbox / "plain.txt").write_bytes(content)
    assert_taken(site, ROUTE, {"plain.txt": content})


def test_the_service_is_never_billed_for_what_was_left(site: Site, outside: Path) -> None:
    url = next(line for line in site.config.read_text().splitlines() if line.startswith("url")).split('"')[1]
    inbox = site.path(ROUTE, "inbox")
    (inbox / "sub").symlink_to(outside)
    (inbox / "link.txt").symlink_to(outside / "secret.txt")
    content = make_pdf()
    (inbox / "plain.txt").write_bytes(content)
    assert_taken(site, ROUTE, {"plain.txt": content})
    assert billed(url) == (1, 0)
