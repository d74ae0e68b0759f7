"""The log: for people on a terminal, one JSON object a line otherwise."""

import contextlib
import logging
import sys
from typing import Any, TextIO

import structlog

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class _Printer(structlog.PrintLogger):
    """Prints what it can: a log whose disk is full, or that nobody reads any more, must not stop the work."""

    def msg(self, message: str) -> None:
        """Print one line."""
        with contextlib.suppress(OSError):
            super().msg(message)

    debug = info = warning = error = critical = msg


def make_log(stream: TextIO | None = None, *, level: str = "info") -> Any:
    """Return the program's log on a stream (standard error unless given)."""
    out = stream or sys.stderr
    render: list[Any] = (
        [structlog.dev.ConsoleRenderer(colors=True, sort_keys=False)]
        if out.isatty()
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=True)]
    )
    return structlog.wrap_logger(
        _Printer(out),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=not out.isatty()),
            *render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        cache_logger_on_first_use=True,
    )
