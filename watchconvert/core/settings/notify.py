"""[[notify]]: one way in which somebody is told what happens."""

from dataclasses import dataclass, field, replace
from typing import Any

from watchconvert.core.keys import Key
from watchconvert.core.values import (
    LOOPBACK,
    NAME,
    SOME_PORT,
    TEXT,
    check,
    choice,
    duration,
    list_of,
    path_of,
    text_like,
)

CAUSES = {
    "failed": "files that went to the error folder",
    "held": "work that is paused",
    "released": "the end of a pause that was told",
    "low_balance": "an account that runs low",
    "budget": "a budget that is used up, or to four fifths",
}
"""What there is to tell of."""
PORTS = {"starttls": 587, "tls": 465, "none": 25}
"""Submission as RFC 6409 has it, over TLS as RFC 8314 has it, and a server of this machine."""

_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9][A-Za-z0-9.-]{0,252})"
_SERVER = text_like("a mail server, with or without its port", rf"{_HOST}(?::{SOME_PORT})?", str)
_MAILBOX = text_like(
    "an address",
    rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_HOST}",
    str,
)
"""An address as RFC 5321 has it, without quotes and comments: nothing in it can end a line of a header."""
_URL = check(
    text_like(
        'an address, "https://…" (http only for this machine itself)',
        rf"(?:https://[A-Za-z0-9.\[\]:-]+|http://{LOOPBACK})(?:/[^ \\#\u0000-\u001f]*)?",
        str,
    ),
    str.isprintable,
)


def split_server(server: str, tls: str) -> tuple[str, int]:
    """Return the host and the port of a mail server, which has the usual port of how it is spoken to."""
    host, colon, port = server.rpartition(":")
    return (host, int(port)) if colon and not server.endswith("]") else (server, PORTS[tls])


_LINE = check(text_like("a text on one line", r"[^\u0000-\u001f\u007f-\u00a0]{1,200}", str), str.isprintable)
_WORDS = list_of("a list of a program's whole path and its arguments", TEXT, least=1)
_WHOLE_PATH = text_like("a path from the root", r"/[^\u0000]*", str)


def _read_program(value: Any) -> tuple[str, ...]:
    words = _WORDS.read(value)
    return (_WHOLE_PATH.read(words[0]), *words[1:])


_PROGRAM = replace(_WORDS, read=_read_program, schema=_WORDS.schema | {"prefixItems": [_WHOLE_PATH.schema]})


@dataclass(frozen=True)
class Notify:
    """One way in which somebody is told what happens; what its kind has no use for stays empty."""

    name: str = field(
        metadata=Key(
            text_like("a short name of letters, digits, dots, dashes", NAME, str),
            "What it is called in the log.",
            needed=True,
            absent="",
            example="administrators",
            remedy="Give it a short name of letters, digits, dots, dashes: the log has it.",
        ).noted()
    )
    kind: str = field(
        metadata=Key(
            choice({"mail": "", "webhook": "JSON by POST, signed", "command": "a program, without a shell"}),
            "By which way somebody is told; each has keys of its own.",
            needed=True,
            absent="",
            example="mail",
        ).noted()
    )
    on: tuple[str, ...] = Key(
        list_of(
            "a list of causes",
            choice(CAUSES),
            least=1,
        ),
        "What is told of.",
        default=list(CAUSES),
        remedy=f"Write a list of these: {', '.join(CAUSES)}.",
    ).told()
    routes: tuple[str, ...] = Key(
        list_of("a list of names of routes", TEXT),
        "The names of the routes it is told of; empty for all.",
        default=[],
        example=["to-pdf"],
    ).told()
    interval: float = Key(
        duration("1s", "7d"),
        "How long there is one message at most of each cause; what happens meanwhile is gathered into the next.",
        default="15m",
    ).told()
    host: str = Key(
        _SERVER,
        'The mail server, with a port behind ":" that is not the usual one (587, for `"tls"` 465, for `"none"` 25).',
        name="smtp",
        of="mail",
        needed=True,
        absent="",
        example="mail.example.org",
        remedy='Name the mail server, "mail.example.org" or with ":" and its port.',
    ).told()
    port: int = 0
    """That of `smtp`, or the usual one."""
    tls: str = Key(
        choice(
            {
                "starttls": "needs a valid certificate of the server's name",
                "tls": "from the first byte on; needs one, too",
                "none": "for a server on this machine alone",
            }
        ),
        "How the mail server is spoken to.",
        of="mail",
        default="starttls",
        remedy='Use "starttls", "tls", or "none" on this machine.',
    ).told()
    user: str = Key(
        _LINE,
        "The name by which the mail server knows the daemon; goes with `password_file`.",
        of="mail",
        absent="",
        usual="none",
        example="watchconvert",
        remedy="Give the name that the mail server knows.",
    ).told()
    password_file: str = Key(
        path_of("a file that holds the password"),
        "A file with the password on its only line, mode 0600; goes with `user`.",
        of="mail",
        absent="",
        usual="none",
        example="/etc/watchconvert/mail-password",
    ).told()
    sender: str = Key(
        _MAILBOX,
        "The sender's address.",
        name="from",
        of="mail",
        needed=True,
        absent="",
        example="watchconvert@example.org",
        remedy='Write one address, "watchconvert@example.org".',
    ).told()
    to: tuple[str, ...] = Key(
        list_of("a list of addresses", _MAILBOX, least=1),
        "Who gets the mail.",
        of="mail",
        needed=True,
        absent=(),
        example=["admin@example.org"],
    ).told()
    url: str = Key(
        _URL,
        'Where the messages are posted, signed (docs/operating.md, "Messages"); `http://` for this machine alone.',
        of="webhook",
        needed=True,
        absent="",
        example="https://hooks.example.org/watchconvert",
        hidden=True,
        remedy='Write "https://…" (http only for this machine itself).',
    ).told()
    """What stands behind its host may be a secret."""
    secret_file: str = Key(
        path_of("a file that holds the secret by which messages are signed"),
        "A file with the secret by which messages are signed, on its only line, mode 0600.",
        of="webhook",
        needed=True,
        absent="",
        example="/etc/watchconvert/hook-secret",
    ).told()
    command: tuple[str, ...] = Key(
        _PROGRAM,
        "A program and its arguments; no shell sees them. The message comes as JSON on its standard input.",
        of="command",
        needed=True,
        absent=(),
        example=["/usr/local/bin/page", "--quietly"],
    ).told()
    time_limit: float = Key(
        duration("1s", "10m"),
        "How long the command may take.",
        of="command",
        default="30s",
    ).told()
