"""Lets the service forget finished jobs, beside the work: nobody waits for it, and it may be left undone."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from watchconvert.core.job import Job
from watchconvert.engine.tools import Service

_THREADS = 2
_MOST_WAITING = 1000
"""Jobs that may wait to be forgotten; the service forgets the rest by itself after hours."""


class Forgetter:
    """A small pool that deletes jobs and files at the service."""

    def __init__(self, service: Service, log: Any) -> None:
        self._service, self._log = service, log
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="forget")
        self._room = threading.BoundedSemaphore(_MOST_WAITING)
        self._busy = 0
        self._waiting: set[str] = set()

    def forget(self, job: Job) -> None:
        """Have a job forgotten soon, unless too many wait for that already."""
        if self._room.acquire(blocking=False):
            self._waiting.add(job.id)
            self._pool.submit(self._forget, job)

    def _forget(self, job: Job) -> None:
        self._busy += 1
        try:
            self._service.forget(job)
        except Exception:  # noqa: BLE001 - what goes wrong here costs nobody anything but must not go unnoticed
            self._log.exception("bug", job=job.id[:8], state="forget")
        finally:
            self._busy -= 1
            self._waiting.discard(job.id)
            self._room.release()

    def is_busy(self) -> bool:
        """Tell whether a job is being forgotten just now."""
        return self._busy > 0

    def is_done(self) -> bool:
        """Tell whether no job waits to be forgotten."""
        return not self._waiting

    def stop(self) -> None:
        """Leave undone what waits."""
        self._pool.shutdown(wait=False, cancel_futures=True)
