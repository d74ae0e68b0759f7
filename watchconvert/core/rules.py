"""What is wrong with values of the configuration that are good by themselves.

The JSON Schema says the same, as far as it can (core/schema.py); a test sees that it does.
"""

import difflib
import re
from collections.abc import Iterator, Sequence

from watchconvert.core.keys import Section
from watchconvert.core.overlaps import find_overlaps
from watchconvert.core.settings import Notify, Route, Service, Web
from watchconvert.core.settings.route import FOLDERS
from watchconvert.core.tables import Problem, Table
from watchconvert.core.values import LOOPBACK
from watchconvert.core.web import is_private


def find_same_names(section: Section, found: Sequence[Route] | Sequence[Notify]) -> Iterator[Problem]:
    """Yield a problem for each name that several of them have."""
    names = [each.name for each in found if each.name]
    things = {"route": "routes", "notify": "notifiers"}[section.name]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem(f"{section.header} {name!r} name", f"two {things} have this name", "Give each a name of its own.")


def find_overlapping(routes: tuple[Route, ...]) -> Iterator[Problem]:
    """Yield a problem for each folder that may not lie where it lies."""
    for overlap in find_overlaps(routes):
        yield Problem(*overlap)


def find_webhook_missing(service: Service, routes: tuple[Route, ...]) -> Iterator[Problem]:
    """Yield a problem where the service is to call, and does not know where."""
    if not service.webhook_url and "webhook" in [service.mode, *(route.mode for route in routes)]:
        remedy = 'Give the "https://…" address under which the service reaches this machine, or use another mode.'
        yield Problem("[service] webhook_url", 'is missing, but mode = "webhook" is used', remedy)


def check_folders(table: Table, route: Route) -> None:
    """Note each folder that is neither named nor made of the route's path."""
    for name, folder in zip(FOLDERS, route.folders, strict=True):
        if not folder and not table.has(name) and not table.has("path"):
            table.wrong(name, "is missing", f'Give path = "…" for all four folders, or {name} = "…" by itself.')


def check_page(table: Table, web: Web) -> None:
    """Note that others could do what is for the administrator."""
    if web.listen and not web.token_file and not is_private(web.listen):
        remedy = "Give a token_file, or listen at 127.0.0.1 or at a unix socket."
        table.wrong("token_file", f"is missing, but {web.listen} may be reached from other machines", remedy)


def check_notify(table: Table, notify: Notify, routes: Sequence[str]) -> None:
    """Note what of a [[notify]] does not go together."""
    for name in (name for name in notify.routes if name not in routes):
        near = difflib.get_close_matches(name, routes, n=1)
        remedy = f"Did you mean {near[0]!r}?" if near else "Name routes as they are named in [[route]]."
        table.wrong("routes", f"there is no route {name!r}", remedy)
    if "released" in notify.on and "held" not in notify.on:
        table.wrong(
            "on", '"released" alone tells nothing', 'Add "held": what is told is the end of a hold told before.'
        )
    if notify.tls == "none" and notify.host and not re.fullmatch(LOOPBACK, notify.host):
        table.wrong("tls", '"none" would send it for everybody to read', 'Use "starttls" or "tls" for another machine.')
    if notify.kind == "mail" and bool(notify.user) != bool(notify.password_file):
        missing = "password_file" if notify.user else "user"
        table.wrong(missing, "is missing", "Give both user and password_file, or neither.")
