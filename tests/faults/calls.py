"""Every system call of the file adapter, so that a test can have any single one fail.

The modules of the adapter see `os`, `fcntl`, `shutil` and the C library through stand-ins that count each call. What a
call is told to fail with is what the kernel would say; the product cannot tell the difference.
"""

import contextlib
import ctypes
import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self
from unittest import mock

from watchconvert.adapters import hand
from watchconvert.adapters.files import disk, folders, looks, moves, parts, places, scans

ERRNOS = (errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.ESTALE, errno.EMFILE)
CHANGING = frozenset(
    {"mkdir", "rmdir", "unlink", "rename", "replace", "link", "renameat2", "fsync", "write", "posix_fallocate", "utime"}
)
"""Calls that may have been done although an error is told, as a network file system does when a reply is lost."""
COMMITS = frozenset({"journal commit", "journal committed"})
_CALLS = {
    "os": CHANGING
    | {
        "open",
        "dup",
        "stat",
        "fstat",
        "fstatvfs",
        "statvfs",
        "read",
        "pread",
        "pwrite",
        "ftruncate",
        "listdir",
        "scandir",
    }
    | {"access", "fchown", "fchmod", "getxattr", "setxattr", "removexattr"},
    "fcntl": {"fcntl"},
    "_libc": {"renameat2"},
}
_MODULES = (disk, folders, hand, looks, moves, parts, places, scans)
_MOST = 200_000
"""Calls after which a trial counts as one that goes round for ever."""


class WedgedError(BaseException):
    """It calls and calls and comes to no end; nothing in the product may catch this."""


@dataclass
class Trouble:
    """Which call fails, with what, and for how long."""

    at: int = -1
    """The number of the first call that fails; -1 for none."""
    number: int = errno.EIO
    manner: str = "once"
    """"once"; "done": once, but the call is done all the same; "kind": all calls of that name from then on; "all"."""
    trace: list[str] = field(default_factory=list)
    calls: int = 0
    """How many calls there were until all was at rest."""
    failed: int = 0
    """How many calls were made to fail."""
    act: Callable[[], None] | None = None
    """What happens just before that call instead of its failing."""
    healed: bool = False
    closed_twice: int = 0
    no_flag: bool = False
    """Whether the file system cannot rename without replacing, so that the daemon goes by hard links."""
    live: bool = False
    """Whether the daemon is at work; what the test itself does to files is left alone."""

    def strikes(self, name: str) -> bool:
        """Count a call, and tell whether it is to fail."""
        if not self.live:
            return False
        here = len(self.trace)
        self.trace.append(name)
        if here > _MOST:
            raise WedgedError(name)
        if self.healed or not 0 <= self.at <= here:
            return False
        if self.act is not None:
            if here == self.at:
                self.act()
            return False
        hit = here == self.at or self.manner == "all" or (self.manner == "kind" and name == self.trace[self.at])
        self.failed += hit
        return hit

    def raise_it(self) -> None:
        """Say what the kernel says."""
        raise OSError(self.number, os.strerror(self.number))

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Count the calls of the daemon meanwhile."""
        self.live = True
        try:
            yield
        finally:
            self.live = False


def _wrap(trouble: Trouble, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def faulty(*given: Any, **named: Any) -> Any:
        if trouble.strikes(name):
            if trouble.manner == "done" and name in CHANGING:
                call(*given, **named)
            if name == "fsync":
                _spoil(*given)
            trouble.raise_it()
        result = call(*given, **named)
        return _Listing(trouble, result) if name == "scandir" else result

    return faulty


def _spoil(file: int) -> None:
    """Lose what was written: after a sync that failed nobody knows what the disk has, and no later sync will tell."""
    status = os.fstat(file)
    if stat.S_ISREG(status.st_mode):
        os.ftruncate(file, 0)
        os.ftruncate(file, status.st_size)


class _Listing:
    """A listing whose every further step may fail."""

    def __init__(self, trouble: Trouble, entries: Any) -> None:
        self._trouble, self._entries = trouble, entries

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._entries.close()

    def __iter__(self) -> "_Listing":
        return self

    def __next__(self) -> Any:
        if self._trouble.strikes("getdents"):
            self._trouble.raise_it()
        return next(self._entries)


class _Library:
    """The C library, whose calls return -1 and leave the number behind."""

    def __init__(self, trouble: Trouble, real: Any) -> None:
        self._trouble, self._real = trouble, real

    def renameat2(self, *given: Any) -> int:
        if self._trouble.no_flag and self._trouble.live:
            ctypes.set_errno(errno.EINVAL)
            return -1
        if self._trouble.strikes("renameat2"):
            if self._trouble.manner == "done":
                self._real.renameat2(*given)
            ctypes.set_errno(self._trouble.number)
            return -1
        result: int = self._real.renameat2(*given)
        return result


class _Calls:
    """A module some of whose functions may fail."""

    def __init__(self, trouble: Trouble, real: Any, names: frozenset[str]) -> None:
        self._real = real
        for name in names & set(dir(real)):
            setattr(self, name, _wrap(trouble, name, getattr(real, name)))
        self._trouble = trouble

    def close(self, file: int) -> None:
        """Close a descriptor; the number of one that is closed twice may be another thread's by then."""
        try:
            os.close(file)
        except OSError as fault:
            self._trouble.closed_twice += fault.errno == errno.EBADF
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


@contextlib.contextmanager
def faulty_calls(trouble: Trouble) -> Iterator[None]:
    """Let the adapter's system calls go through `trouble`."""
    with contextlib.ExitStack() as stack:
        for module in _MODULES:
            for name in _CALLS.keys() & vars(module).keys():
                real = getattr(module, name)
                stand_in = (
                    _Library(trouble, real) if name == "_libc" else _Calls(trouble, real, frozenset(_CALLS[name]))
                )
                stack.enter_context(mock.patch.object(module, name, stand_in))
        yield
