"""Whether a file is complete: the gates that it must pass, each of which is cheap and has a name.

No single sign proves that a file is whole (docs/design.md, "Arrivals"): a
writer may be between two writes, a copy has its final size from the start, a
killed upload looks closed.  So all gates must be open at once.
"""

import enum
from dataclasses import dataclass, replace

from watchconvert.core.job import Sighting

BLIND_SETTLE = 10.0
"""Seconds of quiet where the kernel cannot tell whether somebody writes."""


class Writer(enum.StrEnum):
    """Whether somebody has a file open for writing, as far as the kernel tells."""

    NONE = "none"
    OPEN = "open"
    UNKNOWN = "unknown"


class Gate(enum.StrEnum):
    """What a file in an inbox waits for."""

    OPEN = "nothing"
    WRITER = "a program has it open for writing"
    QUIET = "it changed a moment ago"
    EMPTY = "it is empty"
    CUT_OFF = "it ends before its kind of file may end, as if it were cut off"
    MARKER = "the marker file that says it is complete is not there yet"
    UNREADABLE = "the daemon cannot read it"
    ELSEWHERE = "it lies on another file system than its inbox, from which it cannot be taken whole"
    LINK = "it is a symbolic link, and links are never followed"
    SHARED = "it has further names (hard links), so it may be somebody else's"
    OTHER = "it is a device, a pipe or a socket"


@dataclass(frozen=True)
class Waiting:
    """A file that has been seen in an inbox and is not taken yet."""

    sighting: Sighting
    first_at: float
    """When it was first seen, on a clock that nobody can set."""
    quiet_at: float
    """Since when it has looked as it does."""
    gate: Gate = Gate.QUIET
    look_at: float = 0.0
    """When it is worth another look, unless something is heard of it before."""


def seen_again(known: Waiting | None, sighting: Sighting, now: float) -> Waiting:
    """Return what is known of a file after another look at it; any change starts its quiet time anew."""
    if known is None:
        return Waiting(sighting, now, now)
    if known.sighting == sighting:
        return known
    return Waiting(sighting, known.first_at, now)


def look_again(waiting: Waiting, gate: Gate, settle: float, now: float) -> Waiting:
    """Return a file that stays for its next look: soon at first, every five seconds when it has waited long."""
    pause = waiting.quiet_at + settle - now if gate is Gate.QUIET else (now - waiting.first_at) / 4
    return replace(waiting, gate=gate, look_at=now + min(max(pause, 0.1), 5.0))


def quiet_time(settle: float, writer: Writer) -> float:
    """Return the seconds of quiet that a file needs: more where nobody can say who writes."""
    return max(settle, BLIND_SETTLE) if writer is Writer.UNKNOWN else settle


LASTING = frozenset({Gate.EMPTY, Gate.CUT_OFF})
"""Gates at which a file that stays there for too long is given back with that reason."""


def gate_of(waiting: Waiting, writer: Writer, settle: float, now: float) -> Gate:
    """Return the gate that a file waits at before its content is looked at, or `Gate.OPEN`."""
    if writer is Writer.OPEN:
        return Gate.WRITER
    if now - waiting.quiet_at < quiet_time(settle, writer):
        return Gate.QUIET
    return Gate.EMPTY if waiting.sighting.size == 0 else Gate.OPEN
