"""Where a path lies in the world of the routes, what lies there, and which jobs it has to do with."""

import enum
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace

from watchconvert.adapters.files import looks
from watchconvert.adapters.files.looks import Kind, Look
from watchconvert.adapters.files.places import Spot
from watchconvert.adapters.files.scans import read_mounts
from watchconvert.adapters.journal.report import Report, read_status
from watchconvert.core.job import Job, Sighting
from watchconvert.core.mounts import silent_mount
from watchconvert.core.naming import NOTE_ENDING, STAGE, format_of, is_junk, matches, shown, source_names
from watchconvert.core.overlaps import is_inside
from watchconvert.core.settings import Config, Route
from watchconvert.core.settle import LASTING, Gate, seen_again
from watchconvert.core.states import State
from watchconvert.core.units import say_count
from watchconvert.core.whys import say_gate
from watchconvert.engine.gates import NEVER_TAKEN, find_gate
from watchconvert.engine.notice import verdict_on

_MANY = 200
"""Jobs of one name that are looked through for the one that a file belongs to."""


class Where(enum.StrEnum):
    """In what a path lies."""

    INBOX = "inbox"
    OUTBOX = "outbox"
    ERROR = "error folder"
    NOTE = "explanation in the error folder"
    ARCHIVE = "archive"
    STAGE = "stage"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class Whereabouts:
    """A path and what it belongs to."""

    path: str
    where: Where
    route: Route | None
    top: str = ""
    """The folder of the route that it lies in."""

    @property
    def name(self) -> bytes:
        """Its last piece."""
        return os.fsencode(os.path.basename(self.path))

    @property
    def folder(self) -> bytes:
        """The sub-folder of the route's folder that it lies in; empty at the top."""
        return os.fsencode(os.path.dirname(self.path)[len(self.top) :].strip("/"))

    @property
    def shown(self) -> str:
        """Its name as it may be shown, with its path where it lies in no route."""
        return shown(os.fsencode(self.path) if self.where is Where.ELSEWHERE else self.name)

    def look(self) -> os.stat_result | None:
        """Return what lies there, None for nothing; follows no link."""
        try:
            return os.lstat(self.path)
        except (FileNotFoundError, NotADirectoryError):
            return None


_PLACES = {"inbox": Where.INBOX, "outbox": Where.OUTBOX, "error": Where.ERROR, "archive": Where.ARCHIVE}


def find_where(config: Config, path: str) -> Whereabouts:
    """Return in what an absolute path without links lies; of folders inside each other, the inmost counts."""
    found = [
        (folder, where, route)
        for route in config.routes
        for folder, where in zip(route.folders, _PLACES.values(), strict=True)
        if is_inside(path, folder)
    ]
    if not found:
        return Whereabouts(path, Where.ELSEWHERE, None)
    top, where, route = max(found, key=lambda each: len(each[0]))
    if STAGE.decode() in path[len(top) :].split("/"):
        where = Where.STAGE
    elif where is Where.ERROR and path.endswith(NOTE_ENDING.decode()):
        where = Where.NOTE
    return Whereabouts(path, where, route, top)


def find_jobs(report: Report, place: Whereabouts, status: os.stat_result | None, limit: int) -> list[Job]:
    """Return the jobs that a path has to do with, the one that tells most of it first; `status` is what lies there."""
    match place.where:
        case Where.STAGE:
            ids = [piece for piece in place.path.split("/") if len(piece) >= 32]
            return [job for piece in ids for job in report.find(piece[:32])][:1]
        case Where.OUTBOX:
            return _made_it(report, place)[:limit]
        case Where.NOTE:
            name = place.name.removesuffix(NOTE_ENDING)
            return _put_there(report, place, name, None)[:limit]
        case Where.ERROR | Where.ARCHIVE:
            return _put_there(report, place, place.name, status)[:limit]
        case Where.INBOX:
            jobs = [job for job in report.named(place.name, _MANY) if _is_of(job, place)]
            return jobs[:limit]
        case _:
            return report.named(place.name, limit)


def _is_of(job: Job, place: Whereabouts) -> bool:
    return place.route is not None and job.order.inbox == place.top and job.folder == place.folder


def _made_it(report: Report, place: Whereabouts) -> list[Job]:
    """Return the jobs that have an output of that name there."""
    for stem in source_names(place.name):
        found = [
            job
            for job in report.beginning(stem, _MANY)
            if job.order.outbox == place.top
            and job.folder == place.folder
            and any(part.name == place.name for part in job.parts)
        ]
        if found:
            return found
    return []


def _put_there(report: Report, place: Whereabouts, name: bytes, status: os.stat_result | None) -> list[Job]:
    """Return the jobs whose source lies there, under its name or a numbered one; the very file's first."""
    state = State.DONE if place.where is Where.ARCHIVE else State.FAILED
    seen = looks.sighting_of(status) if status else None
    found: list[Job] = []
    for stem in (name, *source_names(name)):
        for job in report.beginning(stem, _MANY):
            home = job.order.error if state is State.FAILED else job.order.archive
            if job.state is state and home == place.top and job.folder == place.folder and _same_ending(job.name, name):
                found.append(job)
        if found:
            break
    return sorted(found, key=lambda job: not _is_same(job, seen))


