"""The work on one bench: sources are copied onto it, the engine runs, and what comes out goes where it belongs."""

import contextlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from watchconvert.adapters.files.delivery import Delivery, Target
from watchconvert.adapters.files.disk import Disk
from watchconvert.adapters.files.folders import Folders
from watchconvert.adapters.journal import care
from watchconvert.core.draining import Ending, Patience
from watchconvert.core.job import Job, Sighting
from watchconvert.core.naming import shown
from watchconvert.core.requests import Item, folder_of, number_of
from watchconvert.core.settings import LOCAL, Config
from watchconvert.core.states import RESTING, State
from watchconvert.core.whys import plain
from watchconvert.faces import running
from watchconvert.faces.build import host_name
from watchconvert.faces.converting.benches import Bench
from watchconvert.faces.drain import Drained, Look, drain
from watchconvert.faces.progress import Progress
from watchconvert.faces.watch_over import EXIT_JOURNAL

_KEPT = "it was converted, and its result is kept for the same command, or for `watchconvert convert --resume`"


@dataclass(frozen=True)
class Outcome:
    """What has become of a file."""

    state: str
    """ "done", "failed" (told of the file), "refused" (before anything was sent) or "left"."""
    why: str = ""
    outputs: tuple[str, ...] = ()
    """Whole paths."""


