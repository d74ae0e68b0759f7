"""A service that answers as the test has written down, and remembers what it was asked."""

import json
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

JSON = {"Content-Type": "application/json; charset=utf-8"}
RESET, STALL, CLOSE = "reset", "stall", "close"


@dataclass(frozen=True)
class Reply:
    """One reply, to the byte."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    """What Content-Length says; None: the truth; -1: nothing."""
    end: str = CLOSE
    """What follows the last byte: RESET, STALL or CLOSE."""
    silent: bool = False
    """Whether nothing is said at all before the end."""

    def lines(self) -> bytes:
        """Return the status line and the headers."""
        length = len(self.body) if self.length is None else self.length
        told = {} if length < 0 else {"Content-Length": str(length)}
        lines = [f"HTTP/1.1 {self.status} Told", *(f"{name}: {text}" for name, text in (told | self.headers).items())]
        return "\r\n".join([*lines, "Connection: close", "", ""]).encode()


def told(value: Any, status: int = 200, **headers: str) -> Reply:
    """Return a reply of JSON; of the headers' names each underscore is a dash."""
    more = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status, json.dumps(value).encode(), JSON | more)


def files_told(*files: dict[str, Any], **more: Any) -> Reply:
    """Return the reply of a conversion that is over."""
    return told({"ConversionCost": 1, "Files": list(files)} | more)


@dataclass(frozen=True)
class Seen:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return _first(self.body.decode())


def _first(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}


class Script(ThreadingHTTPServer):
    """The server: each request takes the next reply, and the last one stays."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies: list[Reply] = [Reply(202)]
        self.by_path: dict[str, Reply] = {}
        """Replies by the beginning of the path, before those in turn."""
        self.seen: list[Seen] = []
        self.over = Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def say(self, *replies: Reply) -> None:
        """Answer so from now on."""
        self.replies = list(replies)

    def next_reply(self, path: str) -> Reply:
        for start, reply in self.by_path.items():
            if path.startswith(start):
                return reply
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


class _Handler(BaseHTTPRequestHandler):
    server: Script

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.seen.append(Seen(self.command, parts.path, _first(parts.query), dict(self.headers), body))
        reply = self.server.next_reply(parts.path)
        if not reply.silent:
            self.wfile.write(reply.lines())
            self.wfile.write(reply.body)
        self._end(reply.end)

    def _end(self, how: str) -> None:
        self.close_connection = True
        if how == STALL:
            self.server.over.wait(20)
        elif how == RESET:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            socket.socket(fileno=self.connection.detach()).close()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def scripted() -> Iterator[Script]:
    """Run a service on a port of its own."""
    with Script() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join(5)
