"""A simulated time of the whole daemon: real files, the real journal, a virtual clock, people, and faults of every kind.

One seed makes one run.  The loops come round when they asked to, or when they are rung, in an order that the seed
decides; between two rounds the clock jumps to whatever comes next.
"""

import dataclasses
import random
import uuid
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from tests.crash.books import facts_of, gather, unowned
from tests.engine.fakes import Crash, FakeClock, result_of
from tests.engine.world import StillWatch, World
from tests.proof.invariants import Found, broken
from tests.simulate.office import Office
from tests.simulate.perils import Perils, ScarceDatabase
from tests.simulate.service import StormyService
from tests.simulate.weather import HOUR, make_weather
from watchconvert.adapters.files.disk import Disk
from watchconvert.adapters.journal.database import Database, JournalError
from watchconvert.adapters.watch import Hints
from watchconvert.core.settings import Route
from watchconvert.engine.lane import Appetite, Lane, Scouts
from watchconvert.engine.tools import Pace

OUTPUTS = {"to-pdf": 1, "to-many": 2, "to-gone": 1}
_PLENTY = 2**40
_LEISURE = 10
"""How much later than it wants to a lane comes round during a hold, which would be most of the work of a simulated day."""


class SimClock(FakeClock):
    """Time that the simulation passes by, and dice that the seed throws."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__()
        self._rng = rng
        self.began = self.uptime

    def dice(self) -> float:
        return self._rng.random()

    @property
    def age(self) -> float:
        """Seconds since the simulation began."""
        return self.uptime - self.began


class OrderedHints(Hints):
    """Hints in one order, which does not depend on how this interpreter hashes names."""

    def take(self) -> tuple[Any, bool]:
        names, lost = super().take()
        return sorted(names), lost


@dataclass
class Cellar:
    """What was carried away from the folders of one route in the night, so that they need not be read for ever."""

    found: list[Found] = field(default_factory=list)


class Month(World):
    """The world of one seed."""

    def __init__(self, root: Path, seed: int, days: float, rate: float = 3.0) -> None:
        rng = random.Random(seed)
        self.days, self.rate = days, rate
        self.weather = make_weather(random.Random(rng.random()), days)
        super().__init__(root, Perils(self.weather))
        self.clock = SimClock(random.Random(rng.random()))
        self.rng, ids = random.Random(rng.random()), random.Random(rng.random())
        self.new_id = lambda: uuid.UUID(int=ids.getrandbits(128)).hex
        self.service: Any = StormyService(self.clock, self.fuse, self.weather, OUTPUTS, frozenset({"to-pdf"}))
        self.routes = (
            self.make_route("to-pdf"),
            self.make_route("to-many", recursive=True, remove_empty=True, mode="async"),
            self.make_route("to-gone", source="delete", done="{name}.ready"),
        )
        self.pace, self.appetite = Pace(), Appetite(rescan=120.0)
        self.offices = {
            route.name: Office(route, random.Random(rng.random()), self.results_of(route)) for route in self.routes
        }
        self.cellars = {route.name: Cellar() for route in self.routes}
        self.done: Counter[str] = Counter()
        """How often people did what."""
        self.wrong: list[str] = []
        self.due: dict[str, float] = {}

    def results_of(self, route: Route) -> Any:
        return lru_cache(maxsize=None)(
            lambda source: tuple(result_of(source, number) for number in range(OUTPUTS[route.name]))
        )

    def make_disk(self) -> Disk:
        return Disk()

    def make_database(self, path: str) -> Database:
        return ScarceDatabase(path, self.fuse)

    def device_above(self, path: str) -> int:
        """Tell on which device a folder is or would be made: an inbox that is away leaves a bare mount point."""
        if any(route.inbox == path and away_of(route).exists() for route in self.routes):
            return -1
        while not Path(path).is_dir():
            path = str(Path(path).parent)
        return Path(path).stat().st_dev

    # one life ───────────────────────────────────────────────────────────────
    def start(self) -> None:
        """Start, and ring where the daemon's loops ring each other."""
        super().start()
        self.tools.folders.free_bytes = lambda _: 0 if self.weather.strikes("disk full") else _PLENTY  # type: ignore[method-assign]
        self.lanes = [self._make_lane(route) for route in self.routes]
        self.due = dict.fromkeys(("dispatcher", "poller", *(route.name for route in self.routes)), 0.0)
        self.dispatcher.wake = self.poller.on_change = lambda: self._ring("dispatcher")
        self.dispatcher.on_converting = self.poller.on_hurry = lambda: self._ring("poller")
        self.dispatcher.on_rest = lambda job: self._ring(job.route)

    def _make_lane(self, route: Route) -> Lane:
        hints = OrderedHints(lambda: self._ring(route.name))
        self.offices[route.name].hints = hints
        lane = Lane(self.tools, self.holds, route, Scouts(hints, StillWatch(route.inbox)), self.appetite)
        lane.on_notice = lambda: self._ring("dispatcher")
        return lane

    def _ring(self, loop: str) -> None:
        self.due[loop] = self.clock.uptime

    def live(self, until: float) -> None:
        """Let the daemon's loops come round until a moment of the steady clock."""
        while True:
            at = min(self.due.values())
            if at > until:
                self.clock.pass_by(max(0.0, until - self.clock.uptime))
                return
            self.clock.pass_by(max(0.0, at - self.clock.uptime))
            loop = self.rng.choice([name for name, due in self.due.items() if due <= self.clock.uptime])
            self.weather.now = self.clock.age
            self._turn(loop)

    def _turn(self, loop: str) -> None:
        self.due[loop] = float("inf")
        if loop == "dispatcher":
            self.holds.look_at_journal()
            pause = self.dispatcher.round(self.clock.now())
        elif loop == "poller":
            pause = self.poller.round(self.clock.now())
        else:
            (lane,) = (each for each in self.lanes if each.route.name == loop)
            pause = lane.round(self.clock.steady())
            if self.holds.standing():
                pause *= _LEISURE
        for each in (self.dispatcher, self.poller):
            if each.broken is not None:
                raise each.broken
        self.due[loop] = min(self.due[loop], self.clock.uptime + max(pause, 0.02))

    # deaths ─────────────────────────────────────────────────────────────────
    def survive(self, until: float) -> None:
        """Live until a moment, and if the daemon ends before, have it started again after a while."""
        while self.clock.uptime < until:
            try:
                if self.journal is None:
                    self._rise()
                self.live(until)
            except (Crash, JournalError) as end:
                self._bury(end)
                # People go on meanwhile: what comes next may come before the next life.
                self.clock.pass_by(min(max(0.0, until - self.clock.uptime), self.rng.choice((2.0, 2.0, 60.0))))

    def _rise(self) -> None:
        """Start; a disk that is full may end that with status 74."""
        try:
            self.start()
        except OSError as fault:
            raise JournalError(str(fault)) from fault

    def _bury(self, end: BaseException) -> None:
        died = isinstance(end, Crash) or isinstance(end.__cause__, Crash)
        if not died and not self.weather.has("journal's disk full") and not self.weather.has("disk full"):
            raise end
        self.weather.struck["ended with status 74"] += not died
        if died:
            self.check("at a death")
        self.stop()
        self.fuse.mend()

    def end_orderly(self) -> None:
        """End the daemon as a signal does."""
        if self.journal is not None:
            self.hand.lay_down_all()
            self.stop()
            self.weather.struck["stopped"] += 1

    # what is looked at ──────────────────────────────────────────────────────
    def check(self, when: str, *, at_rest: bool = False) -> None:
        """Note every invariant that does not hold."""
        for route in self.routes:
            memory = self.offices[route.name].memory
            found = [*gather(_where(route)), *self.cellars[route.name].found]
            facts = facts_of(self, memory, self.results_of(route), found, route)
            self._note(when, route.name, broken(facts, at_rest=at_rest))
            if self.journal is not None:
                self._note(when, route.name, unowned(self, memory))

    def _note(self, when: str, route: str, complaints: Any) -> None:
        self.wrong += [f"hour {self.clock.age / HOUR:.2f}, {when}, {route}: {each}" for each in complaints]

    def is_at_rest(self) -> bool:
        """Tell whether nothing is under way and no source waits in an inbox."""
        if self.journal is None or self.open_jobs() or any(lane.waiting for lane in self.lanes):
            return False
        known = {source for office in self.offices.values() for source in office.memory.dropped}
        return not any(each.where == "inbox" and each.data in known for route in self.routes for each in gather(route))

    def carry_away(self) -> None:
        """Empty the archive and the outbox into the cellar, as an administrator does now and then."""
        for route in self.routes:
            kept = self.cellars[route.name].found
            for found in gather(_where(route)):
                if found.where in ("archive", "outbox"):
                    kept.append(found)
                    Path(getattr(route, found.where), found.name).unlink()


def _where(route: Route) -> Route:
    """Return the route with the place at which its inbox is at the moment."""
    away = away_of(route)
    return dataclasses.replace(route, inbox=str(away)) if away.exists() else route


def away_of(route: Route) -> Path:
    """Return where an inbox is while it is away."""
    return Path(route.inbox + ".away")
