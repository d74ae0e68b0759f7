"""What only the running daemon knows, left beside the journal for `watchconvert status`."""

import json
import os
from pathlib import Path

from watchconvert.core.naming import shown
from watchconvert.core.settings import Config
from watchconvert.faces.build import Daemon, host_name

_MOST_TOLD = 200
_HANGS = 15.0


def _say_hang(seconds: float) -> str:
    return f"its file system has not answered for {seconds:.0f} s" if seconds > _HANGS else ""


def _say(key: tuple[bytes, bytes]) -> str:
    return shown(b"/".join(filter(None, key)))


def status_path(config: Config) -> Path:
    """Return where the running daemon tells what only it knows: what the inboxes hold and wait for."""
    return Path(config.daemon.journal + ".status")


def write_status(daemon: Daemon) -> None:
    """Write what the journal does not tell: files that wait in an inbox and why, routes that are offline."""
    now = daemon.tools.clock.steady()
    lanes = []
    for lane in daemon.lanes:
        waiting = list(lane.waiting.items())
        told = [[_say(key), each.gate.value, round(now - each.first_at, 1)] for key, each in waiting[:_MOST_TOLD]]
        hung = lane.hung_for(now)
        lanes.append(
            {
                "route": lane.route.name,
                "waiting": len(waiting),
                "files": told,
                "left": [[_say(key), gate.value] for key, gate in list(lane.left.items())[:_MOST_TOLD]],
                "polled": lane.polled,
                "offline": lane.offline
                or (f"its file system has not answered for {hung:.0f} s" if hung > _HANGS else ""),
                "offline_at": lane.offline_at if lane.offline else daemon.tools.clock.now() - hung,
            }
        )
    note = {"pid": os.getpid(), "host": host_name().decode(), "at": daemon.tools.clock.now(), "lanes": lanes}
    path = status_path(daemon.config)
    draft = path.with_name(path.name + ".new")
    draft.write_text(json.dumps(note), "ascii")
    draft.replace(path)
