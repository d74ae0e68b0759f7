"""What the command line reads of the journal, beside the daemon that writes it: it never writes."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any
from urllib.parse import quote

from watchconvert.adapters.journal import schema
from watchconvert.adapters.journal.database import JournalError, is_locked
from watchconvert.adapters.journal.ledger import SPENT
from watchconvert.adapters.journal.rows import from_row
from watchconvert.adapters.journal.store import Hold
from watchconvert.core.answers import Scope
from watchconvert.core.job import Job
from watchconvert.core.states import RESTING, State

_AT_REST = "('done', 'failed', 'withdrawn')"
_DOUBTFUL = "(sent > 1 OR outcome IN ('forgotten', 'sent_back'))"
"""Written as in the partial index `round_doubtful`, or SQLite would not use it."""
_AS_TODAY = """
    CREATE TEMP VIEW job AS SELECT *, -1 AS owner FROM main.job;
    CREATE TEMP VIEW round AS
        SELECT remote_id, job, minted_at, sent, replace(outcome, ' ', '_') AS outcome, cost,
        coalesce((SELECT route FROM main.job WHERE id = job), '') AS route, -1 AS owner FROM main.round;
"""
"""Shows a journal of version 1 or 2 as one of today, where the daemon has not run yet since the upgrade."""


@dataclass(frozen=True)
class Choice:
    """Which jobs are asked for."""

    route: str = ""
    states: tuple[State, ...] = ()
    """Any of these; all where there is none."""
    since: float = 0.0
    until: float = inf
    """Seconds since the epoch, of the last change."""
    limit: int = 20
    """Jobs at most; all where it is negative."""
    owner: int | None = None
    """The uid of the person who dropped the file; None for everybody's."""


