"""The way back: a file that was set aside goes from the error folder into its inbox, as a person would move it."""

import errno
from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

from watchconvert.adapters.files import looks
from watchconvert.adapters.files.folders import Folders
from watchconvert.adapters.files.looks import Kind
from watchconvert.adapters.files.places import Home, Places, Spot
from watchconvert.core.job import Job
from watchconvert.core.naming import numbered

_MOST_NAMES = 1000
"""How many numbered names are looked at."""


class NotThereError(OSError):
    """The file that was set aside does not lie in the error folder any more, or not as it was."""

    def __init__(self) -> None:
        super().__init__(errno.ENOENT, "it does not lie in the error folder any more as it was put there")


class TriedAgainError(OSError):
    """The file lies there as it did, and a later job has put it there: this one's way back was gone already."""

    def __init__(self) -> None:
        super().__init__(errno.EEXIST, "it has been tried again already, and failed again as a later job")


Owner = Callable[[str, bytes, bytes], str]
"""Tells the id of the job that has put a file there, by its top folder, its sub-folder and its name; "" if unknown."""


class SentBack(NamedTuple):
    """Where a file went, and whence."""

    name: bytes
    """What it is called in the inbox."""
    left: bytes
    """What it was called in the error folder."""


class Returns:
    """Sends files back."""

    def __init__(self, folders: Folders, owner: Owner = lambda _root, _folder, _name: "") -> None:
        self._folders, self._disk, self._owner = folders, folders.disk, owner

    def send_back(self, job: Job) -> SentBack:
        """Rename a file that was set aside into its inbox, without replacing anything.

        It must be the very file: nothing that somebody else put there is ever
        moved.  One rename does it, so after a crash it lies in one of the two
        folders; and one that came back from there belongs to the job that it has
        had since, so that a wish that is granted twice moves it once.

        Raises:
            TriedAgainError: a later job has put it there.
            NotThereError: it is gone, was replaced or was changed.
            OSError: it cannot be moved; EXDEV where the folders lie on different file systems.

        """
        with (
            self._folders.open(job.order.error) as error,
            self._folders.below(error, job.folder) as source,
            self._folders.open(job.order.inbox) as root,
        ):
            name = _find(source, job)
            if self._owner(job.order.error, job.folder, name) not in ("", job.id):
                raise TriedAgainError
            self._folders.ensure_below(root, job.folder)
            with self._folders.below(root, job.folder) as inbox:
                placed = Places(self._disk).place(Spot(source, name), Home(inbox, job.name))
        return SentBack(placed if placed is not None else job.name, name)


def _find(folder: int, job: Job) -> bytes:
    """Return the name under which the file was set aside: its own, or the first number that was free."""
    for name in islice(numbered(job.name), _MOST_NAMES):
        look = looks.look_at(folder, name)
        if look.kind is Kind.FILE and look.sighting and look.sighting.same_content(job.sighting):
            return name
    raise NotThereError
