"""The budgets at work: sums are held in memory, seeded from the ledger, and each conversion reserves its share.

A file reserves when it is about to leave its inbox, so that what cannot be
paid for stays there, and once more, harder, when its conversion is about to
be bought.  Both are done under one lock: two files never get the last share.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import inf

from watchconvert.adapters.clock import Clock
from watchconvert.adapters.journal.store import Journal
from watchconvert.adapters.spans import AROUND, Span
from watchconvert.core.answers import Held, Scope
from watchconvert.core.budget import NO_LIMIT, Budget, Period, Spent, Use, find_full, say_full
from watchconvert.core.job import Job, Verdict
from watchconvert.core.states import Event, State

EVERYTHING = ""
"""Stands for the budget of all routes together."""
_OVER = frozenset({Event.CONVERTED, Event.FORGOTTEN, Event.SENT_BACK, Event.REJECTED, Event.WITHDRAWN})
"""Events after which a job has nothing under way that is to be paid."""
_BOUGHT = frozenset({State.SUBMITTING, State.CONVERTING})
_STALE = 60.0
"""Seconds after which the sums are taken from the ledger again while a budget holds work."""


@dataclass(frozen=True)
class _Share:
    route: str
    is_bought: bool
    """Whether its JobId was minted: it may be billed from now on."""


class Purse:
    """What may still be spent; safe to be used by several threads."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal, self._clock = journal, clock
        self._lock = threading.Lock()
        self._budgets: dict[str, Budget] = {}
        """By the name of the route; `EVERYTHING` for all together."""
        self._spans: dict[Period, Span] = {}
        self._spent: dict[tuple[str, Period], Spent] = {}
        self._shares: dict[str, _Share] = {}
        self._seeded_at = -inf
        self.believed_now: Callable[[], float | None] = clock.now
        """Tells the wall clock, or None while it cannot be believed (engine/almanac.py)."""

    def take(self, budgets: Mapping[str, Budget]) -> None:
        """Take what the configuration says now."""
        with self._lock:
            self._budgets = {name: budget for name, budget in budgets.items() if budget.limits}
            self._spans = {}

    def look(self) -> None:
        """Look at the clock, and at the ledger where that was long ago: a period may be over.

        Raises:
            JournalError: the journal cannot be read.

        """
        with self._lock:
            if self._budgets:
                self.believed_now()  # a jump is seen by looking often
                self._turn_over()

    def reserve(self, job: Job) -> Held | None:
        """Reserve for a file that is about to be worked on; return what it must wait for where nothing is left.

        Raises:
            JournalError: the journal cannot be read.

        """
        if not self._budgets:
            return None
        with self._lock:
            self._turn_over()
            if job.id in self._shares:
                return None
            held = self._refuse((job.route, EVERYTHING), self._shares.values())
            if held is None:
                self._shares[job.id] = _Share(job.route, is_bought=False)
            return held

    def spend(self, job: Job) -> Held | None:
        """Buy with what is reserved; return what the job must wait for where the money has gone to others.

        Raises:
            JournalError: the journal cannot be read.

        """
        if not self._budgets:
            return None
        with self._lock:
            self._turn_over()
            self._shares.pop(job.id, None)
            held = self._refuse((job.route, EVERYTHING), [share for share in self._shares.values() if share.is_bought])
            if held is None:
                self._shares[job.id] = _Share(job.route, is_bought=True)
            return held

    def note(self, before: Job, after: Job, event: Event) -> None:
        """Take note of an event that stands in the journal."""
        if not self._budgets:
            return
        with self._lock:
            if event in _OVER:
                self._shares.pop(after.id, None)
            if cost := after.cost - before.cost:
                for name, budget in self._budgets.items():
                    for period in budget.limits if name in (EVERYTHING, after.route) else ():
                        # What is dated later than the period was bought while the clock was ahead: it counts, too.
                        if after.minted_at >= self._spans.get(period, (inf, inf))[0]:
                            self._spent[name, period] = self._spent.get((name, period), Spent()).plus(cost)

    def refusal(self, name: str) -> Held | None:
        """Return what another file of a route, or of any where it is `EVERYTHING`, would have to wait for."""
        with self._lock:
            self._turn_over()
            return self._refuse((name,), self._shares.values())

    def renew(self, now: float) -> None:
        """Take the sums from the ledger again if that was long ago, by the steady clock: what leaked is mended.

        Raises:
            JournalError: the journal cannot be read.

        """
        with self._lock:
            if self._budgets and now - self._seeded_at > _STALE and self._spans and self._is_in_step():
                self._seed(self._clock.now())

    def uses(self) -> dict[str, tuple[Use, ...]]:
        """Return how far each budget is used."""
        with self._lock:
            self._turn_over()
            return {name: self._uses(name, self._shares.values()) for name in self._budgets}

    def _refuse(self, names: Iterable[str], shares: Iterable[_Share]) -> Held | None:
        shares = list(shares)
        for name in names:
            if full := find_full(self._uses(name, shares)):
                until = self._spans[full.period][1] if full.period in self._spans else 0.0
                return Held(Scope.BUDGET, Verdict(say_full(full)), name, until)
        return None

    def _uses(self, name: str, shares: Iterable[_Share]) -> tuple[Use, ...]:
        under_way = sum(name in (EVERYTHING, share.route) for share in shares)
        return tuple(
            Use(period, limit, self._spent.get((name, period), Spent()), under_way)
            for period, limit in self._budgets.get(name, NO_LIMIT).limits.items()
        )

    def _is_in_step(self) -> bool:
        now = self._clock.now()
        return all(start <= now < end for start, end in self._spans.values())

    def _turn_over(self) -> None:
        """Begin the periods that the clock is in, if it is believed; one that is doubted opens no new one."""
        if not self._budgets:
            return
        if self._spans and self._is_in_step():
            return
        believed = self.believed_now()
        if believed is not None:
            self._seed(believed)
        elif not self._spans:
            known = self._journal.placements.believed()
            self._seed(self._clock.now() if known is None else known, without_end=True)

    def _seed(self, at: float, *, without_end: bool = False) -> None:
        """Take the sums of the periods around a moment from the ledger, and from the jobs what is under way."""
        self._spans = {period: around(at) for period, around in AROUND.items()}
        self._spent = {}
        for period, (start, end) in self._spans.items():
            for route, cost, paid in self._journal.ledger.spent(start, inf if without_end else end):
                for name in {route, EVERYTHING} & self._budgets.keys():
                    known = self._spent.get((name, period), Spent())
                    self._spent[name, period] = Spent(known.cost + cost, known.paid + paid)
        before, self._shares = self._shares, {}
        for job, route, state in self._journal.ledger.unpaid():
            if job in before or state is not State.NOTICED:
                # One that is being bought at this moment is not known to be by the journal yet.
                bought = state in _BOUGHT or (job in before and before[job].is_bought)
                self._shares[job] = _Share(route, is_bought=bought)
        self._seeded_at = self._clock.steady()
