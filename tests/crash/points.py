"""Every system call with which the daemon's floors change something, as a point at which it may die.

The product's modules see this `os` in place of the real one, so that no effect can go by without its point: a call
that is new in the product either is known here or fails `test_every_call_of_the_daemon_is_known`.  A point stands
before each effect alone: to die behind one and to die before the next leaves the same disk.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from tests.engine.fakes import Crash, Fuse
from watchconvert.adapters.files import disk
from watchconvert.adapters.journal import database
from watchconvert.engine import wishes

CHANGES = frozenset({
    "copy_file_range", "fchmod", "fchown", "fsync", "ftruncate", "link", "mkdir", "posix_fallocate", "pwrite",
    "removexattr", "rename", "replace", "rmdir", "setxattr", "unlink", "utime", "write",
})  # fmt: skip
"""Calls that change something; `open` is one of them where it may make a file."""
LOOKS = frozenset({"access", "getxattr", "listdir", "pread", "read", "scandir", "stat", "fstatvfs", "statvfs"})
"""Calls that look at what a person may change meanwhile."""
HARMLESS = frozenset({
    "close", "dup", "fsdecode", "fsencode", "fstat", "geteuid", "getpid", "killpg", "open", "pipe2", "sched_yield", "strerror",
})  # fmt: skip
FLOORS = ("watchconvert.adapters", "watchconvert.engine")


class Points(Protocol):
    """What is told of each call before it is made; raises what the call is to raise."""

    def point(self, name: str) -> None:
        """The daemon is about to change something."""

    def look(self, name: str) -> None:
        """The daemon is about to look at something."""


class Moments(Fuse):
    """A fuse at whose points and looks a person may act as well.

    `act` is tried from the moment `act_at` on until it says that it has happened; it never sees a dying daemon.
    """

    def __init__(
        self,
        at: tuple[int, ...] = (),
        act: Callable[[], bool] | None = None,
        act_at: int = 0,
        *,
        at_points: bool = True,
    ) -> None:
        super().__init__(at)
        self.act, self.act_at, self.at_points = act, act_at, at_points
        self.moments = 0

    def look(self, name: str) -> None:
        """Let the person act, if it is time and looks count."""
        if not self.at_points:
            self._act(self.moments)
        self.moments += 1

    def point(self, name: str) -> None:
        """Let the person act right before the effect, then die if it is time."""
        self._act(len(self.trace) if self.at_points else self.moments)
        self.moments += 1
        super().point(name)

    def _act(self, now: int) -> None:
        if self.act is None or self.blown or now < self.act_at:
            return
        act, self.act = self.act, None
        if not act():
            # It has begun, and goes on whatever the daemon does.
            self.act, self.at_points = act, False


class _WiredOs:
    """The module `os`, which tells of each call."""

    def __init__(self, points: Points) -> None:
        self._points = points
        for name in CHANGES:
            setattr(self, name, _telling(points, getattr(os, name)))
        for name in LOOKS:
            setattr(self, name, _looking(points, getattr(os, name)))

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def open(self, path: Any, flags: int, *more: Any, **options: Any) -> int:
        if flags & (os.O_CREAT | os.O_TRUNC):
            self._points.point(f"open {path}")
        else:
            self._points.look("open")
        return os.open(path, flags, *more, **options)


def _telling(points: Points, call: Callable[..., Any]) -> Callable[..., Any]:
    def told(*arguments: Any, **options: Any) -> Any:
        points.point(f"{call.__name__} {arguments}")
        return call(*arguments, **options)

    return told


def _looking(points: Points, call: Callable[..., Any]) -> Callable[..., Any]:
    def looked(*arguments: Any, **options: Any) -> Any:
        points.look(call.__name__)
        return call(*arguments, **options)

    return looked


class _WiredLibc:
    """The one call that Python does not have."""

    def __init__(self, points: Points, real: Any) -> None:
        self._points, self._real = points, real

    def renameat2(self, *arguments: Any) -> int:
        self._points.point(f"renameat2 {arguments}")
        return int(self._real.renameat2(*arguments))


class _WiredPath(type(Path())):
    """The file of a wish, which the engine removes by itself."""

    points: Points

    def unlink(self, missing_ok: bool = False) -> None:
        self.points.point(f"unlink {self}")
        super().unlink(missing_ok)


def _wire_wishes(points: Points, read: Callable[..., list[tuple[Path, Any]]]) -> Callable[..., Any]:
    path_class = type("Wish", (_WiredPath,), {"points": points})
    return lambda *asked: [(path_class(path), wish) for path, wish in read(*asked)]


def _wire_lock(points: Points, lock: Callable[[str], int]) -> Callable[[str], int]:
    """Have one point before the lock of the journal: a death in it would leave a descriptor that only a real death closes."""

    def locked(path: str) -> int:
        points.point("lock")
        fused, database.os = database.os, os
        try:
            return lock(path)
        finally:
            database.os = fused

    return locked


@contextmanager
def wired(points: Points, libc: Any = disk._libc, **calls: Any) -> Iterator[None]:
    """Let the daemon's floors tell of each call; `calls` stand in for functions of `os`."""
    modules = [
        module
        for name, module in sys.modules.items()
        if name.startswith(FLOORS) and hasattr(module, "os") and name != "watchconvert.adapters.wishes"  # people's
    ]
    fused = _WiredOs(points)
    for name, call in calls.items():
        setattr(fused, name, _telling(points, call))
    kept = disk._libc, wishes.read_wishes, database._lock
    disk._libc, wishes.read_wishes = _WiredLibc(points, libc), _wire_wishes(points, wishes.read_wishes)
    database._lock = _wire_lock(points, database._lock)
    for module in modules:
        module.os = fused
    try:
        yield
    finally:
        disk._libc, wishes.read_wishes, database._lock = kept
        for module in modules:
            module.os = os


__all__ = ["CHANGES", "FLOORS", "HARMLESS", "LOOKS", "Crash", "Moments", "Points", "wired"]
