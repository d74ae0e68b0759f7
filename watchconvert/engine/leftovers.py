"""What has not come to rest yet, and whether this process can bring it there (`core/draining.py`)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from watchconvert.adapters.journal.store import Hold
from watchconvert.core import notes
from watchconvert.core.answers import Scope
from watchconvert.core.draining import Left
from watchconvert.core.job import Job, Sighting
from watchconvert.core.naming import shown
from watchconvert.core.settle import Gate, Waiting
from watchconvert.core.states import UNPAID, State
from watchconvert.engine.lane import Lane
from watchconvert.engine.lanes import Lanes

_HICCUP = 3
"""Tries of a step that may fail before it counts as stuck."""
_RESTLESS = 60.0
"""Seconds after which a file that keeps changing counts as still being written."""
_FOR_PEOPLE = frozenset({Gate.WRITER, Gate.UNREADABLE, Gate.MARKER})
"""Gates that somebody else has to open."""
_HOLDABLE = UNPAID | {State.SUBMITTING}
_HUNG = "its file system does not answer"


Mark = tuple[str, int, int, int]


_DOES = {
    State.NOTICED: "it is about to be taken",
    State.CLAIMED: "it is being sent",
    State.UPLOADED: "its conversion is about to be asked for",
    State.SUBMITTING: "the service's reply is awaited",
    State.CONVERTING: "it is being converted",
    State.CONVERTED: "its result is being fetched",
    State.FETCHED: "its result is about to appear",
    State.PUBLISHED: "its source is about to be put away",
    State.REJECTED: "it is about to be set aside",
}
"""What happens with a job that nothing keeps, by its state."""


@dataclass(frozen=True)
class Standing:
    """The holds at one moment, as they concern files."""

    holds: tuple[Hold, ...]
    journal: str
    """The journal's path, by which its disk is held."""

    def over_inbox(self, route: str) -> str:
        """Return why a route takes nothing from its inbox; empty when it does."""
        wide = {(Scope.ACCOUNT, ""), (Scope.SERVICE, ""), (Scope.ROUTE, route), (Scope.DISK, self.journal)}
        wide |= {(Scope.BUDGET, ""), (Scope.BUDGET, route)}
        return self._find(wide | {(Scope.PAUSE, ""), (Scope.PAUSE, route)})

    def over_job(self, job: Job) -> str:
        """Return why a job waits; empty when no hold keeps it: what is paid for is finished in any case."""
        if job.state not in _HOLDABLE:
            return ""
        holds = self.holds
        if job.state is State.SUBMITTING:  # it has its share of the budget, and goes on
            holds = tuple(hold for hold in holds if hold.scope is not Scope.BUDGET)
        return Standing(holds, self.journal).over_inbox(job.route) or self._find({(Scope.DISK, job.order.outbox)})

    def _find(self, keys: set[tuple[Scope, str]]) -> str:
        return next((hold.reason for hold in self.holds if (hold.scope, hold.name) in keys), "")


@dataclass(frozen=True)
class Sight:
    """One look at a lane."""

    route: str
    waiting: tuple[tuple[bytes, Waiting], ...]
    clean_since: float
    """When the last look over the whole inbox that found nothing new began."""
    is_busy: bool
    """Whether it was in the middle of a round."""
    away: str
    """Why the inbox cannot be looked at; empty when it can."""


def look_at_lanes(lanes: Lanes) -> list[Sight]:
    """Return one look at each lane; what has left one by then has its row in the journal."""
    return [_look_at(lane, is_hung=lanes.is_hung(lane.route.name)) for lane in lanes.all()]


def _look_at(lane: Lane, *, is_hung: bool) -> Sight:
    # In this order: what leaves `waiting` in a round has its row when that round is over.
    waiting = tuple((b"/".join(filter(None, key)), each) for key, each in list(lane.waiting.items()))
    clean_since = lane.clean_since
    offline = f"the inbox cannot be read: {lane.offline}" if lane.offline else ""
    return Sight(lane.route.name, waiting, clean_since, lane.began > 0, _HUNG if is_hung else offline)


def in_inbox(sight: Sight, standing: Standing, taken: Collection[Mark], since: float, now: float) -> list[Left]:
    """Return what lies in an inbox, which must have been looked over since a time on the steady clock.

    A lane that is held does not notice that files have left it: `taken` has those that have.
    """
    if sight.away:
        return [Left(sight.route, "", sight.away, is_stuck=True)]
    held = standing.over_inbox(sight.route)
    there = [each for each in sight.waiting if mark_of(sight.route, each[1].sighting) not in taken]
    found = [_waiting(sight.route, *each, held, now) for each in there]
    # What is held may fill the lane, and keep it from its end.
    unseen = sight.clean_since <= since and not (held and sight.waiting)
    if unseen or (sight.is_busy and not found):
        found.append(Left(sight.route, "", "the inbox is being looked over", is_stuck=False))
    return found


def mark_of(route: str, sighting: Sighting) -> Mark:
    """Return by what a file is known again wherever it lies."""
    return route, sighting.ino, sighting.size, sighting.mtime


def _waiting(route: str, name: bytes, waiting: Waiting, held: str, now: float) -> Left:
    restless = waiting.gate is Gate.QUIET and now - waiting.first_at >= _RESTLESS
    why = held or ("it keeps changing" if restless else waiting.gate.value)
    return Left(route, shown(name), why, is_stuck=bool(held) or restless or waiting.gate in _FOR_PEOPLE)


def in_work(jobs: Iterable[Job], lanes: Lanes, standing: Standing) -> list[Left]:
    """Return what was taken and has not come to rest, from the jobs that are open."""
    return [_job(job, standing, is_hung=lanes.is_hung(job.route)) for job in jobs]


def _job(job: Job, standing: Standing, *, is_hung: bool) -> Left:
    held = standing.over_job(job)
    troubled = job.troubled_at > 0 and job.tries > _HICCUP
    stuck = is_hung or bool(held) or troubled or job.note == notes.STILL_WRITTEN
    why = (_HUNG if is_hung else held) or job.note or _DOES[job.state]
    return Left(job.route, shown(b"/".join(filter(None, (job.folder, job.name)))), why, is_stuck=stuck)
