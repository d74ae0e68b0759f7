"""`watchconvert retry` and `watchconvert cancel`: which jobs are meant, and what is said of them."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from watchconvert.adapters.journal.report import Choice, Report
from watchconvert.adapters.wishes import MOST_JOBS, Wish
from watchconvert.core.job import Job
from watchconvert.core.naming import shown
from watchconvert.core.states import RESTING, TRANSITIONS, Event, State
from watchconvert.core.units import say_count
from watchconvert.core.whys import plain
from watchconvert.faces.ask import NotAskedError, Outcome
from watchconvert.faces.status import tell_job

_NAMED = 10
"""Jobs that are told one by one."""
ASKS_ABOVE = 20
"""Jobs above which a person is asked whether they mean it."""


@dataclass(frozen=True)
class Kind:
    """What can be wished for, for which jobs, and what is then said."""

    verb: str
    suits: Callable[[State], bool]
    refusal: str
    """What is said of a job that it does not suit; {state} stands for its state."""
    plan: str
    """What will happen; {files} stands for how many."""
    done: str


CANCEL = Kind(
    "cancel",
    lambda state: Event.REJECTED in TRANSITIONS[state],
    "is {state} and cannot be cancelled any more",
    "{files} to be cancelled and laid into the error folder",
    "cancelled; the error folder gets them with their explanations",
)
RETRY = Kind(
    "retry",
    lambda state: state is State.FAILED,
    "is {state}; only what has failed is tried again",
    "{files} to be moved from the error folder back into the inbox",
    "moved back into the inbox, where they are new files",
)


@dataclass(frozen=True)
class Meant:
    """Which jobs a person means: each that fits all that is given."""

    jobs: tuple[str, ...] = ()
    """Their ids, or the beginnings."""
    route: str = ""
    cause: str = ""
    since: float = 0.0
    """Of the last change, seconds since the epoch."""
    everything: bool = False

    @property
    def says_nothing(self) -> bool:
        """Whether nothing at all is given, which must not mean everything."""
        return not (self.jobs or self.route or self.cause or self.since or self.everything)


def find(kind: Kind, report: Report, meant: Meant) -> list[Job]:
    """Return the jobs that are meant, the latest first; those that are named, in their order.

    Raises:
        NotAskedError: a job that is named is not known, is one of several, or cannot be had so.

    """
    if meant.jobs:
        found = list({job.id: job for start in meant.jobs for job in [find_one(report, start)]}.values())
        _see_that_they_suit(kind, found)
        found = [job for job in found if job.changed_at >= meant.since and meant.route in ("", job.route)]
    elif kind is RETRY:
        found = report.failed(meant.since, meant.route)
    else:
        states = tuple(state for state in State if state not in RESTING)
        open_jobs = report.select(Choice(meant.route, states, meant.since, limit=-1))
        found = [job for job in open_jobs if kind.suits(job.state)]
    return [job for job in found if has_cause(job, meant.cause)]


def find_one(report: Report, start: str) -> Job:
    """Return the one job whose id begins so.

    Raises:
        NotAskedError: there is none, or there are several, which it lists.

    """
    found = report.find(start.lower()) if start else []
    if len(found) == 1:
        return found[0]
    said = f"{len(found) or 'no'} jobs begin with {shown(start.encode('utf-8', 'surrogateescape'))!r}"
    raise NotAskedError("\n".join([said + (":" if found else ""), *_say_list(found, apart=True)]))


def _see_that_they_suit(kind: Kind, jobs: Sequence[Job]) -> None:
    wrong = [f"{shown(job.name)} {_say_refusal(kind, job)}" for job in jobs if not kind.suits(job.state)]
    if wrong:
        raise NotAskedError("\n".join(wrong))


def _say_refusal(kind: Kind, job: Job) -> str:
    if kind is CANCEL and job.state is State.NOTICED:
        return "still lies in the inbox; take it out there"
    return kind.refusal.format(state=job.state.value)


def cause_of(job: Job) -> str:
    """Return why a job failed, as every list shows it."""
    return plain(job.verdict.sentence if job.verdict else job.note)


def has_cause(job: Job, text: str) -> bool:
    """Tell whether the explanation of a job, or what the service said of it, contains a text in any case of letters."""
    said = plain(job.verdict.message) if job.verdict else ""
    return any(text.casefold() in words.casefold() for words in (cause_of(job), said))


def count_causes(jobs: Sequence[Job]) -> list[tuple[str, int, int, float]]:
    """Return each cause, most first, with how many jobs have it, how many were sent, and when the last failed."""
    count = Counter(map(cause_of, jobs))
    sent = Counter(cause_of(job) for job in jobs if job.round)
    last = {cause_of(job): job.changed_at for job in sorted(jobs, key=lambda job: job.changed_at)}
    return [(cause, number, sent[cause], last[cause]) for cause, number in count.most_common()]


def say_plan(kind: Kind, jobs: Sequence[Job]) -> list[str]:
    """Return how many jobs and which are meant, and what that may cost."""
    lines = [f"{kind.plan.format(files=say_count(len(jobs), 'file'))}:", *_say_list(jobs)]
    sent = [job for job in jobs if job.round]
    if not sent:
        return lines
    count, cost = len(sent), sum(job.cost for job in sent)
    were = f"{count} of these {'was' if count == 1 else 'were'}"
    if kind is CANCEL:
        return [*lines, f"{were} sent for conversion already; that is not paid back."]
    charged = f"charged before ({cost} in all)" if cost else "sent for conversion before, and no charge was named"
    return [*lines, f"{were} {charged}; a new try may be charged again."]


def _say_list(jobs: Sequence[Job], *, apart: bool = False) -> Iterator[str]:
    for job in jobs[:_NAMED]:
        told = tell_job(job)
        why = f": {told['why']}" if told["why"] else ""
        # As many digits as tell them apart.
        yield f"  {job.id[: 12 if apart else 8]}  {job.route}  {job.state.value}  {told['file']}{why}"
    if len(jobs) > _NAMED:
        yield f"  and {len(jobs) - _NAMED} more"


def wishes_for(kind: Kind, jobs: Sequence[Job], by: str) -> list[Wish]:
    """Return the wishes for jobs, as many in each as it may name."""
    pieces = [jobs[start : start + MOST_JOBS] for start in range(0, len(jobs), MOST_JOBS)]
    return [Wish(kind.verb, tuple(job.id for job in piece), by=by) for piece in pieces]


def say_outcome(kind: Kind, outcome: Outcome, total: int) -> str:
    """Say what has come of wishes for so many jobs, apart from refusals."""
    if not outcome.running:
        return "The daemon does not run. It will be done as soon as it does."
    if not outcome.over:
        return f"{outcome.done} of {say_count(total, 'file')} {kind.done}; the daemon goes on with the others."
    return f"{say_count(outcome.done, 'file')} {kind.done}."
