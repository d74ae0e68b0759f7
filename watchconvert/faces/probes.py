"""What a folder's file system can do, found out by trying it on a scratch file; nothing is left of it."""

import contextlib
import ctypes
import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from watchconvert.adapters.files import looks
from watchconvert.core.naming import STAGE
from watchconvert.core.settle import Writer

_RENAME_NOREPLACE = 1
_UNKNOWN = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)
_libc = ctypes.CDLL(None, use_errno=True)
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class Abilities:
    """What came of the try."""

    renames: bool = False
    """Whether a rename that replaces nothing (renameat2(2), RENAME_NOREPLACE) is known there."""
    leases: bool = False
    """Whether the kernel gives read leases there (fcntl(2), F_SETLEASE)."""
    fault: str = ""
    """Why it could not be tried."""


def try_out(folder: int) -> Abilities:
    """Make a scratch file in an open folder, lease it, rename it, and remove it; never raises.

    The scratch folder lies in the stage where there is one.  Its name begins with a dot: such are left alone in stages
    and inboxes alike, should this process be killed before it has cleaned up.
    """
    try:
        with _scratch(folder) as scratch:
            file = os.open(b"one", os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=scratch)
            os.close(file)
            leases = looks.writer_of(scratch, b"one") is Writer.NONE
            renames = _libc.renameat2(scratch, b"one", scratch, b"two", _RENAME_NOREPLACE) == 0
            number = ctypes.get_errno()
            if not renames and number not in _UNKNOWN:
                return Abilities(fault=os.strerror(number))
            return Abilities(renames, leases)
    except OSError as fault:
        return Abilities(fault=fault.strerror or str(fault))


@contextlib.contextmanager
def _scratch(folder: int) -> Iterator[int]:
    """Make a folder of our own in the stage, or beside where it will be, and remove it with what is in it."""
    name = b".check-%d" % os.getpid()
    with contextlib.ExitStack() as stack:
        above = folder
        with contextlib.suppress(FileNotFoundError):
            above = os.open(STAGE, _FOLDER, dir_fd=folder)
            stack.callback(os.close, above)
        name = name if above != folder else STAGE + b"-" + name[1:]
        os.mkdir(name, 0o700, dir_fd=above)
        stack.callback(os.rmdir, name, dir_fd=above)
        scratch = os.open(name, _FOLDER, dir_fd=above)
        stack.callback(os.close, scratch)
        try:
            yield scratch
        finally:
            for left in (b"one", b"two"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(left, dir_fd=scratch)


def find_stage_fault(folder: int) -> str:
    """Return why the stage in an open folder would be refused; empty where it is in order or not there yet."""
    try:
        status = os.stat(STAGE, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return ""
    if not stat.S_ISDIR(status.st_mode):
        return f"{STAGE.decode()} in it is no folder"
    if status.st_uid != os.geteuid() and os.geteuid() != 0:
        return f"{STAGE.decode()} in it belongs to another user (number {status.st_uid})"
    if stat.S_IMODE(status.st_mode) & 0o022:
        return f"others may write into {STAGE.decode()} in it"
    return ""


def is_read_only(path: str) -> bool:
    """Tell whether a path lies on a mount that is read-only for this process."""
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def count_folders(path: str, most: int) -> int:
    """Return how many folders a path has with itself, `most` at most; links are not followed."""
    count = 0
    for _ in os.walk(path):
        count += 1
        if count >= most:
            break
    return count
