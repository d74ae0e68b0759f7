"""What the steps work with, and the service as they see it."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from watchconvert.adapters.clock import Clock
from watchconvert.adapters.files.folders import Folders
from watchconvert.adapters.files.moves import Moves
from watchconvert.adapters.files.parts import Parts
from watchconvert.adapters.journal.store import Journal
from watchconvert.core.account import Account
from watchconvert.core.answers import Answer
from watchconvert.core.cadence import DOUBT_PAUSE, POLL_GAP
from watchconvert.core.job import Job, Part, Step


class Service(Protocol):
    """The conversion service; `adapters.convertapi.client.ConvertApi` is the real one."""

    def has_file(self, file_id: str, size: int) -> bool:
        """Tell whether the service has a file of that size under that id; costs nothing."""

    def upload(self, job: Job, file: int, size: int) -> tuple[Answer, str]:
        """Send the source; returns the answer and the SHA-256 of what was sent.  Costs nothing."""

    def submit(self, job: Job) -> Answer:
        """Ask for the conversion under the job's JobId: the one request that is billed."""

    def ask(self, job: Job) -> Answer:
        """Ask what became of the JobId; costs nothing, and may be called as often as the pace allows."""

    def fetch(self, job: Job, part: Part) -> Iterator[bytes]:
        """Stream one result; raises FetchError with the answer that follows."""

    def forget(self, job: Job) -> None:
        """Delete the job and its files at the service as far as that can be done; never raises."""

    def probe(self) -> Answer:
        """Find out at no cost whether the service and the account are in order."""

    def supports(self, step: Step) -> bool | None:
        """Tell whether the service offers a conversion; None when it does not say.  Costs nothing."""

    def account(self) -> Account | None:
        """Return what the service tells of the account; None when it does not tell these credentials."""


@dataclass
class Pace:
    """How patient the engine is, in seconds and bytes; a reload of the configuration may change it."""

    doubt: float = DOUBT_PAUSE
    poll_gap: float = POLL_GAP
    min_free: int = 64 * 2**20
    webhook_gap: float = 60.0
    """Seconds between two asks for a job whose end the service calls out: a lost call costs time only."""


class Fresh:
    """Jobs whose present step has not been tried since this process itself led them there.

    Only of these is it known that nobody has sent the request before.
    """

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._inherited: set[str] = set()

    def add(self, job_id: str) -> None:
        """Note that the job's request was certainly not sent yet."""
        self._ids.add(job_id)

    def has(self, job_id: str) -> bool:
        """Tell whether the job's request was certainly not sent yet."""
        return job_id in self._ids

    def inherit(self, job_ids: set[str]) -> None:
        """Note jobs that were begun before this process: the journal may be older than what it tells."""
        self._inherited |= job_ids

    def is_inherited(self, job_id: str) -> bool:
        """Tell whether the job was begun before this process."""
        return job_id in self._inherited

    def ask_once(self, job_id: str) -> bool:
        """Tell, once for each, whether the job was begun before this process."""
        was = job_id in self._inherited
        self._inherited.discard(job_id)
        return was

    def take(self, job_id: str) -> bool:
        """Tell whether the request was certainly not sent yet; from now on it may have been."""
        was = job_id in self._ids
        self._ids.discard(job_id)
        return was


@dataclass(frozen=True)
class Tools:
    """Everything that a step may use."""

    journal: Journal
    folders: Folders
    moves: Moves
    parts: Parts
    service: Service
    clock: Clock
    log: Any
    forget: Callable[[Job], None]
    """Lets the service forget a job, later and as far as that can be done."""
    pace: Pace = field(default_factory=Pace)
    fresh: Fresh = field(default_factory=Fresh)
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex
