"""The status for people."""

from collections.abc import Iterator
from typing import Any

from watchconvert.core.answers import Scope
from watchconvert.core.states import State
from watchconvert.core.units import say_duration
from watchconvert.faces.budgets import say_budgets
from watchconvert.faces.sheet import Block, Cell, Grid, Line, Part, Said, Tone
from watchconvert.faces.times import clock_of, in_a_while

Told = dict[str, Any]

_NAME, _MOST = 60, 10
"""Characters of a name, and lines of a list, that are shown."""
STATE_TONES = {
    State.DONE.value: Tone.GOOD,
    State.FAILED.value: Tone.BAD,
    State.REJECTED.value: Tone.BAD,
    State.WITHDRAWN.value: Tone.QUIET,
}
_COLUMNS = ("waiting", "settling", "converting", "held", "done today", "failed today")


def lay_out(status: Told) -> Iterator[Block]:
    """Yield the status as it is shown; `status` is what `status.gather` returns."""
    now: float = status["at"]
    yield _headline(status)
    for problem in status["health"]["problems"][0 if status["running"] else 1 :]:
        yield Said(problem, Tone.WARN)
    yield ""
    yield _table(status["routes"], now)
    yield Part("Held", [_say_hold(hold, now) for hold in status["holds"]])
    yield Part("Waiting in the inbox", [line for route in status["routes"] for line in _say_waiting(route, now)])
    yield Part("Scanned instead of watched", [f"{r['name']}: {r['polled']}" for r in status["routes"] if r["polled"]])
    left = [f"{r['name']}/{name}: {why}" for r in status["routes"] for name, why in r["left_alone"][:_MOST]]
    yield Part("Left alone", left)
    yield Part("Troubled", [_say_trouble(job, now) for job in status["troubled"]])
    yield Part("Last files", [say_job(job, now) for job in status["last"]])
    yield from _say_money(status, now)


def _headline(status: Told) -> Line:
    where = f"; journal {status['journal']}"
    if not status["running"]:
        words = Said("watchconvert is NOT running", Tone.BAD)
        return (words, ": nothing is taken and nothing is converted. What follows is what its journal knows", where)
    process = status["pid"] or "starting"
    return (Said("watchconvert is running", Tone.GOOD), f" (process {process})", where)


def _table(routes: list[Told], now: float) -> Grid:
    rows = [
        (
            Said(route["name"], Tone.STRONG),
            *(_number(route[column.replace(" ", "_")], column) for column in _COLUMNS),
            _say_oldest(route, now),
        )
        for route in routes
    ]
    return Grid(("route", *_COLUMNS, "oldest"), rows, frozenset(_COLUMNS))


def _number(count: int, column: str) -> Cell:
    tone = {"held": Tone.WARN, "failed today": Tone.BAD, "done today": Tone.GOOD}.get(column, Tone.PLAIN)
    return Said(str(count), tone if count else Tone.QUIET)


def _say_oldest(route: Told, now: float) -> Cell:
    if route["offline"]:
        return Said("offline", Tone.BAD)
    oldest = route["oldest"]
    return f"{say_duration(max(0.0, now - oldest['since']))} {oldest['file'][:24]}" if oldest else Said("-", Tone.QUIET)


def _say_hold(hold: Told, now: float) -> Line:
    name = f" {hold['name']}" if hold["name"] else ""
    again = "" if hold["scope"] == Scope.PAUSE else f" Looked at again {in_a_while(hold['probe_at'], now)}."
    since = f" since {clock_of(hold['since'], now)}: {hold['reason']}{again}"
    return (Said(f"{hold['scope']}{name}", Tone.WARN), since)


def _say_waiting(route: Told, now: float) -> list[Line]:
    lines: list[Line] = [
        f"{route['name']}/{name}: {gate} ({say_duration(max(0.0, now - since))})"
        for name, gate, since in route["waiting_files"][:_MOST]
    ]
    more = route["waiting"] - len(lines)
    return [*lines, f"and {more} more in {route['name']}"] if more > 0 else lines


def _say_trouble(job: Told, now: float) -> Line:
    again = f"; try {job['tries'] + 1} {in_a_while(job['due'], now)}"
    return (f"{job['file']} ({job['state']}): ", Said(job["why"], Tone.WARN), again)


def say_job(job: Told, now: float) -> Line:
    """Say a job in one line: when, what became of it, and what came out or why not."""
    end = f"  {job['changed_at'] - job['noticed_at']:.1f} s" if job["state"] == "done" else ""
    what = " -> " + ", ".join(job["outputs"]) if job["outputs"] else f"  {job['why']}" if job["why"] else ""
    state = Said(f"{job['state']:<10}", STATE_TONES.get(job["state"], Tone.PLAIN))
    return (f"{clock_of(job['changed_at'], now)}  ", state, f"  {job['route']}  {job['file'][:_NAME]}{what}{end}")


def _say_money(status: Told, now: float) -> Iterator[Block]:
    money, account = status["money"], status["account"]
    yield f"Sent for conversion: {money['rounds']}, cost as told by the service: {money['cost']}"
    if money["doubtful"]:
        yield Said(f"Of these possible double charges: {money['doubtful']}", Tone.WARN)
        for each in status["double_charges"]:
            yield f"  {clock_of(each['at'], now)}  {each['route']}  {each['file'][:_NAME]}: {each['why']}"
    yield from say_budgets(status["budgets"])
    if account and account["total"] is not None:
        yield (
            f"Account: {account['consumed']} of {account['total']} conversions used,"
            f" {max(0, account['total'] - account['consumed'])} left, as of {clock_of(account['at'], now)}"
        )
    elif account and account["seconds_left"] is not None:
        yield f"Account: {account['seconds_left']} seconds of conversion left, as of {clock_of(account['at'], now)}"
