"""Brings a whole file into somebody's folder, once, and never over another unless it is to be replaced.

A copy under a hidden name, synced, gets its name by one rename.  Whoever
remembers the copy's inode in between finds after any crash whether that has
happened, as `Places` does.
"""

import contextlib
import os
from dataclasses import dataclass

from watchconvert.adapters.files import looks
from watchconvert.adapters.files.folders import Folders
from watchconvert.adapters.files.places import Home, Places, Spot
from watchconvert.core.job import Sighting


class ChangedError(OSError):
    """The file is not the one that was seen, or is being written."""


@dataclass(frozen=True)
class Target:
    """Where a file is to come to lie: a folder by its absolute path, and a name in it."""

    folder: str
    name: bytes
    conflict: str = "number"
    """What is done where the name is taken: "number", "replace" or "fail"."""


class Delivery:
    """Copies files into folders of people."""

    def __init__(self, folders: Folders) -> None:
        self._folders, self._disk = folders, folders.disk
        self._places = Places(folders.disk)

    def lay(self, source: str, target: Target, hidden: bytes) -> int:
        """Copy a file beside where it is to lie, under a hidden name, whole and synced; return the copy's inode.

        A copy that an earlier life left unfinished is made anew.

        Raises:
            OSError: it cannot be read or written; nothing is left of the copy.

        """
        return self._copy(source, target.folder, hidden, 0o666).ino

    def place(self, target: Target, hidden: bytes, ino: int) -> bytes | None:
        """Give the copy its name and return that; None where it has had one and somebody has taken it away since.

        Raises:
            FileExistsError: the name is taken, and the target says that this is to fail.
            OSError: it cannot be renamed.

        """
        with self._folders.open(target.folder) as home:
            if target.conflict == "fail" and looks.look_at(home, hidden).sighting:
                self._disk.rename_new(home, hidden, home, target.name)
            replace = target.conflict == "replace"
            return self._places.place(Spot(home, hidden), Home(home, target.name, ino, replace=replace))

    def drop(self, target: Target, hidden: bytes) -> bool:
        """Remove a copy that is not to be placed; tell whether it was still there, and so has not been placed."""
        with self._folders.open(target.folder) as home:
            return self._drop(home, hidden)

    def take_copy(self, source: str, seen: Sighting, work: str, name: bytes) -> None:
        """Copy a file of people's into a folder of our own, whole and synced, if it is still the one that was seen.

        Raises:
            ChangedError: it is not, or somebody wrote to it meanwhile.
            OSError: it cannot be read or written; nothing is left of the copy.

        """
        self._copy(source, work, name, 0o600, seen)

    def _copy(self, source: str, folder: str, name: bytes, mode: int, seen: Sighting | None = None) -> Sighting:
        above, _, own = os.fsencode(source).rpartition(b"/")
        with self._folders.open(os.fsdecode(above)) as there, self._folders.open(folder) as home:
            self._drop(home, name)
            reader = looks.open_file(there, own)
            try:
                _check(reader, seen)
                copy = self._write(reader, Spot(home, name), mode)
                _check(reader, seen)
            except BaseException:
                self._drop(home, name)
                raise
            finally:
                os.close(reader)
            return copy

    def _write(self, reader: int, copy: Spot, mode: int) -> Sighting:
        writer = self._disk.create(copy.folder, copy.name, mode)
        try:
            self._disk.copy(reader, writer)
            self._disk.sync(writer)
            held = looks.sighting_of(os.fstat(writer))
        finally:
            os.close(writer)
        self._disk.sync(copy.folder)
        return held

    def _drop(self, folder: int, name: bytes) -> bool:
        with contextlib.suppress(FileNotFoundError):
            self._disk.unlink(folder, name)
            return True
        return False


def _check(file: int, seen: Sighting | None) -> None:
    if seen is not None and not looks.sighting_of(os.fstat(file)).same_content(seen):
        raise ChangedError("it was changed while it was read; once it is as it shall be, ask again")
