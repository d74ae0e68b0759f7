"""Grants the wishes of the command line."""

from watchconvert.adapters.wishes import read_wishes
from watchconvert.core import notes
from watchconvert.core.job import Job, Verdict
from watchconvert.core.naming import shown
from watchconvert.core.states import TRANSITIONS, Event
from watchconvert.engine.dispatcher import Dispatcher
from watchconvert.engine.tools import Tools


def grant_wishes(tools: Tools, dispatcher: Dispatcher, journal: str) -> int:
    """Grant what can be granted now; a wish for a job whose step is under way waits.  Returns how many were granted."""
    granted = 0
    for path, wish in read_wishes(journal):
        job = tools.journal.get(wish.job)
        if job is not None and wish.verb == "cancel":
            if dispatcher.is_busy(job.id):
                continue
            granted += _cancel(tools, job)
        path.unlink(missing_ok=True)
    return granted


def _cancel(tools: Tools, job: Job) -> bool:
    """Set a file aside whose conversion nobody wants any more; what is published already stays."""
    if Event.REJECTED not in TRANSITIONS[job.state]:
        return False
    after = job.after(Event.REJECTED, {"verdict": Verdict(notes.CANCELLED)}, tools.clock.now())
    done = tools.journal.record(job, after, Event.REJECTED)
    if done:
        tools.log.info("cancelled", job=job.id[:8], route=job.route, file=shown(job.name))
    return done
