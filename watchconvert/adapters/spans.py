"""Days and months of this place: where they begin and end, whatever summer time does to them."""

import time
from collections.abc import Callable, Mapping

from watchconvert.core.budget import Period

Span = tuple[float, float]
"""From when until when, in seconds since the epoch; the end belongs to the next one."""


def day_around(at: float) -> Span:
    """Return the local day of a moment."""
    year, month, day = time.localtime(at)[:3]
    return _begin(year, month, day), _begin(year, month, day + 1)


def month_around(at: float) -> Span:
    """Return the local month of a moment."""
    year, month = time.localtime(at)[:2]
    return _begin(year, month, 1), _begin(year, month + 1, 1)


def month_name(at: float) -> str:
    """Return the local month of a moment as "2026-11"."""
    return time.strftime("%Y-%m", time.localtime(at))


AROUND: Mapping[Period, Callable[[float], Span]] = {Period.DAY: day_around, Period.MONTH: month_around}
"""What finds the span of a period around a moment."""


def _begin(year: int, month: int, day: int) -> float:
    """Return the first moment of a day; days and months beyond the last count on."""
    return time.mktime((year, month, day, 0, 0, 0, 0, 0, -1))
