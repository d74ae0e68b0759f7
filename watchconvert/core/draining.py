"""When a run that does not go on for ever has done what it can: what is left, and how long that is waited for.

All times are seconds on a clock that nobody can set.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

GRACE = 5.0
"""Seconds for which what is stuck is waited for, unless somebody says how long: a hiccup is over by then."""


@dataclass(frozen=True)
class Left:
    """A file, or an inbox as a whole, that has not come to rest."""

    route: str
    file: str
    """As it may be shown; empty for an inbox as a whole."""
    why: str
    is_stuck: bool
    """Whether nothing that this process does brings it on: it waits for people, for the service, or for a disk."""


class Ending(enum.StrEnum):
    """Why the run ends."""

    REST = "rest"
    """Everything has come to rest."""
    LEFT = "left"
    """What is left waits for something else than time."""
    TIMEOUT = "timeout"
    STOPPED = "stopped"
    BROKEN = "broken"


class Patience:
    """Decides, look by look, whether to go on."""

    def __init__(self, began: float, limit: float | None = None) -> None:
        """Take the start, and the seconds after which to end whatever is left; None: when no more can be done."""
        self._began, self._limit = began, limit
        self._stuck_since: float | None = None

    def decide(self, left: Sequence[Left], now: float) -> Ending | None:
        """Return why to end, or None to go on, by what one look found."""
        if not left:
            return Ending.REST
        if self._limit is not None:
            return Ending.TIMEOUT if now - self._began >= self._limit else None
        if not all(each.is_stuck for each in left):
            self._stuck_since = None
        elif self._stuck_since is None:
            self._stuck_since = now
        return Ending.LEFT if self._stuck_since is not None and now - self._stuck_since >= GRACE else None


EXIT_FAILED, EXIT_LEFT = 1, 75
"""Some files failed; something is left for later (sysexits(3), EX_TEMPFAIL)."""


def exit_status(failed: int, left: int) -> int:
    """Return the exit status: a failure is told once, so it counts more than what a later run takes up."""
    if failed:
        return EXIT_FAILED
    return EXIT_LEFT if left else 0
