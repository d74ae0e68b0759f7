"""What a network can do to one request, each by its name.

`UNSENT` do their harm before the service has the request, `ANSWERED` after it has answered: then the reply is what
suffers, and what was bought is bought.
"""

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.network.chaos import Line, Toxic
from tests.network.listening import PATIENCE

DRIP = 0.01
"""Seconds between two bytes that drip."""
BLOCK = b"x" * 65536
PAGE = b"<!doctype html><html><body><h1>Welcome to the hotel</h1>Please accept our terms.</body></html>"
HTML = {"Content-Type": "text/html; charset=utf-8"}
ELSEWHERE = ("http://127.0.0.1:{stranger}/login", "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd")
ODD_ADDRESSES = ("http://[", "//", "http://a:99999999/", "", "/elsewhere", "\xff\xfe", "http://user:word@[::1/")
WHOLE, HEAD = -1, -2
"""Places to cut a reply at: after its last byte, after its head."""


def page(status: int, **headers: str) -> bytes:
    """Return a page that somebody between sends in the service's place."""
    told = HTML | {"Content-Length": str(len(PAGE))} | {name.replace("_", "-"): text for name, text in headers.items()}
    lines = "".join(f"{name}: {text}\r\n" for name, text in told.items())
    return f"HTTP/1.1 {status} Said\r\n{lines}\r\n".encode("latin-1") + PAGE


def head_of(reply: bytes) -> tuple[list[bytes], bytes]:
    """Return the lines of a reply's head and its body."""
    head, _, body = reply.partition(b"\r\n\r\n")
    return head.split(b"\r\n"), body


def with_headers(reply: bytes, *lines: bytes, without: bytes = b"", body: bytes | None = None) -> bytes:
    """Return a reply with more headers, without one, or with another body."""
    head, usual = head_of(reply)
    kept = [line for line in head if not without or not line.lower().startswith(without.lower() + b":")]
    return b"\r\n".join([*kept, *lines, b"", b""]) + (usual if body is None else body)


def with_length(reply: bytes, *told: bytes) -> bytes:
    """Return a reply that tells these lengths."""
    return with_headers(reply, *(b"Content-Length: " + each for each in told), without=b"content-length")