class Report:
    """Read-only questions to the journal."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many jobs of each route are in each state."""
        found = self.rested_counts(0.0)
        for route, states in self.open_counts().items():
            found[route] = found.get(route, {}) | states
        return found

    def open_counts(self) -> dict[str, dict[str, int]]:
        """Return how many jobs of each route are in each state that is not at rest; quick however long the history."""
        return self._count("NOT IN", 0.0)

    def rested_counts(self, since: float) -> dict[str, dict[str, int]]:
        """Return how many jobs of each route came to rest in each way since a time."""
        return self._count("IN", since)

    def _count(self, whether: str, since: float) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        # The terms are written as those of the partial indexes are, or SQLite would not use these.
        query = (
            f"SELECT route, state, count(*) AS jobs FROM job WHERE state {whether} {_AT_REST}"
            + (" AND changed_at >= ?" if since else "")
            + " GROUP BY route, state"
        )
        for row in self._ask(query, (since,) if since else ()):
            found.setdefault(row["route"], {})[row["state"]] = row["jobs"]
        return found

    def holds(self) -> list[Hold]:
        """Return the holds that stand."""
        return [
            Hold(Scope(row["scope"]), row["name"], row["reason"], row["since"], row["probe_at"], row["probes"])
            for row in self._ask("SELECT * FROM hold ORDER BY since")
        ]

    def last(self, limit: int) -> list[Job]:
        """Return the jobs that changed last, the latest first."""
        return self._jobs("SELECT * FROM job ORDER BY changed_at DESC LIMIT ?", (limit,))

    def troubled(self, limit: int) -> list[Job]:
        """Return jobs whose step keeps failing, the oldest trouble first."""
        query = (
            "SELECT * FROM job WHERE troubled_at > 0 AND state NOT IN ('done', 'failed', 'withdrawn')"
            " ORDER BY troubled_at LIMIT ?"
        )
        return self._jobs(query, (limit,))

    def money(self) -> dict[str, int]:
        """Return the ledger in sums: rounds, cost, and rounds that were sent more than once or given up."""
        row = self._ask(
            "SELECT count(*) AS rounds, coalesce(sum(cost), 0) AS cost,"
            f" (SELECT count(*) FROM round WHERE {_DOUBTFUL}) AS doubtful FROM round"
        )[0]
        return {"rounds": row["rounds"], "cost": row["cost"], "doubtful": row["doubtful"]}

    def double_charges(self, limit: int) -> list[dict[str, Any]]:
        """Return rounds that may be bills for nothing, the latest first: job, route, name, minted_at, cause."""
        query = (
            "SELECT job.id AS job, job.route, job.name, round.minted_at, CASE"
            " WHEN round.outcome = 'sent_back' THEN 'the service failed this round and was asked for another'"
            " WHEN round.outcome = 'forgotten' THEN 'the service lost the job, and it was begun anew'"
            " WHEN job.adopted THEN 'the journal was lost, and the service did not know the job'"
            " ELSE 'no reply came, the service did not know the job, and it was sent once more' END AS cause"
            " FROM (SELECT job, outcome, minted_at FROM round"
            f" WHERE {_DOUBTFUL} AND EXISTS (SELECT 1 FROM job WHERE job.id = round.job)"
            " ORDER BY minted_at DESC LIMIT ?) AS round JOIN job ON job.id = round.job"
            " ORDER BY round.minted_at DESC"
        )
        return [dict(row) for row in self._ask(query, (limit,))]

    def account(self) -> dict[str, Any] | None:
        """Return what the service told of the account last: when, bought, used; None when it never did."""
        rows = self._ask("SELECT * FROM account ORDER BY at DESC LIMIT 1")
        return dict(rows[0]) if rows else None

    def find(self, start: str) -> list[Job]:
        """Return the jobs whose id begins so."""
        return self._jobs("SELECT * FROM job WHERE id >= ? AND id < ? ORDER BY id", (start, start + "g"))

    def named(self, name: bytes, limit: int) -> list[Job]:
        """Return the latest jobs of files with that name, the latest first."""
        return self._jobs("SELECT * FROM job WHERE name = ? ORDER BY changed_at DESC LIMIT ?", (name, limit))

    def beginning(self, stem: bytes, limit: int) -> list[Job]:
        """Return the latest jobs of files whose name is a stem, with or without an ending; the latest first."""
        query = "SELECT * FROM job WHERE name = ? OR (name > ? AND name < ?) ORDER BY changed_at DESC LIMIT ?"
        return self._jobs(query, (stem, stem + b".", stem + b"/", limit))

    def select(self, choice: Choice) -> list[Job]:
        """Return the jobs of a choice, those that changed last first."""
        terms, values = _terms_of(choice)
        found = list[Job]()
        for whether, changed in _halves_of(choice.states):
            # Which they are is found in an index that has all of this; only they themselves are read.
            ids = f"SELECT id FROM job WHERE {changed} >= ? AND {changed} < ?{terms}"
            ids += f" AND state {whether} {_AT_REST} ORDER BY {changed} DESC LIMIT ?"
            found += self._jobs(f"SELECT * FROM job WHERE id IN ({ids})", (*values, choice.limit))
        found.sort(key=lambda job: job.changed_at, reverse=True)
        return found if choice.limit < 0 else found[: choice.limit]

    def failed(self, since: float = 0.0, route: str = "") -> list[Job]:
        """Return the jobs that failed since a time, the latest first, but for files dropped or sent back since."""
        ids = (
            f"SELECT id FROM job WHERE state IN {_AT_REST} AND state = 'failed' AND changed_at >= ?"
            f"{' AND route = ?' if route else ''}"
        )
        query = (
            f"SELECT * FROM job WHERE id IN ({ids}) AND NOT EXISTS (SELECT 1 FROM job AS later"
            " WHERE later.name = job.name AND later.route = job.route AND later.folder = job.folder"
            " AND later.noticed_at > job.changed_at) ORDER BY changed_at DESC"
        )
        return self._jobs(query, (since, route) if route else (since,))

    def events_of(self, job_id: str, after: int = 0) -> list[dict[str, Any]]:
        """Return what happened to a job since an event's number, the oldest first: id, at, event, state, note."""
        query = "SELECT id, at, event, state, note FROM event WHERE job = ? AND id > ? ORDER BY id"
        return [dict(row) for row in self._ask(query, (job_id, after))]

    def costs(self, since: float, until: float, owner: int | None = None) -> list[dict[str, Any]]:
        """Return what was minted in a time, in sums: route, owner, rounds, cost, doubtful."""
        theirs, values = ("", (since, until)) if owner is None else (" AND owner = ?", (since, until, owner))
        sums = f"FROM round WHERE minted_at >= ? AND minted_at < ?{theirs}"
        query = f"SELECT route, owner, count(*) AS rounds, sum(cost) AS cost {sums} GROUP BY route, owner"
        doubts = f"SELECT route, owner, count(*) AS rounds {sums} AND {_DOUBTFUL} GROUP BY route, owner"
        doubtful = {(row["route"], row["owner"]): row["rounds"] for row in self._ask(doubts, values)}
        return [
            dict(row) | {"doubtful": doubtful.get((row["route"], row["owner"]), 0)} for row in self._ask(query, values)
        ]

    def spent(self, since: float, until: float) -> dict[str, int]:
        """Return for each route what that cost which was minted in a time."""
        return {row["route"]: row["cost"] for row in self._ask(SPENT, (since, until))}

    def next_minted(self, since: float, until: float) -> float | None:
        """Return when the first conversion in a time was bought; None when none was."""
        query = "SELECT min(minted_at) AS at FROM round WHERE minted_at >= ? AND minted_at < ?"
        at: float | None = self._ask(query, (since, until))[0]["at"]
        return at

    def events_after(self, number: int) -> list[dict[str, Any]]:
        """Return what happened since an event's number, the oldest first, with the file it happened to."""
        query = (
            "SELECT event.id, event.job, event.at, event.event, event.state, event.note, job.name, job.route"
            " FROM event JOIN job ON job.id = event.job WHERE event.id > ? ORDER BY event.id"
        )
        return [dict(row) for row in self._ask(query, (number,))]

    def known_folders(self) -> dict[str, int]:
        """Return the folders of routes that were there once, with their device numbers."""
        return {row["path"]: row["dev"] for row in self._ask("SELECT path, dev FROM known_folder")}

    def all_jobs(self) -> list[Job]:
        """Return every job, the oldest first."""
        return self._jobs("SELECT * FROM job ORDER BY noticed_at")

    def _jobs(self, query: str, values: tuple[Any, ...] = ()) -> list[Job]:
        return [from_row(row) for row in self._ask(query, values)]

    def _ask(self, query: str, values: tuple[Any, ...] = ()) -> list[sqlite3.Row]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as fault:
            raise JournalError(str(fault)) from fault