def _same_ending(one: bytes, other: bytes) -> bool:
    return format_of(one) == format_of(other)


def _is_same(job: Job, seen: Sighting | None) -> bool:
    return seen is not None and job.sighting.same_content(seen)


def look_into_inbox(config: Config, route: Route, place: Whereabouts, now: float) -> str:
    """Say what keeps a name in the inbox, by the same gates that the daemon uses.

    Raises:
        OSError: it cannot be looked at.

    """
    if place.path == place.top:
        return _say_inbox(config, route)
    if said := _left(route, place) or _told_unreadable(config, route, place):
        return said
    folder = os.open(os.path.dirname(place.path), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        gate, look = gate_now(route, Spot(folder, place.name), now)
    finally:
        os.close(folder)
    if look.kind is Kind.FOLDER:
        how = "its files are taken, and it is mirrored" if route.recursive else "it is left alone (recursive = false)"
        return f"{place.shown} is a sub-folder of the inbox of route {route.name}: {how}."
    if look.sighting and gate in (Gate.OPEN, *LASTING):
        waiting = replace(seen_again(None, look.sighting, 0.0), gate=gate)
        verdict = verdict_on(route, place.name, waiting, route.source_format or format_of(place.name))
        if verdict and (gate is Gate.OPEN or now - look.sighting.ctime / 1e9 > route.incomplete_after):
            return f"{place.shown} is about to go to the error folder with an explanation: {verdict.sentence}"
    return say_gate(gate, place.shown, route)


def gate_now(route: Route, spot: Spot, now: float) -> tuple[Gate, Look]:
    """Return the gate that a name in an inbox waits at, as a scan at this moment would find it, and what it is."""
    look = looks.look_at(spot.folder, spot.name)
    if look.kind is not Kind.FILE or look.sighting is None:
        return NEVER_TAKEN.get(look.kind, Gate.OTHER), look
    # How long it has been quiet is as good as the file system's own times say it.
    waiting = seen_again(None, look.sighting, min(now, look.sighting.ctime / 1e9))
    blind = silent_mount(read_mounts(), os.fsencode(route.inbox), deep=route.recursive) is not None
    gate, _ = find_gate(route, spot, waiting, now, blind=blind)
    return gate, look


def _say_inbox(config: Config, route: Route) -> str:
    lanes = [lane for lane in read_status(config.daemon.journal).get("lanes", []) if lane["route"] == route.name]
    count = f"; {say_count(lanes[0]['waiting'], 'file')} waiting in it" if lanes else ""
    return f"{route.inbox} is the inbox of route {route.name}: what is put there is converted to {route.to}{count}."


def _told_unreadable(config: Config, route: Route, place: Whereabouts) -> str:
    """Say so where the daemon has found that it may not read a file, which another user perhaps may."""
    key = shown(b"/".join(filter(None, (place.folder, place.name))))
    for lane in read_status(config.daemon.journal).get("lanes", []):
        if lane["route"] == route.name and any(f[0] == key and f[1] == Gate.UNREADABLE.value for f in lane["files"]):
            return say_gate(Gate.UNREADABLE, place.shown, route)
    return ""


def _left(route: Route, place: Whereabouts) -> str:
    """Say why a name in an inbox is left alone; empty when it is not."""
    who, name = place.shown, place.name
    if place.folder and not route.recursive:
        return f"{who} lies in a sub-folder, and route {route.name} does not take those (recursive = false)."
    odd = next((piece for piece in place.folder.split(b"/") if is_junk(piece)), b"")
    if odd:
        return f"{who} lies in {shown(odd)}, which is named like a folder of another program; those are left alone."
    if is_junk(name):
        return f"{who} is named like a temporary, lock or desktop file; those are left alone (docs/operating.md, Junk)."
    for pattern in route.ignore:
        if matches(name, (pattern,)):
            return f'{who} fits "{pattern}" in ignore of route {route.name}, so it is left alone.'
    if route.done and matches(name, (route.done.replace("{name}", "*"),)):
        return f"{who} is a marker file of route {route.name}: it goes when the file that it belongs to is taken."
    if route.unaccepted == "leave" and not matches(name, route.accept):
        takes = ", ".join(route.accept)
        return (
            f"{who} fits no pattern in accept of route {route.name} ({takes}), which leaves such files where they are."
        )
    return ""


def look_into_folder(place: Whereabouts) -> str:
    """Say what a folder is.

    Raises:
        OSError: it cannot be listed.

    """
    if place.where is Where.ELSEWHERE:
        return f"{place.shown} is a folder that belongs to no route."
    name = place.route.name if place.route else ""
    what = "is" if place.path == place.top else "is a sub-folder of"
    count = sum(1 for _ in _plain_names(place.path))
    return (
        f"{shown(os.fsencode(place.path))} {what} the {place.where.value} of route {name}; {say_count(count, 'file')}."
    )


def _plain_names(path: str) -> Iterator[str]:
    with os.scandir(path) as entries:
        yield from (entry.name for entry in entries if not entry.is_dir(follow_symlinks=False))
