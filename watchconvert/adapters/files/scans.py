"""Listings of an inbox: the truth about what lies there."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from watchconvert.adapters.files.folders import Folders
from watchconvert.core.mounts import Mount, parse_mounts
from watchconvert.core.naming import STAGE, is_junk

_DEEPEST = 64
"""Levels of sub-folders that are followed; deeper ones are somebody's mistake or trap."""


@dataclass(frozen=True)
class Entry:
    """One file's name in an inbox; `folder` is relative to the inbox, empty at the top."""

    folder: bytes
    name: bytes


def list_inbox(folders: Folders, inbox: str, *, deep: bool = False) -> Iterator[Entry]:
    """Yield the files in an inbox, one name at a time, in no order; the stage is left out, as are links to folders.

    The listing is streamed: a million names cost no more memory than one.

    Raises:
        OSError: the inbox is not there or cannot be read.

    """
    waiting = [b""]
    while waiting:
        relative = waiting.pop()
        # A sub-folder may be renamed or removed while it is listed; the next scan sees what became of it.
        with contextlib.suppress(*((OSError,) if relative else ())):
            yield from _list_folder(folders, inbox, relative, waiting if deep else None)


def _list_folder(folders: Folders, inbox: str, relative: bytes, deeper: list[bytes] | None) -> Iterator[Entry]:
    with folders.open(inbox) as root, folders.below(root, relative) as folder, os.scandir(folder) as entries:
        for entry in entries:
            name = os.fsencode(entry.name)
            if name == STAGE:
                continue
            if not entry.is_dir(follow_symlinks=False):
                yield Entry(relative, name)
            elif deeper is not None and not is_junk(name) and relative.count(b"/") < _DEEPEST:
                deeper.append(relative + b"/" + name if relative else name)


def read_mounts() -> list[Mount]:
    """Return the kernel's table of mounts, empty where there is none."""
    try:
        return parse_mounts(Path("/proc/self/mountinfo").read_bytes())
    except OSError:
        return []
