"""`watchconvert why FILE`: what is with a file and what happens next, in one sentence, for any path."""

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from watchconvert.adapters.journal.database import is_locked
from watchconvert.adapters.journal.report import Report, open_report, read_status
from watchconvert.adapters.journal.store import Hold
from watchconvert.core.answers import Scope
from watchconvert.core.job import Job
from watchconvert.core.naming import shown
from watchconvert.core.settings import Config, Route
from watchconvert.core.settle import Gate
from watchconvert.core.states import RESTING, UNPAID, State
from watchconvert.core.whys import plain, say_gate, say_hold, say_job
from watchconvert.engine.leftovers import Standing
from watchconvert.faces.budgets import say_budgets, tell_budgets
from watchconvert.faces.sheet import Block, Part, Said, Tone
from watchconvert.faces.status import is_held_by, tell_job
from watchconvert.faces.status_sheet import say_job as say_in_short
from watchconvert.faces.timely import within
from watchconvert.faces.whereabouts import Where, Whereabouts, find_jobs, find_where, look_into_folder, look_into_inbox

_PATIENCE = 3.0
"""Seconds that a file system may take to answer."""
_MOST = 5
_HOLDABLE = UNPAID | {State.SUBMITTING}


@dataclass(frozen=True)
class Answer:
    """What is to be said of a path."""

    path: str
    where: Where
    route: str
    sentence: str
    notes: tuple[str, ...]
    """What else keeps the file: holds, an inbox that is offline, a daemon that does not run."""
    jobs: tuple[Job, ...]
    """Its history: the latest first."""
    is_known: bool

    def as_told(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "path": self.path,
            "where": self.where.value,
            "route": self.route,
            "sentence": self.sentence,
            "notes": list(self.notes),
            "jobs": [tell_job(job) for job in self.jobs],
            "known": self.is_known,
        }


def lay_out(answer: Answer, now: float) -> Iterator[Block]:
    """Yield an answer as it is shown to people."""
    yield Said(answer.sentence, Tone.STRONG)
    for note in answer.notes:
        yield Said(note, Tone.WARN)
    if answer.jobs:
        yield ""
        yield Part("History", [(f"{job.id[:8]}  ", *_pieces(say_in_short(tell_job(job), now))) for job in answer.jobs])


def _pieces(line: Any) -> tuple[Any, ...]:
    return line if isinstance(line, tuple) else (line,)


def explain(config: Config, given: str, now: float) -> Answer:
    """Return what is to be said of a file that a person asks about, by its path or by its name alone.

    Raises:
        JournalError: the journal cannot be read.

    """
    path = _find_named(config, given)
    try:
        place, status, fault = *within(_PATIENCE, lambda: _find(config, path)), ""
    except OSError as hung:
        place, status = find_where(config, path), None
        fault = f"{place.shown} cannot be looked at: {hung.strerror}."
    with open_report(config.daemon.journal) as report:
        jobs = find_jobs(report, place, status, _MOST)
        found = fault or _held_up(config, report, place, _say(config, place, status, jobs, now))
        route = place.route.name if place.route else jobs[0].route if jobs else ""
        sentence = found or (say_job(jobs[0], now) if jobs else _say_unknown(given, place))
        notes = tuple(_notes(config, report, place if found else replace(place, where=Where.ELSEWHERE), jobs, now))
    return Answer(shown(os.fsencode(place.path)), place.where, route, sentence, notes, tuple(jobs), bool(found or jobs))


def _find_named(config: Config, given: str) -> str:
    """Return the path that a person means: of a name alone, unless a route's folder is here, the file in an inbox."""
    path = os.path.abspath(given)
    if os.sep in given or find_where(config, os.path.realpath(".")).where is not Where.ELSEWHERE:
        return path
    inboxes = [os.path.join(route.inbox, given) for route in config.routes]
    with contextlib.suppress(OSError):  # one that hangs is told of where the file is asked for by its path
        return within(_PATIENCE, lambda: next(filter(os.path.lexists, inboxes), path))
    return path


def _say_unknown(given: str, place: Whereabouts) -> str:
    if os.sep in given:
        return f"Nothing is known of {place.shown}."
    return f"Nothing is known of {shown(place.name)}: no inbox has it, and the journal tells of no file of that name."


def _held_up(config: Config, report: Report, place: Whereabouts, found: str) -> str:
    """Return what is said of a file, in other words where it is complete and its route takes nothing at present."""
    route = place.route
    if place.where is not Where.INBOX or route is None or found != say_gate(Gate.OPEN, place.shown, route):
        return found
    if not Standing(tuple(report.holds()), config.daemon.journal).over_inbox(route.name):
        return found
    return f"{place.shown} is complete, and waits in the inbox until route {route.name} goes on."


