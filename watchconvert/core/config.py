"""From the tables of a TOML file to a configuration, or to all its problems at once."""

import posixpath
import re
from collections.abc import Callable, Mapping
from typing import Any

from watchconvert.core.notify_tables import read_notify
from watchconvert.core.overlaps import find_overlaps
from watchconvert.core.settings import Config, Daemon, Route, Service, Surroundings
from watchconvert.core.tables import (
    ConfigError,
    Problem,
    Table,
    as_address,
    as_amount,
    as_count,
    as_format,
    as_keep,
    as_marker,
    as_owner,
    as_params,
    as_permissions,
    as_public_url,
    as_text,
    as_texts,
    as_url,
    as_yes_or_no,
    duration_between,
    one_of,
)
from watchconvert.core.units import parse_size
from watchconvert.core.web import read_web

__all__ = ["ConfigError", "Problem", "read_config"]

_ROUTE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")


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
    notify = read_notify(_notify_entries(top), [route.name for route in routes], _path(around), problems)
    web = read_web(_table(top, "web"), _path(around), problems)
    top.finish()
    _check_routes(routes, problems)
    _check_webhook(service, routes, problems)
    if problems:
        raise ConfigError(problems)
    return Config(service, daemon, routes, notify, web)


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


def _notify_entries(top: Table) -> list[Mapping[str, Any]]:
    none: list[Mapping[str, Any]] = []
    return top.take(
        "notify", none, lambda value: [_mapping(item) for item in list(value)], "Write it as tables: [[notify]]."
    )


def _path(around: Surroundings) -> Callable[[Any], str]:
    return lambda value: around.resolve(posixpath.normpath(posixpath.join(around.folder, as_text(value))))


def _read_service(raw: Mapping[str, Any], around: Surroundings, problems: list[Problem]) -> Service:
    table, usual = Table(raw, "[service]", problems), Service()
    secret_file = table.take("secret_file", "", _path(around), "Give the path of a file that holds the secret.")
    service = Service(
        url=table.take(
            "url",
            usual.url,
            as_url,
            'Write "https://…" (http only for this machine itself), or "local" for the built-in server.',
        ),
        secret_file=secret_file or None,
        dialect=table.take(
            "dialect", usual.dialect, one_of("old", "current", "auto"), 'Use "auto", "current" or "old".'
        ),
        mode=_read_mode(table, usual.mode),
        auth=table.take(
            "auth", usual.auth, one_of("header", "query"), 'Use "header", or "query" with the old dialect.'
        ),
        webhook_url=table.take(
            "webhook_url",
            usual.webhook_url,
            as_public_url,
            'Write the "https://…" address that the service is to call.',
        ),
        webhook_listen=table.take(
            "webhook_listen", usual.webhook_listen, as_address, 'Write host:port, for example "127.0.0.1:8788".'
        ),
        hold=table.take(
            "hold", usual.hold, duration_between(1, 1200), 'Write a duration from 1s to 20m, for example "60s".'
        ),
        timeout=table.take(
            "timeout", usual.timeout, duration_between(10, 1200), 'Write a duration from 10s to 20m, for example "15m".'
        ),
        doubt=table.take(
            "doubt", usual.doubt, duration_between(1, 600), 'Write a duration from 1s to 10m, for example "60s".'
        ),
        low_balance=table.take(
            "low_balance", usual.low_balance, as_amount, "Write a whole number of conversions; 0 for no warning."
        ),
    )
    table.finish()
    return service


def _read_mode(table: Table, usual: str) -> str:
    remedy = 'Use "semi-async", "async" or "webhook".'
    return table.take("mode", usual, one_of("semi-async", "async", "webhook"), remedy)