@dataclass
class BenchWork:
    """One bench, and what has become of the files on it."""

    bench: Bench
    told: Callable[[Item, Outcome], None]
    """Is called once for each file, as soon as it is known what became of it."""
    log: Any
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    status: int = 0
    """The exit status that the engine ended with: 74, 75, 78, or 128 and a signal's number; 0 where it did its work."""
    engine: running.Engine | None = None

    def __post_init__(self) -> None:
        self._delivery = Delivery(Folders(Disk(), host_name()))
        self._left: dict[int, str] = {}
        self._is_closed = False

    def run(self, config: Config, progress: Progress) -> None:
        """Do all that can be done; a bench on which nothing is left that was bought is removed.

        Raises:
            JournalError: its journal cannot be read.

        """
        jobs = self.bench.jobs()
        for job in jobs:
            self._settle(job)
        if self.bench.request.conversion.service == LOCAL and any(job.state not in RESTING for job in jobs):
            # The server that began them has ended with the one who started it, and nothing was paid for.
            shutil.rmtree(self.bench.work)
            jobs = []
        self._stage({number_of(job.folder) for job in jobs} | self.outcomes.keys())
        if any(number not in self.outcomes for number in range(len(self.bench.request.items))):
            self._convert(config, progress)
        self.close()

    def close(self) -> None:
        """Tell of what is left, and remove the bench unless something that was bought is still on it."""
        if self._is_closed:
            return
        self._is_closed = True
        for number in range(len(self.bench.request.items)):
            if number not in self.outcomes:
                self._tell(number, Outcome("left", self._left.get(number) or self._left.get(-1, "it was not come to")))
        is_left = any(outcome.state == "left" for outcome in self.outcomes.values())
        is_busy = self.engine is not None and running.is_busy(self.engine)
        if is_busy or (is_left and self.bench.has_bought(but=self._was_refused)):
            self.bench.release()
        else:
            if self.engine is not None:
                # A lock is named after its folder's inode, which goes to another folder once this one is removed.
                self.engine.daemon.tools.folders.locks.release()
            self.bench.remove()

    def _was_refused(self, job: Job) -> bool:
        """Tell whether the one request of a job is known not to have been accepted: then nothing was bought by it."""
        is_fresh = self.engine is not None and self.engine.daemon.tools.fresh.has(job.id)
        return is_fresh and job.state is State.SUBMITTING and job.round == job.sent == 1

    # sources ────────────────────────────────────────────────────────────────
    def _stage(self, known: set[int]) -> None:
        """Copy onto the bench what is not there yet."""
        for folder in (f"{self.bench.work}/inbox", f"{self.bench.work}/incoming"):
            care.make_folder(f"{folder}/0000")
        for number, item in enumerate(self.bench.request.items):
            place = Path(self.bench.work, "inbox", os.fsdecode(folder_of(number)), os.path.basename(item.path))
            if number not in known and not place.exists():
                try:
                    self._copy(number, item, place)
                except OSError as fault:
                    self._tell(number, Outcome("refused", _say_fault(fault)))

    def _copy(self, number: int, item: Item, place: Path) -> None:
        seen = Sighting(0, item.ino, item.size, item.mtime, 0)
        incoming = f"{self.bench.work}/incoming"
        self._delivery.take_copy(item.path, seen, incoming, folder_of(number))
        place.parent.mkdir(exist_ok=True)
        Path(incoming, os.fsdecode(folder_of(number))).rename(place)

    # the engine ─────────────────────────────────────────────────────────────
    def _convert(self, config: Config, progress: Progress) -> None:
        try:
            journal = running.take_journal(self.bench.journal, self.log)
        except running.CannotWorkError as fault:
            self.status = fault.status
            return
        self.status = running.guarded(journal, self.log, lambda stack: self._serve(config, progress, journal, stack))

    def _serve(self, config: Config, progress: Progress, journal: Any, stack: contextlib.ExitStack) -> int:
        self.engine = engine = running.make_engine(config, journal, stack, self.log, server_log="error")
        running.take_up(engine.daemon)

        def see(look: Look) -> None:
            progress.see(look)
            for job in look.rested:
                self._settle(job)
            self._left = {number_of(os.fsencode(each.file.partition("/")[0])): plain(each.why) for each in look.left}

        return _status(drain(engine, Patience(engine.daemon.tools.clock.steady()), see))

    # results ────────────────────────────────────────────────────────────────
    def _settle(self, job: Job) -> None:
        """Deliver what a job brought, or tell why it brought nothing."""
        number = number_of(job.folder)
        if job.state not in RESTING or number in self.outcomes or not 0 <= number < len(self.bench.request.items):
            return
        if job.state is State.FAILED:
            sentence = plain(job.verdict.sentence) if job.verdict else "it could not be converted"
            self._tell(number, Outcome("failed", f"{sentence}{_say_charge(job)}"))
        elif job.state is State.DONE:
            self._tell(number, self._deliver(number, job))

    def _deliver(self, number: int, job: Job) -> Outcome:
        try:
            paths = [self._deliver_part(number, at, job) for at in range(len(job.parts))]
        except OSError as fault:
            return Outcome("left", f"{_say_fault(fault)}; {_KEPT}")
        return Outcome("done", outputs=tuple(paths))

    def _deliver_part(self, number: int, at: int, job: Job) -> str:
        """Put one part where it belongs; safe to repeat after a death at any moment."""
        name, item = job.parts[at].name, self.bench.request.items[number]
        source = os.fsdecode(b"/".join((os.fsencode(job.order.outbox), job.folder, name)))
        part = f"{number:04d}-{at}"
        hidden = f".watchconvert-{self.bench.folder.name}-{part}".encode()
        noted = self.bench.noted(part)
        if noted is None:
            target = Target(item.folder, name, item.conflict)
            ino = self._delivery.lay(source, target, hidden)
            self.bench.note(part, {"folder": item.folder, "conflict": item.conflict, "ino": ino})
        else:
            target, ino = Target(noted["folder"], name, noted["conflict"]), noted["ino"]
        try:
            placed = self._delivery.place(target, hidden, ino)
        except OSError:
            if self._delivery.drop(target, hidden):
                self.bench.note(part, None)
            raise
        return os.path.join(target.folder, os.fsdecode(placed if placed is not None else name))

    def _tell(self, number: int, outcome: Outcome) -> None:
        self.outcomes[number] = outcome
        self.told(self.bench.request.items[number], outcome)


def _status(drained: Drained) -> int:
    if drained.ending is Ending.BROKEN:
        return EXIT_JOURNAL
    return 128 + drained.signal if drained.ending is Ending.STOPPED and drained.signal else 0


def _say_fault(fault: OSError) -> str:
    where = f": {shown(os.fsencode(fault.filename))}" if fault.filename else ""
    return f"{fault.strerror or fault}{where}"


def _say_charge(job: Job) -> str:
    """Say what a file that failed has cost; nothing where it was never sent for conversion."""
    if not job.round:
        return ""
    return f" (It was sent for conversion; the service {f'charged {job.cost}' if job.cost else 'named no charge'}.)"
