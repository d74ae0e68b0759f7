"""The process that shows the page: a small server with limits, at a low priority."""

import contextlib
import os
import signal
import socket
import threading
from typing import Any

from waitress.server import create_server

from watchconvert.adapters.clock import Clock
from watchconvert.faces.web.app import make_app
from watchconvert.faces.web.child import Brief
from watchconvert.faces.web.collect import Collector

_NICE = 10
"""The page gives way to conversions."""
_SAMPLE = 20.0
"""Seconds between two looks while nobody asks, so that the plots have no gaps."""
_LIMITS: dict[str, Any] = {
    "threads": 4,
    "connection_limit": 100,
    "channel_timeout": 20,
    "cleanup_interval": 5,
    "max_request_header_size": 16 * 1024,
    "max_request_body_size": 16 * 1024,
    "inbuf_overflow": 32 * 1024,
    "outbuf_overflow": 4 * 2**20,
    "channel_request_lookahead": 0,
    "expose_tracebacks": False,
    "clear_untrusted_proxy_headers": False,
}
"""What one visitor may take; see https://docs.pylonsproject.org/projects/waitress for each."""


def serve(brief: Brief, listening: socket.socket, log: Any) -> None:
    """Show the page until this process is told to end, which it does at once: it has nothing to lose."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with contextlib.suppress(OSError):  # a sandbox may forbid even that
        os.nice(_NICE)
    clock = Clock()
    app = make_app(brief, log, clock)
    collector: Collector = app.extensions["collector"]
    threading.Thread(target=_sample, args=(collector, clock, log), name="sampler", daemon=True).start()
    create_server(app, sockets=[listening], ident=None, **_LIMITS).run()


def _sample(collector: Collector, clock: Clock, log: Any) -> None:
    alarm = clock.alarm()
    while True:
        try:
            collector.look()
        except Exception:
            log.exception("web_bug", path="")
        alarm.wait(_SAMPLE)


def _end(_number: int, _frame: Any) -> None:
    os._exit(0)
