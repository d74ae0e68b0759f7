"""Whatever comes over a socket, the built-in server and the listener stay up, bill nothing and write nowhere else.

With WATCHCONVERT_SWEEP=full fifty times as many requests are made.
"""

import json
import re
import select
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from queue import SimpleQueue

import pytest
import requests

from tests.e2e.stage import SECRET, ask_server, local_server
from tests.fuzz.odds import FULL
from tests.fuzz.requests_raw import odd_requests
from watchconvert.adapters import webhook
from watchconvert.adapters.webhook import Listener

COUNT = 20_000 if FULL else 400
CALLS = 20_000 if FULL else 400
STATUS = re.compile(rb"HTTP/[0-9]\.[0-9] ([1-5][0-9][0-9])\b")
PATIENCE = 5.0
MOMENT = 0.1
JOB_ID = "a0b1c2d3e4f5" * 2 + "0a1b2c3d"


def answer_to(port: int, data: bytes) -> bytes:
    """Send bytes, and the end of them when nothing comes back; returns what comes until the other side hangs up."""
    said = b""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as line:
        try:
            line.sendall(data)
            if not select.select([line], [], [], MOMENT)[0]:
                line.shutdown(socket.SHUT_WR)
            while True:
                line.settimeout(MOMENT if said else PATIENCE)
                block = line.recv(65536)
                said += block
                if not block:
                    return said
        except TimeoutError:
            assert said, f"no word and no end to {data[:200]!r}"
        except OSError:
            pass  # whoever sends such things may be hung up on
    return said


def tree(top: Path) -> set[Path]:
    """Return everything below a folder."""
    return set(top.rglob("*"))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    (tmp_path / "served").mkdir()
    with local_server(tmp_path, "--folder", str(tmp_path / "served"), "--max-disk", "64M", "--max-body", "1M") as url:
        yield url, tmp_path


def test_the_server_outlives_every_request(server: tuple[str, Path], tell: Callable[[str], None]) -> None:
    url, folder = server
    port, begun = int(url.rpartition(":")[2]), time.monotonic()
    outside = tree(folder) - tree(folder / "served")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(partial(answer_to, port), odd_requests(1, COUNT)))
    statuses = [match[1] for answer in answers for match in STATUS.finditer(answer)]
    assert len(statuses) > COUNT / 4, "hardly anything was understood"
    assert {status[:1] for status in statuses} >= {b"2", b"4"}
    assert not [answer for answer in answers if b"Traceback" in answer or b"root:" in answer]
    assert not [answer for answer in answers if answer and not STATUS.match(answer)]
    # 5007 is the word for an address that may not be fetched; 50050 would be a bug.
    assert not [answer for answer in answers if b" 500 " in answer[:20] and b'"Code": 5007' not in answer]
    assert "Traceback" not in (folder / "server.log").read_text()
    assert tree(folder) - tree(folder / "served") == outside
    names = [path.name for path in tree(folder / "served") if path.is_file() and path.name != "lock"]
    assert not [name for name in names if not re.fullmatch(r"[a-z0-9]{32}", name)], names[:5]
    assert ask_server(url, "/local/bills") == []
    check_conversion(url)
    if FULL:
        tell(f"requests to the server: {COUNT:,}, violations 0, {time.monotonic() - begun:.0f} s")


def check_conversion(url: str) -> None:
    """See that a usual client is served as usual."""
    head = {"Authorization": f"Bearer {SECRET}", "Content-Disposition": 'attachment; filename="a.txt"'}
    request = urllib.request.Request(
        f"{url}/convert/any/to/zip", data=b"hello", headers=head | {"Content-Type": "text/plain"}
    )
    with urllib.request.urlopen(request, timeout=60) as reply:
        assert json.load(reply)["Files"][0]["FileName"] == "a.zip"
    assert len(ask_server(url, "/local/bills")) == 1


def test_a_crowd_of_half_requests_keeps_nobody_out(server: tuple[str, Path]) -> None:
    url, _ = server
    port = int(url.rpartition(":")[2])
    starts = (
        b"",
        b"GET",
        b"GET /info HTTP/1.1\r\nHost",
        b"POST /upload?filename=a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab",
    )
    with ExitStack() as stack:
        for number in range(400):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE))
            line.sendall(starts[number % len(starts)])
        begun = time.monotonic()
        check_conversion(url)
        assert time.monotonic() - begun < 30


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener("127.0.0.1:0")
    yield made
    made.stop()


def test_the_listener_outlives_every_call(
    listener: Listener, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tell: Callable[[str], None]
) -> None:
    monkeypatch.setattr(webhook, "_PATIENCE", 1.0)
    called: SimpleQueue[str] = SimpleQueue()
    listener.on_call = called.put
    begun = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(partial(answer_to, listener.port), odd_requests(2, CALLS, listener.path.encode())))
    assert not [answer for answer in answers if b"Traceback" in answer]
    assert called.empty()
    assert not [answer for answer in answers if b" 204 " in answer[:20] or b" 500 " in answer[:20]]
    address = f"http://127.0.0.1:{listener.port}{listener.path}"
    assert requests.get(address, params={"JobId": JOB_ID}, timeout=PATIENCE).status_code == 204
    assert called.get(timeout=PATIENCE) == JOB_ID
    assert capfd.readouterr() == ("", "")
    if FULL:
        tell(f"calls of the listener: {CALLS:,}, violations 0, {time.monotonic() - begun:.0f} s")


def test_a_crowd_of_half_calls_keeps_nobody_out(listener: Listener) -> None:
    called: SimpleQueue[str] = SimpleQueue()
    listener.on_call = called.put
    with ExitStack() as stack:
        for number in range(300):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", listener.port), timeout=PATIENCE))
            line.sendall((b"", b"POST ", b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n{")[number % 3])
        address = f"http://127.0.0.1:{listener.port}{listener.path}"
        assert requests.post(address, json={"JobId": JOB_ID}, timeout=PATIENCE).status_code == 204
    assert called.get(timeout=PATIENCE) == JOB_ID
