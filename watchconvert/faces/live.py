"""What only the running daemon knows, left beside the journal for `watchconvert status`."""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from watchconvert.core.naming import shown
from watchconvert.core.settings import Config
from watchconvert.core.settle import Gate, Waiting
from watchconvert.engine.lane import Lane
from watchconvert.faces.build import Daemon, host_name

_MOST_TOLD = 200
_HANGS = 15.0
HELD = "it waits until its route goes on"
"""What a file in an inbox waits for while new ones are not taken."""


def _say(key: tuple[bytes, bytes]) -> str:
    return shown(b"/".join(filter(None, key)))


def status_path(config: Config) -> Path:
    """Return where the running daemon tells what only it knows: what the inboxes hold and wait for."""
    return Path(config.daemon.journal + ".status")


class LiveStatus:
    """Writes what the journal does not tell: files that wait in an inbox and why, routes that are offline."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._path = status_path(daemon.config)
        self._written = ""

    def write(self) -> None:
        """Write it, if it says anything else than last time."""
        daemon = self._daemon
        told = {"pid": os.getpid(), "host": host_name().decode(), "lanes": self._lanes()}
        told |= {"stuck": daemon.supervisor.late(), "web": daemon.web_told}
        told |= {"refused_wishes": daemon.granter.refused, "wishes": daemon.granter.told}
        if daemon.config.web.listen:
            told |= self._signs_of_life()
        text = json.dumps(told | {"reloads": daemon.reloads, "refused": daemon.refused})
        if text == self._written:
            return
        draft = self._path.with_name(self._path.name + ".new")
        # It is for people alone: a disk that is full, say, must not end the daemon.
        with contextlib.suppress(OSError):
            draft.write_text(text, "ascii")
            draft.replace(self._path)
            self._written = text

    def remove(self) -> None:
        """Remove it: nobody lives any more who knows it."""
        with contextlib.suppress(OSError):
            self._path.unlink()

    def _signs_of_life(self) -> dict[str, Any]:
        """Tell when each loop came round last, for `/healthz` and `/metrics`: seconds since 1970."""
        clock = self._daemon.tools.clock
        now, steady = clock.now(), clock.steady()
        loops = self._daemon.supervisor.loops
        return {
            "at": round(now, 1),
            "beats": {loop.name: round(now - steady + loop.beat, 1) for loop in loops if loop.beat},
        }

    def _lanes(self) -> list[dict[str, Any]]:
        clock = self._daemon.tools.clock
        steady, now, holds = clock.steady(), clock.now(), self._daemon.holds
        lanes = self._daemon.lanes.all()
        return [_lane(lane, steady, now, paused=holds.pauses_intake(lane.route.name, now)) for lane in lanes]


def _since(entry: tuple[Any, Waiting]) -> float:
    return entry[1].first_at


def _gate(lane: Lane, waiting: Waiting, steady: float, *, paused: bool) -> str:
    """Return what a file waits for; while the route is held nobody looks whether it has become quiet."""
    if paused and waiting.gate is Gate.QUIET and steady - waiting.quiet_at >= lane.route.settle:
        return HELD
    return waiting.gate.value


def _lane(lane: Lane, steady: float, now: float, *, paused: bool) -> dict[str, Any]:
    waiting, hung = list(lane.waiting.items()), lane.hung_for(steady)
    waiting.sort(key=_since)
    gates = [_gate(lane, each, steady, paused=paused) for _, each in waiting]
    hangs = "its file system does not answer" if hung > _HANGS else ""
    return {
        "route": lane.route.name,
        "waiting": len(waiting),
        "files": [
            [_say(key), gate, round(now - steady + each.first_at)]
            for (key, each), gate in zip(waiting[:_MOST_TOLD], gates[:_MOST_TOLD], strict=True)
        ],
        "settling": gates.count(Gate.QUIET.value),
        "left": [[_say(key), gate.value] for key, gate in list(lane.left.items())[:_MOST_TOLD]],
        "polled": lane.polled,
        "offline": lane.offline or hangs,
        "offline_at": lane.offline_at if lane.offline else round(now - hung) if hangs else 0,
    }
