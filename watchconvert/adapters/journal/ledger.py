"""The ledger: each JobId that may have been billed, with what it cost and whose file it was for."""

import sqlite3

from watchconvert.adapters.journal import rows
from watchconvert.adapters.journal.database import Database
from watchconvert.core.job import Job
from watchconvert.core.states import Event, State

_NOTE = """
    INSERT INTO round (remote_id, job, minted_at, sent, outcome, cost, route, owner)
    VALUES (:remote_id, :job, :minted_at, :sent, :outcome, 0, :route, :owner)
    ON CONFLICT (remote_id) DO UPDATE SET sent = excluded.sent, outcome = excluded.outcome
    WHERE round.outcome NOT IN ('forgotten', 'sent_back')
"""
"""A round that was given up stays so, whatever becomes of its job: it may be a bill for nothing."""
_PAY = "UPDATE round SET cost = cost + :cost WHERE remote_id = :remote_id"
"""A statement of its own: SQLite writes each index of a column that a statement names, changed or not."""
_RENAME = "UPDATE OR IGNORE round SET remote_id = ? WHERE remote_id = ?"
_TELLING = frozenset({Event.MINTED, Event.ACCEPTED, Event.CONVERTED, Event.FORGOTTEN, Event.SENT_BACK, Event.REJECTED})
"""What decides about a round; the way of its results to their folder is none of its business."""

SPENT = """
    SELECT route, sum(cost) AS cost, sum(cost > 0) AS paid FROM round
    WHERE minted_at >= ? AND minted_at < ? GROUP BY route
"""
_UNPAID = """
    SELECT id, route, state FROM job WHERE state NOT IN ('done', 'failed', 'withdrawn')
    AND state IN ('noticed', 'claimed', 'uploaded', 'submitting', 'converting')
"""
_PRUNE = """
    DELETE FROM round WHERE remote_id IN (
        SELECT remote_id FROM round WHERE minted_at < ? AND NOT EXISTS (SELECT 1 FROM job WHERE job.id = round.job)
        ORDER BY minted_at LIMIT ?
    )
"""


class Ledger:
    """Questions to the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def spent(self, since: float, until: float) -> list[tuple[str, int, int]]:
        """Return what was bought in a time: for each route what it cost, and how many conversions cost something."""
        return [(row["route"], row["cost"], row["paid"]) for row in self._database.read(SPENT, (since, until))]

    def unpaid(self) -> list[tuple[str, str, State]]:
        """Return the jobs whose cost is not known yet: id, route and state."""
        return [(row["id"], row["route"], State(row["state"])) for row in self._database.read(_UNPAID)]


def prune(connection: sqlite3.Connection, before: float, limit: int) -> None:
    """Delete rounds that were minted before a time and whose job is forgotten, so many at most."""
    connection.execute(_PRUNE, (before, limit))


def note(connection: sqlite3.Connection, before: Job, after: Job, event: Event) -> None:
    """Note what an event means for the job's present round, in the transaction of the event."""
    if not after.remote_id:
        return
    if event is Event.ACCEPTED and before.remote_id != after.remote_id:
        # The service chose another id than ours: it is one round all the same.
        connection.execute(_RENAME, (rows.storable(after.remote_id), rows.storable(before.remote_id)))
    if event in _TELLING or after.sent != before.sent:
        connection.execute(_NOTE, _row_of(after, event))
    if after.cost != before.cost:
        connection.execute(_PAY, {"remote_id": rows.storable(after.remote_id), "cost": after.cost - before.cost})


def _row_of(job: Job, event: Event) -> dict[str, str | float | int]:
    return {
        "remote_id": rows.storable(job.remote_id),
        "job": job.id,
        "minted_at": job.minted_at,
        "sent": job.sent,
        "outcome": event.value,
        "route": rows.storable(job.route),
        "owner": job.owner,
    }
