"""A program on a terminal of its own, as a person has it."""

import contextlib
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable
from fcntl import ioctl
from typing import Self


class Terminal:
    """Runs `watchconvert` on a pseudo-terminal of 100 columns and keeps what it shows."""

    def __init__(self, *words: str, **environ: str) -> None:
        self.shown = b""
        self._child, self._end = pty.fork()
        if self._child == 0:
            plain = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS", "LINES")}
            os.execve(
                sys.executable, [sys.executable, "-m", "watchconvert", *words], plain | {"TERM": "xterm"} | environ
            )
        ioctl(self._end, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))

    def read_until(self, condition: Callable[[bytes], bool], patience: float = 30.0) -> bytes:
        """Read until what was shown is as wanted, or the program has ended."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and not condition(self.shown):
            if select.select([self._end], [], [], 0.1)[0]:
                try:
                    piece = os.read(self._end, 65536)
                except OSError:  # the program has closed its side
                    break
                if not piece:
                    break
                self.shown += piece
        return self.shown

    def type(self, words: bytes) -> None:
        os.write(self._end, words)

    def end(self) -> int:
        """Wait for the end and return the exit status."""
        self.read_until(lambda _: False, 30.0)
        status = os.waitpid(self._child, 0)[1]
        self._child = 0
        os.close(self._end)
        return os.waitstatus_to_exitcode(status)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._child:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(self._child, signal.SIGKILL)
                os.waitpid(self._child, 0)
            os.close(self._end)
