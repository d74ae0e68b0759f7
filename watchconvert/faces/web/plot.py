"""Plots as numbers for an SVG: where the lines, the bars and the labels go."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from watchconvert.core.flow import SPAN, Depth, Done

WIDTH, HEIGHT = 720.0, 190.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 40.0, 8.0, 10.0, 24.0
_EVERY = 4
"""Hours between two labels of the time."""
_GAP = 3.0


@dataclass(frozen=True)
class Tick:
    """A line of the grid with its label."""

    at: float
    label: str


@dataclass(frozen=True)
class Bar:
    """One hour: what came out, and what failed standing on it."""

    x: float
    width: float
    done_y: float
    done_height: float
    failed_y: float
    failed_height: float
    title: str


@dataclass(frozen=True)
class Plot:
    """One plot."""

    ticks: list[Tick]
    """Horizontal lines, from the bottom up."""
    hours: list[Tick]
    """Labels of the time, from left to right."""
    lower: str = ""
    """Path of the area of files in work."""
    upper: str = ""
    """Path of the area of files that wait in the inboxes, upon the other."""
    bars: tuple[Bar, ...] = ()


def plot_depths(depths: Sequence[Depth], now: float) -> Plot:
    """Return the plot of how full it was."""
    tops = [depth.open + (depth.waiting or 0) for depth in depths]
    most = _nice_top(max(tops, default=0))
    spots = [_x(depth.at, now) for depth in depths]
    lower = [_y(depth.open, most) for depth in depths]
    upper = [_y(top, most) for top in tops]
    base = [_y(0, most)] * len(spots)
    known = any(depth.waiting for depth in depths)
    return Plot(_ticks(most), _hours(now), _area(spots, lower, base), _area(spots, upper, lower) if known else "")


def plot_hours(hours: Sequence[Done]) -> Plot:
    """Return the plot of what came out in each hour; the last one has all its width though it goes on."""
    end = hours[-1].start + 3600
    most = _nice_top(max((hour.done + hour.failed for hour in hours), default=0))
    return Plot(_ticks(most), _hours(end), bars=tuple(_bar(hour, most, end) for hour in hours))


def _bar(hour: Done, most: float, end: float) -> Bar:
    left, right = _x(hour.start, end), _x(hour.start + 3600, end)
    low, middle, high = _y(0, most), _y(hour.done, most), _y(hour.done + hour.failed, most)
    clock = time.strftime("%H:%M", time.localtime(hour.start))
    title = f"from {clock}: {hour.done} converted, {hour.failed} failed"
    width = _round(right - left - _GAP)
    return Bar(_round(left + _GAP / 2), width, middle, _round(low - middle), high, _round(middle - high), title)


def _x(at: float, now: float) -> float:
    return _round(_LEFT + (WIDTH - _LEFT - _RIGHT) * min(1.0, max(0.0, (at - now + SPAN) / SPAN)))


def _y(value: float, most: float) -> float:
    return _round(HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * value / most)


def _round(value: float) -> float:
    return round(value, 1)


def _area(xs: Sequence[float], tops: Sequence[float], bottoms: Sequence[float]) -> str:
    """Return the path of an area with steps, as a number of files has no halves; each step ends at its x."""
    if not xs:
        return ""
    there = "".join(f"V{y}H{x}" for x, y in zip(xs, tops, strict=True))
    starts = [_LEFT, *xs[:-1]]
    back = "".join(f"V{y}H{x}" for x, y in reversed(list(zip(starts, bottoms, strict=True))))
    return f"M{_LEFT} {bottoms[0]}{there}{back}Z"


def _nice_top(most: float) -> float:
    """Return a round number not below the largest value, which four lines divide evenly."""
    if most <= 4:
        return 4.0
    unit = 10.0 ** math.floor(math.log10(most))
    return next(float(step * unit) for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10, 12) if step * unit >= most)


def _ticks(most: float) -> list[Tick]:
    values = [most * part / 4 for part in range(5)]
    return [Tick(_y(value, most), f"{value:g}" if value < 10_000 else f"{value / 1000:g}k") for value in values]


def _hours(now: float) -> list[Tick]:
    """Return labels at whole hours that four divides, as the clocks of this place show them."""
    hour = int(now // 3600) * 3600.0
    found = []
    for start in (hour - 3600 * back for back in range(23, -1, -1)):
        local = time.localtime(start)
        if local.tm_hour % _EVERY == 0 and now - SPAN + 900 < start:
            found.append(Tick(_x(start - local.tm_min * 60, now), f"{local.tm_hour:02}:00"))
    return found
