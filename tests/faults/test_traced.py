"""The kernel says no to the real daemon: system calls of the running process fail, once or from the N-th on.

strace(1) makes them fail, by the name of the call and its number in each thread. It sees what no stand-in inside the
process can: what SQLite, Python and the watch do by themselves.
"""

import itertools
import os
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.sites import FaultySite, faulty_site

FULL = os.environ.get("WATCHCONVERT_SWEEP") == "full"
CALLS = (
    "openat", "newfstatat", "getdents64", "pread64", "pwrite64", "write", "fsync", "fdatasync", "ftruncate", "fallocate",
    "mkdirat", "unlinkat", "unlink", "rename", "renameat2", "statfs", "fstatfs", "faccessat2", "fcntl", "lseek", "read",
    "close", "mmap", "fgetxattr", "inotify_add_watch",
)  # fmt: skip
ERRNOS = ("EIO", "ENOSPC", "EDQUOT", "EACCES", "EROFS", "ESTALE", "EMFILE")
SAMPLE = 14
AILING = 0.7
"""Seconds that a fault lasts that does not pass at once."""


@contextmanager
def traced(site: FaultySite, trace: Path, *words: str) -> Iterator[None]:
    """Have strace hold on to the daemon."""
    assert site.process is not None
    command = ["strace", "-f", "-o", str(trace), "-p", str(site.process.pid), *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as strace:
        assert strace.stderr is not None
        said = strace.stderr.readline()
        if "not permitted" in said:
            strace.wait()
            pytest.skip(f"NOT TESTED HERE: strace may not look at the daemon: {said.strip()}")
        # Otherwise the daemon may have ended a moment before, of an earlier fault: then this one never happens.
        assert "attached" in said or "No such process" in said, said
        try:
            yield
        finally:
            strace.send_signal(signal.SIGINT)


def count_calls(site: FaultySite, trace: Path) -> dict[str, int]:
    """Return how often a thread does each call, at most, while one file is converted."""
    with traced(site, trace, "-e", "trace=" + ",".join(CALLS)):
        site.drop("calm.txt", b"calm")
        site.wait_for_all()
    found = re.findall(r"^(\d+) +(\w+)\(", trace.read_text(), re.MULTILINE)
    counts: dict[str, int] = {}
    for (_, call), count in Counter(found).items():
        counts[call] = max(count, counts.get(call, 0))
    return counts


def fail(site: FaultySite, number: int, call: str, when: str, error: str) -> int:
    """Let a call fail while a file is converted; returns how many calls did."""
    trace = site.folder / "trace"
    name = f"{number}.txt"
    with traced(site, trace, "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={when}"):
        site.drop(name, f"number {number}, {call} {when} {error}".encode())
        deadline = time.monotonic() + AILING
        while (
            time.monotonic() < deadline and site.process.poll() is None and not (site.places["archive"] / name).exists()
        ):
            time.sleep(0.02)
    site.wait_for_all()
    return trace.read_text().count("(INJECTED)")


def schedules(counts: dict[str, int]) -> list[tuple[str, str, str]]:
    """Every call at every number, once and from then on, each with the next errno; by default a sample."""
    errnos = itertools.cycle(ERRNOS)
    every = [
        (call, f"{number}{more}", next(errnos))
        for call, count in counts.items()
        for number in range(1, count + 1)
        for more in ("", "+")
    ]
    return every if FULL else every[:: max(1, len(every) // SAMPLE)]


@pytest.mark.slow
def test_calls_of_the_real_process_fail(tmp_path: Path, tell: Callable[[str], None]) -> None:
    if shutil.which("strace") is None:
        pytest.skip("NOT TESTED HERE: strace not installed (sh contrib/install-test-tools.sh)")
    faults = 0
    with faulty_site(tmp_path) as site:
        site.start()
        tried = schedules(count_calls(site, tmp_path / "trace"))
        for number, (call, when, error) in enumerate(tried):
            faults += fail(site, number, call, when, error)
            if FULL and number % 100 == 0:
                tell(f"faults by strace: {number} of {len(tried)} schedules")
        site.wait_for_empty_stages()
        site.check()
        assert site.stop() == 0
    tell(f"faults by strace: schedules {len(tried):,}, faults {faults:,}, restarts {site.restarts}, violations 0")
    assert faults >= len(tried) / 2
