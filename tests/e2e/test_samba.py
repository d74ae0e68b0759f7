"""A real Samba server on loopback and its own client: what Explorer and scanners do, as the daemon beside it sees it."""

import contextlib
import os
import random
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.arriving import (
    assert_taken,
    free_port,
    jobs_of,
    make_pdf,
    make_site,
    need,
    need_root,
    running,
    standin,
    told,
    wait_for_port,
)
from tests.e2e.stage import Site, wait_for

PASSWORD = "a-password"
ROUTE = "smb"
CONF = """
[global]
server role = standalone server
netbios name = WCTEST
interfaces = 127.0.0.1/8
bind interfaces only = yes
smb ports = {port}
private dir = {own}/private
state directory = {own}/state
cache directory = {own}/cache
lock directory = {own}/lock
pid directory = {own}/pid
ncalrpc dir = {own}/ncalrpc
log file = {own}/log
passdb backend = tdbsam:{own}/private/passdb.tdb
load printers = no
disable spoolss = yes
[share]
path = {share}
read only = no
[kernel]
path = {share}
read only = no
kernel oplocks = yes
"""
Client = Callable[..., None]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    need("smbd", "smbclient", "smbpasswd")
    need_root()
    with standin() as url:
        keys = 'settle = "1s"\nincomplete_after = "60s"\nrecursive = true'
        site = make_site(tmp_path_factory.mktemp("samba"), url, {ROUTE: keys})
        with running(site):
            yield site


@pytest.fixture(scope="module")
def port(site: Site) -> Iterator[int]:
    """Serve the inbox with private folders of the server's own; yields where."""
    own = site.folder / "smbd"
    for name in ("private", "state", "cache", "lock", "pid", "ncalrpc"):
        (own / name).mkdir(parents=True)
    port, conf = free_port(), own / "smb.conf"
    conf.write_text(CONF.format(port=port, own=own, share=site.path(ROUTE, "inbox")))
    words = f"{PASSWORD}\n{PASSWORD}\n".encode()
    subprocess.run(["smbpasswd", "-c", conf, "-s", "-a", "root"], input=words, capture_output=True, check=True)
    with (own / "output").open("wb") as output:
        command = ["smbd", "-s", conf, "-F", "--no-process-group"]
        # At its end smbd sends SIGTERM to its whole process group, so it gets one of its own.
        server = subprocess.Popen(
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True
        )
    try:
        wait_for_port(port)
        yield port
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture
def client(port: int, tmp_path: Path) -> Client:
    """Return what gives commands to smbclient, in a folder of its own."""

    def give(commands: str, share: str = "share") -> None:
        where = ["smbclient", "-p", str(port), "-U", f"root%{PASSWORD}", f"//127.0.0.1/{share}"]
        done = subprocess.run([*where, "-c", commands], cwd=tmp_path, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout.decode()

    return give


def check(site: Site, name: str, content: bytes) -> None:
    assert_taken(site, ROUTE, {name: content})
    assert len(jobs_of(site, Path(name).name)) == 1, "a part of it was taken before the whole"


def feed(pipe: Path, pieces: list[bytes], pause: float) -> threading.Thread:
    """Give a program its input in pieces with pauses between them, as a slow source does, as long as it reads."""
    os.mkfifo(pipe)

    def run() -> None:
        with contextlib.suppress(BrokenPipeError), pipe.open("wb", buffering=0) as source:
            for piece in pieces[:-1]:
                source.write(piece)
                time.sleep(pause)
            source.write(pieces[-1])

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.parametrize("share", ["share", "kernel"])
def test_put(site: Site, client: Client, tmp_path: Path, share: str) -> None:
    content = make_pdf(5_000_000)
    (tmp_path / f"{share}.pdf").write_bytes(content)
    client(f"put {share}.pdf", share)
    check(site, f"{share}.pdf", content)


@pytest.mark.parametrize(("name", "pause"), [("slow.txt", 0.4), ("stalled.txt", 7.0)])
def test_an_upload_with_pauses(site: Site, client: Client, tmp_path: Path, name: str, pause: float) -> None:
    content = make_pdf(6_000_000)
    count = 2 if pause > 1 else 6
    size = len(content) // count
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    source = feed(tmp_path / "source", pieces, pause)
    client(f"put source {name}")
    source.join()
    check(site, name, content)


def test_an_upload_under_a_temporary_name_that_is_renamed(site: Site, client: Client, tmp_path: Path) -> None:
    content = make_pdf()
    (tmp_path / "scan.txt").write_bytes(content)
    client("put scan.txt scan.part")
    client("rename scan.part scan.txt")
    check(site, "scan.txt", content)


def test_a_folder_is_made_and_filled(site: Site, client: Client, tmp_path: Path) -> None:
    content = make_pdf()
    (tmp_path / "page.txt").write_bytes(content)
    client("mkdir floor; mkdir floor/two; cd floor/two; put page.txt")
    check(site, "floor/two/page.txt", content)


def test_two_hundred_files(site: Site, client: Client, tmp_path: Path) -> None:
    dice = random.Random(1)
    files = {f"many{number}.txt": make_pdf(dice.randrange(100, 60_000)) for number in range(200)}
    (tmp_path / "many").mkdir()
    for name, content in files.items():
        (tmp_path / "many" / name).write_bytes(content)
    client("prompt OFF; lcd many; mput *")
    assert_taken(site, ROUTE, files)


def test_a_client_that_is_cut_off_leaves_a_part_that_is_not_taken(site: Site, port: int, tmp_path: Path) -> None:
    content = make_pdf(6_000_000)
    source = feed(tmp_path / "source", [content[:4_000_000], content[4_000_000:]], 3.0)
    where = ["smbclient", "-p", str(port), "-U", f"root%{PASSWORD}", "//127.0.0.1/share"]
    inbox = site.path(ROUTE, "inbox")
    with subprocess.Popen([*where, "-c", "put source cut.pdf"], cwd=tmp_path, stdout=subprocess.DEVNULL) as client:
        wait_for((inbox / "cut.pdf").exists, "the upload to begin", 20)
        client.kill()
    source.join()
    wait_for(lambda: re.search("cut off|empty", told(site).get("cut.pdf", "")), "the daemon to say why it waits", 20)
    (inbox / "cut.pdf").write_bytes(content)
    check(site, "cut.pdf", content)


def test_nothing_else_was_taken(site: Site) -> None:
    jobs = site.jobs()
    assert {job.state.value for job in jobs} == {"done"}
    assert len(jobs) == len({(job.folder, job.name) for job in jobs}), "a file was taken twice"
    assert site.staged() == []
