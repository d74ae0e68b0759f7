"""Gives due jobs to a pool of workers; each worker takes a job as far as it goes without waiting."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor

from watchconvert.adapters.hand import Hand
from watchconvert.core.job import Job
from watchconvert.core.states import RESTING, State
from watchconvert.engine.advance import advance
from watchconvert.engine.holds import Holds
from watchconvert.engine.tools import Tools

_LONGEST_SLEEP = 30.0
_DEEP = 5000
"""How far down the queue is looked at most."""
_BUYING = frozenset({State.NOTICED, State.CLAIMED, State.UPLOADED, State.SUBMITTING})
"""States whose next steps ask the service for something new; of these no more at once than it bears."""
_SUSPECT = frozenset({State.CLAIMED, State.CONVERTED, State.FETCHED})
"""States whose step touches the file's content, and whose file may therefore be what kills the daemon."""


def _nothing(_: Job) -> None:
    """Stand for a listener that nobody has set."""


class Dispatcher:
    """Every step but the poll."""

    def __init__(self, tools: Tools, holds: Holds, hand: Hand, pool: Executor, workers: int) -> None:
        self._tools, self._holds, self._hand, self._pool = tools, holds, hand, pool
        self._workers = workers
        self._lock = threading.Lock()
        self._busy: dict[str, Job] = {}
        """The jobs that are under way, as they were when they were handed out."""
        self._probing = False
        self.is_hung: Callable[[str], bool] = lambda route: route == ""
        """Tells whether a route's file system hangs: its jobs are let be, and its workers do not count."""
        self.broken: BaseException | None = None
        """What ended a worker that may not end: the journal cannot be written."""
        self.on_rest: Callable[[Job], None] = _nothing
        self.on_claim: Callable[[Job], None] = _nothing
        self.on_converting: Callable[[], None] = lambda: None
        self.wake: Callable[[], None] = lambda: None

    def resize(self, workers: int, pool: Executor) -> None:
        """Work with another number of workers; what is under way in the former pool comes to its end there."""
        self._workers, self._pool = workers, pool

    def is_busy(self, job_id: str) -> bool:
        """Tell whether a step of a job is under way."""
        return job_id in self._busy

    def busy(self) -> int:
        """Return how many steps are under way."""
        return len(self._busy)

    def round(self, now: float) -> float:
        """Hand out what is due; return how long to wait for more, in seconds."""
        self._holds.end_pauses(now)
        self._probe(now)
        room = self._workers - sum(not self.is_hung(job.route) for job in list(self._busy.values()))
        if room > 0:
            for job in self._choose(now, room):
                with self._lock:
                    self._busy[job.id] = job
                self._pool.submit(self._work, job)
        return self._sleep(now)

    def _choose(self, now: float, room: int) -> list[Job]:
        """Return jobs to hand out; looks further down the queue only where the first ones are held or busy."""
        for limit in (2 * self._workers + len(self._busy), _DEEP):
            # As it was before the journal was read: what has come to its end since then stands there as it was, too.
            busy = frozenset(self._busy)
            queue = self._tools.journal.due(now, limit)
            chosen = self._pick([job for job in queue if job.id not in busy], now, room)
            if len(chosen) >= room or len(queue) < limit:
                break
        return chosen

    def _pick(self, queue: list[Job], now: float, room: int) -> list[Job]:
        chosen: list[Job] = []
        shops = self._holds.crowd.limit - sum(job.state in _BUYING for job in list(self._busy.values()))
        for job in queue:
            if len(chosen) >= room:
                break
            buying = job.state in _BUYING
            if (buying and shops <= 0) or self.is_hung(job.route):
                continue
            if not self._may(job, now):
                continue
            shops -= buying
            chosen.append(job)
        return chosen

    def _may(self, job: Job, now: float) -> bool:
        asks = job.state is State.SUBMITTING and not self._tools.fresh.has(job.id)
        return self._holds.allows(job, now, only_asks=asks)

    def _sleep(self, now: float) -> float:
        times = [self._tools.journal.next_due(now), self._holds.next_probe()]
        soonest = min((time for time in times if time is not None), default=now + _LONGEST_SLEEP)
        return min(max(soonest - now, 0.05), _LONGEST_SLEEP)

    def _work(self, job: Job) -> None:
        """Take a job as far as it goes, in a thread of the pool."""
        try:
            self._advance(job)
        except BaseException as fault:  # noqa: BLE001 - a dead worker must not go unnoticed
            self.broken = fault
        finally:
            with self._lock:
                self._busy.pop(job.id, None)
            self.wake()

    def _advance(self, job: Job) -> None:
        clock = self._tools.clock
        current: Job | None = job
        while current is not None and not clock.stopped() and current.state is not State.CONVERTING:
            current = self._step(current)
            if current is None or current.state in RESTING:
                break
            if current.due > clock.now() or not self._may(current, clock.now()):
                break
        if current is not None and current.state is State.CONVERTING:
            self.on_converting()

    def _step(self, job: Job) -> Job | None:
        suspect = job.state in _SUSPECT
        if suspect:
            self._hand.take(job.id, job.state.value)
        try:
            after = advance(self._tools, self._holds, job)
        finally:
            if suspect:
                self._hand.lay_down(job.id)
        if after is not None and after.state in RESTING:
            self.on_rest(after)
        if after is not None and job.state is State.NOTICED:
            self.on_claim(after)
        return after

    def _probe(self, now: float) -> None:
        """Ask at no cost whether a hold of the account or the service is over."""
        if self._probing or not self._holds.wants_free_probe(now):
            return
        self._probing = True
        self._pool.submit(self._ask_free)

    def _ask_free(self) -> None:
        try:
            self._holds.learn_probe(self._tools.service.probe())
        except BaseException as fault:  # noqa: BLE001 - a dead worker must not go unnoticed
            self.broken = fault
        finally:
            self._probing = False
            self.wake()
