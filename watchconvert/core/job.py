"""One claimed file on its way through one route, as the journal knows it."""

import dataclasses
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from watchconvert.core.states import Event, State, state_after

Param = str | int | float | bool
UNKNOWN_OWNER = -1
"""Stands for the uid of whoever owned a file where nobody noted it."""


@dataclass(frozen=True)
class Step:
    """One remote conversion of a job's order."""

    source: str
    """Format the service converts from, for example "docx"."""
    target: str
    """Format the service converts to, for example "pdf"."""
    params: Mapping[str, Param] = field(default_factory=dict)
    """The service's own parameters, for example {"PageRange": "1-3"}."""


@dataclass(frozen=True)
class Order:
    """All that a job needs of its route, resolved when the file was noticed.

    It stands in the job's row, so that editing the configuration never changes
    a job under way (docs/design.md, "The row carries the order").  Folders are
    absolute paths without symbolic links.
    """

    inbox: str
    outbox: str
    error: str
    archive: str
    steps: tuple[Step, ...]
    by_ending: bool = True
    """Whether the source's format is its own ending, and not a setting of the route."""
    source: str = "archive"
    """What becomes of the source afterwards: "archive" or "delete"."""
    mode: str = "semi-async"
    """How the service is asked: "semi-async", "async" or "webhook"."""
    on_conflict: str = "number"
    """A name that is taken in the outbox: "number", "replace" or "fail"."""
    owner: str = "daemon"
    """Who owns an output: "daemon", "source", "folder" or "user:group"."""
    file_mode: int | None = None
    """Permission bits of an output; None leaves what the folder's defaults give."""
    keep_times: bool = False
    """Whether an output gets the source's modification time."""
    done: str = ""
    """Name of the marker file that goes with the source, with {name} for its name; empty for none."""
    remove_empty: bool = False
    """Whether the sub-folder that the source lay in is removed when it is empty."""
    language: str = "en"
    """In which the people at the share are told."""


@dataclass(frozen=True)
class Sighting:
    """What one look at a file saw.  Times are nanoseconds of the file system's clock."""

    dev: int
    ino: int
    size: int
    mtime: int
    ctime: int
    owner: int = field(default=UNKNOWN_OWNER, compare=False)
    """The uid that owns it; -1 where that is not known."""

    def same_content(self, other: "Sighting") -> bool:
        """Tell whether nobody wrote between two looks (a rename changes ctime alone)."""
        return (self.ino, self.size, self.mtime) == (other.ino, other.size, other.mtime)


@dataclass(frozen=True)
class Part:
    """One result of a conversion, on its way to being an output."""

    url: str
    """Where the service keeps it."""
    size: int
    """Bytes, as the service says."""
    label: str
    """The name the service gave it; never used as a path."""
    name: bytes = b""
    """The name planned for it in the outbox, then the name it got."""
    ino: int = 0
    """Its inode in the stage, by which a publication is recognised after a crash."""
    length: int = 0
    """Bytes that it has in the stage."""
    mtime: int = 0
    """Its modification time in the stage, nanoseconds; 0 when it was fetched by an earlier version."""


@dataclass(frozen=True)
class Verdict:
    """Why a file was rejected, for the person at the share and for the administrator."""

    sentence: str
    """Plain English: what happened and what to do."""
    status: int = 0
    """HTTP status of the service's answer; 0 when the reason is our own."""
    code: int = 0
    """The service's own error code; 0 when there was none."""
    message: str = ""
    """The service's own words."""
    cause: str = ""
    """The stable name of the sentence in `core/texts`; empty in rows of earlier versions."""
    words: Mapping[str, str] = field(default_factory=dict)
    """What is put into the sentence."""


@dataclass(frozen=True)
class Job:
    """One file on its way through one route."""

    id: str
    """32 lower-case hexadecimal digits; also the name of its folder in the stage."""
    route: str
    name: bytes
    """The file's own name, byte for byte."""
    order: Order
    sighting: Sighting
    folder: bytes = b""
    """The sub-folder of the inbox it lay in, relative, without a leading slash; empty at the top."""
    state: State = State.NOTICED
    step: int = 0
    """Index into the order's steps."""
    file_id: str = ""
    """The client-made id of the upload, or the one that the service gave."""
    uploaded_at: float = 0.0
    """Wall clock, seconds since the epoch."""
    sha256: str = ""
    remote_id: str = ""
    """The JobId of the present round: 32 lower-case hexadecimal digits, a UUID without its dashes."""
    minted_at: float = 0.0
    round: int = 0
    """How many JobIds were minted; each may be a bill."""
    doubted_at: float = 0.0
    """When the service first said that it does not know the JobId; 0 when it did not."""
    sent: int = 0
    """How often the conversion was posted in this round."""
    repeats: int = 0
    """How often the service sent it back for a reason of the file's own."""
    parts: tuple[Part, ...] = ()
    cost: int = 0
    """What the service said the conversions cost, in its own unit."""
    verdict: Verdict | None = None
    tries: int = 0
    """How often the present step was delayed by a fault."""
    due: float = 0.0
    """Wall clock from which the next step may start."""
    note: str = ""
    """Why it was delayed last; empty when it was not."""
    troubled_at: float = 0.0
    """Since when the present step has been failing; 0 when it has not."""
    deaths: int = 0
    """How often the daemon died with this step in hand."""
    noticed_at: float = 0.0
    changed_at: float = 0.0
    owner: int = UNKNOWN_OWNER
    """The uid that owned the source when it was noticed: who dropped it, as far as the system tells; -1 if unknown."""
    adopted: int = 0
    """1 for a source that lay in the stage without a row: what an earlier journal knew of it is lost."""

    def next_remote_id(self) -> str:
        """Return the JobId of the next round: a UUID that follows from the job's own secret id.

        Whoever finds the source in the stage after the journal was lost, or restored from an older copy, comes to
        the same JobId, and can ask the service instead of buying once more (docs/design.md, "A journal that is lost").
        """
        return self._remote_id_of(self.round + 1)

    def remote_ids(self) -> tuple[str, ...]:
        """Return the JobIds of all rounds, the oldest first; the last as the service knows it."""
        earlier = tuple(self._remote_id_of(number) for number in range(1, self.round))
        return (*earlier, self.remote_id) if self.round else ()

    def _remote_id_of(self, number: int) -> str:
        return uuid.uuid5(uuid.UUID(self.id), f"round {number}").hex

    @property
    def conversion(self) -> Step:
        """The remote conversion that is due."""
        return self.order.steps[self.step]

    def after(self, event: Event, facts: Mapping[str, Any], now: float) -> "Job":
        """Return the job as it is once `event` has happened to it.

        Raises:
            IllegalEventError: the event cannot happen in this state.

        """
        state = state_after(self.state, event)
        if event is Event.DELAYED:
            kept: dict[str, Any] = {"changed_at": now}
            return dataclasses.replace(self, **(kept | dict(facts)))
        fresh: dict[str, Any] = _AFRESH | {"state": state, "due": now, "changed_at": now}
        return dataclasses.replace(self, **(fresh | dict(facts)))


_AFRESH: dict[str, Any] = {"tries": 0, "note": "", "troubled_at": 0.0, "doubted_at": 0.0, "deaths": 0}
"""What a step that succeeded leaves behind of its failures."""
