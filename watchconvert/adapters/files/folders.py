"""Opening folders safely, and the stage inside each that only the daemon owns."""

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Iterator

from watchconvert.adapters.files.disk import Disk
from watchconvert.core.naming import STAGE

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class ForeignStageError(OSError):
    """The hidden folder that should be the daemon's own belongs to somebody else."""


def real_path(path: str) -> str:
    """Return the path with every symbolic link resolved, for use from the start of the daemon on."""
    return os.path.realpath(path)


class Folders:
    """Opens folders and stages; `host` names this machine's part of a stage on a shared folder."""

    def __init__(self, disk: Disk, host: bytes) -> None:
        self.disk, self._host = disk, host

    @contextlib.contextmanager
    def open(self, path: str) -> Iterator[int]:
        """Open a folder by an absolute path that must not hold a symbolic link.

        Raises:
            OSError: it is not there, is a link (ELOOP, ENOTDIR), or cannot be read.

        """
        fd = _walk(os.open("/", _FOLDER), os.fsencode(path).strip(b"/"))
        try:
            yield fd
        finally:
            os.close(fd)

    @contextlib.contextmanager
    def below(self, root: int, relative: bytes) -> Iterator[int]:
        """Open a folder below an open one, never through a link; empty means the same folder."""
        fd = _walk(os.dup(root), relative)
        try:
            yield fd
        finally:
            os.close(fd)

    def ensure_below(self, root: int, relative: bytes) -> None:
        """Make the folders of a relative path that are not there yet, durably."""
        fd = os.dup(root)
        try:
            for piece in filter(None, relative.split(b"/")):
                self._ensure(fd, piece, 0o777)
                fd = _step(fd, piece)
        finally:
            os.close(fd)

    def ensure(self, path: str) -> None:
        """Make a folder and those above it, durably, if they are not there."""
        with self.open("/") as root:
            self.ensure_below(root, os.fsencode(path))

    @contextlib.contextmanager
    def stage(self, folder: int, job_id: str | None = None) -> Iterator[int]:
        """Open this host's stage in an open folder, or a job's folder in it, making them if need be.

        Raises:
            ForeignStageError: the hidden folder is not ours or others may write into it.

        """
        pieces = [STAGE, self._host] + ([job_id.encode()] if job_id else [])
        fd = os.dup(folder)
        try:
            for piece in pieces:
                self._ensure(fd, piece, 0o700)
                fd = _step(fd, piece)
                _check_ours(fd)
            yield fd
        finally:
            os.close(fd)

    def close_stage(self, folder: int, job_id: str) -> None:
        """Remove a job's folder in the stage if it is empty; a file in it is never removed."""
        with self.stage(folder) as stage:
            try:
                self.disk.remove_folder(stage, job_id.encode())
            except OSError as fault:
                if fault.errno not in (errno.ENOENT, errno.ENOTEMPTY):
                    raise

    def empty_stage(self, folder: int, job_id: str) -> None:
        """Remove a job's folder in an outbox's stage with the parts that an interrupted step left in it."""
        with self.stage(folder) as stage:
            name = job_id.encode()
            with contextlib.suppress(FileNotFoundError):
                with self.below(stage, name) as own:
                    for left in os.listdir(own):
                        self.disk.unlink(own, os.fsencode(left))
                self.disk.remove_folder(stage, name)

    def staged_ids(self, path: str) -> list[str]:
        """Return the job ids that have a folder in this host's stage of a folder."""
        with self.open(path) as folder, self.stage(folder) as stage:
            return os.listdir(stage)

    def free_bytes(self, path: str) -> int:
        """Return the bytes that this process may still write there."""
        return shutil.disk_usage(path).free

    def device(self, path: str) -> int:
        """Return the device number of a folder."""
        with self.open(path) as folder:
            return os.fstat(folder).st_dev

    def device_above(self, path: str) -> int:
        """Return the device number of the nearest folder at or above a path that exists."""
        while not os.path.isdir(path):
            path = os.path.dirname(path)
        return os.stat(path).st_dev

    def _ensure(self, folder: int, name: bytes, mode: int) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.stat(name, dir_fd=folder, follow_symlinks=False)
            return
        with contextlib.suppress(FileExistsError):
            self.disk.make_folder(folder, name, mode)
            self.disk.sync(folder)


def _walk(fd: int, relative: bytes) -> int:
    for piece in filter(None, relative.split(b"/")):
        fd = _step(fd, piece)
    return fd


def _step(fd: int, name: bytes) -> int:
    """Open a folder in an open one, whose descriptor is used up."""
    try:
        if name in (b".", b".."):
            raise OSError(errno.EINVAL, "a path that leaves its folder", os.fsdecode(name))
        return os.open(name, _FOLDER, dir_fd=fd)
    finally:
        os.close(fd)


def _check_ours(stage: int) -> None:
    status = os.fstat(stage)
    if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o022:
        raise ForeignStageError(
            errno.EPERM,
            f"the folder {STAGE.decode()} belongs to another user or others may write into it; "
            "remove it or give it to the user that watchconvert runs as, with mode 0700",
        )
