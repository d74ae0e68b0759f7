"""`watchconvert run`: the daemon from its start to its end."""

import contextlib
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from watchconvert import __version__
from watchconvert.adapters.convertapi.client import ConvertApi
from watchconvert.adapters.files.looks import ignore_lease_signals
from watchconvert.adapters.journal.database import JournalError, JournalInUseError, NewerJournalError
from watchconvert.adapters.journal.store import Journal
from watchconvert.adapters.systemd import notify
from watchconvert.adapters.webhook import Listener
from watchconvert.adapters.wishes import make_folder
from watchconvert.core.config import ConfigError
from watchconvert.core.naming import shown
from watchconvert.core.settings import Config
from watchconvert.engine.recovery import count_deaths, remember_inherited
from watchconvert.faces.build import Daemon, build, make_manners, open_journal
from watchconvert.faces.child import LocalServer
from watchconvert.faces.in_use import keep_config
from watchconvert.faces.link import Link
from watchconvert.faces.live import LiveStatus
from watchconvert.faces.load import parse_config, read_text
from watchconvert.faces.notifiers import make_wanted
from watchconvert.faces.prepare import prepare_routes
from watchconvert.faces.watch_over import EXIT_JOURNAL, Life, look_after
from watchconvert.faces.web.child import Page

EXIT_CONFIG, EXIT_IN_USE = 78, 75
"""sysexits(3): EX_CONFIG is not worth a restart, EX_TEMPFAIL is."""
PATIENCE = 10.0
"""Seconds that a step in hand may take to its end when the daemon stops, and that the first scans are waited for."""
_LAST_WORD = 2.0
"""Seconds that a message which is being sent may take to its end when the daemon stops."""


def run(path: Path, log: Any) -> int:
    """Run the daemon until it is told to stop; returns the exit status.

    Raises:
        ConfigError: the configuration cannot be used; every problem is in it.

    """
    text = read_text(path)
    config = parse_config(text, path.absolute().parent)
    ignore_lease_signals()
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    # One that comes before the daemon can heed it asks for what the start does anyway.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    notify("STATUS=opening the journal")
    try:
        journal = open_journal(config.daemon.journal)
    except JournalInUseError as fault:
        log.error("in_use", why=str(fault))
        return EXIT_IN_USE
    except NewerJournalError as fault:
        log.error("journal", why=str(fault))
        return EXIT_CONFIG
    except (JournalError, OSError) as fault:
        log.error("journal", why=str(fault))
        return EXIT_JOURNAL
    keep_config(config.daemon.journal, text)
    if journal.put_aside:
        log.error(
            "journal_damaged", kept_as=journal.put_aside, why="a new one was made; files in the stages are adopted"
        )
    try:
        with contextlib.ExitStack() as stack:
            stack.callback(journal.close)
            return _serve(path, config, journal, stack, log)
    except ConfigError as fault:
        log.error("config", problems=[str(problem) for problem in fault.problems])
        return EXIT_CONFIG
    except (JournalError, OSError) as fault:
        log.error("failed", why=str(fault))
        return EXIT_JOURNAL


def _serve(path: Path, config: Config, journal: Journal, stack: contextlib.ExitStack, log: Any) -> int:
    """Start what the daemon needs beside itself, then the daemon."""
    server, listener = None, None
    if config.service.is_local:
        server = LocalServer(log, config.daemon.workers)
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
    daemon = build(config, journal, service, log)
    daemon.notifier.take(make_wanted(config, daemon.tools.clock))
    if listener:
        listener.on_call = daemon.poller.hurry
    page = Page(log, daemon.tools.clock.steady)
    stack.callback(page.stop)
    return _live(Life(daemon, path, link, page, server))


def _live(life: Life) -> int:
    daemon = life.daemon
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
        return EXIT_IN_USE
    _listen_for_signals(life)
    daemon.supervisor.start()
    daemon.supervisor.wait_for(daemon.lanes.begun, PATIENCE)
    routes = [route.name for route in daemon.config.routes]
    log.info("started", version=__version__, routes=routes, journal=daemon.config.daemon.journal, pid=os.getpid())
    notify("READY=1")
    life.page.show(daemon.config)
    status = look_after(life)
    life.page.stop()
    notify("STOPPING=1\nSTATUS=stopping: steps in hand come to their end")
    _stop(daemon)
    log.info("stopped")
    parts = (daemon.dispatcher, daemon.poller)
    others = (daemon.forgetter, daemon.notifier, daemon.granter)
    if status or any(part.busy() for part in parts) or any(other.is_busy() for other in others):
        # A step in hand did not end in time: as after a crash, the next start carries on.
        sys.stdout.flush()
        sys.stderr.flush()
        if life.server:
            life.server.stop()
        os._exit(status)
    return status


def _listen_for_signals(life: Life) -> None:
    clock, supervisor = life.daemon.tools.clock, life.daemon.supervisor

    def stop(_number: int, _frame: FrameType | None) -> None:
        clock.stop()
        supervisor.wake()

    def reload(_number: int, _frame: FrameType | None) -> None:
        life.wants_reload = True
        supervisor.wake()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    # On a terminal it means that the terminal is gone, and with it the person who ran this.
    signal.signal(signal.SIGHUP, stop if sys.stderr.isatty() else reload)


def _stop(daemon: Daemon) -> None:
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
