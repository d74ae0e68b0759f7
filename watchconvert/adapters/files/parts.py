"""Results on their way: written in the outbox's stage, then renamed into the outbox whole."""

import dataclasses
import errno
import grp
import os
import pwd
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from watchconvert.adapters.files import looks
from watchconvert.adapters.files.folders import Folders, take_after
from watchconvert.adapters.files.looks import Kind
from watchconvert.adapters.files.moves import Moves
from watchconvert.adapters.files.places import Home, Spot
from watchconvert.core.job import Job, Part, Sighting
from watchconvert.core.keeping import Placed, placed_folders
from watchconvert.core.notes import is_same_note

_BLOCK = 4096
_LEFT = 16 * 2**20
"""Bytes that are left on the disk of an outbox."""
UNKNOWN_SIZE = -1
"""The service did not say how long a result is; then its transfer must have told."""


class WrongLengthError(OSError):
    """A result arrived with another length than the service said."""

    def __init__(self, got: int, want: int) -> None:
        super().__init__(errno.EIO, f"the result came with {got} bytes instead of {want}")


def _check_room(file: int) -> None:
    """Refuse to fill a disk with a result of which nobody said how long it is.

    Raises:
        OSError: little room is left (ENOSPC).

    """
    system = os.fstatvfs(file)
    if system.f_bavail * system.f_frsize < _LEFT:
        raise OSError(errno.ENOSPC, "the result, whose length the service did not say, would fill the disk")


class Published(NamedTuple):
    """The outputs of a job in their places."""

    parts: tuple[Part, ...]
    """With the names that they got."""
    placed: tuple[Placed, ...]
    """What may be removed again one day: the outputs, and sub-folders made for them."""


