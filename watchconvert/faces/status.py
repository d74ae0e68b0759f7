"""`watchconvert status`: one look tells how it is.  Here as values, which are also its JSON form."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from watchconvert.adapters.journal.database import is_locked
from watchconvert.adapters.journal.report import Report, open_report, read_status
from watchconvert.adapters.journal.store import Hold
from watchconvert.adapters.wishes import waiting_verbs
from watchconvert.core.answers import Scope
from watchconvert.core.job import Job
from watchconvert.core.naming import shown
from watchconvert.core.settings import Config, Route
from watchconvert.core.states import UNPAID, State
from watchconvert.core.whys import plain
from watchconvert.faces.budgets import tell_budgets

Told = dict[str, Any]
"""Plain values, as JSON has them; times are seconds since the epoch."""

_WITH_SERVICE = (State.SUBMITTING, State.CONVERTING)


def gather(config: Config, now: float, last: int = 10) -> Told:
    """Return the status; `last` bounds its lists.  Nothing in it takes longer for a longer history.

    Raises:
        JournalError: the journal cannot be read.

    """
    path = config.daemon.journal
    live, running = read_status(path), is_locked(path)
    with open_report(path) as report:
        holds = report.holds()
        routes = _routes(config, report, live, holds, _midnight(now))
        asked = [] if running else _say_asked(path)
        problems = [*_find_problems(running, live, routes, holds), *asked]
        return {
            "at": now,
            "running": running,
            "pid": live.get("pid"),
            "journal": path,
            "health": {"ok": not problems, "problems": problems},
            "routes": routes,
            "holds": [asdict(hold) | {"reason": plain(hold.reason)} for hold in holds],
            "troubled": [tell_job(job) for job in report.troubled(last)],
            "last": [tell_job(job) for job in report.last(last)],
            "money": report.money(),
            "double_charges": [_tell_charge(charge) for charge in report.double_charges(last)],
            "account": None if config.service.is_local else report.account(),
            "budgets": tell_budgets(config, report, now),
        }


def _midnight(now: float) -> float:
    return datetime.fromtimestamp(now).astimezone().replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


def _routes(config: Config, report: Report, live: Told, holds: list[Hold], today: float) -> list[Told]:
    open_jobs, rested = report.open_counts(), report.rested_counts(today)
    lanes = {lane["route"]: lane for lane in live.get("lanes", [])}
    known = {route.name: route for route in config.routes}
    names = [*known, *sorted((open_jobs.keys() | rested.keys()) - known.keys())]
    return [
        _tell_route(
            name,
            lanes.get(name, {}),
            open_jobs.get(name, {}) | rested.get(name, {}),
            any(is_held_by(hold, known.get(name), config.daemon.journal) for hold in holds),
        )
        for name in names
    ]


def _tell_route(name: str, lane: Told, states: dict[str, int], is_held: bool) -> Told:  # noqa: FBT001 - private
    waiting, settling, files = lane.get("waiting", 0), lane.get("settling", 0), lane.get("files", [])
    unpaid = sum(states.get(state.value, 0) for state in UNPAID)
    return {
        "name": name,
        "waiting": waiting,
        "settling": settling,
        "in_work": sum(count for state, count in states.items() if state not in _RESTS),
        "converting": sum(states.get(state.value, 0) for state in _WITH_SERVICE),
        "held": waiting - settling + unpaid if is_held else 0,
        "done_today": states.get(State.DONE.value, 0),
        "failed_today": states.get(State.FAILED.value, 0),
        "oldest": dict(zip(("file", "why", "since"), files[0], strict=True)) if files else None,
        "waiting_files": files,
        "left_alone": lane.get("left", []),
        "offline": lane.get("offline", ""),
        "offline_at": lane.get("offline_at", 0),
        "polled": lane.get("polled", ""),
    }


_RESTS = frozenset({State.DONE.value, State.FAILED.value, State.WITHDRAWN.value})


def is_held_by(hold: Hold, route: Route | None, journal: str) -> bool:
    """Tell whether a hold keeps the files of a route waiting; one that left the configuration has its name no more."""
    if hold.scope in (Scope.ACCOUNT, Scope.SERVICE) or hold.name in (journal, ""):
        return True
    return route is not None and hold.name == (route.outbox if hold.scope is Scope.DISK else route.name)


def _find_problems(running: bool, live: Told, routes: list[Told], holds: list[Hold]) -> Iterable[str]:  # noqa: FBT001
    """Yield what an administrator should look at, each as a sentence."""
    if not running:
        yield "The daemon is not running: nothing is taken and nothing is converted."
    elif not live:
        yield "The daemon runs and has not told yet how it is: it is starting, or its note cannot be read."
    for loop in live.get("stuck", []):
        yield f"A part of the daemon does not come round any more: {loop}. Its log may say why; restart it."
    if refused := live.get("refused", []):
        yield f"The new configuration was refused and the former one goes on: {'; '.join(refused)}"
    for route in routes:
        if route["offline"]:
            yield f"Route {route['name']} is offline: {route['offline']}. It comes back by itself with its folder."
    for hold in holds:
        yield _say_hold(hold)


def _say_hold(hold: Hold) -> str:
    if hold.scope is Scope.PAUSE:
        return plain(hold.reason)
    who = f"The {hold.scope.value} {hold.name}".rstrip()
    if hold.scope is Scope.BUDGET:
        who = f"Route {hold.name}" if hold.name else "Everything"
    return f"{who} is held: {plain(hold.reason)}"


def _say_asked(journal: str) -> list[str]:
    """Say what the daemon was asked for while it is down; nothing to those who may not know."""
    asked = Counter(waiting_verbs(journal))
    told = ", ".join(verb if count == 1 else f"{verb} ({count})" for verb, count in asked.items())
    return [f"When it starts, it first does what was asked for meanwhile: {told}."] if told else []


def tell_job(job: Job) -> Told:
    """Return a job as the JSON of every command has it."""
    return {
        "job": job.id,
        "route": job.route,
        "file": shown(job.folder + b"/" + job.name if job.folder else job.name),
        "state": job.state.value,
        "outputs": [shown(part.name) for part in job.parts] if job.state in (State.DONE, State.PUBLISHED) else [],
        "why": plain(job.verdict.sentence if job.verdict else job.note),
        "noticed_at": job.noticed_at,
        "changed_at": job.changed_at,
        "tries": job.tries,
        "due": job.due,
        "rounds": job.round,
        "cost": job.cost,
        "owner": job.owner,
    }


def _tell_charge(charge: Told) -> Told:
    return {
        "job": charge["job"],
        "route": charge["route"],
        "file": shown(charge["name"]),
        "at": charge["minted_at"],
        "why": charge["cause"],
    }
