"""Puts the daemon together from its configuration."""

import re
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from watchconvert.adapters.clock import Clock
from watchconvert.adapters.convertapi.client import ConvertApi, Manners
from watchconvert.adapters.files.disk import Disk
from watchconvert.adapters.files.folders import Folders
from watchconvert.adapters.files.moves import Moves
from watchconvert.adapters.files.parts import Parts
from watchconvert.adapters.hand import Hand
from watchconvert.adapters.journal import care
from watchconvert.adapters.journal.database import Database
from watchconvert.adapters.journal.store import Journal
from watchconvert.adapters.notify.memory import Memory
from watchconvert.adapters.systemd import watchdog_interval
from watchconvert.adapters.watch import Hints, Watch
from watchconvert.core.job import Job
from watchconvert.core.settings import Config, Route
from watchconvert.engine.accountant import Accountant
from watchconvert.engine.dispatcher import Dispatcher
from watchconvert.engine.forgetter import Forgetter
from watchconvert.engine.holds import Holds
from watchconvert.engine.housekeeper import Housekeeper
from watchconvert.engine.keeper import Keeper
from watchconvert.engine.lane import Appetite, Lane, Scouts
from watchconvert.engine.lanes import Lanes
from watchconvert.engine.markers import Marking
from watchconvert.engine.notifier import Notifier
from watchconvert.engine.poller import Poller
from watchconvert.engine.supervisor import LATE, Loop, Supervisor
from watchconvert.engine.tools import Pace, Tools
from watchconvert.engine.wishes import Granter
from watchconvert.faces.notifiers import make_wording
from watchconvert.faces.stall import stall_hook

_ASKS = 16
"""Threads that wait for the answers of polls."""
_PATIENCE = 5.0
"""Seconds that the round of a lane that is to end may take to its end; one that hangs ends when it can."""
_SOON = 0.8
"""The part of the time between two signs of life after which a loop counts as stuck."""
_LOCAL_DOUBT = 1.0
"""The built-in server registers a job before it does anything else, so there is little to doubt."""


@dataclass
class Daemon:
    """Everything that runs, wired together."""

    config: Config
    tools: Tools
    hand: Hand
    holds: Holds
    lanes: Lanes
    dispatcher: Dispatcher
    poller: Poller
    supervisor: Supervisor
    forgetter: Forgetter
    housekeeper: Housekeeper
    accountant: Accountant
    notifier: Notifier
    granter: Granter
    pools: list[ThreadPoolExecutor]
    service: ConvertApi
    reloads: int = 0
    """How often the configuration was read anew."""
    refused: list[str] = field(default_factory=list)
    """What was wrong with the configuration that was refused last; empty when the present one is the latest."""
    web_told: dict[str, str] = field(default_factory=dict)
    """Where the page is shown, or why not; empty when there is none."""


def host_name() -> bytes:
    """Return what this machine's part of a stage is called, for inboxes that several hosts share."""
    try:
        machine = Path("/etc/machine-id").read_text("ascii")[:8]
    except OSError:
        machine = "unnamed"
    name = re.sub(r"[^a-z0-9-]", "-", socket.gethostname().partition(".")[0].lower())[:40]
    return f"{name}-{machine}".encode()


def make_manners(config: Config, webhook: str = "") -> Manners:
    """Return how the service is to be spoken to."""
    service, dialect = config.service, config.service.dialect
    if service.is_local and dialect == "auto":
        dialect = "old"  # our own server keeps a held request and its JobId together, which is quickest
    return Manners(dialect, service.timeout, service.hold, webhook)


def make_pace(config: Config) -> Pace:
    """Return how patient the engine is to be."""
    doubt = config.service.doubt
    return Pace(min(doubt, _LOCAL_DOUBT) if config.service.is_local else doubt, min_free=config.daemon.min_free)


def make_workers(config: Config) -> ThreadPoolExecutor:
    """Return the pool of workers; a route whose file system hangs keeps some, and the others must find some left."""
    size = config.daemon.workers * (len(config.routes) + 1) + 1
    return ThreadPoolExecutor(size, thread_name_prefix="step")


def open_journal(path: str) -> Journal:
    """Open the journal, making its folder if need be.

    Raises:
        JournalError: it is damaged, in use, or cannot be written.
        OSError: its folder cannot be made.

    """
    care.make_folder(path)
    return Journal(Database(path))


def build(
    config: Config, journal: Journal, service: ConvertApi, log: Any, routes: Sequence[Route] | None = None
) -> Daemon:
    """Wire the daemon; nothing runs yet.  Of some routes alone files are taken, where these are named."""
    clock, folders = Clock(), Folders(Disk(), host_name())
    moves, forgetter = Moves(folders), Forgetter(service, log)
    tools = Tools(
        journal=journal,
        folders=folders,
        moves=moves,
        parts=Parts(folders, moves),
        service=service,
        clock=clock,
        log=log,
        forget=forgetter.forget,
        pace=make_pace(config),
    )
    daemon = _wire(config, tools, forgetter, service)
    for route in config.routes if routes is None else routes:
        add_lane(daemon, route)
    return daemon


