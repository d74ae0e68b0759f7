"""`watchconvert cost`: what conversions cost, as the service told it, by month, route and person."""

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from watchconvert.adapters.journal.report import Report, open_report
from watchconvert.adapters.spans import Span, month_around, month_name
from watchconvert.core.settings import Config
from watchconvert.faces import paper
from watchconvert.faces.budgets import say_budgets, tell_budgets
from watchconvert.faces.people import names_of
from watchconvert.faces.sheet import Grid, Said, Tone
from watchconvert.faces.times import moment_of

BY = ("month", "route", "user")
_NUMBERS = ("rounds", "cost", "doubtful")


@dataclass(frozen=True)
class Question:
    """What is to be summed, and how."""

    since: float = 0.0
    until: float = inf
    by: tuple[str, ...] = ("month", "route")
    """Any of `BY`."""
    owner: int | None = None
    """The uid of one person; None for all."""


def ask(now: float, since: str | None, until: str | None, by: Sequence[str], owner: int | None) -> Question:
    """Return what is asked for in the words of the command line.

    Raises:
        ValueError: a time is neither a duration nor a date.

    """
    start, end = moment_of(since, now) if since else 0.0, moment_of(until, now) if until else inf
    return Question(start, end, tuple(key for key in BY if key in by) or ("month", "route"), owner)


def show_costs(config: Config, question: Question, now: float, *, form: str) -> None:
    """Print the ledger's sums; `form` is "json", "csv" or, for people, empty.

    Raises:
        JournalError: the journal cannot be read.

    """
    with open_report(config.daemon.journal) as report:
        rows, budgets = _sum(report, question), list(say_budgets(tell_budgets(config, report, now)))
    if form == "json":
        print(json.dumps(rows, indent=2))
    elif form == "csv":
        columns = (*question.by, *_NUMBERS)
        writer = csv.writer(sys.stdout)
        writer.writerow(columns)
        writer.writerows([row[column] for column in columns] for row in rows)
    elif not rows:
        paper.show(["Nothing was sent for conversion in that time.", *budgets])
    else:
        paper.show([_lay_out(rows, question.by), *budgets])


def _sum(report: Report, question: Question) -> list[dict[str, Any]]:
    sums: dict[tuple[str, ...], dict[str, int]] = {}
    names: dict[int, str] = {}
    for month, span in _spans(report, question):
        rows = report.costs(*span, question.owner)
        if "user" in question.by:
            names |= names_of({row["owner"] for row in rows} - names.keys())
        for row in rows:
            keys = {"month": month, "route": row["route"], "user": names.get(row["owner"], "")}
            known = sums.setdefault(tuple(keys[each] for each in question.by), dict.fromkeys(_NUMBERS, 0))
            known.update({number: known[number] + row[number] for number in _NUMBERS})
    return [dict(zip(question.by, keys, strict=True)) | sums[keys] for keys in sorted(sums)]


def _spans(report: Report, question: Question) -> Iterator[tuple[str, Span]]:
    """Return the times to be summed, each by itself: one, or the months with anything in them."""
    if "month" not in question.by:
        yield "", (question.since, question.until)
        return
    since = question.since
    while (at := report.next_minted(since, question.until)) is not None:
        _, end = month_around(at)
        yield month_name(at), (since, min(end, question.until))
        since = end


def _lay_out(rows: list[dict[str, Any]], by: tuple[str, ...]) -> Grid:
    heads = (*by, "conversions", "cost", "perhaps double")
    body = [(*(row[key] for key in by), *_numbers(row)) for row in rows]
    total = {number: sum(row[number] for row in rows) for number in _NUMBERS}
    every = (Said("all", Tone.STRONG), *[""] * (len(by) - 1), *_numbers(total))
    return Grid(heads, [*body, every], frozenset(heads[-len(_NUMBERS) :]))


def _numbers(row: dict[str, Any]) -> tuple[str, Said | str, Said]:
    doubtful = Said(str(row["doubtful"]), Tone.WARN if row["doubtful"] else Tone.QUIET)
    return str(row["rounds"]), Said(str(row["cost"]), Tone.STRONG), doubtful
