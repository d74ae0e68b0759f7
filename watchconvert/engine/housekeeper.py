"""Keeps the journal small: what is told of a job is forgotten when it has been at rest for long enough."""

from collections.abc import Iterable

from watchconvert.core.settings import Route
from watchconvert.engine.almanac import Almanac
from watchconvert.engine.tools import Tools

_EVERY = 3600.0
"""Seconds between two looks at most."""
_BATCH = 500
"""Jobs that are forgotten in one transaction: nobody waits long for it."""
_LEDGER = 32 * 86400.0
"""Seconds for which it is known what was bought, whatever `keep_history` says: the budget of a month needs it."""
_BREATH = 0.2
"""Seconds between two transactions, so that the work itself has its turn."""


class Housekeeper:
    """Forgets old jobs, with their history and their rounds; never one that is not at rest."""

    def __init__(self, tools: Tools, keep: float, routes: Iterable[Route] = ()) -> None:
        self._tools, self.keep, self.almanac = tools, keep, Almanac(tools)
        self._forgotten = 0
        self.know(routes)

    def know(self, routes: Iterable[Route]) -> None:
        """Take note of the routes: what they may still have to remove is never forgotten."""
        self._kept = {(route.name, root) for route in routes for _, root, keep in route.keeps if keep.is_set}

    def round(self) -> float:
        """Forget some; return how long to wait, in seconds.

        Raises:
            JournalError: the journal cannot be read or written.

        """
        now = self.almanac.now()
        if now is None:
            return _EVERY
        if self._forget_some(now - self.keep, now - _LEDGER):
            return _BREATH
        if self._forgotten:
            self._tools.journal.shrink()
            self._tools.log.info("history_forgotten", jobs=self._forgotten)
            self._forgotten = 0
        self._tools.journal.drop_copies(now - self.keep)
        return min(_EVERY, self.keep / 4)

    def _forget_some(self, before: float, bought_before: float) -> bool:
        """Forget what was before a time, a batch of it; return whether there may be more."""
        jobs, placements = self._tools.journal.prune(before, _BATCH, bought_before), self._tools.journal.placements
        self._forgotten += jobs
        idle = [each for each in placements.shelves() if each not in self._kept]
        rows = [placements.prune(*each, before, _BATCH) for each in idle]
        return max(jobs, *rows, 0) >= _BATCH
