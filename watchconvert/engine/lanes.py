"""The lanes of all routes, which a reload of the configuration may change."""

from collections.abc import Callable

from watchconvert.adapters.clock import Clock
from watchconvert.core.job import Job
from watchconvert.engine.lane import Lane

_HUNG = 15.0
"""Seconds after which a round of a lane that does not end counts as a file system that hangs."""


class Lanes:
    """The lanes by the names of their routes; each has a loop, and a way to end that."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_route: dict[str, tuple[Lane, Callable[[], None]]] = {}

    def all(self) -> list[Lane]:
        """Return the lanes, in the order of their routes."""
        return [lane for lane, _ in list(self._by_route.values())]

    def put(self, lane: Lane, end: Callable[[], None]) -> None:
        """Add a lane; `end` ends its loop."""
        self._by_route[lane.route.name] = (lane, end)

    def take_out(self, route: str) -> None:
        """End a route's lane; a round that is under way comes to its end."""
        _, end = self._by_route.pop(route)
        end()

    def sort(self, names: list[str]) -> None:
        """Put the lanes into the order of the configuration."""
        self._by_route = {name: self._by_route[name] for name in names}

    def ring(self, job: Job) -> None:
        """Tell a job's lane that there is room for another."""
        if found := self._by_route.get(job.route):
            found[0].ring()

    def ring_all(self) -> None:
        """Tell every lane that something that kept it from taking files is over."""
        for lane in self.all():
            lane.ring()

    def serves(self, job: Job) -> bool:
        """Tell whether a job's file would be taken if it lay where it came from: its route may have changed since."""
        found = self._by_route.get(job.route)
        if found is None:
            return False
        route = found[0].route
        return route.inbox == job.order.inbox and (route.recursive or not job.folder)

    def is_hung(self, route: str) -> bool:
        """Tell whether a route's file system has not answered for long."""
        found = self._by_route.get(route)
        return found is not None and found[0].hung_for(self._clock.steady()) > _HUNG

    def begun(self) -> bool:
        """Tell whether every lane has been round once: its scan is begun, or it is known to be offline."""
        return all(lane.beat > 0 for lane in self.all())
