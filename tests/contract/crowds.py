"""Thousands of jobs that the service converts, and a service that notes every ask."""

import dataclasses
import itertools
import threading
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import structlog

from tests.core.making import make_job, make_order
from tests.engine.fakes import FakeClock
from watchconvert.adapters.journal import rows, store
from watchconvert.adapters.journal.database import Database
from watchconvert.adapters.journal.store import Journal
from watchconvert.core.answers import Accepted, Answer, Converted
from watchconvert.core.job import Job, Part, Sighting
from watchconvert.core.states import State
from watchconvert.engine.holds import Holds
from watchconvert.engine.poller import Poller
from watchconvert.engine.tools import Tools

DONE = Converted((Part("https://v2.example.org/d/1", 1, "a.pdf"),), 1)


class AskedService:
    """Answers what the test says and notes who asks when; only `ask` is there, for a poller asks nothing else."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self.asks: dict[str, list[float]] = defaultdict(list)
        self.over: set[str] = set()
        self.blocked: dict[str, threading.Event] = {}
        self.under_way: dict[str, int] = defaultdict(int)
        self.most_at_once = 0
        self.while_asking: Callable[[Job], None] = lambda _: None

    def ask(self, job: Job) -> Answer:
        with self._lock:
            self.asks[job.remote_id].append(self._clock.steady())
            self.under_way[job.remote_id] += 1
            self.most_at_once = max(self.most_at_once, self.under_way[job.remote_id])
        if job.remote_id in self.blocked:
            assert self.blocked[job.remote_id].wait(20)
        self.while_asking(job)
        with self._lock:
            self.under_way[job.remote_id] -= 1
        return DONE if job.remote_id in self.over else Accepted()

    def least_gap(self) -> float:
        """Return the shortest time between two asks for one job, in seconds."""
        gaps = [after - before for times in self.asks.values() for before, after in itertools.pairwise(times)]
        return min(gaps, default=float("inf"))


class Shelf(Executor):
    """Keeps what it is given until the test takes it down."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        self.calls.append(lambda: fn(*args))
        return Future()

    def work(self) -> None:
        """Do all that lies there."""
        while self.calls:
            self.calls.pop(0)()


class Crowd:
    """A poller with a real journal full of jobs, and time that the test passes by."""

    def __init__(self, folder: Path, pool: Executor, size: int = 1, mode: str = "async") -> None:
        self.clock, self.database = FakeClock(), Database(str(folder / "journal.db"))
        self.service, self.journal = AskedService(self.clock), Journal(self.database)
        log = structlog.wrap_logger(structlog.ReturnLogger())
        self.tools = Tools(
            self.journal, None, None, None, self.service, self.clock, log, self._forget,  # type: ignore[arg-type]
        )  # fmt: skip
        self.poller = Poller(self.tools, Holds(self.journal, self.clock, log), pool)  # type: ignore[arg-type]
        self._rung = False
        self.ids = [f"{number:032x}" for number in range(size)]
        self.add([self._make(number, mode) for number in range(size)])

    def _forget(self, job: Job) -> None:
        raise AssertionError(f"nothing ends here: {job.id}")

    def _make(self, number: int, mode: str) -> Job:
        plain = make_job(order=make_order(mode=mode), sighting=Sighting(1, number, 1, 1, 1))
        now = self.clock.now()
        ids = {"id": f"{number:031x}f", "remote_id": self.ids[number]}
        return dataclasses.replace(plain, **ids, state=State.CONVERTING, due=now, minted_at=now, round=1)

    def add(self, jobs: list[Job]) -> None:
        self.database.write(lambda link: link.executemany(store._ADD, [rows.to_row(job) for job in jobs]))

    def round(self, seconds: float = 0.0) -> float:
        """Let time pass and the poller come round once; returns how long it wants to wait."""
        self.clock.pass_by(seconds)
        pause = self.poller.round(self.clock.now())
        if self.poller.broken is not None:
            raise self.poller.broken
        return pause

    def live(self, seconds: float) -> None:
        """Let the poller come round when it wants to, or when it is rung."""
        end = self.clock.steady() + seconds
        self.poller.on_hurry = self.poller.on_change = self._ring
        while self.clock.steady() < end:
            self._rung = False
            pause = self.round()
            self.clock.pass_by(0.02 if self._rung else pause)

    def _ring(self) -> None:
        self._rung = True

    def count_done(self) -> int:
        found = self.database.read("SELECT count(*) AS jobs FROM job WHERE state = 'converted'")
        return int(found[0]["jobs"])
