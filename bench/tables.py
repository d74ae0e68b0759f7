"""Rows of a measurement, as they are printed and as they stand in docs/performance.md."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """What one benchmark found; the first row is the heading."""

    heading: Sequence[str]
    rows: Sequence[Sequence[str]]

    def as_markdown(self) -> str:
        """Return the table as Markdown that is readable as plain text too: the first column left, numbers right."""
        lines = [self.heading, *self.rows]
        widths = [max(len(line[at]) for line in lines) for at in range(len(self.heading))]
        rule = [("-" * width) if at == 0 else "-" * (width - 1) + ":" for at, width in enumerate(widths)]
        return "\n".join(_line(cells, widths) for cells in [self.heading, rule, *self.rows]) + "\n"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = zip(cells, widths, strict=True)
    padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]
    return f"| {' | '.join(padded)} |"


def middle(values: Iterable[float]) -> float:
    """Return the median; of an even number of values, the mean of the two in the middle."""
    return statistics.median(values)


def percentile(values: Iterable[float], percent: float) -> float:
    """Return the smallest value that at least `percent` per cent of the values do not exceed."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * percent // 100).__int__() - 1)]


def show(value: float) -> str:
    """Return a number with three digits that count, "7.31", "73.1" or "731", and whole from there on."""
    places = max(0, 2 - len(str(int(abs(value)))) + 1) if abs(value) < 100 else 0
    return f"{value:,.{min(places, 2)}f}"
