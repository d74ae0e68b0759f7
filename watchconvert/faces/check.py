"""`watchconvert check`: everything that can be wrong, all at once, each with its remedy; it changes nothing."""

import importlib.util
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from watchconvert.adapters.clock import Clock
from watchconvert.core import findings
from watchconvert.core.config import ConfigError, Problem
from watchconvert.core.findings import Finding, Level
from watchconvert.core.settings import Config, Route
from watchconvert.core.units import say_count
from watchconvert.faces.check_routes import Inbox, look_at_routes
from watchconvert.faces.commands.common import read_places, say_place
from watchconvert.faces.load import aside, find_token, load_config
from watchconvert.faces.sheet import Block, Line, Part, Said, Tone

_MARKS = {
    Level.OK: Said("ok       ", Tone.GOOD),
    Level.WARNING: Said("warning  ", Tone.WARN),
    Level.PROBLEM: Said("problem  ", Tone.BAD),
}


@dataclass
class Checked:
    """All that was found."""

    path: Path
    found: list[Finding] = field(default_factory=list)
    inboxes: list[Inbox] = field(default_factory=list)

    def count(self, level: Level) -> int:
        """Return how many findings are of a level."""
        return sum(each.level is level for each in self.found)


def check_all(path: Path, *, offline: bool) -> Checked:
    """Look over everything that a configuration names."""
    # Only a configuration that can be read has more to look over, and what that needs takes time to import.
    checked = Checked(path)
    try:
        config = aside(lambda resolve: load_config(path, resolve))
    except ConfigError as fault:
        checked.found += _of_config(path, fault.problems)
        return checked
    from watchconvert.faces import check_machine, check_service
    from watchconvert.faces.notifiers import notify_problems

    routes = ", ".join(route.name for route in config.routes)
    checked.found.append(Finding("configuration", f"{path} is in order; routes: {routes}"))
    checked.found += check_machine.look_at_user(config)
    checked.found += check_service.look_at_service(config, lambda each: _of_config(path, each), offline=offline)
    checked.found += _of_config(path, [*notify_problems(config), *web_problems(config)])
    checked.found += check_machine.look_at_journal(config)
    checked.found += check_machine.look_at_unit(config, path)
    checked.found += check_machine.look_at_leases(config)
    found, checked.inboxes = look_at_routes(config, Clock())
    checked.found += found
    checked.found += check_machine.look_at_limits(config, sum(inbox.folders for inbox in checked.inboxes))
    return checked


def _of_config(path: Path, problems: Iterable[Problem]) -> list[Finding]:
    places = read_places(path)
    return [
        Finding(
            "configuration",
            f"{problem.key}: {problem.wrong}",
            Level.PROBLEM,
            problem.remedy,
            f"{path}{say_place(problem, places)}",
        )
        for problem in problems
    ]


def exit_status(checked: Checked) -> int:
    """Return the exit status of what was found."""
    return findings.exit_status(checked.found)


def as_told(checked: Checked) -> dict[str, Any]:
    """Return what was found as plain values."""
    return {
        "config": str(checked.path),
        "ok": not checked.count(Level.PROBLEM),
        "findings": [asdict(each) for each in checked.found],
        "inboxes": [asdict(each) for each in checked.inboxes],
    }


def as_json(checked: Checked) -> str:
    """Return what was found for programs."""
    return json.dumps(as_told(checked), indent=2)


def lay_out(checked: Checked) -> Iterator[Block]:
    """Yield what was found as it is shown to people."""
    for about in dict.fromkeys(each.about for each in checked.found):
        lines = [line for each in checked.found if each.about == about for line in _say(each)]
        yield Part(about[0].upper() + about[1:], lines)
    for inbox in checked.inboxes:
        yield Part(f"Inbox of {inbox.route} now", _say_inbox(inbox))
    counts = Counter(each.level for each in checked.found)
    said = f"{say_count(counts[Level.PROBLEM], 'problem')}, {say_count(counts[Level.WARNING], 'warning')}"
    yield Said(said, Tone.BAD if counts[Level.PROBLEM] else Tone.GOOD)


def _say(finding: Finding) -> list[Line]:
    place = f"{finding.place}: " if finding.place else ""
    lines: list[Line] = [(_MARKS[finding.level], place + finding.said)]
    return [*lines, ("         ", Said(f"-> {finding.remedy}", Tone.STRONG))] if finding.remedy else lines


def _say_inbox(inbox: Inbox) -> list[Line]:
    lines: list[Line] = [f"{say_count(inbox.taken, 'file')} would be taken{_names(inbox.examples)}"]
    lines += [f"{say_count(count, 'file')}: {gate}" for gate, count in sorted(inbox.waiting.items())]
    if inbox.left:
        lines.append(f"{say_count(inbox.left, 'name')} left alone (junk, patterns)")
    if inbox.cut:
        lines.append("there are more; only the first were looked at")
    return lines


def _names(names: list[str]) -> str:
    return ": " + ", ".join(names) if names else ""


def web_problems(config: Config) -> list[Problem]:
    """Return what keeps the page from being shown, as far as it can be known beforehand."""
    if not config.web.listen:
        return []
    if any(importlib.util.find_spec(name) is None for name in ("flask", "waitress", "prometheus_client")):
        remedy = "Install it: pip install 'watchconvert[web]'."
        return [Problem("[web] listen", "asks for the page, but what it needs is not installed", remedy)]
    try:
        find_token(config)
    except ConfigError as fault:
        return fault.problems
    return []


def folder_problems(routes: Iterable[Route]) -> list[Problem]:
    """Return what keeps the daemon from working in the folders of routes, by a quick look."""
    problems = []
    for route in routes:
        for key, folder in zip(("inbox", "outbox", "error", "archive"), route.folders, strict=True):
            problems += _folder_problem(route, key, Path(folder))
    return problems


def _folder_problem(route: Route, key: str, folder: Path) -> list[Problem]:
    where = f"[[route]] {route.name!r} {key}"
    above = next(each for each in (folder, *folder.parents) if each.exists())
    if not above.is_dir():
        return [Problem(where, f"{above} is no folder", "Remove it or name another folder.")]
    if not os.access(above, os.W_OK | os.X_OK):
        remedy = "Give the user that watchconvert runs as the right to write there."
        return [Problem(where, f"{above} cannot be written", remedy)]
    return []
