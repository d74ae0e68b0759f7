"""What the engine asks of the journal, in the words of the core."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from watchconvert.adapters.journal import care, ledger, placements, rows
from watchconvert.adapters.journal.database import Database
from watchconvert.adapters.journal.news import News
from watchconvert.adapters.journal.placements import Placements
from watchconvert.core.account import Account
from watchconvert.core.answers import Scope
from watchconvert.core.job import Job
from watchconvert.core.keeping import Placed
from watchconvert.core.states import Event

_AT_REST = "('done', 'failed', 'withdrawn')"
_FAR = 2 * 3600.0
"""A due time further off than any pause can be comes from a clock that was wrong."""
_ADD = f"INSERT OR IGNORE INTO job ({', '.join(rows.COLUMNS)}) VALUES ({', '.join(':' + c for c in rows.COLUMNS)})"
_SET = ", ".join(f"{column} = :{column}" for column in rows.COLUMNS if column not in rows.LASTING)
_RECORD = f"UPDATE job SET {_SET} WHERE id = :id AND state = :state_before"
_EVENT = "INSERT INTO event (job, at, event, state, note) VALUES (?, ?, ?, ?, ?)"
_DUE = f"""
    SELECT * FROM job WHERE state NOT IN {_AT_REST} AND state != 'converting' AND (due <= :now OR due > :far)
    ORDER BY state IN ('noticed', 'claimed', 'uploaded'), due LIMIT :limit
"""
_CONVERTING = f"""
    SELECT id FROM job WHERE state NOT IN {_AT_REST} AND state = 'converting' AND (due <= :now OR due > :far)
"""
_COUNT_OPEN = f"""
    SELECT count(*) AS jobs FROM job WHERE state NOT IN {_AT_REST} AND state != 'converting' AND route = ?
"""
_UNDER_WAY = f"""
    SELECT id, json_extract(terms, '$.inbox') AS inbox, folder, name, noticed_at FROM job
    WHERE state NOT IN {_AT_REST} AND state != 'noticed' AND route = ? ORDER BY noticed_at DESC LIMIT ?
"""
_NEXT = f"SELECT min(due) AS due FROM job WHERE state NOT IN {_AT_REST} AND due > ?"
_HURRY = f"UPDATE job SET due = ? WHERE state NOT IN {_AT_REST} AND troubled_at > 0"
_OLD = f"SELECT id FROM job WHERE state IN {_AT_REST} AND changed_at < ? ORDER BY changed_at LIMIT ?"
_PIECES = ("DELETE FROM event WHERE job = ?", "DELETE FROM job WHERE id = ?")
_INHERITED = "SELECT id FROM job WHERE state IN ('noticed', 'claimed', 'uploaded')"
_HOLD = """
    INSERT INTO hold (scope, name, reason, since, probe_at, probes) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (scope, name) DO UPDATE SET reason = excluded.reason, probe_at = excluded.probe_at,
        probes = excluded.probes
"""


@dataclass(frozen=True)
class UnderWay:
    """A job whose file was taken out of the inbox, as far as that concerns the inbox."""

    id: str
    inbox: str
    folder: bytes
    name: bytes
    noticed_at: float


@dataclass(frozen=True)
class Hold:
    """A pause of the account, the service, a route or a disk, or one that a person wants."""

    scope: Scope
    name: str
    """The route or folder; empty for the account, the service, and all routes."""
    reason: str
    since: float
    probe_at: float
    """When it is next found out whether it is over; of a person's, when it ends, 0 where nobody said."""
    probes: int = 0


