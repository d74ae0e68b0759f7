"""`/convert` and `/async/convert`: credentials, parameters, sources, and then a job that is awaited or named."""

import re
from urllib.parse import urlsplit

from aiohttp import web

from watchconvert.localapi.accounts import Token
from watchconvert.localapi.auth import authorize
from watchconvert.localapi.context import CONTEXT, Context
from watchconvert.localapi.conversions import Task
from watchconvert.localapi.engines.interface import Pair
from watchconvert.localapi.errors import ApiError, source_gone
from watchconvert.localapi.files import StoredFile
from watchconvert.localapi.identifiers import dashed_identifier, is_identifier, new_job_identifier
from watchconvert.localapi.jobs import Job
from watchconvert.localapi.parameters import Inputs, Order, checked_order, is_web_address, parameter_error
from watchconvert.localapi.polls import job_reply

_OWN_FILE = re.compile(r"/d/([a-z0-9]{32})(?:/.*)?")


async def convert(request: web.Request) -> web.StreamResponse:
    """`/convert/{from}/to/{to}`: hold the connection until the result is there.

    In the old dialect a JobId makes the job survive a lost connection, and `Async=true` answers with a JobId at
    once; the current one ignores both (docs/contract.md section 1, "When did it change"). Raises ApiError.
    """
    old = request.app[CONTEXT].settings.dialect.speaks_old
    submission = _Submission(request, old=old)
    job = await submission.accepted(keeps_id=old)
    if old and submission.background and job.job_id:
        return web.json_response({"JobId": dashed_identifier(job.job_id)})
    return await _held_reply(request, job)


async def convert_async(request: web.Request) -> web.Response:
    """`POST /async/convert/{from}/to/{to}`: answer with the JobId at once. Raises ApiError."""
    job = await _Submission(request, old=False).accepted(keeps_id=True, needs_id=True)
    return web.json_response({"JobId": job.job_id})


async def _held_reply(request: web.Request, job: Job) -> web.StreamResponse:
    """Wait for the end: a plain conversion ends with its connection; one with a JobId goes on and can be polled."""
    jobs = request.app[CONTEXT].jobs
    try:
        await job.ended.wait()
        return await job_reply(request, job)
    finally:
        if job.job_id is None:
            jobs.delete(job)


class _Submission:
    """One convert request on its way to becoming a job."""

    def __init__(self, request: web.Request, *, old: bool) -> None:
        self._request = request
        self._context: Context = request.app[CONTEXT]
        self._old = old
        self._passing: list[StoredFile] = []
        self.background = False

    async def accepted(self, *, keeps_id: bool, needs_id: bool = False) -> Job:
        """Return the job, new or joined. Credentials come first: with them alone right, bad parameters cost nothing."""
        token = authorize(self._request, self._context.account)
        inputs = Inputs()
        try:
            await self._context.forms.read(self._request, inputs)
            order = checked_order(inputs)
            self.background = order.background
            job_id = self._job_id(order, keeps_id=keeps_id, needs_id=needs_id)
            return await self._submitted(order, job_id, token)
        finally:
            for file in (*inputs.contents(), *self._passing):
                self._context.files.discard(file)

    def _job_id(self, order: Order, *, keeps_id: bool, needs_id: bool) -> str | None:
        if not keeps_id:
            return None
        needs_id = needs_id or order.background
        return order.job_id or (new_job_identifier() if needs_id else None)

    async def _submitted(self, order: Order, job_id: str | None, token: Token | None) -> Job:
        pair = self._pair()
        if job := self._context.jobs.joinable(job_id):
            return job
        sources = tuple([await self._source(item.name, item.value) for item in order.files])
        # looked up again: another request may have brought the same JobId while the sources were fetched
        if job := self._context.jobs.joinable(job_id):
            return job
        return self._context.conversions.accept(Task(order, pair, sources, job_id, token, self._old))

    def _pair(self) -> Pair:
        route = self._request.match_info
        return self._context.catalog.find(route["source"], route["target"])

    async def _source(self, name: str, value: StoredFile | str) -> StoredFile:
        if isinstance(value, StoredFile):
            return value
        if file_id := self._file_id(value):
            return self._stored(file_id)
        if not is_web_address(value):
            raise parameter_error(name.capitalize(), "The value is neither a URL nor a file ID.")
        file = await self._context.remote.fetch(value)
        self._passing.append(file)
        return file

    def _file_id(self, value: str) -> str | None:
        """Return the FileId in a plain value or in a URL of this very server, which chaining clients send."""
        if is_identifier(value):
            return value
        if not is_web_address(value):
            return None
        parts = urlsplit(value)
        match = _OWN_FILE.fullmatch(parts.path)
        return match[1] if match and parts.netloc == self._request.host else None

    def _stored(self, file_id: str) -> StoredFile:
        try:
            return self._context.files.find(file_id)
        except ApiError:
            raise source_gone() from None