def _read_daemon(raw: Mapping[str, Any], around: Surroundings, problems: list[Problem]) -> Daemon:
    table, usual = Table(raw, "[daemon]", problems), Daemon("")
    daemon = Daemon(
        journal=table.take(
            "journal", posixpath.join(around.state, "journal.db"), _path(around), "Give the path of a file."
        ),
        workers=table.take("workers", usual.workers, as_count, "Write a whole number from 1 to 256."),
        rescan=table.take(
            "rescan", usual.rescan, duration_between(1, 86400), 'Write a duration from 1s to 1d, for example "60s".'
        ),
        poll=table.take(
            "poll", usual.poll, duration_between(0.5, 3600), 'Write a duration from 500ms to 1h, for example "5s".'
        ),
        min_free=table.take(
            "min_free", usual.min_free, lambda v: parse_size(as_text(v)), 'Write a size, for example "64MiB".'
        ),
        keep_history=table.take(
            "keep_history",
            usual.keep_history,
            duration_between(60, 36500 * 86400),
            'Write a duration from 1m, for example "90d".',
        ),
    )
    table.finish()
    return daemon


_KEEP = 'Write a duration from 1h, for example "90d", or a table, { age = "90d", size = "10GB" }, of one or both.'
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
        to=table.need("to", as_format, 'Name the format to convert to, for example to = "pdf".'),
        source_format=table.take("from", "", as_format, 'Name one format, for example from = "docx", or leave it out.') or None,
        accept=table.take("accept", usual.accept, as_texts, 'Write a list of patterns, for example ["*.docx", "*.odt"].'),
        ignore=table.take("ignore", usual.ignore, as_texts, 'Write a list of patterns, for example ["draft-*"].'),
        unaccepted=table.take("unaccepted", usual.unaccepted, one_of("error", "leave"), 'Use "error" or "leave".'),
        settle=table.take("settle", usual.settle, duration_between(0, 3600), 'Write a duration up to 1h, for example "1s".'),
        incomplete_after=table.take("incomplete_after", usual.incomplete_after, duration_between(1, 86400), 'Write a duration from 1s to 1d, for example "2m".'),
        done=table.take("done", usual.done, as_marker, 'Write a name with {name} in it, for example "{name}.done".'),
        recursive=table.take("recursive", usual.recursive, as_yes_or_no, "Write true or false."),
        remove_empty=table.take("remove_empty", usual.remove_empty, as_yes_or_no, "Write true or false."),
        on_conflict=table.take("on_conflict", usual.on_conflict, one_of("number", "replace", "fail"), 'Use "number", "replace" or "fail".'),
        owner=table.take("owner", usual.owner, as_owner, 'Use "daemon", "source", "folder" or "user:group".'),
        file_mode=table.take("file_mode", usual.file_mode, as_permissions, 'Write permissions in octal as a text, for example "0640".'),
        keep_times=table.take("keep_times", usual.keep_times, as_yes_or_no, "Write true or false."),
        source=table.take("source", usual.source, one_of("archive", "delete"), 'Use "archive" or "delete".'),
        mode=_read_mode(table, service.mode),
        archive_keep=table.take("archive_keep", usual.archive_keep, as_keep, _KEEP),
        error_keep=table.take("error_keep", usual.error_keep, as_keep, _KEEP),
        outbox_keep=table.take("outbox_keep", usual.outbox_keep, as_keep, _KEEP),
        params=table.take(
            "params", usual.params, as_params,
            'Write plain values, for example { PageRange = "1-3" }; what the daemon sets itself (File, StoreFile, JobId, Timeout …) is left out.',
        ),
    )  # fmt: skip
    table.finish()
    return route


def _route_name(value: Any) -> str:
    text = as_text(value)
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


def _check_webhook(service: Service, routes: tuple[Route, ...], problems: list[Problem]) -> None:
    if service.webhook_url or "webhook" not in [service.mode, *(route.mode for route in routes)]:
        return
    remedy = 'Give the "https://…" address under which the service reaches this machine, or use another mode.'
    problems.append(Problem("[service] webhook_url", 'is missing, but mode = "webhook" is used', remedy))


def _check_routes(routes: tuple[Route, ...], problems: list[Problem]) -> None:
    names = [route.name for route in routes]
    problems.extend(
        Problem(f"[[route]] {name!r} name", "two routes have this name", "Give each route a name of its own.")
        for name in sorted({name for name in names if name and names.count(name) > 1})
    )
    problems.extend(Problem(*overlap) for overlap in find_overlaps(routes))
