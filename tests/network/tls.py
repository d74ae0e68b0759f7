"""The end of a TLS connection, before the chaos proxy: with a certificate of any kind, and cut at any byte."""

import select
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.network.listening import PATIENCE, Listening

ENDLESS = 2**40


@dataclass(frozen=True)
class Manner:
    """How the front behaves to each connection that is made from now on."""

    context: ssl.SSLContext | None = None
    """None: it speaks no TLS."""
    after: int = ENDLESS
    """How many bytes go to the client until the connection breaks."""
    hard: bool = False
    """Break with RST."""
    speak: Callable[[socket.socket], None] | None = None
    """What it does instead of TLS."""


class CutError(OSError):
    """The connection is to break here."""


@dataclass
class Sent:
    """How many bytes went to the client of one connection."""

    before: int = 0
    """Until it said the first word."""
    whole: int = 0


class _Tunnel:
    """One connection: TLS on the client's side, none on the other."""

    def __init__(self, client: socket.socket, behind: socket.socket, manner: Manner) -> None:
        assert manner.context is not None
        self._client, self._behind, self._left = client, behind, manner.after
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = manner.context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._open = False
        self.sent = Sent()

    def pass_on(self, source: socket.socket) -> bool:
        """Move what has come from one side; tell whether the connection goes on."""
        data = source.recv(65536)
        if not data:
            return False
        if source is self._behind:
            self._tls.write(data)
        else:
            self._incoming.write(data)
            self._read()
        self._flush()
        return True

    def _read(self) -> None:
        try:
            if not self._open:
                self._tls.do_handshake()
                self._open = True
            while plain := self._tls.read(65536):
                self.sent.before = self.sent.before or self.sent.whole
                self._behind.sendall(plain)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as fault:  # the client does not like us
            self._flush()
            raise OSError from fault

    def _flush(self) -> None:
        data = self._outgoing.read()
        self._client.sendall(data[: self._left])
        self.sent.whole += min(len(data), self._left)
        if len(data) >= self._left:
            raise CutError
        self._left -= len(data)


class TlsFront(Listening):
    """Stands before the plain server at `port`."""

    def __init__(self, port: int, manner: Manner) -> None:
        self._behind, self._manner = port, manner
        self.taken = 0
        """Connections that were made."""
        self.sent: list[Sent] = []
        """What went to the client of each connection that has ended."""
        self.harms: dict[int, Manner] = {}
        """How it behaves to the first, the second ... connection, where that differs."""
        super().__init__()
        self.url = f"https://127.0.0.1:{self.port}"

    def become(self, manner: Manner) -> None:
        """Behave so to each connection that is made from now on."""
        self._manner = manner

    def serve(self, client: socket.socket) -> None:
        """Take one connection."""
        manner = self.harms.get(self.taken, self._manner)
        self.taken += 1
        if manner.speak is not None:
            with self.busy(client):
                manner.speak(client)
            return
        with socket.create_connection(("127.0.0.1", self._behind), timeout=PATIENCE) as behind:
            for side in (client, behind):
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            tunnel = _Tunnel(client, behind, manner)
            try:
                while self._pass_on(client, behind, tunnel):
                    pass
            except CutError:
                if manner.hard:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            finally:
                self.sent.append(tunnel.sent)

    def _pass_on(self, client: socket.socket, behind: socket.socket, tunnel: _Tunnel) -> bool:
        ready = select.select([client, behind], [], [])[0]
        with self.busy(client):
            return all(tunnel.pass_on(source) for source in ready)


@contextmanager
def tls_front(port: int, manner: Manner) -> Iterator[TlsFront]:
    """Run a front."""
    front = TlsFront(port, manner)
    try:
        yield front
    finally:
        front.stop()
    assert not front.faults, front.faults
