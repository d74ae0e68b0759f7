"""The daemon's own idea of the time of day, where something is removed for its age."""

import threading

from watchconvert.core.calendar import Calendar, jumped, look
from watchconvert.core.units import say_duration
from watchconvert.engine.tools import Tools

_NOTED = 600.0
"""Seconds after which what is believed is noted again."""


class Almanac:
    """Looks at both clocks whenever it is asked, and remembers the last time of day that it believed."""

    def __init__(self, tools: Tools) -> None:
        self._tools, self._turn = tools, threading.Lock()
        self._calendar: Calendar | None = None
        self._noted_at = 0.0

    def now(self) -> float | None:
        """Return the wall clock, or None while it cannot be trusted with what people have.

        Raises:
            JournalError: what is believed cannot be read or noted.

        """
        with self._turn:
            wall, steady = self._tools.clock.now(), self._tools.clock.steady()
            before = self._calendar or self._begin(wall)
            self._calendar = look(before, wall, steady)
            if self._calendar.is_believed:
                self._believe(before, wall, steady)
                return wall
            if self._calendar.doubted_at != before.doubted_at:
                self._tell(jumped(before, wall, steady))
            return None

    def _begin(self, wall: float) -> Calendar:
        known = self._tools.journal.placements.believed()
        return Calendar(wall if known is None else known)

    def _believe(self, before: Calendar, wall: float, steady: float) -> None:
        if not before.is_believed:
            self._tools.journal.placements.redate(wall)
        elif steady - self._noted_at < _NOTED:
            return
        self._tools.journal.placements.believe(wall)
        self._noted_at = steady

    def _tell(self, ahead: float) -> None:
        way = "forward" if ahead > 0 else "back"
        why = f"it has jumped {way} by {say_duration(abs(ahead))}"
        remedy = (
            "nothing is removed for its age, and no budget begins anew, until the clock has kept step for six hours"
        )
        self._tools.log.warning("clock_doubted", why=f"{why}; {remedy}")
