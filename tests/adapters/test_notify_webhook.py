"""The webhook: signed so that other people's libraries verify it, sent nowhere else, to an end."""

import base64
import json
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from tests.adapters.receiving import Hook, odd_server, web_server
from tests.network.certificates import BAD, GOOD, WITHOUT_OPENSSL, Authority, server_context
from watchconvert.adapters.clock import Clock
from watchconvert.adapters.notify import webhook
from watchconvert.adapters.notify.sender import NotSentError
from watchconvert.adapters.notify.webhook import Webhook, key_of, sign
from watchconvert.core.messages import Message
from watchconvert.core.settings import Notify

SECRET = "a-secret-of-the-receiver"
MESSAGE = Message("f" * 32, 1_800_000_000.5, "failed", "failed a", "t", "s ß ü", "text\n", {"route": "a", "count": 2})


def make(url: str, now: Callable[[], float] | None = None) -> Webhook:
    return Webhook(Notify("hook", "webhook", url=url), SECRET, now or Clock().now)


def verifier(secret: str = SECRET) -> Verifier:
    return Verifier(base64.b64encode(secret.encode()).decode())


def test_a_library_of_others_verifies_what_arrives() -> None:
    hook = Hook()
    with web_server(hook) as url:
        assert make(url + "/in?token=abc").send(MESSAGE) == ""
    ((headers, body),) = hook.requests
    assert hook.paths == ["/in?token=abc"]
    assert headers["content-type"] == "application/json"
    told = verifier().verify(body, headers)
    assert told == {
        "version": 1, "id": "f" * 32, "at": 1_800_000_000.5, "kind": "failed", "cause": "failed a", "route": "a",
        "count": 2, "subject": "s ß ü", "text": "text\n",
    }  # fmt: skip
    assert json.loads(body) == told


def test_another_secret_body_id_or_time_is_not_verified() -> None:
    hook = Hook()
    with web_server(hook) as url:
        make(url).send(MESSAGE)
        make(url, lambda: Clock().now() - 3600).send(MESSAGE)
    (headers, body), (old, old_body) = hook.requests
    wrong = [
        (verifier("another"), body, headers),
        (verifier(), body.replace(b'"count": 2', b'"count": 3'), headers),
        (verifier(), body, headers | {"webhook-id": "e" * 32}),
        (verifier(), body, headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)}),
        (verifier(), old_body, old),
    ]
    for who, what, by in wrong:
        with pytest.raises(WebhookVerificationError):
            who.verify(what, by)


def test_the_signature_is_that_of_the_standards_own_example() -> None:
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert len(key) == 24
    signed = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_that_only_looks_like_base64_is_taken_as_it_is() -> None:
    assert key_of("whsec_!") == b"whsec_!"
    assert key_of("plain") == b"plain"


@pytest.mark.parametrize("status", [300, 301, 307, 400, 401, 404, 410, 429, 500, 503])
def test_every_other_answer_is_no_receipt(status: int) -> None:
    with web_server(Hook(status)) as url, pytest.raises(NotSentError, match=f"answered {status}"):
        make(url).send(MESSAGE)


def test_a_redirect_is_not_followed() -> None:
    other = Hook()
    with (
        web_server(other) as elsewhere,
        web_server(Hook(307, elsewhere)) as url,
        pytest.raises(NotSentError, match="not followed"),
    ):
        make(url).send(MESSAGE)
    assert other.requests == []


def silent(_connection: socket.socket, over: threading.Event) -> None:
    over.wait(30)


def drip(connection: socket.socket, over: threading.Event) -> None:
    """Answer with a head that never ends."""
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while not over.wait(0.02):
        connection.sendall(b"y")


def cut(connection: socket.socket, _over: threading.Event) -> None:
    connection.recv(65536)


def nonsense(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(65536)
    connection.sendall(b"220 mail.test\r\n\r\n")
    over.wait(30)


@pytest.mark.parametrize(
    ("talk", "why"),
    [(silent, "in time"), (drip, "in time|reached"), (cut, "reached"), (nonsense, "reached|understood")],
)
def test_a_bad_receiver_comes_to_an_end(monkeypatch: pytest.MonkeyPatch, talk: Any, why: str) -> None:
    monkeypatch.setattr(webhook, "_ANSWER", 0.4)
    with odd_server(talk) as port, pytest.raises(NotSentError, match=why) as caught:
        make(f"http://127.0.0.1:{port}/token-in-the-path").send(MESSAGE)
    assert "token" not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)


def test_an_endless_body_is_not_waited_for() -> None:
    def pour(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not over.is_set():
            connection.sendall(b"400\r\n" + b"x" * 1024 + b"\r\n")

    with odd_server(pour) as port:
        assert make(f"http://127.0.0.1:{port}/").send(MESSAGE) == ""


@pytest.mark.skipif(WITHOUT_OPENSSL, reason="openssl is not installed")
@pytest.mark.parametrize("kind", ["good", "of another address"])
def test_over_tls(tmp_path: Any, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    authority = Authority(tmp_path)
    context = server_context(authority.make(GOOD if kind == "good" else BAD[kind]))
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.trusted))

    def talk(connection: socket.socket, _over: threading.Event) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            got = b""
            while not got.endswith(b"}"):
                got += secure.recv(65536)
            secure.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with odd_server(talk) as port:
        if kind == "good":
            assert make(f"https://127.0.0.1:{port}/").send(MESSAGE) == ""
        else:
            with pytest.raises(NotSentError, match="certificate"):
                make(f"https://127.0.0.1:{port}/").send(MESSAGE)
