"""Deaths at random moments, with as many files under way as the load says, on a service that knows nothing of it."""

import contextlib
import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.e2e.stage import ask_server
from tests.kill.ground import Ground
from tests.kill.nursery import Life, Nursery


@dataclass(frozen=True)
class Load:
    """How much is under way, and how long a life lasts at most."""

    files: int
    longest: float
    by_command: bool = False
    """Whether each life is started by the command line, and not by forking."""


class Roulette:
    """One route, the files that keep coming, and the daemons that are killed."""

    def __init__(self, ground: Ground, load: Load, nursery: Nursery, seed: int) -> None:
        self.ground, self._load, self._nursery = ground, load, nursery
        self._dice = random.Random(seed)
        self.kills = 0

    def play(self, billed: Callable[[Ground], list[bytes]]) -> None:
        """Let one daemon work and be killed; AssertionError when something does not hold."""
        self._fill()
        with self._life() as life:
            ended = life.is_over(self._dice.uniform(0.0, self._load.longest))
            assert not ended, f"the daemon ended by itself: {self.ground.story()}"
        self.kills += 1
        self._require(billed, at_rest=False)

    def drain(self, billed: Callable[[Ground], list[bytes]]) -> None:
        """Let one daemon come to rest, look at everything, and take the results away."""
        with self._life() as life:
            assert self.ground.comes_to_rest(life), f"the daemon ended by itself: {self.ground.story()}"
            self._require(billed, at_rest=True)
            excused = self.ground.excused()
        self.ground.require("the end of a life at rest", billed(self.ground), at_rest=True, excused=excused)
        self.ground.clear_away()

    def _fill(self) -> None:
        """Drop what is wanting."""
        at_rest = sum(
            path.is_file() and not path.name.endswith(".error.txt")
            for folder in ("archive", "error")
            for path in self.ground.folders[folder].iterdir()
        )
        for _ in range(self._load.files - (len(self.ground.dropped) - at_rest)):
            self.ground.drop()

    @contextlib.contextmanager
    def _life(self) -> Iterator[Life]:
        with self.ground.command() if self._load.by_command else self.ground.forked(self._nursery) as life:
            yield life
        self.ground.after_death()

    def _require(self, billed: Callable[[Ground], list[bytes]], *, at_rest: bool) -> None:
        excused = self.ground.excused() if at_rest else {}
        self.ground.require(f"{self.kills} deaths", billed(self.ground), at_rest=at_rest, excused=excused)


def bills_of(url: str) -> Callable[[Ground], list[bytes]]:
    """Return what asks a local server for its bills, and tells the sources of one ground by them."""

    def billed(ground: Ground) -> list[bytes]:
        known = {hashlib.sha256(data).hexdigest(): data for data in ground.dropped}
        return [known[bill["Sha256"]] for bill in ask_server(url, "/local/bills") if bill["Sha256"] in known]

    return billed
