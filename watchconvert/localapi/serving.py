"""One server on one socket until it is told to stop."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.http import HttpProcessingError

from watchconvert.localapi.app import DEADLINES

KEEPALIVE_SECONDS = 75.0
SHUTDOWN_SECONDS = 0.5
BACKLOG = 1024


def _say_shortly(record: logging.LogRecord) -> bool:
    """Take the traceback off a request that cannot be read: it is the client's fault, and anybody may make many."""
    if record.exc_info and isinstance(record.exc_info[1], HttpProcessingError | web.RequestPayloadError):
        record.exc_info = None
        record.msg, record.args = "a request could not be read", ()
        record.levelno, record.levelname = logging.INFO, "INFO"
    return True


logging.getLogger("aiohttp.server").addFilter(_say_shortly)


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a socket bound to `host` and `port`, 0 for any. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def socket_address(listener: socket.socket) -> str:
    """Return the base URL under which a listening socket is reached."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@asynccontextmanager
async def serving(app: web.Application, listener: socket.socket) -> AsyncIterator[str]:
    """Serve `app` and yield its base URL; at the end running conversions are killed and connections closed."""
    runner = web.AppRunner(
        app,
        handler_cancellation=True,
        access_log=None,
        keepalive_timeout=KEEPALIVE_SECONDS,
        shutdown_timeout=SHUTDOWN_SECONDS,
    )
    await runner.setup()
    if runner.server is None:
        raise RuntimeError("the runner has no server")
    factory = app[DEADLINES].guarded(runner.server)
    server = await asyncio.get_running_loop().create_server(factory, sock=listener, backlog=BACKLOG)
    try:
        yield socket_address(listener)
    finally:
        server.close()
        await runner.cleanup()
