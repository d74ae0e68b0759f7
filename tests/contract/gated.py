"""The built-in server with an engine that waits until the test lets it go on."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from tests.e2e.stage import SECRET
from watchconvert.localapi.app import create_app
from watchconvert.localapi.engines.interface import Pair, Request, Result
from watchconvert.localapi.serving import listening_socket, serving
from watchconvert.localapi.settings import Dialect, Settings

RESULT = b"%PDF-1.7 at last"


class GatedServer:
    """A server in a thread of its own; also its engine."""

    def __init__(self, folder: Path, dialect: str) -> None:
        folder.mkdir()
        self._settings = Settings(folder, SECRET, Dialect(dialect), poll_delay=0.1)
        self._ready, self._gate, self._end = Event(), asyncio.Event(), asyncio.Event()
        self.loop = asyncio.new_event_loop()
        self.thread = Thread(target=self._run, daemon=True)
        self.url = ""

    def available_pairs(self) -> Mapping[tuple[str, str], Pair]:
        return {("txt", "pdf"): Pair("txt", "pdf", ("txt",), "gated", "none", ())}

    async def convert(self, request: Request, folder: Path) -> list[Result]:
        await self._gate.wait()
        path = folder / "0"
        path.write_bytes(RESULT)
        return [Result(path, "document.pdf")]

    def let_go(self) -> None:
        """Let all conversions come to their end."""
        self.loop.call_soon_threadsafe(self._gate.set)

    def start(self) -> None:
        self.thread.start()
        assert self._ready.wait(20)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self._end.set)
        self.thread.join(20)
        self.loop.close()

    def _run(self) -> None:
        self.loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        with listening_socket("127.0.0.1", 0) as listener:
            async with serving(create_app(self._settings, self), listener) as self.url:
                self._ready.set()
                await self._end.wait()


@contextmanager
def gated_server(folder: Path, dialect: str) -> Iterator[GatedServer]:
    """Run a gated server that speaks one dialect."""
    server = GatedServer(folder, dialect)
    server.start()
    try:
        yield server
    finally:
        server.stop()
