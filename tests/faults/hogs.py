"""Filling a disk to the last byte or inode, and freeing it."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

_FULL = (errno.ENOSPC, errno.EDQUOT)


class Hog:
    """Takes what a disk has left of bytes or inodes; a little is kept back for what a test itself drops."""

    def __init__(self, disk: Path, what: str) -> None:
        self._home, self._what = disk / "hog", what
        self.is_full = False

    def fill(self, leave: int = 0) -> None:
        """Take all there is, or all but so many bytes."""
        self._home.mkdir(exist_ok=True)
        if self._what == "inodes":
            self._take(lambda number: (self._home / f"inode-{number}").touch())
        else:
            self._fill_bytes()
            if leave:
                os.truncate(self._home / "bytes", (self._home / "bytes").stat().st_size - leave)
        self.is_full = True

    def _take(self, more: Callable[[int], None]) -> None:
        number = len(list(self._home.iterdir()))
        try:
            while True:
                more(number)
                number += 1
        except OSError as fault:
            if fault.errno not in _FULL:
                raise

    def _fill_bytes(self) -> None:
        with (self._home / "bytes").open("ab", buffering=0) as file:
            for size in (1 << 20, 1 << 16, 1 << 12, 512, 1):
                self._take(lambda _, size=size: self._write(file.fileno(), size))

    @staticmethod
    def _write(file: int, size: int) -> None:
        # Noise, and synced: what is compressed or not yet allocated fills nothing.
        data = os.urandom(size)
        if os.write(file, data) < size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(file)

    def drop(self, put: Callable[[], object]) -> None:
        """Let a person put a file there although all is taken: just so much is freed for a moment."""
        self.free()
        put()
        self.fill()

    def free(self) -> None:
        """Give everything back."""
        shutil.rmtree(self._home)
        self.is_full = False
