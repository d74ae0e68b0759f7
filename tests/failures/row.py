"""What one line of the failure table says, as values."""

import enum
from collections.abc import Callable
from dataclasses import dataclass

from tests.failures.scene import Scene

STEPS = (
    "start", "watch", "scan", "dropped", "settled", "noticed", "claimed", "uploaded", "minted", "submitted", "converting",
    "fetched", "published", "retired", "set aside", "any", "log",
)  # fmt: skip
"""When a fault strikes: while a file is on its way to that state, or has just come there."""


class Survives(enum.Enum):
    """Whether the daemon does what its goals ask of it."""

    YES = "yes"
    BY_DESIGN = "not in full, and so decided"
    NO = "no"


@dataclass(frozen=True)
class Row:
    """One fault at one step, what follows, and what shows it."""

    fault: str
    step: str
    outcome: str
    scenario: Callable[[Scene], None] | None = None
    """Makes the fault happen in a world of its own and checks how it ends."""
    shown_by: tuple[str, ...] = ()
    """Names of tests elsewhere."""
    survives: Survives = Survives.YES


@dataclass(frozen=True)
class Family:
    """Faults of one kind."""

    name: str
    """One word, by which its rows are called."""
    title: str
    rows: tuple[Row, ...]

    def named(self) -> dict[str, Row]:
        """Return the rows by their names: the family's, the step and a number where that is not enough."""
        found: dict[str, Row] = {}
        for row in self.rows:
            stem = f"{self.name}-{row.step.replace(' ', '-')}"
            tails = ("", *(f"-{number}" for number in range(2, 50)))
            found[next(stem + tail for tail in tails if stem + tail not in found)] = row
        return found
