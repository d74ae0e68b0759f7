"""What is read off a running daemon again and again, and whether it stays flat."""

import itertools
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

MIB = 2**20


class Reading(NamedTuple):
    """One look at a process and its journal."""

    at: float
    """Seconds since the soak began."""
    memory: int
    """Bytes resident."""
    descriptors: int
    threads: int
    journal: int
    """Bytes of the journal's file."""
    log: int
    """Bytes of its write-ahead log."""


def read_gauges(pid: int, journal: Path, at: float) -> Reading:
    """Look at a process and its journal."""
    process = Path(f"/proc/{pid}")
    lines = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    return Reading(
        at,
        int(lines["VmRSS"].split()[0]) * 1024,
        len(list((process / "fd").iterdir())),
        int(lines["Threads"]),
        journal.stat().st_size,
        _size(journal.with_name(journal.name + "-wal")),
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def growth(readings: Sequence[Reading], what: Callable[[Reading], int]) -> float:
    """Return the slope of a gauge per hour over the second half of the readings: the first is for warming up.

    It is the median of the slopes between all pairs (Theil and Sen): a large file under way at the end, or another
    program's load, is not growth.
    """
    late = readings[len(readings) // 2 :]
    slopes = [
        (what(two) - what(one)) / (two.at - one.at) for one, two in itertools.combinations(late, 2) if two.at > one.at
    ]
    return statistics.median(slopes) * 3600 if slopes else 0.0


@dataclass(frozen=True)
class Bounds:
    """How much may grow in an hour, and how large the log may be at any time."""

    memory: float = 1 * MIB
    journal: float = 4 * MIB
    descriptors: float = 4
    threads: float = 2
    log: int = 16 * MIB


def complaints(readings: Sequence[Reading], bounds: Bounds) -> list[str]:
    """Return every gauge that does not stay flat, in words."""
    slopes = {
        "memory": (growth(readings, lambda each: each.memory), bounds.memory),
        "journal": (growth(readings, lambda each: each.journal), bounds.journal),
        "descriptors": (growth(readings, lambda each: each.descriptors), bounds.descriptors),
        "threads": (growth(readings, lambda each: each.threads), bounds.threads),
    }
    found = [f"{name} grows by {slope:,.0f} an hour" for name, (slope, most) in slopes.items() if slope > most]
    largest = max((each.log for each in readings), default=0)
    return found + ([f"the write-ahead log was {largest:,} bytes"] if largest > bounds.log else [])
