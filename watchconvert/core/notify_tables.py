"""The [[notify]] tables of the configuration: who is told, of what, and by which way."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from watchconvert.core.settings import Notify
from watchconvert.core.tables import LOOPBACK, Problem, Table, as_text, as_texts, duration_between, one_of

CAUSES = ("failed", "held", "released", "low_balance")
"""What there is to tell of."""
KINDS = ("mail", "webhook", "command")

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
"""Submission as RFC 6409 has it, over TLS as RFC 8314 has it, and a server of this machine."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")
_SERVER = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9][A-Za-z0-9.-]{0,252})(?::(\d{1,5}))?")
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9][A-Za-z0-9.-]{0,252})")
"""An address as RFC 5321 has it, without quotes and comments: nothing in it can end a line of a header."""
_ADDRESS = re.compile(r"(https?)://([A-Za-z0-9.\[\]:-]+)(/[^\s\\#]*)?", re.ASCII)
_URL_REMEDY = 'Write "https://…" (http only for this machine itself).'

Resolve = Callable[[Any], str]
"""Makes a path of the file absolute."""


def read_notify(
    entries: Sequence[Mapping[str, Any]], routes: Sequence[str], path: Resolve, problems: list[Problem]
) -> tuple[Notify, ...]:
    """Return what the [[notify]] tables describe; what is wrong with them is added to the problems."""
    found = tuple(_read(entry, number, routes, path, problems) for number, entry in enumerate(entries, start=1))
    names = [each.name for each in found if each.name]
    problems.extend(
        Problem(f"[[notify]] {name!r} name", "two notifiers have this name", "Give each a name of its own.")
        for name in sorted({name for name in names if names.count(name) > 1})
    )
    return found


def _read(raw: Mapping[str, Any], number: int, routes: Sequence[str], path: Resolve, problems: list[Problem]) -> Notify:
    name, usual = raw.get("name"), Notify("", "")
    table = Table(raw, f"[[notify]] {name!r}" if isinstance(name, str) else f"[[notify]] {number}", problems)
    common: dict[str, Any] = {
        "name": table.need("name", _as_name, "Give it a short name of letters, digits, dots, dashes: the log has it."),
        "kind": table.need("kind", one_of(*KINDS), 'Use "mail", "webhook" or "command".'),
        "on": table.take("on", usual.on, _as_causes, f"Write a list of these: {', '.join(CAUSES)}."),
        "routes": table.take("routes", usual.routes, as_texts, 'Write a list of names of routes, for example ["a"].'),
        "interval": table.take(
            "interval", usual.interval, duration_between(1, 7 * 86400), 'Write a duration from 1s to 7d, like "15m".'
        ),
    }
    if common["kind"]:
        common |= _OWN[common["kind"]](table, usual, path)
        table.finish()  # of what kind the others would be is not known
    notify = Notify(**common)
    _check(table, notify, routes)
    return notify


def _read_mail(table: Table, usual: Notify, path: Resolve) -> dict[str, Any]:
    tls = table.take("tls", usual.tls, one_of(*_PORTS), 'Use "starttls", "tls", or "none" on this machine.')
    server = table.need("smtp", _as_server, 'Name the mail server, "mail.example.org" or with ":" and its port.')
    host, port = _split(server, _PORTS[tls])
    return {
        "tls": tls,
        "host": host,
        "port": port,
        "user": table.take("user", usual.user, _as_line, "Give the name that the mail server knows."),
        "password_file": table.take("password_file", "", path, "Give the path of a file that holds the password."),
        "sender": table.need("from", _as_mailbox, 'Write one address, "watchconvert@example.org".'),
        "to": _read_recipients(table),
    }


def _read_recipients(table: Table) -> tuple[str, ...]:
    remedy = 'Write a list of addresses, ["admin@example.org"].'
    if not table.has("to"):
        table.wrong("to", "is missing", remedy)
    none: tuple[str, ...] = ()
    return table.take("to", none, _as_mailboxes, remedy)


