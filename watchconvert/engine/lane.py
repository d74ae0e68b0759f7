"""One inbox: sees what lies in it, waits until it is complete, and makes rows for it.

Each lane is a loop of its own, so that a file system that hangs stops nobody
else.  Truth by scan, promptness by hints (docs/design.md, "Arrivals").
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from typing import Protocol

from watchconvert.adapters.files import looks, scans
from watchconvert.adapters.files.looks import Kind, Look
from watchconvert.adapters.files.places import Spot
from watchconvert.adapters.watch import Hints, say_limit
from watchconvert.core.mounts import silent_mount
from watchconvert.core.naming import shown
from watchconvert.core.settings import Route
from watchconvert.core.settle import LASTING, Gate, Waiting, look_again, seen_again
from watchconvert.engine.gates import NEVER_TAKEN, find_gate, is_left
from watchconvert.engine.holds import Holds
from watchconvert.engine.notice import make_job
from watchconvert.engine.recovery import prepare_folders
from watchconvert.engine.tools import Tools

_SLICE, _SLICE_TIME = 2000, 2.0
"""Names looked at in one go, and the seconds that it may take: a slow file system is not one that hangs."""
_MOST_WAITING = 5000
"""Files that are remembered while they settle; the rest stay in the inbox until there is room."""
_LATER, _TOLD_AFTER = 2.0, 30.0
"""Seconds until another look, and those after which the log says what a file waits for."""

Key = tuple[bytes, bytes]
"""A file in an inbox: its sub-folder and its name."""


class Watching(Protocol):
    """What brings hints; `adapters.watch.Watch` is the real one."""

    def follow(self) -> None:
        """Watch the inbox if it is not watched already."""

    def drop(self) -> None:
        """Stop watching."""


@dataclass(frozen=True)
class Appetite:
    """How often an inbox is scanned, and how much is taken out of it at once."""

    rescan: float = 60.0
    """Seconds between two scans in which nothing was found."""
    poll: float = 5.0
    """The same where the kernel brings no events."""
    most_open: int = 64
    """Jobs that may wait between inbox and service; further files stay in the inbox."""


@dataclass(frozen=True)
class Scouts:
    """What brings hints of one inbox, and where they gather."""

    hints: Hints
    watch: Watching


class Lane:
    """What is known of one inbox."""

    def __init__(self, tools: Tools, holds: Holds, route: Route, scouts: Scouts, appetite: Appetite) -> None:
        self.route, self.hints, self._watch = route, scouts.hints, scouts.watch
        self._tools, self._holds, self.appetite = tools, holds, appetite
        self.waiting: dict[Key, Waiting] = {}
        self.left: dict[Key, Gate] = {}
        """Names that are never taken, with the reason."""
        self.polled = ""
        """Why the inbox is scanned often instead of watched; empty when it is watched."""
        self.offline, self.offline_at = "", 0.0
        """Why the inbox cannot be read, and since when (wall clock)."""
        self.beat = 0.0
        """When a round last ended, on the steady clock."""
        self.began = 0.0
        self.clean_since = 0.0
        """When the last look over the whole inbox that found nothing new began (steady clock); 0 for none yet."""
        self.on_notice: Callable[[], None] = lambda: None
        self.ring: Callable[[], None] = lambda: None
        self._cursor: Iterator[scans.Entry] | None = None
        self._scan_at, self._make_at, self._found, self._scan_began = 0.0, 0.0, 0, 0.0
        self._blind, self._device = False, -1
        self._told: set[tuple[Key, Gate]] = set()

    def round(self, now: float) -> float:
        """Look at what was hinted at and what waits; return how long to wait, in seconds.

        `now` is the steady clock: quiet times do not follow a clock that is set.
        """
        self.began = now
        try:
            return self._look_around(now)
        except OSError as fault:
            self._go_offline(fault, now)
            return _LATER
        finally:
            self.began, self.beat = 0.0, self._tools.clock.steady()

    def close(self) -> None:
        """Stop watching."""
        self._watch.drop()

    def hung_for(self, now: float) -> float:
        """Return for how long the present round has not come to its end, in seconds; 0 between two rounds."""
        return now - self.began if self.began else 0.0

    def _look_around(self, now: float) -> float:
        self._make_folders(now)
        self._follow(now)
        self._take_hints(now)
        self._scan(now)
        room = self.appetite.most_open - self._tools.journal.count_open(self.route.name)
        paused = self._holds.pauses_intake(self.route.name, self._tools.clock.now())
        taken = 0 if paused else self._take_settled(now, room)
        self._come_back()
        if paused or taken >= room:
            # Whatever makes room rings; a hold ends without a ring.
            return 0.0 if self._scans_on() else _LATER
        return self._patience(now)

    def _make_folders(self, now: float) -> None:
        """Make the folders that the start could not make, now and then, until all are there."""
        if now >= self._make_at:
            whole = all(map(self._tools.folders.is_prepared, self.route.folders))
            self._make_at = inf if whole else now + self.appetite.rescan
            if not whole:
                prepare_folders(self._tools, (self.route,))

    def _follow(self, now: float) -> None:
        """Watch the inbox where that brings anything; elsewhere the scan alone must do, and more often."""
        device = self._tools.folders.device(self.route.inbox)
        if device != self._device:
            # Another mount than at the last look: whatever was known of the old one says nothing.
            self._device, self._cursor, self._scan_at = device, None, now
        if self._cursor is None and now >= self._scan_at:
            mount = silent_mount(scans.read_mounts(), self.route.inbox.encode(), deep=self.route.recursive)
            self._blind = mount is not None
            self._poll_because(f"{mount.kind} brings no events" if mount else "")
        if self._blind:
            self._watch.drop()
            return
        try:
            self._watch.follow()
        except FileNotFoundError:
            raise
        except OSError as fault:
            self._poll_because(say_limit(fault))

    def _poll_because(self, why: str) -> None:
        if why and why != self.polled:
            self._tools.log.warning("polled", route=self.route.name, inbox=self.route.inbox, why=why)
        self.polled = why

    def _take_hints(self, now: float) -> None:
        names, lost = self.hints.take()
        if lost:
            self._look_soon(now)
        for folder, name in names:
            if len(self.waiting) < _MOST_WAITING:
                self._see((folder, name), now)
            else:
                self._scan_at = now

    def _scan(self, now: float) -> None:
        """Go on with the scan, or begin one when it is due; one slice at a time."""
        if self._cursor is None:
            if now < self._scan_at:
                return
            self._cursor = scans.list_inbox(self._tools.folders, self.route.inbox, deep=self.route.recursive)
            self._found, self._scan_began = 0, now
            for key in list(self.left):
                self._see(key, now)
        for _ in range(_SLICE):
            if len(self.waiting) >= _MOST_WAITING or self._tools.clock.steady() - now > _SLICE_TIME:
                return
            entry = next(self._cursor, None)
            if entry is None:
                self._end_scan(now)
                return
            if (entry.folder, entry.name) not in self.waiting:
                self._see((entry.folder, entry.name), now)

    def _look_soon(self, now: float, after: float = 0.0) -> None:
        """Have the next scan begin by then, and the one after a scan that is under way, as it may be past the place."""
        self._scan_at = min(self._scan_at, now + after)
        self._found += 1

    def _end_scan(self, now: float) -> None:
        # A listing made while files arrive may miss some of them: what brought something is repeated soon.
        usual = self.appetite.poll if self.polled else self.appetite.rescan
        self._scan_at = now + (min(_LATER, usual) if self._found else usual)
        self.clean_since = self.clean_since if self._found else self._scan_began
        self._cursor = None

    def _see(self, key: Key, now: float) -> None:
        """Begin to wait for a name that has turned up, unless it is to be left alone."""
        if is_left(self.route, *key):
            return
        look = self._look_at(key)
        if look.kind is Kind.FILE and look.sighting:
            self._found += key not in self.waiting
            self.left.pop(key, None)
            self.waiting[key] = seen_again(self.waiting.get(key), look.sighting, now)
        elif look.kind not in NEVER_TAKEN:
            self.left.pop(key, None)
        elif key not in self.left and len(self.left) < _MOST_WAITING:
            # A file is often linked into a folder first and loses its other name a moment later.
            self._look_soon(now, _LATER)
            self.left[key] = NEVER_TAKEN[look.kind]
            self._tell("left_alone", key, NEVER_TAKEN[look.kind])

    def _look_at(self, key: Key) -> Look:
        """Look at a name; one that cannot be looked at is as good as missing, unless the inbox itself is."""
        with self._tools.folders.open(self.route.inbox) as root:
            with suppress(OSError), self._tools.folders.below(root, key[0]) as folder:
                if not looks.same_device(folder, root):
                    return Look(Kind.ELSEWHERE)
                return looks.look_at(folder, key[1])
            return Look(Kind.MISSING)

    def _take_settled(self, now: float, room: int) -> int:
        """Make rows for files that all gates let through, `room` at most; return how many."""
        if room <= 0:
            return 0
        taken = 0
        for key, waiting in list(self.waiting.items()):
            if taken >= room:
                break
            if waiting.look_at <= now and now - waiting.quiet_at >= self.route.settle and self._is_settled(key, now):
                self._notice(key)
                taken += 1
        if taken:
            self.on_notice()
        return taken

    def _is_settled(self, key: Key, now: float) -> bool:
        folders = self._tools.folders
        with suppress(FileNotFoundError), folders.open(self.route.inbox) as root, folders.below(root, key[0]) as folder:
            return self._passes(key, folder, now)
        del self.waiting[key]
        return False

    def _passes(self, key: Key, folder: int, now: float) -> bool:
        look = looks.look_at(folder, key[1])
        if look.kind is not Kind.FILE or look.sighting is None:
            del self.waiting[key]
            return False
        waiting = seen_again(self.waiting[key], look.sighting, now)
        gate, settle = find_gate(self.route, Spot(folder, key[1]), waiting, now, blind=self._blind)
        self.waiting[key] = look_again(waiting, gate, settle, now)
        age = now - waiting.quiet_at
        if gate is not Gate.OPEN and age > _TOLD_AFTER and (key, gate) not in self._told:
            self._told.add((key, gate))
            self._tell("waiting", key, gate)
        return gate is Gate.OPEN or (gate in LASTING and age > self.route.incomplete_after)

    def _notice(self, key: Key) -> None:
        waiting, tools = self.waiting.pop(key), self._tools
        self._told -= {told for told in self._told if told[0] == key}
        if tools.journal.add(job := make_job(self.route, *key, waiting, tools.clock.now(), tools.new_id)):
            tools.log.info("noticed", job=job.id[:8], route=job.route, file=_say(key))

    def _scans_on(self) -> bool:
        """Tell whether a scan is under way that has room to go on."""
        return self._cursor is not None and len(self.waiting) < _MOST_WAITING

    def _patience(self, now: float) -> float:
        """Return how long nothing can happen unless something rings."""
        if self._scans_on():
            return 0.0
        times = [max(each.look_at, each.quiet_at + self.route.settle) for each in self.waiting.values()]
        return max(0.0, min([self._scan_at, *times]) - now)

    def _go_offline(self, fault: OSError, now: float) -> None:
        self._watch.drop()
        self._cursor, self._scan_at = None, now
        self.waiting.clear()
        if not self.offline:
            self.offline, self.offline_at = fault.strerror or str(fault), self._tools.clock.now()
            self._tools.log.error("offline", route=self.route.name, inbox=self.route.inbox, why=self.offline)

    def _come_back(self) -> None:
        if self.offline:
            self._tools.log.info("online", route=self.route.name, inbox=self.route.inbox)
            self.offline = ""

    def _tell(self, event: str, key: Key, gate: Gate) -> None:
        self._tools.log.warning(event, route=self.route.name, file=_say(key), why=gate.value)


def _say(key: Key) -> str:
    return shown(key[0] + b"/" + key[1] if key[0] else key[1])
