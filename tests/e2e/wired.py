"""The daemon in the test's own process, with the real client on a real socket and a clock that the test passes by."""

import functools
import shutil
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from tests.engine.world import World
from watchconvert.adapters.convertapi.client import ConvertApi, Manners
from watchconvert.adapters.convertapi.http import Http
from watchconvert.adapters.journal.store import Hold

SECRET = "the-secret-of-the-tests"
_context = functools.cache(ssl.create_default_context)
"""Read once: parsing the bundle of authorities takes longer than all that a trial does."""


class WiredWorld(World):
    """A world whose service is at the other end of a socket."""

    def __init__(self, root: Path, mode: str = "semi-async") -> None:
        super().__init__(root)
        self.change_route(mode=mode)
        self._http: Http | None = None

    def connect(self, url: str, dialect: str = "old") -> None:
        """Speak to the service at an address from now on."""
        with mock.patch.object(ssl, "create_default_context", _context):
            self._http = Http(url, SECRET)
        self.service: Any = ConvertApi(self._http, Manners(dialect))

    def stop(self) -> None:
        super().stop()
        if self._http is not None:
            self._http._session().close()

    def run_for(self, seconds: int) -> None:
        """Let time pass, whatever comes of it."""
        for _ in range(seconds):
            self.round()
            self.clock.pass_by(1.0)

    def held(self) -> list[Hold]:
        """Return the holds that stand."""
        return self.holds.standing()

    def note(self, name: str) -> str:
        """Return the explanation of a file in the error folder."""
        return self.seen("error")[name + ".error.txt"].decode()


@contextmanager
def wired_world(mode: str = "semi-async") -> Iterator[WiredWorld]:
    """Make a world in memory."""
    root = Path(tempfile.mkdtemp(dir="/dev/shm"))
    world = WiredWorld(root, mode)
    try:
        yield world
    finally:
        world.stop()
        shutil.rmtree(root)
