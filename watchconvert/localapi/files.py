"""Stored files: uploads and results, on disk under random names, known to clients by FileId alone."""

import asyncio
import hashlib
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from watchconvert.localapi.errors import ApiError, body_too_large, server_overloaded
from watchconvert.localapi.identifiers import new_identifier
from watchconvert.localapi.names import split_name

BUFFER_BYTES = 1024 * 1024


@dataclass(frozen=True)
class StoredFile:
    """A finished file of ours at `path`; `name` is what clients see, `size` is in bytes."""

    path: Path
    name: str
    size: int
    sha256: str

    @property
    def extension(self) -> str:
        """Without the dot; '' when the name has none."""
        return split_name(self.name)[1]


@dataclass(frozen=True)
class _Entry:
    file: StoredFile
    born: float


class FileStore:
    """The files of one server: how much they take, who may be asked for by id, and when they end.

    Files are written, moved in or dropped by path; only `publish` makes one reachable under `/d/`.
    """

    def __init__(self, folder: Path, limits: tuple[int, int], life: float, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._max_body, self._max_disk = limits
        self._life = life
        self._clock = clock
        self._entries: dict[str, _Entry] = {}
        self._used = 0

    @property
    def used(self) -> int:
        """Bytes on disk, unfinished files included."""
        return self._used

    def writer(self, name: str) -> "FileWriter":
        """Return a new file to be filled; leaves nothing behind unless it is finished."""
        return FileWriter(self, self._folder / new_identifier(), name)

    def grow(self, written: int, total: int) -> None:
        """Count `written` more bytes of a file that has `total` now.

        Raises ApiError: 413 when the file alone is over a limit, 503 when the disk share is full for now.
        """
        if total > min(self._max_body, self._max_disk):
            raise body_too_large()
        if self._used + written > self._max_disk:
            raise server_overloaded()
        self._used += written

    def shrink(self, freed: int) -> None:
        """Give back bytes that are no longer on disk."""
        self._used -= freed

    async def adopt(self, path: Path, name: str) -> StoredFile:
        """Move a finished file in. Raises ApiError as `grow`, OSError when it is not a regular file of ours."""
        size = await asyncio.to_thread(_regular_size, path)
        self.grow(size, size)
        target = self._folder / new_identifier()
        try:
            return StoredFile(target, name, size, await asyncio.to_thread(_moved_digest, path, target))
        except BaseException:
            target.unlink(missing_ok=True)
            self.shrink(size)
            raise

    def publish(self, file: StoredFile, file_id: str | None = None) -> str:
        """Make `file` reachable and return its FileId; an id that is in use gets the new file (a repeated upload)."""
        identifier = file_id or new_identifier()
        self.delete(identifier)
        self._entries[identifier] = _Entry(file, self._clock())
        return identifier

    def find(self, file_id: str) -> StoredFile:
        """Return the file, or ApiError 404 when it is unknown, deleted or over its life."""
        entry = self._entries.get(file_id)
        if entry is None or self._is_over(entry):
            raise ApiError(404, 404, "The file is not found or has expired.")
        return entry.file

    def delete(self, file_id: str) -> bool:
        """Whether there was such a file; a running conversion that has begun with it keeps its own link."""
        entry = self._entries.pop(file_id, None)
        if entry is None:
            return False
        self.discard(entry.file)
        return True

    def discard(self, file: StoredFile) -> None:
        """Remove a file that was never published, or is so no longer."""
        file.path.unlink(missing_ok=True)
        self.shrink(file.size)

    def sweep(self) -> int:
        """Delete what is over its life and return how many those were."""
        over = [file_id for file_id, entry in self._entries.items() if self._is_over(entry)]
        return sum(self.delete(file_id) for file_id in over)

    def _is_over(self, entry: _Entry) -> bool:
        return self._clock() - entry.born >= self._life


class FileWriter:
    """Fills one new file in buffered steps off the event loop; `async with` removes it unless it was finished."""

    def __init__(self, store: FileStore, path: Path, name: str) -> None:
        self._store = store
        self._path = path
        self._name = name
        self._buffer = bytearray()
        self._digest = hashlib.sha256()
        self._size = 0
        self._finished = False
        self._stream: BinaryIO

    async def __aenter__(self) -> Self:
        self._stream = self._path.open("xb", buffering=0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        if not self._finished:
            self._path.unlink(missing_ok=True)
            self._store.shrink(self._size)

    async def write(self, data: bytes) -> None:
        """Add `data`. Raises ApiError as `FileStore.grow`, OSError when the disk says no."""
        self._store.grow(len(data), self._size + len(data))
        self._size += len(data)
        self._buffer += data
        if len(self._buffer) >= BUFFER_BYTES:
            await self._spill()

    async def finish(self) -> StoredFile:
        """Write the rest and keep the file."""
        await self._spill()
        self._finished = True
        return StoredFile(self._path, self._name, self._size, self._digest.hexdigest())

    async def _spill(self) -> None:
        data, self._buffer = self._buffer, bytearray()
        await asyncio.to_thread(self._save, data)

    def _save(self, data: bytearray) -> None:
        self._digest.update(data)
        rest = memoryview(data)
        while rest:
            rest = rest[self._stream.write(rest) :]


def _regular_size(path: Path) -> int:
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError("a result is not a regular file")
    return status.st_size


def _moved_digest(path: Path, target: Path) -> str:
    path.replace(target)
    with target.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
