"""Prepares routes, each beside the others: a file system that hangs keeps only its own from starting."""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from watchconvert.adapters.journal.database import JournalError
from watchconvert.core.settings import Route
from watchconvert.core.tables import Problem
from watchconvert.engine.recovery import find_rival, prepare_route
from watchconvert.faces.build import Daemon
from watchconvert.faces.check import folder_problems

_PATIENCE = 10.0
"""Seconds that a route's preparation is waited for."""


def prepare_routes(daemon: Daemon, routes: Iterable[Route]) -> str:
    """Make folders, take locks, adopt strays; return a folder that another daemon has taken, empty if none.

    Raises:
        JournalError: the journal cannot be read or written.

    """
    return _beside_each_other(daemon, routes, lambda route: prepare_route(daemon.tools, route))


def find_rivals(daemon: Daemon, routes: Iterable[Route]) -> str:
    """Take the locks of folders alone; return a folder that another daemon has taken, empty if none."""
    return _beside_each_other(daemon, routes, lambda route: find_rival(daemon.tools, (route,)))


def find_folder_problems(daemon: Daemon, routes: Iterable[Route]) -> list[Problem]:
    """Return what keeps the daemon from working in folders; a file system that hangs says nothing, as at a start."""
    found: list[Problem] = []

    def look(route: Route) -> str:
        found.extend(folder_problems((route,)))
        return ""

    _beside_each_other(daemon, routes, look)
    return list(found)


def _beside_each_other(daemon: Daemon, routes: Iterable[Route], work: Callable[[Route], str]) -> str:
    found: dict[str, Any] = {}
    late = threading.Event()

    def prepare(route: Route) -> None:
        try:
            found[route.name] = work(route)
        except JournalError as fault:
            found[route.name] = fault
        if found[route.name] and late.is_set():
            # The daemon runs already, and must not go on.
            daemon.tools.clock.stop()
            daemon.supervisor.wake()

    threads = [(route, threading.Thread(target=prepare, args=(route,), daemon=True)) for route in routes]
    for _, thread in threads:
        thread.start()
    deadline = daemon.tools.clock.steady() + _PATIENCE
    for route, thread in threads:
        thread.join(max(0.1, deadline - daemon.tools.clock.steady()))
        if thread.is_alive():
            why = "its file system does not answer"
            daemon.tools.log.error("offline", route=route.name, inbox=route.inbox, why=why)
    late.set()
    results = list(found.values())
    for result in results:
        if isinstance(result, JournalError):
            raise result
    return next((str(result) for result in results if result), "")
