"""Leads one file in an inbox through the gates, each of which asks the file system one thing."""

import errno
import os

from watchconvert.adapters.files import looks
from watchconvert.adapters.files.looks import Kind
from watchconvert.adapters.files.places import Spot
from watchconvert.core.naming import MAX_NAME, format_of, is_junk, matches
from watchconvert.core.settings import Route
from watchconvert.core.settle import Gate, Waiting, Writer, gate_of, quiet_time
from watchconvert.core.whole import ends_wanted, looks_whole

_NOT_PLAIN = (errno.ELOOP, errno.EINVAL, errno.ENXIO)
_SECOND = 10**9
"""A killed `rsync --partial` leaves what it has under the final name, its time set into the first second of 1970."""
NEVER_TAKEN = {Kind.LINK: Gate.LINK, Kind.SHARED: Gate.SHARED, Kind.OTHER: Gate.OTHER, Kind.ELSEWHERE: Gate.ELSEWHERE}
"""What is not a plain file of its own is left where it is."""


def is_left(route: Route, folder: bytes, name: bytes) -> bool:
    """Tell whether a name is none of the route's business: junk, ignored, a marker, or not accepted and to be left.

    `folder` is the sub-folder that it lies in; one of other programs (".rsync-partial") is junk with all that is in it.
    """
    if folder and any(is_junk(piece) for piece in folder.split(b"/")):
        return True
    if is_junk(name, route.ignore) or (route.done and matches(name, (route.done.replace("{name}", "*"),))):
        return True
    return route.unaccepted == "leave" and not matches(name, route.accept)


def find_gate(route: Route, spot: Spot, waiting: Waiting, now: float, *, blind: bool) -> tuple[Gate, float]:
    """Return the gate that a file waits at, and the quiet time that it needs, in seconds.

    `blind` says that a lease proves nothing on that file system.
    """
    settle, folder, name = route.settle, spot.folder, spot.name
    try:
        writer = _look_for_writer(spot, blind=blind)
        settle = quiet_time(route.settle, writer)
        gate = gate_of(waiting, writer, route.settle, now)
        if gate is Gate.OPEN and (0 <= waiting.sighting.mtime < _SECOND or not _is_whole(folder, name)):
            gate = Gate.CUT_OFF
        if gate is Gate.OPEN and route.done and not _has_marker(route, folder, name):
            gate = Gate.MARKER
    except FileNotFoundError:
        gate = Gate.QUIET
    except OSError as fault:
        # One file that cannot be read holds up no other; a file system that is gone shows at the inbox itself.
        gate = Gate.OTHER if fault.errno in _NOT_PLAIN else Gate.UNREADABLE
    return gate, settle


def _look_for_writer(spot: Spot, *, blind: bool) -> Writer:
    if not blind:
        return looks.writer_of(spot.folder, spot.name)
    # No job is made of a file that may not be read: it would keep its place among the few that may be open.
    os.close(looks.open_file(spot.folder, spot.name))
    return Writer.UNKNOWN


def _is_whole(folder: int, name: bytes) -> bool:
    kind = format_of(name)
    head, tail = ends_wanted(kind)
    return not tail or looks_whole(kind, *looks.read_ends(folder, name, head, tail))


def _has_marker(route: Route, folder: int, name: bytes) -> bool:
    marker = route.done.encode().replace(b"{name}", name)
    return len(marker) <= MAX_NAME and looks.look_at(folder, marker).kind is Kind.FILE
