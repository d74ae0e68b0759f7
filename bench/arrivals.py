"""How soon a file is claimed once its writer has closed it, beside two simpler ways of watching a folder.

"inotify" is the least that can be done: a loop that renames what the kernel says was closed. "lsof" is the way of the
vendor's own tool: every half second it lists the folder and takes what `lsof` shows nobody to have open. Neither looks
whether a file is whole, survives a lost event or a crash, or converts anything; the daemon's processor time includes
the conversion (bench/standin.py). With `settle = "0s"`; the default adds a second to each time of the daemon.
"""

import argparse
import contextlib
import ctypes
import os
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rig import DISK, MEMORY, Site, make_body, make_files, move_in, standin, wait_for
from tables import Table, percentile, show

SIZE = 50_000
_PERIOD = 0.1
_IDLE = 5.0
_LSOF_PERIOD = 0.5
_IN_CLOSE_WRITE, _IN_MOVED_TO, _IN_Q_OVERFLOW = 0x8, 0x80, 0x4000
_HEAD = struct.Struct("iIII")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Contender:
    """A process that claims files: where it looks, its number, and when it claimed what (seconds since the epoch)."""

    inbox: Path
    pid: int
    claims: Callable[[], dict[str, float]]

    def cpu(self) -> float:
        """Return the processor time of the process and of the programs that it has run, in seconds."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / _TICKS


@dataclass(frozen=True)
class Finding:
    """What one contender did; times in milliseconds, `idle` in per cent of a core."""

    latencies: list[float]
    rate: float
    cpu: float
    idle: float


@contextlib.contextmanager
def daemon(top: Path) -> Iterator[Contender]:
    """Run watchconvert."""
    query = "SELECT name, at FROM event JOIN job ON job.id = event.job WHERE event = 'claimed'"
    with standin() as service:
        site = Site(top / "site", service.url)
        with site.running():
            yield Contender(
                site.part("inbox"), site.pid, lambda: {name.decode(): at for name, at in site.ask_journal(query)}
            )


@contextlib.contextmanager
def simple(top: Path, way: str) -> Iterator[Contender]:
    """Run one of the simple loops in a process of its own."""
    inbox, stage, notes = top / "inbox", top / "stage", top / "notes"
    for folder in (inbox, stage):
        folder.mkdir()
    command = [sys.executable, __file__, "--loop", way, str(inbox), str(stage), str(notes)]
    with subprocess.Popen(command) as process:
        try:
            wait_for(notes.exists, "the loop to begin")
            yield Contender(inbox, process.pid, lambda: read_notes(notes))
        finally:
            process.terminate()


def read_notes(notes: Path) -> dict[str, float]:
    """Return what a simple loop claimed, and when."""
    lines = (line.split() for line in notes.read_text().splitlines(keepends=True) if line.endswith("\n"))
    return {name: float(at) for name, at in lines}


# the simple loops, each the whole of a process ──────────────────────────────
def run_loop(way: str, inbox: Path, stage: Path, notes: Path) -> None:
    found = by_inotify(inbox, notes) if way == "inotify" else by_lsof(inbox, notes)
    with notes.open("a", buffering=1) as told:
        for name in found:
            with contextlib.suppress(FileNotFoundError):
                os.rename(inbox / name, stage / name)
                told.write(f"{name} {time.time()}\n")


def by_inotify(inbox: Path, notes: Path) -> Iterator[str]:
    """Yield every name that the kernel says was closed or moved in."""
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(os.O_CLOEXEC)
    if watch < 0 or libc.inotify_add_watch(watch, os.fsencode(inbox), _IN_CLOSE_WRITE | _IN_MOVED_TO) < 0:
        raise OSError(ctypes.get_errno(), "no watch to be had", str(inbox))
    notes.touch()
    while True:
        events = os.read(watch, 65536)
        while events:
            _, mask, _, length = _HEAD.unpack_from(events)
            name, events = events[_HEAD.size : _HEAD.size + length], events[_HEAD.size + length :]
            if mask & _IN_Q_OVERFLOW:
                yield from os.listdir(inbox)
            else:
                yield os.fsdecode(name.rstrip(b"\0"))


def by_lsof(inbox: Path, notes: Path) -> Iterator[str]:
    """Yield every name in the inbox that nobody has open, twice a second."""
    notes.touch()
    while True:
        names = os.listdir(inbox)
        if names:
            shown = subprocess.run(["lsof", "-w", "-F", "n", "+d", inbox], capture_output=True, check=False).stdout
            busy = {os.path.basename(line[1:]) for line in os.fsdecode(shown).splitlines() if line.startswith("n")}
            yield from (name for name in names if name not in busy)
        time.sleep(_LSOF_PERIOD)


# measuring ──────────────────────────────────────────────────────────────────
def measure_one(contender: Contender, top: Path, count: int, burst: int) -> Finding:
    """Let it idle, send files one by one, then many at once."""
    before = contender.cpu()
    time.sleep(_IDLE)
    idle = (contender.cpu() - before) / _IDLE * 100
    before = contender.cpu()
    closed = send_slowly(contender.inbox, count)
    claims = wait_for_claims(contender, count)
    latencies = [(claims[name] - at) * 1000 for name, at in closed.items()]
    paths = make_files(top / "load", burst, SIZE)
    started = time.time()
    move_in(paths, contender.inbox)
    last = max(wait_for_claims(contender, count + burst).values())
    cpu = (contender.cpu() - before) / (count + burst) * 1000
    return Finding(latencies, burst / (last - started), cpu, idle)


def send_slowly(inbox: Path, count: int) -> dict[str, float]:
    """Write files one after the other; return when each was closed, in seconds since the epoch."""
    body, closed, started = make_body(SIZE), {}, time.perf_counter()
    for number in range(count):
        # Not in step with anything that looks twice a second.
        time.sleep(max(0.0, started + number * _PERIOD * 1.37 - time.perf_counter()))
        name = f"slow{number:05}.txt"
        with (inbox / name).open("wb") as file:
            file.write(body)
        closed[name] = time.time()
    return closed


def wait_for_claims(contender: Contender, count: int) -> dict[str, float]:
    wait_for(lambda: len(contender.claims()) >= count, f"{count} claims", 0.1)
    return contender.claims()


WAYS: dict[str, Callable[[Path], contextlib.AbstractContextManager[Contender]]] = {
    "watchconvert": daemon,
    "inotify": lambda top: simple(top, "inotify"),
    "lsof": lambda top: simple(top, "lsof"),
}


def measure(*, quick: bool) -> Table:
    """Return a line for each way on each file system."""
    count, burst = (40, 200) if quick else (150, 1000)
    rows = []
    for place in (MEMORY, DISK):
        for way, begin in WAYS.items():
            with tempfile.TemporaryDirectory(prefix="bench-", dir=place) as top, begin(Path(top)) as contender:
                found = measure_one(contender, Path(top), count, burst)
            spread = [show(percentile(found.latencies, part)) for part in (50, 99)]
            rows.append([way, str(place), *spread, show(found.rate), show(found.cpu), show(found.idle)])
    heading = ["way", "inbox on", "p50 ms", "p99 ms", f"files/s of {burst}", "CPU ms a file", "CPU % idle"]
    return Table(heading, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer files")
    parser.add_argument("--loop", nargs=4, metavar=("WAY", "INBOX", "STAGE", "NOTES"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.loop:
        way, *paths = given.loop
        run_loop(way, *map(Path, paths))
    print(measure(quick=given.quick).as_markdown())


if __name__ == "__main__":
    main()
