"""How any run of the engine begins and ends: `run`, `once` and `convert` share it."""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

from watchconvert.adapters.convertapi.client import ConvertApi
from watchconvert.adapters.files.looks import ignore_lease_signals
from watchconvert.adapters.journal.database import JournalError, JournalInUseError, NewerJournalError
from watchconvert.adapters.journal.store import Journal
from watchconvert.adapters.webhook import Listener
from watchconvert.adapters.wishes import make_folder
from watchconvert.core.config import ConfigError
from watchconvert.core.naming import shown
from watchconvert.core.settings import Config, Route
from watchconvert.engine.recovery import count_deaths, remember_inherited
from watchconvert.faces.build import Daemon, build, make_manners, open_journal
from watchconvert.faces.child import LocalServer
from watchconvert.faces.link import Link
from watchconvert.faces.live import LiveStatus
from watchconvert.faces.notifiers import make_wanted
from watchconvert.faces.prepare import prepare_routes
from watchconvert.faces.watch_over import EXIT_JOURNAL

EXIT_CONFIG, EXIT_IN_USE = 78, 75
"""sysexits(3): EX_CONFIG is not worth a restart, EX_TEMPFAIL is."""
PATIENCE = 10.0
"""Seconds that a step in hand may take to its end when the daemon stops, and that the first scans are waited for."""
_LAST_WORD = 2.0
"""Seconds that a message which is being sent may take to its end when the daemon stops."""


@dataclass(frozen=True)
class Engine:
    """What runs: the engine, and what it needs beside itself."""

    daemon: Daemon
    link: Link
    server: LocalServer | None


def prepare_process() -> None:
    """Let no signal end the process that comes of what it does every day."""
    ignore_lease_signals()
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    # One that comes before the daemon can heed it asks for what the start does anyway.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


class CannotWorkError(Exception):
    """The journal or a folder cannot be had; why was logged, and this is the exit status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def take_journal(path: str, log: Any) -> Journal:
    """Open the journal, and tell what is wrong with it.

    Raises:
        CannotWorkError: it cannot be had.

    """
    try:
        journal = open_journal(path)
    except JournalInUseError as fault:
        log.error("in_use", why=str(fault))
        raise CannotWorkError(EXIT_IN_USE) from fault
    except NewerJournalError as fault:
        log.error("journal", why=str(fault))
        raise CannotWorkError(EXIT_CONFIG) from fault
    except (JournalError, OSError) as fault:
        log.error("journal", why=str(fault))
        raise CannotWorkError(EXIT_JOURNAL) from fault
    if journal.put_aside:
        log.error(
            "journal_damaged", kept_as=journal.put_aside, why="a new one was made; files in the stages are adopted"
        )
    return journal


def guarded(journal: Journal, log: Any, work: Callable[[contextlib.ExitStack], int]) -> int:
    """Do work with the journal and close all behind it; returns the exit status, and logs why it is a bad one."""
    try:
        with contextlib.ExitStack() as stack:
            stack.callback(journal.close)
            return work(stack)
    except CannotWorkError as fault:
        return fault.status
    except ConfigError as fault:
        log.error("config", problems=[str(problem) for problem in fault.problems])
        return EXIT_CONFIG
    except (JournalError, OSError) as fault:
        log.error("failed", why=str(fault))
        return EXIT_JOURNAL


def make_engine(
    config: Config,
    journal: Journal,
    stack: contextlib.ExitStack,
    log: Any,
    *,
    routes: Sequence[Route] | None = None,
    server_log: str = "",
) -> Engine:
    """Start what the engine needs beside itself and wire it; nothing of itself runs yet.

    `routes` are those of which files are taken, all unless given; `server_log` is how much the built-in server tells.

    Raises:
        ConfigError: a secret is missing, or something is not installed.
        OSError: nothing can be listened at.

    """
    server, listener = None, None
    if config.service.is_local:
        server = LocalServer(log, config.daemon.workers, log_level=server_log)
        stack.callback(server.stop)
    if config.service.webhook_url:
        listener = Listener(config.service.webhook_listen)
        stack.callback(listener.stop)
    link = Link(
        url=server.url if server else config.service.url,
        own_secret=server.secret if server else "",
        webhook=config.service.webhook_url + listener.path if listener else "",
    )
    service = ConvertApi(link.open(config, link.find_secret(config)), make_manners(config, link.webhook))
    daemon = build(config, journal, service, log, routes)
    daemon.notifier.take(make_wanted(config, daemon.tools.clock))
    if listener:
        listener.on_call = daemon.poller.hurry
    return Engine(daemon, link, server)


def take_up(daemon: Daemon) -> None:
    """Take up what the last life left: marks of files in hand, holds, wishes, folders, strays.

    Raises:
        CannotWorkError: another watchconvert serves one of the folders.
        JournalError: the journal cannot be read or written.

    """
    tools, log = daemon.tools, daemon.tools.log
    for job in count_deaths(tools.journal, daemon.hand, tools.clock.now()):
        log.error("set_aside_as_suspect", job=job.id[:8], file=shown(job.name))
    remember_inherited(tools)
    daemon.holds.look_at_journal()
    # What was wished for while no daemon ran holds before anything is begun: a pause, say.
    with contextlib.suppress(OSError):
        make_folder(daemon.config.daemon.journal)
    daemon.granter.at_start()
    if rival := prepare_routes(daemon, daemon.config.routes):
        log.error("in_use", why=f"another watchconvert on this machine serves {rival}; stop it, or take that route out")
        raise CannotWorkError(EXIT_IN_USE)


def listen_for_stop(daemon: Daemon) -> list[int]:
    """End the run by SIGTERM, by SIGINT, and when its terminal is gone; returns where the signals that came stand."""
    clock, supervisor, came = daemon.tools.clock, daemon.supervisor, list[int]()

    def stop(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        clock.stop()
        supervisor.wake()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    if sys.stderr.isatty():
        signal.signal(signal.SIGHUP, stop)
    return came


def stop_engine(daemon: Daemon) -> None:
    """Let steps in hand come to their end, and leave everything else to the next life."""
    daemon.supervisor.stop(PATIENCE)
    parts = (daemon.dispatcher.busy, daemon.poller.busy, daemon.granter.is_busy)
    daemon.supervisor.settle(lambda: not any(busy() for busy in parts), PATIENCE)
    daemon.supervisor.settle(lambda: not daemon.notifier.is_busy(), _LAST_WORD)
    daemon.notifier.stop()
    daemon.forgetter.stop()
    for pool in daemon.pools:
        pool.shutdown(wait=False, cancel_futures=True)
    daemon.hand.lay_down_all()
    LiveStatus(daemon).remove()


def is_busy(engine: Engine) -> bool:
    """Tell whether something still is in hand."""
    daemon = engine.daemon
    others = (daemon.forgetter, daemon.notifier, daemon.granter)
    return bool(daemon.dispatcher.busy() or daemon.poller.busy()) or any(other.is_busy() for other in others)


def leave(engine: Engine, status: int, *, broken: bool) -> int:
    """Return the exit status, or end the process with it where something hangs or is broken.

    A step in hand did not end in time then: as after a crash, the next start carries on.
    """
    if broken or is_busy(engine):
        sys.stdout.flush()
        sys.stderr.flush()
        if engine.server:
            engine.server.stop()
        os._exit(status)
    return status
