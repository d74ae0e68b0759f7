"""Accepted orders become jobs: sources linked into a folder of their own, a worker, an engine, stored results."""

import asyncio
import functools
import logging
import shutil
import time
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from watchconvert.localapi.accounts import Account, Bill, Token
from watchconvert.localapi.catalog import Engines
from watchconvert.localapi.engines.interface import (
    ConversionError,
    Pair,
    ParameterError,
    Request,
    Result,
    Source,
    UnsupportedPairError,
)
from watchconvert.localapi.errors import (
    CONVERSION_TIMEOUT,
    ApiError,
    server_overloaded,
    source_gone,
    unexpected_failure,
)
from watchconvert.localapi.files import FileStore, StoredFile
from watchconvert.localapi.identifiers import masked_identifier, new_identifier
from watchconvert.localapi.jobs import Job, JobTable, Outcome
from watchconvert.localapi.names import safe_name, split_name
from watchconvert.localapi.parameters import Order, parameter_error
from watchconvert.localapi.remote import Remote
from watchconvert.localapi.settings import Settings

GRACE_SECONDS = 10.0
COST = 1
Running = asyncio.Task[Outcome | ApiError]
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """One order with all that its conversion needs; `old` is the dialect its webhook is called in."""

    order: Order
    pair: Pair
    sources: tuple[StoredFile, ...]
    job_id: str | None
    token: Token | None
    old: bool


@dataclass(frozen=True)
class Places:
    """Where things are kept: the tables, and the folder in which every conversion gets one of its own."""

    files: FileStore
    jobs: JobTable
    account: Account
    work: Path


class Conversions:
    """The workers and the queue before them."""

    def __init__(self, settings: Settings, places: Places, engines: Engines, remote: Remote) -> None:
        self._room = settings.workers + settings.queue
        self._slots = asyncio.Semaphore(settings.workers)
        self._places = places
        self._engines = engines
        self._remote = remote
        self._running: set[Running] = set()
        self._webhooks: set[asyncio.Task[None]] = set()

    def accept(self, task: Task) -> Job:
        """Bill the task, register its job and let it start; never waits, so that a JobId cannot be accepted twice.

        Raises ApiError 503 when the queue is full, 401 when the token has been used up, 500/5009 when a source is gone.
        """
        if len(self._running) >= self._room:
            raise server_overloaded()
        bill, folder = _bill_of(task), self._places.work / new_identifier()
        try:
            request = _linked_request(task, folder)
            self._places.account.charge(bill, task.token)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        job = self._places.jobs.open(task.job_id)
        job.task = asyncio.create_task(self._run(task, request))
        self._running.add(job.task)
        job.task.add_done_callback(functools.partial(self._end, task, job, bill, request))
        return job

    @property
    def calling(self) -> int:
        """Webhooks on their way."""
        return len(self._webhooks)

    async def close(self) -> None:
        """Kill what still runs and wait for it."""
        for task in (*self._running, *self._webhooks):
            task.cancel()
        await asyncio.gather(*self._running, *self._webhooks, return_exceptions=True)

    async def _run(self, task: Task, request: Request) -> Outcome | ApiError:
        async with self._slots:
            return await self._result(task, request, _folder_of(request) / "out")

    def _end(self, task: Task, job: Job, bill: Bill, request: Request, running: Running) -> None:
        """End the job in a callback, for a task that is cancelled before its first step never enters `_run`."""
        self._running.discard(running)
        shutil.rmtree(_folder_of(request), ignore_errors=True)
        result = server_overloaded() if running.cancelled() else running.result()
        bill.verdict = "stopped" if running.cancelled() else _verdict(result)
        if isinstance(result, ApiError) and result.status == HTTPStatus.BAD_REQUEST:
            self._places.account.refund(bill, task.token)
        self._places.jobs.settle(job, result)
        _log_end(task, bill)
        if task.order.webhook and task.job_id and isinstance(result, Outcome):
            call = self._remote.call_webhook(task.order.webhook, task.job_id, old=task.old)
            calling = asyncio.create_task(call)
            self._webhooks.add(calling)
            calling.add_done_callback(self._webhooks.discard)

    async def _result(self, task: Task, request: Request, folder: Path) -> Outcome | ApiError:
        begun = time.monotonic()
        try:
            async with asyncio.timeout(request.timeout + GRACE_SECONDS):
                results = await self._engines.convert(request, folder)
            return await self._keep(task, results, begun)
        except (ConversionError, ParameterError, UnsupportedPairError, TimeoutError, ApiError) as error:
            return _told(error)
        except Exception:  # noqa: BLE001 - an engine's bug ends its job and not the server
            _LOG.exception("conversion %s->%s broke", task.pair.source, task.pair.target)
            return unexpected_failure()

    async def _keep(self, task: Task, results: list[Result], begun: float) -> Outcome:
        kept: list[StoredFile] = []
        try:
            for result in results:
                name = _final_name(result.name, task)
                kept.append(await self._places.files.adopt(result.path, name))
        except BaseException:
            for file in kept:
                self._places.files.discard(file)
            raise
        publish = self._places.files.publish if task.order.store_file else None
        files = tuple((file, publish(file) if publish else None) for file in kept)
        return Outcome(files, COST, time.monotonic() - begun)


def _told(error: Exception) -> ApiError:
    match error:
        case ConversionError():
            return ApiError(500, error.code, error.message)
        case ParameterError():
            return parameter_error(error.name, error.message)
        case UnsupportedPairError():
            return ApiError(400, 400, error.message)
        case ApiError():
            return error
        case _:
            return ApiError(500, CONVERSION_TIMEOUT, "Conversion timeout.")


def _bill_of(task: Task) -> Bill:
    first = task.sources[0]
    return Bill(task.job_id, task.pair.source, task.pair.target, first.name, first.sha256, task.pair.engine)


def _linked_request(task: Task, folder: Path) -> Request:
    """Hard links: deleting or expiring a source later does not touch this conversion."""
    inputs = folder / "in"
    inputs.mkdir(parents=True)
    (folder / "out").mkdir()
    sources = []
    for number, file in enumerate(task.sources):
        link = inputs / str(number)
        _link_source(link, file)
        sources.append(Source(link, file.name))
    order, pair = task.order, task.pair
    return Request(pair.source, pair.target, tuple(sources), order.values, order.timeout)


def _link_source(link: Path, file: StoredFile) -> None:
    try:
        link.hardlink_to(file.path)
    except FileNotFoundError:
        raise source_gone() from None


def _final_name(name: str, task: Task) -> str:
    """Return the engine's name, or with `FileName` given that in place of the first source's stem."""
    safe = safe_name(name) or "file"
    wanted, stem = task.order.file_name, split_name(task.sources[0].name)[0]
    if not wanted:
        return safe
    if safe.startswith(stem):
        return safe_name(wanted + safe[len(stem) :])
    return safe_name(f"{wanted}.{split_name(safe)[1]}")


def _folder_of(request: Request) -> Path:
    return request.sources[0].path.parent.parent


def _verdict(result: Outcome | ApiError) -> str:
    return f"failed {result.code}" if isinstance(result, ApiError) else "done"


def _log_end(task: Task, bill: Bill) -> None:
    pair, size = task.pair, sum(source.size for source in task.sources)
    words = (pair.source, pair.target, pair.engine, masked_identifier(task.job_id), size, bill.verdict)
    _LOG.info("convert %s->%s engine=%s job=%s bytes=%d verdict=%s", *words)
