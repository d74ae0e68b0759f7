"""Runs the loops, looks after them, and stops them: stopping is a polite crash."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from watchconvert.adapters.clock import Alarm, Clock, SignalAlarm

LATE = 120.0
"""Seconds after which a loop that has not come round counts as stuck."""
_BREATH = 0.02


Turn = Callable[[], float]
"""One round of a loop; returns how long to wait for the next, in seconds."""
Hook = Callable[[str, Turn], Turn]


@dataclass
class Loop:
    """One thread that calls its round again and again."""

    name: str
    turn: Turn
    alarm: Alarm
    beat: float = 0.0
    asleep_until: float = 0.0
    fault: BaseException | None = field(default=None, repr=False)
    thread: threading.Thread | None = None
    may_hang: bool = False
    """Whether it depends on a file system that may hang; then that is shown, and the daemon goes on."""
    slow: bool = False
    """Whether one round may wait for the network or walk through much, and so has the longest time in any case."""
    ended: bool = False
    """Whether it is to end before the daemon does."""
    on_end: Callable[[], None] = lambda: None


class Supervisor:
    """Starts the loops and tells whether all of them are alive."""

    def __init__(self, clock: Clock, late: float = LATE, hook: Hook = lambda _name, turn: turn) -> None:
        """Make it with no loops; `hook` may put something around the rounds of a loop, given its name."""
        self._clock, self._late, self._hook = clock, late, hook
        self.loops: list[Loop] = []
        self._main = SignalAlarm()

    def add(self, name: str, turn: Turn, *, may_hang: bool = False, slow: bool = False) -> Loop:
        """Add a loop; its alarm wakes it."""
        loop = Loop(name, self._hook(name, turn), self._clock.alarm(), may_hang=may_hang, slow=slow)
        self.loops.append(loop)
        return loop

    def start(self) -> None:
        """Start every loop that does not run yet, in a thread of its own."""
        for loop in self.loops:
            if loop.thread is None:
                loop.asleep_until = self._clock.steady()  # one that never gets to its first round is missed, too
                loop.thread = threading.Thread(target=self._run, args=(loop,), name=loop.name, daemon=True)
                loop.thread.start()

    def end(self, loop: Loop, patience: float) -> None:
        """End one loop; waits `patience` seconds at most, as what it waits for may hang."""
        loop.ended = True
        self.loops.remove(loop)
        loop.alarm.ring()
        if loop.thread is not None:
            loop.thread.join(patience)

    def wait_for(self, condition: Callable[[], bool], patience: float) -> bool:
        """Wait until something is so, `patience` seconds at most; returns whether it is, or the daemon is to stop."""
        return self.settle(lambda: condition() or self._clock.stopped(), patience)

    def settle(self, condition: Callable[[], bool], patience: float) -> bool:
        """Wait until something is so, `patience` seconds at most, even while stopping; returns whether it is."""
        deadline, alarm = self._clock.steady() + patience, self._clock.alarm()
        while not condition() and self._clock.steady() < deadline:
            alarm.wait(_BREATH)
        return condition()

    def _run(self, loop: Loop) -> None:
        try:
            while not self._clock.stopped() and not loop.ended:
                loop.asleep_until = self._clock.steady()
                pause = loop.turn()
                loop.beat = self._clock.steady()
                loop.asleep_until = loop.beat + pause
                loop.alarm.wait(pause)
        except BaseException as fault:  # noqa: BLE001 - a loop that dies ends the daemon, whatever killed it
            loop.fault = fault
            self.wake()
        finally:
            loop.on_end()

    def wake(self) -> None:
        """Wake the main thread."""
        self._main.ring()

    def wait(self, seconds: float) -> None:
        """Let the main thread sleep."""
        self._main.wait(seconds)

    def fault(self) -> BaseException | None:
        """Return what ended a loop that should still run."""
        return next((loop.fault for loop in self.loops if loop.fault is not None), None)

    def late(self) -> list[str]:
        """Return the names of loops that have not come round for too long."""
        now = self._clock.steady()
        return [loop.name for loop in self.loops if self._is_late(loop, now)]

    def _is_late(self, loop: Loop, now: float) -> bool:
        late = LATE if loop.slow else self._late
        return loop.thread is not None and not loop.may_hang and now > loop.asleep_until + late

    def stop(self, patience: float) -> None:
        """End every loop; waits `patience` seconds for each at most."""
        self._clock.stop()
        for loop in self.loops:
            loop.alarm.ring()
        deadline = self._clock.steady() + patience
        for loop in self.loops:
            if loop.thread is not None:
                loop.thread.join(max(0.1, deadline - self._clock.steady()))
