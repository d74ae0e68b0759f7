"""The way of the requests of which there is one for every file: the standard library's HTTP over kept connections.

For each of its requests the library `requests` prepares a session's worth of things that the daemon never uses:
cookies, redirects, hooks, adapters.  That is three quarters of a millisecond of processor time, of which this way takes
a fifth (`bench/calls.py`).  What the connections bear is the same: `connections.py` makes both.  Requests that go
through a proxy are left to the library.
"""

import http.client
import re
import ssl
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import requests
from requests.utils import requote_uri
from urllib3.exceptions import ConnectTimeoutError, HTTPError

from watchconvert.adapters.convertapi.connections import BLOCK, Plain, Secure

_MOST_KEPT = 4
"""Connections that one thread keeps open, each to another host."""
_PLAIN_TARGET = re.compile(r"[\w/.~:?=&%+,;@!$'()*-]*", re.ASCII)
"""A path and query that need no quoting."""

Origin = tuple[str, str, int | None]


@dataclass(frozen=True)
class Request:
    """What was asked."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Reply:
    """One reply, whose body is read when it is wanted; in the words of `requests.Response` as far as it goes."""

    def __init__(self, request: Request, raw: http.client.HTTPResponse, kept: "Kept", origin: Origin) -> None:
        self.request, self.status_code, self.headers = request, raw.status, raw.headers
        self._raw, self._kept, self._origin = raw, kept, origin

    def iter_content(self, size: int) -> Iterator[bytes]:
        """Yield the body in blocks.

        Raises:
            requests.ConnectionError: it broke off, or comes too slowly.

        """
        try:
            while block := self._raw.read(size):
                yield block
        except (OSError, http.client.HTTPException) as fault:
            self._kept.drop(self._origin)
            raise _as_library(fault) from fault
        if self._raw.length:  # at the end of a connection the standard library says nothing of what is missing
            self._kept.drop(self._origin)
            raise requests.ConnectionError(http.client.IncompleteRead(b"", self._raw.length))

    def close(self) -> None:
        """Let go of it; a connection on which a part of it is still under way cannot be used again."""
        if not self._raw.isclosed():
            self._kept.drop(self._origin)
        self._raw.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Kept:
    """The open connections of one thread."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._open: dict[Origin, Plain] = {}
        weakref.finalize(self, _close_all, self._open)

    def take(self, origin: Origin, connect: float) -> Plain:
        """Return a connection that nobody has closed as far as can be seen; it is made when it is first used."""
        connection = self._open.pop(origin, None)
        if connection is not None and connection.sock is not None and not connection.is_connected:
            connection.close()
        if connection is None:
            connection = self._make(origin)
        connection.timeout = connect
        self._open[origin] = connection
        while len(self._open) > _MOST_KEPT:
            self.drop(next(iter(self._open)))
        return connection

    def _make(self, origin: Origin) -> Plain:
        scheme, host, port = origin
        if scheme == "https":
            return Secure(host, port, ssl_context=self._context, blocksize=BLOCK, cert_reqs="CERT_REQUIRED")
        return Plain(host, port, blocksize=BLOCK)

    def drop(self, origin: Origin) -> None:
        """Close a connection."""
        if connection := self._open.pop(origin, None):
            connection.close()


def _close_all(connections: dict[Origin, Plain]) -> None:
    for connection in connections.values():
        connection.close()


AnyReply = Reply | requests.Response
"""A reply, whichever way it came."""


def ask(
    kept: Kept, request: Request, *, connect: float, read: float, params: Mapping[str, str], data: Any = None
) -> Reply:
    """Send one request and return its reply; `data` is bytes, a form or a streamed body.  Times are seconds.

    Raises:
        requests.RequestException: no reply came.
        OSError: the body cannot be read.

    """
    parts = urlsplit(request.url)
    origin = (parts.scheme.lower(), parts.hostname or "", parts.port)
    target = _target(parts.path, parts.query, params)
    connection = kept.take(origin, connect)
    try:
        _send(connection, request, target, data)
        if connection.sock is not None:
            connection.sock.settimeout(read)
        # Of the standard library: what urllib3 makes of a reply costs as much again.
        raw = http.client.HTTPConnection.getresponse(connection)
    except (OSError, http.client.HTTPException, HTTPError) as fault:
        kept.drop(origin)
        raise _as_library(fault) from fault
    except BaseException:
        kept.drop(origin)
        raise
    return Reply(replace(request, url=f"{parts.scheme}://{parts.netloc}{target}"), raw, kept, origin)


def _target(path: str, query: str, params: Mapping[str, str]) -> str:
    more = urlencode(params)
    target = (path or "/") + (f"?{query}" if query else "") + (("&" if query else "?") + more if more else "")
    return target if _PLAIN_TARGET.fullmatch(target) else requote_uri(target)


def _send(connection: Plain, request: Request, target: str, data: Any) -> None:
    form = isinstance(data, dict)
    body = urlencode(data).encode("ascii") if form else data
    connection.putrequest(request.method, target, skip_accept_encoding=True)
    for name, value in request.headers.items():
        connection.putheader(name, value)
    if form:
        connection.putheader("Content-Type", "application/x-www-form-urlencoded")
    if body is not None or request.method == "POST":
        connection.putheader("Content-Length", str(len(body or b"")))
    connection.endheaders(body if isinstance(body, bytes) else None)
    if body is not None and not isinstance(body, bytes):
        while block := body.read(BLOCK):
            connection.send(block)


def _as_library(fault: Exception) -> requests.RequestException:
    """Return a fault in the words that the rest of this package judges by, which are those of `requests`."""
    if isinstance(fault, ConnectTimeoutError):
        return requests.ConnectTimeout(fault)
    if isinstance(fault, TimeoutError):
        return requests.ReadTimeout(fault)
    if isinstance(fault, ssl.SSLError):
        return requests.exceptions.SSLError(fault)
    return requests.ConnectionError(fault)
