"""Markers: what stands in an inbox for a file that is on its way, so that people see that it was taken.

They are worth nothing, so nothing is synced for them, and a person's file is worth everything: a marker is removed only
if its content is just what the daemon writes, looked at in the stage, where nobody else can change it meanwhile.
"""

import contextlib
import errno
import os
from collections.abc import Callable, Iterator

from watchconvert.adapters.files import looks
from watchconvert.adapters.files.folders import Folders, take_after
from watchconvert.adapters.files.looks import Kind
from watchconvert.adapters.files.places import Home, Places, Spot
from watchconvert.adapters.files.scans import Entry, list_inbox
from watchconvert.core.naming import MARKER_ENDING
from watchconvert.core.notes import marked_job

_STAGE = ".markers"
"""The folder in the stage of an inbox in which markers are made and looked at; the dot hides it from the recovery."""
_MOST = 8192
"""Bytes that are read of what may be a marker."""
_NO_WAY = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)


class Markers:
    """Puts and removes markers in one inbox; used by one loop at a time."""

    def __init__(self, folders: Folders, inbox: str) -> None:
        self._folders, self._disk, self._inbox = folders, folders.disk, inbox

    def put(self, at: Entry, text: str) -> bool:
        """Put a marker in its place, whole; False where something else has the name, or the folder is gone.

        Raises:
            OSError: the inbox cannot be used at the moment.

        """
        with self._opened(at.folder) as (root, home, own):
            if home < 0 or looks.look_at(home, at.name).kind is not Kind.MISSING:
                return False
            take_after(root, own)
            with contextlib.suppress(FileNotFoundError):
                self._disk.unlink(own, at.name)
            file = self._disk.create(own, at.name, 0o666)
            try:
                self._disk.write(file, text.encode())
            finally:
                os.close(file)
            try:
                self._disk.rename_new(own, at.name, home, at.name)
            except FileExistsError:
                self._disk.unlink(own, at.name)
                return False
        return True

    def remove(self, at: Entry) -> None:
        """Remove a marker, if that is what still has the name, and nobody has changed it.

        Raises:
            OSError: the inbox cannot be used at the moment.

        """
        with self._opened(at.folder) as (_, home, own):
            if home < 0 or not _is_marker(home, at.name):
                return
            try:
                self._disk.rename_new(home, at.name, own, at.name)
            except FileNotFoundError:
                return
            self._finish(own, at.name, home)

    def _finish(self, own: int, name: bytes, home: int) -> None:
        """Remove what lies in the stage if it is a marker; give anything else back."""
        if _is_marker(own, name):
            self._disk.unlink(own, name)
        else:
            Places(self._disk).place(Spot(own, name), Home(home, name))

    def find(self, *, deep: bool) -> Iterator[tuple[Entry, str]]:
        """Yield the markers that stand, each with its job's id; "" for one that a power cut left empty.

        Raises:
            OSError: the inbox cannot be read.

        """
        for entry in list_inbox(self._folders, self._inbox, deep=deep):
            if entry.name.endswith(MARKER_ENDING):
                with self._opened(entry.folder) as (_, home, _):
                    found = _read(home, entry.name) if home >= 0 else None
                if found is not None:
                    yield entry, found

    def were_used(self) -> bool:
        """Tell whether markers may stand: some were put there once, and not swept away since."""
        with self._folders.open(self._inbox) as root, self._folders.stage(root) as stage:
            return looks.look_at(stage, _STAGE.encode()).kind is Kind.FOLDER

    def tidy(self) -> None:
        """Put an end to what a death has left in the stage."""
        with self._opened(b"") as (_, home, own):
            for name in map(os.fsencode, os.listdir(own)):
                self._finish(own, name, home)

    def sweep(self, is_wanted: Callable[[str], bool] = lambda _: False) -> None:
        """Remove each marker whose job is not wanted; where none is, so is what tells that there may be some."""
        self.tidy()
        for entry, job in list(self.find(deep=True)):
            if not is_wanted(job):
                self.remove(entry)

    def forget(self) -> None:
        """Note that no marker stands any more."""
        with self._folders.open(self._inbox) as root, self._folders.stage(root) as stage:
            self._disk.remove_folder(stage, _STAGE.encode())

    @contextlib.contextmanager
    def _opened(self, relative: bytes) -> Iterator[tuple[int, int, int]]:
        """Open the inbox, a sub-folder of it (-1 where it is gone), and the folder in the stage."""
        with contextlib.ExitStack() as stack:
            root = stack.enter_context(self._folders.open(self._inbox))
            own = stack.enter_context(self._folders.stage(root, _STAGE))
            try:
                home = stack.enter_context(self._folders.below(root, relative))
            except OSError as fault:
                if fault.errno not in _NO_WAY:
                    raise
                home = -1
            yield root, home, own


def _is_marker(folder: int, name: bytes) -> bool:
    return _read(folder, name) is not None


def _read(folder: int, name: bytes) -> str | None:
    """Return the id of the job that a marker names, "" for one without content; None for anything else."""
    try:
        content, _ = looks.read_ends(folder, name, _MOST, 0)
    except OSError:
        return None
    if not content:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        return "" if status.st_uid == os.geteuid() and not status.st_size else None
    return marked_job(name, content.decode("utf-8", "replace")) or None
