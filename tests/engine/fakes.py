"""Stand-ins for what is far away (the service) and for time; everything else in the tests is real."""

import hashlib
import io
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from watchconvert.adapters.convertapi.results import FetchError
from watchconvert.adapters.files.disk import Disk
from watchconvert.adapters.journal.database import Database
from watchconvert.core.account import Account
from watchconvert.core.answers import (
    Accepted,
    Answer,
    Converted,
    Refused,
    Unavailable,
    Unclear,
    Unknown,
    Uploaded,
)
from watchconvert.core.job import Job, Part, Step, Verdict


class Crash(BaseException):
    """The process dies here."""


class Fuse:
    """Counts the points at which the process may die, and dies at the chosen ones."""

    def __init__(self, at: tuple[int, ...] = ()) -> None:
        self.at, self.trace = set(at), []
        self.blown = False

    def point(self, name: str) -> None:
        if self.blown:
            raise Crash(name)
        here = len(self.trace)
        self.trace.append(name)
        if here in self.at:
            self.blown = True
            raise Crash(name)

    def mend(self) -> None:
        """Begin the next life."""
        self.blown = False


class CrashingDisk(Disk):
    """The real system calls, each with a point before and after it."""

    def __init__(self, fuse: Fuse) -> None:
        for name in (
            "make_folder",
            "remove_folder",
            "create",
            "write",
            "reserve",
            "sync",
            "unlink",
            "rename_new",
            "replace",
        ):
            setattr(self, name, self._around(fuse, name, getattr(Disk, name)))

    def _around(self, fuse: Fuse, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def fused(*arguments: Any) -> Any:
            fuse.point(f"before {name} {arguments[1:]}")
            result = call(self, *arguments)
            fuse.point(f"after {name} {arguments[1:]}")
            return result

        return fused


class CrashingDatabase(Database):
    """The real SQLite file, with points before, inside and after each transaction."""

    def __init__(self, path: str, fuse: Fuse) -> None:
        self._fuse = fuse
        super().__init__(path)

    def write(self, work: Callable[[Any], Any]) -> Any:
        def fused(connection: Any) -> Any:
            result = work(connection)
            self._fuse.point("inside the transaction")
            return result

        self._fuse.point("before the transaction")
        result = super().write(fused)
        self._fuse.point("after the transaction")
        return result


class Inline(Executor):
    """Does at once what it is given."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class _Alarm:
    def ring(self) -> None:
        pass

    def wait(self, seconds: float) -> None:
        pass


class FakeClock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.wall, self.uptime, self.throw = 1_800_000_000.0, 1000.0, 0.5

    def now(self) -> float:
        return self.wall

    def steady(self) -> float:
        return self.uptime

    def dice(self) -> float:
        return self.throw

    def local_moment(self) -> datetime:
        return datetime.fromtimestamp(self.wall, UTC)

    def stopped(self) -> bool:
        return False

    def stop(self) -> None:
        pass

    def alarm(self) -> _Alarm:
        return _Alarm()

    def pass_by(self, seconds: float) -> None:
        self.wall += seconds
        self.uptime += seconds


def result_of(data: bytes, number: int = 0) -> bytes:
    """What the fake service makes of a source: a function of its content, so that any output can be verified."""
    return b"%%PDF-1.7 result %d of %s" % (number, hashlib.sha256(data).hexdigest().encode())


@dataclass
class RemoteJob:
    data: bytes
    at: float
    asks: int = 0


@dataclass
class FakeService:
    """The worst service the contract allows: it bills every accepted POST and de-duplicates nothing.

    Each request has a point before it reaches the service and one after it,
    where the answer is lost with the process.
    """

    clock: FakeClock
    fuse: Fuse = field(default_factory=Fuse)
    outputs: int = 1
    refuse: Verdict | None = None
    expire_once: bool = False
    lose_once: bool = False
    """It forgets every job when one that it has accepted is asked for first."""
    held: bool = True
    """Semi-asynchronous: the reply brings the result."""
    lag: float = 0.0
    """Seconds until an accepted job can be asked for."""
    lose_replies: int = 0
    """How many replies to a POST are lost on the way back."""
    away: bool = False
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    """Scripted answers by the name of the request, taken before the usual one."""
    files: dict[str, bytes] = field(default_factory=dict)
    jobs: dict[str, RemoteJob] = field(default_factory=dict)
    bills: list[str] = field(default_factory=list)
    sources: dict[str, bytes] = field(default_factory=dict)
    """What was billed under each JobId; unlike the jobs, it is never forgotten."""
    uploads: int = 0
    asks: list[tuple[str, float]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)

    def _scripted(self, name: str) -> Answer | None:
        waiting = self.answers.get(name, [])
        return waiting.pop(0) if waiting else None

    def has_file(self, file_id: str, size: int) -> bool:
        self.fuse.point("has_file")
        return not self.away and len(self.files.get(file_id, b"")) == size and file_id in self.files

    def upload(self, job: Job, file: int, size: int) -> tuple[Answer, str]:
        self.fuse.point("before upload")
        if self.away:
            return Unavailable("away"), ""
        with io.FileIO(file, closefd=False) as reader:
            reader.seek(0)
            data = reader.readall()
        if scripted := self._scripted("upload"):
            return scripted, ""
        self.files[job.file_id] = data
        self.uploads += 1
        self.fuse.point("after upload")
        return Uploaded(job.file_id), hashlib.sha256(data).hexdigest()

    def submit(self, job: Job) -> Answer:
        self.fuse.point("before submit")
        if self.away:
            return Unavailable("away")
        if scripted := self._scripted("submit"):
            return scripted
        self.jobs[job.remote_id] = RemoteJob(self.files[job.file_id], self.clock.now())
        self.bills.append(job.remote_id)
        self.sources[job.remote_id] = self.files[job.file_id]
        self.fuse.point("after submit")
        if self.lose_replies:
            self.lose_replies -= 1
            return Unclear("the connection broke")
        return self._result(job.remote_id) if self.held else Accepted()

    def _result(self, remote_id: str) -> Answer:
        if self.refuse:
            return Refused(self.refuse)
        data = self.jobs[remote_id].data
        return Converted(
            tuple(
                Part(f"fake:{remote_id}/{n}", len(result_of(data, n)), f"document-{n + 1}.pdf")
                for n in range(self.outputs)
            ),
            1,
        )

    def ask(self, job: Job) -> Answer:
        self.fuse.point("before ask")
        self.asks.append((job.remote_id, self.clock.now()))
        if self.away:
            return Unavailable("away")
        if scripted := self._scripted("ask"):
            return scripted
        known = self.jobs.get(job.remote_id)
        if known is not None and self.lose_once:
            self.lose_once = False
            self.jobs.clear()
            return Unknown()
        if known is None or self.clock.now() - known.at < self.lag:
            return Unknown()
        known.asks += 1
        return self._result(job.remote_id) if known.asks > 1 or self.held else Accepted()

    def fetch(self, job: Job, part: Part) -> Iterator[bytes]:
        self.fuse.point("before fetch")
        if self.expire_once:
            self.expire_once = False
            self.jobs.clear()
        if scripted := self._scripted("fetch"):
            raise FetchError(scripted)
        remote_id, number = part.url.removeprefix("fake:").split("/")
        if remote_id not in self.jobs:
            raise FetchError(Unknown())
        body = result_of(self.jobs[remote_id].data, int(number))
        yield body[:10]
        self.fuse.point("inside fetch")
        yield body[10:]

    def forget(self, job: Job) -> None:
        self.fuse.point("before forget")
        self.forgotten.append(job.id)
        self.jobs.pop(job.remote_id, None)
        self.files.pop(job.file_id, None)

    def probe(self) -> Answer:
        self.fuse.point("before probe")
        if scripted := self._scripted("probe"):
            return scripted
        return Unavailable("away") if self.away else Accepted()

    def supports(self, step: Step) -> bool | None:
        return True

    def account(self) -> Account | None:
        return Account(1000, len(self.bills))
