"""What only the running daemon knows, left beside the journal for `watchconvert status`."""

import json
import os
from pathlib import Path

from watchconvert.core.naming import shown
from watchconvert.core.settings import Config
from watchconvert.faces.build import Daemon, host_name

_MOST_TOLD = 200


def status_path(config: Config) -> Path:
    """Return where the running daemon tells what only it knows: what the inboxes hold and wait for."""
    return Path(config.daemon.journal + ".status")


def write_status(daemon: Daemon) -> None:
    """Write what the journal does not tell: files that wait in an inbox and why, routes that are offline."""
    now = daemon.tools.clock.steady()
    lanes = []
    for lane in daemon.intake.lanes.values():
        waiting = list(lane.waiting.items())
        told = [[shown(name), each.gate.value, round(now - each.first_at, 1)] for name, each in waiting[:_MOST_TOLD]]
        lanes.append(
            {
                "route": lane.route.name,
                "waiting": len(waiting),
                "files": told,
                "offline": lane.offline,
                "offline_at": lane.offline_at,
            }
        )
    note = {"pid": os.getpid(), "host": host_name().decode(), "at": daemon.tools.clock.now(), "lanes": lanes}
    path = status_path(daemon.config)
    draft = path.with_name(path.name + ".new")
    draft.write_text(json.dumps(note), "ascii")
    draft.replace(path)
