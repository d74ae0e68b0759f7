"""What the journal knows of files that the daemon put into people's folders, and of the time that was believed."""

import sqlite3
from collections.abc import Iterable

from watchconvert.adapters.journal.database import Database
from watchconvert.core.job import Job
from watchconvert.core.keeping import Placed

_ADD = """
    INSERT OR REPLACE INTO placed (route, root, folder, name, kind, ino, size, mtime, job, at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, max(?, coalesce((SELECT believed FROM calendar), 0)))
"""
"""Each place has one row, that of the last thing placed there.  A clock that was set back makes nothing look old."""
_OLDEST = """
    SELECT * FROM placed WHERE route = ? AND root = ? AND kind = ? AND (at, id) > (?, ?) ORDER BY at, id LIMIT ?
"""
_TOTAL = "SELECT coalesce(sum(size), 0) AS total FROM placed WHERE route = ? AND root = ? AND kind = 'file'"
_FOLDER = "SELECT * FROM placed WHERE root = ? AND folder = ? AND name = ? AND kind = 'folder'"
_PLACE = "SELECT folder FROM placed WHERE root = ? AND job = ? AND name = ?"
_NOTE = "SELECT * FROM placed WHERE root = ? AND folder = ? AND name = ? AND kind = 'note'"
_NEXT_ROOT = "SELECT route, root FROM placed WHERE route = ? AND root > ? ORDER BY root LIMIT 1"
_NEXT_ROUTE = "SELECT route, root FROM placed WHERE route > ? ORDER BY route, root LIMIT 1"
"""Together they go from shelf to shelf without reading what stands on them."""
_PRUNE = """
    DELETE FROM placed WHERE id IN (
        SELECT id FROM placed WHERE route = ? AND root = ? AND kind = ? AND at < ? LIMIT ?
    )
"""
_REDATE = "UPDATE placed SET at = ? WHERE route = ? AND root = ? AND kind = ? AND at > ?"
_KINDS = ("file", "note", "folder")
_BELIEVE = """
    INSERT INTO calendar (only, believed) VALUES (1, ?) ON CONFLICT (only) DO UPDATE SET believed = excluded.believed
"""


def add(connection: sqlite3.Connection, job: Job, placed: Iterable[Placed]) -> None:
    """Remember what a job's step has placed, in the transaction of its event."""
    connection.executemany(
        _ADD,
        [
            (job.route, _to_bytes(each.root), each.folder, each.name, each.kind, str(each.ino), each.size,
             str(each.mtime), job.id, job.changed_at)
            for each in placed
        ],
    )  # fmt: skip


def _to_bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


def _from_row(row: sqlite3.Row) -> Placed:
    return Placed(
        root=row["root"].decode("utf-8", "surrogateescape"),
        ino=int(row["ino"]),
        mtime=int(row["mtime"]),
        **{name: row[name] for name in ("folder", "name", "kind", "size", "job", "at", "id")},
    )


class Placements:
    """Questions about what was placed; each takes and returns values of the core."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def oldest(self, route: str, root: str, kind: str, after: tuple[float, int], limit: int) -> list[Placed]:
        """Return what a route has placed in one of its folders, the oldest first, behind a time and a number."""
        values = (route, _to_bytes(root), kind, *after, limit)
        return [_from_row(row) for row in self._database.read(_OLDEST, values)]

    def total(self, route: str, root: str) -> int:
        """Return the size of all files that a route has placed in one of its folders, in bytes."""
        return int(self._database.read(_TOTAL, (route, _to_bytes(root)))[0]["total"])

    def made_folder(self, root: str, path: bytes) -> Placed | None:
        """Return a sub-folder that the daemon made; None where a person did."""
        above, _, name = path.rpartition(b"/")
        found = self._database.read(_FOLDER, (_to_bytes(root), above, name))
        return _from_row(found[0]) if found else None

    def owner(self, root: str, folder: bytes, name: bytes) -> str:
        """Return the id of the job that has put there last what is known to lie there; empty when nothing is known."""
        query = "SELECT job FROM placed WHERE root = ? AND folder = ? AND name = ?"
        found = self._database.read(query, (_to_bytes(root), folder, name))
        return str(found[0]["job"]) if found else ""

    def notes_at(self, root: str, folder: bytes, names: Iterable[bytes]) -> list[Placed]:
        """Return the explanations that the daemon put under names in a folder."""
        places = [(_to_bytes(root), folder, name) for name in names]
        return [_from_row(row) for place in places for row in self._database.read(_NOTE, place)]

    def folder_of(self, root: str, job: str, name: bytes) -> bytes:
        """Return the sub-folder in which a job has placed a file of that name; empty where that is not known."""
        found = self._database.read(_PLACE, (_to_bytes(root), job, name))
        return bytes(found[0]["folder"]) if found else b""

    def forget(self, placed: Iterable[Placed]) -> None:
        """Remember these no longer: they are gone, or somebody else's now."""
        numbers = [(each.id,) for each in placed]
        if numbers:
            query = "DELETE FROM placed WHERE id = ?"
            self._database.write(lambda connection: connection.executemany(query, numbers).rowcount)

    def shelves(self) -> list[tuple[str, str]]:
        """Return the routes with the folders in which they have placed anything."""
        found, last = list[tuple[str, str]](), ("", b"")
        while rows := self._database.read(_NEXT_ROOT, last) or self._database.read(_NEXT_ROUTE, last[:1]):
            last = rows[0]["route"], rows[0]["root"]
            found.append((last[0], last[1].decode("utf-8", "surrogateescape")))
        return found

    def prune(self, route: str, root: str, before: float, limit: int) -> int:
        """Forget what a route placed in a folder before a time, so many of each kind at most; return how many."""

        def work(connection: sqlite3.Connection) -> int:
            values = [(route, _to_bytes(root), kind, before, limit) for kind in _KINDS]
            return sum(connection.execute(_PRUNE, each).rowcount for each in values)

        return int(self._database.write(work))

    def believed(self) -> float | None:
        """Return the last time of day that was believed; None when there was none."""
        found = self._database.read("SELECT believed FROM calendar")
        return float(found[0]["believed"]) if found else None

    def believe(self, now: float) -> None:
        """Note that the time of day is believed."""
        self._database.write(lambda connection: connection.execute(_BELIEVE, (now,)).rowcount)

    def redate(self, now: float) -> None:
        """Date anew what a clock that was wrong has dated into the future: else it would be kept until then."""
        shelves = [(route, _to_bytes(root)) for route, root in self.shelves()]
        values = [(now, route, root, kind, now) for route, root in shelves for kind in _KINDS]
        self._database.write(lambda connection: connection.executemany(_REDATE, values).rowcount)
