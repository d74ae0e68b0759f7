"""Puts the daemon together from its configuration."""

import re
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watchconvert.adapters.clock import Clock
from watchconvert.adapters.convertapi.client import ConvertApi, Manners
from watchconvert.adapters.convertapi.http import Http
from watchconvert.adapters.files.disk import Disk
from watchconvert.adapters.files.folders import Folders
from watchconvert.adapters.files.moves import Moves
from watchconvert.adapters.files.parts import Parts
from watchconvert.adapters.hand import Hand
from watchconvert.adapters.journal.database import Database
from watchconvert.adapters.journal.store import Journal
from watchconvert.adapters.watch import Hints, Watch
from watchconvert.core.settings import Config, Route
from watchconvert.engine.accountant import Accountant
from watchconvert.engine.dispatcher import Dispatcher
from watchconvert.engine.forgetter import Forgetter
from watchconvert.engine.holds import Holds
from watchconvert.engine.housekeeper import Housekeeper
from watchconvert.engine.lane import Appetite, Lane, Scouts
from watchconvert.engine.poller import Poller
from watchconvert.engine.supervisor import Supervisor
from watchconvert.engine.tools import Pace, Tools

_ASKS = 16
"""Threads that wait for the answers of polls."""
_HUNG = 15.0
"""Seconds after which a round of a lane that does not end counts as a file system that hangs."""
_LOCAL_DOUBT = 1.0
"""The built-in server registers a job before it does anything else, so there is little to doubt."""


@dataclass
class Daemon:
    """Everything that runs, wired together."""

    config: Config
    tools: Tools
    hand: Hand
    holds: Holds
    lanes: tuple[Lane, ...]
    dispatcher: Dispatcher
    poller: Poller
    supervisor: Supervisor
    forgetter: Forgetter
    pools: tuple[ThreadPoolExecutor, ...]


def host_name() -> bytes:
    """Return what this machine's part of a stage is called, for inboxes that several hosts share."""
    try:
        machine = Path("/etc/machine-id").read_text("ascii")[:8]
    except OSError:
        machine = "unnamed"
    name = re.sub(r"[^a-z0-9-]", "-", socket.gethostname().partition(".")[0].lower())[:40]
    return f"{name}-{machine}".encode()


def make_service(config: Config, url: str, secret: str, webhook: str = "") -> ConvertApi:
    """Return the client of the service that the configuration names, at the address given."""
    dialect = config.service.dialect
    if config.service.is_local and dialect == "auto":
        dialect = "old"  # our own server keeps a held request and its JobId together, which is quickest
    service = config.service
    manners = Manners(dialect, service.timeout, service.hold, webhook)
    return ConvertApi(Http(url, secret, auth=service.auth), manners)


def open_journal(path: str) -> Journal:
    """Open the journal, making its folder if need be.

    Raises:
        JournalError: it is damaged, in use, or cannot be written.
        OSError: its folder cannot be made.

    """
    Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Journal(Database(path))


def build(config: Config, journal: Journal, service: ConvertApi, log: Any) -> Daemon:
    """Wire the daemon; nothing runs yet."""
    clock, folders = Clock(), Folders(Disk(), host_name())
    moves, forgetter = Moves(folders), Forgetter(service, log)
    doubt = min(config.service.doubt, _LOCAL_DOUBT) if config.service.is_local else config.service.doubt
    tools = Tools(
        journal=journal,
        folders=folders,
        moves=moves,
        parts=Parts(folders, moves),
        service=service,
        clock=clock,
        log=log,
        forget=forgetter.forget,
        pace=Pace(doubt=doubt, min_free=config.daemon.min_free),
    )
    return _wire(config, tools, forgetter)


def _wire(config: Config, tools: Tools, forgetter: Forgetter) -> Daemon:
    workers = config.daemon.workers
    # A route whose file system hangs keeps its workers; the others must find some left.
    steps = ThreadPoolExecutor(workers * (len(config.routes) + 1) + 1, thread_name_prefix="step")
    asks = ThreadPoolExecutor(_ASKS, thread_name_prefix="ask")
    supervisor, holds = Supervisor(tools.clock), Holds(tools.journal, tools.clock, workers)
    hand = Hand(config.daemon.journal + ".hand")
    dispatcher = Dispatcher(tools, holds, hand, steps, workers)
    poller = Poller(tools, holds, asks)
    lanes = tuple(_make_lane(config, tools, holds, route, supervisor) for route in config.routes)
    wake_dispatcher = supervisor.add("dispatcher", lambda: dispatcher.round(tools.clock.now()))
    wake_poller = supervisor.add("poller", lambda: poller.round(tools.clock.now()))
    supervisor.add("accountant", Accountant(tools).round)
    supervisor.add("housekeeper", Housekeeper(tools, config.daemon.keep_history).round)
    for lane in lanes:
        lane.on_notice = wake_dispatcher
    dispatcher.wake = poller.on_change = wake_dispatcher
    dispatcher.on_converting = poller.on_hurry = wake_poller
    by_route = {lane.route.name: lane for lane in lanes}
    dispatcher.on_rest = lambda job: by_route[job.route].ring() if job.route in by_route else None
    dispatcher.is_hung = lambda route: route in by_route and _is_hung(by_route[route], tools.clock)
    return Daemon(config, tools, hand, holds, lanes, dispatcher, poller, supervisor, forgetter, (steps, asks))


def _make_lane(config: Config, tools: Tools, holds: Holds, route: Route, supervisor: Supervisor) -> Lane:
    rings: list[Callable[[], None]] = []

    def ring() -> None:
        rings[0]()

    hints = Hints(ring)
    watch = Watch(hints, route.inbox, deep=route.recursive)
    share = (4 * config.daemon.workers + 32) // len(config.routes) + 1
    lane = Lane(tools, holds, route, Scouts(hints, watch), Appetite(config.daemon.rescan, config.daemon.poll, share))
    rings.append(supervisor.add(f"inbox {route.name}", lambda: lane.round(tools.clock.steady()), may_hang=True))
    lane.ring = ring
    return lane


def _is_hung(lane: Lane, clock: Clock) -> bool:
    return lane.hung_for(clock.steady()) > _HUNG
