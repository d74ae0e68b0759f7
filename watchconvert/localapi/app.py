"""The aiohttp application: routes of the dialects spoken, errors as JSON, a log line for every request."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator

from aiohttp import ClientSession, web
from aiohttp.typedefs import Handler

from watchconvert.localapi import converting, info, people, polls, uploads
from watchconvert.localapi.catalog import Engines
from watchconvert.localapi.context import CONTEXT, Clock, build_context
from watchconvert.localapi.doors import HeadDeadlines
from watchconvert.localapi.errors import ApiError, unexpected_failure
from watchconvert.localapi.settings import Dialect, Settings

DEADLINES: web.AppKey[HeadDeadlines] = web.AppKey("deadlines", HeadDeadlines)
CLIENT_GONE = 499  # for the log alone: there is nobody to read it
_CONVERT = "/convert/{source}/to/{target}"
_LOG = logging.getLogger(__name__)


def create_app(settings: Settings, engines: Engines, clock: Clock = time.monotonic) -> web.Application:
    """Build a server over `settings.folder`, which must exist; run it with `handler_cancellation=True`.

    `clock` decides the life of jobs, files and tokens, in seconds that never go back.
    """
    app = web.Application(middlewares=[_logged, _worded], client_max_size=settings.max_body)
    app[DEADLINES] = HeadDeadlines()

    async def lifetime(running: web.Application) -> AsyncIterator[None]:
        async with ClientSession() as session:
            running[CONTEXT] = context = build_context(settings, engines, clock, session)
            sweeper = asyncio.create_task(_sweep_forever(running))
            yield
            sweeper.cancel()
            await context.conversions.close()

    app.cleanup_ctx.append(lifetime)
    app.on_shutdown.append(_stop_conversions)
    app.add_routes(_routes(settings.dialect))
    return app


def _routes(dialect: Dialect) -> list[web.RouteDef]:
    return [
        *_convert_routes(dialect),
        *_file_routes(),
        *_info_routes(),
        web.get("/user", people.show_user),
        web.get("/user/statistic", people.show_statistic),
        web.post("/token/create", people.create_tokens),
        web.delete("/token/{token_id}", people.delete_token),
        web.get("/local/bills", people.show_bills),
    ]


def _convert_routes(dialect: Dialect) -> list[web.RouteDef]:
    routes = [web.post(_CONVERT, converting.convert)]
    if dialect.speaks_old:
        routes += [
            web.get(_CONVERT, converting.convert, allow_head=False),
            web.get("/job/{job_id}", polls.poll_job_alone, allow_head=False),
            web.delete("/job/{job_id}", polls.delete_job),
        ]
    if dialect.speaks_current:
        routes += [
            web.post("/async" + _CONVERT, converting.convert_async),
            web.get("/async/job/{job_id}", polls.poll_job, allow_head=False),
            web.delete("/async/job/{job_id}", polls.delete_job),
        ]
    return routes


def _file_routes() -> list[web.RouteDef]:
    routes = [web.post(path, uploads.upload) for path in ("/upload", "/upload-from-url")]
    for path in ("/d/{file_id}", "/d/{file_id}/{name:.*}"):
        routes += [web.get(path, uploads.download), web.delete(path, uploads.delete_file)]
    return routes


def _info_routes() -> list[web.RouteDef]:
    return [
        web.get("/info", info.show_converters),
        web.get("/info/openapi", info.show_openapi),
        web.get("/info/openapi/{source}/to/{target}", info.show_openapi),
        web.get("/info/converter/{name}", info.show_converter),
        web.get("/info/canconvert/{source}/to/{target}", info.can_convert),
        web.get("/info/{source}/to/{target}", info.show_converters),
    ]


@web.middleware
async def _worded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every failure leaves as the service words it, and none as a traceback."""
    try:
        return await handler(request)
    except ApiError as error:
        return error.response()
    except web.HTTPException as error:
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        response = ApiError(error.status, error.status, error.reason).response()
        response.headers.update(headers)
        return response
    except ConnectionError:
        return web.Response(status=CLIENT_GONE)
    except Exception:  # noqa: BLE001 - whatever it is, the client gets the service's own words
        _LOG.exception("%s %s broke", request.method, _route_name(request))
        return unexpected_failure().response()


@web.middleware
async def _logged(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Name the route and not the path, so that no id, name or secret reaches the log."""
    request.app[DEADLINES].settled(request.transport)
    begun, status = time.monotonic(), "cut"
    try:
        response = await handler(request)
        status = str(response.status)
    finally:
        _LOG.info("%s %s %s %.3fs", request.method, _route_name(request), status, time.monotonic() - begun)
    return response


def _route_name(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"


async def _stop_conversions(app: web.Application) -> None:
    await app[CONTEXT].conversions.close()


async def _sweep_forever(app: web.Application) -> None:
    context = app[CONTEXT]
    while True:
        await asyncio.sleep(context.settings.sweep_interval)
        with contextlib.suppress(OSError):
            context.sweep()
