"""The system calls that change a file system, one method each.

Everything that the daemon does to files goes through one `Disk`, so that tests
can make any single call fail or be the last one of the process.
"""

import contextlib
import ctypes
import errno
import os

_RENAME_NOREPLACE = 1
_libc = ctypes.CDLL(None, use_errno=True)
_BLOCK, _PIECE = 1 << 20, 1 << 30
_UNSUPPORTED = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)
_NO_LINKS = (*_UNSUPPORTED, errno.EPERM, errno.EMLINK)


class Disk:
    """Thin names for system calls; folders are descriptors, names are bytes."""

    def make_folder(self, folder: int, name: bytes, mode: int) -> None:
        """Make a folder; FileExistsError when the name is taken."""
        os.mkdir(name, mode, dir_fd=folder)

    def remove_folder(self, folder: int, name: bytes) -> None:
        """Remove an empty folder."""
        os.rmdir(name, dir_fd=folder)

    def create(self, folder: int, name: bytes, mode: int) -> int:
        """Make a new file and return a descriptor to write it; FileExistsError when the name is taken."""
        return os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode, dir_fd=folder)

    def write(self, file: int, data: bytes) -> None:
        """Write all of `data`."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(file, rest) :]

    def copy(self, reader: int, writer: int) -> None:
        """Copy what is left of one open file to another; the two share it where the file system can do that."""
        with contextlib.suppress(OSError):  # what cannot be copied so is copied below, or fails there for good
            while os.copy_file_range(reader, writer, _PIECE):
                pass
        while block := os.read(reader, _BLOCK):
            self.write(writer, block)

    def reserve(self, file: int, size: int) -> None:
        """Reserve room for `size` bytes, so that a full disk is known before the first one."""
        if size > 0:
            os.posix_fallocate(file, 0, size)

    def sync(self, file: int) -> None:
        """Make a file or folder durable; file systems that cannot sync a folder are forgiven."""
        try:
            os.fsync(file)
        except OSError as fault:
            if fault.errno not in _UNSUPPORTED:
                raise

    def unlink(self, folder: int, name: bytes) -> None:
        """Remove a name."""
        os.unlink(name, dir_fd=folder)

    def replace(self, source: int, name: bytes, target: int, new_name: bytes) -> None:
        """Rename, in place of whatever file has the new name; only where the route says so."""
        os.replace(name, new_name, src_dir_fd=source, dst_dir_fd=target)

    def rename_new(self, source: int, name: bytes, target: int, new_name: bytes) -> None:
        """Rename without ever replacing anything.

        Raises:
            FileExistsError: the new name is taken.
            OSError: errno says why; EXDEV when the folders are on two file systems.

        """
        result = _libc.renameat2(source, name, target, new_name, _RENAME_NOREPLACE)
        if result == 0:
            return
        number = ctypes.get_errno()
        if number not in _UNSUPPORTED:
            raise OSError(number, os.strerror(number), os.fsdecode(new_name))
        if _is_private(target):
            _require_free(target, new_name)
            os.rename(name, new_name, src_dir_fd=source, dst_dir_fd=target)
        else:
            self._link_new(source, name, target, new_name)

    def _link_new(self, source: int, name: bytes, target: int, new_name: bytes) -> None:
        """Rename where the flag is unknown (network file systems): a hard link never replaces either."""
        try:
            os.link(name, new_name, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
        except FileExistsError:
            if not _is_same(source, name, target, new_name):
                raise
        except OSError as fault:
            if fault.errno not in _NO_LINKS:
                raise
            self._reserve_new(source, name, target, new_name)
            return
        os.unlink(name, dir_fd=source)

    def _reserve_new(self, source: int, name: bytes, target: int, new_name: bytes) -> None:
        """Rename where there are no hard links either: an empty file of our own takes the name first."""
        os.close(self.create(target, new_name, 0o600))
        os.replace(name, new_name, src_dir_fd=source, dst_dir_fd=target)


def _is_private(folder: int) -> bool:
    """Tell whether nobody else can make names in a folder: a stage.

    There a plain rename cannot replace anything that came in between; it needs no hard links, and keeps the number of
    the inode where a hard link would get another (sshfs).
    """
    status = os.fstat(folder)
    return status.st_uid == os.geteuid() and not status.st_mode & 0o077


def _require_free(folder: int, name: bytes) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.stat(name, dir_fd=folder, follow_symlinks=False)
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), os.fsdecode(name))


def _is_same(source: int, name: bytes, target: int, new_name: bytes) -> bool:
    """Tell whether two names are one file: then an earlier life was cut off between link and unlink."""
    one = os.stat(name, dir_fd=source, follow_symlinks=False)
    two = os.stat(new_name, dir_fd=target, follow_symlinks=False)
    return os.path.samestat(one, two)