@contextmanager
def open_report(path: str) -> Iterator[Report]:
    """Open a journal for reading, whether or not a daemon has it open.

    Raises:
        NewerJournalError: a later watchconvert wrote it.
        JournalError: there is none, or it cannot be read.

    """
    with open_to_read(path) as connection:
        yield Report(connection)


@contextmanager
def open_to_read(path: str) -> Iterator[sqlite3.Connection]:
    """Open a journal of a version that can be read as it is; raises as `open_report` does."""
    if not Path(path).exists():
        raise JournalError(f"{path} is not there yet: the daemon makes it when it first runs")
    connection = None
    try:
        connection = sqlite3.connect(f"file:{quote(path)}?mode=ro{_alone(path)}", uri=True, timeout=5)
        connection.row_factory = sqlite3.Row
        schema.refuse_newer(connection, path)
        if schema.version_in(connection) < schema.READABLE:
            raise JournalError(f"{path} has nothing in it that can be told yet: the daemon must run once with it")
        if schema.version_in(connection) < schema.VERSION:
            connection.executescript(_AS_TODAY)
        yield connection
    except sqlite3.Error as fault:
        raise JournalError(f"{path}: {fault}") from fault
    finally:
        if connection is not None:
            connection.close()


def _terms_of(choice: Choice) -> tuple[str, list[Any]]:
    """Return what a choice asks of a row, as SQL and the values for it."""
    terms = list[str]()
    values: list[Any] = [choice.since, choice.until]
    for column, wanted in (("route", choice.route or None), ("owner", choice.owner)):
        if wanted is not None:
            terms.append(f" AND {column} = ?")
            values.append(wanted)
    if choice.states:
        terms.append(f" AND state IN ({', '.join('?' * len(choice.states))})")
        values += [state.value for state in choice.states]
    return "".join(terms), values


def _halves_of(states: tuple[State, ...]) -> list[tuple[str, str]]:
    """Return where to look for jobs in these states, at rest or not, and how to name the time of their change there.

    The plus keeps SQLite from going through all jobs by that time to find the few that are open.
    """
    at_rest = {state in RESTING for state in states} or {True, False}
    return [("IN", "changed_at") if each else ("NOT IN", "+changed_at") for each in at_rest]


def is_alone(path: str) -> bool:
    """Tell whether nobody writes a journal: no daemon runs, and none left a write-ahead log."""
    return not Path(path + "-wal").exists() and not is_locked(path)


def _alone(path: str) -> str:
    """Say so to SQLite where nobody writes: then it needs no log, which perhaps may not be made."""
    return "&immutable=1" if is_alone(path) else ""


def read_status(path: str) -> dict[str, Any]:
    """Return what the running daemon tells beside the journal; empty when none runs or it cannot be read."""
    try:
        note = json.loads(Path(path + ".status").read_text("ascii"))
    except (OSError, ValueError):
        return {}
    return note if is_locked(path) and isinstance(note, dict) else {}
