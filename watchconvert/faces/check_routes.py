"""What `check` looks at in each folder of each route, every look in a child of its own: any of them may hang."""

import contextlib
import errno
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from watchconvert.adapters.clock import Clock
from watchconvert.adapters.files.disk import Disk
from watchconvert.adapters.files.folders import Folders, real_path
from watchconvert.adapters.files.places import Spot
from watchconvert.adapters.files.scans import list_inbox, read_mounts
from watchconvert.adapters.journal.database import JournalError
from watchconvert.adapters.journal.report import open_report
from watchconvert.core.findings import Finding, problem, warning
from watchconvert.core.mounts import silent_mount
from watchconvert.core.naming import shown
from watchconvert.core.settings import Config, Route
from watchconvert.core.settle import LASTING, Gate
from watchconvert.core.units import say_duration, say_size
from watchconvert.engine.gates import is_left
from watchconvert.faces.probes import Abilities, count_folders, find_stage_fault, is_read_only, try_out
from watchconvert.faces.timely import Errand, HangingError, within
from watchconvert.faces.whereabouts import gate_now

_PATIENCE = 5.0
"""Seconds that all looks together may take."""
_MOST_LOOKED_AT, _MOST_TOLD = 5000, 5
_LOOKING = 3.0
"""Seconds after which a large inbox is told as far as it was looked at."""
_KEYS = ("inbox", "outbox", "error", "archive")
_SANDBOX = (
    "If it is read-only for the service alone, that is the unit's sandbox: run `watchconvert install`,"
    " then `systemctl restart watchconvert`. Else mount it writable."
)


@dataclass
class Inbox:
    """What would be taken from an inbox now."""

    route: str
    taken: int = 0
    examples: list[str] = field(default_factory=list)
    waiting: dict[str, int] = field(default_factory=dict)
    """How many files wait, by what they wait for."""
    left: int = 0
    """Names that are none of the route's business."""
    folders: int = 1
    """Folders that are watched."""
    cut: bool = False
    """Whether there was more than could be looked at."""


def look_at_routes(config: Config, clock: Clock) -> tuple[list[Finding], list[Inbox]]:
    """Look at all folders of all routes beside each other."""
    known, now = _known_folders(config), clock.now()
    folders = [
        (route, folder, Errand(lambda r=route, k=key, f=folder: _look_at_folder(config, r, k, f, known)))  # type: ignore[misc]
        for route in config.routes
        for key, folder in zip(_KEYS, route.folders, strict=True)
    ]
    inboxes = [(route, Errand(lambda r=route: _look_at_inbox(r, now))) for route in config.routes]  # type: ignore[misc]
    deadline = time.monotonic() + _PATIENCE
    found = [each for route, folder, errand in folders for each in _findings_of(route, folder, errand, deadline)]
    seen = []
    for _, errand in inboxes:
        with contextlib.suppress(OSError):  # its folder's own look has told it
            seen.append(errand.result(deadline))
    return found, seen


def _known_folders(config: Config) -> dict[str, int]:
    def ask() -> dict[str, int]:
        with open_report(config.daemon.journal) as report:
            return report.known_folders()

    try:
        return within(_PATIENCE, ask)
    except (JournalError, OSError):
        return {}


def _findings_of(route: Route, folder: str, errand: Errand, deadline: float) -> list[Finding]:
    about = f"route {route.name}"
    try:
        found: list[Finding] = errand.result(deadline)
    except HangingError:
        remedy = "Look after that mount; its route is offline until it answers, and the others go on."
        return [problem(about, f"{folder}: its file system does not answer (waited {_PATIENCE:.0f} s)", remedy)]
    except OSError as fault:
        return [
            problem(about, f"{folder} cannot be looked at: {fault.strerror}", "Mend what keeps it from being read.")
        ]
    return found


def _look_at_folder(config: Config, route: Route, key: str, folder: str, known: dict[str, int]) -> list[Finding]:
    about = f"route {route.name}"
    folders = Folders(Disk(), b"check")
    folders.know(known)
    try:
        with folders.open(folder) as opened:
            return list(_look_into(config, route, key, folder, opened))
    except FileNotFoundError:
        return [_missing(about, folder)]
    except PermissionError:
        return [problem(about, f"{folder} may not be entered", _give(folder))]
    except OSError as fault:
        if fault.errno in (errno.ENOTDIR, errno.ELOOP):
            return [problem(about, f"{folder} is no folder, or leads through a link", "Put a folder there.")]
        return [problem(about, f"{folder}: {fault.strerror}", "Mount what belongs there; the route waits for it.")]


