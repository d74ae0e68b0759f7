"""The benches: a working folder for each `convert`, kept until all that was bought in it is delivered.

A bench is named after what it is asked for, so whoever asks again after a power
cut comes to the same one.  Its lock ends with the process that works on it; who
makes, finds and removes benches holds the lock of all of them meanwhile.
"""

import contextlib
import fcntl
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from watchconvert.adapters.files.folders import real_path
from watchconvert.adapters.journal import care
from watchconvert.adapters.journal.database import JournalError
from watchconvert.adapters.journal.report import open_report
from watchconvert.core.job import Job
from watchconvert.core.requests import Item, Request, from_text, without

_GONE = ".gone-"
"""How the name of a bench begins that is being removed."""


def state_root(environ: Mapping[str, str] = os.environ) -> Path:
    """Return where the benches of this user stand: below $XDG_STATE_HOME, else below ~/.local/state."""
    given = environ.get("XDG_STATE_HOME", "")
    state = given if given.startswith("/") else str(Path.home() / ".local" / "state")
    return Path(real_path(state)) / "watchconvert" / "convert"


def write_whole(path: Path, text: str) -> None:
    """Write a file that is there whole or not at all, whatever breaks meanwhile.

    Raises:
        OSError: it cannot be written; what was there before still is.

    """
    draft = path.with_name(path.name + ".new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    care.sync_folder(str(path))


@dataclass
class Bench:
    """One working folder that this process has to itself."""

    folder: Path
    request: Request
    _lock: int = field(repr=False)

    @property
    def work(self) -> str:
        """Where the engine works."""
        return f"{self.folder}/work"

    @property
    def journal(self) -> str:
        """Where its journal lies."""
        return f"{self.work}/journal.db"

    def jobs(self) -> list[Job]:
        """Return the jobs that its journal knows.

        Raises:
            JournalError: it cannot be read.

        """
        if not Path(self.journal).exists():
            return []
        with open_report(self.journal) as report:
            return report.all_jobs()

    def has_bought(self, but: Callable[[Job], bool] = lambda _: False) -> bool:
        """Tell whether anything on it, but certain jobs, may have cost money; where nobody can tell, it may."""
        try:
            return any(job.round and not but(job) for job in self.jobs())
        except JournalError:
            return True

    def ask(self, items: Sequence[Item]) -> None:
        """Take what is asked now of files that are on it already: where their results are to lie."""
        wanted = {item.path: item for item in items}
        kept = tuple(wanted.get(item.path, item) for item in self.request.items)
        self.request = replace(self.request, items=kept)
        self._write()

    def _write(self) -> None:
        write_whole(self.folder / "request.json", self.request.to_text())

    def note(self, part: str, fact: Mapping[str, Any] | None) -> None:
        """Remember where a part of a result is being put, for whoever comes after a power cut; None to forget it."""
        path = self.folder / "placed" / part
        if fact is None:
            path.unlink(missing_ok=True)
            care.sync_folder(str(path))
        else:
            care.make_folder(str(path))
            write_whole(path, json.dumps(fact))

    def noted(self, part: str) -> dict[str, Any] | None:
        """Return what is remembered of a part; None for nothing."""
        try:
            found: dict[str, Any] = json.loads((self.folder / "placed" / part).read_text("utf-8"))
        except FileNotFoundError:
            return None
        return found

    def remove(self) -> None:
        """Remove it; from the first step on nobody takes it for one that is to be gone on with."""
        gone = self.folder.with_name(f"{_GONE}{uuid.uuid4().hex}")
        with contextlib.suppress(OSError):  # what is left of it the next `convert` removes
            self.folder.rename(gone)
            care.sync_folder(str(gone))
            shutil.rmtree(gone)
        self.release()

    def release(self) -> None:
        """Let another process have it."""
        with contextlib.suppress(OSError):
            os.close(self._lock)
        self._lock = -1


@dataclass(frozen=True)
class Plan:
    """Where files are worked on."""

    benches: tuple[Bench, ...]
    """Ours to work on: those that were begun, then the new one."""
    busy: tuple[Item, ...] = ()
    """Files that another process converts just so at this moment."""
    others: tuple[Request, ...] = ()
    """What else was begun and is not finished."""


class Benches:
    """All benches of one user."""

    def __init__(self, root: Path) -> None:
        """Take the folder in which they stand; it is made if need be.

        Raises:
            OSError: it cannot be made.

        """
        care.make_folder(str(root / ".lock"))
        self._root = root

    def plan(self, request: Request) -> Plan:
        """Return where each file of a request is worked on: where it was begun already, else on a new bench.

        Raises:
            OSError: no bench can be made.

        """
        wanted = request.keys()
        with self._alone():
            taken: list[Bench] = []
            busy, others, known = list[Item](), list[Request](), set[str]()
            for name, begun, lock in self._stand():
                shared = wanted.keys() & begun.keys().keys()
                known |= shared
                items = [request.items[wanted[key]] for key in sorted(shared)]
                if lock is None:
                    busy += items
                elif items:
                    taken.append(Bench(self._root / name, begun, lock))
                    taken[-1].ask(items)
                else:
                    others.append(begun)
                    os.close(lock)
            fresh = without(request.items, request.conversion, dict.fromkeys(known))
            if fresh:
                taken.append(self._make(replace(request, items=fresh)))
        return Plan(tuple(taken), tuple(busy), tuple(others))

    def unfinished(self) -> Plan:
        """Return every bench that nobody works on."""
        with self._alone():
            stand = [(Bench(self._root / name, begun, lock) if lock else None) for name, begun, lock in self._stand()]
        return Plan(tuple(filter(None, stand)))

    def _make(self, request: Request) -> Bench:
        folder = self._root / request.name
        care.make_folder(str(folder / "lock"))
        lock = _take(folder)
        if lock is None:
            raise BlockingIOError(f"{folder} is being removed; try again")
        bench = Bench(folder, request, lock)
        bench.ask(())
        return bench

    def _stand(self) -> Iterator[tuple[str, Request, int | None]]:
        """Yield each bench: its name, what it is asked for, and its lock, or None where somebody works on it.

        One that nobody works on and that holds nothing bought is removed instead.
        """
        for folder in sorted(self._root.iterdir()):
            if not folder.is_dir():
                continue
            lock, request = _take(folder), None if folder.name.startswith(_GONE) else _read(folder)
            if lock is None:
                if request:
                    yield folder.name, request, None
            elif request and Bench(folder, request, lock).has_bought():
                yield folder.name, request, lock
            else:
                os.close(lock)
                shutil.rmtree(folder, ignore_errors=True)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        guard = os.open(self._root / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(guard, fcntl.LOCK_EX)
            yield
        finally:
            os.close(guard)


def _take(folder: Path) -> int | None:
    """Take the lock of a bench and return it; None while another process has it."""
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def _read(folder: Path) -> Request | None:
    try:
        return from_text((folder / "request.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
