"""What has not come to rest yet, and whether this process can bring it there (`core/draining.py`)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from watchconvert.adapters.journal.store import Hold
from watchconvert.core import notes
from watchconvert.core.answers import Scope
from watchconvert.core.draining import Left
from watchconvert.core.job import Job
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


@dataclass(frozen=True)
class Standing:
    """The holds at one moment, as they concern files."""

    holds: tuple[Hold, ...]
    journal: str
    """The journal's path, by which its disk is held."""

    def over_inbox(self, route: str) -> str:
        """Return why a route takes nothing from its inbox; empty when it does."""
        return self._find({(Scope.ACCOUNT, ""), (Scope.SERVICE, ""), (Scope.ROUTE, route), (Scope.DISK, self.journal)})

    def over_job(self, job: Job) -> str:
        """Return why a job waits; empty when no hold keeps it: what is paid for is finished in any case."""
        if job.state not in _HOLDABLE:
            return ""
        return self.over_inbox(job.route) or self._find({(Scope.DISK, job.order.outbox)})

    def _find(self, keys: set[tuple[Scope, str]]) -> str:
        return next((hold.reason for hold in self.holds if (hold.scope, hold.name) in keys), "")


def in_lanes(lanes: Lanes, standing: Standing, since: Mapping[str, float], now: float) -> list[Left]:
    """Return what lies in inboxes; each must have been looked over since a time of its own, on the steady clock."""
    return [left for lane in lanes.all() for left in _in_lane(lanes, lane, standing, since[lane.route.name], now)]


def _in_lane(lanes: Lanes, lane: Lane, standing: Standing, since: float, now: float) -> Iterable[Left]:
    route = lane.route.name
    # In this order: what leaves `waiting` in a round has its row when that round is over.
    waiting, clean_since = list(lane.waiting.items()), lane.clean_since
    busy = lane.began > 0
    if lanes.is_hung(route):
        return [Left(route, "", _HUNG, is_stuck=True)]
    if lane.offline:
        return [Left(route, "", f"the inbox cannot be read: {lane.offline}", is_stuck=True)]
    held = standing.over_inbox(route)
    found = [_waiting(route, b"/".join(filter(None, key)), each, held, now) for key, each in waiting]
    unseen = clean_since <= since and not (held and found)  # what is held may fill the lane, and keep it from its end
    if unseen or (busy and not found):
        found.append(Left(route, "", "the inbox is being looked over", is_stuck=False))
    return found


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
    why = (_HUNG if is_hung else held) or job.note or job.state.value
    return Left(job.route, shown(b"/".join(filter(None, (job.folder, job.name)))), why, is_stuck=stuck)
