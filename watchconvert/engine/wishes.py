"""Grants the wishes of the command line."""

from watchconvert.adapters.files.returns import Returns
from watchconvert.adapters.wishes import read_wishes
from watchconvert.core import notes
from watchconvert.core.job import Job, Verdict
from watchconvert.core.naming import shown
from watchconvert.core.states import TRANSITIONS, Event, State
from watchconvert.engine.dispatcher import Dispatcher
from watchconvert.engine.tools import Tools

_MOST_REFUSED = 50
"""Files of which it is remembered why they could not be sent back."""


def grant_wishes(tools: Tools, dispatcher: Dispatcher, journal: str, refused: dict[str, str] | None = None) -> int:
    """Grant what can be granted now; a wish for a job whose step is under way waits.  Returns how many were granted.

    Why a file could not be sent back is noted in `refused` under its job's id.
    """
    granted = 0
    for path, wish in read_wishes(journal):
        job = tools.journal.get(wish.job)
        if job is not None and wish.verb == "cancel":
            if dispatcher.is_busy(job.id):
                continue
            granted += _cancel(tools, job)
        elif job is not None and wish.verb == "retry":
            if dispatcher.is_hung(job.route):
                continue
            # Gone before it is tried: a share that hangs just now must not hold up every start after this one.
            path.unlink(missing_ok=True)
            granted += _retry(tools, job, {} if refused is None else refused)
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


def _retry(tools: Tools, job: Job, refused: dict[str, str]) -> bool:
    """Move a file that was set aside back into its inbox, where it is a new file."""
    if job.state is not State.FAILED:
        return False
    words = {"job": job.id[:8], "route": job.route, "file": shown(job.name)}
    try:
        placed = Returns(tools.folders).send_back(job)
    except OSError as fault:
        refused.pop(job.id, None)
        refused[job.id] = fault.strerror or str(fault)
        while len(refused) > _MOST_REFUSED:
            del refused[next(iter(refused))]
        tools.log.warning("retry_refused", **words, why=refused[job.id])
        return False
    refused.pop(job.id, None)
    tools.log.info("retried", **words, inbox_name=shown(placed))
    return True
