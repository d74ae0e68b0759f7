"""Listens for the service's calls that a job is over (docs/contract.md, "Webhooks").

A call is a hint to ask now and is otherwise not believed: it carries no
signature, and it may never come.
"""

import json
import secrets
import threading
import uuid
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

_MOST_BODY = 64 * 1024
_PATIENCE = 10.0


class Listener:
    """A small HTTP server behind a reverse proxy; its path cannot be guessed and changes with each start."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self.path = "/" + secrets.token_urlsafe(24)
        self.on_call: Callable[[str], None] = _ignore
        self._server = ThreadingHTTPServer((host.strip("[]"), int(port)), _make_handler(self))
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
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
            length = self.headers.get("Content-Length", "0")
            if not length.isdigit() or int(length) > _MOST_BODY:
                self._reply(413)
                return
            self._answer(self.rfile.read(int(length)))

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
