"""[web]: the page that shows how it is."""

from dataclasses import dataclass, replace

from watchconvert.core.keys import Key
from watchconvert.core.values import PORT, Resolve, list_of, path_of, text_like
from watchconvert.core.web import UNIX


def _place(listen: str, to: Resolve) -> str:
    return UNIX + to(listen.removeprefix(UNIX)) if listen.startswith(UNIX) else listen


_LISTEN = replace(
    text_like("host and port, or `unix:` and the path of a socket", rf"[^\u0000-\u0020]+:{PORT}|{UNIX}[^\u0000]+", str),
    place=_place,
)
_HOST = text_like(
    "a name without a port",
    r"\[?(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45})\]?",
    lambda host: host.lower().strip("[]"),
)
_HEADER = text_like("the name of a header", r"[A-Za-z][A-Za-z0-9-]{0,63}", str, how="Name one header")


@dataclass(frozen=True)
class Web:
    """The page that shows how it is."""

    listen: str = Key(
        _LISTEN,
        'Where the page is shown (docs/operating.md, "The page"): host and port, or '
        '`"unix:/run/watchconvert/web.sock"`, a socket for a reverse proxy in the daemon\'s group.',
        absent="",
        usual="no page",
        example="127.0.0.1:8410",
        remedy='Write host:port, for example "127.0.0.1:8410", or "unix:/path/of/a/socket".',
    ).told()
    token_file: str | None = Key(
        path_of("a file that holds the token"),
        "A file with a token of 16 characters at least, mode 0600. With it the page can be used to cancel and to try "
        "again, and is shown to nobody without it. Must be given where other machines reach the page.",
        usual="none: the page only shows",
        example="/etc/watchconvert/web-token",
    ).told()
    hosts: tuple[str, ...] = Key(
        list_of("a list of names without ports", _HOST),
        "Further names under which the page may be asked for, such as that of a reverse proxy; others are refused.",
        default=[],
        example=["files.example.org"],
    ).told()
    user_header: str = Key(
        _HEADER,
        "The header in which a reverse proxy on this machine names its user. Whom it names may look, and nobody else "
        "without the token.",
        absent="",
        usual="none",
        example="X-Remote-User",
    ).told()
