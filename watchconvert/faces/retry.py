"""`watchconvert retry`: the wish that a failed file goes back into its inbox."""

from watchconvert.adapters.journal.database import is_locked
from watchconvert.adapters.journal.report import open_report
from watchconvert.adapters.wishes import Wish, make_wish
from watchconvert.core.naming import shown
from watchconvert.core.states import State


def retry(journal: str, start: str) -> tuple[bool, str]:
    """Ask the daemon to move the file of the one job whose id begins so back into its inbox.

    Returns whether that can be, and what to say.

    Raises:
        JournalError: the journal cannot be read.

    """
    with open_report(journal) as report:
        found = report.find(start.lower())
    if len(found) != 1:
        return False, f"{len(found) or 'no'} jobs begin with {start!r}"
    (job,) = found
    if job.state is not State.FAILED:
        return False, f"{shown(job.name)} is {job.state.value}; only what has failed is tried again"
    make_wish(journal, Wish("retry", job.id))
    when = "" if is_locked(journal) else " as soon as the daemon runs"
    return True, f"{shown(job.name)} will be moved from the error folder back into the inbox{when}"
