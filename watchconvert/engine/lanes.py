"""The lanes of all routes, which a reload of the configuration may change."""

from collections.abc import Callable
from dataclasses import dataclass

from watchconvert.adapters.clock import Clock
from watchconvert.core.job import Job
from watchconvert.engine.lane import Lane

_HUNG = 15.0
"""Seconds after which a round of a lane that does not end counts as a file system that hangs."""


Listeners = tuple[Callable[[Job], None], ...]


@dataclass(frozen=True)
class Berth:
    """A lane, and what belongs to it."""

    lane: Lane
    end: Callable[[], None]
    """Ends its loops."""
    on_rest: Listeners = ()
    """Who is told of each of its jobs that comes to rest; they wait for nobody."""
    on_claim: Listeners = ()
    """Likewise of each whose file was taken out of the inbox."""


class Lanes:
    """The lanes by the names of their routes; each has a loop, and a way to end that."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_route: dict[str, Berth] = {}

    def all(self) -> list[Lane]:
        """Return the lanes, in the order of their routes."""
        return [berth.lane for berth in list(self._by_route.values())]

    def put(self, lane: Lane, end: Callable[[], None], on_rest: Listeners = (), on_claim: Listeners = ()) -> None:
        """Add a lane; `end` ends its loops."""
        self._by_route[lane.route.name] = Berth(lane, end, on_rest, on_claim)

    def take_out(self, route: str) -> None:
        """End a route's lane; a round that is under way comes to its end."""
        self._by_route.pop(route).end()

    def sort(self, names: list[str]) -> None:
        """Put the lanes into the order of the configuration."""
        self._by_route = {name: self._by_route[name] for name in names}

    def hear(self, job: Job) -> None:
        """Tell a job's lane that the job is at rest: there is room for another."""
        if found := self._by_route.get(job.route):
            found.lane.ring()
            for listen in found.on_rest:
                listen(job)

    def hear_claim(self, job: Job) -> None:
        """Tell whom it concerns that the file of a job was taken."""
        if found := self._by_route.get(job.route):
            for listen in found.on_claim:
                listen(job)

    def ring_all(self) -> None:
        """Tell every lane that something that kept it from taking files is over."""
        for lane in self.all():
            lane.ring()

    def serves(self, job: Job) -> bool:
        """Tell whether a job's file would be taken if it lay where it came from: its route may have changed since."""
        found = self._by_route.get(job.route)
        if found is None:
            return False
        route = found.lane.route
        return route.inbox == job.order.inbox and (route.recursive or not job.folder)

    def is_hung(self, route: str) -> bool:
        """Tell whether a route's file system has not answered for long."""
        found = self._by_route.get(route)
        return found is not None and found.lane.hung_for(self._clock.steady()) > _HUNG

    def begun(self) -> bool:
        """Tell whether every lane has been round once: its scan is begun, or it is known to be offline."""
        return all(lane.beat > 0 for lane in self.all())
