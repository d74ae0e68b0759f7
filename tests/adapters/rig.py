"""Real folders for the tests of the adapters, disks that fail, and programs that write elsewhere."""

import contextlib
import dataclasses
import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.core.making import JOB_ID, make_job, make_order
from watchconvert.adapters.files.disk import Disk
from watchconvert.adapters.files.folders import Folders
from watchconvert.adapters.files.looks import look_at
from watchconvert.adapters.files.moves import Moves
from watchconvert.adapters.files.parts import Parts
from watchconvert.core.job import Job, Part, Sighting

HOST = b"host1"
FOLDERS = ("inbox", "outbox", "error", "archive")
CALLS = ("make_folder", "remove_folder", "create", "write", "reserve", "sync", "unlink", "rename_new", "replace")


class PowerCutError(BaseException):
    """The process ended here; nothing in the product may catch it and go on."""


class CutDisk(Disk):
    """A disk that does so many calls and is the end of the process at the next."""

    def __init__(self, calls: int) -> None:
        self.left = calls

    def __getattribute__(self, name: str) -> Any:
        if name in CALLS:
            if self.left == 0:
                raise PowerCutError
            self.left -= 1
        return super().__getattribute__(name)


class FaultyDisk(Disk):
    """A disk on which one kind of call fails."""

    def __init__(self, call: str, number: int = errno.ENOSPC) -> None:
        self.call, self.number = call, number

    def __getattribute__(self, name: str) -> Any:
        if name in CALLS and name == self.call:
            raise OSError(self.number, os.strerror(self.number))
        return super().__getattribute__(name)


class Rig:
    """One route's folders below `base`, and the adapters that work on them."""

    def __init__(self, base: Path, disk: Disk | None = None, **places: Path) -> None:
        self.paths = {name: base / name for name in FOLDERS} | places
        self.folders = Folders(disk or Disk(), HOST)
        self.moves = Moves(self.folders)
        self.parts = Parts(self.folders, self.moves)
        for path in self.paths.values():
            path.mkdir(parents=True, exist_ok=True)

    def job(self, name: bytes = b"letter.docx", **changes: Any) -> Job:
        """Return a job of this route for a file as it lies in the inbox now."""
        order = make_order(**{key: str(path) for key, path in self.paths.items()})
        path = os.path.join(os.fsencode(self.paths["inbox"]), changes.get("folder", b""), name)
        sighting = see(path) if os.path.lexists(path) else Sighting(0, 0, 0, 0, 0)
        return make_job(name, **{"order": order, "sighting": sighting} | changes)

    def drop(self, name: bytes = b"letter.docx", content: bytes = b"hello", **changes: Any) -> Job:
        """Put a file into the inbox and return its job."""
        path = os.path.join(os.fsencode(self.paths["inbox"]), changes.get("folder", b""), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        Path(os.fsdecode(path)).write_bytes(content)
        return self.job(name, **changes)

    def claimed(self, name: bytes = b"letter.docx", content: bytes = b"hello", **changes: Any) -> Job:
        """Put a file into the inbox, claim it, and return its job."""
        job = self.drop(name, content, **changes)
        sighting = self.moves.claim(job)
        assert sighting is not None
        return dataclasses.replace(job, sighting=sighting)

    def stage(self, name: str, job_id: str = JOB_ID) -> Path:
        """Return a job's folder in the stage of one of the folders."""
        return self.paths[name] / ".watchconvert" / HOST.decode() / job_id

    def files(self, name: str) -> dict[str, bytes]:
        """Return the files that people see in one of the folders, with their content."""
        top = self.paths[name]
        found = (path for path in top.rglob("*") if ".watchconvert" not in path.parts and path.is_file())
        return {path.relative_to(top).as_posix(): path.read_bytes() for path in found}

    def hidden(self, name: str) -> dict[str, bytes]:
        """Return the files in the stage of one of the folders, by their last two names."""
        found = (path for path in (self.paths[name] / ".watchconvert").rglob("*") if path.is_file())
        return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in found}


def see(path: bytes) -> Sighting:
    """Return the sighting of a path."""
    folder = os.open(os.path.dirname(path), os.O_RDONLY)
    try:
        sighting = look_at(folder, os.path.basename(path)).sighting
    finally:
        os.close(folder)
    assert sighting is not None
    return sighting


def part(size: int, name: bytes = b"letter.pdf", **changes: Any) -> Part:
    """Return a part of that many bytes."""
    return Part(**{"url": "https://x/d/1", "size": size, "label": "document.pdf", "name": name} | changes)


def cut_everywhere(scene: Callable[[int], tuple[Callable[[Disk], Any], Callable[[], None]]]) -> int:
    """Cut an act off at each of its calls to the disk, repeat it, and check; return how many cuts there were.

    `scene(number)` sets up a fresh scene and returns the act and the check.
    """
    for calls in range(200):
        act, check = scene(calls)
        try:
            act(CutDisk(calls))
        except PowerCutError:
            act(Disk())
            check()
        else:
            act(Disk())
            check()
            return calls
    raise AssertionError("it never came to an end")


@contextlib.contextmanager
def writer_elsewhere(path: Path) -> Iterator[None]:
    """Have another process hold a file open for writing."""
    program = f"f = open({str(path)!r}, 'ab'); print('open', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-S", "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        assert child.stdout.readline() == "open\n"
        try:
            yield
        finally:
            child.stdin.write("\n")
            child.stdin.flush()
            child.wait(10)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[int]:
    """Open a folder."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield folder
    finally:
        os.close(folder)