class Parts:
    """Writes parts and makes outputs of them."""

    def __init__(self, folders: Folders, moves: Moves) -> None:
        self._folders, self._moves, self._disk = folders, moves, folders.disk

    def write(self, job: Job, number: int, blocks: Iterable[bytes]) -> Part:
        """Write one result into the outbox's stage, check its length, and sync it.

        Returns the part with what a look at it shows.

        Raises:
            WrongLengthError: it is not as long as the service said.
            OSError: the disk is full or fails; what was written is removed.

        """
        part = job.parts[number]
        with self._folders.open(job.order.outbox) as outbox, self._folders.stage(outbox, job.id) as stage:
            take_after(outbox, stage)
            name = b"%d" % number
            self._remove(stage, name)
            try:
                held = self._fill(Spot(stage, name), part.size, blocks, lambda file: self._dress(job, outbox, file))
            except BaseException:
                # A file that a sync or a write failed on is worth nothing; never sync it again.
                self._remove(stage, name)
                raise
            self._disk.sync(stage)
        return dataclasses.replace(part, ino=held.ino, length=held.size, mtime=held.mtime)

    def _fill(
        self, spot: Spot, size: int, blocks: Iterable[bytes], dress: Callable[[int], None] | None = None
    ) -> Sighting:
        file = self._disk.create(spot.folder, spot.name, 0o666)
        try:
            self._disk.reserve(file, size)
            got = 0
            for block in blocks:
                got += len(block)
                if 0 <= size < got:
                    break
                if size == UNKNOWN_SIZE:
                    _check_room(file)
                self._disk.write(file, block)
            if size not in (got, UNKNOWN_SIZE):
                raise WrongLengthError(got, size)
            if dress is not None:
                dress(file)
            self._disk.sync(file)
            return looks.sighting_of(os.fstat(file))
        finally:
            os.close(file)

    def _dress(self, job: Job, outbox: int, file: int) -> None:
        """Give an output the owner, the permissions and the time that the route wants."""
        order = job.order
        if order.owner != "daemon":
            os.fchown(file, *self._owner(job, outbox))
        if order.file_mode is not None:
            os.fchmod(file, order.file_mode)
        if order.keep_times:
            os.utime(file, ns=(job.sighting.mtime, job.sighting.mtime))

    def _owner(self, job: Job, outbox: int) -> tuple[int, int]:
        """Return the user and group that an output is to have.

        Raises:
            OSError: the user or group does not exist.

        """
        if job.order.owner == "folder":
            status = os.fstat(outbox)
            return status.st_uid, status.st_gid
        if job.order.owner == "source":
            with self._moves.source(job) as source:
                status = os.fstat(source)
            return status.st_uid, status.st_gid
        user, _, group = job.order.owner.partition(":")
        try:
            return pwd.getpwnam(user).pw_uid, grp.getgrnam(group).gr_gid
        except KeyError:
            raise OSError(errno.EINVAL, f"there is no user or group {job.order.owner}") from None

    def is_taken(self, job: Job, name: bytes) -> bool:
        """Tell whether the outbox already has a file of that name."""
        try:
            with self._folders.open(job.order.outbox) as outbox, self._folders.below(outbox, job.folder) as home:
                return looks.look_at(home, name).sighting is not None
        except FileNotFoundError:
            return False

    def has_stage(self, job: Job) -> bool:
        """Tell whether the job has its folder in the stage of its outbox."""
        with self._folders.open(job.order.outbox) as outbox, self._folders.stage(outbox) as stage:
            return looks.look_at(stage, job.id.encode()).kind is not Kind.MISSING

    def publish(self, job: Job) -> Published:
        """Rename every part into the outbox under the first free name; safe to repeat."""
        with self._folders.open(job.order.outbox) as outbox, self._folders.stage(outbox, job.id) as stage:
            made = self._make_subfolders(job, outbox)
            with self._folders.below(outbox, job.folder) as home:
                parts = tuple(self._publish(job, stage, home, number) for number in range(len(job.parts)))
        return Published(parts, (*placed_folders(job.order.outbox, made), *_outputs(job, parts)))

    def _make_subfolders(self, job: Job, outbox: int) -> list[tuple[bytes, int]]:
        """Mirror the source's sub-folder; what is made for it gets the owner that the outputs get."""
        made = self._folders.ensure_below(outbox, job.folder)
        if job.order.owner != "daemon":
            for relative, _ in made:
                with self._folders.below(outbox, relative) as folder:
                    os.fchown(folder, *self._owner(job, outbox))
        return made

    def _publish(self, job: Job, stage: int, home: int, number: int) -> Part:
        part = job.parts[number]
        replace = job.order.on_conflict == "replace"
        name = self._moves.place(Spot(stage, b"%d" % number), Home(home, part.name, part.ino, replace=replace))
        return dataclasses.replace(part, name=name or part.name)

    def explain(self, job: Job, notes: Iterable[tuple[bytes, str]]) -> tuple[Placed, ...]:
        """Put explanations, each under its name, into the error folder, whole or not at all; safe to repeat.

        Returns what may be removed again one day; one whose name something else has is not among it.
        """
        with self._folders.open(job.order.error) as folder, self._folders.stage(folder, job.id) as stage:
            self._folders.ensure_below(folder, job.folder)
            take_after(folder, stage)
            with self._folders.below(folder, job.folder) as home:
                held = [(name, self._explain(Spot(stage, b"note"), Spot(home, name), text)) for name, text in notes]
                self._disk.sync(home)
                self._disk.sync(stage)
        return tuple(
            Placed(job.order.error, job.folder, name, "note", seen.ino, seen.size, seen.mtime)
            for name, seen in held
            if seen is not None
        )

    def _explain(self, draft: Spot, note: Spot, text: str) -> Sighting | None:
        """Write one explanation in the stage and rename it to its place; None where something else has the name."""
        self._remove(draft.folder, draft.name)
        body = text.encode()
        held = self._fill(draft, len(body), (body,))
        try:
            self._disk.rename_new(draft.folder, draft.name, note.folder, note.name)
        except FileExistsError:
            return find_note(note.folder, note.name, text)
        return held

    def clear(self, job: Job, folder: str) -> None:
        """Remove the job's folder from the stage of a folder, with what is left in it."""
        with self._folders.open(folder) as root:
            self._folders.empty_stage(root, job.id)

    def _remove(self, folder: int, name: bytes) -> None:
        if looks.look_at(folder, name).sighting is not None:
            self._disk.unlink(folder, name)


def _outputs(job: Job, parts: Iterable[Part]) -> Iterator[Placed]:
    """Return the outputs as they were in the stage: what somebody changes in their places is no longer the same."""
    for part in parts:
        if part.mtime:
            yield Placed(job.order.outbox, job.folder, part.name, "file", part.ino, part.length, part.mtime)


def find_note(home: int, name: bytes, text: str) -> Sighting | None:
    """Return the explanation that an earlier life put there and nobody has changed; None where it is another file."""
    try:
        found, _ = looks.read_ends(home, name, 4 * len(text) + _BLOCK, 0)
    except OSError:
        return None
    return looks.look_at(home, name).sighting if is_same_note(found.decode("utf-8", "replace"), text) else None
