"""Keeps the journal small: what is told of a job is forgotten when it has been at rest for long enough."""

from watchconvert.engine.tools import Tools

_EVERY = 3600.0
"""Seconds between two looks at most."""
_BATCH = 500
"""Jobs that are forgotten in one transaction: nobody waits long for it."""
_BREATH = 0.2
"""Seconds between two transactions, so that the work itself has its turn."""


class Housekeeper:
    """Forgets old jobs, with their history and their rounds; never one that is not at rest."""

    def __init__(self, tools: Tools, keep: float) -> None:
        self._tools, self.keep = tools, keep
        self._forgotten = 0

    def round(self) -> float:
        """Forget some; return how long to wait, in seconds."""
        count = self._tools.journal.prune(self._tools.clock.now() - self.keep, _BATCH)
        self._forgotten += count
        if count == _BATCH:
            return _BREATH
        if self._forgotten:
            self._tools.journal.shrink()
            self._tools.log.info("history_forgotten", jobs=self._forgotten)
            self._forgotten = 0
        return min(_EVERY, self.keep / 4)
