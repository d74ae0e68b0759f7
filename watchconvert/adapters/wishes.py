"""Wishes of the command line to the daemon: small files in a folder beside the journal, one for each wish.

The command line never writes the journal: two writers of one SQLite file are
one too many (docs/design.md, "The journal is the queue").
"""

import json
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Wish:
    """Something that an administrator wants done to a job."""

    verb: str
    """For example "cancel"."""
    job: str
    """The job's id."""


def _folder(journal: str) -> Path:
    return Path(journal + ".wishes")


def make_wish(journal: str, wish: Wish) -> None:
    """Leave a wish for the daemon.

    Raises:
        OSError: the folder cannot be written; the daemon's user or root may.

    """
    folder = _folder(journal)
    folder.mkdir(mode=0o700, exist_ok=True)
    draft = folder / f".{uuid.uuid4().hex}"
    draft.write_text(json.dumps(asdict(wish)), "ascii")
    draft.replace(folder / uuid.uuid4().hex)


def read_wishes(journal: str) -> list[tuple[Path, Wish]]:
    """Return the wishes that wait, the oldest first, each with the file to remove once it is granted."""
    try:
        paths = sorted(_folder(journal).iterdir(), key=lambda each: each.stat().st_mtime)
    except OSError:  # there is none yet, or it cannot be read at the moment: it is looked at again
        return []
    found = []
    for path in paths:
        if path.name.startswith("."):
            continue
        try:
            found.append((path, Wish(**json.loads(path.read_text("ascii")))))
        except (ValueError, TypeError):
            path.unlink(missing_ok=True)
        except OSError:
            continue
    return found
