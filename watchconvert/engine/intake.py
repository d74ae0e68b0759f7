"""Sees files in the inboxes, waits until they are complete, and makes rows for them."""

import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from watchconvert.adapters.files import looks, scans
from watchconvert.adapters.files.looks import Kind
from watchconvert.adapters.watch import Hints, Watch
from watchconvert.core import notes
from watchconvert.core.job import Job, Verdict
from watchconvert.core.naming import format_of, is_junk, matches, shown
from watchconvert.core.settings import Route
from watchconvert.core.settle import Gate, Waiting, gate_of, look_again, quiet_time, seen_again
from watchconvert.engine.holds import Holds
from watchconvert.engine.tools import Tools

_SLICE = 2000
"""Names looked at in one go before other routes have their turn."""
_MOST_WAITING = 5000
"""Files of one route that are remembered while they settle; the rest stay in the inbox until there is room."""
_SOON, _LATER = 0.25, 2.0
_GIVE_UP = 600.0
"""Seconds after which a file that stays empty goes to the error folder."""
_GATES = {Kind.LINK: Gate.LINK, Kind.SHARED: Gate.SHARED, Kind.OTHER: Gate.OTHER}


@dataclass
class Lane:
    """One route with what is known of its inbox."""

    route: Route
    waiting: dict[bytes, Waiting] = field(default_factory=dict)
    cursor: Iterator[scans.Entry] | None = None
    scan_at: float = 0.0
    """When the next scan is due, on the steady clock."""
    found: int = 0
    """Files that the present scan has brought."""
    offline: str = ""
    """Why the inbox cannot be read; empty when it can."""
    offline_at: float = 0.0
    told: set[bytes] = field(default_factory=set)
    """Names that were told to be left alone, so that each is told once."""


@dataclass(frozen=True)
class Appetite:
    """How often the inboxes are scanned, and how much is taken out of them at once."""

    rescan: float = 60.0
    """Seconds between two scans of an inbox in which nothing was found."""
    most_open: int = 64
    """Jobs that may wait between inbox and service; further files stay in the inbox."""


