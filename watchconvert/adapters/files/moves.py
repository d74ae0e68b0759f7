"""Moving whole files across the edge of a stage, so that a crash leaves no doubt where they are."""

import contextlib
import errno
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from watchconvert.adapters.files import looks
from watchconvert.adapters.files.folders import Folders
from watchconvert.adapters.files.looks import Kind
from watchconvert.adapters.files.places import COPIED, Home, Places, Spot
from watchconvert.core.job import Job, Sighting
from watchconvert.core.keeping import Placed, placed_folders
from watchconvert.core.settle import Writer

_COARSE = 2 * 10**9
"""Nanoseconds by which a copied modification time may differ: FAT has two seconds."""


class BusyFileError(OSError):
    """Somebody writes to the file, or it is not the one that was seen: look again later."""

    def __init__(self, reason: str) -> None:
        super().__init__(errno.EBUSY, reason)


class Laid(NamedTuple):
    """Where a source came to lie."""

    name: bytes
    placed: tuple[Placed, ...]
    """What may be removed again one day: the source, unless somebody has changed it, and sub-folders made for it."""


class Moves:
    """The claim of a source, its way to the archive or the error folder, and whatever else is renamed."""

    def __init__(self, folders: Folders) -> None:
        self._folders, self._disk = folders, folders.disk
        self._places = Places(folders.disk)

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
            if lease is Writer.NONE and not looks.keeps_lease(file):
                # A writer slipped in; the upload waits in the stage until it has ended.
                return replace(looks.sighting_of(seen), mtime=0)
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
                if look.sighting and look.kind in (Kind.FILE, Kind.SHARED):
                    return name, look.sighting
        return None

    def rename_mark(self, inbox: str, job_id: str) -> bytes:
        """Give a source that is marked as copied a name again; returns it."""
        name = b"recovered file"
        with self._folders.open(inbox) as root, self._folders.stage(root, job_id) as stage:
            self._disk.rename_new(stage, COPIED, stage, name)
            self._disk.sync(stage)
        return name

    def rename_stage(self, inbox: str, job_id: str, new_id: str) -> None:
        """Give a job's folder in the stage another id."""
        with self._folders.open(inbox) as root, self._folders.stage(root) as stage:
            self._disk.rename_new(stage, job_id.encode(), stage, new_id.encode())
            self._disk.sync(stage)

    def bring_home(self, job: Job, folder: str, name: bytes, *, with_note: bool = False) -> Laid:
        """Move the source from the stage into a folder under the first free name, and sync both.

        With a note the name is one whose explanation's name is free too.
        Safe to repeat: a source that has already left the stage is found again by its inode.
        """
        with (
            self._folders.open(job.order.inbox) as root,
            self._folders.stage(root, job.id) as stage,
            self._folders.open(folder) as target,
        ):
            made = self._folders.ensure_below(target, job.folder)
            with self._folders.below(target, job.folder) as home, self._folders.stage(target) as copies:
                source, copy = Spot(stage, job.name), Spot(copies, job.id.encode() + b".copy")
                got = self._places.across(source, copy, Home(home, name, job.sighting.ino, with_note))
                known = _recognised(job, folder, home, got) if got is not None else ()
            self._folders.close_stage(root, job.id)
        return Laid(got if got is not None else name, (*placed_folders(folder, made), *known))

    def remove_marker(self, job: Job) -> None:
        """Remove the marker file that told that the source is complete, if there is one."""
        marker = job.order.done.encode().replace(b"{name}", job.name)
        with (
            contextlib.suppress(FileNotFoundError),
            self._folders.open(job.order.inbox) as root,
            self._folders.below(root, job.folder) as inbox,
        ):
            self._disk.unlink(inbox, marker)

    def is_staged(self, job: Job) -> bool:
        """Tell whether the source lies in the stage; where it does not, nothing of the job is left there."""
        with self._folders.open(job.order.inbox) as root:
            with self._folders.stage(root, job.id) as stage:
                there = looks.look_at(stage, job.name).kind is not Kind.MISSING
            if not there:
                self._folders.close_stage(root, job.id)
        return there

    def is_unchanged(self, job: Job) -> bool:
        """Tell whether nobody wrote to the source since it was uploaded; one that has left the stage is."""
        with self._folders.open(job.order.inbox) as root, self._folders.stage(root, job.id) as stage:
            held = looks.look_at(stage, job.name).sighting
        return held is None or held.same_content(job.sighting)

    def discard(self, job: Job) -> None:
        """Remove the source from the stage, as a route that keeps no archive says; safe to repeat."""
        with self._folders.open(job.order.inbox) as root:
            with self._folders.stage(root, job.id) as stage:
                with contextlib.suppress(FileNotFoundError):
                    self._disk.unlink(stage, job.name)
                # A source that a power cut brought back would be adopted, and bought once more.
                self._disk.sync(stage)
            self._folders.close_stage(root, job.id)

    def place(self, source: Spot, home: Home) -> bytes | None:
        """Rename to the first free numbered name; see `Places.place`."""
        return self._places.place(source, home)


def _recognised(job: Job, root: str, home: int, name: bytes) -> tuple[Placed, ...]:
    """Return a source as it stands in its place, if it is as it was in the stage: else somebody has changed it since.

    A copy on another file system has an inode of its own, and perhaps a coarser time.
    """
    seen, held = looks.look_at(home, name).sighting, job.sighting
    if seen is None:
        return ()
    is_copy = seen.dev != held.dev and seen.size == held.size and abs(seen.mtime - held.mtime) <= _COARSE
    if not is_copy and not seen.same_content(held):
        return ()
    return (Placed(root, job.folder, name, "file", seen.ino, seen.size, seen.mtime),)
