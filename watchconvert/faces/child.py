"""The built-in server as a child of the daemon (url = "local").

The daemon opens the listening socket and hands it down, so that the address
stays the same when the child is started again, and requests wait meanwhile.
"""

import importlib.util
import os
import secrets
import socket
import subprocess
import sys
from typing import Any

from watchconvert.core.config import ConfigError, Problem

WHERE_IT_IS = "the Debian package watchconvert-local, or pip install 'watchconvert[local]'"


class LocalServer:
    """A `watchconvert local` of our own; it ends when we do, however we end."""

    def __init__(self, log: Any, workers: int, *, log_level: str = "") -> None:
        if importlib.util.find_spec("aiohttp") is None:
            remedy = f"Install it: {WHERE_IT_IS}."
            raise ConfigError(
                [Problem("[service] url", 'is "local", but the built-in server is not installed', remedy)]
            )
        self._log, self._workers = log, workers
        self._options = ["--log-level", log_level] if log_level else []
        self.secret = secrets.token_urlsafe(24)
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._process: subprocess.Popen[bytes] | None = None
        self.look_after()

    def look_after(self) -> None:
        """Start the child, again if it has ended."""
        if self._process is not None:
            if self._process.poll() is None:
                return
            self._log.error("local_server_ended", code=self._process.returncode)
            self._close_pipe()
        number = self._socket.fileno()
        command = [sys.executable, "-m", "watchconvert.localapi", "--fd", str(number), "--exit-with-stdin"]
        self._process = subprocess.Popen(
            [*command, *self._options, "--queue", str(max(64, 4 * self._workers))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=sys.stderr,
            pass_fds=[number],
            process_group=0,  # an interrupt at the terminal is ours to heed: what is in hand comes to its end first
            env=os.environ | {"WATCHCONVERT_LOCAL_SECRET": self.secret},
        )
        self._log.info("local_server", url=self.url)

    def stop(self) -> None:
        """End the child."""
        if self._process is not None:
            self._close_pipe()
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._socket.close()

    def _close_pipe(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
