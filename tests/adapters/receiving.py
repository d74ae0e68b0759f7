"""Real receivers of messages in a thread of the test: a mail server and a web server, good ones and bad ones."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

USER, PASSWORD = "watchconvert", "pass word"


class Inbox:
    """What a mail server took."""

    def __init__(self, refuse: dict[str, str] | None = None) -> None:
        self.letters: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.secure: list[bool] = []
        self.refuse = refuse or {}

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if "DATA" in self.refuse:
            return self.refuse["DATA"]
        letter = message_from_bytes(envelope.content, policy=default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.recipients.append(list(envelope.rcpt_tos))
        self.secure.append(isinstance(server.transport.get_extra_info("ssl_object"), ssl.SSLObject))
        return "250 OK"


def _authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()), handled=False)


@contextlib.contextmanager
def mail_server(
    inbox: Inbox, certificate: Path | None = None, *, tls: str = "none", port: int = 0, auth: bool = False
) -> Iterator[int]:
    """Run a mail server on this machine; yields its port."""
    context = None
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    manners: dict[str, Any] = {"auth_required": auth, "authenticator": _authenticate} if auth else {}
    if tls == "starttls":
        manners |= {"tls_context": context, "require_starttls": True}
    elif auth:
        manners["auth_require_tls"] = False  # it is required all the same: the library looks at STARTTLS alone
    listener = socket.create_server(("127.0.0.1", port))
    bound = listener.getsockname()[1]
    listener.close()

    class Ours(Controller):
        def factory(self) -> SMTP:
            return SMTP(inbox, hostname="mail.test", **manners)

    server = Ours(inbox, "127.0.0.1", bound, ssl_context=context if tls == "tls" else None, ready_timeout=30)
    server.start()
    try:
        yield bound
    finally:
        server.stop()


class Hook:
    """What a web server was sent: headers (in lower case) and body of each request, and how it answers."""

    def __init__(self, status: int = 204, location: str = "") -> None:
        self.status, self.location = status, location
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.paths: list[str] = []


@contextlib.contextmanager
def web_server(hook: Hook) -> Iterator[str]:
    """Run a web server on this machine; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            hook.paths.append(self.path)
            hook.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(hook.status)
            if hook.location:
                self.send_header("Location", hook.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def odd_server(talk: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """Run a server that does with each connection what `talk` does, until the event; yields its port."""
    over, threads = threading.Event(), []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            talk(connection, over)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=serve, args=(connection,)))
            threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield listener.getsockname()[1]
    finally:
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()
        for thread in threads:
            thread.join(10)
