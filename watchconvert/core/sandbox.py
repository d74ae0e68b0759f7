"""What the service's sandbox must open for the routes: the drop-in of the systemd unit (systemd.exec(5)).

Each path named there becomes a mount of its own, and no rename goes from one
mount to another: a route whose four folders stand side by side under their
usual names is therefore opened as one.
"""

import posixpath
from collections.abc import Iterable

from watchconvert.core.settings import Config, Route
from watchconvert.core.tables import ConfigError, Problem

_USUAL = ("inbox", "outbox", "error", "archive")
_HIDDEN = ("/home", "/root", "/run/user")
"""What ProtectHome= hides."""
_PRIVATE = ("/tmp", "/var/tmp")  # noqa: S108 - what PrivateTmp= replaces
_DROP_IN = """\
# Written by `watchconvert install` from {source}; it is written anew each time.
# The folders of the routes are the only ones, beside its own state, that the daemon can write to.
[Service]
{lines}
"""


def find_open_paths(config: Config, state: str) -> list[str]:
    """Return the folders that must be open for writing, none below another; `state` is open already."""
    wanted = {folder for route in config.routes for folder in _opened_by(route)}
    journal = posixpath.dirname(config.daemon.journal)
    if not _is_below(journal, [state]):
        wanted.add(journal)
    return [path for path in sorted(wanted) if not _is_below(path, wanted - {path})]


def _opened_by(route: Route) -> Iterable[str]:
    above = posixpath.dirname(route.inbox)
    if route.folders == tuple(posixpath.join(above, name) for name in _USUAL):
        return (above,)
    return route.folders


def _is_below(path: str, others: Iterable[str]) -> bool:
    return any(path == other or path.startswith(other.rstrip("/") + "/") for other in others)


def write_drop_in(config: Config, state: str, source: str) -> str:
    """Return the text of the drop-in; `source` is the configuration's path.

    Raises:
        ConfigError: a folder has a name that no unit file can hold.

    """
    lines, hidden = [], False
    for path in find_open_paths(config, state):
        if _is_below(path, (*_HIDDEN, *_PRIVATE)):
            hidden = hidden or _is_below(path, _HIDDEN)
            lines.append(f"BindPaths={_quoted(path)}")
        else:
            lines.append(f"ReadWritePaths={_quoted(path)}")
    if hidden:
        lines.insert(0, "# Homes are hidden, but for what is bound below.\nProtectHome=tmpfs")
    secret = config.service.secret_file
    if secret and _is_below(secret, _HIDDEN):
        lines.append(f"BindReadOnlyPaths={_quoted(secret)}")
    return _DROP_IN.format(source=source, lines="\n".join(lines))


def _quoted(path: str) -> str:
    """Return a path that may be missing as one word of a unit file (systemd.syntax(7), "Quoting"; systemd.unit(5)).

    Raises:
        ConfigError: there is a line break in it.

    """
    if not path.isprintable():
        remedy = "Give the folder a name without line breaks and other control characters."
        raise ConfigError([Problem("[[route]]", f"{path!r} cannot be named in a unit file", remedy)])
    plain = path.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"-{plain}"'
