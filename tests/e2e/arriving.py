"""The rig of the arrival tests: the stand-in service, a daemon with routes of the test's own, and what came out."""

import contextlib
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.e2e.stage import Site, wait_for
from watchconvert.adapters.journal.report import read_status
from watchconvert.core.job import Job

_STANDIN = Path(__file__).parents[2] / "bench/standin.py"
_NUMBERS = itertools.count()


def need(*programs: str) -> None:
    """Skip the test, and say so, where the machine has not what it drives."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        pytest.skip(f"NOT TESTED HERE: {', '.join(missing)} not installed (sh contrib/install-test-tools.sh)")


def need_root() -> None:
    """Skip the test, and say so, where this is not root."""
    if os.geteuid() != 0:
        pytest.skip("NOT TESTED HERE: it needs root")


def make_pdf(size: int = 20_000) -> bytes:
    """Return bytes that differ from all others and that any gate takes for a whole PDF."""
    mark = b"%%PDF-1.7 number %d\n" % next(_NUMBERS)
    tail = b"\n%%EOF\n"
    return mark + os.urandom(size - len(mark) - len(tail)) + tail


def free_port() -> int:
    """Return a port of the loopback that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_for_port(port: int) -> None:
    """Wait until somebody listens at a port of the loopback."""

    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait_for(answers, f"a server to listen at port {port}", 20)


def told(site: Site) -> dict[str, str]:
    """Return what the daemon says that the files in its inboxes wait for."""
    return {name: gate for lane in read_status(site.journal).get("lanes", []) for name, gate, _ in lane["files"]}


@contextlib.contextmanager
def standin() -> Iterator[str]:
    """Run the stand-in service; yields its address."""
    with subprocess.Popen([sys.executable, _STANDIN], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            assert line.startswith("listening on "), f"the stand-in said {line!r}"
            yield line.rpartition(" ")[2].strip()
        finally:
            process.terminate()


def billed(url: str) -> tuple[int, int]:
    """Return how many conversions the service did, and how many of them twice under one JobId."""
    with urllib.request.urlopen(url + "/stats", timeout=10) as reply:
        stats = json.load(reply)
    return stats["bills"], stats["duplicate_bills"]


def make_site(folder: Path, url: str, routes: Mapping[str, str], **daemon: str) -> Site:
    """Return a site whose routes have the given keys of the configuration each; `daemon` replaces usual values."""
    tables = "".join(
        f'[[route]]\nname = "{name}"\npath = "share/{name}"\nto = "pdf"\n{keys}\n' for name, keys in routes.items()
    )
    site = Site(folder, url, f'dialect = "old"\n{tables}', routes=())
    text = site.config.read_text()
    for key, value in ({"rescan": '"60s"'} | daemon).items():
        kept = [line for line in text.splitlines() if not line.startswith(f"{key} = ")]
        text = "\n".join(kept).replace("[daemon]", f"[daemon]\n{key} = {value}") + "\n"
    site.config.write_text(text)
    return site


@contextlib.contextmanager
def running(site: Site) -> Iterator[Site]:
    """Run the daemon of a site; an end of its own making fails the test."""
    site.start()
    try:
        yield site
    finally:
        status = site.stop()
    assert status == 0, site.log()[-3000:]


def jobs_of(site: Site, name: str) -> list[Job]:
    """Return what the journal has of the files of one name, those that were withdrawn left out."""
    return [job for job in site.jobs() if job.name == name.encode()]


def wait_for_output(site: Site, route: str, name: str, patience: float = 60.0) -> bytes:
    """Wait until the one file of that name is done, and return the bytes of its output."""
    path = site.path(route, "archive") / name
    wait_for(path.exists, f"{name} to be archived; the log: {site.log()[-1500:]}", patience)
    (job,) = wait_for(lambda: [job for job in jobs_of(site, path.name) if job.state.value == "done"], name)
    (part,) = job.parts
    return (site.path(route, "outbox") / Path(name).parent / os.fsdecode(part.name)).read_bytes()


def assert_taken(site: Site, route: str, expected: Mapping[str, bytes]) -> None:
    """Wait until each file is done; each was taken once, with these bytes, and of the same names nothing else."""
    for name, content in expected.items():
        assert wait_for_output(site, route, name) == content, f"{name} was converted with other bytes"
        assert (site.path(route, "archive") / name).read_bytes() == content
        assert not (site.path(route, "inbox") / name).exists()
