"""Jobs: conversions under way or over, and who may still ask about them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from watchconvert.localapi.errors import ApiError
from watchconvert.localapi.files import FileStore, StoredFile
from watchconvert.localapi.settings import Settings


@dataclass(frozen=True)
class Outcome:
    """What a conversion made: the files with their FileIds (None while not stored for the client), and its price."""

    files: tuple[tuple[StoredFile, str | None], ...]
    cost: int
    seconds: float


@dataclass(eq=False)
class Job:
    """One conversion; `job_id` is None for a plain synchronous one, which ends with its connection."""

    job_id: str | None
    born: float
    outcome: Outcome | None = None
    error: ApiError | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[Outcome | ApiError] | None = None
    polled: bool = False
    polling: bool = False
    dropped: bool = False

    def end(self, result: Outcome | ApiError) -> None:
        """Settle the job and wake everybody who waits for it."""
        if isinstance(result, ApiError):
            self.error = result
        else:
            self.outcome = result
        self.ended.set()

    def stop(self) -> None:
        """Kill the conversion if it still runs."""
        if self.task is not None:
            self.task.cancel()


class JobTable:
    """Jobs by JobId, for `job_life` seconds after they were accepted (docs/contract.md section 1, "job expiry")."""

    def __init__(self, settings: Settings, files: FileStore, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._files = files
        self._clock = clock
        self._jobs: dict[str, Job] = {}
        self._replaced: list[Job] = []

    def open(self, job_id: str | None) -> Job:
        """Open a new job; under an id that is taken it replaces the earlier one, which still runs to its end."""
        job = Job(job_id, self._clock())
        if job_id is None:
            return job
        if earlier := self._jobs.get(job_id):
            self._replaced.append(earlier)
        self._jobs[job_id] = job
        return job

    def joinable(self, job_id: str | None) -> Job | None:
        """Return the job that a repeated JobId stands for, unless repeats are to be converted again."""
        job = self._jobs.get(job_id or "")
        return job if job and self._settings.dedupe and not self._is_over(job) else None

    def visible(self, job_id: str | None) -> Job:
        """Return the job to be polled. Raises ApiError 404 when it is unknown, over its life, or not registered yet."""
        job = self._jobs.get(job_id or "")
        if job is None or self._is_over(job) or self._clock() < job.born + self._settings.register_late:
            raise unknown_job()
        return job

    def delete(self, job: Job) -> None:
        """Forget a job, stop it, and drop the results that only it knew."""
        if job.job_id is not None and self._jobs.get(job.job_id) is job:
            del self._jobs[job.job_id]
        job.stop()
        self._release(job)

    def sweep(self) -> int:
        """Delete what is over its life and return how many those were."""
        over = [job for job in (*self._jobs.values(), *self._replaced) if self._is_over(job)]
        self._replaced = [job for job in self._replaced if job not in over]
        for job in over:
            self.delete(job)
        return len(over)

    def settle(self, job: Job, result: Outcome | ApiError) -> None:
        """End a job; what was made for one that is gone meanwhile is dropped."""
        job.end(result)
        if job.dropped:
            self._release(job)

    def _release(self, job: Job) -> None:
        held = job.outcome.files if job.outcome else ()
        job.dropped, job.outcome, job.error = True, None, unknown_job()
        for file, file_id in held:
            if file_id is None:
                self._files.discard(file)

    def _is_over(self, job: Job) -> bool:
        return job.ended.is_set() and self._clock() - job.born >= self._settings.job_life


def unknown_job() -> ApiError:
    """Return the answer for a JobId that is unknown, deleted or over its life."""
    return ApiError(404, 404, "JobId is invalid or the response is expired.")
