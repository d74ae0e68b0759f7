"""Deaths at system calls, one after the other: in a step, then in the life that is to make it good."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import count, cycle
from pathlib import Path

from tests.kill.chain import BIRTH, INBOX, START, STEP, Chain, Point
from tests.kill.figures import ENOUGH, Extent, Figures
from tests.kill.ground import Ground
from tests.kill.nursery import nursery
from tests.kill.service import KINDS, StrictService

Calls = Mapping[str, Mapping[str, int]]
"""Parts of a life with the system calls that are tried in each, and of which every so manieth in the short run."""
KILLS: Calls = {
    STEP: {
        "renameat2": 1, "fsync": 1, "fdatasync": 1, "mkdirat": 1, "unlinkat": 1, "fallocate": 1, "sendto": 1,
        "recvfrom": 1, "connect": 1, "write": 4, "pwrite64": 10, "fcntl": 40, "openat": 40, "close": 40,
    },
    INBOX: {"pwrite64": 5, "fdatasync": 1, "write": 1},
    BIRTH: {"mkdir": 1, "mkdirat": 4, "fsync": 6, "fdatasync": 4, "pwrite64": 20},
    START: {
        "renameat2": 1, "fsync": 2, "fdatasync": 2, "mkdirat": 1, "unlinkat": 1, "sendto": 1, "recvfrom": 1,
        "ftruncate": 1, "rename": 1, "pwrite64": 9, "write": 5, "openat": 45, "close": 45,
    },
}  # fmt: skip
_LONGEST = 1000
"""Deaths after which a new ground is taken."""
Maker = Callable[[Path, ExitStack], Ground]
"""Makes a ground in a folder; what has to be undone goes onto the stack."""


class CallSweep:
    """Every n-th call of each name in turn, for growing n, until a life ends without one."""

    def __init__(self, make: Maker, service: StrictService, extent: Extent, calls: Calls = KILLS) -> None:
        self._make, self._service, self._extent, self._calls = make, service, extent, calls
        self.figures = Figures()
        self._died = {True: True, False: True}
        """Whether the last point was reached: at starts, and in lives that were at rest."""
        self._points, self._starts = self._points_of(start=False), self._points_of(start=True)

    def run(self) -> Figures:
        """Try every point, or so many as the extent says."""
        while len(self.figures.violations) < ENOUGH and not self._extent.is_over():
            with ExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="watchconvert-kill-")))
                ground = self._make(folder, stack)
                self._service.billed.clear()
                chain = stack.enter_context(Chain(ground, self._service, stack.enter_context(nursery())).living())
                try:
                    left = self._strike_on(chain)
                    chain.finish()
                except AssertionError as wrong:
                    left = True
                    self.figures.violations.append(str(wrong))
                self.figures.deaths += chain.deaths
                self.figures.files += ground.files
            if not left:
                break
        return self.figures

    def _strike_on(self, chain: Chain) -> bool:
        """Strike point after point on one ground; tell whether any are left."""
        for number, point in enumerate(self._points):
            if self._strike(chain, point):
                self._strike(chain, next(self._starts))
            if number % 25 == 24:
                self._extent.tell(f"{self.figures.deaths + chain.deaths} deaths, the last at {point}")
            if chain.deaths >= _LONGEST or self._extent.is_over():
                return True
        return False

    def _strike(self, chain: Chain, point: Point) -> bool:
        died = self._died[point.part == START] = chain.strike(point)
        self.figures.passed += not died
        return died

    def _points_of(self, *, start: bool) -> Iterator[Point]:
        """Yield the points of starts, again and again, or those of all else, once."""
        kinds, full = cycle(KINDS), self._extent.full
        swept = [
            (part, *each) for part in self._calls if (part == START) is start for each in self._calls[part].items()
        ]
        for part, call, stride in cycle(swept) if start else swept:
            for only in KINDS if full and not start else (b"",):
                for number in count(1, 1 if full else stride):
                    self._died[start] = True
                    yield Point(part, call, number, only or next(kinds))
                    if not self._died[start]:
                        break
