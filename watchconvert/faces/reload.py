"""`watchconvert reload`: has the running daemon take the configuration anew, and tells what came of it."""

import contextlib
import os
import signal
from pathlib import Path

from watchconvert.adapters.clock import Clock
from watchconvert.adapters.journal.database import holder
from watchconvert.adapters.journal.report import read_status
from watchconvert.core.config import ConfigError
from watchconvert.faces.load import load_config

_PATIENCE = 60.0
"""Seconds that the daemon may take; new routes on a file system that hangs take the longest."""
_BREATH = 0.05


class ReloadError(Exception):
    """The daemon could not be asked, or did not answer."""


def reload_daemon(path: Path, clock: Clock) -> list[str]:
    """Have the daemon take the configuration; return what is wrong with it, and then the former one goes on.

    Raises:
        ConfigError: the file cannot be used; every problem is in it.
        ReloadError: no daemon runs with that journal, it may not be signalled, or it does not answer.

    """
    try:
        journal = load_config(path).daemon.journal
    except ConfigError:
        # The daemon is to know that there is something to mend: its status then says so.
        with contextlib.suppress(KeyError, ValueError, OSError):
            os.kill(int(os.environ["MAINPID"]), signal.SIGHUP)
        raise
    process = holder(journal)
    if process is None:
        why = "It reads the configuration when it starts; one that runs with another journal must be restarted."
        raise ReloadError(f"no daemon runs with the journal {journal}. {why}")
    before = read_status(journal).get("reloads", 0)
    try:
        os.kill(process, signal.SIGHUP)
    except OSError as fault:
        raise ReloadError(f"the daemon (process {process}) cannot be signalled: {fault.strerror}") from fault
    return _wait(journal, before, clock)


def _wait(journal: str, before: int, clock: Clock) -> list[str]:
    deadline, alarm = clock.steady() + _PATIENCE, clock.alarm()
    while clock.steady() < deadline:
        told = read_status(journal)
        if told.get("reloads", 0) > before:
            return [str(problem) for problem in told.get("refused", [])]
        if not told and holder(journal) is None:
            raise ReloadError("the daemon ended; its log says why")
        alarm.wait(_BREATH)
    raise ReloadError(f"the daemon did not answer within {_PATIENCE:.0f} s; its log may say why")
