"""A TCP proxy in a thread of the test that breaks one connection at one byte of one exchange, and is transparent otherwise.

An exchange is a request and its reply; it begins when the client speaks after the server did. When the proxy cuts, the
server is let finish what it has whole, and only then the client learns: otherwise a test whose time is not real would
ask the server about a request that it has in hand.
"""

import re
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

UP, DOWN = "up", "down"
"""Towards the server, towards the client."""
_KINDS = (
    ("upload", re.compile(rb"POST /upload")),
    ("submit", re.compile(rb"POST (/async)?/convert/(?!pdf/to/merge)")),
    ("poll", re.compile(rb"GET (/async)?/job/")),
    ("fetch", re.compile(rb"GET /d/")),
    ("look", re.compile(rb"HEAD ")),
    ("delete", re.compile(rb"DELETE ")),
)


@dataclass(frozen=True)
class Cut:
    """Where to break: after `after` bytes in a direction of the `turn`-th exchange of a kind."""

    kind: str
    way: str
    after: int
    reset: bool = False
    """Break with RST instead of FIN."""
    turn: int = 0


@dataclass
class Exchange:
    """What went over in one exchange."""

    kind: str
    turn: int
    sizes: dict[str, int] = field(default_factory=lambda: {UP: 0, DOWN: 0})


class CuttingProxy:
    """Stands before the server at `port`; `settle` waits until the server is done with a connection of ours."""

    def __init__(self, port: int, settle: Callable[[int], None]) -> None:
        self._port, self._settle = port, settle
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.cut: Cut | None = None
        self.done = False
        """Whether it has cut."""
        self.exchanges: list[Exchange] = []
        self.faults: list[BaseException] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def aim(self, cut: Cut | None) -> None:
        """Forget what went over, and break there next."""
        self.exchanges, self.cut, self.done = [], cut, False

    def stop(self) -> None:
        """Take no more connections."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._run, args=(client,), daemon=True).start()

    def _run(self, client: socket.socket) -> None:
        try:
            with client, socket.create_connection(("127.0.0.1", self._port)) as server:
                self._relay(client, server)
        except OSError:
            pass  # one of them went away
        except BaseException as fault:
            self.faults.append(fault)
            raise

    def _relay(self, client: socket.socket, server: socket.socket) -> None:
        way, exchange = DOWN, Exchange("", 0)
        while True:
            for source in select.select([client, server], [], [])[0]:
                data = source.recv(65536)
                if not data:
                    return
                if source is client and way == DOWN:
                    exchange = self._begin(data)
                way = UP if source is client else DOWN
                if not self._pass_on(exchange, way, data, server if way == UP else client):
                    self._break(client, server)
                    return

    def _begin(self, data: bytes) -> Exchange:
        kind = next((kind for kind, pattern in _KINDS if pattern.match(data)), "other")
        exchange = Exchange(kind, sum(each.kind == kind for each in self.exchanges))
        self.exchanges.append(exchange)
        return exchange

    def _pass_on(self, exchange: Exchange, way: str, data: bytes, target: socket.socket) -> bool:
        """Pass bytes on as far as the cut; tell whether it is not reached."""
        cut, before = self.cut, exchange.sizes[way]
        exchange.sizes[way] += len(data)
        here = (
            cut is not None and not self.done and (cut.kind, cut.turn, cut.way) == (exchange.kind, exchange.turn, way)
        )
        if cut is None or not here or exchange.sizes[way] < cut.after:
            target.sendall(data)
            return True
        target.sendall(data[: cut.after - before])
        self.done = True
        return False

    def _break(self, client: socket.socket, server: socket.socket) -> None:
        port = server.getsockname()[1]
        for side in (server, client):
            if self.cut is not None and self.cut.reset:
                side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                side.close()
            else:
                side.shutdown(socket.SHUT_RDWR)
            self._settle(port)


@contextmanager
def cutting_proxy(port: int, settle: Callable[[int], None]) -> Iterator[CuttingProxy]:
    """Run a proxy."""
    proxy = CuttingProxy(port, settle)
    try:
        yield proxy
    finally:
        proxy.stop()
