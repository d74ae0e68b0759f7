"""Routes that would feed themselves or each other: found before the daemon runs."""

import posixpath
from collections.abc import Iterator

from watchconvert.core.settings import Route

_FOLDERS = ("inbox", "outbox", "error", "archive")


def is_inside(path: str, folder: str) -> bool:
    """Tell whether a path is a folder or lies below it; both absolute and normal."""
    return bool(path and folder) and (path == folder or path.startswith(posixpath.join(folder, "")))


def find_overlaps(routes: tuple[Route, ...]) -> Iterator[tuple[str, str, str]]:
    """Yield key, fault and remedy for each folder that may not lie where it lies."""
    for route in routes:
        yield from _within(route)
    for number, route in enumerate(routes):
        for other in routes[number + 1 :]:
            yield from _between(route, other)
    yield from _loops(routes)


def _loops(routes: tuple[Route, ...]) -> Iterator[tuple[str, str, str]]:
    """Find routes whose outputs come back to them: one inbox takes what another's outbox holds, and so on round."""
    feeds = {a.name: [b.name for b in routes if a is not b and is_inside(a.outbox, b.inbox)] for a in routes}
    told: set[frozenset[str]] = set()
    for start in feeds:
        way = _way_back(feeds, start)
        if way and frozenset(way) not in told:
            told.add(frozenset(way))
            loop = " -> ".join([*way, start])
            yield (
                f"[[route]] {start!r} outbox",
                f"files would go round for ever: {loop}",
                "Break the loop at one outbox.",
            )


def _way_back(feeds: dict[str, list[str]], start: str) -> list[str]:
    """Return the routes on a way from a route back to itself; empty when there is none."""
    waiting, seen = [[start]], {start}
    while waiting:
        way = waiting.pop()
        for following in feeds[way[-1]]:
            if following == start:
                return way
            if following not in seen:
                seen.add(following)
                waiting.append([*way, following])
    return []


def _within(route: Route) -> Iterator[tuple[str, str, str]]:
    folders = dict(zip(_FOLDERS, route.folders, strict=True))
    for name in _FOLDERS[1:]:
        if is_inside(folders[name], route.inbox):
            wrong = f"{folders[name]} lies inside the inbox {route.inbox}, so the route would feed itself"
            yield f"[[route]] {route.name!r} {name}", wrong, "Put it beside the inbox."
    pairs = ((a, b) for at, a in enumerate(_FOLDERS[1:], 1) for b in _FOLDERS[at + 1 :])
    for a, b in pairs:
        if folders[a] and folders[a] == folders[b]:
            yield f"[[route]] {route.name!r} {b}", f"is the same folder as {a}", "Give each its own folder."


def _between(route: Route, other: Route) -> Iterator[tuple[str, str, str]]:
    if is_inside(route.inbox, other.inbox) or is_inside(other.inbox, route.inbox):
        wrong = f"{other.inbox} overlaps the inbox of route {route.name!r}, so one file would be taken by either"
        yield f"[[route]] {other.name!r} inbox", wrong, "Give each route an inbox of its own."
    for one, two in ((route, other), (other, route)):
        for name, folder in zip(_FOLDERS[2:], one.folders[2:], strict=True):
            if is_inside(folder, two.inbox):
                wrong = f"{folder} lies inside the inbox of route {two.name!r}, so files would go round in circles"
                yield f"[[route]] {one.name!r} {name}", wrong, "Put it beside the inboxes."
