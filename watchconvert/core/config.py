"""From the tables of a TOML file to a configuration, or to all its problems at once."""

import difflib
import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from watchconvert.core.job import Param
from watchconvert.core.overlaps import find_overlaps
from watchconvert.core.settings import LOCAL, Config, Daemon, Route, Service, Surroundings
from watchconvert.core.units import parse_duration, parse_size

T = TypeVar("T")

_FORMAT = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
_ROUTE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")
_OURS = frozenset({"file", "files", "url", "storefile", "jobid", "async", "webhook", "timeout", "secret", "token"})
_LOOPBACK = re.compile(r"(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d+)?")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the configuration."""

    key: str
    wrong: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.key}: {self.wrong}. {self.remedy}"


class ConfigError(Exception):
    """The configuration cannot be used; every problem of it is told."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class Table:
    """One table of the file; takes values out key by key and notes what is wrong with them."""

    def __init__(self, raw: Mapping[str, Any], where: str, problems: list[Problem]) -> None:
        self._raw, self._where, self._problems = raw, where, problems
        self._known: list[str] = []

    def key(self, name: str) -> str:
        """Return a key as it is told in a problem: "[service] url"."""
        return f"{self._where} {name}"

    def wrong(self, name: str, wrong: str, remedy: str) -> None:
        """Note that a value is wrong."""
        self._problems.append(Problem(self.key(name), wrong, remedy))

    def take(self, name: str, default: T, read: Callable[[Any], T], remedy: str) -> T:
        """Return the value of a key by `read`, or the default where it is absent or wrong."""
        self._known.append(name)
        if name not in self._raw:
            return default
        try:
            return read(self._raw[name])
        except (ValueError, TypeError, KeyError):
            self.wrong(name, f"{self._raw[name]!r} is not valid", remedy)
            return default

    def need(self, name: str, read: Callable[[Any], str], remedy: str) -> str:
        """Return the value of a key that must be there."""
        if name not in self._raw:
            self.wrong(name, "is missing", remedy)
        return self.take(name, "", read, remedy)

    def has(self, name: str) -> bool:
        """Tell whether the file has that key."""
        return name in self._raw

    def finish(self) -> None:
        """Note every key that nobody asked for, with the name it may have been meant as."""
        for name in (name for name in self._raw if name not in self._known):
            near = difflib.get_close_matches(name, self._known, n=1)
            meant = f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(sorted(self._known))}."
            self.wrong(name, "is not a known key", meant)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError(value)
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(value)
    return tuple(_text(item) for item in value)


def _one_of(*words: str) -> Callable[[Any], str]:
    return lambda value: {word: word for word in words}[value]


