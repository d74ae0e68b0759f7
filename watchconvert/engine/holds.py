"""Pauses of the account, the service, a route or a disk: they cost no tries and end by themselves.

One more is a person's: it is never probed, and ends by a person or when its time is over.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from watchconvert.adapters.clock import Clock
from watchconvert.adapters.journal.store import Hold, Journal
from watchconvert.core.answers import Accepted, Answer, Held, Scope, Unavailable
from watchconvert.core.cadence import probe_after
from watchconvert.core.crowd import Crowd
from watchconvert.core.job import Job
from watchconvert.core.states import Event, State
from watchconvert.engine.outcome import Outcome
from watchconvert.engine.purse import EVERYTHING, Purse

_BOUGHT = frozenset({State.CONVERTING, State.CONVERTED, State.FETCHED, State.PUBLISHED, State.REJECTED})
"""What is paid for already is finished whatever is held."""
_LOOK_AT_DISK, _NO_LIMIT = 30.0, 3600.0
_FAR = 600.0
"""A probe further off than any pause can be was set by a clock that was wrong: it is due."""
_OUTAGE = 3
"""How many requests in a row must fail before the service counts as away."""

_PROVES = {
    Scope.ACCOUNT: State.SUBMITTING,
    Scope.SERVICE: State.SUBMITTING,
    Scope.ROUTE: State.SUBMITTING,
    Scope.DISK: State.UPLOADED,
}
"""The state whose step can only succeed when the hold is over."""

Key = tuple[Scope, str]


class Holds:
    """Knows what is held, and lets one job at a time find out whether it still must be."""

    def __init__(self, journal: Journal, clock: Clock, log: Any, workers: int = 1) -> None:
        self._journal, self._clock, self._log = journal, clock, log
        self.crowd = Crowd(workers, workers)
        self._lock = threading.Lock()
        self._held: dict[Key, Hold] = {(hold.scope, hold.name): hold for hold in journal.holds()}
        self._probing: dict[Key, str] = {}
        self._journal_key: Key = (Scope.DISK, journal.path)
        self._outages = 0
        self.on_end: Callable[[], None] = lambda: None
        """Rung when a hold has ended, so that what waits goes on at once."""
        self.purse = Purse(journal, clock)

    def resize(self, workers: int) -> None:
        """Take another number of workers."""
        with self._lock:
            self.crowd = self.crowd.resized(workers)

    def probe_now(self) -> None:
        """Let every hold be probed at once: somebody has changed something, and watches for the effect."""
        self.look_at_budgets()
        with self._lock:
            for key in self._probed():
                self._held[key] = replace(self._held[key], probe_at=self._clock.now())

    def standing(self) -> list[Hold]:
        """Return the holds that stand."""
        return list(self._held.values())

    def pauses_intake(self, route: str, now: float) -> bool:
        """Tell whether files of a route stay in the inbox for now; they may come when a probe is due."""
        if self._held.keys() & {self._journal_key, (Scope.BUDGET, EVERYTHING), (Scope.BUDGET, route)}:
            return True
        wide = (*_FREE, (Scope.ROUTE, route), *_pauses_of(route))
        standing = [hold for key in wide if (hold := self._held.get(key))]
        return not all(_is_due(hold, now) for hold in standing)

    def allows(self, job: Job, now: float, *, only_asks: bool = False) -> bool:
        """Tell whether a job's step may start; when a probe is due, one job may try.

        What only asks after something that may have been bought is never held.
        """
        if job.state in _BOUGHT or only_asks:
            return True
        if self._journal_key in self._held:
            return False
        with self._lock:
            standing = [key for key in _keys_of(job) if key in self._held]
            if not all(self._may_probe(key, job, now) for key in standing):
                return False
            if job.state is not State.SUBMITTING and (refusal := self.purse.reserve(job)):
                if (refusal.scope, refusal.name) not in self._held:
                    self._begin(refusal, job)
                return False
            self._probing |= dict.fromkeys(standing, job.id)
            return True

    def _may_probe(self, key: Key, job: Job, now: float) -> bool:
        """Tell whether a job may go past a hold; the service's own is probed without a job, and a person's never."""
        return (
            key[0] not in (Scope.SERVICE, Scope.PAUSE)
            and _is_due(self._held[key], now)
            and self._probing.get(key, job.id) == job.id
        )

    def learn(self, job: Job, outcome: Outcome | None) -> None:
        """Take note of how a step ended."""
        with self._lock:
            tried = [key for key, probe in self._probing.items() if probe == job.id]
            for key in tried:
                del self._probing[key]
            if outcome is not None and outcome.hold is not None:
                self._begin(outcome.hold, job)
            elif outcome is not None and outcome.event is not Event.DELAYED:
                self._end(*(key for key in tried if job.state is _PROVES[key[0]]))
            if outcome is not None and job.state in (State.CLAIMED, State.SUBMITTING):
                self._count_outage(outcome)
                self._count_crowd(outcome)

    def _count_outage(self, outcome: Outcome) -> None:
        self._outages = self._outages + 1 if outcome.outage else 0
        if self._outages >= _OUTAGE:
            self._stand(Scope.SERVICE, "", outcome.outage)

    def _count_crowd(self, outcome: Outcome) -> None:
        if outcome.crowded:
            self.crowd = self.crowd.refused()
        elif outcome.event in (Event.UPLOADED, Event.ACCEPTED, Event.CONVERTED):
            self.crowd = self.crowd.served()

    def _begin(self, held: Held, job: Job) -> None:
        name = {Scope.ROUTE: job.route, Scope.DISK: job.order.outbox}.get(held.scope, held.name)
        said = f" (the service said: {held.verdict.message})" if held.verdict.message else ""
        self._stand(held.scope, name, held.verdict.sentence + said, held.until)

    def _stand(self, scope: Scope, name: str, reason: str, until: float = 0.0) -> None:
        now = self._clock.now()
        known = self._held.get((scope, name))
        probes = known.probes + 1 if known else 0
        since = known.since if known else now
        # A look at a disk costs nothing, and people who have made room watch for the effect.
        pause = min(probe_after(probes, self._clock.dice()), _LOOK_AT_DISK if scope is Scope.DISK else _NO_LIMIT)
        hold = Hold(scope, name, reason, since, until or now + pause, probes)
        self._held[scope, name] = hold
        self._journal.begin_hold(hold)
        if known is None:
            self._log.warning("held", **_words_of(hold), why=reason)

    def _end(self, *keys: Key, because: str = "") -> None:
        for key in keys:
            if hold := self._held.pop(key, None):
                self._journal.end_hold(*key)
                self._journal.hurry(self._clock.now())
                self._log.info("released", **_words_of(hold), why=f"{because}it was: {hold.reason}")
                self.on_end()

    # a person's ─────────────────────────────────────────────────────────────
    def pauses(self) -> list[Hold]:
        """Return the holds that persons have asked for."""
        return [hold for (scope, _), hold in list(self._held.items()) if scope is Scope.PAUSE]

    def pause(self, route: str, reason: str, until: float = 0.0) -> None:
        """Begin nothing new of a route ("" for all), until a person says so or a time has come (0 for none).

        What stands already is replaced and keeps its start.  It costs one commit.
        """
        now = self._clock.now()
        with self._lock:
            known = self._held.get((Scope.PAUSE, route))
            hold = Hold(Scope.PAUSE, route, reason, known.since if known else now, until)
            self._held[Scope.PAUSE, route] = hold
            self._journal.begin_hold(hold)
            self._log.warning("held", **_words_of(hold), why=reason)

    def resume(self, routes: Iterable[str], by: str) -> int:
        """End the pauses of routes, of all routes and of each where none is named; return how many there were."""
        with self._lock:
            named = set(routes)
            keys = [key for key in self._held if key[0] is Scope.PAUSE and (not named or key[1] in named)]
            self._end(*keys, because=f"{by} has ended it; ")
        self.probe_now()
        return len(keys)

    def end_pauses(self, now: float) -> None:
        """End the pauses whose time is over."""
        if any(hold.probe_at and _is_due(hold, now) for hold in self.pauses()):
            with self._lock:
                over = [key for key, hold in self._held.items() if key[0] is Scope.PAUSE and _is_due(hold, now)]
                self._end(*over, because="its time is over; ")

    def look_at_journal(self) -> None:
        """Begin nothing new while the journal's disk is nearly full: what is under way must find room to its end."""
        has_room = self._journal.has_room()
        with self._lock:
            if has_room:
                self._end(self._journal_key)
            elif self._journal_key not in self._held:
                self._stand(
                    *self._journal_key,
                    "the disk of the journal is nearly full; nothing new is begun until there is room.",
                )

    def look_at_budgets(self) -> None:
        """Let what waits for money go on where there is some.

        This, and no job, is what probes such a hold: nothing is bought to find out.
        """
        self.purse.look()
        with self._lock:
            waiting = [key for key in self._held if key[0] is Scope.BUDGET]
            if waiting:
                self.purse.renew(self._clock.steady())
            for key in waiting:
                hold, refusal = self._held[key], self.purse.refusal(key[1])
                if refusal is None:
                    self._end(key)
                elif (refusal.verdict.sentence, refusal.until) != (hold.reason, hold.probe_at):
                    self._stand(*key, refusal.verdict.sentence, refusal.until)

    def _probed(self) -> list[Key]:
        """Return the holds that are probed; the others are looked at all the time, or end with their time."""
        others = (Scope.PAUSE, Scope.BUDGET)
        return [key for key in list(self._held) if key != self._journal_key and key[0] not in others]

    def next_probe(self) -> float | None:
        """Return when the next hold wants to be probed, or ends."""
        pauses = (hold.probe_at for hold in self.pauses() if hold.probe_at)
        return min((*(self._held[key].probe_at for key in self._probed()), *pauses), default=None)

    def wants_free_probe(self, now: float) -> bool:
        """Tell whether the account or the service is held and its probe is due."""
        standing = [hold for key in _FREE if (hold := self._held.get(key))]
        return any(_is_due(hold, now) for hold in standing)

    def learn_probe(self, answer: Answer) -> None:
        """Take note of what the probe that costs nothing has found."""
        with self._lock:
            if isinstance(answer, Accepted):
                self._outages = 0
                self._end(*_FREE)
            elif isinstance(answer, Held):
                self._end((Scope.SERVICE, ""))
                self._stand(Scope.ACCOUNT, "", answer.verdict.sentence)
            else:
                reason = answer.reason if isinstance(answer, Unavailable) else "the service's answer was not understood"
                for scope in [key[0] for key in _FREE if key in self._held]:
                    self._stand(scope, "", reason if scope is Scope.SERVICE else self._held[scope, ""].reason)


_FREE: tuple[Key, ...] = ((Scope.ACCOUNT, ""), (Scope.SERVICE, ""))


def _words_of(hold: Hold) -> dict[str, str]:
    """Return what a hold is about, in the words of the log."""
    routes = dict.fromkeys((Scope.ROUTE, Scope.PAUSE, Scope.BUDGET), "route")
    named = (routes | {Scope.DISK: "folder"}).get(hold.scope)
    return {"scope": hold.scope.value} | ({named: hold.name} if named and hold.name else {})


def _is_due(hold: Hold, now: float) -> bool:
    """Tell whether a hold may be probed; of a person's, whether its time is over."""
    if hold.scope is Scope.PAUSE:
        return 0 < hold.probe_at <= now
    return not now < hold.probe_at <= now + _FAR


def _pauses_of(route: str) -> tuple[Key, ...]:
    return ((Scope.PAUSE, ""), (Scope.PAUSE, route))


def _keys_of(job: Job) -> tuple[Key, ...]:
    wide: tuple[Key, ...] = (*_FREE, (Scope.ROUTE, job.route), *_pauses_of(job.route))
    return (*wide, (Scope.DISK, job.order.outbox)) if job.state is State.UPLOADED else wide
