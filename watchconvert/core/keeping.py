"""What the daemon put into people's folders, how long it is to stay there, and what is to go."""

from collections.abc import Sequence
from dataclasses import dataclass

FRESH = 3600.0
"""Seconds for which nothing is removed for its size: a person is to find what came last."""


@dataclass(frozen=True)
class Keep:
    """How long, and how much, a folder keeps of what the daemon put there; None is for ever, and any amount."""

    age: float | None = None
    """Seconds."""
    size: int | None = None
    """Bytes."""

    @property
    def is_set(self) -> bool:
        """Whether anything is ever to go."""
        return self.age is not None or self.size is not None


FOREVER = Keep()
"""Nothing is ever to go."""


@dataclass(frozen=True)
class Placed:
    """One file or sub-folder that the daemon put somewhere, told apart from any other by what one look at it shows."""

    root: str
    """The outbox, error folder or archive of its route: an absolute path."""
    folder: bytes
    """The sub-folder in it, relative; empty at the top."""
    name: bytes
    kind: str
    """"file", "note" (an explanation) or "folder"."""
    ino: int
    size: int = 0
    mtime: int = 0
    """Nanoseconds; like the size it is not looked at where it is a folder."""
    job: str = ""
    """The id of the job that it belongs to."""
    at: float = 0.0
    """Wall clock of its placing."""
    id: int = 0
    """Its number in the journal."""


def placed_folders(root: str, made: Sequence[tuple[bytes, int]]) -> tuple[Placed, ...]:
    """Return what is to be remembered of sub-folders that were made: relative paths with their inodes."""
    return tuple(Placed(root, *_split(path), "folder", ino) for path, ino in made)


def _split(path: bytes) -> tuple[bytes, bytes]:
    above, _, name = path.rpartition(b"/")
    return above, name


def overdue(oldest: Sequence[Placed], total: int, keep: Keep, now: float) -> Sequence[Placed]:
    """Return how many of the oldest files, which come first, are to go: those past the age, and for the size the rest.

    `total` is the size of all that the folder keeps, these and the younger ones.
    """
    for count, each in enumerate(oldest):
        is_old = keep.age is not None and now - each.at >= keep.age
        is_much = keep.size is not None and total > keep.size and now - each.at >= FRESH
        if not (is_old or is_much):
            return oldest[:count]
        total -= each.size
    return oldest
