"""Shows in an inbox which files are on their way: a loop for each route that wants that, and nothing waits for it."""

import contextlib
from collections.abc import Callable

from watchconvert.adapters.files.markers import Markers
from watchconvert.adapters.files.scans import Entry
from watchconvert.adapters.journal.store import UnderWay
from watchconvert.core.job import Job
from watchconvert.core.naming import MARKER_ENDING, note_name
from watchconvert.core.notes import write_marker
from watchconvert.core.settings import Route
from watchconvert.core.texts import find_language
from watchconvert.engine.tools import Tools

MOST = 1000
"""Files of a route that are marked at a time, the newest."""
_PAUSE = 1.0
"""Seconds between two looks, however often it is rung; and for which a file is not marked: most are done by then."""
_EVERY = 600.0
"""Seconds between two looks when nothing rings."""
_AGAIN = 10.0
"""Seconds after which an inbox that could not be used is tried again."""


class Marking:
    """Keeps the markers of one inbox the same as what the journal says is on its way."""

    def __init__(self, tools: Tools, route: Route) -> None:
        self._tools, self._route = tools, route
        self._markers = Markers(tools.folders, route.inbox)
        self._standing: dict[str, Entry] = {}
        self._tried: set[str] = set()
        """Jobs that have or had theirs: one that a person removed is not put there again."""
        self._swept, self._next, self._trouble = False, 0.0, ""
        self.ring: Callable[[], None] = lambda: None

    def hear(self, _: Job) -> None:
        """Take note that a job was begun or is at rest.  Waits for nobody."""
        self.ring()

    def round(self) -> float:
        """Look once, if it is time; return how long to wait, in seconds.

        Raises:
            JournalError: the journal cannot be read.

        """
        now = self._tools.clock.steady()
        if now < self._next:
            return self._next - now
        self._next = now + _PAUSE
        try:
            return self._look()
        except OSError as fault:
            why = fault.strerror or str(fault)
            if why != self._trouble:
                self._trouble = why
                inbox = self._route.inbox
                self._tools.log.warning("untidy", route=self._route.name, folder="inbox", path=inbox, why=why)
            return _AGAIN

    def close(self) -> None:
        """Remove what stands when the loop ends before the daemon does: the route is changed, or gone."""
        if not self._tools.clock.stopped():
            with contextlib.suppress(OSError):
                for job_id in list(self._standing):
                    self._remove(job_id)

    def _look(self) -> float:
        found = self._tools.journal.under_way(self._route.name, MOST)
        wanted = {each.id: each for each in found if each.inbox == self._route.inbox}
        if not self._swept:
            self._sweep(wanted)
        for job_id in [job_id for job_id in self._standing if job_id not in wanted]:
            if len(found) < MOST or not self._tools.journal.is_open(job_id):
                self._remove(job_id)
        self._tried &= wanted.keys()
        now, waits = self._tools.clock.now(), False
        for each in wanted.values():
            if each.id in self._tried:
                continue
            if 0 <= now - each.noticed_at < _PAUSE:
                waits = True
            elif len(self._standing) < MOST:
                self._put(each)
        self._trouble = ""
        return _PAUSE if waits else _EVERY

    def _sweep(self, wanted: dict[str, UnderWay]) -> None:
        """Take over what an earlier life has left, as far as its files are still on their way."""
        self._markers.tidy()
        for entry, job_id in list(self._markers.find(deep=self._route.recursive)):
            if job_id in wanted or (job_id and self._tools.journal.is_open(job_id)):
                self._standing[job_id] = entry
                self._tried.add(job_id)
            else:
                self._markers.remove(entry)
        self._swept = True

    def _put(self, each: UnderWay) -> None:
        entry = Entry(each.folder, note_name(each.name, MARKER_ENDING))
        if entry in self._standing.values():
            return  # an earlier file of the name is still on its way
        self._tried.add(each.id)
        if self._markers.put(entry, write_marker(find_language(self._route.language), entry.name, each.id)):
            self._standing[each.id] = entry

    def _remove(self, job_id: str) -> None:
        entry = self._standing[job_id]
        self._markers.remove(entry)
        if entry.folder and self._route.remove_empty:
            self._tools.folders.prune(self._route.inbox, entry.folder)
        del self._standing[job_id]


def sweep_left(tools: Tools, route: Route) -> None:
    """Remove what stands of a route that has no markers any more.

    Raises:
        OSError: the inbox cannot be used at the moment.

    """
    markers = Markers(tools.folders, route.inbox)
    if markers.were_used():
        markers.sweep()
        markers.forget()
