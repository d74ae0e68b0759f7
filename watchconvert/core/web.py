"""The [web] table: where the page is shown, and to whom."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from watchconvert.core.settings import Web
from watchconvert.core.tables import Problem, Table, as_address, as_text, as_texts

UNIX = "unix:"
"""What the address of a socket in the file system begins with."""
_LOOPBACK = re.compile(r"127(\.\d{1,3}){3}|localhost|::1")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|[0-9a-f:.]{2,45}")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")


def read_web(raw: Mapping[str, Any], path: Callable[[Any], str], problems: list[Problem]) -> Web:
    """Return what the [web] table says; `path` makes a path absolute.  Problems are added to those that there are."""
    table = Table(raw, "[web]", problems)
    listen = table.take(
        "listen",
        "",
        _listen_reader(path),
        'Write host:port, for example "127.0.0.1:8410", or "unix:/path/of/a/socket".',
    )
    token_file = table.take("token_file", "", path, "Give the path of a file that holds the token.")
    none: tuple[str, ...] = ()
    hosts = table.take(
        "hosts", none, _as_hosts, 'Write a list of names without ports, for example ["files.example.org"].'
    )
    user_header = table.take("user_header", "", _as_header, 'Name one header, for example "X-Remote-User".')
    table.finish()
    if listen and not token_file and not is_private(listen):
        remedy = "Give a token_file, or listen at 127.0.0.1 or at a unix socket."
        table.wrong("token_file", f"is missing, but {listen} may be reached from other machines", remedy)
    return Web(listen, token_file or None, hosts, user_header)


def is_private(listen: str) -> bool:
    """Tell whether an address can only be reached from this machine."""
    return listen.startswith(UNIX) or is_loopback(split_address(listen)[0])


def is_loopback(host: str) -> bool:
    """Tell whether a host, in lower case and without brackets, is this machine by its own name for itself."""
    return _LOOPBACK.fullmatch(host) is not None


def split_address(address: str) -> tuple[str, int]:
    """Split "host:port", where an IPv6 host stands in brackets."""
    host, _, port = address.rpartition(":")
    return host.strip("[]").lower(), int(port)


def _listen_reader(path: Callable[[Any], str]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        text = as_text(value)
        return UNIX + path(text.removeprefix(UNIX)) if text.startswith(UNIX) else as_address(text)

    return read


def _as_hosts(value: Any) -> tuple[str, ...]:
    hosts = tuple(host.lower().strip("[]") for host in as_texts(value))
    if not all(_HOST.fullmatch(host) for host in hosts):
        raise ValueError(value)
    return hosts


def _as_header(value: Any) -> str:
    text = as_text(value)
    if not _HEADER.fullmatch(text):
        raise ValueError(value)
    return text
