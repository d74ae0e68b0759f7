"""Moving whole files across the edge of a stage, so that a crash leaves no doubt where they are."""

import contextlib
import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from watchconvert.adapters.files import looks
from watchconvert.adapters.files.folders import Folders
from watchconvert.adapters.files.looks import Kind
from watchconvert.core.job import Job, Sighting
from watchconvert.core.naming import note_name, numbered
from watchconvert.core.settle import Writer

_BLOCK = 1 << 20
COPIED = b".copied"
"""What a source in the stage is called once its copy on another file system is whole."""
_COARSEST_TIME = 2 * 10**9
"""Nanoseconds by which a file system may round a modification time (FAT)."""
_MOST_NAMES = 1000
"""How many numbered names are tried before a folder counts as full of them."""


class BusyFileError(OSError):
    """Somebody writes to the file, or it is not the one that was seen: look again later."""

    def __init__(self, reason: str) -> None:
        super().__init__(errno.EBUSY, reason)


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
    """Whether the name of its explanation must be free too."""


class Moves:
    """The claim of a source, its way to the archive or the error folder, and whatever else is renamed."""

    def __init__(self, folders: Folders) -> None:
        self._folders, self._disk = folders, folders.disk

    def claim(self, job: Job) -> Sighting | None:
        """Rename a file from the inbox into the stage, with a read lease held across the rename.

        Returns the file as it lies in the stage, or None when the inbox no longer has it.

        Raises:
            BusyFileError: somebody writes to it, or another file stands under its name.

        """
        with (
            self._folders.open(job.order.inbox) as root,
            self._folders.stage(root, job.id) as stage,
        ):
            held = looks.look_at(stage, job.name).sighting
            if held is None:
                try:
                    with self._folders.below(root, job.folder) as inbox:
                        held = self._take(job, inbox, stage)
                        self._disk.sync(stage)
                        self._disk.sync(inbox)
                except OSError as fault:
                    self._folders.close_stage(root, job.id)
                    if isinstance(fault, FileNotFoundError):
                        return None
                    raise
            else:
                # The last life was cut off after the rename, perhaps before it was durable.
                self._disk.sync(stage)
                with contextlib.suppress(FileNotFoundError), self._folders.below(root, job.folder) as inbox:
                    self._finish_link(inbox, job.name, held)
                    self._disk.sync(inbox)
            return held

    def _finish_link(self, inbox: int, name: bytes, held: Sighting) -> None:
        """Remove the old name where a rename by hard link was cut off between its two halves."""
        left = looks.look_at(inbox, name).sighting
        if left and (left.dev, left.ino) == (held.dev, held.ino):
            self._disk.unlink(inbox, name)

    def _take(self, job: Job, inbox: int, stage: int) -> Sighting:
        file = looks.open_file(inbox, job.name)
        try:
            seen = os.fstat(file)
            if seen.st_nlink != 1 or not looks.sighting_of(seen).same_content(job.sighting):
                raise BusyFileError("the file changed after it was seen")
            lease = looks.take_lease(file)
            if lease is Writer.OPEN:
                raise BusyFileError("a program has the file open for writing")
            self._disk.rename_new(inbox, job.name, stage, job.name)
            self._check_taken(file, Spot(stage, job.name), Spot(inbox, job.name))
            return looks.sighting_of(os.fstat(file))
        finally:
            os.close(file)

    def _check_taken(self, file: int, held: Spot, back: Spot) -> None:
        """Give back what was renamed if it is not the file that was looked at."""
        now = looks.look_at(held.folder, held.name).sighting
        if now is None or now.ino != os.fstat(file).st_ino:
            self._disk.rename_new(held.folder, held.name, back.folder, back.name)
            raise BusyFileError("another file took its name")

    @contextlib.contextmanager
    def source(self, job: Job) -> Iterator[int]:
        """Open the claimed source for reading.

        Raises:
            FileNotFoundError: it is not in the stage.

        """
        with self._folders.open(job.order.inbox) as root, self._folders.stage(root, job.id) as stage:
            file = looks.open_file(stage, job.name)
        try:
            yield file
        finally:
            os.close(file)

    def staged_file(self, inbox: str, job_id: str) -> tuple[bytes, Sighting] | None:
        """Return the name and sighting of the one file in a job's folder of an inbox's stage."""
        with self._folders.open(inbox) as root, self._folders.stage(root, job_id) as stage:
            for name in map(os.fsencode, os.listdir(stage)):
                look = looks.look_at(stage, name)
                if name != COPIED and look.sighting and look.kind in (Kind.FILE, Kind.SHARED):
                    return name, look.sighting
        return None

    def rename_stage(self, inbox: str, job_id: str, new_id: str) -> None:
        """Give a job's folder in the stage another id."""
        with self._folders.open(inbox) as root, self._folders.stage(root) as stage:
            self._disk.rename_new(stage, job_id.encode(), stage, new_id.encode())
            self._disk.sync(stage)

    def bring_home(self, job: Job, folder: str, name: bytes, *, with_note: bool = False) -> bytes:
        """Move the source from the stage into a folder under the first free name, and sync both.

        With a note the name is one whose explanation's name is free too.
        Returns the name it got.  Safe to repeat: a source that has already left
        the stage is found again by its inode.
        """
        with (
            self._folders.open(job.order.inbox) as root,
            self._folders.stage(root, job.id) as stage,
            self._folders.open(folder) as target,
        ):
            self._folders.ensure_below(target, job.folder)
            with self._folders.below(target, job.folder) as home, self._folders.stage(target) as copies:
                source, copy = Spot(stage, job.name), Spot(copies, job.id.encode() + b".copy")
                placed = self._across(source, copy, Home(home, name, job.sighting.ino, with_note))
            self._folders.close_stage(root, job.id)
        return placed if placed is not None else name

    def discard(self, job: Job) -> None:
        """Remove the source from the stage, as a route that keeps no archive says; safe to repeat."""
        with self._folders.open(job.order.inbox) as root:
            with self._folders.stage(root, job.id) as stage, contextlib.suppress(FileNotFoundError):
                self._disk.unlink(stage, job.name)
            self._folders.close_stage(root, job.id)

    def _across(self, source: Spot, copy: Spot, home: Home) -> bytes | None:
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
        self._disk.unlink(marked.folder, marked.name)
        return placed

    def _after_copy(self, source: Spot, copy: Spot, home: Home, mark: Sighting) -> bytes | None:
        """Go on where the copy has left the stage: it was placed, or somebody removed it and it is made anew."""
        placed = _find_copy(home, mark)
        if placed is None:
            self._disk.rename_new(source.folder, COPIED, source.folder, source.name)
            return self._across(source, copy, home)
        self._disk.sync(home.folder)
        self._disk.unlink(source.folder, COPIED)
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
        for name in islice(numbered(home.name), _MOST_NAMES):
            if home.with_note and looks.look_at(home.folder, note_name(name)).sighting:
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


def _find_copy(home: Home, mark: Sighting) -> bytes | None:
    """Return the name under which a copy of the marked source stands: of its size and time, with another inode."""
    for name in islice(numbered(home.name), _MOST_NAMES):
        seen = looks.look_at(home.folder, name).sighting
        if seen and seen.size == mark.size and abs(seen.mtime - mark.mtime) < _COARSEST_TIME:
            return name
    return None
