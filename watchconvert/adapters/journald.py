"""systemd's journal: whether it is there, and events with fields for it, by systemd-python where that is installed."""

import contextlib
import os
import select
import socket
from collections.abc import Mapping
from pathlib import Path

SOCKET = "/run/systemd/journal/socket"
"""Where the journal takes events with fields (systemd-journald.service(8)); it is built into libsystemd."""


def is_journal(descriptor: int) -> bool:
    """Tell whether what is written to a descriptor goes to the journal: $JOURNAL_STREAM names it (systemd.exec(5))."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM", "") == f"{found.st_dev}:{found.st_ino}"


class Journald:
    """Sends events to the journal and never waits for it.

    libsystemd waits when the journal's queue is full, and systemd-python holds Python's lock meanwhile: a journal that
    hangs would stop every thread. So a socket of our own is asked whether there is room, and theirs is told not to
    wait, for the case that others fill the queue in between.
    """

    def __init__(self) -> None:
        """Raise ImportError where systemd-python is not installed."""
        from systemd import journal  # noqa: PLC0415 - an extra: its C headers may be missing

        # Its `send` would add the place in this file as the place of the event.
        self._send = journal.sendv
        self._probe: socket.socket | None = None
        self._ino = 0
        self._is_patient = True

    def send(self, fields: Mapping[str, str]) -> bool:
        """Send one event; False when the journal has no room for it now.

        Raises:
            OSError: the journal is not there; systemd-python itself would say nothing of that.

        """
        if not self._has_room():
            return False
        try:
            self._send(*(f"{name}={value}" for name, value in fields.items()))
        except BlockingIOError:
            return False
        if self._is_patient:
            _make_impatient()
            self._is_patient = False
        return True

    def _has_room(self) -> bool:
        """Ask the kernel whether the journal's queue has room; by a new socket when the journal's is another."""
        ino = Path(SOCKET).stat().st_ino
        if self._probe is None or ino != self._ino:
            self._connect(ino)
        poll = select.poll()
        poll.register(self._probe or -1, select.POLLOUT)
        return bool(poll.poll(0))

    def _connect(self, ino: int) -> None:
        if self._probe is not None:
            self._probe.close()
        self._ino = 0
        self._probe = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._probe.connect(SOCKET)
        self._ino = ino


def _make_impatient() -> None:
    """Let libsystemd's socket refuse instead of waiting: it is the one for datagrams that has no name."""
    for number in [int(each.name) for each in Path("/proc/self/fd").iterdir()]:
        with contextlib.suppress(OSError):
            found = socket.socket(fileno=number)
            try:
                if (found.family, found.type) == (socket.AF_UNIX, socket.SOCK_DGRAM) and not found.getsockname():
                    found.settimeout(0)
            finally:
                found.detach()
