"""The connection breaks at every byte of an upload, a submit, a poll and a fetch: one bill, one output, each time.

The service registers its jobs late and would bill a second time without a word (docs/contract.md, "Where the built-in
server is kinder"). With WATCHCONVERT_SWEEP=full every byte is tried with FIN and with RST in every setting; without it
every byte of the replies to a submit that bring the result or the job, and a sample of the others.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import pytest

from tests.e2e.cutting_proxy import DOWN, UP, Cut, CuttingProxy, cutting_proxy
from tests.e2e.scripted_service import ScriptedService, converted, scripted_service
from tests.e2e.wired import WiredWorld, wired_world
from tests.engine.world import DOUBT
from watchconvert.engine import remote

FULL = os.environ.get("WATCHCONVERT_SWEEP") == "full"
SOURCE = b"marked, and the whole of a letter"
LAG = DOUBT - 1.0
"""How late the service registers a job: as late as the daemon can bear."""


@dataclass(frozen=True)
class Setting:
    """How the daemon asks, and how the service answers."""

    mode: str
    dialect: str
    thin: int
    """Of the bytes that a kind of exchange tries, every so manieth is tried here."""
    service: dict[str, Any] = field(default_factory=dict)


SETTINGS = {
    "semi-async, old": Setting("semi-async", "old", 1),
    "async, old": Setting("async", "old", 3, {"reply": "nothing", "type_first": False}),
    "async, current": Setting("async", "current", 1, {"reply": "job", "old": False}),
    "auto on old": Setting("semi-async", "auto", 7, {"type_first": False}),
    "auto on current": Setting("semi-async", "auto", 7, {"reply": "job", "old": False, "type_first": False}),
}
"""With "nothing" the service ends a request that it would hold, as when the hold is over."""
STRIDES = {("upload", UP): 37, ("upload", DOWN): 11, ("submit", UP): 11, ("submit", DOWN): 1}
STRIDES |= {("poll", UP): 37, ("poll", DOWN): 3, ("fetch", UP): 37, ("fetch", DOWN): 5}
"""Every so manieth byte is tried; with RST five times as few, because most of them are alike."""
POLLED = [name for name, setting in SETTINGS.items() if "reply" in setting.service]
TRIALS = [
    (name, kind) for kind in ("upload", "submit", "poll", "fetch") for name in (POLLED if kind == "poll" else SETTINGS)
]


@contextmanager
def trial(setting: Setting) -> Iterator[tuple[WiredWorld, ScriptedService, CuttingProxy]]:
    """Run a daemon with one file; the result has no form by which anybody could tell that it is something else."""
    with (
        wired_world(setting.mode) as world,
        scripted_service(clock=world.clock.now, lag=LAG, **setting.service) as service,
        cutting_proxy(service.port, service.wait_until_gone) as proxy,
    ):
        world.change_route(to="txt")
        world.connect(proxy.url, setting.dialect)
        world.drop("letter.docx", SOURCE)
        world.start()
        yield world, service, proxy


def sizes(setting: Setting) -> dict[tuple[str, int], dict[str, int]]:
    """Return how many bytes go each way in each exchange when nothing breaks."""
    with trial(setting) as (world, _, proxy):
        world.run()
        return {(each.kind, each.turn): each.sizes for each in proxy.exchanges}


def cuts_of(setting: Setting, kind: str) -> list[Cut]:
    """Every place to break the exchanges of a kind, or a sample of them."""
    turns = [
        (turn, way, size) for (name, turn), both in sizes(setting).items() for way, size in both.items() if name == kind
    ]
    return [
        Cut(kind, way, after, reset, turn)
        for turn, way, size in turns
        for reset in (False, True)
        for after in places(size, 1 if FULL else STRIDES[kind, way] * setting.thin * (5 if reset else 1))
    ]


def places(size: int, stride: int) -> list[int]:
    """Return after how many bytes to break; after the last one always: all has arrived, and nobody knows."""
    return sorted({*range(1, size, stride), size}) if size else []


def check(setting: Setting, cut: Cut) -> None:
    """Let the connection break there, and look at what came of it."""
    with trial(setting) as (world, service, proxy):
        proxy.aim(cut)
        world.run()
        assert proxy.done, f"{cut} was never reached"
        assert len(service.bills) == 1, f"{cut}: {len(service.bills)} bills"
        assert world.seen("outbox") == {"letter.txt": converted(SOURCE)}, cut
        assert world.seen("archive") == {"letter.docx": SOURCE}, cut
        assert world.seen("inbox") == world.seen("error") == {}, cut
        assert world.staged() == [], cut
        assert world.held() == [], cut


@pytest.mark.slow
@pytest.mark.parametrize(("name", "kind"), TRIALS)
def test_a_cut_at_any_byte_costs_one_bill_and_gives_one_output(name: str, kind: str) -> None:
    cuts = cuts_of(SETTINGS[name], kind)
    assert {(cut.way, cut.reset) for cut in cuts} >= {(UP, False), (UP, True)}
    for cut in cuts:
        check(SETTINGS[name], cut)


def test_what_a_cut_leaves_is_seen() -> None:
    # The same breaks against a daemon that would post again without asking: a sweep that cannot fail proves nothing.
    setting = SETTINGS["semi-async, old"]
    with trial(setting) as (world, service, proxy), mock.patch.object(remote, "is_forgotten", return_value=True):
        proxy.aim(Cut("submit", DOWN, 1))
        world.run()
        assert proxy.done
        assert len(service.bills) == 2
