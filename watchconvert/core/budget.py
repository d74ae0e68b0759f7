"""Budgets: what may be spent in a day or a month, and whether another conversion still fits into it.

All sums are in the unit in which the service tells its costs (docs/contract.md).
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

NEARLY = 0.8
"""The part of a budget at which a warning is worth a message."""


class Period(enum.StrEnum):
    """For how long a budget is; it begins and ends as people of this place count days and months."""

    DAY = "day"
    MONTH = "month"


_NOW = {Period.DAY: "today", Period.MONTH: "this month"}
_END = {Period.DAY: "at midnight", Period.MONTH: "when the next month begins"}


@dataclass(frozen=True)
class Budget:
    """What may be spent; None where there is no limit."""

    day: int | None = None
    month: int | None = None

    @property
    def limits(self) -> Mapping[Period, int]:
        """The limit of each period that has one."""
        both = {Period.DAY: self.day, Period.MONTH: self.month}
        return {period: limit for period, limit in both.items() if limit is not None}


NO_LIMIT = Budget()


@dataclass(frozen=True)
class Spent:
    """What was spent in a period, as the service told it."""

    cost: int = 0
    paid: int = 0
    """How many conversions cost something."""

    @property
    def mean(self) -> int:
        """What one more conversion is expected to cost: as much as those before it, and never nothing."""
        return max(1, -(-self.cost // self.paid)) if self.paid else 1

    def plus(self, cost: int) -> "Spent":
        """Return it with another cost."""
        return Spent(self.cost + cost, self.paid + (cost > 0))


@dataclass(frozen=True)
class Use:
    """How far one limit is used."""

    period: Period
    limit: int
    spent: Spent
    under_way: int = 0
    """Conversions that were begun and whose cost the service has not told."""

    @property
    def expected(self) -> int:
        """What those under way are expected to cost."""
        return self.under_way * self.spent.mean

    @property
    def is_full(self) -> bool:
        """Whether another conversion does not fit into it."""
        return self.spent.cost + self.expected + self.spent.mean > self.limit

    @property
    def is_nearly_full(self) -> bool:
        """Whether so much is spent that somebody may want to know."""
        return self.spent.cost >= NEARLY * self.limit


def find_full(uses: tuple[Use, ...]) -> Use | None:
    """Return the limit that keeps another conversion from being bought; the one that lasts longer counts."""
    return next((use for use in reversed(uses) if use.is_full), None)


def say_full(use: Use) -> str:
    """Say that a limit is reached, and when it goes on."""
    expected = f", {use.expected} more expected for what is under way" if use.under_way else ""
    return (
        f"the budget of {use.limit} for {_NOW[use.period]} is used up ({use.spent.cost} charged{expected});"
        f" it goes on by itself {_END[use.period]}."
    )


def say_use(period: Period, used: int, limit: int) -> str:
    """Say how far a limit is used: "used 312 of 500 today"."""
    return f"used {used} of {limit} {_NOW[period]}"
