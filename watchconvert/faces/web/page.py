"""What stands on the page, in words: values in, values out.

Names of files come through `shown`, and the templates escape whatever they print.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from watchconvert.adapters.journal.store import Hold
from watchconvert.core.answers import Scope
from watchconvert.core.flow import Flow
from watchconvert.core.job import Job
from watchconvert.core.naming import shown
from watchconvert.core.settings import Config, Route
from watchconvert.core.states import TRANSITIONS, Event, State
from watchconvert.core.units import say_duration
from watchconvert.faces.budgets import say_of
from watchconvert.faces.web.collect import Look, midnight
from watchconvert.faces.web.plot import Plot, plot_depths, plot_hours

REFERENCE = 12
"""Digits of a job's id by which the page names it.  The whole id is a secret: the JobIds follow from it."""
STATIONS = ("taken", "uploaded", "converted", "fetched", "delivered")
_REACHED = {
    State.NOTICED: 0, State.CLAIMED: 1, State.UPLOADED: 2, State.SUBMITTING: 2, State.CONVERTING: 2,
    State.CONVERTED: 3, State.FETCHED: 4, State.PUBLISHED: 5, State.REJECTED: 0,
}  # fmt: skip
"""How many stations a job has behind it."""
_WAITING, _LEFT = 12, 5
_DAY = 86400.0
_LONGEST = 500
"""Characters of a text that somebody else wrote."""


@dataclass(frozen=True)
class Moment:
    """A point of time, for people and for programs."""

    iso: str
    text: str


@dataclass(frozen=True)
class Headline:
    """How it is, in one line."""

    level: str
    """"good", "warning" or "bad"."""
    text: str
    more: str


def build(config: Config, look: Look, flow: Flow) -> dict[str, Any]:
    """Return what the page's template prints."""
    today = flow.since(midnight(look.at))
    hours, depths = flow.hours(look.at), flow.depths(look.at, look.open_now)
    return {
        "at": moment(look.at, look.at),
        "fault": look.fault,
        "is_whole": look.is_whole,
        "headline": headline(config, look),
        "cards": list(_cards(look, flow)),
        "routes": [_route(route, look, today, flow) for route in config.routes],
        "attention": list(_attention(look)),
        "open": [_open_job(job, look) for job in look.open],
        "open_more": look.open_now - len(look.open),
        "waiting": list(_waiting(look))[:_WAITING],
        "waiting_more": max(0, look.waiting() - _WAITING),
        "left": list(_left(look))[:_LEFT],
        "failed": [_failed_job(job, look) for job in look.failed],
        "recent": [_rested_job(job, look) for job in look.rested],
        "flow": _plotted(plot_hours(hours), [(_clock(hour.start), hour.done, hour.failed) for hour in hours]),
        "queue": _plotted(
            plot_depths(depths, look.at),
            [(_clock(each.at), each.open, each.waiting) for each in depths[::-1][::12][::-1]],
        ),
        "account": look.account,
        "paused": is_paused(look, ""),
    }


def is_paused(look: Look, route: str) -> bool:
    """Tell whether a person has paused a route, or all for ""."""
    return any(hold.scope is Scope.PAUSE and hold.name == route for hold in look.holds)


