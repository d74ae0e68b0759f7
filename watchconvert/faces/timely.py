"""Looks at a file system that may hang, each with a time limit."""

import contextlib
import os
import pickle
import select
import signal
import time
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class HangingError(OSError):
    """The file system did not answer in time."""

    def __init__(self) -> None:
        super().__init__("its file system does not answer")
        self.strerror = "its file system does not answer"


class Errand:
    """Work that a child process does, as a thread that hangs in the kernel would keep the whole process from ending.

    What the work yields is had as far as it came.
    """

    def __init__(self, work: Callable[[], Any]) -> None:
        self._ear, mouth = os.pipe2(os.O_CLOEXEC)
        with warnings.catch_warnings():
            # The child only asks the file system; it takes no lock that another thread might hold.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._child = os.fork()
        if self._child == 0:
            os.close(self._ear)
            _report(work, mouth)
        os.close(mouth)

    def result(self, deadline: float) -> Any:
        """Return what the work returned or raise what it raised; `deadline` on the steady clock, in seconds.

        Raises:
            HangingError: it is not done; the child is killed and nobody waits for it.

        """
        pieces = []
        try:
            while select.select([self._ear], [], [], max(0.0, deadline - time.monotonic()))[0]:
                if not (piece := os.read(self._ear, 65536)):
                    break
                pieces.append(piece)
            else:
                raise HangingError
        finally:
            os.close(self._ear)
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, os.WNOHANG)
        done, value = pickle.loads(b"".join(pieces))  # noqa: S301 - from our own child
        if done:
            return value
        raise value


def _report(work: Callable[[], Any], mouth: int) -> None:
    """Do the work in the child and end it there, whatever comes."""
    try:
        # Whoever reads what the parent prints must not wait for a child that hangs.
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        try:
            said = pickle.dumps((True, work()))
        except OSError as fault:  # its own kind may not be one that can be handed over
            said = pickle.dumps((False, OSError(fault.errno, fault.strerror or str(fault))))
        except Exception as fault:  # noqa: BLE001 - it is told to the parent, whatever it is
            said = pickle.dumps((False, fault))
        with open(mouth, "wb") as out:
            out.write(said)
    finally:
        os._exit(0)


def within(seconds: float, work: Callable[[], T]) -> T:
    """Return what `work` returns, which asks the file system alone.

    Raises:
        HangingError: the file system did not answer in time.

    """
    result: T = Errand(work).result(time.monotonic() + seconds)
    return result
