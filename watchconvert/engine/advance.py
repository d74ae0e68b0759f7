"""One step of one job: do it, record what happened, say so."""

from collections.abc import Callable

from watchconvert.adapters.journal.database import JournalError
from watchconvert.core.job import Job
from watchconvert.core.naming import shown
from watchconvert.core.states import Event, State
from watchconvert.engine import local, remote
from watchconvert.engine.holds import Holds
from watchconvert.engine.outcome import Outcome, faulty, held
from watchconvert.engine.tools import Tools

Step = Callable[[Tools, Job], Outcome | None]

STEPS: dict[State, Step] = {
    State.NOTICED: local.claim,
    State.CLAIMED: remote.upload,
    State.UPLOADED: local.mint,
    State.SUBMITTING: remote.submit,
    State.CONVERTING: remote.poll,
    State.CONVERTED: remote.fetch,
    State.FETCHED: local.publish,
    State.PUBLISHED: local.retire,
    State.REJECTED: local.set_aside,
}
"""Each state that is not at rest has exactly one step."""

_STARTS_ANEW = {Event.CLAIMED, Event.MINTED}
"""Events after which the next request has certainly not been sent by anybody."""


def advance(tools: Tools, holds: Holds, job: Job) -> Job | None:
    """Do the step that a job's state calls for and record how it ended.

    Returns the job as it is afterwards; None when nothing changed or somebody
    else has moved it on.

    Raises:
        JournalError: it could not be recorded; the daemon must stop.

    """
    outcome = _attempt(tools, job)
    if outcome is not None and outcome.event is Event.MINTED and (refusal := holds.purse.spend(job)):
        outcome = held(job, refusal, tools.clock.now())  # the last moment before money is spent
    holds.learn(job, outcome)
    if outcome is None:
        return None
    after = job.after(outcome.event, outcome.facts, tools.clock.now())
    if outcome.event in _STARTS_ANEW and not (outcome.event is Event.MINTED and job.adopted):
        tools.fresh.add(job.id)
    if not tools.journal.record(job, after, outcome.event, outcome.placed):
        return None
    holds.purse.note(job, after, outcome.event)
    _tell(tools, job, after, outcome)
    return after


def _attempt(tools: Tools, job: Job) -> Outcome | None:
    """Do the step; a fault delays the job with its text, and so does a bug, which is told with its traceback."""
    try:
        return STEPS[job.state](tools, job)
    except JournalError:
        raise
    except OSError as fault:
        return faulty(job, _say_fault(fault), tools.clock.now(), tools.clock.dice())
    except Exception as bug:
        tools.log.exception("bug", job=job.id[:8], state=job.state.value)
        return faulty(job, f"internal error: {type(bug).__name__}: {bug}", tools.clock.now(), tools.clock.dice())


def _say_fault(fault: OSError) -> str:
    where = f": {shown(str(fault.filename).encode('utf-8', 'surrogateescape'))}" if fault.filename else ""
    return f"{fault.strerror or type(fault).__name__}{where}"


def _tell(tools: Tools, before: Job, after: Job, outcome: Outcome) -> None:
    words = {"job": after.id[:8], "route": after.route, "file": shown(after.name)}
    if outcome.event is Event.DELAYED:
        if after.note and after.note != before.note:
            tools.log.warning("delayed", **words, why=after.note, state=after.state.value, tries=after.tries)
        return
    if outcome.event is Event.PUBLISHED:
        words["outputs"] = ", ".join(shown(part.name) for part in after.parts)
    if outcome.event is Event.REJECTED and after.verdict:
        words["why"] = after.verdict.sentence
    elif after.note:
        words["why"] = after.note
    # A file that could not be converted is what an administrator looks for among the warnings.
    tell = tools.log.warning if outcome.event is Event.SET_ASIDE else tools.log.info
    tell(outcome.event.value, **words)
