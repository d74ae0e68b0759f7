"""A loop that stops on purpose, to show what the service manager's watchdog then does.

Only where $WATCHCONVERT_DEBUG_STALL names a file when the daemon starts: a
loop whose name that file holds stops in its next round, once: the file is removed.
"""

import os
import threading
from pathlib import Path

from watchconvert.engine.supervisor import Hook, Turn

VARIABLE = "WATCHCONVERT_DEBUG_STALL"


def stall_hook() -> Hook:
    """Return what the supervisor puts around the rounds of its loops: nothing, unless the variable is set."""
    path = os.environ.get(VARIABLE)
    if not path:
        return lambda _name, turn: turn
    return lambda name, turn: _stalling(Path(path), name, turn)


def _stalling(path: Path, name: str, turn: Turn) -> Turn:
    def round_or_stall() -> float:
        if path.exists() and path.read_text("utf-8").strip() == name:
            path.unlink()
            threading.Event().wait()
        return turn()

    return round_or_stall
