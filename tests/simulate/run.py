"""Plays one seed: people, spells of bad weather, deaths and checks in the order of their times; then fair weather."""

import heapq
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from unittest import mock

from tests.crash.points import wired
from tests.simulate.month import Month, away_of
from tests.simulate.office import Office
from tests.simulate.perils import Perils
from tests.simulate.weather import DAY, DEATHS, HOUR, JUMPS, STOPS, Spell
from watchconvert.adapters.files.folders import Folders
from watchconvert.core.states import State

LIVENESS = 3 * HOUR
"""How long everything may take to come to rest when the faults have ended."""


@dataclass
class Report:
    """What came of a run."""

    seed: int
    days: float
    wrong: list[str]
    files: int
    bills: int
    failed: Counter[str]
    """Files in the error folder by the reason that they were given."""
    requests: Counter[str]
    struck: Counter[str]
    done: Counter[str]
    effects: int
    hours: int
    events: list[tuple[str, ...]]
    """What the journal tells, for comparing two runs of one seed."""
    seconds: float

    def line(self) -> str:
        """Return the figures in one line."""
        faults = ", ".join(f"{kind} {times:,}" for kind, times in sorted(self.struck.items()))
        return (
            f"seed {self.seed}, {self.days:g} days, hours checked {self.hours:,}, files {self.files:,}, "
            f"requests {sum(self.requests.values()):,}, bills {self.bills:,}, failed {sum(self.failed.values())}, "
            f"effects {self.effects:,}, faults ({faults}), violations {len(self.wrong)}, {self.seconds:.0f} s"
        )


class Run:
    """One run: a queue of what happens when."""

    def __init__(self, root: Path, seed: int, days: float, rate: float) -> None:
        self.month = Month(root, seed, days, rate)
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self.hours = 0

    def at(self, age: float, what: Callable[[], None]) -> None:
        """Have something happen at an age of the simulation, in seconds, if it lasts that long."""
        if age < self.month.days * DAY:
            heapq.heappush(self._queue, (age, next(self._order), what))

    def play(self) -> None:
        """Play the time with its faults, then the fair weather after it."""
        month = self.month
        month.start()
        for office in month.offices.values():
            self.at(office.busy_until(0.0, month.rate), lambda office=office: self._work(office))
        for spell in month.weather.spells:
            self.at(spell.begins, lambda spell=spell: self._begin(spell))
        self.at(HOUR, self._look)
        self.at(3 * HOUR, self._night)
        self.at(self._next(DEATHS), self._light)
        self.at(self._next(STOPS), self._stop)
        while self._queue:
            age, _, what = heapq.heappop(self._queue)
            month.survive(month.clock.began + age)
            month.weather.now = age
            what()
        self._clear_up()

    def _next(self, mean: float) -> float:
        return self.month.clock.age + self.month.rng.expovariate(1 / mean)

    # what happens ───────────────────────────────────────────────────────────
    def _work(self, office: Office) -> None:
        month = self.month
        month.done[office.act(month.clock.wall)] += 1
        self.at(office.busy_until(month.clock.age, month.rate), lambda: self._work(office))

    def _look(self) -> None:
        """Look at everything, each hour."""
        month, self.hours = self.month, self.hours + 1
        for office in month.offices.values():
            office.bought = {month.service.sources[bill] for bill in month.service.bills}
        month.check("hourly")
        self.at(month.clock.age + HOUR, self._look)

    def _night(self) -> None:
        self.month.carry_away()
        self.at(self.month.clock.age + DAY, self._night)

    def _light(self) -> None:
        """Let the daemon die within its next few hundred effects."""
        fuse = self.month.fuse
        assert isinstance(fuse, Perils)
        fuse.left = self.month.rng.randrange(300)
        self.at(self._next(DEATHS), self._light)

    def _stop(self) -> None:
        self.month.end_orderly()
        self.at(self._next(STOPS), self._stop)

    def _begin(self, spell: Spell) -> None:
        month = self.month
        if spell.kind == "clock wrong":
            jump = month.rng.choice(JUMPS) * month.rng.choice((1, -1))
            self._jump(jump)
            self._queue_end(spell, lambda: self._jump(-jump))
        if spell.kind == "inbox away":
            inbox = Path(month.rng.choice(month.routes).inbox)
            self._carry_off(inbox)
            self._queue_end(spell, lambda: self._bring_back(inbox))

    def _queue_end(self, spell: Spell, what: Callable[[], None]) -> None:
        heapq.heappush(self._queue, (spell.ends, next(self._order), what))

    def _jump(self, seconds: float) -> None:
        self.month.clock.wall += seconds
        self.month.weather.struck["clock set"] += 1

    def _carry_off(self, inbox: Path) -> None:
        inbox.rename(inbox.with_name(inbox.name + ".away"))
        self.month.weather.struck["inbox carried off"] += 1

    def _bring_back(self, inbox: Path) -> None:
        """Put an inbox back; nothing may have been written in its place."""
        if inbox.exists():
            self.month.wrong.append(f"{inbox} was made anew although its mount was missing")
            shutil.rmtree(inbox)
        inbox.with_name(inbox.name + ".away").rename(inbox)

    # the end ────────────────────────────────────────────────────────────────
    def _clear_up(self) -> None:
        """End all faults, and see that everything comes to rest."""
        month = self.month
        assert not any(away_of(route).exists() for route in month.routes)
        for office in month.offices.values():
            office.go_home(month.clock.wall)
        month.weather.fair = True
        month.fuse.left = -1
        end = month.clock.uptime + LIVENESS
        month.survive(month.clock.uptime + 1)
        while month.clock.uptime < end and not month.is_at_rest():
            month.survive(month.clock.uptime + 60)
        if not month.is_at_rest():
            month.wrong.append(
                f"it does not come to rest: {[(job.state, job.name, job.note) for job in month.open_jobs()]}"
            )
        month.check("at rest", at_rest=True)
        month.wrong += [f"{path} is left" for path in month.staged()]

    def failed(self) -> Counter[str]:
        """Count the files that were given back, by their reasons."""
        jobs = [job for job in self.month.jobs() if job.state is State.FAILED]
        return Counter(job.verdict.sentence if job.verdict else "no reason" for job in jobs)


def simulate(seed: int, days: float, rate: float = 3.0) -> Report:
    """Play one seed."""
    began = time.process_time()
    root = Path(tempfile.mkdtemp(prefix="watchconvert-test-", dir="/dev/shm"))
    run = Run(root, seed, days, rate)
    month = run.month
    try:
        with wired(month.fuse), mock.patch.object(Folders, "device_above", lambda _, path: month.device_above(path)):
            run.play()
            report = _report(run, seed, days, time.process_time() - began)
    finally:
        month.stop()
        shutil.rmtree(root)
    return report


def _report(run: Run, seed: int, days: float, seconds: float) -> Report:
    month = run.month
    assert month.journal is not None
    rows = month.journal._database.read("SELECT job, at, event, state, note FROM event ORDER BY id")
    return Report(
        seed, days, month.wrong,
        files=sum(len(office.memory.dropped) for office in month.offices.values()),
        bills=len(month.service.bills), failed=run.failed(), requests=month.service.requests,
        struck=month.weather.struck, done=month.done, effects=month.fuse.effects, hours=run.hours,
        events=[tuple(map(str, row)) for row in rows], seconds=seconds,
    )  # fmt: skip
