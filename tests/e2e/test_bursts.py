"""Thousands of files at once, in one folder and in a thousand: all of them are taken, each once.

`WATCHCONVERT_SWEEP=full` drops fifty thousand each; otherwise it is as many as show that what a lane remembers is
bounded (5,000 names), and that hints that are lost by the hundred lose no file.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.arriving import billed, make_site, running, standin
from tests.e2e.stage import Site, wait_for

FULL = os.environ.get("WATCHCONVERT_SWEEP") == "full"
LOADS = {"in-one-folder": (50_000 if FULL else 6_000, 0), "in-1000-folders": (50_000 if FULL else 2_500, 1_000)}
"""Files, and the sub-folders that they are spread over; none means in the inbox itself."""
MOST_MEMORY = 150
"""MiB; what a daemon may have resident at its worst moment, however much lies in its inboxes."""
MOST_PAUSE = 10.0
"""Seconds until the first of all these files is out."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with standin() as url:
        yield url


def body_of(number: int) -> bytes:
    return b"%%PDF-1.7 file %d\n" % number


def make_load(folder: Path, count: int, folders: int) -> None:
    """Make so many files, spread over so many sub-folders; none means in the folder itself."""
    for number in range(folders):
        (folder / f"d{number}").mkdir(parents=True)
    folder.mkdir(exist_ok=True)
    for number in range(count):
        place = folder / f"d{number % folders}" if folders else folder
        (place / f"f{number}.txt").write_bytes(body_of(number))


def move_in(source: Path, inbox: Path) -> None:
    """Move all at once, which is as quick as anything can arrive."""
    for entry in os.scandir(source):
        os.rename(entry.path, inbox / entry.name)


def count_files(top: Path) -> int:
    """Return how many files lie in a folder and below it, leaving the stage out."""
    count = 0
    for _, folders, files in os.walk(top):
        folders[:] = [name for name in folders if name != ".watchconvert"]
        count += len(files)
    return count


def peak_memory(pid: int) -> float:
    """Return the most memory that a process has had resident, in MiB."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) / 1024


def watch_it_work(site: Site, count: int, started: float) -> str:
    """Wait until all is done; returns what there is to say about it."""
    outbox, archive = site.path("all", "outbox"), site.path("all", "archive")
    wait_for(lambda: count_files(outbox), "the first output", MOST_PAUSE)
    first = time.monotonic() - started
    wait_for(lambda: count_files(archive) >= count, "all files to be archived", count / 20)
    took = time.monotonic() - started
    assert site.process
    peak = peak_memory(site.process.pid)
    assert peak < MOST_MEMORY
    return f"{count} files: first after {first:.1f} s, {count / took:.0f} a second, {peak:.0f} MiB at most"


def judge(site: Site, count: int) -> None:
    """Compare every output with the file that it is made of."""
    names = []
    for top, folders, files in os.walk(site.path("all", "outbox")):
        folders[:] = [name for name in folders if name != ".watchconvert"]
        for name in files:
            number = int(name.removeprefix("f").removesuffix(".pdf"))
            assert (Path(top) / name).read_bytes() == body_of(number)
            names.append(number)
    assert sorted(names) == list(range(count))
    assert count_files(site.path("all", "inbox")) == count_files(site.path("all", "error")) == 0


@pytest.mark.slow
@pytest.mark.parametrize("load", LOADS)
def test_thousands_at_once(tmp_path: Path, url: str, load: str, request: pytest.FixtureRequest) -> None:
    count, folders = LOADS[load]
    keys = 'settle = "1s"' + ("\nrecursive = true\nremove_empty = true" if folders else "")
    site = make_site(tmp_path, url, {"all": keys}, workers="8")
    make_load(tmp_path / "load", count, folders)
    before, _ = billed(url)
    with running(site):
        started = time.monotonic()
        move_in(tmp_path / "load", site.path("all", "inbox"))
        line = watch_it_work(site, count, started)
    judge(site, count)
    after, twice = billed(url)
    assert (after - before, twice) == (count, 0)
    assert os.listdir(site.path("all", "inbox")) == [".watchconvert"], "sub-folders that were emptied are gone"
    request.config.get_terminal_writer().line(f"\n{load}: {line}")
