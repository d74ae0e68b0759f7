"""`watchconvert cancel`: the wish that a job's file is set aside."""

from watchconvert.adapters.journal.report import open_report
from watchconvert.adapters.wishes import Wish, make_wish
from watchconvert.core.naming import shown
from watchconvert.core.states import TRANSITIONS, Event


def cancel(journal: str, start: str) -> tuple[bool, str]:
    """Ask the daemon to cancel the one job whose id begins so; returns whether that can be, and what to say.

    Raises:
        JournalError: the journal cannot be read.

    """
    with open_report(journal) as report:
        found = report.find(start.lower())
    if len(found) != 1:
        return False, f"{len(found) or 'no'} jobs begin with {start!r}"
    (job,) = found
    if Event.REJECTED not in TRANSITIONS[job.state]:
        return False, f"{shown(job.name)} is {job.state.value} and cannot be cancelled any more"
    make_wish(journal, Wish("cancel", job.id))
    return True, f"{shown(job.name)} will be cancelled and laid into the error folder"
