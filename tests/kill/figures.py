"""How much a sweep tries, and what comes of it."""

import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

FULL = os.environ.get("WATCHCONVERT_SWEEP") == "full"
ENOUGH = 5
"""Violations after which a sweep ends."""


@dataclass
class Figures:
    """What came of a sweep."""

    deaths: int = 0
    passed: int = 0
    """Of these, the deaths at rest: no call was left at which to die, and the sweep of one name was complete."""
    files: int = 0
    set_aside: int = 0
    """Files that were in hand at three deaths: where many daemons die at random, some are."""
    violations: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"deaths {self.deaths:,} ({self.passed:,} at rest), files {self.files:,}, set aside {self.set_aside:,}, "
            f"violations {len(self.violations)}"
        )

    def add(self, other: "Figures") -> None:
        self.deaths += other.deaths
        self.passed += other.passed
        self.files += other.files
        self.set_aside += other.set_aside
        self.violations += other.violations


@dataclass(frozen=True)
class Extent:
    """How much is tried."""

    full: bool = FULL
    until: float = float("inf")
    """When to stop, on the steady clock."""
    tell: Callable[[str], None] = lambda _: None

    def is_over(self) -> bool:
        return time.monotonic() >= self.until


def say(line: str) -> None:
    """Tell somebody who waits for a long run."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


Sweep = Callable[[], Figures]


def together(sweeps: Sequence[Sweep]) -> Figures:
    """Run sweeps beside each other; returns the sum."""
    total = Figures()
    with ThreadPoolExecutor(len(sweeps)) as pool:
        for figures in pool.map(lambda sweep: sweep(), sweeps):
            total.add(figures)
    return total


def report(what: str, sweeps: Sequence[tuple[str, Sweep]]) -> int:
    """Run sweeps one after the other, and end with one line of figures; returns the exit status."""
    total, began = Figures(), time.monotonic()
    for name, sweep in sweeps:
        start = time.monotonic()
        figures = sweep()
        total.add(figures)
        say("\n".join([f"{name}: {figures}, {time.monotonic() - start:.0f} s", *figures.violations]))
    say(f"{what}: {total}, {time.monotonic() - began:.0f} s")
    return bool(total.violations)


def judge(figures: Figures, least: int) -> None:
    """Fail with every violation, or if fewer died than should."""
    assert not figures.violations, "\n\n".join(figures.violations)
    assert figures.deaths >= least, f"the sweep did not reach what it is for: {figures}"
