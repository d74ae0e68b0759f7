"""Whether the wall clock can be believed, where files are removed for their age, and budgets begin anew.

docs/design.md, "What is removed", tells why.
"""

from dataclasses import dataclass, replace

STEP = 3600.0
"""Seconds by which the wall clock may differ from the steady one between two looks: a summer time set by hand."""
AWAY = 31 * 86400.0
"""Seconds for which a daemon may have been down without a doubt."""
PROBATION = 6 * 3600.0
"""Seconds that a clock which has jumped must keep step before it is believed."""


@dataclass(frozen=True)
class Calendar:
    """What the last look at both clocks showed."""

    wall: float
    """Seconds since the epoch: at the last look, or before the first one the time that an earlier life believed."""
    steady: float | None = None
    """Seconds of the clock that nobody can set; None before the first look of this life."""
    doubted_at: float | None = None
    """The steady time of the last jump while the wall clock is not believed; None while it is."""

    @property
    def is_believed(self) -> bool:
        """Whether files may be removed for their age."""
        return self.steady is not None and self.doubted_at is None


def look(before: Calendar, wall: float, steady: float) -> Calendar:
    """Return the calendar after another look at both clocks."""
    now = replace(before, wall=wall, steady=steady)
    ahead = jumped(before, wall, steady)
    if not -STEP <= ahead <= (AWAY if before.steady is None else STEP):
        return replace(now, doubted_at=steady)
    if before.doubted_at is not None and steady - before.doubted_at >= PROBATION:
        return replace(now, doubted_at=None)
    return now


def jumped(before: Calendar, wall: float, steady: float) -> float:
    """Return by how many seconds the wall clock is ahead of where it should be."""
    return wall - before.wall - (steady - before.steady if before.steady is not None else 0.0)
