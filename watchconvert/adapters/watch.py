"""Hints that something may have arrived: "look here", and never more than that.

watchdog loses events under load and says nothing to its handler, and an inbox
that is removed and made again is never watched again (docs/design.md,
"Arrivals").  Hence the scan is the mechanism and a hint only makes it prompt.
"""

import contextlib
import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from watchdog.events import (
    DirCreatedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.inotify import InotifyWatchGroup
from watchdog.observers.inotify_move_event_grouper import InotifyMoveEventGrouper

from watchconvert.core.naming import MARKER_ENDING, STAGE

_MOST_HINTS = 512

# watchdog holds every event back for half a second behind each file that leaves the folder, to pair moves.
# Our own claims leave it all the time, and no pair is wanted.
InotifyMoveEventGrouper.delay = 0.0


class Hints:
    """A bounded set of names to look at; past its bound it means "look everywhere"."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._lock = threading.Lock()
        self._names: set[tuple[bytes, bytes]] = set()
        self._lost = True

    def add(self, folder: bytes, name: bytes) -> None:
        """Hint at a name in a folder of the inbox; the folder is relative, empty at the top."""
        with self._lock:
            if self._lost:
                return  # everything will be looked at anyway, and somebody has been rung for it
            if len(self._names) >= _MOST_HINTS:
                self._lost = True
            else:
                self._names.add((folder, name))
        self._ring()

    def lose(self) -> None:
        """Note that hints may have been lost: the whole inbox must be scanned."""
        with self._lock:
            self._lost = True
        self._ring()

    def take(self) -> tuple[set[tuple[bytes, bytes]], bool]:
        """Return the hints, and whether the inbox must be scanned, and forget both."""
        with self._lock:
            taken = self._names, self._lost
            self._names, self._lost = set(), False
        return taken


class _Handler(FileSystemEventHandler):
    """Adds to the hints and can do nothing else, so that it cannot raise."""

    def __init__(self, hints: Hints, inbox: str, *, deep: bool) -> None:
        self._hints, self._deep = hints, deep
        self._top = os.fsencode(inbox).rstrip(b"/")

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.is_directory:
            # What a folder brought with it, and what was written before it was watched, gives no event.
            if self._deep and not self._is_ours(os.fsencode(str(event.dest_path or event.src_path))):
                self._hints.lose()
            return
        for path in filter(None, (event.src_path, event.dest_path)):
            self._hint(os.fsencode(str(path)))

    def _is_ours(self, path: bytes) -> bool:
        """Tell whether a path is the stage or lies in it; a name that only begins so is somebody's."""
        return STAGE in path[len(self._top) :].split(b"/")

    def _hint(self, path: bytes) -> None:
        folder, name = os.path.split(path)
        if name.endswith(MARKER_ENDING):
            return  # our own, which is no reason to look at anything
        below = folder[len(self._top) :].strip(b"/")
        if folder.startswith(self._top) and not self._is_ours(path) and (self._deep or not below):
            self._hints.add(below, name)


_FILES: list[type[FileSystemEvent]] = [FileClosedEvent, FileCreatedEvent, FileMovedEvent]
_FOLDERS: list[type[FileSystemEvent]] = [DirCreatedEvent, DirMovedEvent]


class Watch:
    """Watches one inbox and fills its hints; every inbox has its own, so that one cannot deafen another."""

    def __init__(self, hints: Hints, inbox: str, *, deep: bool = False) -> None:
        self._hints, self._inbox, self._deep = hints, inbox, deep
        self._observer: Any = None
        self._identity = (0, 0)

    def follow(self) -> None:
        """Watch the inbox, again if it is another folder than before or the watch has died; then ask for a scan.

        Raises:
            OSError: it is not there, or a limit of the kernel is reached.

        """
        status = Path(self._inbox).stat()
        identity = (status.st_dev, status.st_ino)
        if self._observer is not None and self._identity == identity and self.is_alive():
            return
        self.drop()
        observer = Observer()
        try:
            observer.start()
            handler = _Handler(self._hints, self._inbox, deep=self._deep)
            events = _FILES + (_FOLDERS if self._deep else [])
            observer.schedule(handler, self._inbox, recursive=self._deep, event_filter=events)
        except BaseException:
            observer.stop()
            raise
        self._observer, self._identity = observer, identity
        _tell_overflow(self._hints)
        self._hints.lose()

    def is_alive(self) -> bool:
        """Tell whether the observer and its emitter still run."""
        observer = self._observer
        return observer is not None and observer.is_alive() and all(each.is_alive() for each in observer.emitters)

    def drop(self) -> None:
        """Stop watching."""
        if self._observer is not None:
            with contextlib.suppress(KeyError, OSError, RuntimeError):
                self._observer.stop()
            _OVERFLOW.discard(self._hints)
            self._observer = None


_OVERFLOW: set[Hints] = set()
"""Whose hints may be lost when the kernel's queue overflows."""
_rebuild = InotifyWatchGroup.on_queue_overflow


def _tell_overflow(hints: Hints) -> None:
    _OVERFLOW.add(hints)


def _on_overflow(group: InotifyWatchGroup) -> None:
    """Let watchdog do what it does about an overflow, and scan, which it does not tell anybody to."""
    _rebuild(group)
    for hints in list(_OVERFLOW):
        hints.lose()


InotifyWatchGroup.on_queue_overflow = _on_overflow  # type: ignore[method-assign,assignment]


def say_limit(fault: OSError) -> str:
    """Say why an inbox cannot be watched, and which limit of the kernel to raise."""
    limits = {errno.ENOSPC: "fs.inotify.max_user_watches", errno.EMFILE: "fs.inotify.max_user_instances"}
    name = limits.get(fault.errno or 0)
    if name is None:
        return fault.strerror or str(fault)
    try:
        now = int(Path("/proc/sys/" + name.replace(".", "/")).read_text("ascii"))
    except (OSError, ValueError):
        now = 128
    return f"the kernel's limit {name} = {now} is reached; raise it: sysctl {name}={max(now, 128) * 4}"
