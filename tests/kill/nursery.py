"""Brings daemons to life quickly: a process that has imported the program, and forks for each life.

Each life is a process of its own that runs the same command line as `python -m watchconvert run`, from its first
system call of its own on; only the import of the modules, which changes nothing on any disk, is done once for all.
"""

import contextlib
import ctypes
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from watchconvert.faces.cli import main

ROOT = Path(__file__).parents[2]
_PR_SET_PDEATHSIG, _PR_SET_NAME, _PR_SET_PTRACER = 1, 15, 0x59616D61


class Life:
    """One daemon, from its birth to its end."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._handle = os.pidfd_open(pid)

    def is_over(self, patience: float = 0.0) -> bool:
        """Tell whether the process and all its threads have ended; waits for that at most so many seconds."""
        return bool(select.select([self._handle], [], [], patience)[0])

    def send(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, number)

    def wait_until_stopped(self) -> None:
        """Wait until it has stopped itself."""
        while not self.is_over(0.001):
            if Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T":
                return
        raise AssertionError("it ended before it began")

    def kill(self) -> None:
        """End it by SIGKILL, and wait until it has ended."""
        self.send(signal.SIGKILL)
        assert self.is_over(20), "a killed daemon does not end"

    def threads(self, name: str) -> list[int]:
        """Return the ids of the threads whose name begins so; none when it is dead."""
        found, gone = [], (FileNotFoundError, ProcessLookupError)
        with contextlib.suppress(*gone):
            for task in Path(f"/proc/{self.pid}/task").iterdir():
                with contextlib.suppress(*gone):
                    if (task / "comm").read_text().startswith(name):
                        found.append(int(task.name))
        return found

    def close(self) -> None:
        """Kill it if it lives, and let go of it."""
        self.kill()
        os.close(self._handle)


class Nursery:
    """The process that forks; every life that is not over ends with it."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-m", "tests.kill.nursery", str(theirs.fileno())]
        self._process = subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()])
        theirs.close()

    def bear(self, config: Path, log: Path, *, stopped: bool = False) -> Life:
        """Start a daemon; a stopped one waits for SIGCONT before it does anything."""
        self._line.send(b"\0".join([os.fsencode(config), os.fsencode(log), b"stopped" if stopped else b""]))
        return Life(int(self._line.recv(100)))

    def close(self) -> None:
        self._line.close()
        assert self._process.wait(20) == 0


@contextlib.contextmanager
def nursery() -> Iterator[Nursery]:
    """Run a nursery."""
    made = Nursery()
    try:
        yield made
    finally:
        made.close()


def _serve(line: socket.socket) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody here waits for the dead
    while order := line.recv(8192):
        config, log, stopped = order.split(b"\0")
        pid = os.fork()
        if not pid:
            line.close()
            _live(config, log, stopped=bool(stopped))
        line.send(b"%d" % pid)


def _live(config: bytes, log: bytes, *, stopped: bool) -> None:
    status = 70
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        libc.prctl(_PR_SET_PTRACER, ctypes.c_long(-1))  # any tracer, where the kernel lets only parents trace
        _write_into(log)
        if stopped:
            os.kill(os.getpid(), signal.SIGSTOP)
        status = main(["run", "--config", os.fsdecode(config)])
    finally:
        os._exit(status)


def _write_into(log: bytes) -> None:
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for standard in (1, 2):
        os.dup2(file, standard)
    os.close(file)


def _name_threads() -> None:
    """Tell the kernel the names of threads, as Python itself does from 3.14 on: the sweep chooses among them."""
    libc, begin = ctypes.CDLL(None), threading.Thread._set_native_id  # type: ignore[attr-defined]

    def begin_named(thread: threading.Thread) -> None:
        begin(thread)
        libc.prctl(_PR_SET_NAME, thread.name.encode()[:15])

    threading.Thread._set_native_id = begin_named  # type: ignore[attr-defined]


if __name__ == "__main__":
    _name_threads()
    _serve(socket.socket(fileno=int(sys.argv[1])))
