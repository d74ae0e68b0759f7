"""`watchconvert jobs`: what the journal tells of jobs, and one job's events while they happen."""

import json
import shlex
from math import inf
from typing import Any

from watchconvert.adapters.clock import Clock
from watchconvert.adapters.journal.database import is_locked
from watchconvert.adapters.journal.report import Choice, open_report
from watchconvert.core.job import Job
from watchconvert.core.naming import shown
from watchconvert.core.states import RESTING, State
from watchconvert.core.whys import plain, say_job
from watchconvert.faces import paper
from watchconvert.faces.sheet import Block, Cell, Grid, Said, Tone
from watchconvert.faces.status import tell_job
from watchconvert.faces.status_sheet import STATE_TONES
from watchconvert.faces.times import clock_of, moment_of
from watchconvert.faces.wish import count_causes

_ALL = -1
"""No limit, as SQLite has it."""
_BREATH = 0.3


def choose(now: float, route: str, states: tuple[str, ...], since: str | None, until: str | None, limit: int) -> Choice:
    """Return what is asked for in the words of the command line.

    Raises:
        ValueError: a time is neither a duration nor a date.

    """
    return Choice(
        route,
        tuple(map(State, states)),
        moment_of(since, now) if since else 0.0,
        moment_of(until, now) if until else inf,
        limit or _ALL,
    )


def show_jobs(journal: str, choice: Choice, now: float, *, as_json: bool) -> None:
    """Print the jobs of a choice.

    Raises:
        JournalError: the journal cannot be read.

    """
    with open_report(journal) as report:
        jobs = report.select(choice)
    if as_json:
        print(json.dumps([tell_job(job) for job in jobs], indent=2))
    elif jobs:
        paper.show([Grid(("job", "changed", "state", "route", "file", "what"), [_row(job, now) for job in jobs])])
    else:
        paper.show(["No such jobs."])


def show_causes(journal: str, choice: Choice, now: float, *, as_json: bool) -> None:
    """Print why jobs of a choice failed whose files nobody has sent back or dropped again, and how often; most first.

    Raises:
        JournalError: the journal cannot be read.

    """
    with open_report(journal) as report:
        failed = [job for job in report.failed(choice.since, choice.route) if job.changed_at < choice.until]
    failed = [job for job in failed if choice.owner in (None, job.owner)]
    found = count_causes(failed)
    if as_json:
        keys = ("cause", "files", "sent", "last")
        print(json.dumps([dict(zip(keys, each, strict=True)) for each in found], indent=2))
        return
    if not found:
        paper.show(["Nothing has failed that nobody has sent back."])
        return
    rows = [(str(files), str(sent), clock_of(last, now), cause) for cause, files, sent, last in found]
    example = f"To send those of one cause back: watchconvert retry --cause {shlex.quote(found[0][0])}"
    paper.show([Grid(("files", "sent", "last", "cause"), rows, frozenset({"files", "sent"})), example])


def _row(job: Job, now: float) -> tuple[Cell, ...]:
    told = tell_job(job)
    state = Said(job.state.value, STATE_TONES.get(job.state.value, Tone.PLAIN))
    what = ", ".join(told["outputs"]) or told["why"]
    return job.id[:8], clock_of(job.changed_at, now), state, job.route, told["file"], what


def follow(journal: str, start: str, clock: Clock, *, as_json: bool) -> bool:
    """Print what has happened and happens to a job until it rests; returns whether that is no failure.

    Raises:
        JournalError: the journal cannot be read.
        LookupError: no job, or more than one, begins so; it says that.

    """
    with open_report(journal) as report:
        found = report.find(start.lower()) if start else []
    if len(found) != 1:
        raise LookupError(f"{len(found) or 'no'} jobs begin with {shown(start.encode('utf-8', 'surrogateescape'))!r}")
    job, seen, alarm, warned = found[0], 0, clock.alarm(), False
    while True:
        with open_report(journal) as report:
            # The row before its events: what is at rest in the row has its last event already.
            job = next(iter(report.find(job.id)), job)
            events = report.events_of(job.id, seen)
        for event in events:
            _print_event(event, clock.now(), as_json=as_json)
            seen = event["id"]
        if job.state in RESTING:
            break
        if not warned and not is_locked(journal):
            warned = True
            paper.show([Said("The daemon is not running: nothing more happens until it does.", Tone.WARN)])
        alarm.wait(_BREATH)
    if not as_json:
        paper.show([say_job(job, clock.now())])
    return job.state is not State.FAILED


def _print_event(event: dict[str, Any], now: float, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(event | {"note": plain(event["note"])}), flush=True)
        return
    line: Block = (
        f"{clock_of(event['at'], now)}  ",
        Said(f"{event['event']:<10}", STATE_TONES.get(event["state"], Tone.PLAIN)),
        f"  {event['state']:<10}  {plain(event['note'])}".rstrip(),
    )
    paper.show([line])
