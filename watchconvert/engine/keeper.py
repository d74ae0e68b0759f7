"""Removes of one route what its folders need not keep any longer: files past their age or size, and lonely notes."""

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from watchconvert.adapters.files.clearing import Clearing, Fate
from watchconvert.core.job import Job
from watchconvert.core.keeping import Keep, Placed, overdue
from watchconvert.core.naming import note_names, shown
from watchconvert.core.settings import Route
from watchconvert.core.states import State
from watchconvert.engine.almanac import Almanac
from watchconvert.engine.tools import Tools

_EVERY = 600.0
"""Seconds between two walks through the folders of a route."""
_BATCH = 200
"""Files that are looked at and removed in one round."""
_BREATH = 0.2
"""Seconds between two rounds of one walk."""
_FIRST = (float("-inf"), 0)
_MOST_HEARD = 1000
"""Files of which it is remembered that they were converted; the walk finds what is beyond."""


class Keeper:
    """Walks through what a route has placed, a batch a round; a file system that hangs holds up this route alone."""

    def __init__(self, tools: Tools, route: Route, almanac: Almanac) -> None:
        self._tools, self._route, self._almanac = tools, route, almanac
        self._clearing, self._known = Clearing(tools.folders), tools.journal.placements
        self._troubles: dict[str, str] = {}
        self._walk, self._walk_at = self._tidy_all(), 0.0
        self._lock, self._heard = threading.Lock(), set[tuple[str, bytes, bytes]]()
        self.ring: Callable[[], None] = lambda: None

    def hear(self, job: Job) -> None:
        """Take note that a job is at rest: explanations of its earlier failure may go.  Waits for nobody."""
        if job.state is not State.DONE:
            return
        with self._lock:
            is_first = not self._heard
            if len(self._heard) < _MOST_HEARD:
                self._heard.add((job.order.error, job.folder, job.name))
        if is_first:
            self.ring()

    def round(self) -> float:
        """Do the next piece of the walk; return how long to wait, in seconds.

        Raises:
            JournalError: the journal cannot be read or written.

        """
        now = self._tools.clock.steady()
        if self._clear_heard() and now < self._walk_at:
            return self._walk_at - now
        for _ in self._walk:
            return _BREATH
        self._walk, self._walk_at = self._tidy_all(), now + _EVERY
        return _EVERY

    def _clear_heard(self) -> bool:
        """Remove explanations whose files were moved back and have been converted; tell whether anything was heard."""
        with self._lock:
            heard, self._heard = self._heard, set()
        for root, folder, name in heard:
            if notes := self._known.notes_at(root, folder, note_names(name)):
                try:
                    self._remove("error", root, self._clearing.lonely(root, notes))
                except OSError as fault:
                    self._complain("error", root, fault)
        return bool(heard)

    def _tidy_all(self) -> Iterator[None]:
        for name, root, keep in self._route.keeps:
            yield
            try:
                yield from self._tidy(name, root, keep)
                self._troubles.pop(root, None)
            except OSError as fault:
                self._complain(name, root, fault)

    def _complain(self, name: str, root: str, fault: OSError) -> None:
        """Tell once why a folder cannot be tidied; it is tried again at the next walk."""
        why = fault.strerror or str(fault)
        if self._troubles.get(root) != why:
            self._troubles[root] = why
            self._tools.log.warning("untidy", route=self._route.name, folder=name, path=root, why=why)

    def _tidy(self, name: str, root: str, keep: Keep) -> Iterator[None]:
        for back in self._clearing.bring_back(root, lambda job, file: self._known.folder_of(root, job, file)):
            self._tools.log.info("brought_back", route=self._route.name, folder=name, file=shown(back))
        yield from self._remove_overdue(name, root, keep)
        yield from self._remove_lonely(name, root)

    def _remove_overdue(self, name: str, root: str, keep: Keep) -> Iterator[None]:
        if not keep.is_set:
            return
        total = self._known.total(self._route.name, root)
        if keep.size is not None and total > keep.size:
            yield from self._recount(name, root)
            total = self._known.total(self._route.name, root)
        for rows in self._pages(root, "file"):
            due = self._overdue(rows, total, keep)
            total -= self._remove(name, root, due)
            yield
            if len(due) < len(rows):
                return

    def _overdue(self, rows: Sequence[Placed], total: int, keep: Keep) -> Sequence[Placed]:
        """Return what is to go; for its age only as long as the time of day is believed."""
        now = self._almanac.now()
        if now is None:
            return overdue(rows, total, replace(keep, age=None), self._tools.clock.now())
        return overdue(rows, total, keep, now)

    def _recount(self, name: str, root: str) -> Iterator[None]:
        """Forget what people have taken away since, so that the sum is that of what is there."""
        for rows in self._pages(root, "file"):
            self._settle(name, self._clearing.changed(root, rows))
            yield

    def _remove_lonely(self, name: str, root: str) -> Iterator[None]:
        """Remove explanations whose files have left: they were moved back into the inbox, or deleted."""
        for rows in self._pages(root, "note"):
            if lonely := self._clearing.lonely(root, rows):
                self._remove(name, root, lonely)
            yield

    def _pages(self, root: str, kind: str) -> Iterator[list[Placed]]:
        """Go through what was placed, the oldest first, each once, whatever becomes of it."""
        after = _FIRST
        while rows := self._known.oldest(self._route.name, root, kind, after, _BATCH):
            after = (rows[-1].at, rows[-1].id)
            yield rows

    def _remove(self, name: str, root: str, due: Iterable[Placed]) -> int:
        """Remove files and the sub-folders that this empties; returns the size of those that count no longer."""
        fates = self._clearing.remove(root, due)
        removed = [each for each, fate in fates if fate is Fate.REMOVED]
        settled = self._settle(name, fates)
        if removed:
            size = sum(each.size for each in removed)
            self._tools.log.info("tidied", route=self._route.name, folder=name, files=len(removed), bytes=size)
        for folder in {each.folder for each in removed}:
            self._prune(root, folder)
        return settled

    def _settle(self, name: str, fates: Iterable[tuple[Placed, Fate]]) -> int:
        """Forget what is gone or somebody else's now; returns its size."""
        over = [(each, fate) for each, fate in fates if fate is not Fate.LATER]
        theirs = [each for each, fate in over if fate is Fate.THEIRS]
        self._known.forget(each for each, _ in over)
        if theirs:
            first = shown(theirs[0].name)
            self._tools.log.info("spared", route=self._route.name, folder=name, files=len(theirs), first=first)
        return sum(each.size for each, _ in over)

    def _prune(self, root: str, path: bytes) -> None:
        """Remove a sub-folder and those above it as far as the daemon made them and they are empty."""
        while path and (made := self._known.made_folder(root, path)):
            fate = self._clearing.remove_folder(made)
            if fate is not Fate.LATER:
                self._known.forget([made])
            if fate in (Fate.LATER, Fate.THEIRS):
                return
            path = path.rpartition(b"/")[0]


def remove_notes(tools: Tools, job: Job, name: bytes) -> None:
    """Remove explanations whose file has left, unless somebody changed them; the keeper sees to the rest.

    `name` is what it was called there.

    Raises:
        JournalError: the journal cannot be read or written.

    """
    known, root, clearing = tools.journal.placements, job.order.error, Clearing(tools.folders)
    if notes := known.notes_at(root, job.folder, note_names(name)):
        with contextlib.suppress(OSError):
            fates = clearing.remove(root, clearing.lonely(root, notes))
            known.forget(note for note, fate in fates if fate is not Fate.LATER)
