"""Runs the loops, looks after them, and stops them: stopping is a polite crash."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from watchconvert.adapters.clock import Alarm, Clock, SignalAlarm

_LATE = 120.0
"""Seconds after which a loop that has not come round counts as stuck."""


@dataclass
class Loop:
    """One thread that calls its round again and again."""

    name: str
    turn: Callable[[], float]
    """One round; returns how long to wait, in seconds."""
    alarm: Alarm
    beat: float = 0.0
    asleep_until: float = 0.0
    fault: BaseException | None = field(default=None, repr=False)
    thread: threading.Thread | None = None
    may_hang: bool = False
    """Whether it depends on a file system that may hang; then that is shown, and the daemon goes on."""


class Supervisor:
    """Starts the loops and tells whether all of them are alive."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.loops: list[Loop] = []
        self._main = SignalAlarm()

    def add(self, name: str, turn: Callable[[], float], *, may_hang: bool = False) -> Callable[[], None]:
        """Add a loop; returns what wakes it."""
        loop = Loop(name, turn, self._clock.alarm(), may_hang=may_hang)
        self.loops.append(loop)
        return loop.alarm.ring

    def start(self) -> None:
        """Start every loop in a thread of its own."""
        for loop in self.loops:
            loop.thread = threading.Thread(target=self._run, args=(loop,), name=loop.name, daemon=True)
            loop.thread.start()

    def _run(self, loop: Loop) -> None:
        try:
            while not self._clock.stopped():
                pause = loop.turn()
                loop.beat = self._clock.steady()
                loop.asleep_until = loop.beat + pause
                loop.alarm.wait(pause)
        except BaseException as fault:  # noqa: BLE001 - a loop that dies ends the daemon, whatever killed it
            loop.fault = fault
            self.wake()

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
        return not loop.may_hang and loop.beat > 0 and now > loop.asleep_until + _LATE

    def stop(self, patience: float) -> None:
        """End every loop; waits `patience` seconds for each at most."""
        self._clock.stop()
        for loop in self.loops:
            loop.alarm.ring()
        deadline = self._clock.steady() + patience
        for loop in self.loops:
            if loop.thread is not None:
                loop.thread.join(max(0.1, deadline - self._clock.steady()))
