"""`watchconvert why FILE`: why a given file is not converted (yet), in one look."""

import os
import time
from collections.abc import Iterator
from typing import Any

from watchconvert.adapters.files import looks
from watchconvert.adapters.files.looks import Kind
from watchconvert.adapters.files.places import Spot
from watchconvert.adapters.journal.database import is_locked
from watchconvert.adapters.journal.report import Report, open_report, read_status
from watchconvert.core.job import Job
from watchconvert.core.naming import is_junk, matches, shown
from watchconvert.core.overlaps import is_inside
from watchconvert.core.settings import Config, Route
from watchconvert.core.settle import Gate, seen_again
from watchconvert.core.states import RESTING, State
from watchconvert.core.units import say_duration
from watchconvert.engine.gates import NEVER_TAKEN, find_gate


def explain(config: Config, given: str, now: float) -> Iterator[str]:
    """Yield what is to be said of a file that a person asks about, by its path or by its name alone.

    Raises:
        JournalError: the journal cannot be read.

    """
    path = os.path.abspath(given)
    name = os.path.basename(path).encode("utf-8", "surrogateescape")
    route = next((each for each in config.routes if is_inside(path, each.inbox)), None)
    if not is_locked(config.daemon.journal):
        yield "The daemon is not running, so nothing is converted at present."
    if route is None:
        if os.path.exists(path):
            yield f"{shown(path.encode())} lies in no inbox; the inboxes are: {_inboxes(config)}."
    elif os.path.lexists(path):
        yield from _explain_waiting(route, path, name, now)
    status = read_status(config.daemon.journal)
    yield from _explain_lane(route, status)
    with open_report(config.daemon.journal) as report:
        yield from _explain_holds(report, config, route, now)
        yield from _explain_jobs(report, name, now)


def _inboxes(config: Config) -> str:
    return ", ".join(route.inbox for route in config.routes)


def _explain_waiting(route: Route, path: str, name: bytes, now: float) -> Iterator[str]:
    """Say what keeps a file in the inbox, by the same gates that the daemon uses."""
    who = shown(name)
    if os.path.dirname(path) != route.inbox and not route.recursive:
        yield f"{who} lies in a sub-folder, and route {route.name} does not take those (recursive = false)."
    elif is_junk(name):
        yield f"{who} is named like a temporary, lock or desktop file; those are left alone (docs/operating.md, Junk)."
    elif is_junk(name, route.ignore):
        yield f"{who} fits a pattern in ignore of route {route.name}, so it is left alone."
    elif not matches(name, route.accept) and route.unaccepted == "leave":
        yield f"{who} fits no pattern in accept of route {route.name}, which leaves such files where they are."
    else:
        yield _say_gate(route, path, name, now)


def _say_gate(route: Route, path: str, name: bytes, now: float) -> str:
    folder = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY)
    try:
        look = looks.look_at(folder, name)
        if look.kind is not Kind.FILE or look.sighting is None:
            return f"{shown(name)} is not taken: {NEVER_TAKEN.get(look.kind, Gate.OTHER).value}."
        # How long it has been quiet is as good as the file system's own times say it.
        quiet = max(0.0, now - look.sighting.ctime / 1e9)
        waiting = seen_again(None, look.sighting, 0.0)
        gate, _ = find_gate(route, Spot(folder, name), waiting, quiet, blind=False)
    finally:
        os.close(folder)
    if gate is Gate.OPEN:
        return f"{shown(name)} is complete and will be taken at the next look at the inbox."
    return f"{shown(name)} waits in the inbox: {gate.value}."


def _explain_lane(route: Route | None, status: dict[str, Any]) -> Iterator[str]:
    for lane in status.get("lanes", []):
        if route is None or lane["route"] != route.name:
            continue
        if lane["offline"]:
            yield f"Route {route.name} is offline: {lane['offline']}."
        if lane["polled"]:
            yield f"Its inbox is scanned every few seconds instead of watched: {lane['polled']}."


def _explain_holds(report: Report, config: Config, route: Route | None, now: float) -> Iterator[str]:
    concerned = {"", config.daemon.journal} | ({route.name, route.outbox} if route else set())
    for hold in report.holds():
        if hold.name in concerned:
            wait = say_duration(max(0.0, hold.probe_at - now))
            yield f"Everything of the {hold.scope.value} is held: {hold.reason} Looked at again in {wait}."


def _explain_jobs(report: Report, name: bytes, now: float) -> Iterator[str]:
    for job in report.named(name, 5):
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(job.changed_at))
        yield f"{when}  job {job.id[:8]} in {job.route}: {_say_job(job, now)}"


def _say_job(job: Job, now: float) -> str:
    if job.state is State.DONE:
        return "converted to " + ", ".join(shown(part.name) for part in job.parts)
    if job.state in RESTING:
        why = job.verdict.sentence if job.verdict else job.note
        return f"{job.state.value}: {why}"
    wait = f"; next try in {say_duration(job.due - now)}" if job.due > now else ""
    return f"{job.state.value}{': ' + job.note if job.note else ', under way'}{wait}"
