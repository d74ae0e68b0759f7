"""Polling and deleting jobs; the old dialect's rules hold under `/job/`, the current one's under `/async/job/`."""

import asyncio
from contextlib import suppress

from aiohttp import web

from watchconvert.localapi.context import CONTEXT
from watchconvert.localapi.errors import ApiError
from watchconvert.localapi.identifiers import job_identifier
from watchconvert.localapi.jobs import Job
from watchconvert.localapi.replies import outcome_reply


async def job_reply(request: web.Request, job: Job) -> web.StreamResponse:
    """Send the end of a job. Raises its ApiError when that is how it ended."""
    if job.outcome is None:
        raise job.error or ApiError(500, 500, "The job has no result.")
    old = request.app[CONTEXT].settings.dialect.speaks_old
    return await outcome_reply(request, job.outcome, old=old)


def _asked_job(request: web.Request) -> Job:
    return request.app[CONTEXT].jobs.visible(job_identifier(request.match_info["job_id"]))


async def poll_job(request: web.Request) -> web.StreamResponse:
    """`GET /async/job/{id}`: the result, its error, 202 while it runs. Raises ApiError 404."""
    job = _asked_job(request)
    if not job.ended.is_set():
        return web.Response(status=202)
    return await job_reply(request, job)


async def poll_job_alone(request: web.Request) -> web.StreamResponse:
    """`GET /job/{id}`: one poll at a time, and every one after the first waits for up to `poll_delay` seconds.

    Raises ApiError: 404, 503 while another poll of the job is not finished (docs/contract.md section 1).
    """
    job = _asked_job(request)
    if job.polling:
        raise ApiError(503, 503, "Only one request of polling is accepted simultaneously.")
    job.polling = True
    try:
        if job.polled:
            await _delay(job, request.app[CONTEXT].settings.poll_delay)
        job.polled = True
        return await poll_job(request)
    finally:
        job.polling = False


async def _delay(job: Job, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await job.ended.wait()


async def delete_job(request: web.Request) -> web.Response:
    """`DELETE` on either path: forget the job and stop it; what it cost stays billed. Raises ApiError 404."""
    request.app[CONTEXT].jobs.delete(_asked_job(request))
    return web.Response()
