"""A disk that can be made to fail, and that forgets what was not synced when the power goes."""

import contextlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.engine.fakes import Crash, Fuse
from watchconvert.adapters.files.disk import Disk

DEATH = 0
"""Instead of a number of an error: the process ends there."""


@dataclass
class Trouble:
    """A system call that fails for as long as this is in the list of troubles."""

    call: str
    number: int
    where: str = ""
    """What must be in the path of the folder or file."""
    afterwards: bool = False
    """Whether the call is done all the same, as network file systems may have it."""


@dataclass
class Pending:
    """A change that is not durable yet, and how it would be if it had never been."""

    waits_for: set[int]
    """Inodes that must be synced."""
    undo: Callable[[], None]
    keep: Callable[[], None] = lambda: None
    """Lets go of what was held for that."""


class FragileDisk(Disk):
    """The real system calls.

    A power cut is the strictest that a file system may make of it: of what was not synced nothing has ever been.
    """

    def __init__(self, fuse: Fuse, troubles: list[Trouble], limbo: Path) -> None:
        self._fuse, self._troubles, self._limbo = fuse, troubles, limbo
        self._pending: list[Pending] = []
        self._count = 0
        limbo.mkdir(exist_ok=True)

    def cut_power(self) -> None:
        """Undo all that was not synced, the latest first."""
        for each in reversed(self._pending):
            with contextlib.suppress(OSError):
                each.undo()
            each.keep()
        self._pending.clear()

    def close(self) -> None:
        """Let go of what was held for a power cut that never came."""
        for each in self._pending:
            each.keep()
        self._pending.clear()

    def _fail(self, call: str, file: int, *, afterwards: bool = False) -> None:
        if self._fuse.blown:
            raise Crash(call)
        path = _path_of(file)
        for each in list(self._troubles):
            if each.call == call and each.where in path and each.afterwards == afterwards:
                if each.number == DEATH:
                    self._troubles.remove(each)
                    self._fuse.blown = True
                    raise Crash(call)
                raise OSError(each.number, os.strerror(each.number))

    def _aside(self) -> Path:
        self._count += 1
        return self._limbo / str(self._count)

    def make_folder(self, folder: int, name: bytes, mode: int) -> None:
        self._fail("make_folder", folder)
        super().make_folder(folder, name, mode)
        path = _join(folder, name)
        # What is in a folder without a name is lost, however well it was synced.
        self._pending.append(Pending({_inode(folder)}, lambda: shutil.rmtree(path)))

    def remove_folder(self, folder: int, name: bytes) -> None:
        self._fail("remove_folder", folder)
        super().remove_folder(folder, name)
        path = _join(folder, name)
        self._pending.append(Pending({_inode(folder)}, lambda: os.mkdir(path, 0o700)))

    def create(self, folder: int, name: bytes, mode: int) -> int:
        self._fail("create", folder)
        file = super().create(folder, name, mode)
        path = _join(folder, name)
        self._pending.append(Pending({_inode(folder)}, lambda: os.unlink(path)))
        return file

    def write(self, file: int, data: bytes) -> None:
        self._fail("write", file)
        super().write(file, data)
        copy = os.dup(file)

        self._pending.append(Pending({_inode(file)}, lambda: os.ftruncate(copy, 0), lambda: os.close(copy)))

    def reserve(self, file: int, size: int) -> None:
        self._fail("reserve", file)
        super().reserve(file, size)

    def sync(self, file: int) -> None:
        self._fail("sync", file)
        super().sync(file)
        inode = _inode(file)
        for each in self._pending:
            each.waits_for.discard(inode)
            if not each.waits_for:
                each.keep()
        self._pending = [each for each in self._pending if each.waits_for]

    def unlink(self, folder: int, name: bytes) -> None:
        self._fail("unlink", folder)
        path, aside = _join(folder, name), self._aside()
        os.rename(path, aside)
        self._pending.append(Pending({_inode(folder)}, lambda: os.rename(aside, path)))
        self._fail("unlink", folder, afterwards=True)

    def rename_new(self, source: int, name: bytes, target: int, new_name: bytes) -> None:
        self._fail("rename_new", target)
        super().rename_new(source, name, target, new_name)
        before, after = _join(source, name), _join(target, new_name)
        self._pending.append(Pending({_inode(source), _inode(target)}, lambda: os.rename(after, before)))
        self._fail("rename_new", target, afterwards=True)

    def replace(self, source: int, name: bytes, target: int, new_name: bytes) -> None:
        before, after, aside = _join(source, name), _join(target, new_name), self._aside()
        with contextlib.suppress(FileNotFoundError):
            os.link(after, aside)
        super().replace(source, name, target, new_name)

        def undo() -> None:
            os.rename(after, before)
            os.rename(aside, after)

        self._pending.append(Pending({_inode(source), _inode(target)}, undo))


def _path_of(file: int) -> str:
    return os.readlink(f"/proc/self/fd/{file}")


def _join(folder: int, name: bytes) -> bytes:
    return os.path.join(os.fsencode(_path_of(folder)), name)


def _inode(file: int) -> int:
    return os.fstat(file).st_ino
