"""Whether the daemon is well, by what it tells and whether it tells it in time."""

from collections.abc import Mapping
from typing import Any

STALE = 120.0
"""Seconds without a word of the main thread after which it counts as stuck, as any other loop does."""


def find_ills(note: Mapping[str, Any], now: float, *, running: bool) -> list[str]:
    """Return what is wrong with the daemon itself, in words; empty when it runs and all its loops come round.

    `note` is its status note and `now` the wall clock.  A hold or a share that is
    away is no illness of the daemon: restarting it would not help.
    """
    if not running:
        return ["the daemon is not running"]
    if not note:
        return ["the daemon is starting"]
    age = now - float(note.get("at", now))
    ills = [f"the main thread has not come round for {age:.0f} s"] if age > STALE else []
    stuck = note.get("stuck") or []
    return ills + [f"the loop {name!r} does not come round" for name in stuck]
