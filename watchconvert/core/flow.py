"""How many files came and went, and when: what the page plots and what is counted for Prometheus.

All times are wall clock, in seconds since the epoch.
"""

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

from watchconvert.core.states import Event

SLICE = 300.0
"""Seconds that are counted together; a divisor of every time zone's offset, so that a day begins with one."""
SPAN = 86400.0
"""Seconds that are remembered."""
ENDS = {Event.RETIRED.value: "done", Event.SET_ASIDE.value: "failed", Event.WITHDRAWN.value: "withdrawn"}
"""The events with which a job comes to rest, and what it then is."""
COMINGS_AND_GOINGS = (Event.NOTICED.value, *ENDS)
BOUNDS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 14400.0)
"""Upper ends of the classes by which durations are counted, in seconds."""
_TYPICAL = 101
"""Files of which the middle one tells how long it usually takes."""


@dataclass(frozen=True)
class Passing:
    """A file that came or went."""

    number: int
    """The event's own."""
    job: str
    at: float
    event: str
    """One of `COMINGS_AND_GOINGS`, in the journal's words."""
    route: str
    noticed_at: float
    cost: int
    """What the service said the file cost."""


@dataclass
class _Slice:
    change: int = 0
    """How many more came than went."""
    rise: int = 0
    """The most by which those that had come were ahead of those that had gone, at any moment of it."""
    ends: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Of each route and end, how many."""
    cost: Counter[str] = field(default_factory=Counter)
    waiting: int | None = None
    """Most files seen in the inboxes; None: nobody looked."""


@dataclass(frozen=True)
class Depth:
    """How full it was."""

    at: float
    """End of the time that this tells of."""
    open: int
    """Files that had been taken and were not at rest."""
    waiting: int | None
    """Files in the inboxes; None: nobody looked."""


@dataclass(frozen=True)
class Done:
    """What came out in some time."""

    start: float
    done: int
    failed: int


class Flow:
    """The last day in slices."""

    def __init__(self) -> None:
        self._slices: dict[int, _Slice] = {}
        self._durations: deque[float] = deque(maxlen=_TYPICAL)

    def add(self, passing: Passing) -> None:
        """Count a file that came or went."""
        part = self._slices.setdefault(int(passing.at // SLICE), _Slice())
        end = ENDS.get(passing.event)
        if end is None:
            part.change += 1
            part.rise = max(part.rise, part.change)
            return
        part.change -= 1
        part.ends[passing.route, end] += 1
        part.cost[passing.route] += passing.cost
        if end == "done":
            self._durations.append(max(0.0, passing.at - passing.noticed_at))

    def look(self, now: float, waiting: int) -> None:
        """Remember how many files lie in the inboxes, and forget what is older than a day."""
        part = self._slices.setdefault(int(now // SLICE), _Slice())
        part.waiting = max(waiting, part.waiting or 0)
        for old in [number for number in self._slices if (number + 1) * SLICE < now - SPAN]:
            del self._slices[old]

    def typical(self) -> float | None:
        """Return how long the middle one of the last files took from its notice to its end, in seconds."""
        return median(self._durations) if self._durations else None

    def since(self, moment: float) -> Counter[tuple[str, str]]:
        """Return how many files of each route came to each end ("done", "failed", "withdrawn") from a moment on."""
        found: Counter[tuple[str, str]] = Counter()
        for part in self._from(moment):
            found += part.ends
        return found

    def cost_since(self, moment: float) -> Counter[str]:
        """Return what the files of each route cost that came to rest from a moment on."""
        found: Counter[str] = Counter()
        for part in self._from(moment):
            found += part.cost
        return found

    def _from(self, moment: float) -> Iterator[_Slice]:
        first = int(moment // SLICE)
        return (part for number, part in self._slices.items() if number >= first)

    def depths(self, now: float, open_now: int) -> list[Depth]:
        """Return how full each slice of the last day was at its fullest, the oldest first.

        Counted backwards from now, when it is known how many jobs are open.
        """
        last, depth, found = int(now // SLICE), open_now, []
        for number in range(last, last - int(SPAN // SLICE), -1):
            part = self._slices.get(number, _Slice())
            depth -= part.change
            found.append(Depth(min(now, (number + 1) * SLICE), max(0, depth + part.rise), part.waiting))
        return found[::-1]

    def hours(self, now: float) -> list[Done]:
        """Return what came out in each hour of the last day, the oldest and the present, unfinished one included."""
        per_hour = int(3600 // SLICE)
        last = int(now // SLICE) // per_hour * per_hour
        return [self._hour(start, per_hour) for start in range(last - 23 * per_hour, last + 1, per_hour)]

    def _hour(self, start: int, slices: int) -> Done:
        ends: Counter[str] = Counter()
        for number in range(start, start + slices):
            for (_, end), count in self._slices.get(number, _Slice()).ends.items():
                ends[end] += count
        return Done(start * SLICE, ends["done"], ends["failed"])


@dataclass
class Spread:
    """How long the files of a route took, counted by classes."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    """For each of `BOUNDS` those up to it and above the one before; the last: those above all."""
    total: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one file."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds


class Tally:
    """What only ever grows, as Prometheus wants it: counted from the start of the page on."""

    def __init__(self) -> None:
        self.came: Counter[str] = Counter()
        self.ended: Counter[tuple[str, str]] = Counter()
        self.cost: Counter[str] = Counter()
        self.took: dict[str, Spread] = {}

    def add(self, passing: Passing) -> None:
        """Count a file that came or went."""
        end = ENDS.get(passing.event)
        if end is None:
            self.came[passing.route] += 1
            return
        self.ended[passing.route, end] += 1
        self.cost[passing.route] += passing.cost
        if end == "done":
            self.took.setdefault(passing.route, Spread()).add(max(0.0, passing.at - passing.noticed_at))
