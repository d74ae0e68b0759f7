"""A file system in user space that shows a folder under another path: `python passthrough.py FOLDER MOUNT_POINT`.

The kernel brings no events of what happens to FOLDER behind its back, as with a network share; there are no hard links
and no renames that spare what has the name, as on many of them. A name that ends in ".broken" can be listed and not be
read, as after a damaged sector.
"""

import errno
import os
import sys
from typing import Any

from mfusepy import FUSE, Operations

TIMES = ("st_mtime", "st_atime", "st_ctime")
FACTS = ("st_mode", "st_nlink", "st_uid", "st_gid", "st_size", "st_blocks")
ROOM = ("f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_favail", "f_ffree", "f_files", "f_frsize", "f_namemax")


class Passthrough(Operations):  # type: ignore[misc]
    """Each operation by the same call on the folder."""

    use_ns = True

    def __init__(self, top: str) -> None:
        self.top = top

    def getattr(self, path: str, fh: int | None = None) -> dict[str, int]:
        status = os.lstat(self.top + path)
        return {name: getattr(status, f"{name}_ns") for name in TIMES} | {name: getattr(status, name) for name in FACTS}

    def readdir(self, path: str, fh: int) -> list[str]:
        return [".", "..", *os.listdir(self.top + path)]

    def open(self, path: str, flags: int) -> int:
        if path.endswith(".broken"):
            raise OSError(errno.EIO, "a damaged sector")
        return os.open(self.top + path, flags)

    def create(self, path: str, mode: int, fi: Any = None) -> int:
        return os.open(self.top + path, os.O_RDWR | os.O_CREAT, mode)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return os.pread(fh, size, offset)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        return os.pwrite(fh, data, offset)

    def release(self, path: str, fh: int) -> int:
        os.close(fh)
        return 0

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        os.fsync(fh)
        return 0

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        os.truncate(self.top + path, length)
        return 0

    def unlink(self, path: str) -> int:
        os.unlink(self.top + path)
        return 0

    def rename(self, old: str, new: str) -> int:
        os.rename(self.top + old, self.top + new)
        return 0

    def chmod(self, path: str, mode: int) -> int:
        os.chmod(self.top + path, mode)
        return 0

    def chown(self, path: str, uid: int, gid: int) -> int:
        os.chown(self.top + path, uid, gid)
        return 0

    def utimens(self, path: str, times: tuple[int, int] | None = None) -> int:
        os.utime(self.top + path, ns=times or (0, 0))
        return 0

    def mkdir(self, path: str, mode: int) -> int:
        os.mkdir(self.top + path, mode)
        return 0

    def rmdir(self, path: str) -> int:
        os.rmdir(self.top + path)
        return 0

    def statfs(self, path: str) -> dict[str, int]:
        found = os.statvfs(self.top + path)
        return {name: getattr(found, name) for name in ROOM}


if __name__ == "__main__":
    FUSE(Passthrough(os.path.abspath(sys.argv[1])), sys.argv[2], foreground=True)