def _missing(about: str, folder: str) -> Finding:
    above = next(path for path in Path(folder).parents if path.exists())
    if not above.is_dir():
        return problem(about, f"{folder}: {above} is no folder", "Remove it or name another folder.")
    if is_read_only(str(above)):
        return problem(about, f"{folder} is missing, and {above} is read-only", _SANDBOX)
    if not os.access(above, os.W_OK | os.X_OK):
        return problem(about, f"{folder} is missing, and may not be made in {above}", _give(str(above)))
    return Finding(about, f"{folder} is missing; the daemon makes it")


def _give(folder: str) -> str:
    return f"Give the user that watchconvert runs as the right to read, write and enter {folder}."


def _look_into(config: Config, route: Route, key: str, folder: str, opened: int) -> Iterator[Finding]:
    about = f"route {route.name}"
    if is_read_only(folder):
        yield problem(about, f"{folder} is read-only", _SANDBOX)
        return
    if not os.access(".", os.R_OK | os.W_OK | os.X_OK, dir_fd=opened, effective_ids=True):
        yield problem(about, f"{folder} may not be read, written and entered", _give(folder))
        return
    if fault := find_stage_fault(opened):
        yield problem(about, f"{folder}: {fault}", "Remove it, or give it to the user that watchconvert runs as.")
        return
    yield Finding(about, f"{folder} can be read and written")
    if key == "inbox":
        yield from _look_at_mount(config, route)
    if key == "outbox":
        yield from _look_at_room(config, folder, about)
    if key in ("inbox", "outbox"):
        yield from _say_abilities(about, folder, try_out(opened), is_inbox=key == "inbox")
    if key in ("error", "archive") and os.fstat(opened).st_dev != os.stat(real_path(route.inbox)).st_dev:
        yield warning(
            about, f"{folder} lies on another file system than the inbox", "Sources are copied there; mind the room."
        )


def _look_at_mount(config: Config, route: Route) -> Iterator[Finding]:
    mount = silent_mount(read_mounts(), os.fsencode(route.inbox), deep=route.recursive)
    if mount:
        every = say_duration(config.daemon.poll)
        said = f"{route.inbox} lies on {mount.kind}, which brings no events: it is scanned every {every}"
        yield warning(f"route {route.name}", said, "Nothing need be done; `poll` sets how often.")


def _look_at_room(config: Config, folder: str, about: str) -> Iterator[Finding]:
    free = Folders(Disk(), b"check").free_bytes(folder)
    if free < config.daemon.min_free:
        wanted = say_size(config.daemon.min_free)
        said = f"{folder} has {say_size(free)} free; {wanted} are wanted (min_free)"
        yield problem(about, said, "Make room; until then nothing is bought for it.")
    else:
        yield Finding(about, f"{folder} has {say_size(free)} free")


def _say_abilities(about: str, folder: str, can: Abilities, *, is_inbox: bool) -> Iterator[Finding]:
    if can.fault:
        yield problem(about, f"{folder}: a file could not be made and renamed there: {can.fault}", _give(folder))
        return
    if can.renames:
        yield Finding(about, f"{folder}: files are renamed without replacing any (tried)")
    else:
        said = f"{folder}: its file system has no rename that spares what has the name"
        yield warning(about, said, "Nothing need be done; hard links, or a check before, stand in for it.")
    if is_inbox and can.leases:
        yield Finding(about, f"{folder}: the kernel tells whether a program has a file open (read lease, tried)")
    elif is_inbox:
        said = f"{folder}: nobody can tell there whether a program still writes to a file"
        yield warning(about, said, "Nothing need be done; files wait for ten quiet seconds instead of `settle`.")


def _look_at_inbox(route: Route, now: float) -> Inbox:
    """Lead every file through the gates, as the lane does, and move none."""
    inbox, folders, began = Inbox(route.name), Folders(Disk(), b"check"), time.monotonic()
    for number, entry in enumerate(list_inbox(folders, route.inbox, deep=route.recursive)):
        if number >= _MOST_LOOKED_AT or time.monotonic() - began > _LOOKING:
            inbox.cut = True
            break
        if is_left(route, entry.folder, entry.name):
            inbox.left += 1
            continue
        with (
            contextlib.suppress(OSError),
            folders.open(route.inbox) as root,
            folders.below(root, entry.folder) as folder,
        ):
            gate, look = gate_now(route, Spot(folder, entry.name), now)
            stays = look.sighting is not None and now - look.sighting.ctime / 1e9 > route.incomplete_after
            _count(inbox, gate, shown(entry.name), given_back=gate in LASTING and stays)
    inbox.folders = count_folders(route.inbox, _MOST_LOOKED_AT) if route.recursive else 1
    return inbox


def _count(inbox: Inbox, gate: Gate, name: str, *, given_back: bool) -> None:
    if gate is Gate.OPEN or given_back:
        inbox.taken += 1
        inbox.examples += [name] if len(inbox.examples) < _MOST_TOLD else []
    else:
        inbox.waiting[gate.value] = inbox.waiting.get(gate.value, 0) + 1
