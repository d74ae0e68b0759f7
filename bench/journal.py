"""Rows per second that the journal makes durable, by one thread and by many, beside bare SQLite on the same disk.

Each `Journal.record` is one changed job and one event, and returns when both are on the disk; threads that come
together share a commit. The bare connection inserts one event a commit, as `synchronous = FULL` in WAL mode. All take
turns.
"""

import itertools
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from rig import DISK, HERE
from tables import Table, middle, show

sys.path.insert(0, str(HERE.parent))

from watchconvert.adapters.journal.database import Database
from watchconvert.adapters.journal.store import Journal
from watchconvert.core.job import Job, Order, Sighting, Step
from watchconvert.core.states import Event

CREWS = (1, 8, 64)


def make_jobs(count: int) -> list[Job]:
    """Return jobs as they are when noticed."""
    order = Order("/share/inbox", "/share/outbox", "/share/error", "/share/archive", (Step("docx", "pdf"),))
    sighting = Sighting(dev=64769, ino=131072, size=50_000, mtime=10**18, ctime=10**18)
    return [
        Job(f"{number:032x}", "documents", b"report %d.docx" % number, order, sighting, due=1.7e9)
        for number in range(count)
    ]


def record_with(folder: Path, crew: int, seconds: float) -> float:
    """Return rows per second of `crew` threads that each record one job again and again."""
    journal = Journal(Database(str(folder / "journal.db")))
    jobs, deadline = make_jobs(crew), time.perf_counter() + seconds
    counts = [0] * crew

    def work(number: int) -> None:
        while time.perf_counter() < deadline:
            journal.record(jobs[number], jobs[number], Event.CLAIMED)
            counts[number] += 1

    with closing(journal):
        for job in jobs:
            journal.add(job)
        deadline, started = time.perf_counter() + seconds, time.perf_counter()
        threads = [threading.Thread(target=work, args=(number,)) for number in range(crew)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(counts) / (time.perf_counter() - started)


def insert_bare(folder: Path, seconds: float) -> float:
    """Return rows per second of one connection that commits each row."""
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = wal")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE event (id INTEGER PRIMARY KEY, job TEXT, at REAL, event TEXT, state TEXT)")
        insert = "INSERT INTO event (job, at, event, state) VALUES (?, 1.7e9, 'claimed', 'claimed')"
        count, started = 0, time.perf_counter()
        while time.perf_counter() - started < seconds:
            connection.execute(insert, ("0" * 32,))
            count += 1
        return count / (time.perf_counter() - started)


def measure(*, quick: bool = False) -> Table:
    """Return the table; about 20 seconds, or 3."""
    rounds, seconds = (1, 0.5) if quick else (5, 1.0)
    contenders: dict[str, Callable[[Path], float]] = {
        "bare SQLite, a commit a row": lambda folder: insert_bare(folder, seconds)
    }
    for crew in CREWS:
        name = f"Journal.record, {crew} thread{'s' if crew > 1 else ''}"
        contenders[name] = lambda folder, crew=crew: record_with(folder, crew, seconds)  # type: ignore[misc]
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for _, (name, contender) in itertools.product(range(rounds), contenders.items()):
        with tempfile.TemporaryDirectory(prefix="bench-", dir=DISK) as folder:
            rates[name].append(contender(Path(folder)))
    floor = middle(next(iter(rates.values())))
    rows = [[name, show(middle(found)), show(middle(found) / floor)] for name, found in rates.items()]
    return Table(["contender", "rows/s", "ratio"], rows)


if __name__ == "__main__":
    print(measure(quick="--quick" in sys.argv).as_markdown())
