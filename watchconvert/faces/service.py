"""`watchconvert run`: the daemon from its start to its end."""

import contextlib
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from watchconvert import __version__
from watchconvert.adapters.journal.store import Journal
from watchconvert.adapters.systemd import notify
from watchconvert.core.settings import Config
from watchconvert.faces import running
from watchconvert.faces.in_use import keep_config
from watchconvert.faces.load import parse_config, read_text
from watchconvert.faces.running import PATIENCE, CannotWorkError
from watchconvert.faces.watch_over import Life, look_after
from watchconvert.faces.web.child import Page


def run(path: Path, log: Any) -> int:
    """Run the daemon until it is told to stop; returns the exit status.

    Raises:
        ConfigError: the configuration cannot be used; every problem is in it.

    """
    text = read_text(path)
    config = parse_config(text, path.absolute().parent)
    running.prepare_process()
    notify("STATUS=opening the journal")
    try:
        journal = running.take_journal(config.daemon.journal, log)
    except CannotWorkError as fault:
        return fault.status
    keep_config(config.daemon.journal, text)
    return running.guarded(journal, log, lambda stack: _serve(path, config, journal, stack, log))


def _serve(path: Path, config: Config, journal: Journal, stack: contextlib.ExitStack, log: Any) -> int:
    engine = running.make_engine(config, journal, stack, log)
    page = Page(log, engine.daemon.tools.clock.steady)
    stack.callback(page.stop)
    return _live(Life(engine.daemon, path, engine.link, page, engine.server), engine)


def _live(life: Life, engine: running.Engine) -> int:
    daemon = life.daemon
    log = daemon.tools.log
    running.take_up(daemon)
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
    running.stop_engine(daemon)
    log.info("stopped")
    return running.leave(engine, status, broken=bool(status))


def _listen_for_signals(life: Life) -> None:
    supervisor = life.daemon.supervisor
    running.listen_for_stop(life.daemon)

    def reload(_number: int, _frame: FrameType | None) -> None:
        life.wants_reload = True
        supervisor.wake()

    # On a terminal it means that the terminal is gone, and with it the person who ran this.
    if not sys.stderr.isatty():
        signal.signal(signal.SIGHUP, reload)