def _wire(config: Config, tools: Tools, forgetter: Forgetter, service: ConvertApi) -> Daemon:
    workers, supervisor = config.daemon.workers, _make_supervisor(tools.clock)
    steps, asks = make_workers(config), ThreadPoolExecutor(_ASKS, thread_name_prefix="ask")
    holds = Holds(tools.journal, tools.clock, tools.log, workers)
    hand = Hand(config.daemon.journal + ".hand")
    dispatcher = Dispatcher(tools, holds, hand, steps, workers)
    poller = Poller(tools, holds, asks)
    lanes = Lanes(tools.clock)
    housekeeper = Housekeeper(tools, config.daemon.keep_history, config.routes)
    holds.purse.believed_now = housekeeper.almanac.now
    holds.purse.take(config.budgets)
    holds.look_at_budgets()
    dispatching = supervisor.add("dispatcher", lambda: dispatcher.round(tools.clock.now()))
    polling = supervisor.add("poller", lambda: poller.round(tools.clock.now()))
    accountant = Accountant(tools, config.service.low_balance)
    notifier = Notifier(tools, holds, Memory(config.daemon.journal + ".notified"), make_wording())
    supervisor.add("accountant", accountant.round, slow=True)
    supervisor.add("housekeeper", housekeeper.round, slow=True)
    notifier.wake = supervisor.add("notifier", notifier.round, slow=True).alarm.ring
    dispatcher.wake = poller.on_change = dispatching.alarm.ring
    dispatcher.on_converting = poller.on_hurry = polling.alarm.ring
    dispatcher.on_rest, dispatcher.on_claim, dispatcher.is_hung = lanes.hear, lanes.hear_claim, lanes.is_hung
    granter = Granter(tools, holds, dispatcher)
    granter.wake, granter.serves, holds.on_end = supervisor.wake, lanes.serves, lanes.ring_all
    return Daemon(
        config,
        tools,
        hand,
        holds,
        lanes,
        dispatcher,
        poller,
        supervisor,
        forgetter,
        housekeeper,
        accountant,
        notifier,
        granter,
        [steps, asks],
        service,
    )


def _make_supervisor(clock: Clock) -> Supervisor:
    """Return the supervisor; where the service manager waits less long for signs of life, so does it."""
    wanted = watchdog_interval()
    return Supervisor(clock, LATE if wanted is None else min(LATE, wanted * _SOON), stall_hook())


def make_appetite(config: Config) -> Appetite:
    """Return how much each inbox may take, which depends on how many there are."""
    share = (4 * config.daemon.workers + 32) // len(config.routes) + 1
    return Appetite(config.daemon.rescan, config.daemon.poll, share)


def add_lane(daemon: Daemon, route: Route) -> None:
    """Give a route its lane, and that its loop, which `Supervisor.start` starts."""
    rings: list[Callable[[], None]] = []

    def ring() -> None:
        rings[0]()

    hints, supervisor, clock = Hints(ring), daemon.supervisor, daemon.tools.clock
    scouts = Scouts(hints, Watch(hints, route.inbox, deep=route.recursive))
    lane = Lane(daemon.tools, daemon.holds, route, scouts, make_appetite(daemon.config))
    loop = supervisor.add(f"inbox {route.name}", lambda: lane.round(clock.steady()), may_hang=True)
    loop.on_end = lane.close
    rings.append(loop.alarm.ring)
    lane.ring, lane.on_notice = loop.alarm.ring, daemon.dispatcher.wake
    keeper = Keeper(daemon.tools, route, daemon.housekeeper.almanac)
    keeping = supervisor.add(f"keeper {route.name}", keeper.round, may_hang=True)
    keeper.ring = keeping.alarm.ring

    marked, listeners = add_marking(daemon, route)

    def end() -> None:
        for each in (loop, keeping, *marked):
            supervisor.end(each, _PATIENCE)

    daemon.lanes.put(lane, end, (keeper.hear, *listeners), listeners)


def add_marking(daemon: Daemon, route: Route) -> tuple[tuple[Loop, ...], tuple[Callable[[Job], None], ...]]:
    """Give a route that wants markers the loop that puts them; return that, and who is to hear of its jobs."""
    if not route.markers:
        return (), ()
    marking = Marking(daemon.tools, route)
    loop = daemon.supervisor.add(f"markers {route.name}", marking.round, may_hang=True)
    marking.ring, loop.on_end = loop.alarm.ring, marking.close
    return (loop,), (marking.hear,)
