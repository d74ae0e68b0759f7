"""The real process under a steady flow of files, for as long as one likes: `python -m tests.soak --minutes 60`.

It says every minute how it is, and at the end whether anything was lost, half, there twice or billed twice, and
whether memory, descriptors, threads and journal stayed flat. `--kill-every` kills it with SIGKILL now and then,
`--reload-every` gives it another configuration, whose route and workers differ each time.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))
from rig import Site, Standin, standin, wait_for

from tests.soak.gauges import MIB, Bounds, Reading, complaints, growth, read_gauges
from tests.soak.people import People

KEEP = "60s"
"""For how long the journal tells of a file here: many times over within a short soak."""


class Soak:
    """One run: a stand-in service, a daemon, and people who drop files at a steady rate."""

    def __init__(self, folder: Path, service: Standin, rate: float, seed: int, reload_every: float = 0.0) -> None:
        self.service, self.rate, self.reload_every = service, rate, reload_every
        self.site = Site(folder / "site", service.url, settle="200ms")
        config = self.site.folder / "watchconvert.toml"
        config.write_text(config.read_text().replace("workers = 8\n", f'workers = 8\nkeep_history = "{KEEP}"\n'))
        self.people = People(self.site.folder / "share/0", seed)
        self.readings: list[Reading] = []
        self.deaths = self.reloads = 0
        self.began = time.monotonic()

    def elapsed(self) -> float:
        return time.monotonic() - self.began

    def live(self, until: float) -> None:
        """Let files flow until then; returns early when the daemon ends by itself, which it must not."""
        next_reading = next_word = 0.0
        next_reload = self.elapsed() + self.reload_every if self.reload_every else float("inf")
        flow_began, dropped_before = self.elapsed(), self.people.dropped
        while self.elapsed() < until and not self.site.process_ended():
            while self.people.dropped - dropped_before < (self.elapsed() - flow_began) * self.rate:
                self.people.drop()
            self.people.collect()
            if self.elapsed() >= next_reading:
                self.readings.append(read_gauges(self.site.pid, self.site.journal, self.elapsed()))
                self.people.clear_archive()
                next_reading = self.elapsed() + 5.0
            if self.elapsed() >= next_reload:
                self.reload()
                next_reload = self.elapsed() + self.reload_every
            if self.elapsed() >= next_word:
                self.tell()
                next_word = self.elapsed() + 60.0
            time.sleep(0.02)

    def drain(self) -> None:
        """Wait until everything that was dropped has come back."""

        def is_done() -> bool:
            self.people.collect()
            return self.people.waiting == 0 or self.site.process_ended()

        wait_for(is_done, f"{self.people.waiting} files to come back")
        query = "SELECT count(*) FROM job WHERE state NOT IN ('done', 'failed', 'withdrawn')"
        wait_for(lambda: self.site.ask_journal(query)[0][0] == 0, "the end of every job")

    def kill(self) -> None:
        os.kill(self.site.pid, signal.SIGKILL)
        self.deaths += 1

    def reload(self) -> None:
        """Give the daemon a configuration in which the route and the number of workers are others."""
        config = self.site.folder / "watchconvert.toml"
        for one, other in (("workers = 8\n", "workers = 9\n"), ('settle = "200ms"', 'settle = "250ms"')):
            text = config.read_text()
            config.write_text(text.replace(one, other) if one in text else text.replace(other, one))
        os.kill(self.site.pid, signal.SIGHUP)
        self.reloads += 1

    def tell(self) -> None:
        last = self.readings[-1]
        print(
            f"{self.elapsed() / 60:5.1f} min  {self.people.delivered:>8,} delivered  {last.memory / MIB:5.1f} MiB"
            f"  {last.descriptors} descriptors  {last.threads} threads  journal {last.journal / MIB:.1f}"
            f" + {last.log / MIB:.1f} MiB",
            flush=True,
        )

    def faults(self) -> list[str]:
        """Return everything that is not as it must be, in words."""
        stats = self.service.stats()
        found = [*self.people.wrong, *(f"left over: {name}" for name in self.people.left_over())]
        if stats["duplicate_bills"]:
            found.append(f"{stats['duplicate_bills']} billed twice under one JobId")
        if stats["bills"] != self.people.dropped:
            found.append(f"{stats['bills']} bills for {self.people.dropped} files")
        if self.reload_every:
            log = self.site.log.read_text()
            taken, refused = (log.count(f'"event": "{word}"') for word in ("reloaded", "reload_refused"))
            if refused or not 0 < taken <= self.reloads:
                found.append(f"of {self.reloads} new configurations {taken} were taken and {refused} refused")
        return found if self.deaths else found + complaints(self.readings, Bounds())


@contextmanager
def soaking(rate: float, seed: int, reload_every: float = 0.0) -> Iterator[Soak]:
    """Make everything for one run, and remove it."""
    folder = Path(tempfile.mkdtemp(prefix="watchconvert-soak-"))
    try:
        with standin(0.1) as service:
            yield Soak(folder, service, rate, seed, reload_every)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(seconds: float, rate: float, kill_every: float, seed: int, reload_every: float = 0.0) -> int:
    """Run one soak and tell how it went; 0 when all is well."""
    with soaking(rate, seed, reload_every) as soak:
        while soak.elapsed() < seconds:
            with soak.site.running():
                soak.live(min(seconds, soak.elapsed() + kill_every) if kill_every else seconds)
                if soak.elapsed() < seconds:
                    soak.kill()
        with soak.site.running():
            soak.drain()
        soak.people.clear_archive()
        faults = soak.faults()
        for fault in faults[:20]:
            print(f"FAULT: {fault}")
        print(summary(soak, len(faults)))
    return 1 if faults else 0


def summary(soak: Soak, faults: int) -> str:
    """Return the line of figures."""
    readings = soak.readings
    memory, journal = growth(readings, lambda each: each.memory), growth(readings, lambda each: each.journal)
    return (
        f"soak {soak.elapsed() / 60:.1f} min, {soak.people.dropped:,} files, {soak.service.stats()['bills']:,} bills, "
        f"{soak.deaths} kills, {soak.reloads} reloads, memory {memory / MIB:+.2f} MiB/h (last {readings[-1].memory / MIB:.1f} MiB), "
        f"journal {journal / MIB:+.2f} MiB/h (last {readings[-1].journal / MIB:.1f} MiB), "
        f"log at most {max(each.log for each in readings) / MIB:.1f} MiB, "
        f"descriptors {min(each.descriptors for each in readings)} to {max(each.descriptors for each in readings)}, "
        f"threads {min(each.threads for each in readings)} to {max(each.threads for each in readings)}, "
        f"faults {faults}"
    )


def main() -> int:
    """Run a soak as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=10.0, help="files a second")
    parser.add_argument("--kill-every", type=float, default=0.0, metavar="SECONDS", help="0: never")
    parser.add_argument("--reload-every", type=float, default=0.0, metavar="SECONDS", help="0: never")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    return run(options.minutes * 60, options.rate, options.kill_every, options.seed, options.reload_every)


if __name__ == "__main__":
    sys.exit(main())
