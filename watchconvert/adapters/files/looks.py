"""Looking at files: what a name is, and whether somebody still writes to it."""

import contextlib
import enum
import errno
import fcntl
import os
import signal
import stat
from dataclasses import dataclass

from watchconvert.core.job import Sighting
from watchconvert.core.settle import Writer

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Kind(enum.StrEnum):
    """What lies under a name."""

    FILE = "file"
    FOLDER = "folder"
    MISSING = "missing"
    LINK = "symbolic link"
    SHARED = "file with further names (hard links)"
    OTHER = "device, pipe or socket"
    ELSEWHERE = "something on another file system than the folder it was looked for in"


@dataclass(frozen=True)
class Look:
    """What one look at a name found."""

    kind: Kind
    sighting: Sighting | None = None


def ignore_lease_signals() -> None:
    """Keep a broken lease from killing the process: that is what SIGIO does by default."""
    signal.signal(signal.SIGIO, signal.SIG_IGN)


def sighting_of(status: os.stat_result) -> Sighting:
    """Return the sighting in a stat result."""
    return Sighting(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_uid)


def look_at(folder: int, name: bytes) -> Look:
    """Look at a name in an open folder, following no link."""
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return Look(Kind.MISSING)
    return Look(_kind_of(status), sighting_of(status))


def _kind_of(status: os.stat_result) -> Kind:
    if stat.S_ISDIR(status.st_mode):
        return Kind.FOLDER
    if stat.S_ISLNK(status.st_mode):
        return Kind.LINK
    if not stat.S_ISREG(status.st_mode):
        return Kind.OTHER
    return Kind.FILE if status.st_nlink == 1 else Kind.SHARED


def same_device(one: int, other: int) -> bool:
    """Tell whether two open folders lie on one file system, so that files can be renamed between them."""
    return os.fstat(one).st_dev == os.fstat(other).st_dev


def open_file(folder: int, name: bytes) -> int:
    """Open a plain file for reading, following no link and waiting for nobody.

    Raises:
        OSError: it is not there (ENOENT), is a link (ELOOP) or no plain file (EINVAL), or cannot be read.

    """
    file = os.open(name, _READ, dir_fd=folder)
    try:
        is_plain = stat.S_ISREG(os.fstat(file).st_mode)
    except OSError:
        os.close(file)
        raise
    if not is_plain:
        os.close(file)
        raise OSError(errno.EINVAL, "not a plain file", os.fsdecode(name))
    return file


def take_lease(file: int) -> Writer:
    """Ask the kernel for a read lease: it is refused exactly while somebody has the file open for writing.

    UNKNOWN where a lease cannot be had (network file systems, no CAP_LEASE).
    """
    try:
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as fault:
        return Writer.OPEN if fault.errno == errno.EAGAIN else Writer.UNKNOWN
    return Writer.NONE


def keeps_lease(file: int) -> bool:
    """Tell whether a lease that was taken still holds: then nobody has opened the file for writing since."""
    return fcntl.fcntl(file, fcntl.F_GETLEASE) == fcntl.F_RDLCK


def drop_lease(file: int) -> None:
    """Give a lease back, so that writers need not wait; where none could be had, there is nothing to give back."""
    # Whoever may not take a lease may not give one back either: EACCES without CAP_LEASE, EINVAL where there are none.
    with contextlib.suppress(OSError):
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)


def read_ends(folder: int, name: bytes, head: int, tail: int) -> tuple[bytes, bytes]:
    """Return the first and the last bytes of a file, as many as it has of those wanted.

    Raises:
        OSError: it cannot be opened or read.

    """
    file = open_file(folder, name)
    try:
        size = os.fstat(file).st_size
        return os.pread(file, head, 0), os.pread(file, tail, max(0, size - tail))
    finally:
        os.close(file)


def writer_of(folder: int, name: bytes) -> Writer:
    """Tell whether somebody writes to a file.

    Raises:
        OSError: it cannot be opened for reading.

    """
    try:
        file = open_file(folder, name)
    except BlockingIOError:  # the server's own lease on behalf of a network client
        return Writer.OPEN
    try:
        return take_lease(file)
    finally:
        os.close(file)
