"""What the history tells anew to somebody who remembers how far it was read."""

from dataclasses import dataclass

from watchconvert.adapters.journal.database import Database
from watchconvert.adapters.journal.rows import UNREADABLE, from_row
from watchconvert.core.account import Account
from watchconvert.core.job import Job
from watchconvert.core.states import Event

_LATEST = "SELECT id, job, at FROM event ORDER BY id DESC LIMIT 1"
_AT = "SELECT job, at FROM event WHERE id = ?"
_SINCE = """
    SELECT event.id AS number, job.* FROM event JOIN job ON job.id = event.job
    WHERE event.id > ? AND event.id <= ? AND event.event = ? AND event.at > ? ORDER BY event.id LIMIT ?
"""
_ACCOUNT = "SELECT total, consumed, seconds_left FROM account ORDER BY at DESC LIMIT 1"
_ALWAYS = float("-inf")


@dataclass(frozen=True)
class Mark:
    """How far the history was read: an event, and what shows that its number is still that of the same one."""

    number: int = 0
    job: str = ""
    at: float = 0.0


class News:
    """Reads on in the history."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def latest(self) -> Mark:
        """Return the mark of the last event that there is."""
        found = self._database.read(_LATEST)
        return Mark(found[0]["id"], found[0]["job"], found[0]["at"]) if found else Mark()

    def failed_since(self, mark: Mark, limit: int) -> tuple[list[Job], Mark]:
        """Return jobs whose file went to the error folder since a mark, `limit` at most, and how far that was read.

        Where the numbers began anew, because the journal is another one or
        everything in it was forgotten, what is later than the mark is new.
        """
        latest = self.latest()
        start, after = (0, mark.at) if self._is_renumbered(mark, latest) else (mark.number, _ALWAYS)
        rows = self._database.read(_SINCE, (start, latest.number, Event.SET_ASIDE.value, after, limit))
        jobs = []
        for row in rows:
            try:
                jobs.append(from_row(row))
            except UNREADABLE as fault:
                raise self._database.damaged(f"the row of job {row['id']} cannot be read: {fault}") from fault
        return jobs, self._mark(rows[-1]["number"]) if len(rows) == limit else latest

    def _is_renumbered(self, mark: Mark, latest: Mark) -> bool:
        if not mark.number:
            return False
        if latest.number < mark.number:
            return True
        found = self._database.read(_AT, (mark.number,))
        return bool(found) and (found[0]["job"], found[0]["at"]) != (mark.job, mark.at)

    def _mark(self, number: int) -> Mark:
        (row,) = self._database.read(_AT, (number,))
        return Mark(number, row["job"], row["at"])

    def account(self) -> Account | None:
        """Return what the service told of the account last; None when it never did."""
        found = self._database.read(_ACCOUNT)
        return Account(**dict(found[0])) if found else None
