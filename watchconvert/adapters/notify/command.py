"""A command of the administrator's: the message comes to it as JSON on its standard input.

It gets no shell, no secret of the daemon's, no descriptor, and a process group
of its own, which ends with its time.
"""

import contextlib
import json
import os
import resource
import signal
import subprocess
import threading

from watchconvert.adapters.notify.sender import NotSentError, as_plain
from watchconvert.core.messages import Message
from watchconvert.core.settings import Notify

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "USER", "LOGNAME")
"""What a command gets of the environment: nothing that could be a credential."""
_USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_MOST_FILES, _LARGEST_FILE = 256, 2**30


class Command:
    """Starts one program for each message."""

    def __init__(self, notify: Notify) -> None:
        self._words, self._limit = list(notify.command), notify.time_limit
        self._lock = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def send(self, message: Message) -> str:
        """Hand a message to the command.

        Raises:
            NotSentError: it could not be started, did not end in time, or ended with another status than 0.

        """
        process = self._start(message)
        try:
            process.communicate(json.dumps(as_plain(message)).encode("ascii"), self._limit)
        except subprocess.TimeoutExpired:
            raise NotSentError(f"the command did not end within {self._limit:g} s") from None
        finally:
            self._end(process)
        if process.returncode < 0:
            raise NotSentError(f"the command was ended by signal {-process.returncode}")
        if process.returncode:
            raise NotSentError(f"the command ended with status {process.returncode}")
        return ""

    def _start(self, message: Message) -> subprocess.Popen[bytes]:
        kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        with self._lock:
            if self._stopped:
                raise NotSentError("the daemon is stopping")
            try:
                self._running = process = subprocess.Popen(
                    self._words,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    cwd="/",
                    env={"PATH": _USUAL_PATH} | kept | {"WATCHCONVERT_KIND": message.kind},
                    start_new_session=True,
                )
            except (OSError, ValueError) as fault:
                said = fault.strerror if isinstance(fault, OSError) else str(fault)
                raise NotSentError(f"the command cannot be started: {said}") from None
        self._bound(process.pid)
        return process

    def _bound(self, pid: int) -> None:
        """Bound what it may use, from outside: between fork and exec nothing may run in a process of many threads."""
        seconds = int(self._limit) + 1
        limits = {
            resource.RLIMIT_CPU: seconds,
            resource.RLIMIT_NOFILE: _MOST_FILES,
            resource.RLIMIT_FSIZE: _LARGEST_FILE,
            resource.RLIMIT_CORE: 0,
        }
        for which, limit in limits.items():
            # It may be over already, or the sandbox does not let us; its time is bounded in any case.
            with contextlib.suppress(OSError, ValueError):
                resource.prlimit(pid, which, (limit, limit))

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        """See that it has ended; one that is not over by now takes its whole group along."""
        with self._lock:
            self._running = None
            if process.poll() is None:
                _kill(process)
        process.wait()
        if process.stdin:
            with contextlib.suppress(OSError):
                process.stdin.close()

    def stop(self) -> None:
        """End what runs, and start nothing more."""
        with self._lock:
            self._stopped = True
            if self._running is not None and self._running.poll() is None:
                _kill(self._running)


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
