"""`watchconvert status`: one look tells how it is."""

import json
import time
from dataclasses import asdict
from datetime import datetime
from typing import Any

from watchconvert.adapters.journal.database import is_locked
from watchconvert.adapters.journal.report import Report, open_report, read_status
from watchconvert.adapters.journal.store import Hold
from watchconvert.core.job import Job
from watchconvert.core.naming import shown
from watchconvert.core.settings import Config
from watchconvert.core.states import RESTING, State
from watchconvert.core.units import say_duration

_LAST = 10
_NAME = 60


def gather(config: Config, last: int = _LAST) -> dict[str, Any]:
    """Return the status as plain values, which is also its JSON form.

    Raises:
        JournalError: the journal cannot be read.

    """
    path = config.daemon.journal
    live = read_status(path)
    with open_report(path) as report:
        return {
            "running": is_locked(path),
            "pid": live.get("pid"),
            "journal": path,
            "routes": _routes(config, report, live),
            "holds": [asdict(hold) for hold in report.holds()],
            "troubled": [_told(job) for job in report.troubled(last)],
            "last": [_told(job) for job in report.last(last)],
            "money": report.money(),
            "double_charges": [_told_charge(charge) for charge in report.double_charges(last)],
            "account": report.account(),
        }


def _routes(config: Config, report: Report, live: dict[str, Any]) -> list[dict[str, Any]]:
    counts = report.counts()
    lanes = {lane["route"]: lane for lane in live.get("lanes", [])}
    told = []
    for name in [route.name for route in config.routes] + sorted(counts.keys() - {r.name for r in config.routes}):
        states = counts.get(name, {})
        lane = lanes.get(name, {})
        told.append(
            {
                "name": name,
                "waiting": lane.get("waiting", 0),
                "waiting_files": lane.get("files", []),
                "left_alone": lane.get("left", []),
                "offline": lane.get("offline", ""),
                "offline_at": lane.get("offline_at", 0),
                "in_work": sum(count for state, count in states.items() if State(state) not in RESTING),
                "done": states.get("done", 0),
                "failed": states.get("failed", 0),
                "states": states,
            }
        )
    return told


def _told(job: Job) -> dict[str, Any]:
    return {
        "job": job.id,
        "route": job.route,
        "file": shown(job.folder + b"/" + job.name if job.folder else job.name),
        "state": job.state.value,
        "outputs": [shown(part.name) for part in job.parts] if job.state in (State.DONE, State.PUBLISHED) else [],
        "why": job.verdict.sentence if job.verdict else job.note,
        "noticed_at": job.noticed_at,
        "changed_at": job.changed_at,
        "tries": job.tries,
        "due": job.due,
        "cost": job.cost,
    }


def _told_charge(charge: dict[str, Any]) -> dict[str, Any]:
    return {
        "job": charge["job"],
        "route": charge["route"],
        "file": shown(charge["name"]),
        "at": charge["minted_at"],
        "why": charge["cause"],
    }


def as_json(status: dict[str, Any]) -> str:
    """Return the status for programs."""
    return json.dumps(status, indent=2, default=str)


def as_text(status: dict[str, Any], now: float) -> str:
    """Return the status for people."""
    lines = [_headline(status), ""]
    lines += _table(status["routes"])
    lines += _paragraph("Held", [_say_hold(Hold(**hold), now) for hold in status["holds"]])
    lines += _paragraph("Offline", [_say_offline(route, now) for route in status["routes"] if route["offline"]])
    lines += _paragraph(
        "Waiting in the inbox", [line for route in status["routes"] for line in _say_waiting(route, now)]
    )
    left = [f"{route['name']}/{name}: {why}" for route in status["routes"] for name, why in route["left_alone"][:_LAST]]
    lines += _paragraph("Left alone", left)
    lines += _paragraph("Troubled", [_say_trouble(job, now) for job in status["troubled"]])
    lines += _paragraph("Last files", [_say_last(job) for job in status["last"]])
    money = status["money"]
    lines.append(f"Sent for conversion: {money['rounds']}, cost as told by the service: {money['cost']}")
    if money["doubtful"]:
        lines.append(f"Of these possible double charges: {money['doubtful']}")
        lines += [
            f"  {_clock(each['at'])}  {each['route']}  {each['file'][:_NAME]}: {each['why']}"
            for each in status["double_charges"]
        ]
    account = status["account"]
    if account and account["total"] is not None:
        lines.append(
            f"Account: {account['consumed']} of {account['total']} conversions used, as of {_clock(account['at'])}"
        )
    return "\n".join(lines)


def _headline(status: dict[str, Any]) -> str:
    if status["running"]:
        return f"watchconvert is running (process {status['pid'] or 'starting'}); journal {status['journal']}"
    return f"watchconvert is NOT running; journal {status['journal']}"


def _table(routes: list[dict[str, Any]]) -> list[str]:
    width = max([len(route["name"]) for route in routes] + [5])
    lines = [f"{'ROUTE':<{width}}  WAITING  IN WORK     DONE   FAILED"]
    for route in routes:
        cells = "  ".join(f"{route[key]:>7}" for key in ("waiting", "in_work", "done", "failed"))
        lines.append(f"{route['name']:<{width}}  {cells}")
    return [*lines, ""]


def _paragraph(title: str, lines: list[str]) -> list[str]:
    return [f"{title}:", *(f"  {line}" for line in lines), ""] if lines else []


def _say_hold(hold: Hold, now: float) -> str:
    name = f" {hold.name}" if hold.name else ""
    wait = say_duration(max(0.0, hold.probe_at - now))
    return f"{hold.scope.value}{name} since {_clock(hold.since)}: {hold.reason} Looked at again in {wait}."


def _say_offline(route: dict[str, Any], now: float) -> str:
    since = say_duration(max(0.0, now - route["offline_at"]))
    return f"{route['name']} for {since}: {route['offline']}. It comes back by itself with its folder."


def _say_waiting(route: dict[str, Any], now: float) -> list[str]:
    files = route["waiting_files"][:_LAST]
    lines = [f"{name}: {gate} ({say_duration(max(0.0, now - since))})" for name, gate, since in files]
    more = route["waiting"] - len(lines)
    return [*lines, f"and {more} more in {route['name']}"] if more > 0 else lines


def _say_trouble(job: dict[str, Any], now: float) -> str:
    wait = say_duration(max(0.0, job["due"] - now))
    return f"{job['file']} ({job['state']}): {job['why']}; try {job['tries'] + 1} in {wait}"


def _say_last(job: dict[str, Any]) -> str:
    end = f"  {job['changed_at'] - job['noticed_at']:.1f} s" if job["state"] == "done" else ""
    what = " -> " + ", ".join(job["outputs"]) if job["outputs"] else f"  {job['why']}" if job["why"] else ""
    return f"{_clock(job['changed_at'])}  {job['state']:<10}  {job['route']}  {job['file'][:_NAME]}{what}{end}"


def _clock(at: float) -> str:
    moment = datetime.fromtimestamp(at).astimezone()
    today = time.strftime("%Y-%m-%d") == moment.strftime("%Y-%m-%d")
    return moment.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M")
