"""Life after life on one ground: each ends where a trap was set, and the next must make good what is left."""

import contextlib
import signal
from collections.abc import Iterator
from typing import NamedTuple

from tests.kill.ground import Ground
from tests.kill.nursery import Life, Nursery
from tests.kill.service import StrictService
from tests.kill.trap import Trap, trap

START, BIRTH, STEP, INBOX = "start", "birth", "step", "inbox"
"""Where a trap is set: for a whole life from its first call on, for the first life of all, or for threads of one at rest."""
_CLEAR_EVERY = 25


class Point(NamedTuple):
    """The n-th call of one name in one part of a life, with a file of some kind on its way."""

    part: str
    call: str
    number: int
    kind: bytes


class Chain:
    """Daemons on one ground, one after the other."""

    def __init__(self, ground: Ground, service: StrictService, nursery: Nursery) -> None:
        self.ground, self._service, self._nursery = ground, service, nursery
        self._life: Life | None = None
        self.deaths = self._rounds = 0

    def strike(self, point: Point) -> bool:
        """Let the daemon die at a point; False when its life has no such point.

        Raises:
            AssertionError: something does not hold, at the death or at rest.

        """
        if point.part == BIRTH:
            self.settle(point)
            self.end()
            self.ground.begin_anew()
        if point.part in (START, BIRTH):
            self.end()
            self._life = life = self._bear(stopped=True)
            threads = []
        else:
            life = self.settle(point)
            threads = life.threads(point.part)
            assert threads, f"no thread is named {point.part}"
        with trap(life, threads, point.call, point.number, self.ground.land.home) as snare:
            self.ground.drop(point.kind, name_taken=self._rounds % 4 == 3)
            life.send(signal.SIGCONT)  # for those that have stopped before they began
            return self._await_end(life, snare, point)

    def _await_end(self, life: Life, snare: Trap, point: Point) -> bool:
        """Wait until the daemon dies of the trap, or has come to rest beside it; then it is killed there."""
        rests = self.ground.comes_to_rest(life)
        assert rests or snare.has_sprung(), f"{point}: the daemon ended by itself: {self.ground.story()}"
        self.end()
        self.ground.require(point, self._service.billed, at_rest=rests)
        return not rests

    def settle(self, point: object = "") -> Life:
        """Have a daemon alive with nothing to do and all as it should be."""
        self._life = life = self._life or self._bear()
        self._come_to_rest(life)
        self.ground.require(point, self._service.billed, at_rest=True)
        if not self.ground.plan.durable:
            self._require_tidy(point)
        if self._rounds % _CLEAR_EVERY == 0:
            self.ground.clear_away()
        self._rounds += 1
        if not life.threads(STEP):
            self.ground.drop()  # the threads of the pool begin with their first work
            self._come_to_rest(life)
        return life

    def finish(self) -> None:
        """See whether a start with nothing to do leaves nothing behind, whatever the deaths have left."""
        self.settle("the last death")
        self.end()
        self.settle("the last start")
        self._require_tidy("the last start")

    def _require_tidy(self, point: object) -> None:
        left = self.ground.leftovers()
        assert not left, f"{len(left)} folders are left after {point}: {left[:3]}: {self.ground.story()}"

    def _come_to_rest(self, life: Life) -> None:
        assert self.ground.comes_to_rest(life), f"the daemon ended by itself: {self.ground.story()}"

    def _bear(self, *, stopped: bool = False) -> Life:
        life = self.ground.bear(self._nursery, stopped=stopped)
        if stopped:
            life.wait_until_stopped()
        return life

    def end(self) -> None:
        """End the life that there is, as all end here."""
        if self._life is not None:
            self._life.close()
            self._life = None
            self.deaths += 1
            self.ground.after_death()

    @contextlib.contextmanager
    def living(self) -> Iterator["Chain"]:
        """End whatever lives in the end."""
        try:
            yield self
        finally:
            if self._life is not None:
                self._life.close()
