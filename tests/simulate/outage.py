"""A day without the service, with thousands of files waiting: what it costs meanwhile, and what becomes of them."""

import shutil
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tests.crash.books import Memory, facts_of
from tests.engine.fakes import result_of
from tests.engine.world import World
from tests.proof.invariants import broken
from tests.simulate.weather import DAY, HOUR
from watchconvert.engine.lane import Appetite
from watchconvert.engine.tools import Pace

_STEADY = 60.0
"""Seconds after which an outage is known, and the pauses are what they are to be."""
_LEISURE = 9.0
"""Seconds between two rounds during a hold: often enough to see a request each ten seconds, were there one."""


class CountingWorld(World):
    """A world whose loops come round when they want to."""

    def live(self, seconds: float) -> None:
        """Let time pass."""
        end = self.clock.uptime + seconds
        while self.clock.uptime < end:
            pauses = [lane.round(self.clock.steady()) for lane in self.lanes]
            pauses += [loop.round(self.clock.now()) for loop in (self.dispatcher, self.poller)]
            least = _LEISURE if self.holds.standing() else 0.05
            self.clock.pass_by(min(max(min(pauses), least), end - self.clock.uptime))


@dataclass
class Outage:
    """What an outage was like."""

    files: int
    asked: int
    """Requests while the service was away."""
    closest: float
    """Seconds between the two requests that came closest to each other, once the outage was known."""
    recovery: float
    """Seconds from its end until everything was at rest."""
    bills: int
    failed: int
    wrong: list[str]
    seconds: float

    def line(self) -> str:
        """Return the figures in one line."""
        return (
            f"outage: files {self.files:,}, requests while it lasted {self.asked:,}, the closest {self.closest:.1f} s apart, "
            f"at rest {self.recovery:.0f} s after, bills {self.bills:,}, failed {self.failed}, "
            f"violations {len(self.wrong)}, {self.seconds:.0f} s"
        )


def suffer(files: int, lasts: float = DAY) -> Outage:
    """Let the service be away for a day while so many files wait; half of them are there when it begins."""
    began = time.process_time()
    root = Path(tempfile.mkdtemp(prefix="watchconvert-test-", dir="/dev/shm"))
    world = CountingWorld(root)
    world.pace, world.appetite, world.service.away = Pace(min_free=0), Appetite(rescan=600.0), True
    try:
        memory = Memory()
        memory.dropped = [f"file {number}".encode() for number in range(files)]
        for number, data in enumerate(memory.dropped[: files // 2]):
            world.drop(f"{number}.docx", data)
        world.start()
        asked = _listen(world)
        world.live(lasts / 2)
        for number, data in enumerate(memory.dropped[files // 2 :], files // 2):
            world.drop(f"{number}.docx", data)
        world.live(lasts / 2)
        during, ended = list(asked), world.clock.uptime
        world.service.away = False
        while (
            world.open_jobs() or world.lanes[0].waiting or world.seen("inbox")
        ) and world.clock.uptime < ended + 6 * HOUR:
            world.live(10.0)
        facts = facts_of(world, memory, lambda source: (result_of(source),))
        known = [at for at in during if at > during[0] + _STEADY]
        return Outage(
            files, len(during), min((b - a for a, b in pairwise(known)), default=0.0),
            world.clock.uptime - ended, len(world.service.bills), len(world.seen("error")), broken(facts),
            time.process_time() - began,
        )  # fmt: skip
    finally:
        world.stop()
        shutil.rmtree(root)


def _listen(world: World) -> list[float]:
    """Write down when the service is asked for anything."""
    asked: list[float] = []
    point = world.fuse.point

    def heard(name: str) -> None:
        if name in ("has_file", "before upload", "before submit", "before ask", "before fetch", "before probe"):
            asked.append(world.clock.uptime)
        point(name)

    world.fuse.point = heard  # type: ignore[method-assign]
    return asked
