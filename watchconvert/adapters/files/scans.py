"""Listings of an inbox: the truth about what lies there."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from watchconvert.adapters.files.folders import Folders
from watchconvert.core.naming import STAGE


@dataclass(frozen=True)
class Entry:
    """One name in an inbox; `folder` is relative to the inbox, empty at the top."""

    folder: bytes
    name: bytes
    is_folder: bool


def list_inbox(folders: Folders, inbox: str) -> Iterator[Entry]:
    """Yield what lies at the top of an inbox, one name at a time, in no order; the stage is left out.

    The listing is streamed: a million names cost no more memory than one.

    Raises:
        OSError: the inbox is not there or cannot be read.

    """
    with folders.open(inbox) as root, os.scandir(root) as entries:
        for entry in entries:
            name = os.fsencode(entry.name)
            if name != STAGE:
                yield Entry(b"", name, entry.is_dir(follow_symlinks=False))
