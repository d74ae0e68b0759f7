"""A service manager's end of the notify socket, as systemd would hold it."""

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path


class Manager:
    """Gathers what the daemon tells, one list of lines for each message."""

    def __init__(self, path: Path) -> None:
        self.told: list[list[str]] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.bind(str(path))
        self._socket.settimeout(0.1)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        while not self._done.is_set():
            with contextlib.suppress(TimeoutError):
                self.told.append(self._socket.recv(8192).decode().splitlines())

    def lines(self) -> list[str]:
        """Everything that was told, line by line."""
        return [line for message in list(self.told) for line in message]

    def count(self, line: str) -> int:
        return self.lines().count(line)

    def status(self) -> str:
        """The last status in words."""
        return next((line for line in reversed(self.lines()) if line.startswith("STATUS=")), "")[7:]

    def close(self) -> None:
        self._done.set()
        self._thread.join()
        self._socket.close()


@contextlib.contextmanager
def managing(folder: Path, **more: str) -> Iterator[Manager]:
    """Be the service manager of every daemon that is started meanwhile."""
    # The path of a socket must be short, which that of a test's folder need not be.
    (folder / "m").mkdir()
    short = Path(f"/proc/{os.getpid()}/fd/{os.open(folder / 'm', os.O_PATH | os.O_DIRECTORY)}")
    manager = Manager(short / "n")
    before = dict(os.environ)
    os.environ.update({"NOTIFY_SOCKET": str(short / "n"), **more})
    try:
        yield manager
    finally:
        os.environ.clear()
        os.environ.update(before)
        manager.close()
        os.close(int(short.name))