class Journal:
    """The queue of the daemon."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.placements, self.ledger = Placements(database), ledger.Ledger(database)

    def add(self, job: Job) -> bool:
        """Make a row for a noticed file; False when that file has one already."""
        row = rows.to_row(job)

        def work(connection: sqlite3.Connection) -> bool:
            if not connection.execute(_ADD, row).rowcount:
                return False
            connection.execute(_EVENT, (job.id, job.noticed_at, Event.NOTICED.value, job.state.value, ""))
            return True

        return bool(self._database.write(work))

    def record(self, before: Job, after: Job, event: Event, placed: Iterable[Placed] = ()) -> bool:
        """Record one event; False, and nothing written, when the row is no longer in the state it was in.

        What the step has placed in people's folders is remembered in the same transaction.
        """
        row = _changes_of(before, after)

        def work(connection: sqlite3.Connection) -> bool:
            return _record(connection, row, before, after, event, placed)

        return bool(self._database.write(work))

    def record_all(self, changes: Sequence[tuple[Job, Job]], event: Event) -> list[bool]:
        """Write the same event of many jobs, each before and after it, in one transaction; tell of each as `record`."""

        def work(connection: sqlite3.Connection) -> list[bool]:
            return [
                _record(connection, _changes_of(before, after), before, after, event, ()) for before, after in changes
            ]

        return list(self._database.write(work))

    def due(self, now: float, limit: int) -> list[Job]:
        """Return jobs whose step may start now; those that have cost money already come first."""
        values = {"now": now, "far": now + _FAR, "limit": limit}
        return [self._job(row) for row in self._database.read(_DUE, values)]

    def converting(self, now: float) -> list[str]:
        """Return the ids of jobs that the service converts and that may be asked about now."""
        return [row["id"] for row in self._database.read(_CONVERTING, {"now": now, "far": now + _FAR})]

    def next_due(self, now: float) -> float | None:
        """Return when the next job after `now` is due, or None when no job waits."""
        due: float | None = self._database.read(_NEXT, (now,))[0]["due"]
        return due

    def hurry(self, now: float) -> None:
        """Make everything that waits after a fault due now: the fault is over."""
        self._database.write(lambda connection: connection.execute(_HURRY, (now,)).rowcount)

    def get(self, job_id: str) -> Job | None:
        """Return a job by its id."""
        found = self._database.read("SELECT * FROM job WHERE id = ?", (job_id,))
        return self._job(found[0]) if found else None

    def _job(self, row: sqlite3.Row) -> Job:
        try:
            return rows.from_row(row)
        except rows.UNREADABLE as fault:
            raise self._database.damaged(f"the row of job {row['id']} cannot be read: {fault}") from fault

    def find_remote(self, remote_id: str) -> str:
        """Return the id of the job with a JobId, empty when there is none that the service converts."""
        found = self._database.read("SELECT id FROM job WHERE remote_id = ? AND state = 'converting'", (remote_id,))
        return str(found[0]["id"]) if found else ""

    def note_account(self, account: Account, now: float) -> None:
        """Remember what the service told of the account."""
        values = (now, account.total, account.consumed, account.seconds_left)
        query = "INSERT OR REPLACE INTO account (at, total, consumed, seconds_left) VALUES (?, ?, ?, ?)"
        self._database.write(lambda connection: connection.execute(query, values).rowcount)

    def open_ids(self) -> set[str]:
        """Return the ids of all jobs that are not at rest."""
        return {row["id"] for row in self._database.read(f"SELECT id FROM job WHERE state NOT IN {_AT_REST}")}

    def count_all_open(self) -> int:
        """Return how many jobs are not at rest."""
        return int(self._database.read(f"SELECT count(*) AS jobs FROM job WHERE state NOT IN {_AT_REST}")[0]["jobs"])

    def count_open(self, route: str) -> int:
        """Return how many jobs of a route are neither at rest nor with the service."""
        query = (
            f"SELECT count(*) AS jobs FROM job WHERE state NOT IN {_AT_REST} AND state != 'converting' AND route = ?"
        )
        return int(self._database.read(query, (route,))[0]["jobs"])

    def under_way(self, route: str, limit: int) -> list[UnderWay]:
        """Return the jobs of a route that are past their claim and not at rest, the newest first."""
        return [
            UnderWay(row["id"], row["inbox"], row["folder"], row["name"], row["noticed_at"])
            for row in self._database.read(_UNDER_WAY, (route, limit))
        ]

    def is_open(self, job_id: str) -> bool:
        """Tell whether a job is not at rest."""
        return bool(self._database.read(f"SELECT 1 FROM job WHERE id = ? AND state NOT IN {_AT_REST}", (job_id,)))

    def begin_hold(self, hold: Hold) -> None:
        """Note a hold; one that stands already keeps its start."""
        values = (hold.scope.value, hold.name, rows.storable(hold.reason), hold.since, hold.probe_at, hold.probes)
        self._database.write(lambda connection: connection.execute(_HOLD, values).rowcount)

    def end_hold(self, scope: Scope, name: str) -> None:
        """Forget a hold."""
        query = "DELETE FROM hold WHERE scope = ? AND name = ?"
        self._database.write(lambda connection: connection.execute(query, (scope.value, name)).rowcount)

    def holds(self) -> list[Hold]:
        """Return the holds that stand, the oldest first."""
        return [
            Hold(Scope(row["scope"]), row["name"], row["reason"], row["since"], row["probe_at"], row["probes"])
            for row in self._database.read("SELECT * FROM hold ORDER BY since")
        ]

    def known_folders(self) -> dict[str, int]:
        """Return the folders of routes that were there once, with their device numbers."""
        return {row["path"]: row["dev"] for row in self._database.read("SELECT path, dev FROM known_folder")}

    def know_folders(self, folders: Iterable[tuple[str, int]]) -> None:
        """Remember folders with their device numbers."""
        values = list(folders)
        query = "INSERT OR REPLACE INTO known_folder (path, dev) VALUES (?, ?)"
        self._database.write(lambda connection: connection.executemany(query, values).rowcount)

    def inherited(self) -> set[str]:
        """Return the ids of open jobs for which nothing was bought, as far as the journal knows."""
        return {row["id"] for row in self._database.read(_INHERITED)}

    def prune(self, before: float, limit: int, bought_before: float = inf) -> int:
        """Delete what is told of jobs that came to rest before a time, `limit` jobs at most; return how many.

        Of their rounds those stay that were minted since `bought_before`, as budgets are counted by them.
        """
        old = [(row["id"],) for row in self._database.read(_OLD, (before, limit))]

        def work(connection: sqlite3.Connection) -> int:
            for query in _PIECES:
                connection.executemany(query, old)
            ledger.prune(connection, min(before, bought_before), limit)
            connection.execute("DELETE FROM account WHERE at < ?", (before,))
            return len(old)

        return int(self._database.write(work))

    def drop_copies(self, before: float) -> None:
        """Remove copies of the journal that were made for an upgrade before a time."""
        care.drop_copies(self.path, before)

    @property
    def news(self) -> News:
        """What the history tells anew."""
        return News(self._database)

    def shrink(self) -> None:
        """Give the room of what was deleted back to the disk, a piece at a time."""
        self._database.shrink()

    @property
    def path(self) -> str:
        """Where the journal lies."""
        return self._database.path

    @property
    def put_aside(self) -> str:
        """Where a damaged journal was put when this one was made in its place; empty when it was sound."""
        return self._database.put_aside

    def has_room(self) -> bool:
        """Tell whether there is room for new work beside the journal."""
        return self._database.has_room()

    def check_place(self) -> None:
        """See that the journal's file stands where it did.

        Raises:
            JournalError: it did not; it has been written there again, and the daemon must start anew.

        """
        self._database.check_place()

    def close(self) -> None:
        """Close the journal."""
        self._database.close()


def _changes_of(before: Job, after: Job) -> dict[str, Any]:
    return rows.to_changes(after) | {"state_before": before.state.value}


def _record(
    connection: sqlite3.Connection,
    row: dict[str, Any],
    before: Job,
    after: Job,
    event: Event,
    placed: Iterable[Placed],
) -> bool:
    if not connection.execute(_RECORD, row).rowcount:
        return False
    if event is not Event.DELAYED or after.note != before.note:
        connection.execute(_EVENT, (after.id, after.changed_at, event.value, after.state.value, row["note"]))
    ledger.note(connection, before, after, event)
    placements.add(connection, after, placed)
    return True
