"""Commands, waiting, and how long each phase took."""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

PHASES: list[tuple[str, float]] = []
"""What took how many seconds, printed at the end of the run."""
_PROGRAMS = {
    "systemd-nspawn": "systemd-container",
    "mmdebstrap": "mmdebstrap",
    "mke2fs": "e2fsprogs",
    "nsenter": "util-linux",
    "ip": "iproute2",
}


def lacking() -> str:
    """Say what is missing to boot a machine; empty when all is there."""
    if os.geteuid() != 0:
        return "only root can boot a machine"
    if not Path("/dev/loop-control").exists():
        return "there are no loop devices"
    missing = sorted({package for program, package in _PROGRAMS.items() if not shutil.which(program)})
    return f"not installed: {' '.join(missing)} (sh contrib/install-test-tools.sh machines)" if missing else ""


@contextlib.contextmanager
def phase(name: str) -> Iterator[None]:
    """Measure what is done within."""
    start = time.monotonic()
    try:
        yield
    finally:
        PHASES.append((name, time.monotonic() - start))


def call(*words: str | Path, timeout: float = 120.0, check: bool = True, feed: str = "") -> str:
    """Run a program on the host; returns what it said."""
    done = subprocess.run(
        words, input=feed, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout, check=False
    )
    if check:
        assert done.returncode == 0, f"{' '.join(map(str, words))} ended with {done.returncode}:\n{done.stdout[-4000:]}"
    return done.stdout


def wait_for(what: Callable[[], Any], why: str | Callable[[], str], patience: float = 60.0) -> Any:
    """Wait until `what` returns something; returns it. `why` says what was waited for, and may look at it when it fails."""
    deadline = time.monotonic() + patience
    while True:
        if found := what():
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience:.0f} s in vain: {why if isinstance(why, str) else why()}")
        time.sleep(0.05)
