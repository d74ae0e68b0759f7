"""Time, waiting, and the throw of dice: the only module that reads a clock."""

import contextlib
import os
import random
import select
import threading
import time
from datetime import datetime


class Clock:
    """Wall time for what is written down, steady time for what is measured, and whether the daemon is to stop."""

    def __init__(self) -> None:
        self._stop = threading.Event()

    def now(self) -> float:
        """Return the wall clock: seconds since the epoch."""
        return time.time()  # noqa: TID251 - the one place

    def local_moment(self) -> datetime:
        """Return the wall clock as a time of this place, with its zone."""
        return datetime.now().astimezone()

    def steady(self) -> float:
        """Return a clock that nobody can set, in seconds."""
        return time.monotonic()

    def dice(self) -> float:
        """Return a random number from 0 up to 1."""
        return random.random()  # noqa: S311 - it spreads retries, nothing depends on its being secret

    def stop(self) -> None:
        """Note for good that the daemon is to stop."""
        self._stop.set()

    def stopped(self) -> bool:
        """Tell whether the daemon is to stop."""
        return self._stop.is_set()

    def alarm(self) -> "Alarm":
        """Return an alarm clock."""
        return Alarm()


class Alarm:
    """A wait that other threads can cut short."""

    def __init__(self) -> None:
        self._bell = threading.Event()

    def ring(self) -> None:
        """End the present wait, or the next one at once."""
        self._bell.set()

    def wait(self, seconds: float) -> None:
        """Wait until rung or until the time is over."""
        self._bell.wait(max(0.0, seconds))
        self._bell.clear()


class SignalAlarm:
    """The main thread's wait, which signals may cut short too.

    It waits on a pipe: a signal handler that rings an ordinary alarm while its
    own thread is about to wait on it would wait for ever.
    """

    def __init__(self) -> None:
        self._ear, self._bell = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def ring(self) -> None:
        """End the present wait, or the next one at once; may be called by a signal handler."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._bell, b"!")

    def wait(self, seconds: float) -> None:
        """Wait until rung or until the time is over."""
        if select.select([self._ear], [], [], max(0.0, seconds))[0]:
            os.read(self._ear, 4096)
