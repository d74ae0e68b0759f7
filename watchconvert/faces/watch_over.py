"""The main thread while the daemon runs: signs of life, wishes, reloads, and an end when a part is broken."""

from dataclasses import dataclass
from pathlib import Path

from watchconvert.adapters.journal.database import JournalError
from watchconvert.adapters.systemd import notify, say_reloading, watchdog_interval
from watchconvert.core.headline import Standing, say_headline
from watchconvert.faces.build import Daemon
from watchconvert.faces.child import LocalServer
from watchconvert.faces.link import Link
from watchconvert.faces.live import LiveStatus
from watchconvert.faces.swap import take_new_config
from watchconvert.faces.web.child import Page

EXIT_JOURNAL = 74
"""sysexits(3): EX_IOERR is worth a restart."""
_LOOK = 2.0
"""Seconds between two looks of the main thread at the others."""


@dataclass
class Life:
    """One run of the daemon, with what it needs beside itself."""

    daemon: Daemon
    config_path: Path
    link: Link
    page: Page
    server: LocalServer | None = None
    wants_reload: bool = False
    """Set by SIGHUP."""


def look_after(life: Life) -> int:
    """Watch over the loops until one breaks or the daemon is told to stop; returns the exit status."""
    daemon, live = life.daemon, LiveStatus(life.daemon)
    pause = min(_LOOK, watchdog_interval() or _LOOK)
    while not daemon.tools.clock.stopped():
        try:
            if has_fault(daemon):
                return EXIT_JOURNAL
            more = _look_once(life)
            if life.wants_reload:
                _reload(life)
            live.write()
        except JournalError as fault:
            daemon.tools.log.error("journal", why=str(fault))
            return EXIT_JOURNAL
        daemon.supervisor.wait(0.0 if more else pause)
    return 0


def has_fault(daemon: Daemon) -> bool:
    """Tell whether a part of the daemon has died, and say so in the log."""
    fault = daemon.supervisor.fault() or daemon.dispatcher.broken or daemon.poller.broken or daemon.granter.broken
    if fault is not None:
        daemon.tools.log.error("broken", why=f"{type(fault).__name__}: {fault}", exc_info=fault)
    return fault is not None


def _look_once(life: Life) -> bool:
    """Look at everything once; tell whether there is more to grant at once.

    Raises:
        JournalError: the journal is not in its place.

    """
    daemon = life.daemon
    life.page.look_after()
    daemon.web_told = life.page.told()
    late = look_around(daemon, life.server)
    notify(f"STATUS={say_headline(_standing(daemon, late))}" + ("" if late else "\nWATCHDOG=1"))
    return daemon.granter.round()


def look_around(daemon: Daemon, server: LocalServer | None) -> list[str]:
    """Look after what any run of the engine needs; return the loops that do not come round.

    Raises:
        JournalError: the journal is not in its place.

    """
    if server:
        server.look_after()
    daemon.tools.journal.check_place()
    daemon.holds.look_at_journal()
    daemon.holds.look_at_budgets()
    late = daemon.supervisor.late()
    if late:
        daemon.tools.log.error("stuck", loops=late)
    return late


def _standing(daemon: Daemon, late: list[str]) -> Standing:
    lanes = daemon.lanes.all()
    return Standing(
        routes=len(lanes),
        waiting=sum(len(lane.waiting) for lane in lanes),
        open=daemon.tools.journal.count_all_open(),
        offline=[lane.route.name for lane in lanes if lane.offline or daemon.lanes.is_hung(lane.route.name)],
        held=[hold.reason for hold in daemon.holds.standing()],
        stuck=late,
        refused=len(daemon.refused),
    )


def _reload(life: Life) -> None:
    """Take the new configuration, if nothing is wrong with it; the service manager waits meanwhile."""
    life.wants_reload = False
    notify(say_reloading(life.daemon.tools.clock.steady()))
    if not take_new_config(life.daemon, life.config_path, life.link):
        life.page.show(life.daemon.config)
    notify(f"READY=1\nSTATUS={say_headline(_standing(life.daemon, life.daemon.supervisor.late()))}")
    life.daemon.dispatcher.wake()