def _between(least: float, most: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        seconds = parse_duration(_text(value))
        if not least <= seconds <= most:
            raise ValueError(value)
        return seconds

    return read


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 256:
        raise ValueError(value)
    return value


def _format(value: Any) -> str:
    text = _text(value).lower().removeprefix(".")
    if not _FORMAT.fullmatch(text):
        raise ValueError(value)
    return text


def _params(value: Any) -> Mapping[str, Param]:
    if not isinstance(value, dict) or not all(isinstance(item, str | int | float) for item in value.values()):
        raise TypeError(value)
    if any(name.lower() in _OURS for name in value):
        raise ValueError(value)
    return dict(value)


def _url(value: Any) -> str:
    text = _text(value).rstrip("/")
    if text == LOCAL:
        return text
    scheme, _, rest = text.partition("://")
    host = rest.partition("/")[0]
    if not host or "@" in host or not text.isprintable() or set(text) & set(" ?#\\"):
        raise ValueError(value)
    if scheme == "https" or (scheme == "http" and _LOOPBACK.fullmatch(host)):
        return text
    raise ValueError(value)


def read_config(raw: Mapping[str, Any], around: Surroundings) -> Config:
    """Return the configuration that the tables of a TOML file describe.

    Raises:
        ConfigError: something in it is wrong; every problem is in it.

    """
    problems: list[Problem] = []
    top = Table(raw, "top level:", problems)
    service = _read_service(_table(top, "service"), around, problems)
    daemon = _read_daemon(_table(top, "daemon"), around, problems)
    routes = tuple(
        _read_route(entry, f"[[route]] {number}", service, around, problems)
        for number, entry in enumerate(_entries(top), start=1)
    )
    top.finish()
    _check_routes(routes, problems)
    if problems:
        raise ConfigError(problems)
    return Config(service, daemon, routes)


def _table(top: Table, name: str) -> Mapping[str, Any]:
    empty: Mapping[str, Any] = {}
    return top.take(name, empty, _mapping, f"Write it as a table: [{name}].")


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(value)
    return value


def _entries(top: Table) -> list[Mapping[str, Any]]:
    none: list[Mapping[str, Any]] = []
    remedy = "Add at least one [[route]] table with name, path and to."
    entries = top.take("route", none, lambda value: [_mapping(item) for item in list(value)], remedy)
    if not entries:
        top.wrong("route", "there is no route, so nothing would be watched", remedy)
    return entries


def _path(around: Surroundings) -> Callable[[Any], str]:
    return lambda value: around.resolve(posixpath.normpath(posixpath.join(around.folder, _text(value))))


def _read_service(raw: Mapping[str, Any], around: Surroundings, problems: list[Problem]) -> Service:
    table, usual = Table(raw, "[service]", problems), Service()
    secret_file = table.take("secret_file", "", _path(around), "Give the path of a file that holds the secret.")
    service = Service(
        url=table.take(
            "url",
            usual.url,
            _url,
            'Write "https://…" (http only for this machine itself), or "local" for the built-in server.',
        ),
        secret_file=secret_file or None,
        dialect=table.take(
            "dialect", usual.dialect, _one_of("old", "current", "auto"), 'Use "auto", "current" or "old".'
        ),
        mode=_read_mode(table, usual.mode),
        hold=table.take("hold", usual.hold, _between(1, 1200), 'Write a duration from 1s to 20m, for example "60s".'),
        timeout=table.take(
            "timeout", usual.timeout, _between(10, 1200), 'Write a duration from 10s to 20m, for example "15m".'
        ),
        doubt=table.take("doubt", usual.doubt, _between(1, 600), 'Write a duration from 1s to 10m, for example "60s".'),
    )
    table.finish()
    return service


def _read_mode(table: Table, usual: str) -> str:
    return table.take("mode", usual, _one_of("semi-async", "async"), 'Use "semi-async" or "async".')


def _read_daemon(raw: Mapping[str, Any], around: Surroundings, problems: list[Problem]) -> Daemon:
    table, usual = Table(raw, "[daemon]", problems), Daemon("")
    daemon = Daemon(
        journal=table.take(
            "journal", posixpath.join(around.state, "journal.db"), _path(around), "Give the path of a file."
        ),
        workers=table.take("workers", usual.workers, _count, "Write a whole number from 1 to 256."),
        rescan=table.take(
            "rescan", usual.rescan, _between(1, 86400), 'Write a duration from 1s to 1d, for example "60s".'
        ),
        min_free=table.take(
            "min_free", usual.min_free, lambda v: parse_size(_text(v)), 'Write a size, for example "64MiB".'
        ),
    )
    table.finish()
    return daemon


_FOLDERS = ("inbox", "outbox", "error", "archive")


def _read_route(
    raw: Mapping[str, Any], where: str, service: Service, around: Surroundings, problems: list[Problem]
) -> Route:
    name = raw.get("name")
    table = Table(raw, f"[[route]] {name!r}" if isinstance(name, str) else where, problems)
    inbox, outbox, error, archive = _read_folders(table, around)
    usual = Route("", "", "", "", "", "")
    route = Route(
        name=table.need("name", _route_name, "Give it a short name of letters, digits, dots, dashes: it stands in the status and the log."),
        inbox=inbox,
        outbox=outbox,
        error=error,
        archive=archive,
        to=table.need("to", _format, 'Name the format to convert to, for example to = "pdf".'),
        source_format=table.take("from", "", _format, 'Name one format, for example from = "docx", or leave it out.') or None,
        accept=table.take("accept", usual.accept, _texts, 'Write a list of patterns, for example ["*.docx", "*.odt"].'),
        ignore=table.take("ignore", usual.ignore, _texts, 'Write a list of patterns, for example ["draft-*"].'),
        unaccepted=table.take("unaccepted", usual.unaccepted, _one_of("error", "leave"), 'Use "error" or "leave".'),
        settle=table.take("settle", usual.settle, _between(0, 3600), 'Write a duration up to 1h, for example "1s".'),
        source=table.take("source", usual.source, _one_of("archive", "delete"), 'Use "archive" or "delete".'),
        mode=_read_mode(table, service.mode),
        params=table.take(
            "params", usual.params, _params,
            'Write plain values, for example { PageRange = "1-3" }; what the daemon sets itself (File, StoreFile, JobId, Timeout …) is left out.',
        ),
    )  # fmt: skip
    table.finish()
    return route


def _route_name(value: Any) -> str:
    text = _text(value)
    if not _ROUTE_NAME.fullmatch(text):
        raise ValueError(value)
    return text


def _read_folders(table: Table, around: Surroundings) -> list[str]:
    base = table.take(
        "path", "", _path(around), "Give the path of the folder that holds inbox, outbox, error and archive."
    )
    folders = []
    for name in _FOLDERS:
        beside = posixpath.join(base, name) if base else ""
        folder = table.take(name, beside, _path(around), "Give the path of a folder.")
        if not folder and not table.has(name) and not table.has("path"):
            table.wrong(name, "is missing", f'Give path = "…" for all four folders, or {name} = "…" by itself.')
        folders.append(folder)
    return folders


def _check_routes(routes: tuple[Route, ...], problems: list[Problem]) -> None:
    names = [route.name for route in routes]
    problems.extend(
        Problem(f"[[route]] {name!r} name", "two routes have this name", "Give each route a name of its own.")
        for name in sorted({name for name in names if name and names.count(name) > 1})
    )
    problems.extend(Problem(*overlap) for overlap in find_overlaps(routes))
