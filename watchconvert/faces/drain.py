"""The engine at work until all that it can bring to rest is at rest: what `once` and `convert` are made of."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from watchconvert.adapters.journal.database import JournalError
from watchconvert.adapters.journal.glance import Glance, open_glance
from watchconvert.core.draining import Ending, Left, Patience
from watchconvert.core.job import Job
from watchconvert.core.states import RESTING, State
from watchconvert.engine.leftovers import Mark, Standing, in_inbox, in_work, look_at_lanes, mark_of
from watchconvert.faces.build import Daemon
from watchconvert.faces.live import LiveStatus
from watchconvert.faces.running import PATIENCE, Engine, listen_for_stop, stop_engine
from watchconvert.faces.watch_over import has_fault, look_around

_LOOK, _SHARE = 0.1, 4
"""Seconds between two looks, and how many times longer than the last look that is at least."""
_MOST = 5000
"""Open jobs that one look goes through."""
_LAST_WORDS, _FORGETTING = 15.0, 5.0
"""Seconds that telling people, and having the service forget, may take before the end."""
_AT_REST = frozenset(state.value for state in RESTING)
_BATCH = 500


@dataclass(frozen=True)
class Look:
    """What one look found."""

    rested: Sequence[Job]
    """Jobs that came to rest since the last one."""
    left: Sequence[Left]
    in_work: int
    """How many jobs are open."""


@dataclass(frozen=True)
class Drained:
    """How it ended."""

    ending: Ending
    signal: int = 0
    """The signal by which it was stopped; 0 for none."""


def drain(engine: Engine, patience: Patience, see: Callable[[Look], None]) -> Drained:
    """Run the engine to its end; `see` is told of every look.

    Raises:
        JournalError: the journal cannot be read or written.

    """
    daemon = engine.daemon
    came = listen_for_stop(daemon)
    daemon.holds.probe_now()
    eyes = _Eyes(daemon)
    daemon.granter.round()  # files that are wished back into an inbox lie there before it is looked over
    daemon.supervisor.wait_for(lambda: not daemon.granter.is_busy(), PATIENCE)
    daemon.supervisor.start()
    try:
        ending = _work(engine, eyes, patience, see)
        if ending in (Ending.REST, Ending.LEFT, Ending.TIMEOUT):
            _say_goodbye(daemon)
    finally:
        stop_engine(daemon)
    with contextlib.suppress(JournalError):
        last = eyes.look()  # steps that were in hand have come to their end
        # Where all was looked over, an inbox that is looked over again just now is nothing that is left.
        is_whole = ending in (Ending.REST, Ending.LEFT)
        left = [each for each in last.left if each.file or each.is_stuck or not is_whole]
        see(Look(last.rested, left, last.in_work))
    return Drained(ending, came[0] if came else 0)


def _work(engine: Engine, eyes: "_Eyes", patience: Patience, see: Callable[[Look], None]) -> Ending:
    daemon, live = engine.daemon, LiveStatus(engine.daemon)
    clock = daemon.tools.clock
    while not clock.stopped():
        if has_fault(daemon):
            return Ending.BROKEN
        look_around(daemon, engine.server)
        began = clock.steady()
        look = eyes.look()
        see(look)
        live.write()
        more = daemon.granter.round()
        if (ending := patience.decide(look.left, clock.steady())) and not more:
            return ending
        daemon.supervisor.wait(max(_LOOK, _SHARE * (clock.steady() - began)))
    return Ending.STOPPED


def _say_goodbye(daemon: Daemon) -> None:
    """Tell people what there is to tell, and have the service forget what it need not keep; neither for long."""
    daemon.notifier.hurry()
    daemon.supervisor.wait_for(daemon.notifier.has_told, _LAST_WORDS)
    daemon.supervisor.wait_for(daemon.forgetter.is_done, _FORGETTING)


class _Eyes:
    """Looks at the lanes and reads on in the journal."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon, self._clock = daemon, daemon.tools.clock
        self._path = daemon.config.daemon.journal
        with open_glance(self._path, self._clock.steady) as glance:
            self._seen = glance.last_number()
        self._since = {lane.route.name: 0.0 for lane in daemon.lanes.all()}
        """By route: only a look over the whole inbox that began later counts."""
        self._gone: set[Mark] = set()
        """Files that have come to rest."""

    def look(self) -> Look:
        """Return what has come to rest and what has not.

        Raises:
            JournalError: the journal cannot be read.

        """
        daemon, now = self._daemon, self._clock.steady()
        standing = Standing(tuple(daemon.holds.standing()), self._path)
        sights = look_at_lanes(daemon.lanes)  # the inboxes first: what leaves them has its row by then
        with open_glance(self._path, self._clock.steady) as glance:
            jobs = glance.open_jobs(_MOST)
            rested = self._read_on(glance)
        left = in_work(jobs, daemon.lanes, standing)
        for job in rested:
            if job.state is State.WITHDRAWN:
                self._look_again(job)
            else:
                self._gone.add(mark_of(job.route, job.sighting))
        taken = self._gone | {mark_of(job.route, job.sighting) for job in jobs}
        for sight in sights:
            left += in_inbox(sight, standing, taken, self._since[sight.route], now)
        return Look(rested, left, len(jobs))

    def _read_on(self, glance: Glance) -> list[Job]:
        events = glance.events_after(self._seen)
        self._seen = events[-1]["id"] if events else self._seen
        ids = list(dict.fromkeys(event["job"] for event in events if event["state"] in _AT_REST))
        batches = [ids[at : at + _BATCH] for at in range(0, len(ids), _BATCH)]
        return [job for batch in batches for job in glance.jobs(batch)]

    def _look_again(self, job: Job) -> None:
        """Have the inbox looked over once more: a file that was not taken as it had changed may lie there still."""
        for lane in self._daemon.lanes.all():
            if lane.route.name == job.route:
                self._since[job.route] = self._clock.steady()
                lane.hints.lose()