def chunked(reply: bytes, *more: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """Return a reply in chunks of seven bytes."""
    body = head_of(reply)[1]
    pieces = [body[at : at + 7] for at in range(0, len(body), 7)]
    wire = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + end
    return with_headers(reply, b"Transfer-Encoding: chunked", *more, without=b"content-length", body=wire)


def packed(reply: bytes, pack: Callable[[bytes], bytes], name: bytes) -> bytes:
    """Return a reply with its body packed."""
    body = pack(head_of(reply)[1])
    return with_length(with_headers(reply, b"Content-Encoding: " + name, body=body), b"%d" % len(body))


# what happens to a request on its way there ─────────────────────────────────
def refuse(line: Line) -> None:
    """The service is gone: this connection breaks, and there is no other."""
    line.proxy.close_door()
    line.reset()


def drop_all(line: Line) -> None:
    """A firewall begins to drop: this connection breaks, and nobody answers the next."""
    line.proxy.block_door()
    line.reset()


def hang_up(_: Line) -> None:
    """The connection ends without a word."""


def reset(line: Line) -> None:
    """The connection is reset."""
    line.reset()


def be_silent(line: Line) -> None:
    """Nobody ever answers."""
    line.is_gone(PATIENCE)


def say(data: bytes, line: Line) -> None:
    """Somebody else answers."""
    line.say(data)


def redirect(address: str, line: Line) -> None:
    """Somebody sends the client elsewhere."""
    line.say(page(302, Location=address))


def redirect_for_ever(line: Line) -> None:
    """Somebody sends the client elsewhere, with a page that never ends."""
    line.say(b"HTTP/1.1 302 Said\r\nLocation: /there\r\nContent-Type: text/html\r\n\r\n")
    line.say_for_ever(BLOCK)


# what happens to a reply on its way back ────────────────────────────────────
def change(how: Callable[[bytes], bytes], line: Line) -> None:
    """The reply comes as another."""
    line.say(how(line.forward()))


def change_and_stay(how: Callable[[bytes], bytes], line: Line, seconds: float = PATIENCE) -> None:
    """The reply comes as another, and the connection stays open until the client says or ends something."""
    change(how, line)
    line.is_gone(seconds)


def cut(at: int, line: Line, *, hard: bool = False) -> None:
    """The reply breaks off; `at` is a place of it, or a byte."""
    reply = line.forward()
    size = {WHOLE: len(reply), HEAD: len(reply) - len(head_of(reply)[1])}.get(at, at)
    line.say(reply[: min(size, len(reply) - 1)])
    if hard:
        line.reset()


def lose(line: Line) -> None:
    """The service has done what was asked; its reply is lost."""
    line.forward()


def drip(line: Line, *, head_at_once: bool = False) -> None:
    """The reply comes byte by byte, more slowly than anybody can wait."""
    reply = line.forward()
    start = len(reply) - len(head_of(reply)[1]) if head_at_once else 0
    line.say(reply[:start])
    for byte in reply[start:] + b" " * 100_000:
        if not line.say(bytes([byte])) or line.is_gone(DRIP):
            return


def flood(start: bytes, block: bytes, line: Line) -> None:
    """Something never ends; `start` comes before it."""
    line.forward()
    line.say(start)
    line.say_for_ever(block)


OK = b"HTTP/1.1 200 OK\r\n"
JSON_HEAD = OK + b"Content-Type: application/json\r\n"
GARBAGE = (
    b"SSH-2.0-OpenSSH_9.6\r\n", b"\x15\x03\x01\x00\x02\x02\x28", bytes(range(256)) * 20, b"\0" * 5000, b"\r\n" * 2000,
    b"HTTP/9.9 200 OK\r\n\r\n", b"HTTP/1.1 abc OK\r\n\r\n", b"HTTP/1.1 99999 OK\r\n\r\n", b"HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK",
    b"ICY 200 OK\r\n\r\n", PAGE, b"+OK POP3 ready\r\n", OK + b"\x00\xff: \x80\r\n\r\n", OK + b" folded\r\n :\r\n\r\n?",
)  # fmt: skip

UNSENT: dict[str, Toxic] = {
    "refused": refuse,
    "hung up": hang_up,
    "reset": reset,
    "portal 200": partial(say, page(200)),
    "portal 302": partial(say, page(302, Location="http://hotel.invalid/")),
    "portal 511": partial(say, page(511)),
    "portal packed": partial(say, packed(page(200), gzip.compress, b"gzip")),
    "portal without an end": partial(say, with_headers(page(200), without=b"content-length")),
    "bad gateway": partial(say, page(502)),
    "gateway time-out": partial(say, page(504)),
    "bad request of a proxy": partial(say, page(400)),
    **{f"garbage {number}": partial(say, data) for number, data in enumerate(GARBAGE)},
    **{f"redirect to {address}": partial(redirect, address) for address in ELSEWHERE},
    **{f"redirect to {address!r}": partial(redirect, address) for address in ODD_ADDRESSES},
}
SLOW_UNSENT: dict[str, Toxic] = {"dropped": drop_all, "silent": be_silent, "redirect for ever": redirect_for_ever}
ANSWERED: dict[str, Toxic] = {
    "lost": lose,
    **{f"cut at {at}": partial(cut, at) for at in (1, 12, 40, HEAD, WHOLE)},
    **{f"reset at {at}": partial(cut, at, hard=True) for at in (1, 12, 40, HEAD, WHOLE)},
    "length short": partial(change, lambda reply: with_length(reply, b"3")),
    "length nought": partial(change, lambda reply: with_length(reply, b"0")),
    "length long": partial(change, lambda reply: with_length(reply, b"4000")),
    "no length": partial(change, with_length),
    "length negative": partial(change, lambda reply: with_length(reply, b"-5")),
    "length huge": partial(change, lambda reply: with_length(reply, b"9" * 40)),
    "length of 5000 digits": partial(change, lambda reply: with_length(reply, b"9" * 5000)),
    "length in words": partial(change, lambda reply: with_length(reply, b"five")),
    "two lengths": partial(change, lambda reply: with_headers(reply, b"Content-Length: 7")),
    "two lengths in one": partial(change, lambda reply: with_length(reply, b"7, 9")),
    "chunks": partial(change, chunked),
    "chunks and a length": partial(change, lambda reply: chunked(reply, b"Content-Length: 5")),
    "chunks without an end": partial(change, lambda reply: chunked(reply, end=b"")),
    "chunks of a huge size": partial(change, lambda reply: chunked(reply, end=b"f" * 30 + b"\r\nx")),
    "chunks of no size": partial(change, lambda reply: chunked(reply, end=b"zz\r\n\r\n")),
    "chunks of a negative size": partial(change, lambda reply: chunked(reply, end=b"-5\r\nabc\r\n")),
    "packed by gzip": partial(change, lambda reply: packed(reply, gzip.compress, b"gzip")),
    "packed by deflate": partial(change, lambda reply: packed(reply, zlib.compress, b"deflate")),
    "packed badly": partial(change, lambda reply: with_headers(reply, b"Content-Encoding: gzip")),
    "packed unknown": partial(change, lambda reply: with_headers(reply, b"Content-Encoding: rot13")),
    "said twice": partial(change_and_stay, lambda reply: reply * 2, seconds=2 * DRIP),
    "early hints": partial(change, lambda reply: b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + reply),
    "many continues": partial(change, lambda reply: b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n" * 50 + reply),
    "a long header": partial(change, lambda reply: with_headers(reply, b"X: " + b"y" * 100_000)),
    "many headers": partial(change, lambda reply: with_headers(reply, *[b"X-%d: y" % each for each in range(300)])),
    "odd headers": partial(change, lambda reply: with_headers(reply, b"\xff\x00: \x80", b": nameless", b"no colon")),
    "cookies": partial(change, lambda reply: with_headers(reply, *[b"Set-Cookie: a%d=b" % n for n in range(50)])),
    "trailing rubbish": partial(change, lambda reply: reply + b"rubbish" * 100),
}  # fmt: skip
SLOW_ANSWERED: dict[str, Toxic] = {
    "length long and open": partial(change_and_stay, lambda reply: with_length(reply, b"4000")),
    "drip": drip,
    "drip of the body": partial(drip, head_at_once=True),
    "continues for ever": partial(flood, b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "headers for ever": partial(flood, OK, b"X: y\r\n" * 1000),
    "a header for ever": partial(flood, OK + b"X: ", BLOCK),
    "a status for ever": partial(flood, b"HTTP/1.1 200 ", BLOCK),
    "a body for ever": partial(flood, JSON_HEAD + b"\r\n", BLOCK),
    "chunks for ever": partial(flood, JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + BLOCK + b"\r\n"),
    "a chunk's size for ever": partial(flood, JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0" * 65536),
    "a packed body for ever": partial(flood, JSON_HEAD + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(bytes(2**24))),
}  # fmt: skip


@dataclass(frozen=True)
class Dose:
    """A toxic, and how much of it a test can bear."""

    name: str
    toxic: Toxic
    slow: bool
    """Whether each time costs a time-out, or the reading of much."""


DOSES = [
    Dose(name, toxic, slow)
    for slow, toxics in ((False, UNSENT | ANSWERED), (True, SLOW_UNSENT | SLOW_ANSWERED))
    for name, toxic in toxics.items()
]
