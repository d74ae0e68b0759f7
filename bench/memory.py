"""The most memory the daemon ever has, and the processor time it takes when there is nothing to do.

Each line is a daemon of its own. "Held" stops the stand-in service (SIGSTOP) before the files come, so that every
request hangs; processor time is then that of five seconds in which nothing can move.
"""

import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rig import DISK, MEMORY, Site, Standin, make_files, move_in, peak_mib, precise_cpu_seconds, standin
from tables import Table, show

MIB = 2**20


@dataclass(frozen=True)
class Case:
    """One line: what is done to a running daemon, and how many seconds of rest are then looked at."""

    name: str
    act: Callable[[Site, Standin], None]
    rest: float = 0.0
    routes: int = 1
    place: Path = DISK


def do_nothing(_site: Site, _service: Standin) -> None:
    """Leave the daemon alone, past what its start still does."""
    time.sleep(2)


def convert(count: int, size: int) -> Callable[[Site, Standin], None]:
    """Return what converts `count` files of `size` bytes."""

    def act(site: Site, _service: Standin) -> None:
        move_in(make_files(site.folder / "files", count, size), site.part("inbox"))
        site.wait_for_rest(count)

    return act


def hold(count: int) -> Callable[[Site, Standin], None]:
    """Return what lets `count` files wait while the service does not answer."""

    def act(site: Site, service: Standin) -> None:
        files = make_files(site.folder / "files", count, 100)
        service.process.send_signal(signal.SIGSTOP)
        move_in(files, site.part("inbox"))
        time.sleep(10 if count > 20_000 else 3)

    return act


def cases(*, quick: bool) -> list[Case]:
    """Return the lines of the table."""
    big, many, some = (256 * MIB, 10_000, 100) if quick else (1024 * MIB, 100_000, 1000)
    waiting = [many] if quick else [many // 10, many]
    return [
        Case("idle, 3 routes", do_nothing, rest=10, routes=3),
        Case(f"{some:,} files of 50 KB", convert(some, 50_000)),
        Case(f"1 file of {big // MIB:,} MiB", convert(1, big)),
        *(Case(f"{count:,} files wait, service held", hold(count), rest=5, place=MEMORY) for count in waiting),
    ]


def measure(*, quick: bool = False) -> Table:
    """Return the table; about 80 seconds, or 30."""
    rows = []
    for case in cases(quick=quick):
        peak, load = measure_case(case)
        rows.append([case.name, show(peak), f"{load:.2f} %" if case.rest else ""])
    return Table(["what the daemon has done", "peak RSS MiB", "processor at rest"], rows)


def measure_case(case: Case) -> tuple[float, float]:
    """Return the peak in MiB, and how much of one core the rest took, in per cent."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=case.place) as top, standin() as service:
        site = Site(Path(top, "site"), service.url, routes=case.routes)
        with site.running():
            case.act(site, service)
            before = precise_cpu_seconds(site.pid)
            time.sleep(case.rest)
            used = precise_cpu_seconds(site.pid) - before
            peak = peak_mib(site.pid)
            service.process.send_signal(signal.SIGCONT)
            return peak, used / case.rest * 100 if case.rest else 0.0


if __name__ == "__main__":
    print(measure(quick="--quick" in sys.argv).as_markdown())
