"""Giving a whole file its place in a folder, so that a crash leaves no doubt whether it has it."""

import contextlib
import errno
import os
from dataclasses import dataclass
from itertools import islice

from watchconvert.adapters.files import looks
from watchconvert.adapters.files.disk import Disk
from watchconvert.adapters.files.looks import Kind
from watchconvert.core.job import Sighting
from watchconvert.core.naming import note_names, numbered

_BLOCK = 1 << 20
COPIED = b".copied"
"""What a source in the stage is called once its copy on another file system is whole."""
_MOST_NAMES = 1000
"""How many numbered names are tried before a folder counts as full of them."""


@dataclass(frozen=True)
class Spot:
    """A name in an open folder."""

    folder: int
    name: bytes


@dataclass(frozen=True)
class Home:
    """Where a file is to lie: the first free number of a name in an open folder."""

    folder: int
    name: bytes
    ino: int = 0
    """The file's inode, by which it is found again after a crash."""
    with_note: bool = False
    """Whether the names of its explanations must be free too."""
    replace: bool = False
    """Whether a file that has the name is replaced, as the route says."""


class Places:
    """Renames whole files to where people see them, by a copy where they lie on another file system."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def across(self, source: Spot, copy: Spot, home: Home) -> bytes | None:
        """Rename, or on another file system copy, sync, mark the source as copied, and rename the copy.

        The mark (".copied" in the stage) says after a crash that the copy in the
        target's stage is whole; without it the copy is made anew.  The marked
        source goes only when the copy is known to stand in its place.
        """
        marked = Spot(source.folder, COPIED)
        mark = looks.look_at(marked.folder, marked.name).sighting
        if mark is None:
            try:
                return self.place(source, home)
            except OSError as fault:
                if fault.errno != errno.EXDEV:
                    raise
            self._copy(source, copy)
            self._disk.rename_new(source.folder, source.name, marked.folder, marked.name)
            self._disk.sync(marked.folder)
        elif looks.look_at(copy.folder, copy.name).kind is Kind.MISSING:
            return self._after_copy(source, copy, home, mark)
        placed = self.place(copy, home)
        self._remove(marked)
        return placed

    def _remove(self, marked: Spot) -> None:
        """Remove a source whose copy stands in its place; one that a power cut brought back would be adopted."""
        self._disk.unlink(marked.folder, marked.name)
        self._disk.sync(marked.folder)

    def _after_copy(self, source: Spot, copy: Spot, home: Home, mark: Sighting) -> bytes | None:
        """Go on where the copy has left the stage: it was placed, or somebody removed it and it is made anew."""
        placed = _find_copy(Spot(source.folder, COPIED), home, mark)
        if placed is None:
            self._disk.rename_new(source.folder, COPIED, source.folder, source.name)
            return self.across(source, copy, home)
        self._disk.sync(home.folder)
        self._remove(Spot(source.folder, COPIED))
        return placed

    def _copy(self, source: Spot, copy: Spot) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._disk.unlink(copy.folder, copy.name)
        reader = looks.open_file(source.folder, source.name)
        try:
            status = os.fstat(reader)
            writer = self._disk.create(copy.folder, copy.name, status.st_mode & 0o777)
            try:
                while block := os.read(reader, _BLOCK):
                    self._disk.write(writer, block)
                os.utime(writer, ns=(status.st_atime_ns, status.st_mtime_ns))
                self._disk.sync(writer)
            finally:
                os.close(writer)
        finally:
            os.close(reader)
        self._disk.sync(copy.folder)

    def place(self, source: Spot, home: Home) -> bytes | None:
        """Rename to the first free numbered name without replacing anything, and sync both folders.

        Returns the name.  When the source has gone already, the name under which
        its inode stands now, or None if nobody can tell.
        """
        seen = looks.look_at(source.folder, source.name).sighting
        name = self._rename(source, home) if seen else _find(home)
        self._disk.sync(home.folder)
        self._disk.sync(source.folder)
        return name

    def _rename(self, source: Spot, home: Home) -> bytes:
        if home.replace:
            self._disk.replace(source.folder, source.name, home.folder, home.name)
            return home.name
        for name in islice(numbered(home.name), _MOST_NAMES):
            if home.with_note and any(looks.look_at(home.folder, each).sighting for each in note_names(name)):
                continue
            with contextlib.suppress(FileExistsError):
                self._disk.rename_new(source.folder, source.name, home.folder, name)
                return name
        raise FileExistsError(errno.EEXIST, "a thousand numbered names are taken", os.fsdecode(home.name))


def _find(home: Home) -> bytes | None:
    """Return the name of a file that was placed by an earlier life, by its inode."""
    for name in islice(numbered(home.name), _MOST_NAMES):
        look = looks.look_at(home.folder, name)
        if look.sighting is None and not home.with_note:
            return None
        if look.sighting and look.sighting.ino == home.ino:
            return name
    return None


def _find_copy(marked: Spot, home: Home, mark: Sighting) -> bytes | None:
    """Return the name under which a whole copy of the marked source stands, compared byte for byte."""
    for name in islice(numbered(home.name), _MOST_NAMES):
        seen = looks.look_at(home.folder, name)
        same_size = seen.kind is Kind.FILE and seen.sighting is not None and seen.sighting.size == mark.size
        if same_size and _is_copy(marked, Spot(home.folder, name)):
            return name
    return None


def _is_copy(one: Spot, other: Spot) -> bool:
    first = looks.open_file(one.folder, one.name)
    try:
        second = looks.open_file(other.folder, other.name)
        try:
            return _same_bytes(first, second)
        finally:
            os.close(second)
    finally:
        os.close(first)


def _same_bytes(first: int, second: int) -> bool:
    while (block := os.read(first, _BLOCK)) == os.read(second, _BLOCK):
        if not block:
            return True
    return False
