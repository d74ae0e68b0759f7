"""A proxy in a thread of the test that does harm to the requests of one kind, and is transparent for all others.

It takes each request whole before anything happens to it, so that a test always knows whether the service has it:
what a toxic (`tests/network/toxics.py`) does not forward has never arrived.
"""

import io
import select
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from tests.e2e.wire import Heard, read_request
from tests.network.listening import PATIENCE, Listening


class _Recorder(io.RawIOBase):
    """Keeps what is read, to pass it on as it came."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self.kept = stream, bytearray()

    def readline(self, size: int | None = -1, /) -> bytes:
        self.kept += (line := self._stream.readline(-1 if size is None else size))
        return line

    def read(self, size: int = -1, /) -> bytes:
        self.kept += (data := self._stream.read(size))
        return data


@dataclass
class Line:
    """One request in the hands of a toxic."""

    client: socket.socket
    heard: Heard
    request: bytes
    service: int
    """The port of the service."""
    proxy: "ChaosProxy"

    def forward(self) -> bytes:
        """Let the service have the request; returns its reply as it goes over the wire."""
        with socket.create_connection(("127.0.0.1", self.service), timeout=PATIENCE) as line:
            line.sendall(self.request)
            with line.makefile("rb") as stream:
                return _read_reply(stream, headless=self.heard.method == "HEAD")

    def say(self, data: bytes) -> bool:
        """Send bytes to the client; tells whether it was there to take them."""
        try:
            self.client.sendall(data)
        except OSError:
            return False
        return True

    def say_for_ever(self, block: bytes) -> int:
        """Send a block again and again until the client has had enough; returns how many bytes it took."""
        taken = 0
        while self.say(block):
            taken += len(block)
        return taken

    def is_gone(self, seconds: float) -> bool:
        """Wait as long for the client to hang up, and tell whether it did."""
        try:
            return bool(select.select([self.client], [], [], seconds)[0]) and not self.client.recv(1)
        except OSError:
            return True

    def reset(self) -> None:
        """Break the connection with RST."""
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.proxy.close(self.client)


Toxic = Callable[[Line], None]
"""Does something to a request; the connection ends after it."""


def _read_reply(stream: BinaryIO, *, headless: bool) -> bytes:
    head = b"".join(iter(stream.readline, b"\r\n")) + b"\r\n"
    length = next(int(line[15:]) for line in head.lower().splitlines() if line.startswith(b"content-length:"))
    return head + (b"" if headless else stream.read(length))


class ChaosProxy(Listening):
    """Stands before the service at `port`."""

    def __init__(self, port: int) -> None:
        self._service = port
        self._toxics: dict[str, Toxic] = {}
        self.hits: dict[str, int] = {}
        """How often a toxic was at work, by the kind of the request."""
        self._crowd: list[socket.socket] = []
        super().__init__()
        self.url = f"http://127.0.0.1:{self.port}"

    def poison(self, **toxics: Toxic) -> None:
        """Do this to the requests of these kinds from now on."""
        self._toxics, self.hits = dict(toxics), dict.fromkeys(toxics, 0)

    def heal(self) -> None:
        """Be transparent, and open, from now on."""
        self._toxics = {}
        if self._listener.fileno() < 0 or self._crowd:
            self.close_door()
            self._listener = self.listen(self.port)

    def block_door(self) -> None:
        """Let every SYN go unanswered until it is healed: the queue of a listener that takes nobody is full."""
        self.close_door()
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=0)
        for _ in range(3):
            caller = socket.socket()
            caller.setblocking(False)
            caller.connect_ex(("127.0.0.1", self.port))
            self._crowd.append(caller)

    def close_door(self) -> None:
        """Refuse every connection until it is healed."""
        for caller in self._crowd:
            caller.close()
        self._crowd = []
        super().close_door()

    def serve(self, client: socket.socket) -> None:
        """Take one request after the other."""
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with client.makefile("rb") as stream:
            going_on = True
            while going_on and client.recv(1, socket.MSG_PEEK):
                with self.busy(client):
                    going_on = self._answer(client, stream)

    def _answer(self, client: socket.socket, stream: BinaryIO) -> bool:
        """Take one request; tell whether the connection goes on."""
        recorder = _Recorder(stream)
        heard = read_request(recorder, lambda: 0.0)  # type: ignore[arg-type]
        if heard is None:
            return False
        line = Line(client, heard, bytes(recorder.kept), self._service, self)
        toxic = self._toxics.get(heard.kind)
        if toxic is None:
            return line.say(line.forward())
        self.hits[heard.kind] += 1
        toxic(line)
        return False


@contextmanager
def chaos_proxy(port: int) -> Iterator[ChaosProxy]:
    """Run a proxy."""
    proxy = ChaosProxy(port)
    try:
        yield proxy
    finally:
        proxy.stop()
    assert not proxy.faults, proxy.faults
