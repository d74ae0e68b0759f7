"""What the start of the daemon finds: starting is recovering, there is no separate path."""

import contextlib
import dataclasses
from collections.abc import Iterable

from watchconvert.adapters.files.places import COPIED
from watchconvert.adapters.hand import Hand
from watchconvert.adapters.journal.store import Journal
from watchconvert.core.cadence import MAX_DEATHS
from watchconvert.core.job import Job
from watchconvert.core.naming import shown
from watchconvert.core.settings import Route
from watchconvert.core.settle import Waiting
from watchconvert.core.states import RESTING, TRANSITIONS, Event, State
from watchconvert.core.verdicts import because
from watchconvert.engine.markers import sweep_left
from watchconvert.engine.notice import make_job
from watchconvert.engine.tools import Tools

_BEFORE_REST = {State.DONE: State.PUBLISHED, State.FAILED: State.REJECTED}
"""The state whose step puts a source away, by the state at rest that it leads to."""


def prepare_folders(tools: Tools, routes: Iterable[Route]) -> None:
    """Make the routes' folders where that is safe, and remember them.

    A folder that was there once and is gone is not made again on another device:
    its mount may be missing, and files would vanish under it when it comes back.
    """
    known = tools.journal.known_folders()
    tools.folders.know(known)
    made: list[tuple[str, int]] = []
    for folder in sorted({folder for route in routes for folder in route.folders}):
        try:
            if folder in known and tools.folders.device_above(folder) != known[folder]:
                tools.folders.device(folder)  # raises while the mount is missing
            else:
                tools.folders.ensure(folder)
            made.append((folder, tools.folders.mark(folder)))
        except OSError as fault:
            tools.log.error("folder_missing", folder=folder, why=fault.strerror)
    tools.journal.know_folders(made)
    tools.folders.know(dict(made))


def find_rival(tools: Tools, routes: Iterable[Route]) -> str:
    """Take the stages of all folders; return the folder that another daemon of this host has taken, empty if none.

    An outbox that two daemons share would be cleared by the one of what the other has bought.
    """
    for folder in sorted({folder for route in routes for folder in route.folders}):
        try:
            if not tools.folders.lock_stage(folder):
                return folder
        except FileNotFoundError:
            continue  # whoever is to make it has said why it could not
        except OSError as fault:
            tools.log.error("stage_unreadable", folder=folder, why=fault.strerror)
    return ""


def prepare_route(tools: Tools, route: Route) -> str:
    """Do for one route what a start does: folders, lock, strays; return the folder that another daemon has taken.

    May run beside everything else: a file system that hangs keeps only its own route from starting.
    """
    prepare_folders(tools, (route,))
    rival = find_rival(tools, (route,))
    if not rival:
        adopt_strays(tools, (route,))
        if not route.markers:
            with contextlib.suppress(OSError):  # tried again at the next start
                sweep_left(tools, route)
    return rival


def adopt_strays(tools: Tools, routes: Iterable[Route]) -> int:
    """Give a row to every staged source that has none, and clear what is left of jobs at rest; return how many."""
    adopted = 0
    for route in routes:
        try:
            for stray in tools.folders.staged_ids(route.inbox):
                adopted += _is_stray(tools, stray) and _adopt(tools, route, stray)
            _clear_parts(tools, route)
        except OSError as fault:
            tools.log.error("stage_unreadable", route=route.name, why=fault.strerror)
    return adopted


def _is_stray(tools: Tools, job_id: str) -> bool:
    """Tell whether no open job has that id; asked for each by itself, as other routes are at work meanwhile."""
    job = tools.journal.get(job_id)
    return job is None or job.state in RESTING


def _adopt(tools: Tools, route: Route, stray: str) -> int:
    found = tools.moves.staged_file(route.inbox, stray)
    if found is None:
        with tools.folders.open(route.inbox) as inbox:
            tools.folders.close_stage(inbox, stray)
        return 0
    name, sighting = found
    known = tools.journal.get(stray)
    if known is not None and known.state in _BEFORE_REST:
        return _take_up(tools, known)
    if name == COPIED:
        # The journal was lost while the source was on its way to another file system, and its name with it.
        name = tools.moves.rename_mark(route.inbox, stray)
    now = tools.clock.now()
    job = make_job(route, b"", name, Waiting(sighting, 0.0, 0.0), now, tools.new_id)
    if known is None:
        # A journal that is gone may have bought something for it: the service is asked before anything is bought.
        job = dataclasses.replace(job, id=stray, adopted=1)
    else:
        tools.moves.rename_stage(route.inbox, stray, job.id)
    tools.journal.add(job)
    tools.log.warning("adopted", job=job.id[:8], route=route.name, file=shown(name))
    return 1


def _take_up(tools: Tools, job: Job) -> int:
    """Let a job that came to rest without its source end as it should: the inbox was another folder for a while."""
    now = tools.clock.now()
    note = "its source turned up in the stage"
    again = dataclasses.replace(job, state=_BEFORE_REST[job.state], due=now, changed_at=now, note=note)
    tools.journal.record(job, again, Event.NOTICED)
    tools.log.warning("adopted", job=job.id[:8], route=job.route, file=shown(job.name), why=note)
    return 1


def _clear_parts(tools: Tools, route: Route) -> None:
    """Remove results and drafts of explanations whose jobs are at rest: nobody will publish them."""
    for path in (route.outbox, route.error):
        with tools.folders.open(path) as folder:
            for stray in tools.folders.staged_ids(path):
                if not stray.endswith(".copy") and _is_stray(tools, stray):
                    tools.folders.empty_stage(folder, stray)


def remember_inherited(tools: Tools) -> None:
    """Note which jobs an earlier life began: the journal may be a copy that is older than what was bought since."""
    tools.fresh.inherit(tools.journal.inherited())


def count_deaths(journal: Journal, hand: Hand, now: float) -> list[Job]:
    """Count the death of the last life against the files it had in hand; return those that are set aside for it."""
    guilty = []
    for job_id, state in hand.left_over():
        job = journal.get(job_id)
        if job is None or job.state.value != state or job.state in RESTING:
            continue
        deaths = job.deaths + 1
        if deaths >= MAX_DEATHS and Event.REJECTED in TRANSITIONS[job.state]:
            facts = {"verdict": because("interrupted"), "deaths": deaths}
            after, event = job.after(Event.REJECTED, facts, now), Event.REJECTED
            guilty.append(after)
        else:
            after, event = job.after(Event.DELAYED, {"deaths": deaths, "due": now}, now), Event.DELAYED
        journal.record(job, after, event)
    return guilty
