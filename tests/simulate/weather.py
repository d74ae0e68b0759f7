"""The faults of a simulated time: which begin and end when, how likely the small ones are, and how often each has struck.

Everything follows from one seed; nothing here knows the daemon.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

HOUR, DAY = 3600.0, 86400.0


class Spell(NamedTuple):
    """A fault that lasts."""

    kind: str
    begins: float
    """Seconds since the simulation began."""
    ends: float


class Habit(NamedTuple):
    """How often a fault that lasts comes in a month, and how long it lasts, in seconds."""

    times: int
    shortest: float
    longest: float


LASTING = {
    "service away": Habit(10, 600.0, 3 * HOUR),
    "service busy": Habit(20, 120.0, HOUR),
    "credentials revoked": Habit(4, HOUR, HOUR),
    "account empty": Habit(1, DAY, DAY),
    "disk full": Habit(4, HOUR, 4 * HOUR),
    "journal's disk full": Habit(4, 60.0, 600.0),
    "inbox away": Habit(8, 300.0, 2 * HOUR),
    "clock wrong": Habit(15, 60.0, 2 * HOUR),
}
CHANCES = {
    "lost before": 0.02,
    "lost after": 0.02,
    "arrives late": 0.01,
    "registered late": 0.05,
    "error 5xx": 0.02,
    "damaged result": 0.02,
    "sent back": 0.01,
}
"""The chance of a small fault at each request that it can strike."""
RESTARTS, DEATHS, STOPS = 2 * HOUR, DAY / 6, DAY / 2
"""Seconds between two restarts of the service, two deaths and two orderly stops of the daemon, on average."""
JUMPS = (2.0, 90.0, 700.0, HOUR, 2 * HOUR + 60, 3 * DAY, 400 * DAY)
"""By how much the wall clock is wrong, in either direction."""


@dataclass
class Weather:
    """What is out of order at the moment."""

    rng: random.Random
    spells: list[Spell] = field(default_factory=list)
    now: float = 0.0
    struck: Counter[str] = field(default_factory=Counter)
    """How often each kind has struck: for a lasting one, how many effects or requests it failed."""
    fair: bool = False
    """All faults have ended for good."""

    def has(self, kind: str) -> bool:
        """Tell whether a lasting fault stands, without counting it."""
        return not self.fair and any(each.kind == kind and each.begins <= self.now < each.ends for each in self.spells)

    def strikes(self, kind: str) -> bool:
        """Tell whether a fault strikes now: one that lasts because it stands, a small one by chance."""
        hit = self.has(kind) if kind in LASTING else not self.fair and self.rng.random() < CHANCES[kind]
        self.struck[kind] += hit
        return hit

    def next_change(self) -> float:
        """Return when the next lasting fault begins or ends."""
        times = [time for each in self.spells for time in (each.begins, each.ends) if time > self.now]
        return min(times, default=float("inf"))


def make_weather(rng: random.Random, days: float) -> Weather:
    """Make the faults of so many days; of each lasting kind one at least, and no two of a kind at once."""
    spells: list[Spell] = []
    for kind, (times, shortest, longest) in LASTING.items():
        at = 0.0
        count = max(1, round(times * days / 30))
        for _ in range(count):
            lasts = min(rng.uniform(shortest, longest), days * DAY / 3)
            # Most of them come when people work.
            begins = max(at, min(rng.uniform(0, days) // 1 * DAY + rng.uniform(8, 17) * HOUR, days * DAY - lasts))
            if begins + lasts <= days * DAY:
                spells.append(Spell(kind, begins, begins + lasts))
                at = begins + lasts + 60.0
    return Weather(rng, sorted(spells, key=lambda each: each.begins))
