"""The page as a child of the daemon, which opens the address, and starts the child again when it ends.

Whatever is wrong with the page is told in the log and the status and tried
again; it never keeps the daemon from its work.
"""

import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from socket import AF_INET, AF_INET6, AF_UNIX, SOCK_STREAM, create_server, socket
from typing import Any

from watchconvert.core.config import ConfigError
from watchconvert.core.settings import Config
from watchconvert.core.web import UNIX, split_address
from watchconvert.faces.check import web_problems
from watchconvert.faces.load import find_token

_BACKLOG = 64
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 60.0
"""Seconds until an address that cannot be had, or a child that ended, is tried again; they double each time."""
_LONG_LIFE = 60.0
"""Seconds after which a child that ends counts as one that had worked."""
_PATIENCE = 2.0
_MAY_KNOW = ("HOME", "JOURNAL_STREAM", "LANG", "LANGUAGE", "PATH", "TZ", "TMPDIR", "VIRTUAL_ENV")
"""Variables that the child gets; none of them holds a secret or speaks to the service manager."""


@dataclass(frozen=True)
class Brief:
    """What the child is told at its start."""

    config: Config
    token: str
    """Empty: nothing can be done by the page."""
    url: str


def listen_at(address: str) -> socket:
    """Open the address of the page.

    Raises:
        OSError: it is taken, or may not be used.

    """
    if not address.startswith(UNIX):
        host, port = split_address(address)
        return create_server((host, port), family=AF_INET6 if ":" in host else AF_INET, backlog=_BACKLOG)
    path = Path(address.removeprefix(UNIX))
    if path.is_socket():
        path.unlink()
    own = socket(AF_UNIX, SOCK_STREAM)
    try:
        own.bind(str(path))
        path.chmod(0o660)
        own.listen(_BACKLOG)
    except OSError:
        own.close()
        raise
    return own


def url_of(listening: socket) -> str:
    """Return where a browser finds what listens there."""
    if listening.family == AF_UNIX:
        return UNIX + str(listening.getsockname())
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


class Page:
    """The page, if the configuration asks for one."""

    def __init__(self, log: Any, steady: Callable[[], float]) -> None:
        self._log, self._steady = log, steady
        self._config: Config | None = None
        self._socket: socket | None = None
        self._listen = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._born, self._again_at, self._pause = 0.0, 0.0, _FIRST_PAUSE
        self._fault = ""

    def show(self, config: Config) -> None:
        """Show the page as a configuration says; what was shown before ends."""
        self._end_child()
        if config.web.listen != self._listen:
            self._close()
        self._config, self._listen = config, config.web.listen
        self._again_at, self._pause, self._fault = 0.0, _FIRST_PAUSE, ""
        self.look_after()

    def told(self) -> dict[str, str]:
        """Return where the page is, and what is wrong with it; empty when there is none."""
        if not self._listen:
            return {}
        return {"url": url_of(self._socket) if self._socket else "", "fault": self._fault}

    def look_after(self) -> None:
        """Start the page where it is wanted and does not run; never raises for what is wrong with it."""
        if self._config is None or not self._config.web.listen:
            return
        if self._process is not None:
            if self._process.poll() is None:
                return
            self._bury(self._process)
        if self._steady() >= self._again_at:
            try:
                self._start(self._config)
            except (OSError, ConfigError) as fault:
                self._fail(str(fault))

    def stop(self) -> None:
        """End the page."""
        self._end_child()
        self._close()
        self._config = None

    def _start(self, config: Config) -> None:
        if problems := web_problems(config):
            raise ConfigError(problems)
        token = find_token(config)
        if self._socket is None:
            self._socket = listen_at(config.web.listen)
        url = url_of(self._socket)
        with _memory(Brief(config, token, url)) as brief:
            self._process = _spawn(self._socket.fileno(), brief)
        self._born, self._fault = self._steady(), ""
        self._log.info("web", url=url)

    def _bury(self, process: subprocess.Popen[bytes]) -> None:
        """Take note that the child has ended by itself."""
        if self._steady() - self._born > _LONG_LIFE:
            self._pause = _FIRST_PAUSE
        _close_pipe(process)
        self._process = None
        self._fail(f"its process ended with {process.returncode}")

    def _fail(self, why: str) -> None:
        self._again_at = self._steady() + self._pause
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        self._fault = why
        self._log.error("web_failed", listen=self._listen, why=why)

    def _end_child(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        _close_pipe(process)
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _close(self) -> None:
        if self._socket is None:
            return
        if self._socket.family == AF_UNIX:
            with contextlib.suppress(OSError):
                Path(self._socket.getsockname()).unlink()
        self._socket.close()
        self._socket = None


def _memory(brief: Brief) -> Any:
    """Return an open file that only the child gets: neither arguments nor environment are secret, a pipe may fill."""
    number = os.memfd_create("watchconvert-web", os.MFD_CLOEXEC)
    file = os.fdopen(number, "w+b")
    pickle.dump(brief, file)
    file.flush()
    file.seek(0)
    return file


def _spawn(listening: int, brief: Any) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "watchconvert.faces.web", str(listening), str(brief.fileno())]
    known = {
        name: value for name, value in os.environ.items() if name in _MAY_KNOW or name.startswith(("LC_", "PYTHON"))
    }
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=sys.stderr,
        pass_fds=[listening, brief.fileno()],
        env=known,
    )


def _close_pipe(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
