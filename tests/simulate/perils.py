"""What may befall the daemon at any of its effects: it dies, or a disk is full."""

import errno
import os
import sqlite3
from typing import Any

from tests.crash.theatre import CommitDatabase
from tests.engine.fakes import Crash, Fuse
from tests.simulate.weather import Weather

_NEEDS_ROOM = ("write", "posix_fallocate", "mkdir", "open")


class Perils(Fuse):
    """A fuse that blows a number of effects after it was lit."""

    def __init__(self, weather: Weather) -> None:
        super().__init__()
        self.weather = weather
        self.left = -1
        """Effects until the death; negative: none is near."""
        self.effects = 0

    def point(self, name: str) -> None:
        """Die if it is time; fail if there is no room for the effect."""
        if self.blown:
            raise Crash(name)
        self.effects += 1
        if self.left >= 0:
            self.left -= 1
            if self.left < 0:
                self.blown = True
                self.weather.struck["died"] += 1
                raise Crash(name)
        if name.startswith(_NEEDS_ROOM) and self.weather.strikes("disk full"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def look(self, name: str) -> None:
        """Let it look."""


class ScarceDatabase(CommitDatabase):
    """A journal whose disk may be full, and whose reserve is gone."""

    def _transact(self, works: list[Any]) -> list[Any]:
        if isinstance(self._fuse, Perils) and self._fuse.weather.strikes("journal's disk full"):
            raise sqlite3.OperationalError("database or disk is full")
        return super()._transact(works)
