"""What the page asks of the journal: again and again, so each question is cheap on a journal of a million jobs.

Every query follows an index, or a range of the events' numbers, and none may
take longer than `PATIENCE`: a reader keeps SQLite from folding its log into
the file (docs/design.md, "The page", has the figures).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from watchconvert.adapters.journal.report import Report, open_to_read
from watchconvert.core.flow import COMINGS_AND_GOINGS, Passing
from watchconvert.core.job import Job

PATIENCE = 5.0
"""Seconds that one look at the journal may take."""
_STEPS = 20_000
"""Instructions of SQLite's machine between two looks at the clock; well under a millisecond."""
_OPEN = "state NOT IN ('done', 'failed', 'withdrawn')"
_REST = "state IN ('done', 'failed', 'withdrawn')"


class Glance(Report):
    """Read-only questions of the page."""

    def open_counts(self) -> dict[str, dict[str, int]]:
        """Return how many jobs of each route are in each state that is not at rest."""
        found: dict[str, dict[str, int]] = {}
        for row in self._ask(f"SELECT route, state, count(*) AS jobs FROM job WHERE {_OPEN} GROUP BY route, state"):
            found.setdefault(row["route"], {})[row["state"]] = row["jobs"]
        return found

    def oldest_open(self) -> dict[str, float]:
        """Return for each route with open jobs when the oldest of them was noticed."""
        query = f"SELECT route, min(noticed_at) AS at FROM job WHERE {_OPEN} GROUP BY route"
        return {row["route"]: row["at"] for row in self._ask(query)}

    def troubled_counts(self) -> dict[str, int]:
        """Return for each route how many jobs there are whose step keeps failing."""
        query = f"SELECT route, count(*) AS jobs FROM job WHERE {_OPEN} AND troubled_at > 0 GROUP BY route"
        return {row["route"]: row["jobs"] for row in self._ask(query)}

    def open_jobs(self, limit: int) -> list[Job]:
        """Return jobs that are not at rest, the oldest first."""
        return self._jobs(f"SELECT * FROM job WHERE {_OPEN} ORDER BY noticed_at, id LIMIT ?", (limit,))

    def rested(self, limit: int) -> list[Job]:
        """Return the jobs that came to rest last, the latest first."""
        return self._jobs(f"SELECT * FROM job WHERE {_REST} ORDER BY changed_at DESC LIMIT ?", (limit,))

    def failed_among_last(self, limit: int, depth: int) -> list[str]:
        """Return the ids of the jobs that failed last, the latest first, among the `depth` that came to rest last."""
        query = (
            f"SELECT id FROM (SELECT id, state, changed_at FROM job WHERE {_REST} ORDER BY changed_at DESC LIMIT ?)"
            " WHERE state = 'failed' ORDER BY changed_at DESC LIMIT ?"
        )
        return [row["id"] for row in self._ask(query, (depth, limit))]

    def jobs(self, ids: Sequence[str]) -> list[Job]:
        """Return jobs by their ids, in that order; those that were forgotten are missing."""
        if not ids:
            return []
        found = {job.id: job for job in self._jobs(f"SELECT * FROM job WHERE id IN ({_marks(ids)})", tuple(ids))}
        return [found[each] for each in ids if each in found]

    def later(self, job: Job) -> Job | None:
        """Return the latest job of a file of the same route, folder and name that came after a job."""
        query = (
            "SELECT * FROM job WHERE name = ? AND route = ? AND folder = ? AND noticed_at > ?"
            " ORDER BY noticed_at DESC LIMIT 1"
        )
        found = self._jobs(query, (job.name, job.route, job.folder, job.changed_at))
        return found[0] if found else None

    def ways(self, ids: Sequence[str]) -> dict[str, list[tuple[str, float]]]:
        """Return what happened to jobs and when, the first event first."""
        ways: dict[str, list[tuple[str, float]]] = {each: [] for each in ids}
        if ids:
            query = f"SELECT job, event, at FROM event WHERE job IN ({_marks(ids)}) ORDER BY id"
            for row in self._ask(query, tuple(ids)):
                ways[row["job"]].append((row["event"], row["at"]))
        return ways

    def last_number(self) -> int:
        """Return the number of the last event; 0 when there is none."""
        return self._ask("SELECT max(id) AS id FROM event")[0]["id"] or 0

    def number_at(self, moment: float) -> int:
        """Return a number such that no later event with a smaller one came after `moment`, by halving."""
        low, high = 0, self.last_number() + 1
        while low < high:
            middle = (low + high) // 2
            rows = self._ask("SELECT at FROM event WHERE id >= ? ORDER BY id LIMIT 1", (middle,))
            if rows and rows[0]["at"] < moment:
                low = middle + 1
            else:
                high = middle
        return max(0, low - 1)

    def passings(self, after: int, until: int) -> list[Passing]:
        """Return the files that came and went by events numbered from `after`, without it, to `until`."""
        query = (
            "SELECT event.id, event.job, event.at, event.event, job.route, job.noticed_at, job.cost"
            " FROM event JOIN job ON job.id = event.job WHERE event.id > ? AND event.id <= ?"
            f" AND event.event IN ({_marks(COMINGS_AND_GOINGS)}) ORDER BY event.id"
        )
        return [Passing(*row) for row in self._ask(query, (after, until, *COMINGS_AND_GOINGS))]


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


@contextmanager
def open_glance(path: str, steady: Callable[[], float], patience: float = PATIENCE) -> Iterator[Glance]:
    """Open a journal for one look of `patience` seconds by the clock `steady`.

    Raises:
        JournalError: it cannot be read, or not in time.

    """
    deadline = steady() + patience
    with open_to_read(path) as connection:
        connection.set_progress_handler(lambda: steady() > deadline, _STEPS)
        yield Glance(connection)
