"""Opening folders safely, and the stage inside each that only the daemon owns."""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator, Mapping

from watchconvert.adapters.files.disk import Disk
from watchconvert.adapters.files.locks import Locks
from watchconvert.core.naming import STAGE

_FEW = 8
_DEFAULT_ACL = "system.posix_acl_default"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class ForeignStageError(OSError):
    """The hidden folder that should be the daemon's own belongs to somebody else."""


def real_path(path: str) -> str:
    """Return the path with every symbolic link resolved, for use from the start of the daemon on."""
    return os.path.realpath(path)


class MissingMountError(OSError):
    """A folder that was there once is another one now: its mount is missing."""

    def __init__(self, path: str) -> None:
        why = f"its mount is missing: {path} is not the folder that it was (it has no {STAGE.decode()} in it)"
        super().__init__(errno.ENODEV, why)


class Folders:
    """Opens folders and stages; `host` names this machine's part of a stage on a shared folder."""

    def __init__(self, disk: Disk, host: bytes) -> None:
        self.disk, self._host = disk, host
        self._known: dict[str, int] = {}
        self.locks = Locks()

    def know(self, folders: Mapping[str, int]) -> None:
        """Take note of folders that were there once, with their device numbers, so that a missing mount is noticed."""
        self._known |= folders

    @contextlib.contextmanager
    def open(self, path: str) -> Iterator[int]:
        """Open a folder by an absolute path that must not hold a symbolic link.

        Raises:
            OSError: it is not there, is a link (ELOOP, ENOTDIR), or cannot be read.

        """
        fd = _walk(os.open("/", _FOLDER), os.fsencode(path).strip(b"/"))
        try:
            self._check_mounted(path, fd)
            yield fd
        finally:
            os.close(fd)

    def _check_mounted(self, path: str, fd: int) -> None:
        """Refuse a folder that is not the one that was there: a mount point whose mount is missing.

        Device numbers of some file systems change with each mount, so a folder
        that still has its stage is the right one whatever its number.
        """
        known = self._known.get(path)
        if known is None or os.fstat(fd).st_dev == known:
            return
        try:
            os.stat(STAGE, dir_fd=fd, follow_symlinks=False)
        except FileNotFoundError:
            raise MissingMountError(path) from None
        self._known[path] = os.fstat(fd).st_dev

    def lock_stage(self, path: str) -> bool:
        """Keep other daemons of this host off a folder while this one lives; False when one has it already."""
        with self.open(path) as folder:
            return self.locks.take(folder)

    @contextlib.contextmanager
    def below(self, root: int, relative: bytes) -> Iterator[int]:
        """Open a folder below an open one, never through a link; empty means the same folder."""
        fd = _walk(os.dup(root), relative)
        try:
            yield fd
        finally:
            os.close(fd)

    def ensure_below(self, root: int, relative: bytes) -> list[tuple[bytes, int]]:
        """Make the missing folders of a relative path, durably; returns those that were made, with their inodes."""
        fd, made, so_far = os.dup(root), list[tuple[bytes, int]](), b""
        try:
            for piece in filter(None, relative.split(b"/")):
                so_far = so_far + b"/" + piece if so_far else piece
                is_new = self._ensure(fd, piece, 0o777)
                fd = _step(fd, piece)
                if is_new:
                    made.append((so_far, os.fstat(fd).st_ino))
        finally:
            os.close(fd)
        return made

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

    def prune(self, path: str, relative: bytes) -> None:
        """Remove a sub-folder and those above it as far as they are empty; the folder itself stays."""
        while relative:
            above, _, name = relative.rpartition(b"/")
            try:
                with self.open(path) as root, self.below(root, above) as folder:
                    self.disk.remove_folder(folder, name)
            except OSError as fault:
                if fault.errno not in (errno.ENOTEMPTY, errno.ENOENT, errno.EACCES, errno.EPERM, errno.ENOTDIR):
                    raise
                return
            relative = above

    def staged_ids(self, path: str) -> list[str]:
        """Return the job ids that have a folder in this host's stage of a folder."""
        with self.open(path) as folder, self.stage(folder) as stage:
            return [name for name in os.listdir(stage) if not name.startswith(".")]

    def check_writable(self, folder: int) -> None:
        """Find out at little cost whether files can be renamed into an open folder.

        Raises:
            OSError: they cannot.

        """
        if not os.access(b".", os.W_OK | os.X_OK, dir_fd=folder, effective_ids=True):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    def free_bytes(self, path: str) -> int:
        """Return the bytes that this process may still write there; OSError where no more files can be made."""
        status = os.statvfs(path)
        if status.f_files and status.f_favail < _FEW:
            raise OSError(errno.ENOSPC, "no more files can be made there (no free inodes)")
        return status.f_bavail * status.f_frsize

    def is_prepared(self, path: str) -> bool:
        """Tell whether a folder is there and its device is known."""
        try:
            with self.open(path):
                return path in self._known
        except FileNotFoundError:
            return False

    def device(self, path: str) -> int:
        """Return the device number of a folder."""
        with self.open(path) as folder:
            return os.fstat(folder).st_dev

    def mark(self, path: str) -> int:
        """Make the stage of a folder, by which it is known again, and return the folder's device number."""
        with self.open(path) as folder, self.stage(folder):
            return os.fstat(folder).st_dev

    def device_above(self, path: str) -> int:
        """Return the device number of the nearest folder at or above a path that exists."""
        while not os.path.isdir(path):
            path = os.path.dirname(path)
        return os.stat(path).st_dev

    def _ensure(self, folder: int, name: bytes, mode: int) -> bool:
        """Make a folder if it is not there; tell whether it was made."""
        with contextlib.suppress(FileNotFoundError):
            os.stat(name, dir_fd=folder, follow_symlinks=False)
            return False
        try:
            self.disk.make_folder(folder, name, mode)
        except FileExistsError:
            return False
        self.disk.sync(folder)
        return True


