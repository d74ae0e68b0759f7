"""One daemon with two files behind a network that does harm for a while, and what must have come of it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import pytest
from structlog.testing import capture_logs

from tests.e2e import wired
from tests.e2e.scripted_service import ScriptedService, converted
from tests.e2e.wire import Heard, Saying
from tests.e2e.wired import SECRET, WiredWorld, wired_world
from tests.engine.world import DOUBT
from tests.network.chaos import ChaosProxy, Toxic, chaos_proxy
from tests.network.listening import Listening
from tests.proof.invariants import Facts, Found, broken
from watchconvert.adapters.convertapi import client, connections, http, results
from watchconvert.adapters.convertapi.client import Manners

FULL = os.environ.get("WATCHCONVERT_SWEEP") == "full"
SHORT = 0.1
"""Seconds of every time-out; a world lets no time of its own pass while a request is on its way."""
LAG = DOUBT - 1.0
"""How late the service registers a job: as late as the daemon can bear."""
SOURCES = {"letter.docx": b"the whole of a letter", "offer.docx": b"an offer that is no letter"}
KINDS = ("upload", "submit", "poll", "fetch", "delete", "probe")
WAY = {"current": ("async", {"reply": "job", "old": False}), "old": ("semi-async", {})}
"""How the daemon asks in each dialect, and how the service answers."""


def be_impatient(patch: pytest.MonkeyPatch, seconds: float = SHORT) -> None:
    """Let no request take longer than a test can."""
    places = (http, "CONNECT"), (client, "_ASK"), (client, "_BRIEF"), (client, "STALL"), (results, "STALL")
    for module, name in (*places, (connections, "SEND")):
        patch.setattr(module, name, seconds)
    patch.setattr(wired, "Manners", partial(Manners, hold=seconds))


@dataclass
class Bookkeeper(ScriptedService):
    """The scripted service, which remembers what it sold."""

    sold: list[bytes] = field(default_factory=list)
    scheme: str = "http"
    """How its results are to be fetched."""

    def _submit(self, heard: Heard) -> Saying | None:
        before = len(self.bills)
        said = super()._submit(heard)
        if len(self.bills) > before:
            self.sold.append(self.files[heard.form["File"]])
        return said

    def _address(self, heard: Heard, file_id: str) -> str:
        return super()._address(heard, file_id).replace("http", self.scheme, 1)


@dataclass
class Trial:
    """A world, the network and the service."""

    world: WiredWorld
    proxy: ChaosProxy
    service: Bookkeeper
    fronts: list[Listening] = field(default_factory=list)
    """What stands between the daemon and the proxy."""

    def settle(self) -> None:
        """Wait until everything that was asked for is done."""
        for each in (*self.fronts, self.proxy, *self.fronts):
            each.settle()

    def round(self) -> None:
        """Let every loop come round, and a second pass."""
        self.world.round()
        self.settle()
        self.world.clock.pass_by(1.0)

    def suffer(self, kind: str, toxic: Toxic, hits: int, seconds: int = 60) -> None:
        """Let it go on until the toxic was at work so often, or for so long."""
        # The service is probed when it seems to be away; that it is, another kind has to see to.
        lever: dict[str, Toxic] = {"upload": lambda line: line.reset()} if kind == "probe" else {}
        self.proxy.poison(**lever, **{kind: toxic})
        for _ in range(seconds):
            if self.proxy.hits[kind] >= hits or self.world.is_idle():
                break
            self.round()
        assert self.proxy.hits[kind], "the toxic was never at work"

    def recover(self, seconds: int = 400) -> None:
        """Heal the network, and let it go on until everything is at rest."""
        self.proxy.heal()
        for _ in range(seconds):
            if self.world.is_idle():
                return
            self.round()
        raise AssertionError(f"it does not recover: {[(job.state, job.note) for job in self.world.jobs()]}")

    def found(self) -> list[Found]:
        """Return every file that lies anywhere."""
        folders = ("inbox", "outbox", "error", "archive")
        seen = [Found(folder, name, data) for folder in folders for name, data in self.world.seen(folder).items()]
        return seen + [Found("stage", path.name, path.read_bytes()) for path in self.world.staged() if path.is_file()]

    def check(self) -> None:
        """See that each file is converted, once, and that nothing else came of it."""
        facts = Facts(list(SOURCES.values()), self.found(), self.service.sold, lambda source: [converted(source)])
        assert broken(facts) == []
        assert self.world.seen("error") == {}
        outputs = {name.replace("docx", "pdf"): converted(data) for name, data in SOURCES.items()}
        assert self.world.seen("outbox") == outputs
        assert self.world.held() == []


@contextmanager
def trial(dialect: str = "current") -> Iterator[Trial]:
    """Run a daemon with two files; afterwards nothing may have been logged that tells a bug or the secret."""
    mode, manners = WAY[dialect]
    with wired_world(mode) as world, capture_logs() as logs:
        service = Bookkeeper(clock=world.clock.now, lag=LAG, **manners)
        service.start()
        try:
            with chaos_proxy(service.port) as proxy:
                world.connect(proxy.url, dialect)
                for name, data in SOURCES.items():
                    world.drop(name, data)
                world.start()
                yield Trial(world, proxy, service)
        finally:
            service.stop()
    assert not [entry for entry in logs if entry["event"] == "bug"], logs
    assert SECRET not in repr(logs)
