"""What a step ended in: one event with its facts, and perhaps a hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from watchconvert.core.answers import Held, Unavailable
from watchconvert.core.cadence import pause_after
from watchconvert.core.job import Job, Verdict
from watchconvert.core.keeping import Placed
from watchconvert.core.states import Event


@dataclass(frozen=True)
class Outcome:
    """One event of a job and what becomes true with it."""

    event: Event
    facts: Mapping[str, Any] = field(default_factory=dict)
    hold: Held | None = None
    """What must be in order before the step is tried again."""
    outage: str = ""
    """Why the service could not be reached, if it could not."""
    crowded: bool = False
    """The service was reached and said that it is busy."""
    placed: tuple[Placed, ...] = ()
    """What the step put into people's folders."""


def delayed(job: Job, note: str, due: float, **facts: Any) -> Outcome:
    """Wait without counting a try."""
    return Outcome(Event.DELAYED, facts | {"note": note, "due": due, "tries": job.tries})


def faulty(job: Job, note: str, now: float, dice: float, retry_after: float | None = None) -> Outcome:
    """Try again later, with growing pauses."""
    tries = job.tries + 1
    facts = {
        "note": note,
        "tries": tries,
        "due": now + pause_after(tries, dice, retry_after),
        "troubled_at": job.troubled_at or now,
    }
    return Outcome(Event.DELAYED, facts)


def unavailable(job: Job, answer: Unavailable, now: float, dice: float) -> Outcome:
    """Try again later because the service could not be reached."""
    outcome = faulty(job, answer.reason, now, dice, answer.retry_after)
    outage = "" if answer.crowded else answer.reason
    return Outcome(outcome.event, outcome.facts, outage=outage, crowded=answer.crowded)


def held(job: Job, answer: Held, now: float) -> Outcome:
    """Wait for the end of a hold; it costs no try."""
    facts = {"note": answer.verdict.sentence, "due": now, "troubled_at": job.troubled_at or now}
    return Outcome(Event.DELAYED, facts, hold=answer)


def rejected(verdict: Verdict) -> Outcome:
    """Give the file back with an explanation."""
    return Outcome(Event.REJECTED, {"verdict": verdict})