def _find(config: Config, path: str) -> tuple[Whereabouts, os.stat_result | None]:
    """Return where a file is, the links above it resolved as those of the routes are, and what lies there."""
    above, name = os.path.split(path)
    place = find_where(config, os.path.join(os.path.realpath(above), name))
    return place, place.look()


def _say(config: Config, place: Whereabouts, status: os.stat_result | None, jobs: list[Job], now: float) -> str:
    """Say what lies there now; empty where nothing does, and its job tells more."""
    if place.where is Where.STAGE:
        return _say_staged(place, jobs, status is not None, now)
    if status is None:
        return ""
    try:
        if place.where is Where.INBOX and (route := place.route):
            return within(_PATIENCE, lambda: look_into_inbox(config, route, place, now))
        if stat.S_ISDIR(status.st_mode):
            return within(_PATIENCE, lambda: look_into_folder(place))
    except OSError as fault:
        return f"{place.shown} cannot be looked at: {fault.strerror}."
    return _say_placed(config, place, jobs, now)


def _say_staged(place: Whereabouts, jobs: list[Job], there: bool, now: float) -> str:  # noqa: FBT001 - private
    if jobs:
        return f"{place.shown} is worked on by job {jobs[0].id[:8]}: {say_job(jobs[0], now)}"
    if there:
        return (
            f"{place.shown} lies in the stage, which belongs to the daemon alone; no job knows it."
            " A source is adopted, and anything else removed, when the daemon starts."
        )
    return ""


def _say_placed(config: Config, place: Whereabouts, jobs: list[Job], now: float) -> str:
    """Say what a file in an outbox, an archive, an error folder, or somewhere else is."""
    who, route = place.shown, place.route.name if place.route else ""
    if place.where is Where.ELSEWHERE:
        inboxes = ", ".join(each.inbox for each in config.routes)
        return f"{who} lies in no folder of a route, so nothing is done with it; the inboxes are: {inboxes}."
    if not jobs:
        lies = f"{who} lies in the {place.top.rpartition('/')[2]} of route {route}"
        return f"{lies}; the journal knows of no job for it (it tells of nothing older than keep_history)."
    what = {
        Where.OUTBOX: "is a result",
        Where.ARCHIVE: f"was dropped as {shown(jobs[0].name)}",
        Where.ERROR: f"was dropped as {shown(jobs[0].name)}",
        Where.NOTE: "is an explanation",
    }[place.where]
    said = say_job(jobs[0], now)
    return said if place.name == jobs[0].name else f"{who} {what}: {said}"


def _notes(config: Config, report: Report, place: Whereabouts, jobs: list[Job], now: float) -> Iterator[str]:
    waits = place.where is Where.INBOX or any(job.state not in RESTING for job in jobs)
    if waits and not is_locked(config.daemon.journal):
        yield "The daemon is not running, so nothing is converted at present."
    route = place.route or next((each for each in config.routes if jobs and each.name == jobs[0].route), None)
    if waits:
        yield from _lane_notes(config, route)
    is_beyond = any(job.state not in RESTING | _HOLDABLE for job in jobs[:1])
    if (place.where is Where.INBOX and not is_beyond) or any(job.state in _HOLDABLE for job in jobs):
        holds = [hold for hold in report.holds() if is_held_by(hold, route, config.daemon.journal)]
        yield from (_say_hold(hold, now) for hold in holds)
        names = {hold.name for hold in holds if hold.scope is Scope.BUDGET}
        told = [each for each in tell_budgets(config, report, now) if each["route"] in names] if names else []
        yield from (f"{said.words}." for said in say_budgets(told))
    if place.where is Where.INBOX:
        yield from _own_eyes(config)
    if place.where is not Where.INBOX and jobs and jobs[0].state is State.FAILED:
        yield f"Or send it back by: watchconvert retry {jobs[0].id[:8]}"


def _lane_notes(config: Config, route: Route | None) -> Iterator[str]:
    for lane in read_status(config.daemon.journal).get("lanes", []):
        if route is None or lane["route"] != route.name:
            continue
        if lane["offline"]:
            yield f"Route {route.name} is offline: {plain(lane['offline'])}. It comes back by itself with its folder."
        if lane["polled"]:
            yield f"Its inbox is scanned every few seconds instead of watched: {plain(lane['polled'])}."


def _say_hold(hold: Hold, now: float) -> str:
    return say_hold(hold.scope, shown(os.fsencode(hold.name)), hold.reason, hold.probe_at - now)


def _own_eyes(config: Config) -> Iterator[str]:
    """Say that the daemon, as another user, may see less or more than who asks."""
    with contextlib.suppress(OSError):
        owner = os.stat(config.daemon.journal).st_uid
        if owner != os.geteuid():
            yield f"You are another user than the daemon (number {owner}); what one may read the other perhaps may not."
