"""The log: lines for people on a terminal, fields for systemd's journal, one JSON object a line otherwise.

What goes out has passed `make_safe`, whichever way it takes (docs/operating.md, "The log").
"""

import contextlib
import logging
import sys
import threading
import traceback
from collections.abc import Callable, MutableMapping
from typing import Any, TextIO

import structlog

from watchconvert.adapters.journald import Journald, is_journal
from watchconvert.adapters.outlet import Lines, Outlet
from watchconvert.core.events import EVENTS, Level, says
from watchconvert.core.safe import safe_text, safe_value, spellings

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_MOST_TRACEBACK = 6000
"""Characters of a traceback, of which the end tells most."""
_JOB = 8
"""Digits of a job's id by which people know it; from the whole id its JobIds follow."""
_TAKEN = frozenset({"MESSAGE", "MESSAGE_ID", "PRIORITY", "EVENT", "SYSLOG_IDENTIFIER"})
_WIDTH = 20
"""Characters that the word of an event is filled up to on a terminal."""
_SAID = frozenset({"file", "route", "why"})
"""What the message of an event tells already."""
_HIDDEN: list[str] = []
"""Spellings of the secrets that this process knows, the longest first."""

Event = MutableMapping[str, Any]


def hide(secret: str) -> None:
    """Have a secret left out of everything that this process logs from now on."""
    if secret:
        _HIDDEN[:] = sorted({*_HIDDEN, *spellings(secret)}, key=len, reverse=True)


def make_safe(_logger: Any, _method: str, event: Event) -> Event:
    """Make every value harmless and short: no secret, no whole id, no control character, no second line."""
    _tell_traceback(event)
    safe: Event = {}
    for key, value in event.items():
        if key == "traceback":
            safe[key] = safe_text(value, _HIDDEN, _MOST_TRACEBACK, keep_end=True)
        else:
            told = safe_value(value, _HIDDEN)
            safe[key] = told[:_JOB] if key == "job" and isinstance(told, str) else told
    return safe


def _tell_traceback(event: Event) -> None:
    """Replace an exception by its traceback in one line."""
    fault = event.pop("exc_info", None)
    if fault is True:
        fault = sys.exc_info()[1]
    elif isinstance(fault, tuple):
        fault = fault[1]
    if isinstance(fault, BaseException):
        lines = "".join(traceback.format_exception(fault)).splitlines()
        event["traceback"] = " | ".join(line.strip() for line in lines if line.strip(" ^~"))


def daemon_log() -> Any:
    """Return the log of the daemon, which from now on has all that this process says of itself."""
    log = make_log()
    _take_over(log)
    return log


def command_log() -> Any:
    """Return the log of a command that people run and watch: errors alone, each as a sentence on standard error.

    Under systemd it is the daemon's, with its fields.
    """
    if in_journal():
        return daemon_log()
    log = structlog.wrap_logger(
        _Sink(_say),
        processors=[structlog.processors.add_log_level, make_safe, _as_sentence],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
    )
    _take_over(log)
    return log


def _as_sentence(_logger: Any, _method: str, event: Event) -> str:
    trace = f" | {event['traceback']}" if event.get("traceback") else ""
    return f"watchconvert: {says(str(event['event']), event)}{trace}"


def _say(text: str) -> None:
    # Looked up each time: while a progress bar is shown, what goes there comes out above it.
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def make_log(stream: TextIO | None = None, *, level: str = "info") -> Any:
    """Return the program's log on a stream (standard error unless given)."""
    out = stream or sys.stderr
    render, put = _find_way(out)
    return structlog.wrap_logger(
        _Sink(put),
        processors=[structlog.processors.add_log_level, make_safe, *render],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        cache_logger_on_first_use=True,
    )


def _take_over(log: Any) -> None:
    """Let what libraries and dying threads say go the way of the log too, for they may quote anything."""
    logging.captureWarnings(capture=True)
    logging.getLogger().addHandler(_Library(log))
    threading.excepthook = lambda told: _tell_death(log, told.thread.name if told.thread else "", told.exc_value)
    sys.unraisablehook = lambda told: log.error("bug", exc_info=told.exc_value)
    sys.excepthook = lambda _kind, fault, _trace: log.error(
        "broken", why=f"{type(fault).__name__}: {fault}", exc_info=fault
    )


def _tell_death(log: Any, thread: str, fault: BaseException | None) -> None:
    """Tell of a thread that died; of a fault of the machine it is a library's, as our own loops tell of theirs."""
    if isinstance(fault, OSError):
        log.warning("library", library=thread, why=f"{type(fault).__name__}: {fault}")
    else:
        log.error("bug", loop=thread, exc_info=fault)