class Intake:
    """Truth by scan, promptness by hints."""

    def __init__(
        self, tools: Tools, holds: Holds, routes: tuple[Route, ...], hints: Hints, watch: Watch, appetite: Appetite
    ) -> None:
        self._tools, self._holds, self._hints, self._watch = tools, holds, hints, watch
        self._appetite = appetite
        self.lanes = {route.inbox: Lane(route) for route in routes}
        self.on_notice: Callable[[], None] = lambda: None

    def round(self, now: float) -> float:
        """Look at what was hinted at and what waits; return how long to wait, in seconds.

        `now` is the steady clock: quiet times do not follow a clock that is set.
        """
        names, lost = self._hints.take()
        for inbox in lost:
            self.lanes[inbox].scan_at = now
        for inbox, name in names:
            lane = self.lanes[inbox]
            if len(lane.waiting) < _MOST_WAITING:
                self._see(lane, name, now)
            else:
                lane.scan_at = now
        room = max(0, self._appetite.most_open - self._tools.journal.count_open())
        return min((self._serve(lane, now, room // len(self.lanes) + 1) for lane in self.lanes.values()), default=5.0)

    def _serve(self, lane: Lane, now: float, room: int) -> float:
        try:
            self._follow(lane, now)
            self._scan(lane, now)
            paused = self._holds.pauses_intake(lane.route.name, self._tools.clock.now())
            taken = 0 if paused else self._take_settled(lane, now, room)
        except OSError as fault:
            self._go_offline(lane, fault, now)
            return _LATER
        self._come_back(lane)
        return self._patience(lane, now, crowded=taken >= room or paused)

    def _follow(self, lane: Lane, now: float) -> None:
        """Watch the inbox; where the kernel has no watch to give, the scan alone must do, and more often."""
        try:
            self._watch.follow(lane.route.inbox)
        except FileNotFoundError:
            raise
        except OSError as fault:
            lane.scan_at = min(lane.scan_at, now + _LATER)
            if b"" not in lane.told:
                lane.told.add(b"")
                self._tools.log.warning("not_watched", route=lane.route.name, why=fault.strerror)

    def _scan(self, lane: Lane, now: float) -> None:
        """Go on with the scan of an inbox, or begin one when it is due; one slice at a time."""
        if lane.cursor is None:
            if now < lane.scan_at:
                return
            lane.cursor, lane.found = scans.list_inbox(self._tools.folders, lane.route.inbox), 0
        for _ in range(_SLICE):
            if len(lane.waiting) >= _MOST_WAITING:
                return
            entry = next(lane.cursor, None)
            if entry is None:
                self._end_scan(lane, now)
                return
            if not entry.is_folder and entry.name not in lane.waiting:
                self._see(lane, entry.name, now)

    def _end_scan(self, lane: Lane, now: float) -> None:
        # A listing made while files arrive may miss some of them: what brought something is repeated soon.
        lane.scan_at = now + (_LATER if lane.found else self._appetite.rescan)
        lane.cursor = None

    def _see(self, lane: Lane, name: bytes, now: float) -> None:
        """Begin to wait for a name that has turned up, unless it is to be left alone."""
        route = lane.route
        if is_junk(name, route.ignore) or (route.unaccepted == "leave" and not matches(name, route.accept)):
            return
        with self._tools.folders.open(route.inbox) as inbox:
            look = looks.look_at(inbox, name)
        if look.kind is Kind.FILE and look.sighting:
            if name not in lane.waiting:
                lane.found += 1
            lane.waiting[name] = seen_again(lane.waiting.get(name), look.sighting, now)
        elif look.kind in _GATES and name not in lane.told and len(lane.told) < _MOST_WAITING:
            lane.told.add(name)
            self._tools.log.warning("left_alone", route=route.name, file=shown(name), why=_GATES[look.kind].value)

    def _take_settled(self, lane: Lane, now: float, room: int) -> int:
        """Make rows for files that all gates let through, `room` at most; return how many."""
        taken = 0
        with self._tools.folders.open(lane.route.inbox) as inbox:
            for name, waiting in list(lane.waiting.items()):
                if taken >= room:
                    break
                if waiting.look_at > now or now - waiting.quiet_at < lane.route.settle:
                    continue
                if self._is_settled(lane, inbox, name, now):
                    self._notice(lane, name)
                    taken += 1
        if taken:
            self.on_notice()
        return taken

    def _is_settled(self, lane: Lane, inbox: int, name: bytes, now: float) -> bool:
        look = looks.look_at(inbox, name)
        if look.kind is not Kind.FILE or look.sighting is None:
            del lane.waiting[name]
            return False
        waiting = seen_again(lane.waiting[name], look.sighting, now)
        gate, settle = _gate_at(inbox, name, waiting, lane.route.settle, now)
        lane.waiting[name] = look_again(waiting, gate, settle, now)
        return gate is Gate.OPEN or (gate is Gate.EMPTY and now - waiting.first_at > _GIVE_UP)

    def _notice(self, lane: Lane, name: bytes) -> None:
        waiting = lane.waiting.pop(name)
        now = self._tools.clock.now()
        job = make_job(lane.route, name, waiting, now, self._tools.new_id)
        if self._tools.journal.add(job):
            self._tools.log.info("noticed", job=job.id[:8], route=job.route, file=shown(name))

    def _patience(self, lane: Lane, now: float, *, crowded: bool) -> float:
        """Return how long nothing can happen in a lane unless something rings."""
        if lane.cursor is not None and len(lane.waiting) < _MOST_WAITING:
            return 0.0
        if crowded:
            return _SOON
        times = [lane.scan_at - now]
        times += [max(each.look_at, each.quiet_at + lane.route.settle) - now for each in lane.waiting.values()]
        return max(0.0, min(times))

    def _go_offline(self, lane: Lane, fault: OSError, now: float) -> None:
        self._watch.drop(lane.route.inbox)
        lane.cursor, lane.scan_at = None, now
        lane.waiting.clear()
        if not lane.offline:
            lane.offline, lane.offline_at = fault.strerror or str(fault), self._tools.clock.now()
            self._tools.log.error("offline", route=lane.route.name, inbox=lane.route.inbox, why=lane.offline)

    def _come_back(self, lane: Lane) -> None:
        if lane.offline:
            self._tools.log.info("online", route=lane.route.name, inbox=lane.route.inbox)
            lane.offline = ""


def _gate_at(inbox: int, name: bytes, waiting: Waiting, settle: float, now: float) -> tuple[Gate, float]:
    """Return the gate that a file waits at and the quiet time that it needs."""
    try:
        writer = looks.writer_of(inbox, name)
    except PermissionError:
        return Gate.UNREADABLE, settle
    except FileNotFoundError:
        return Gate.QUIET, settle
    except OSError as fault:
        if fault.errno not in (errno.ELOOP, errno.EINVAL, errno.ENXIO):
            raise
        return Gate.OTHER, settle
    return gate_of(waiting, writer, settle, now), quiet_time(settle, writer)


def make_job(route: Route, name: bytes, waiting: Waiting, now: float, new_id: Callable[[], str]) -> Job:
    """Return the job of a file that is complete; one that the route does not take gets its verdict with it."""
    source = route.source_format or format_of(name)
    return Job(
        id=new_id(),
        route=route.name,
        name=name,
        order=route.order_for(source),
        sighting=waiting.sighting,
        file_id=new_id(),
        verdict=_verdict_on(route, name, waiting, source),
        due=now,
        noticed_at=now,
        changed_at=now,
    )


def _verdict_on(route: Route, name: bytes, waiting: Waiting, source: str) -> Verdict | None:
    if not matches(name, route.accept):
        return Verdict(f"{notes.NOT_ACCEPTED} It takes {', '.join(route.accept)}.")
    if not source:
        return Verdict(notes.NO_ENDING)
    return Verdict(notes.EMPTY) if waiting.sighting.size == 0 else None
