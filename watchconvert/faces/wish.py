"""`watchconvert cancel` and `watchconvert retry`: wishes that the daemon grants."""

from collections.abc import Callable
from dataclasses import dataclass

from watchconvert.adapters.journal.database import is_locked
from watchconvert.adapters.journal.report import open_report
from watchconvert.adapters.wishes import Wish, make_wish
from watchconvert.core.naming import shown
from watchconvert.core.states import TRANSITIONS, Event, State


@dataclass(frozen=True)
class Kind:
    """What can be wished for, for which jobs, and what is then said."""

    verb: str
    suits: Callable[[State], bool]
    refusal: str
    """What is said of a job that it does not suit; {state} stands for its state."""
    promise: str


CANCEL = Kind(
    "cancel",
    lambda state: Event.REJECTED in TRANSITIONS[state],
    "is {state} and cannot be cancelled any more",
    "will be cancelled and laid into the error folder",
)
RETRY = Kind(
    "retry",
    lambda state: state is State.FAILED,
    "is {state}; only what has failed is tried again",
    "will be moved from the error folder back into the inbox",
)


def wish_for(kind: Kind, journal: str, start: str) -> tuple[bool, str]:
    """Leave a wish for the one job whose id begins so; returns whether that can be, and what to say.

    Raises:
        JournalError: the journal cannot be read.

    """
    with open_report(journal) as report:
        found = report.find(start.lower())
    if len(found) != 1:
        return False, f"{len(found) or 'no'} jobs begin with {start!r}"
    (job,) = found
    if not kind.suits(job.state):
        return False, f"{shown(job.name)} {kind.refusal.format(state=job.state.value)}"
    make_wish(journal, Wish(kind.verb, job.id))
    when = "" if is_locked(journal) else " as soon as the daemon runs"
    return True, f"{shown(job.name)} {kind.promise}{when}"