class _Library(logging.Handler):
    """Takes what libraries log."""

    def __init__(self, log: Any) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        fault = record.exc_info[1] if record.exc_info else None
        self._log.warning("library", library=record.name, why=record.getMessage(), exc_info=fault)


def in_journal() -> bool:
    """Tell whether standard error is systemd's journal."""
    return is_journal(sys.stderr.fileno())


class _Sink:
    """What a structlog logger calls with what was rendered."""

    def __init__(self, put: Callable[[Any], None]) -> None:
        self.debug = self.info = self.warning = self.error = self.critical = put


def _find_way(out: TextIO) -> tuple[list[Any], Callable[[Any], None]]:
    """Choose by where the stream goes; return what renders an event and what takes it."""
    number = _descriptor_of(out)
    if out.isatty():
        stamp = structlog.processors.TimeStamper(fmt="iso", utc=False)
        return [stamp, _for_people()], _printer(out)
    if number is not None and is_journal(number):
        return [_as_entry], _to_journal(number)
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    render = structlog.processors.JSONRenderer(ensure_ascii=True)
    if number is None:
        return [stamp, render], _printer(out)
    outlet = Outlet(Lines(number).hand_on, lambda lost: _line(render(None, "", stamp(None, "", _excuse(lost)))))
    return [stamp, render], lambda text: outlet.put(_line(text))


def _for_people() -> Any:
    """Return structlog's renderer with values as they are: they are safe already, and repr() could undo that."""
    console = structlog.dev
    dim, bold, cyan, magenta, reset = (f"\x1b[{number}m" for number in (2, 1, 36, 35, 0))
    levels = console.ConsoleRenderer.get_default_level_styles()
    return console.ConsoleRenderer(
        columns=[
            console.Column("timestamp", console.KeyValueColumnFormatter(None, dim, reset, str)),
            console.Column("level", console.LogLevelColumnFormatter(levels, reset)),
            console.Column("event", console.KeyValueColumnFormatter(None, bold, reset, str, width=_WIDTH)),
            console.Column("", console.KeyValueColumnFormatter(cyan, magenta, reset, _quoted)),
        ],
        sort_keys=False,
    )


def _quoted(value: object) -> str:
    text = _flat(value)
    return f"'{text}'" if " " in text else text


def _descriptor_of(out: TextIO) -> int | None:
    try:
        return out.fileno()
    except OSError:
        return None


def _printer(out: TextIO) -> Callable[[str], None]:
    """Print what can be printed: a log whose disk is full, or that nobody reads any more, must not stop the work."""
    printer = structlog.PrintLogger(out)

    def put(text: str) -> None:
        with contextlib.suppress(OSError):
            printer.msg(text)

    return put


def _line(text: Any) -> bytearray:
    return bytearray(f"{text}\n".encode())


def _excuse(lost: int) -> Event:
    return {"event": "log_lost", "level": "warning", "count": lost}


class Entry:
    """One event as the journal takes it: with its fields, or as a line with its priority (sd-daemon(3))."""

    def __init__(self, event: Event) -> None:
        word, level = str(event.pop("event")), Level(event.pop("level"))
        self.message = says(word, event)
        self.fields = {_field_of(key): _flat(value) for key, value in event.items() if value is not None}
        self.fields |= {
            "MESSAGE": self.message,
            "EVENT": word,
            "PRIORITY": str(level.priority),
            "SYSLOG_IDENTIFIER": "watchconvert",
        }
        if word in EVENTS and EVENTS[word].message_id:
            self.fields["MESSAGE_ID"] = EVENTS[word].message_id
        others = "".join(
            f" {key}={_flat(value)}" for key, value in event.items() if key not in {"file", "route", "why"}
        )
        self.line = _line(f"<{level.priority}>{word}: {self.message}{others}")


def _as_entry(_logger: Any, _method: str, event: Event) -> tuple[tuple[Entry], dict[str, Any]]:
    return (Entry(event),), {}


def _field_of(key: str) -> str:
    """Return a key as systemd takes it: capital letters, digits, and underscores that it does not begin with."""
    name = "".join(c if c.isascii() and c.isalnum() else "_" for c in key).upper().lstrip("_0123456789")[:60] or "FIELD"
    return f"OTHER_{name}" if name in _TAKEN else name


def _flat(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _to_journal(number: int) -> Callable[[Entry], None]:
    """Return what sends entries with their fields, or lines where that cannot be."""
    lines = Lines(number)
    try:
        journald = Journald()
    except ImportError:
        return Outlet[Entry](lambda entry: lines.hand_on(entry.line), lambda lost: Entry(_excuse(lost))).put

    def hand_on(entry: Entry) -> bool:
        with contextlib.suppress(OSError):
            return journald.send(entry.fields)
        return lines.hand_on(entry.line)

    return Outlet(hand_on, lambda lost: Entry(_excuse(lost))).put
