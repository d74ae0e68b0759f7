"""Programs that people write into shares with, each with its own way of making a file: all of it is taken, once."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.arriving import assert_taken, billed, jobs_of, make_pdf, make_site, need, running, standin
from tests.e2e.stage import Site, wait_for

ROUTE = "writers"
KEYS = 'settle = "1s"\nincomplete_after = "60s"'
MEMORY = Path("/dev/shm")
TAKEN: list[str] = []
"""What the tests of this file expect to have been taken; the last test looks whether there was more."""

PIECES = """
import random, sys, time
dice = random.Random(7)
data = sys.stdin.buffer.read()
with open(sys.argv[1], "wb", buffering=0) as file:
    while data:
        size = dice.randrange(1, 4000)
        file.write(data[:size])
        data = data[size:]
        time.sleep(dice.choice((0, 0, 0.05, 0.3, 1.4)) * (len(data) > 0))
"""
PAGES = """
import sys, time
data = sys.stdin.buffer.read()
for start in range(0, len(data), 4000):
    with open(sys.argv[1], "ab") as file:
        file.write(data[start : start + 4000])
    time.sleep(0.5)
"""
MAPPED = """
import mmap, os, sys, time
data = sys.stdin.buffer.read()
file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
os.ftruncate(file, len(data))
view = mmap.mmap(file, len(data))
os.close(file)
half = len(data) // 2
view[:half] = data[:half]
time.sleep(2.5)
view[half:] = data[half:]
view.close()
"""
RESERVED = """
import os, sys, time
data = sys.stdin.buffer.read()
file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
os.posix_fallocate(file, 0, len(data))
time.sleep(1.5)
os.write(file, data[: len(data) // 2])
time.sleep(1.5)
os.write(file, data[len(data) // 2 :])
os.utime(file, (1_600_000_000, 1_600_000_000))
os.close(file)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with standin() as url:
        site = make_site(tmp_path_factory.mktemp("writers"), url, {ROUTE: KEYS})
        with running(site):
            yield site


@pytest.fixture
def inbox(site: Site) -> Path:
    return site.path(ROUTE, "inbox")


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    """A folder on the file system of the inbox, where a writer has its file from."""
    (tmp_path / "ready").mkdir()
    return tmp_path / "ready"


def check(site: Site, name: str, content: bytes) -> None:
    TAKEN.append(name)
    assert_taken(site, ROUTE, {name: content})
    assert len(jobs_of(site, name)) == 1, "a part of it was taken before the whole"


def run(*command: str | Path, cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize(
    "script", [PIECES, PAGES, MAPPED, RESERVED], ids=["pieces", "a-page-at-a-time", "mapped", "reserved"]
)
def test_a_writer_with_pauses(site: Site, inbox: Path, script: str, request: pytest.FixtureRequest) -> None:
    name, content = f"{request.node.callspec.id}.txt", make_pdf(24_000)
    with subprocess.Popen([sys.executable, "-c", script, inbox / name], stdin=subprocess.PIPE) as writer:
        writer.communicate(content, timeout=60)
    assert writer.returncode == 0
    check(site, name, content)


def test_cp(site: Site, inbox: Path, ready: Path) -> None:
    content = make_pdf(30_000_000)
    (ready / "copied.txt").write_bytes(content)
    run("cp", "-p", ready / "copied.txt", inbox)
    check(site, "copied.txt", content)


def test_mv_on_one_file_system(site: Site, inbox: Path, ready: Path) -> None:
    content = make_pdf()
    (ready / "moved.txt").write_bytes(content)
    run("mv", ready / "moved.txt", inbox)
    check(site, "moved.txt", content)


@pytest.mark.skipif(not os.access(MEMORY, os.W_OK), reason="NOT TESTED HERE: there is no /dev/shm to move from")
def test_mv_from_another_file_system(site: Site, inbox: Path) -> None:
    content, source = make_pdf(30_000_000), MEMORY / f"from-memory-{os.getpid()}.txt"
    source.write_bytes(content)
    assert source.stat().st_dev != inbox.stat().st_dev
    run("mv", source, inbox)
    check(site, source.name, content)


def test_a_hard_link_is_left_until_the_file_is_nobody_elses(site: Site, inbox: Path, ready: Path) -> None:
    content, source = make_pdf(), ready / "linked.txt"
    source.write_bytes(content)
    run("ln", source, inbox)
    wait_for(lambda: '"left_alone"' in site.log(), "the log to tell that the link is left alone", 10)
    assert (inbox / "linked.txt").exists()
    source.unlink()
    (inbox / "linked.txt").touch()
    check(site, "linked.txt", content)


def test_a_file_without_a_name_that_gets_one(site: Site, inbox: Path) -> None:
    content = make_pdf()
    with open(os.open(inbox, os.O_TMPFILE | os.O_WRONLY), "wb") as file:
        file.write(content)
        file.flush()
        # Python follows the link in /proc only where it is given a folder (linkat(2), AT_SYMLINK_FOLLOW).
        os.link(f"/proc/self/fd/{file.fileno()}", inbox / "named-late.txt", src_dir_fd=file.fileno())
    check(site, "named-late.txt", content)


def test_rsync(site: Site, inbox: Path, ready: Path) -> None:
    need("rsync")
    content = make_pdf(3_000_000)
    (ready / "synced.txt").write_bytes(content)
    run("rsync", "-a", "--bwlimit=1500", ready / "synced.txt", f"{inbox}/")
    check(site, "synced.txt", content)


def test_rsync_in_place(site: Site, inbox: Path, ready: Path) -> None:
    need("rsync")
    content = make_pdf(3_000_000)
    (ready / "in-place.txt").write_bytes(content)
    run("rsync", "-a", "--inplace", "--bwlimit=1500", ready / "in-place.txt", f"{inbox}/")
    check(site, "in-place.txt", content)


def test_rsync_that_was_killed_and_goes_on_later(site: Site, inbox: Path, ready: Path) -> None:
    need("rsync")
    content, name = make_pdf(3_000_000), "interrupted.txt"
    (ready / name).write_bytes(content)
    slow = ["rsync", "-a", "--partial", "--bwlimit=800", ready / name, f"{inbox}/"]
    with subprocess.Popen(slow, stderr=subprocess.DEVNULL) as first:
        hidden = f".{name}.*"
        wait_for(lambda: any(path.stat().st_size > 600_000 for path in inbox.glob(hidden)), "rsync to be half way", 20)
        first.terminate()
    left = inbox / name
    wait_for(left.exists, "rsync to leave what it has under the final name", 20)
    assert 0 < left.stat().st_size < len(content)
    # Twice the quiet time: what lies there looks closed and quiet, and is not whole.
    deadline = time.monotonic() + 2.5
    while time.monotonic() < deadline:
        assert left.exists(), "a part of a file was taken"
        time.sleep(0.1)
    run("rsync", "-a", "--partial", ready / name, f"{inbox}/")
    check(site, name, content)


def test_libreoffice_saves(site: Site, inbox: Path, ready: Path) -> None:
    need("soffice")
    (ready / "letter.txt").write_text("Dear reader")
    profile = f"-env:UserInstallation=file://{ready}/profile"
    run("soffice", "--headless", profile, "--convert-to", "odt:writer8", "--outdir", inbox, ready / "letter.txt")
    TAKEN.append("letter.odt")
    wait_for(lambda: [job for job in jobs_of(site, "letter.odt") if job.state.value == "failed"], "the letter")
    assert (site.path(ROUTE, "error") / "letter.odt").read_bytes().startswith(b"PK")


def test_nothing_else_was_taken(site: Site) -> None:
    jobs = site.jobs()
    assert sorted(os.fsdecode(job.name) for job in jobs) == sorted(TAKEN)
    assert [path.name for path in site.path(ROUTE, "inbox").iterdir()] == [".watchconvert"]
    assert site.staged() == []
    url = next(line for line in site.config.read_text().splitlines() if line.startswith("url")).split('"')[1]
    done = sum(job.state.value == "done" for job in jobs)
    bills, twice = billed(url)
    assert (bills >= done, twice) == (True, 0)
