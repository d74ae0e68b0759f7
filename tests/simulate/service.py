"""The worst service that the contract allows, in memory, in bad weather: it bills what it accepts, and de-duplicates nothing."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.engine.fakes import FakeClock, Fuse, result_of
from tests.simulate.weather import HOUR, RESTARTS, Weather
from watchconvert.adapters.convertapi.results import FetchError
from watchconvert.core.account import Account
from watchconvert.core.answers import (
    Accepted,
    Answer,
    Asked,
    Complaint,
    Converted,
    Unavailable,
    Unclear,
    Unknown,
    Uploaded,
    judge,
)
from watchconvert.core.job import Job, Part, Step

REFUSED = b"damaged: "
"""How a source begins that the service refuses."""
_JOB_LIFE, _FILE_LIFE = 2 * HOUR, 3 * HOUR


@dataclass
class _Remote:
    """A conversion as the service has it."""

    data: bytes
    outputs: int
    at: float
    known_at: float
    ready_at: float
    sent_back: bool


@dataclass
class StormyService:
    """The service; times are those of the steady clock, as its machines are not ours."""

    clock: FakeClock
    fuse: Fuse
    weather: Weather
    outputs: dict[str, int]
    """How many results there are, by route."""
    held: frozenset[str]
    """Routes whose submit may bring the result."""
    files: dict[str, tuple[bytes, float]] = field(default_factory=dict)
    jobs: dict[str, _Remote] = field(default_factory=dict)
    late: list[tuple[float, Job]] = field(default_factory=list)
    bills: list[str] = field(default_factory=list)
    sources: dict[str, bytes] = field(default_factory=dict)
    """What was billed under each JobId; it is never forgotten."""
    requests: Counter[str] = field(default_factory=Counter)
    restart_at: float = RESTARTS

    def _hear(self, asked: Asked | str) -> Answer | None:
        """Let a request reach the service; returns the answer where it fails on the way or at the door."""
        self.fuse.point(f"before {asked}")
        self.requests[str(asked)] += 1
        self.clock.pass_by(self.weather.rng.uniform(0.01, 0.5))
        self._live()
        known = asked if isinstance(asked, Asked) else Asked.POLL
        if self.weather.strikes("service away"):
            return Unavailable("the connection was refused")
        if self.weather.strikes("lost before"):
            return Unclear("the connection broke") if asked is Asked.SUBMIT else Unavailable("the connection broke")
        if self.weather.strikes("credentials revoked"):
            return judge(Complaint(401, 4013), known)
        if self.weather.strikes("service busy") and self.weather.rng.random() < 0.7:
            return judge(Complaint(503, 503, retry_after=5.0), known)
        if self.weather.strikes("error 5xx"):
            return judge(Complaint(self.weather.rng.choice((500, 502, 504))), known)
        return None

    def _live(self) -> None:
        """Do what the service does by itself: restart, forget what is old, take what arrives late."""
        now = self.clock.uptime
        if not self.weather.fair and now >= self.restart_at:
            self.weather.struck["restarted"] += bool(self.jobs)
            self.jobs.clear()
            if self.weather.rng.random() < 0.5:
                self.files.clear()
            self.restart_at = now + self.weather.rng.expovariate(1 / RESTARTS)
        self.jobs = {name: job for name, job in self.jobs.items() if now - job.at < _JOB_LIFE}
        self.files = {name: file for name, file in self.files.items() if now - file[1] < _FILE_LIFE}
        for at, job in [each for each in self.late if each[0] <= now]:
            self.late.remove((at, job))
            if job.file_id in self.files:
                self._accept(job)

    def _lost(self) -> bool:
        """Tell whether the answer is lost on its way back."""
        return self.weather.strikes("lost after")

    def has_file(self, file_id: str, size: int) -> bool:
        return self._hear("head") is None and file_id in self.files and len(self.files[file_id][0]) == size

    def upload(self, job: Job, file: int, size: int) -> tuple[Answer, str]:
        if failed := self._hear(Asked.UPLOAD):
            return failed, ""
        data = os.pread(file, size, 0)
        self.files[job.file_id] = (data, self.clock.uptime)
        self.fuse.point("after upload")
        if self._lost():
            return Unavailable("the connection broke"), ""
        return Uploaded(job.file_id), hashlib.sha256(data).hexdigest()

    def submit(self, job: Job) -> Answer:
        if failed := self._hear(Asked.SUBMIT):
            return failed
        if self.weather.strikes("account empty"):
            return judge(Complaint(401, 4014), Asked.SUBMIT)
        if job.file_id not in self.files:
            return judge(Complaint(500, 5009), Asked.SUBMIT)
        if self.weather.strikes("arrives late"):
            self.late.append((self.clock.uptime + self.weather.rng.uniform(1, 45), job))
            return Unclear("it took too long")
        self._accept(job)
        self.fuse.point("after submit")
        if self._lost():
            return Unclear("the connection broke")
        if job.route in self.held and self.weather.rng.random() < 0.7:
            self.jobs[job.remote_id].ready_at = self.clock.uptime
            return self._result(job)
        return Accepted()

    def _accept(self, job: Job) -> None:
        rng, now = self.weather.rng, self.clock.uptime
        late = rng.uniform(1, 45) if self.weather.strikes("registered late") else 0.0
        data = self.files[job.file_id][0]
        ready_at = now + late + rng.uniform(1, 90)
        sent_back = self.weather.strikes("sent back")
        self.jobs[job.remote_id] = _Remote(data, self.outputs[job.route], now, now + late, ready_at, sent_back)
        self.bills.append(job.remote_id)
        self.sources[job.remote_id] = data

    def _result(self, job: Job) -> Answer:
        remote = self.jobs[job.remote_id]
        if remote.data.startswith(REFUSED):
            return judge(Complaint(500, 5002, "The file is damaged."), Asked.POLL)
        if remote.sent_back:
            return judge(Complaint(500, 50050, "Something failed."), Asked.POLL)
        bodies = [result_of(remote.data, number) for number in range(remote.outputs)]
        parts = [
            Part(f"fake:{job.remote_id}/{number}", len(body), f"document-{number + 1}.pdf")
            for number, body in enumerate(bodies)
        ]
        return Converted(tuple(parts), 1)

    def ask(self, job: Job) -> Answer:
        if failed := self._hear(Asked.POLL):
            return failed
        remote = self.jobs.get(job.remote_id)
        if remote is None or self.clock.uptime < remote.known_at:
            return Unknown()
        return self._result(job) if self.clock.uptime >= remote.ready_at else Accepted()

    def fetch(self, job: Job, part: Part) -> Iterator[bytes]:
        if failed := self._hear(Asked.FETCH):
            raise FetchError(failed)
        remote_id, number = part.url.removeprefix("fake:").split("/")
        if remote_id not in self.jobs:
            raise FetchError(Unknown())
        body = result_of(self.jobs[remote_id].data, int(number))
        yield from self._damaged(body) if self.weather.strikes("damaged result") else (body[:10], body[10:])
        self.fuse.point("inside fetch")

    def _damaged(self, body: bytes) -> Iterator[bytes]:
        match self.weather.rng.randrange(4):
            case 0:
                yield body[:-7]
            case 1:
                yield body + b"more"
            case 2:
                yield b"<html>an error".ljust(len(body), b" ")
            case _:
                yield body[:20]
                raise FetchError(Unavailable("the connection broke"))

    def forget(self, job: Job) -> None:
        if self._hear("delete") is None:
            self.jobs.pop(job.remote_id, None)
            self.files.pop(job.file_id, None)

    def probe(self) -> Answer:
        if failed := self._hear("probe"):
            return failed
        return judge(Complaint(401, 4014), Asked.POLL) if self.weather.strikes("account empty") else Accepted()

    def supports(self, step: Step) -> bool | None:
        return True

    def account(self) -> Account | None:
        return None
