"""All deliberate faults, by what they are faults in."""

from tests.mutants import (
    arrivals,
    asked,
    budgets,
    durable,
    ending,
    folder,
    guarded,
    journal,
    keeping,
    keys,
    messages,
    money,
    patience,
    service,
    wire,
)
from tests.mutants.mutant import Mutant

MUTANTS: tuple[Mutant, ...] = (
    *durable.MUTANTS,
    *ending.MUTANTS,
    *journal.MUTANTS,
    *folder.MUTANTS,
    *keeping.MUTANTS,
    *keys.MUTANTS,
    *money.MUTANTS,
    *budgets.MUTANTS,
    *patience.MUTANTS,
    *asked.MUTANTS,
    *guarded.MUTANTS,
    *arrivals.MUTANTS,
    *wire.MUTANTS,
    *messages.MUTANTS,
    *service.MUTANTS,
)
SMOKE = (
    "part-not-synced",
    "sent-again-without-asking",
    "rename-replaces",
    "quiet-time-ignored",
    "wrong-secret-is-the-files-fault",
    "strays-not-adopted",
)
"""A few that are quick and touch every floor; tried with every run of the tests."""
