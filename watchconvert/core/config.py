"""From the tables of a TOML file to a configuration, or to all its problems at once."""

import posixpath
from collections.abc import Mapping
from typing import Any

from watchconvert.core import rules
from watchconvert.core.sections import DAEMON, NOTIFY, ROUTE, SERVICE, WEB
from watchconvert.core.settings import Config, Daemon, Notify, Route, Service, Surroundings, Web
from watchconvert.core.settings.notify import split_server
from watchconvert.core.settings.route import FOLDERS, PATH
from watchconvert.core.tables import ConfigError, Problem, Table

__all__ = ["ConfigError", "Problem", "read_config"]

_NO_ROUTE = "Add at least one [[route]] table with name, path and to."


def read_config(raw: Mapping[str, Any], around: Surroundings) -> Config:
    """Return the configuration that the tables of a TOML file describe.

    Raises:
        ConfigError: something in it is wrong; every problem is in it.

    """
    problems: list[Problem] = []
    top = Table(raw, "top level:", problems, lambda path: _absolute(path, around))
    service = _read_service(top.below(SERVICE.name))
    daemon = _read_daemon(top.below(DAEMON.name), around)
    tables = top.each(ROUTE.name, _NO_ROUTE)
    if not tables:
        top.wrong(ROUTE.name, "there is no route, so nothing would be watched", _NO_ROUTE)
    routes = tuple(_read_route(table, service, daemon) for table in tables)
    notify = tuple(_read_notify(table, routes) for table in top.each(NOTIFY.name, "Write it as tables: [[notify]]."))
    problems.extend(rules.find_same_names(NOTIFY, notify))
    web = _read_web(top.below(WEB.name))
    top.finish()
    problems.extend(rules.find_same_names(ROUTE, routes))
    problems.extend(rules.find_overlapping(routes))
    problems.extend(rules.find_webhook_missing(service, routes))
    if problems:
        raise ConfigError(problems)
    return Config(service, daemon, routes, notify, web)


def _absolute(path: str, around: Surroundings) -> str:
    return around.resolve(posixpath.normpath(posixpath.join(around.folder, path)))


def _read_service(table: Table) -> Service:
    service = Service(**table.read(SERVICE.keys))
    table.finish()
    return service


def _read_daemon(table: Table, around: Surroundings) -> Daemon:
    daemon = Daemon(**table.read(DAEMON.keys, journal=posixpath.join(around.state, "journal.db")))
    table.finish()
    return daemon


def _read_web(table: Table) -> Web:
    web = Web(**table.read(WEB.keys))
    table.finish()
    rules.check_page(table, web)
    return web


def _read_route(table: Table, service: Service, daemon: Daemon) -> Route:
    base = table.take(PATH, "")
    beside = {name: posixpath.join(base, name) if base else "" for name in FOLDERS}
    keys = [key for key in ROUTE.keys if key is not PATH]
    route = Route(**table.read(keys, mode=service.mode, language=daemon.language, **beside))
    rules.check_folders(table, route)
    table.finish()
    return route


def _read_notify(table: Table, routes: tuple[Route, ...]) -> Notify:
    found = table.read(key for key in NOTIFY.keys if not key.of)
    if found["kind"]:
        found |= table.read(key for key in NOTIFY.keys if key.of == found["kind"])
        table.finish()  # of what kind the others would be is not known
    if found.get("host"):
        found["host"], found["port"] = split_server(found["host"], found["tls"])
    notify = Notify(**found)
    rules.check_notify(table, notify, [route.name for route in routes])
    return notify
