"""Removing again what the daemon put into people's folders, and never anything else.

A name proves nothing: somebody may have changed, replaced or moved the file since.  So it is renamed into our stage,
where nobody else reaches it, looked at there, and removed only if it still is what was placed; anything else goes back
(docs/design.md, "What is removed").
"""

import contextlib
import enum
import errno
import os
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from watchconvert.adapters.files import looks
from watchconvert.adapters.files.folders import Folders
from watchconvert.adapters.files.looks import Kind, Look
from watchconvert.adapters.files.places import Home, Places, Spot
from watchconvert.core.keeping import Placed
from watchconvert.core.naming import noted_name
from watchconvert.core.settle import Writer

LEAVING = b".leaving-"
"""How folders in a stage are called in which files wait for a last look; the dot hides them from the recovery."""
_NO_WAY = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
_NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EXDEV, errno.EBUSY)
_NOT_PLAIN = (errno.EAGAIN, errno.ELOOP, errno.EINVAL, errno.ENXIO)
"""How an open fails of what is no plain file; the first, where a file server holds a lease on behalf of a client."""


class Fate(enum.Enum):
    """What became of a file that was to go."""

    REMOVED = enum.auto()
    GONE = enum.auto()
    """Nothing has its name any more."""
    THEIRS = enum.auto()
    """Somebody has changed or replaced it, or uses it: it is left alone for good."""
    LATER = enum.auto()
    """Somebody writes to it, or it may not be removed at the moment."""


