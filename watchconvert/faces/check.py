"""`watchconvert check`: everything that can be wrong before the daemon runs, all at once."""

import importlib.util
import os
from collections.abc import Iterable
from pathlib import Path

from watchconvert.core.config import ConfigError, Problem
from watchconvert.core.settings import Config, Route
from watchconvert.faces.load import find_config, find_secret, find_token, load_config
from watchconvert.faces.notifiers import notify_problems


def check(given: str | None) -> tuple[Path, Config | None, list[Problem]]:
    """Return the configuration's path, the configuration if it can be read, and every problem found."""
    path = find_config(given)
    try:
        config = load_config(path)
    except ConfigError as fault:
        return path, None, fault.problems
    problems = [*_secret_problems(config), *_journal_problems(config), *folder_problems(config.routes)]
    return path, config, problems + notify_problems(config) + web_problems(config)


def _secret_problems(config: Config) -> list[Problem]:
    if config.service.is_local:
        return []
    try:
        find_secret(config)
    except ConfigError as fault:
        return fault.problems
    return []


def _journal_problems(config: Config) -> list[Problem]:
    path = Path(config.daemon.journal)
    above = _nearest(path.parent)
    if path.is_dir():
        return [Problem("[daemon] journal", f"{path} is a folder", "Name a file.")]
    if not os.access(path if path.exists() else above, os.W_OK):
        remedy = "Give that folder to the user that watchconvert runs as, or name another file."
        return [Problem("[daemon] journal", f"{path} cannot be written", remedy)]
    return []


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
    """Return what keeps the daemon from working in the folders of routes."""
    problems = []
    for route in routes:
        for key, folder in zip(("inbox", "outbox", "error", "archive"), route.folders, strict=True):
            problems += _folder_problem(route, key, Path(folder))
    return problems


def _folder_problem(route: Route, key: str, folder: Path) -> list[Problem]:
    where = f"[[route]] {route.name!r} {key}"
    above = _nearest(folder)
    if not above.is_dir():
        return [Problem(where, f"{above} is no folder", "Remove it or name another folder.")]
    if not os.access(above, os.W_OK | os.X_OK):
        remedy = "Give the user that watchconvert runs as the right to write there."
        return [Problem(where, f"{above} cannot be written", remedy)]
    return []


def _nearest(path: Path) -> Path:
    return next(each for each in (path, *path.parents) if each.exists())