def take_after(folder: int, stage: int) -> None:
    """Give a folder in a stage what a folder hands down to the files in it: its group (setgid) and its default ACL.

    What is made in the stage and then renamed is to be as if it had been made in
    the folder itself, whose defaults may have been set after the stage was made.
    """
    status, own = os.fstat(folder), os.fstat(stage)
    if status.st_mode & stat.S_ISGID and (own.st_gid != status.st_gid or not own.st_mode & stat.S_ISGID):
        # An ordinary user gives files only to groups of its own; the files then keep the user's.
        with contextlib.suppress(PermissionError):
            os.fchown(stage, -1, status.st_gid)
            os.fchmod(stage, 0o2700)
    defaults = _default_acl(folder)
    if defaults != _default_acl(stage):
        if defaults:
            os.setxattr(stage, _DEFAULT_ACL, defaults)
        else:
            os.removexattr(stage, _DEFAULT_ACL)


def _default_acl(folder: int) -> bytes:
    """Return the default ACL as the kernel has it; empty where there is none or the file system has no ACLs."""
    try:
        return os.getxattr(folder, _DEFAULT_ACL)
    except OSError as fault:
        if fault.errno not in (errno.ENODATA, errno.ENOTSUP, errno.ENOSYS):
            raise
        return b""


def _walk(fd: int, relative: bytes) -> int:
    try:
        for piece in filter(None, relative.split(b"/")):
            fd = _step(fd, piece)
    except BaseException:
        os.close(fd)
        raise
    return fd


def _step(fd: int, name: bytes) -> int:
    """Open a folder in an open one, whose descriptor is used up; when this fails it is still the caller's to close."""
    if name in (b".", b".."):
        raise OSError(errno.EINVAL, "a path that leaves its folder", os.fsdecode(name))
    below = os.open(name, _FOLDER, dir_fd=fd)
    os.close(fd)
    return below


def _check_ours(stage: int) -> None:
    status = os.fstat(stage)
    if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o022:
        raise ForeignStageError(
            errno.EPERM,
            f"the folder {STAGE.decode()} belongs to another user or others may write into it; "
            "remove it or give it to the user that watchconvert runs as, with mode 0700",
        )
