"""Results on their way: written in the outbox's stage, then renamed into the outbox whole."""

import contextlib
import dataclasses
import errno
import os
from collections.abc import Iterable

from watchconvert.adapters.files import looks
from watchconvert.adapters.files.folders import Folders
from watchconvert.adapters.files.moves import Home, Moves, Spot
from watchconvert.core.job import Job, Part

UNKNOWN_SIZE = -1
"""The service did not say how long a result is; then its transfer must have told."""


class WrongLengthError(OSError):
    """A result arrived with another length than the service said."""

    def __init__(self, got: int, want: int) -> None:
        super().__init__(errno.EIO, f"the result came with {got} bytes instead of {want}")


class Parts:
    """Writes parts and makes outputs of them."""

    def __init__(self, folders: Folders, moves: Moves) -> None:
        self._folders, self._moves, self._disk = folders, moves, folders.disk

    def write(self, job: Job, number: int, blocks: Iterable[bytes]) -> Part:
        """Write one result into the outbox's stage, check its length, and sync it.

        Returns the part with the inode it got.

        Raises:
            WrongLengthError: it is not as long as the service said.
            OSError: the disk is full or fails; what was written is removed.

        """
        part = job.parts[number]
        with self._folders.open(job.order.outbox) as outbox, self._folders.stage(outbox, job.id) as stage:
            name = b"%d" % number
            self._remove(stage, name)
            try:
                ino = self._fill(Spot(stage, name), part.size, blocks)
            except BaseException:
                # A file that a sync or a write failed on is worth nothing; never sync it again.
                self._remove(stage, name)
                raise
            self._disk.sync(stage)
        return dataclasses.replace(part, ino=ino)

    def _fill(self, spot: Spot, size: int, blocks: Iterable[bytes]) -> int:
        file = self._disk.create(spot.folder, spot.name, 0o666)
        try:
            self._disk.reserve(file, size)
            got = 0
            for block in blocks:
                got += len(block)
                if 0 <= size < got:
                    break
                self._disk.write(file, block)
            if size not in (got, UNKNOWN_SIZE):
                raise WrongLengthError(got, size)
            self._disk.sync(file)
            return os.fstat(file).st_ino
        finally:
            os.close(file)

    def publish(self, job: Job) -> tuple[Part, ...]:
        """Rename every part into the outbox under the first free name; safe to repeat.

        Returns the parts with the names they got.
        """
        with self._folders.open(job.order.outbox) as outbox, self._folders.stage(outbox, job.id) as stage:
            self._folders.ensure_below(outbox, job.folder)
            with self._folders.below(outbox, job.folder) as home:
                return tuple(self._publish(stage, home, number, part) for number, part in enumerate(job.parts))

    def _publish(self, stage: int, home: int, number: int, part: Part) -> Part:
        name = self._moves.place(Spot(stage, b"%d" % number), Home(home, part.name, part.ino))
        return dataclasses.replace(part, name=name or part.name)

    def explain(self, job: Job, name: bytes, text: str) -> None:
        """Put an explanation under a free name in the error folder, whole or not at all; safe to repeat."""
        with self._folders.open(job.order.error) as folder, self._folders.stage(folder, job.id) as stage:
            self._folders.ensure_below(folder, job.folder)
            self._remove(stage, b"note")
            body = text.encode()
            self._fill(Spot(stage, b"note"), len(body), (body,))
            with self._folders.below(folder, job.folder) as home, contextlib.suppress(FileExistsError):
                self._disk.rename_new(stage, b"note", home, name)
                self._disk.sync(home)

    def clear(self, job: Job, folder: str) -> None:
        """Remove the job's folder from the stage of a folder, with what is left in it."""
        with self._folders.open(folder) as root:
            self._folders.empty_stage(root, job.id)

    def _remove(self, folder: int, name: bytes) -> None:
        if looks.look_at(folder, name).sighting is not None:
            self._disk.unlink(folder, name)
