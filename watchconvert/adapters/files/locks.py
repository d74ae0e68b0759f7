"""Keeps other daemons of this host off a folder while this one lives.

A lock is a name in the kernel's abstract socket space (unix(7)): it ends with
the process, leaves nothing behind, and keeps no mount busy.
"""

import errno
import os
import socket
from collections.abc import Collection


class Locks:
    """The locks that this process holds."""

    def __init__(self) -> None:
        self._held: dict[str, socket.socket] = {}

    def take(self, folder: int) -> bool:
        """Take the lock of an open folder; False when another daemon has it already."""
        status, system = os.fstat(folder), os.fstatvfs(folder)
        # A file system's own id, where it has one: device numbers are given anew when a mount goes.
        name = f"\0watchconvert/{system.f_fsid or status.st_dev}:{status.st_ino}"
        if name in self._held:
            return True
        lock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        try:
            lock.bind(name)
        except OSError as fault:
            lock.close()
            if fault.errno != errno.EADDRINUSE:
                raise
            return name in self._held
        self._held[name] = lock
        return True

    def names(self) -> set[str]:
        """Return what is held, as `release` takes it."""
        return set(self._held)

    def release(self, but: Collection[str] = ()) -> None:
        """Give every lock back `but` some."""
        for name in self._held.keys() - set(but):
            self._held.pop(name).close()
