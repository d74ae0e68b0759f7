"""The service's calls that a job is over: both dialects, and whatever else the net has to say."""

import json
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from urllib.parse import quote

import pytest
import requests

from tests.adapters.convertapi.talking import DASHED, REMOTE_ID
from watchconvert.adapters import webhook
from watchconvert.adapters.webhook import Listener, called_job

OWN_ID = "rwvd6vtq58eurfwv5zw5h2ci2pgno1pn"
"""A JobId that is no UUID."""
JSON = {"Content-Type": "application/json"}


class Post:
    """A listener, what it was told, and how to tell it."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.calls: SimpleQueue[str] = SimpleQueue()
        self.listener.on_call = self.calls.put
        self.url = f"http://127.0.0.1:{listener.port}{listener.path}"

    def next_call(self) -> str:
        return self.calls.get(timeout=5)

    def heard_nothing(self) -> bool:
        """Tell whether no call has come before one that is sent now."""
        requests.get(self.url, params={"JobId": OWN_ID}, timeout=5)
        return self.next_call() == OWN_ID

    def say_raw(self, text: bytes, *, end: bool = True) -> bytes:
        """Send bytes as they are; returns the first line of what comes back."""
        with socket.create_connection(("127.0.0.1", self.listener.port), timeout=5) as line:
            line.sendall(text.replace(b"PATH", self.listener.path.encode()))
            if end:
                line.shutdown(socket.SHUT_WR)
            return line.makefile("rb").readline().strip()


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    listener = Listener("127.0.0.1:0")
    yield listener
    listener.stop()


@pytest.fixture
def post(listener: Listener) -> Post:
    return Post(listener)


@contextmanager
def another(address: str = "127.0.0.1:0") -> Iterator[Listener]:
    listener = Listener(address)
    try:
        yield listener
    finally:
        listener.stop()


@pytest.mark.parametrize("told", [REMOTE_ID, DASHED, DASHED.upper()])
def test_the_old_dialect_calls_by_get(post: Post, told: str) -> None:
    reply = requests.get(post.url, params={"JobId": told}, timeout=5)
    assert (reply.status_code, reply.content) == (204, b"")
    assert post.next_call() == REMOTE_ID


@pytest.mark.parametrize(("told", "known"), [(REMOTE_ID, REMOTE_ID), (DASHED, REMOTE_ID), (OWN_ID, OWN_ID)])
def test_the_current_dialect_calls_by_post(post: Post, told: str, known: str) -> None:
    assert requests.post(post.url, json={"JobId": told}, timeout=5).status_code == 204
    assert post.next_call() == known


def test_a_call_may_come_in_chunks(post: Post) -> None:
    body = iter([b'{"JobId":', b' "%s"}' % REMOTE_ID.encode()])
    assert requests.post(post.url, data=body, headers=JSON, timeout=5).status_code == 204
    assert post.next_call() == REMOTE_ID


@pytest.mark.parametrize("path", ["/", "/other", "", "//", "/%2e%2e/", f"/{quote('ü')}"])
def test_whoever_does_not_know_the_path_is_not_heard(post: Post, path: str) -> None:
    base = f"http://127.0.0.1:{post.listener.port}"
    assert requests.get(base + path, params={"JobId": REMOTE_ID}, timeout=5).status_code == 404
    assert requests.post(base + path, json={"JobId": REMOTE_ID}, timeout=5).status_code == 404
    assert requests.post(post.url + "x", json={"JobId": REMOTE_ID}, timeout=5).status_code == 404
    assert post.heard_nothing()


def test_the_path_is_another_each_time_and_long_enough(listener: Listener) -> None:
    with another() as second:
        assert second.path != listener.path
        assert min(len(each.path) for each in (listener, second)) > 24


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"x"', b"{}", b'{"JobId": null}', b'{"JobId": {"a": 1}}', b'{"JobId": "../../x"}',
     b'{"JobId": ""}', b"\xff\xfe", b"[" * 60_000, json.dumps({"JobId": "a" * 1000}).encode()],
)  # fmt: skip
def test_what_names_no_job_is_refused(post: Post, body: bytes) -> None:
    assert requests.post(post.url, data=body, headers=JSON, timeout=5).status_code == 400
    assert post.heard_nothing()


def test_a_get_without_a_job_is_refused(post: Post) -> None:
    assert requests.get(post.url, timeout=5).status_code == 400
    assert requests.get(post.url, params={"JobId": "x"}, timeout=5).status_code == 400


@pytest.mark.parametrize("length", ["65537", "9" * 30, "-1", "x", "\xb2", "1 1", "9" * 5000])
def test_a_body_that_is_too_large_or_of_no_length_is_not_read(post: Post, length: str) -> None:
    head = f"POST PATH HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
    assert post.say_raw(head.encode("latin-1"), end=False).startswith(b"HTTP/1.0 413 ")  # its words differ by Python


@pytest.mark.parametrize(
    "chunks",
    [
        b"10001\r\n",
        b"8000\r\n" + b"x" * 0x8000 + b"\r\n8001\r\n" + b"x" * 0x8001 + b"\r\n0\r\n\r\n",
        b"-1\r\n",
        b"zz\r\n",
        b"\r\n",
    ],
)
def test_chunks_that_are_too_large_or_none_are_not_read(post: Post, chunks: bytes) -> None:
    head = b"POST PATH HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert post.say_raw(head + chunks, end=False).startswith(b"HTTP/1.0 413")


@pytest.mark.parametrize(
    "text", [b"\r\n\r\n", b"NONSENSE\r\n\r\n", b"PUT PATH HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00", b""]
)
def test_noise_calls_nothing(post: Post, text: bytes) -> None:
    assert not post.say_raw(text).endswith(b"204 No Content")
    assert post.heard_nothing()


@pytest.mark.parametrize("start", [b"", b"POST PA", b"POST PATH HTTP/1.1\r\nContent-Length: 10\r\n\r\n{"])
def test_a_slow_caller_keeps_nobody_waiting(post: Post, start: bytes) -> None:
    with socket.create_connection(("127.0.0.1", post.listener.port), timeout=5) as slow:
        slow.sendall(start.replace(b"PATH", post.listener.path.encode()))
        requests.get(post.url, params={"JobId": REMOTE_ID}, timeout=5)
        assert post.next_call() == REMOTE_ID


def test_a_silent_caller_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "_PATIENCE", 0.1)
    with another() as impatient:
        head = b"POST PATH HTTP/1.1\r\nContent-Length: 10\r\n\r\n{"
        assert Post(impatient).say_raw(head, end=False) == b""


def test_a_caller_who_breaks_off_is_no_event(post: Post, capfd: pytest.CaptureFixture[str]) -> None:
    for text in (b"POST PATH HTTP/1.1\r\nContent-Length: 10\r\n\r\n{", b"GET PATH?JobId=x HTTP/1.1\r\n"):
        line = socket.create_connection(("127.0.0.1", post.listener.port))
        line.sendall(text.replace(b"PATH", post.listener.path.encode()))
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.close()
    assert post.heard_nothing()
    assert capfd.readouterr() == ("", "")


def test_nothing_of_a_call_is_printed(post: Post, capfd: pytest.CaptureFixture[str]) -> None:
    requests.get(post.url, params={"JobId": REMOTE_ID}, timeout=5)
    requests.get(post.url + "x", timeout=5)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_a_listener_that_nobody_has_set_yet_hears_and_forgets(host: str) -> None:
    with another(f"{host}:0") as listener:
        url = f"http://{host}:{listener.port}{listener.path}"
        assert requests.get(url, params={"JobId": REMOTE_ID}, timeout=5).status_code == 204


def test_the_query_comes_before_the_body() -> None:
    assert called_job(f"JobId={REMOTE_ID}", json.dumps({"JobId": OWN_ID}).encode()) == REMOTE_ID


def test_no_call_is_heard_after_the_end() -> None:
    with another() as listener:
        post = Post(listener)
    with pytest.raises(requests.ConnectionError):
        requests.get(post.url, params={"JobId": REMOTE_ID}, timeout=5)
