"""Hints that something may have arrived: "look here", and never more than that.

watchdog loses events under load and says nothing to its handler, and an inbox
that is removed and made again is never watched again (docs/design.md,
"Arrivals").  Hence the scan is the mechanism and a hint only makes it prompt.
"""

import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

from watchdog.events import FileClosedEvent, FileCreatedEvent, FileMovedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.inotify_move_event_grouper import InotifyMoveEventGrouper

from watchconvert.core.naming import STAGE

_MOST_HINTS = 512

# watchdog holds every event back for half a second behind each file that leaves the folder, to pair moves.
# Our own claims leave it all the time, and no pair is wanted.
InotifyMoveEventGrouper.delay = 0.0


class Hints:
    """A bounded set of names to look at; past its bound it means "look everywhere"."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._lock = threading.Lock()
        self._names: set[tuple[str, bytes]] = set()
        self._lost: set[str] = set()

    def add(self, inbox: str, name: bytes) -> None:
        """Hint at a name in an inbox."""
        with self._lock:
            if len(self._names) >= _MOST_HINTS:
                self._lost.add(inbox)
            else:
                self._names.add((inbox, name))
        self._ring()

    def lose(self, inbox: str) -> None:
        """Note that hints may have been lost: the whole inbox must be scanned."""
        with self._lock:
            self._lost.add(inbox)
        self._ring()

    def take(self) -> tuple[set[tuple[str, bytes]], set[str]]:
        """Return the hints, and the inboxes that must be scanned, and forget both."""
        with self._lock:
            taken = self._names, self._lost
            self._names, self._lost = set(), set()
        return taken


class _Handler(FileSystemEventHandler):
    """Adds to the hints and can do nothing else, so that it cannot raise."""

    def __init__(self, hints: Hints, inbox: str) -> None:
        self._hints, self._inbox = hints, inbox
        self._top = os.fsencode(inbox)

    def on_any_event(self, event: FileSystemEvent) -> None:
        for path in filter(None, (event.src_path, event.dest_path)):
            folder, name = os.path.split(os.fsencode(str(path)))
            if folder == self._top and name != STAGE:
                self._hints.add(self._inbox, name)


_EVENTS: list[type[FileSystemEvent]] = [FileClosedEvent, FileCreatedEvent, FileMovedEvent]


class Watch:
    """Watches inboxes and fills the hints."""

    def __init__(self, hints: Hints) -> None:
        self._hints = hints
        self._observer = Observer()
        self._watched: dict[str, tuple[object, tuple[int, int]]] = {}
        self._observer.start()

    def follow(self, inbox: str) -> None:
        """Watch an inbox, again if it is another folder than before; ask for a scan when the watch is new.

        Raises:
            OSError: it is not there, or the kernel's limit of watches is reached.

        """
        status = Path(inbox).stat()
        identity = (status.st_dev, status.st_ino)
        known = self._watched.get(inbox)
        if known and known[1] == identity and self.is_alive():
            return
        self.drop(inbox)
        watch = self._observer.schedule(_Handler(self._hints, inbox), inbox, event_filter=_EVENTS)
        self._watched[inbox] = (watch, identity)
        self._hints.lose(inbox)

    def drop(self, inbox: str) -> None:
        """Stop watching an inbox."""
        known = self._watched.pop(inbox, None)
        if known:
            with contextlib.suppress(KeyError, OSError):
                self._observer.unschedule(known[0])  # type: ignore[arg-type]

    def is_alive(self) -> bool:
        """Tell whether the observer and each of its emitters still run."""
        return self._observer.is_alive() and all(emitter.is_alive() for emitter in self._observer.emitters)

    def stop(self) -> None:
        """Stop watching."""
        self._observer.stop()
        self._observer.join(5)
