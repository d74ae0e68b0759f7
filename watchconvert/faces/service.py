"""`watchconvert run`: the daemon from its start to its end."""

import contextlib
import os
import signal
import sys
import threading
from types import FrameType
from typing import Any

from watchconvert import __version__
from watchconvert.adapters.files.looks import ignore_lease_signals
from watchconvert.adapters.journal.database import JournalError, JournalInUseError
from watchconvert.adapters.journal.store import Journal
from watchconvert.adapters.systemd import notify, watchdog_interval
from watchconvert.adapters.webhook import Listener
from watchconvert.core.config import ConfigError
from watchconvert.core.naming import shown
from watchconvert.core.settings import Config, Route
from watchconvert.engine.recovery import count_deaths, prepare_route, remember_inherited
from watchconvert.engine.wishes import grant_wishes
from watchconvert.faces.build import Daemon, build, make_service, open_journal
from watchconvert.faces.child import LocalServer
from watchconvert.faces.live import LiveStatus
from watchconvert.faces.load import find_secret

EXIT_CONFIG, EXIT_IN_USE, EXIT_JOURNAL = 78, 75, 74
"""sysexits(3): EX_CONFIG is not worth a restart, EX_TEMPFAIL and EX_IOERR are."""
_LOOK = 2.0
"""Seconds between two looks of the main thread at the others."""
_PATIENCE = 10.0
"""Seconds that a step in hand may take to its end when the daemon stops, and that a route's start is waited for."""


def run(config: Config, log: Any) -> int:
    """Run the daemon until it is told to stop; returns the exit status."""
    ignore_lease_signals()
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    try:
        journal = open_journal(config.daemon.journal)
    except JournalInUseError as fault:
        log.error("in_use", why=str(fault))
        return EXIT_IN_USE
    except (JournalError, OSError) as fault:
        log.error("journal", why=str(fault))
        return EXIT_JOURNAL
    if journal.put_aside:
        log.error(
            "journal_damaged", kept_as=journal.put_aside, why="a new one was made; files in the stages are adopted"
        )
    try:
        with contextlib.ExitStack() as stack:
            stack.callback(journal.close)
            return _serve(config, journal, stack, log)
    except ConfigError as fault:
        log.error("config", problems=[str(problem) for problem in fault.problems])
        return EXIT_CONFIG
    except (JournalError, OSError) as fault:
        log.error("failed", why=str(fault))
        return EXIT_JOURNAL


def _serve(config: Config, journal: Journal, stack: contextlib.ExitStack, log: Any) -> int:
    """Start what the daemon needs beside itself, then the daemon."""
    server: LocalServer | None = None
    url, listener = config.service.url, None
    if config.service.is_local:
        server = LocalServer(log, config.daemon.workers)
        stack.callback(server.stop)
        url = server.url
    secret = server.secret if server else find_secret(config)
    if config.service.webhook_url:
        listener = Listener(config.service.webhook_listen)
        stack.callback(listener.stop)
    webhook = config.service.webhook_url + listener.path if listener else ""
    daemon = build(config, journal, make_service(config, url, secret, webhook), log)
    if listener:
        listener.on_call = daemon.poller.hurry
    return _live(daemon, server, log)


def _live(daemon: Daemon, server: LocalServer | None, log: Any) -> int:
    tools = daemon.tools
    for job in count_deaths(tools.journal, daemon.hand, tools.clock.now()):
        log.error("set_aside_as_suspect", job=job.id[:8], file=shown(job.name))
    remember_inherited(tools)
    daemon.holds.look_at_journal()
    if rival := _prepare(daemon, log):
        log.error("in_use", why=f"another watchconvert on this machine serves {rival}; stop it, or take that route out")
        return EXIT_IN_USE
    _listen_for_signals(daemon)
    daemon.supervisor.start()
    routes = [route.name for route in daemon.config.routes]
    log.info("started", version=__version__, routes=routes, journal=daemon.config.daemon.journal, pid=os.getpid())
    notify("READY=1")
    status = _look_after(daemon, server, log)
    notify("STOPPING=1")
    _stop(daemon)
    log.info("stopped")
    if status or daemon.dispatcher.busy() or daemon.poller.busy() or daemon.forgetter.is_busy():
        # A step in hand did not end in time: as after a crash, the next start carries on.
        sys.stdout.flush()
        sys.stderr.flush()
        if server:
            server.stop()
        os._exit(status)
    return status


def _prepare(daemon: Daemon, log: Any) -> str:
    """Prepare the routes, each beside the others; return a folder that another daemon has taken, empty if none."""
    found: dict[str, str | JournalError] = {}

    def prepare(route: Route) -> None:
        try:
            found[route.name] = prepare_route(daemon.tools, route)
        except JournalError as fault:
            found[route.name] = fault
        if found[route.name]:
            # It may come so late that the daemon runs already; then it must not go on.
            daemon.tools.clock.stop()
            daemon.supervisor.wake()

    threads = [threading.Thread(target=prepare, args=(route,), daemon=True) for route in daemon.config.routes]
    for thread in threads:
        thread.start()
    deadline = daemon.tools.clock.steady() + _PATIENCE
    for thread, route in zip(threads, daemon.config.routes, strict=True):
        thread.join(max(0.1, deadline - daemon.tools.clock.steady()))
        if thread.is_alive():
            log.error("offline", route=route.name, inbox=route.inbox, why="its file system does not answer")
    results = list(found.values())
    for result in results:
        if isinstance(result, JournalError):
            raise result
    return next((str(result) for result in results if result), "")


def _listen_for_signals(daemon: Daemon) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        daemon.tools.clock.stop()
        daemon.supervisor.wake()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def _look_after(daemon: Daemon, server: LocalServer | None, log: Any) -> int:
    """Watch over the loops until one breaks or the daemon is told to stop."""
    pause = min(_LOOK, watchdog_interval() or _LOOK)
    live = LiveStatus(daemon)
    while not daemon.tools.clock.stopped():
        fault = daemon.supervisor.fault() or daemon.dispatcher.broken or daemon.poller.broken
        if fault is not None:
            log.error("broken", why=f"{type(fault).__name__}: {fault}", exc_info=fault)
            return EXIT_JOURNAL
        if server:
            server.look_after()
        late = daemon.supervisor.late()
        if late:
            log.error("stuck", loops=late)
        else:
            notify("WATCHDOG=1")
        live.write()
        if why := _look_at_journal(daemon):
            log.error("journal", why=why)
            return EXIT_JOURNAL
        if grant_wishes(daemon.tools, daemon.dispatcher, daemon.config.daemon.journal):
            daemon.dispatcher.wake()
        daemon.supervisor.wait(pause)
    return 0


def _look_at_journal(daemon: Daemon) -> str:
    """See that the journal is in its place and has room; return why the daemon must end, empty if it need not."""
    try:
        daemon.tools.journal.check_place()
        daemon.holds.look_at_journal()
    except JournalError as fault:
        return str(fault)
    return ""


def _stop(daemon: Daemon) -> None:
    daemon.supervisor.stop(_PATIENCE)
    for lane in daemon.lanes:
        lane.close()
    deadline = daemon.tools.clock.steady() + _PATIENCE
    alarm = daemon.tools.clock.alarm()
    while (daemon.dispatcher.busy() or daemon.poller.busy()) and daemon.tools.clock.steady() < deadline:
        alarm.wait(0.05)
    daemon.forgetter.stop()
    for pool in daemon.pools:
        pool.shutdown(wait=False, cancel_futures=True)
    daemon.hand.lay_down_all()
    LiveStatus(daemon).remove()
