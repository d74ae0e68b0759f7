"""`watchconvert cost`: what conversions cost, as the service told it, by month and route."""

import csv
import json
import sys
from math import inf
from typing import Any

from watchconvert.adapters.journal.report import open_report
from watchconvert.faces import paper
from watchconvert.faces.sheet import Grid, Said, Tone
from watchconvert.faces.times import moment_of

_COLUMNS = ("month", "route", "rounds", "cost", "doubtful")


def show_costs(journal: str, since: str | None, until: str | None, now: float, *, form: str) -> None:
    """Print the ledger's sums; `form` is "json", "csv" or, for people, empty.

    Raises:
        ValueError: a time is neither a duration nor a date.
        JournalError: the journal cannot be read.

    """
    start, end = moment_of(since, now) if since else 0.0, moment_of(until, now) if until else inf
    with open_report(journal) as report:
        rows = report.costs(start, end)
    if form == "json":
        print(json.dumps(rows, indent=2))
    elif form == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerow(_COLUMNS)
        writer.writerows([row[column] for column in _COLUMNS] for row in rows)
    elif not rows:
        paper.show(["Nothing was sent for conversion in that time."])
    else:
        paper.show([_lay_out(rows)])


def _lay_out(rows: list[dict[str, Any]]) -> Grid:
    heads = ("month", "route", "conversions", "cost", "perhaps double")
    body = [(row["month"], row["route"], *_numbers(row)) for row in rows]
    total = {column: sum(row[column] for row in rows) for column in _COLUMNS[2:]}
    return Grid(heads, [*body, (Said("all", Tone.STRONG), "", *_numbers(total))], frozenset(heads[2:]))


def _numbers(row: dict[str, Any]) -> tuple[str, Said | str, Said]:
    doubtful = Said(str(row["doubtful"]), Tone.WARN if row["doubtful"] else Tone.QUIET)
    return str(row["rounds"]), Said(str(row["cost"]), Tone.STRONG), doubtful
