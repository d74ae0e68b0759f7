"""Jobs as rows and back."""

import dataclasses
import json
import sqlite3
from functools import lru_cache
from typing import Any

from watchconvert.core.job import Job, Order, Part, Sighting, Step, Verdict
from watchconvert.core.states import State

_PLAIN = (
    "id", "route", "folder", "name", "due", "note", "tries", "troubled_at", "deaths", "noticed_at", "changed_at",
    "file_id", "uploaded_at", "sha256", "remote_id", "minted_at", "doubted_at", "step", "round", "sent", "repeats",
    "cost", "adopted", "owner",
)  # fmt: skip
_OF_VERSION_2 = tuple(name for name in _PLAIN if name != "owner")
COLUMNS = (*_PLAIN, "state", "terms", "sighting", "parts", "verdict")
LASTING = frozenset({"id", "route", "folder", "name", "noticed_at", "adopted", "owner", "terms"})
"""What never changes in a row; SQLite leaves an index alone while none of its columns is written."""


UNREADABLE = (ValueError, TypeError, KeyError, AttributeError)
"""What comes of a row whose content is not what was written."""


_CHANGING = tuple(name for name in _PLAIN if name not in LASTING)


def to_row(job: Job) -> dict[str, Any]:
    """Return the columns of a job."""
    lasting = {name: storable(getattr(job, name)) for name in _PLAIN if name in LASTING}
    return lasting | {"terms": json.dumps(dataclasses.asdict(job.order))} | to_changes(job)


def to_changes(job: Job) -> dict[str, Any]:
    """Return those columns of a job that may change, and its id."""
    row: dict[str, Any] = {name: storable(getattr(job, name)) for name in _CHANGING}
    row["id"] = job.id
    row["state"] = job.state.value
    row["sighting"] = json.dumps(dataclasses.astuple(job.sighting))
    row["parts"] = json.dumps([_part_to_json(part) for part in job.parts])
    row["verdict"] = json.dumps(dataclasses.asdict(job.verdict)) if job.verdict else None
    return row


def storable(value: Any) -> Any:
    """Return a value for a column; half a character, which the service's JSON may hold, comes out as an escape."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def from_row(row: sqlite3.Row) -> Job:
    """Return the job of a row; of one that an earlier version wrote, too."""
    plain = _PLAIN if "owner" in row.keys() else _OF_VERSION_2  # noqa: SIM118 - a row yields its values, not its names
    return Job(
        **{name: row[name] for name in plain},
        state=State(row["state"]),
        order=_order_from_json(row["terms"]),
        sighting=Sighting(*json.loads(row["sighting"])),
        parts=tuple(map(_part_from_json, json.loads(row["parts"]))),
        verdict=Verdict(**json.loads(row["verdict"])) if row["verdict"] else None,
    )


@lru_cache(maxsize=1024)
def _order_from_json(text: str) -> Order:
    """Return an order; the files of a route mostly have the same one, and nobody changes it."""
    terms = json.loads(text)
    return Order(**terms | {"steps": tuple(Step(**step) for step in terms["steps"])})


def _part_to_json(part: Part) -> dict[str, Any]:
    return dataclasses.asdict(part) | {"name": part.name.decode("utf-8", "surrogateescape")}


def _part_from_json(raw: dict[str, Any]) -> Part:
    return Part(**raw | {"name": raw["name"].encode("utf-8", "surrogateescape")})