def _read_webhook(table: Table, _usual: Notify, path: Resolve) -> dict[str, Any]:
    url = table.need("url", _as_hook, _URL_REMEDY)
    if table.has("url") and not url:
        # Its value is not repeated, for it may hold a token.
        table.wrong("url", "is not a valid address", _URL_REMEDY)
    return {
        "url": url,
        "secret_file": table.need(
            "secret_file", path, "Give the path of a file that holds the secret by which messages are signed."
        ),
    }


def _read_command(table: Table, usual: Notify, _path: Resolve) -> dict[str, Any]:
    remedy = 'Write a list of the program\'s whole path and its arguments, ["/usr/local/bin/tell", "--quiet"].'
    if not table.has("command"):
        table.wrong("command", "is missing", remedy)
    return {
        "command": table.take("command", usual.command, _as_program, remedy),
        "time_limit": table.take(
            "time_limit", usual.time_limit, duration_between(1, 600), 'Write a duration from 1s to 10m, like "30s".'
        ),
    }


_OWN: dict[str, Callable[[Table, Notify, Resolve], dict[str, Any]]] = {
    "mail": _read_mail,
    "webhook": _read_webhook,
    "command": _read_command,
}


def _check(table: Table, notify: Notify, routes: Sequence[str]) -> None:
    """Note what is wrong with values that are good by themselves."""
    for name in (name for name in notify.routes if name not in routes):
        near = difflib.get_close_matches(name, routes, n=1)
        remedy = f"Did you mean {near[0]!r}?" if near else "Name routes as they are named in [[route]]."
        table.wrong("routes", f"there is no route {name!r}", remedy)
    if "released" in notify.on and "held" not in notify.on:
        table.wrong(
            "on", '"released" alone tells nothing', 'Add "held": what is told is the end of a hold told before.'
        )
    if notify.tls == "none" and notify.host and not LOOPBACK.fullmatch(notify.host):
        table.wrong("tls", '"none" would send it for everybody to read', 'Use "starttls" or "tls" for another machine.')
    if notify.kind == "mail" and bool(notify.user) != bool(notify.password_file):
        missing = "password_file" if notify.user else "user"
        table.wrong(missing, "is missing", "Give both user and password_file, or neither.")


def _as_name(value: Any) -> str:
    text = as_text(value)
    if not _NAME.fullmatch(text):
        raise ValueError(value)
    return text


def _as_line(value: Any) -> str:
    text = as_text(value)
    if not text.isprintable() or len(text) > 200:
        raise ValueError(value)
    return text


def _as_causes(value: Any) -> tuple[str, ...]:
    causes = as_texts(value)
    if not causes or not set(causes) <= set(CAUSES):
        raise ValueError(value)
    return causes


def _as_server(value: Any) -> str:
    match = _SERVER.fullmatch(as_text(value))
    if not match or int(match[2] or 1) not in range(1, 65536):
        raise ValueError(value)
    return match[0]


def _split(server: str, usual_port: int) -> tuple[str, int]:
    match = _SERVER.fullmatch(server)
    return (match[1], int(match[2] or usual_port)) if match else ("", 0)


def _as_mailbox(value: Any) -> str:
    text = as_text(value)
    if not _MAILBOX.fullmatch(text):
        raise ValueError(value)
    return text


def _as_mailboxes(value: Any) -> tuple[str, ...]:
    found = as_texts(value)
    if not found:
        raise ValueError(value)
    return tuple(map(_as_mailbox, found))


def _as_hook(value: Any) -> str:
    """Return an address, or nothing where it is none that may be used."""
    text = value if isinstance(value, str) and value.isprintable() else ""
    match = _ADDRESS.fullmatch(text)
    return text if match and (match[1] == "https" or LOOPBACK.fullmatch(match[2])) else ""


def _as_program(value: Any) -> tuple[str, ...]:
    words = as_texts(value)
    if not words or not words[0].startswith("/"):
        raise ValueError(value)
    return words
