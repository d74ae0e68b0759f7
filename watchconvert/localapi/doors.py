"""The way in: a deadline for the first request head of every connection, which aiohttp leaves open-ended."""

import asyncio
from collections.abc import Callable

HEAD_SECONDS = 20.0


class HeadDeadlines:
    """Closes connections that have not sent a whole request head in time; later heads fall under keep-alive."""

    def __init__(self, seconds: float = HEAD_SECONDS) -> None:
        self._seconds = seconds
        self._waiting: dict[asyncio.BaseTransport, asyncio.TimerHandle] = {}

    def guarded(self, factory: Callable[[], asyncio.Protocol]) -> Callable[[], asyncio.Protocol]:
        """Return a protocol factory for `create_server` in front of another one."""
        return lambda: _GuardedProtocol(factory(), self)

    def connected(self, transport: asyncio.BaseTransport) -> None:
        """Start the clock of a new connection."""
        self._waiting[transport] = asyncio.get_running_loop().call_later(self._seconds, transport.close)

    def settled(self, transport: asyncio.BaseTransport | None) -> None:
        """Stop the clock: the head is there, or the connection is gone."""
        timer = self._waiting.pop(transport, None) if transport else None
        if timer is not None:
            timer.cancel()


class _GuardedProtocol(asyncio.Protocol):
    def __init__(self, inner: asyncio.Protocol, deadlines: HeadDeadlines) -> None:
        self._inner = inner
        self._deadlines = deadlines
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._deadlines.connected(transport)
        self._inner.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadlines.settled(self._transport)
        self._inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()
