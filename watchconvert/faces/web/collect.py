"""What there is to show, gathered at most once a second however many look."""

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from watchconvert.adapters.clock import Clock
from watchconvert.adapters.journal.database import JournalError, is_locked
from watchconvert.adapters.journal.glance import Glance, open_glance
from watchconvert.adapters.journal.report import read_status
from watchconvert.adapters.journal.store import Hold
from watchconvert.core.flow import SPAN, Flow, Passing, Tally
from watchconvert.core.health import find_ills
from watchconvert.core.job import Job
from watchconvert.core.naming import shown
from watchconvert.core.settings import Config
from watchconvert.core.states import Event
from watchconvert.faces.budgets import tell_budgets
from watchconvert.faces.status import gather

_FRESH = 1.0
"""Seconds for which what was gathered is shown to whoever asks."""
_SHARE = 20.0
"""How many times longer than it took an answer is kept that has to go through much: at most a twentieth of one
processor goes into it."""
_RANGE = 50_000
"""Numbers of events that are looked at in one question."""
_HASTE = 0.5
"""Seconds that one look may spend on catching up with the events of the last day."""
_OPEN, _RECENT, _FAILED = 20, 15, 12
"""Files told of each kind."""
_DEPTH = 50_000
"""Jobs at rest among which the first look searches for failed ones."""
_WEEK = 7 * 86400.0


@dataclass(frozen=True)
class Look:
    """How it is at one moment."""

    at: float
    """Wall clock."""
    running: bool = False
    note: dict[str, Any] = field(default_factory=dict)
    """The daemon's status note; empty when it does not run."""
    ills: list[str] = field(default_factory=list)
    """What is wrong with the daemon itself."""
    fault: str = ""
    """Why the journal could not be read; then the rest is empty."""
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    """Of each route, how many jobs there are in each state that is not at rest."""
    oldest: dict[str, float] = field(default_factory=dict)
    troubled: dict[str, int] = field(default_factory=dict)
    open: list[Job] = field(default_factory=list)
    rested: list[Job] = field(default_factory=list)
    failed: list[Job] = field(default_factory=list)
    """Failed files that nobody has tried again, the latest first."""
    ways: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    """What happened to each job that is told of, and when."""
    holds: list[Hold] = field(default_factory=list)
    account: dict[str, Any] | None = None
    money: dict[str, Any] = field(default_factory=dict)
    """The ledger in sums ("rounds", "cost", "doubtful") with the last possible double charges ("doubts")."""
    budgets: list[dict[str, Any]] = field(default_factory=list)
    """Each limit with what is used of it, as `faces.budgets.tell_budgets` has it."""
    is_whole: bool = True
    """Whether the events of the last day have all been counted."""

    @property
    def open_now(self) -> int:
        """How many jobs are not at rest."""
        return sum(sum(states.values()) for states in self.counts.values())

    def waiting(self, route: str = "") -> int:
        """Return how many files wait in the inbox of a route, or in all."""
        return sum(lane["waiting"] for lane in self.note.get("lanes", []) if route in ("", lane["route"]))


class Collector:
    """Looks at the journal and the status note; safe to be used by several threads."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self.config, self._clock = config, clock
        self.flow, self.tally = Flow(), Tally()
        self._turn, self._status_turn = threading.Lock(), threading.Lock()
        self._look: Look | None = None
        self._looked_at = 0.0
        self._first, self._last = -1, -1
        """Numbers of the last event when the first look began, and of the last one that was counted."""
        self._failures: deque[str] = deque(maxlen=4 * _FAILED)
        self._status: dict[str, Any] = {}
        self._status_until, self._money_until = 0.0, 0.0
        self._money: dict[str, Any] = {}

    def look(self) -> Look:
        """Return how it is, as of a second ago at most."""
        with self._turn:
            now = self._clock.steady()
            if self._look is None or not 0 <= now - self._looked_at < _FRESH:
                self._look, self._looked_at = self._gather(), now
            return self._look

    def status(self) -> dict[str, Any]:
        """Return what `watchconvert status --json` tells, perhaps a little old on a large journal.

        Raises:
            JournalError: it cannot be read.

        """
        with self._status_turn:
            began = self._clock.steady()
            if began >= self._status_until:
                self._status = gather(self.config, self._clock.now())
                self._status_until = self._keep(began)
            return self._status

    def _keep(self, began: float) -> float:
        """Return until when an answer is kept that was begun to be made then."""
        return began + max(_FRESH, _SHARE * (self._clock.steady() - began))

    def _gather(self) -> Look:
        path, now = self.config.daemon.journal, self._clock.now()
        running = is_locked(path)
        note = read_status(path) if running else {}
        bare = Look(now, running, note, find_ills(note, now, running=running))
        try:
            with open_glance(path, self._clock.steady) as glance:
                look = self._read(glance, bare)
        except JournalError as fault:
            return Look(now, running, note, bare.ills, fault=str(fault))
        self.flow.look(now, look.waiting())
        return look

    def _read(self, glance: Glance, bare: Look) -> Look:
        whole, money = self._catch_up(glance, bare.at), self._read_money(glance)
        open_jobs, rested = glance.open_jobs(_OPEN), glance.rested(_RECENT)
        week_ago = bare.at - _WEEK
        failed = [job for job in glance.jobs(list(self._failures)[::-1]) if job.changed_at > week_ago]
        failed = [job for job in failed if glance.later(job) is None]
        return Look(
            at=bare.at,
            running=bare.running,
            note=bare.note,
            ills=bare.ills,
            counts=glance.open_counts(),
            oldest=glance.oldest_open(),
            troubled=glance.troubled_counts(),
            open=open_jobs,
            rested=rested,
            failed=failed,
            ways=glance.ways([job.id for job in (*open_jobs, *rested)]),
            holds=glance.holds(),
            account=glance.account(),
            money=money,
            budgets=money["budgets"],
            is_whole=whole,
        )

    def _read_money(self, glance: Glance) -> dict[str, Any]:
        began = self._clock.steady()
        if began >= self._money_until:
            doubts = glance.double_charges(1)
            told = [{"file": shown(each["name"]), "route": each["route"], "why": each["cause"]} for each in doubts]
            budgets = tell_budgets(self.config, glance, self._clock.now())
            self._money = glance.money() | {"doubts": told, "budgets": budgets}
            self._money_until = self._keep(began)
        return self._money

    def _catch_up(self, glance: Glance, now: float) -> bool:
        """Count the events since the last look, for a while at most; returns whether that was all of them."""
        newest = glance.last_number()
        if newest < self._last:  # another journal stands there, or all of this one was forgotten
            self.flow, self._last = Flow(), -1
        if self._last < 0:
            self._first, self._last = newest, glance.number_at(now - SPAN)
            self._failures.clear()
            self._failures.extend(reversed(glance.failed_among_last(self._failures.maxlen or 0, _DEPTH)))
        until = self._clock.steady() + _HASTE
        while self._last < newest and self._clock.steady() < until:
            step = min(newest, self._last + _RANGE)
            for passing in glance.passings(self._last, step):
                self._count(passing)
            self._last = step
        return self._last >= newest

    def _count(self, passing: Passing) -> None:
        self.flow.add(passing)
        if passing.number <= self._first:
            return
        self.tally.add(passing)
        if passing.event == Event.SET_ASIDE.value:
            self._failures.append(passing.job)


def midnight(now: float) -> float:
    """Return when the present day began in this place."""
    today = time.localtime(now)
    return time.mktime((today.tm_year, today.tm_mon, today.tm_mday, 0, 0, 0, 0, 0, -1))