def _plotted(plot: Plot, rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    return {"plot": plot, "rows": rows}


# How it is ──────────────────────────────────────────────────────────────────────


def headline(config: Config, look: Look) -> Headline:
    """Say how it is; what matters most first."""
    usual = f"{_count(len(config.routes), 'route')}, {look.waiting()} waiting, {look.open_now} in work"
    if look.fault:
        return Headline("bad", "The journal cannot be read", look.fault)
    if not look.running:
        more = "Files stay where they are until it runs again, and then go on. Start it: systemctl start watchconvert"
        return Headline("bad", "The daemon is not running", more)
    if look.ills:
        return Headline("bad", "The daemon is not well", "; ".join(look.ills))
    if look.holds:
        how = "paused" if all(hold.scope is Scope.PAUSE for hold in look.holds) else "held"
        why = " ".join(safe(hold.reason) for hold in look.holds)
        return Headline("warning", f"Work is {how}; no file fails by it", why)
    if away := [lane["route"] for lane in look.note.get("lanes", []) if lane["offline"]]:
        return Headline(
            "warning", f"Offline: {', '.join(away)}", "The other routes go on; these come back by themselves."
        )
    if refused := look.note.get("refused"):
        return Headline("warning", "A new configuration was refused", f"The former one goes on. {safe(refused[0])}")
    if look.troubled:
        return Headline(
            "warning", f"{_count(sum(look.troubled.values()), 'file')} in trouble", "Tried again without a person."
        )
    return Headline("good", "All is well", usual)


def _cards(look: Look, flow: Flow) -> Iterator[tuple[str, str, str, bool]]:
    """Yield the figures at the top: what, how many, a hint, and whether it is bad."""
    since = midnight(look.at)
    ends, cost = flow.since(since), sum(flow.cost_since(since).values())
    done, failed = (sum(count for (_, end), count in ends.items() if end == which) for which in ("done", "failed"))
    typical = flow.typical()
    yield "waiting in the inboxes", f"{look.waiting():,}", "", False
    yield "in work", f"{look.open_now:,}", "", False
    hints = filter(None, (f"cost: {cost:,}" if cost else "", say_of("", look.budgets)))
    yield "converted today", f"{done:,}", "; ".join(hints), False
    yield "failed today", f"{failed:,}", "", failed > 0
    yield "usual time of a file", say_time(typical) if typical is not None else "none yet", "", False


def _attention(look: Look) -> Iterator[tuple[str, str]]:
    """Yield what a person may want to know of beyond files: a title and a sentence."""
    for ill in look.ills:
        yield "The daemon", f"{ill}."
    for hold in look.holds:
        yield _hold_title(hold), _say_hold(hold, look.at)
    for lane in look.note.get("lanes", []):
        if lane["offline"]:
            since = say_duration(max(0.0, look.at - lane["offline_at"]))
            yield (
                f"Offline: {lane['route']}",
                f"{lane['offline']}, for {since}. It comes back by itself with its folder.",
            )
    for problem in look.note.get("refused") or []:
        yield "Configuration refused", f"{safe(problem)} The former configuration goes on."
    money = look.money
    if money.get("doubtful"):
        text = f"{_count(money['doubtful'], 'conversion')} may have been billed for nothing."
        for last in money["doubts"]:
            text += f" The last: {last['file']} ({last['route']}): {last['why']}."
        yield "Possible double charges", text


def _hold_title(hold: Hold) -> str:
    if hold.scope is Scope.PAUSE:
        return f"Paused: {hold.name or 'all routes'}"
    return f"Held: {hold.scope.value} {hold.name}".rstrip()


def _say_hold(hold: Hold, now: float) -> str:
    since, wait = say_duration(max(0.0, now - hold.since)), say_duration(max(0.0, hold.probe_at - now))
    if hold.scope is Scope.PAUSE:
        return f"{safe(hold.reason)} Since {since}."
    return f"{safe(hold.reason)} Since {since}; looked at again in {wait}."


def _route(route: Route, look: Look, today: Any, flow: Flow) -> dict[str, Any]:
    lane: dict[str, Any] = next((each for each in look.note.get("lanes", []) if each["route"] == route.name), {})
    held = any(hold.name in ("", route.name, route.outbox) for hold in look.holds)
    level, state = ("good", "serving") if look.running else ("bad", "not served")
    if held:
        person = is_paused(look, "") or is_paused(look, route.name)
        level, state = "warning", "paused" if person else "held"
    if lane.get("offline"):
        level, state = "warning", "offline"
    return {
        "name": route.name,
        "what": f"{route.source_format or 'any'} → {route.to}",
        "waiting": look.waiting(route.name),
        "in_work": sum(look.counts.get(route.name, {}).values()),
        "done": today[route.name, "done"],
        "failed": today[route.name, "failed"],
        "cost": flow.cost_since(midnight(look.at))[route.name],
        "budget": say_of(route.name, look.budgets),
        "level": level,
        "state": state,
        "paused": is_paused(look, route.name),
        "polled": lane.get("polled", ""),
    }


# Files ──────────────────────────────────────────────────────────────────────────


def _name(job: Job) -> str:
    return shown(job.folder + b"/" + job.name if job.folder else job.name)


def _why(job: Job) -> str:
    return safe(job.verdict.sentence if job.verdict else job.note)


def _open_job(job: Job, look: Look) -> dict[str, Any]:
    wait = job.due - look.at
    again = f"Next try in {say_duration(wait)}." if job.troubled_at and wait > 0 else ""
    return {
        "ref": job.id[:REFERENCE],
        "file": _name(job),
        "route": job.route,
        "state": job.state.value,
        "age": say_duration(max(0.0, look.at - job.noticed_at)),
        "why": _why(job),
        "again": again,
        "troubled": job.troubled_at > 0,
        "reached": _REACHED.get(job.state, 0),
        "cancellable": Event.REJECTED in TRANSITIONS[job.state],
        "way": _way(job, look),
    }


def _rested_job(job: Job, look: Look) -> dict[str, Any]:
    return {
        "ref": job.id[:REFERENCE],
        "at": moment(job.changed_at, look.at),
        "file": _name(job),
        "route": job.route,
        "state": job.state.value,
        "level": {State.DONE: "good", State.FAILED: "bad"}.get(job.state, "plain"),
        "outputs": [shown(part.name) for part in job.parts] if job.state is State.DONE else [],
        "why": _why(job),
        "took": say_time(max(0.0, job.changed_at - job.noticed_at)),
        "way": _way(job, look),
    }


def _failed_job(job: Job, look: Look) -> dict[str, Any]:
    times = "once" if job.round == 1 else f"{job.round} times"
    bought = f"Sent for conversion {times}; cost: {job.cost}." if job.round else "Never sent for conversion."
    return {
        "ref": job.id[:REFERENCE],
        "at": moment(job.changed_at, look.at),
        "file": _name(job),
        "route": job.route,
        "why": _why(job),
        "bought": bought,
        "refused": look.note.get("refused_wishes", {}).get(job.id, ""),
    }


def _way(job: Job, look: Look) -> list[tuple[str, str]]:
    """Return what happened to a file and how long after it was noticed."""
    return [(event, say_time(max(0.0, at - job.noticed_at))) for event, at in look.ways.get(job.id, [])]


def _waiting(look: Look) -> Iterator[dict[str, str]]:
    for lane in look.note.get("lanes", []):
        for name, gate, since in lane["files"]:
            age = say_duration(max(0.0, look.at - since))
            yield {"file": safe(name), "route": lane["route"], "why": gate, "age": age}


def _left(look: Look) -> Iterator[dict[str, str]]:
    for lane in look.note.get("lanes", []):
        for name, why in lane["left"]:
            yield {"file": safe(name), "route": lane["route"], "why": why}


# Words ──────────────────────────────────────────────────────────────────────────


def moment(at: float, now: float) -> Moment:
    """Return a point of time as people of this place read it: the day only where it is another one than today."""
    local = time.localtime(at)
    form = "%H:%M:%S" if at >= midnight(now) else "%a %H:%M" if now - at < 6 * _DAY else "%Y-%m-%d %H:%M"
    return Moment(time.strftime("%Y-%m-%dT%H:%M:%S%z", local), time.strftime(form, local))


def safe(text: str) -> str:
    """Return a text of somebody else's as a name is shown: nothing in it turns the direction of writing."""
    return shown(text.encode("utf-8", "backslashreplace"), _LONGEST)


def say_time(seconds: float) -> str:
    """Say how long something took; tenths count while it is short."""
    return f"{seconds:.1f} s" if seconds < 10 else say_duration(seconds)


def _clock(at: float) -> str:
    return time.strftime("%H:%M", time.localtime(at))


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