class Clearing:
    """Removes files and sub-folders that were placed."""

    def __init__(self, folders: Folders) -> None:
        self._folders, self._disk = folders, folders.disk
        self._places = Places(folders.disk)

    def remove(self, root: str, placed: Iterable[Placed]) -> list[tuple[Placed, Fate]]:
        """Remove files of one folder as far as they are what was placed; durable when it returns.

        Raises:
            OSError: the folder cannot be used at the moment.

        """
        fates: list[tuple[Placed, Fate]] = []
        with self._folders.open(root) as top, self._folders.stage(top) as stage:
            for relative, group in groupby(placed, lambda each: each.folder):
                with self._below(top, relative) as home:
                    fates += [(each, self._remove(each, home, stage)) for each in group]
                    if home >= 0:
                        self._disk.sync(home)
            self._disk.sync(stage)
        return fates

    @contextlib.contextmanager
    def _below(self, top: int, relative: bytes) -> Iterator[int]:
        """Open a sub-folder; -1 where it is not there, or something else has its name."""
        with contextlib.ExitStack() as stack:
            try:
                home = stack.enter_context(self._folders.below(top, relative))
            except OSError as fault:
                if fault.errno not in _NO_WAY:
                    raise
                home = -1
            yield home

    def _remove(self, placed: Placed, home: int, stage: int) -> Fate:
        if home < 0:
            return Fate.GONE
        look = looks.look_at(home, placed.name)
        if look.kind is Kind.MISSING:
            return Fate.GONE
        if not _is_same(look, placed):
            return Fate.THEIRS
        leaving = LEAVING + placed.job.encode()
        with contextlib.suppress(FileExistsError):
            self._disk.make_folder(stage, leaving, 0o700)
        try:
            with self._folders.below(stage, leaving) as own:
                return self._take_away(placed, home, own)
        finally:
            with contextlib.suppress(OSError):
                self._disk.remove_folder(stage, leaving)

    def _take_away(self, placed: Placed, home: int, own: int) -> Fate:
        try:
            self._disk.rename_new(home, placed.name, own, placed.name)
        except FileNotFoundError:
            return Fate.GONE
        except OSError as fault:
            if fault.errno not in _NOT_ALLOWED:
                raise
            return Fate.LATER
        try:
            fate = self._unlink(placed, own)
        except OSError as fault:
            if fault.errno not in _NOT_PLAIN:
                raise
            fate = Fate.LATER if fault.errno == errno.EAGAIN else Fate.THEIRS
        if fate is not Fate.REMOVED:
            self._places.place(Spot(own, placed.name), Home(home, placed.name))
        return fate

    def _unlink(self, placed: Placed, own: int) -> Fate:
        """Remove a file from our stage if it is what was placed, and nobody has it open for writing.

        First the lease, then the look: who had it open from before and has just closed it has left another time on it.
        A file that we may not even read has no lease.
        """
        with contextlib.ExitStack() as stack:
            with contextlib.suppress(PermissionError):
                file = looks.open_file(own, placed.name)
                stack.callback(os.close, file)
                if looks.take_lease(file) is Writer.OPEN:
                    return Fate.LATER
            if not _is_same(looks.look_at(own, placed.name), placed):
                return Fate.THEIRS
            self._disk.unlink(own, placed.name)
        return Fate.REMOVED

    def bring_back(self, root: str, folder_of: Callable[[str, bytes], bytes]) -> list[bytes]:
        """Bring back what an earlier life was about to remove when it died; returns the names.

        `folder_of` tells the sub-folder in which a job placed a file.
        """
        back: list[bytes] = []
        with self._folders.open(root) as top, self._folders.stage(top) as stage:
            for leaving in [name for name in map(os.fsencode, os.listdir(stage)) if name.startswith(LEAVING)]:
                job = leaving.removeprefix(LEAVING).decode("utf-8", "surrogateescape")
                with self._folders.below(stage, leaving) as own:
                    names = [os.fsencode(name) for name in os.listdir(own)]
                    for name in names:
                        self._bring_back(Spot(own, name), top, folder_of(job, name))
                self._disk.remove_folder(stage, leaving)
                back += names
        return back

    def _bring_back(self, spot: Spot, top: int, relative: bytes) -> None:
        with self._below(top, relative) as home:
            self._places.place(spot, Home(home if home >= 0 else top, spot.name))

    def changed(self, root: str, placed: Iterable[Placed]) -> list[tuple[Placed, Fate]]:
        """Return what no longer stands where it was placed, and whether it is gone or another file."""
        fates: list[tuple[Placed, Fate]] = []
        with self._folders.open(root) as top:
            for relative, group in groupby(placed, lambda each: each.folder):
                with self._below(top, relative) as home:
                    for each in group:
                        look = looks.look_at(home, each.name) if home >= 0 else Look(Kind.MISSING)
                        if not _is_same(look, each):
                            fates.append((each, Fate.GONE if look.kind is Kind.MISSING else Fate.THEIRS))
        return fates

    def lonely(self, root: str, notes: Iterable[Placed]) -> list[Placed]:
        """Return the explanations whose files are no longer beside them."""
        found: list[Placed] = []
        with self._folders.open(root) as top:
            for relative, group in groupby(notes, lambda each: each.folder):
                with self._below(top, relative) as home:
                    found += [each for each in group if home < 0 or _is_lonely(home, each.name)]
        return found

    def remove_folder(self, placed: Placed) -> Fate:
        """Remove a sub-folder that the daemon made, if it is empty and still the same."""
        with self._folders.open(placed.root) as top, self._below(top, placed.folder) as above:
            look = looks.look_at(above, placed.name) if above >= 0 else Look(Kind.MISSING)
            if look.sighting is None:
                return Fate.GONE
            if look.kind is not Kind.FOLDER or look.sighting.ino != placed.ino:
                return Fate.THEIRS
            try:
                self._disk.remove_folder(above, placed.name)
            except OSError as fault:
                if fault.errno not in (*_NOT_ALLOWED, errno.ENOTEMPTY, errno.EEXIST):
                    raise
                return Fate.LATER
            self._disk.sync(above)
        return Fate.REMOVED


def _is_same(look: Look, placed: Placed) -> bool:
    seen = look.sighting
    is_file = look.kind in (Kind.FILE, Kind.SHARED)
    return is_file and seen is not None and (seen.ino, seen.size, seen.mtime) == (placed.ino, placed.size, placed.mtime)


def _is_lonely(home: int, note: bytes) -> bool:
    name = noted_name(note)
    return bool(name) and looks.look_at(home, name).kind is Kind.MISSING
