"""Listens for the service's calls that a job is over (docs/contract.md, "Webhooks").

A call is a hint to ask now and is otherwise not believed: it carries no
signature, and it may never come.
"""

import json
import secrets
import socket
import socketserver
import threading
import uuid
from collections.abc import Callable
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import Any
from urllib.parse import parse_qs, urlsplit

_MOST_BODY = 64 * 1024
_PATIENCE = 10.0
"""Seconds that a caller may be silent."""


class _Server(ThreadingHTTPServer):
    """Listens on IPv4 or IPv6, asks no name server, and says nothing of callers that hang up."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), handler)

    def server_bind(self) -> None:
        # The library's own looks up the machine's name, which can take as long as a broken resolver likes.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Leave it: a lost call costs time only, and a traceback could tell the path."""


class Listener:
    """A small HTTP server behind a reverse proxy; its path cannot be guessed and changes with each start."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self.path = "/" + secrets.token_urlsafe(24)
        self.on_call: Callable[[str], None] = _ignore
        self._server = _Server(host.strip("[]"), int(port), _make_handler(self))
        self.port: int = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, name="webhook", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def called_job(query: str, body: bytes) -> str:
    """Return the JobId that a call names, as 32 hexadecimal digits; empty when it names none.

    The old dialect calls by GET with `?JobId=`, the current one by POST with JSON.
    """
    named = parse_qs(query).get("JobId", [""])[0]
    if not named and body:
        try:
            named = str(json.loads(body).get("JobId", ""))
        except (ValueError, AttributeError, RecursionError):
            return ""
    try:
        return uuid.UUID(named).hex
    except ValueError:
        return named if named.isalnum() and len(named) == 32 else ""


def _read_body(told: Message, stream: BufferedIOBase) -> bytes | None:
    """Return the body of a call, sent whole or in chunks; None when it is too large or its length cannot be read."""
    if told.get("Transfer-Encoding", "").lower() == "chunked":
        return _read_chunks(stream)
    length = _to_number(told.get("Content-Length", "0"), 10)
    return stream.read(length) if 0 <= length <= _MOST_BODY else None


def _read_chunks(stream: BufferedIOBase) -> bytes | None:
    body = b""
    while size := _to_number(stream.readline(64).decode("latin-1").partition(";")[0].strip(), 16):
        if size < 0 or len(body) + size > _MOST_BODY:
            return None
        body += stream.read(size)
        stream.readline(64)
    return body


def _to_number(text: str, base: int) -> int:
    try:
        return int(text, base) if text.isalnum() and len(text) < 16 else -1
    except ValueError:
        return -1


def _ignore(_: str) -> None:
    """Stand for a listener that nobody has set."""


def _make_handler(listener: Listener) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers the service's calls and nothing else."""

        timeout = _PATIENCE
        server_version, sys_version = "watchconvert", ""

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            body = _read_body(self.headers, self.rfile)
            if body is None:
                self._reply(413)
            else:
                self._answer(body)

        def _answer(self, body: bytes) -> None:
            parts = urlsplit(self.path)
            if not secrets.compare_digest(parts.path.encode(), listener.path.encode()):
                self._reply(404)
                return
            job = called_job(parts.query, body)
            self._reply(204 if job else 400)
            if job:
                listener.on_call(job)

        def _reply(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing: the path is a secret, and the log is the daemon's own."""

    return Handler
