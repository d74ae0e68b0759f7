"""Asks the service what became of the jobs that it converts.

One thread keeps the schedule; the waiting for answers is done by a small pool,
because one slow answer on one thread would delay thousands of other jobs.
There is never more than one ask at a time for one job, and never one within
the poll gap of the last.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Executor

from watchconvert.core.job import Job
from watchconvert.core.states import State
from watchconvert.engine.advance import advance
from watchconvert.engine.holds import Holds
from watchconvert.engine.tools import Tools

_LONGEST_SLEEP = 60.0
_MOST_ASKS = 256
"""Asks that wait for their turn or their answer at once; the rest keep their place in the schedule."""


class Poller:
    """The poll step of every job that the service converts."""

    def __init__(self, tools: Tools, holds: Holds, pool: Executor) -> None:
        self._tools, self._holds, self._pool = tools, holds, pool
        self._lock = threading.Lock()
        self._asking: set[str] = set()
        self._next: dict[str, float] = {}
        """When each job may be asked about, on the steady clock."""
        self._hurried: set[str] = set()
        """Jobs that somebody called out while they were being asked about."""
        self._crowded = False
        """Whether more jobs wanted their turn than there was room for."""
        self._asked: dict[str, float] = {}
        """When each job was asked about last."""
        self.on_hurry: Callable[[], None] = lambda: None
        self.broken: BaseException | None = None
        self.on_change: Callable[[], None] = lambda: None

    def busy(self) -> int:
        """Return how many asks are under way."""
        return len(self._asking)

    def round(self, now: float) -> float:
        """Ask about every job whose time has come; return how long to wait, in seconds."""
        ids = self._tools.journal.converting(now)
        steady = self._tools.clock.steady()
        with self._lock:
            times = {job_id: self._next.get(job_id, 0.0) for job_id in ids if job_id not in self._asking}
            room = _MOST_ASKS - len(self._asking)
            ready = sorted((job_id for job_id, at in times.items() if at <= steady), key=times.__getitem__)[:room]
            self._asking.update(ready)
            self._crowded = len(ready) == room
        for job_id in ready:
            self._pool.submit(self._ask, job_id)
        waits = [at - steady for at in times.values() if at > steady]
        # Who is being asked about now wants its next turn a gap later.
        waits += [self._tools.pace.poll_gap] if ready or self._asking else []
        later = self._tools.journal.next_due(now)
        waits += [later - now] if later is not None else []
        return min(max(min(waits, default=_LONGEST_SLEEP), 0.02), _LONGEST_SLEEP)

    def hurry(self, remote_id: str) -> None:
        """Ask about one job as soon as the poll gap allows: somebody says that it is over, and is not believed."""
        job_id = self._tools.journal.find_remote(remote_id)
        with self._lock:
            if job_id in self._asking:
                self._hurried.add(job_id)
            elif job_id in self._asked:
                self._next[job_id] = self._asked[job_id] + self._tools.pace.poll_gap
            elif job_id:
                self._next[job_id] = 0.0
        self.on_hurry()

    def _ask(self, job_id: str) -> None:
        after: Job | None = None
        job = None
        try:
            job = self._tools.journal.get(job_id)
            if job is not None and job.state is State.CONVERTING and not self._tools.clock.stopped():
                after = advance(self._tools, self._holds, job)
        except BaseException as fault:  # noqa: BLE001 - a dead poller must not go unnoticed
            self.broken = fault
        finally:
            self._schedule(job_id, after or job)
        if self._crowded:
            self.on_hurry()
        if after is not None:
            self.on_change()

    def _schedule(self, job_id: str, job: Job | None) -> None:
        """Note when to ask next: later where the service calls by itself."""
        pace, now = self._tools.pace, self._tools.clock.steady()
        with self._lock:
            self._asking.discard(job_id)
            hurried = job_id in self._hurried
            self._hurried.discard(job_id)
            if job is None or job.state is not State.CONVERTING:
                self._next.pop(job_id, None)
                self._asked.pop(job_id, None)
                return
            self._asked[job_id] = now
            waits_long = job.order.mode == "webhook" and not hurried
            self._next[job_id] = now + (pace.webhook_gap if waits_long else pace.poll_gap)
