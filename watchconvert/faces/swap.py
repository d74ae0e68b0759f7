"""A new configuration in the running daemon: looked over whole, and taken only when nothing is wrong with it.

Jobs under way keep the order that they were begun with.  A route that has
changed gets a new lane; the other lanes never notice.
"""

from pathlib import Path
from typing import Any

from watchconvert.core.changes import Changes, find_changes, find_lasting
from watchconvert.core.config import ConfigError, Problem
from watchconvert.core.settings import Config
from watchconvert.engine.notifier import Wanted
from watchconvert.faces.build import Daemon, add_lane, make_appetite, make_manners, make_pace, make_workers
from watchconvert.faces.check import web_problems
from watchconvert.faces.in_use import keep_config
from watchconvert.faces.link import Link
from watchconvert.faces.load import parse_config, read_text
from watchconvert.faces.notifiers import make_wanted
from watchconvert.faces.prepare import find_folder_problems, find_rivals, prepare_routes

_PATIENCE = 10.0
"""Seconds that the first scan of new routes is waited for."""


def take_new_config(daemon: Daemon, path: Path, link: Link) -> list[Problem]:
    """Take the configuration as the file has it now, or leave all as it is; return what is wrong with it.

    Raises:
        JournalError: the journal cannot be read or written.

    """
    log: Any = daemon.tools.log
    daemon.reloads += 1
    try:
        text = read_text(path)
        new, changes, secret, wanted = _look_over(daemon, parse_config(text, path.absolute().parent), link)
    except ConfigError as fault:
        daemon.refused = [str(problem) for problem in fault.problems]
        log.error("reload_refused", problems=daemon.refused, why="the former configuration goes on")
        return fault.problems
    daemon.refused = []
    keep_config(new.daemon.journal, text)
    # Open connections are worth keeping.
    http = None if daemon.service.has_secret(secret) else link.open(new, secret)
    daemon.service.change(make_manners(new, link.webhook), http)
    _swap_engine(daemon, new)
    daemon.notifier.take(wanted)
    _swap_lanes(daemon, new, changes)
    daemon.holds.probe_now()
    names = {key: [route.name for route in getattr(changes, key)] for key in ("added", "changed", "removed")}
    log.info("reloaded", **names)
    return []


def _look_over(daemon: Daemon, new: Config, link: Link) -> tuple[Config, Changes, str, Wanted]:
    """Return a new configuration, what it changes, the secret, and what it says of messages.

    Raises:
        ConfigError: something in it is wrong; every problem is in it.

    """
    changes, problems, secret = find_changes(daemon.config, new), find_lasting(daemon.config, new), ""
    wanted = Wanted()
    try:
        secret = link.find_secret(new)
    except ConfigError as fault:
        problems += fault.problems
    problems += find_folder_problems(daemon, changes.fresh) + web_problems(new)
    try:
        wanted = make_wanted(new, daemon.tools.clock)
    except ConfigError as fault:
        problems += fault.problems
    if not problems and (rival := _find_rival(daemon, changes)):
        remedy = "Stop that one, or take the route out."
        problems.append(Problem("[[route]]", f"another watchconvert on this machine serves {rival}", remedy))
    if problems:
        raise ConfigError(problems)
    return new, changes, secret, wanted


def _find_rival(daemon: Daemon, changes: Changes) -> str:
    """Return a folder that another daemon serves; then the locks of the others are given back."""
    locks = daemon.tools.folders.locks
    held = locks.names()
    rival = find_rivals(daemon, changes.fresh)
    if rival:
        locks.release(but=held)
    return rival


def _swap_engine(daemon: Daemon, new: Config) -> None:
    old, daemon.config = daemon.config, new
    pace, wanted = daemon.tools.pace, make_pace(new)
    pace.doubt, pace.min_free = wanted.doubt, wanted.min_free
    daemon.housekeeper.keep = new.daemon.keep_history
    daemon.housekeeper.know(new.routes)
    daemon.accountant.low_balance = new.service.low_balance
    daemon.holds.purse.take(new.budgets)
    if (old.daemon.workers, len(old.routes)) != (new.daemon.workers, len(new.routes)):
        # The former pool is not shut down: a round may be about to give it work.  Its threads end when it is forgotten.
        daemon.pools[0] = make_workers(new)
        daemon.dispatcher.resize(new.daemon.workers, daemon.pools[0])
        daemon.holds.resize(new.daemon.workers)


def _swap_lanes(daemon: Daemon, new: Config, changes: Changes) -> None:
    for route in (*changes.removed, *changes.changed):
        daemon.lanes.take_out(route.name)
    for lane in daemon.lanes.all():
        lane.appetite = make_appetite(new)
    if rival := prepare_routes(daemon, changes.fresh):
        # It came between the look and now; two daemons must not serve one folder, and the start says so again.
        daemon.tools.log.error("in_use", why=f"another watchconvert on this machine has begun to serve {rival}")
        daemon.tools.clock.stop()
    for route in changes.fresh:
        add_lane(daemon, route)
    daemon.lanes.sort([route.name for route in new.routes])
    daemon.supervisor.start()
    daemon.supervisor.wait_for(daemon.lanes.begun, _PATIENCE)
