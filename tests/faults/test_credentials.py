"""The secret is revoked while a file is under way: nothing is bought, what is paid for is fetched, and all goes on.

The secret is put in order again at the service, or the daemon is started with a new one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.e2e import wired
from tests.e2e.scripted_service import ScriptedService, converted, scripted_service
from tests.e2e.wired import WiredWorld, wired_world
from watchconvert.core.answers import Scope

SOURCE, LATER = b"a letter", b"a letter that came later"
WAYS: dict[str, dict[str, Any]] = {
    "semi-async": {"old": True},
    "async": {"old": False, "reply": "job", "pending": 3},
}
ROUNDS = range(14)
"""Before which of its rounds the secret is revoked; the last ones find the file at rest."""


@contextmanager
def under_way(way: str, rounds: int) -> Iterator[tuple[WiredWorld, ScriptedService]]:
    """Bring a file so many rounds along, and revoke the secret then."""
    with (
        wired_world(way) as world,
        scripted_service(clock=world.clock.now, secret=wired.SECRET, **WAYS[way]) as service,
    ):
        world.connect(service.url, "old" if WAYS[way]["old"] else "current")
        world.drop("letter.docx", SOURCE)
        world.start()
        world.run_for(rounds)
        service.secret = "another"
        yield world, service


def look_while_revoked(world: WiredWorld, service: ScriptedService) -> None:
    """Let an hour pass: no more is bought than was, and what was is fetched."""
    bills = len(service.bills)
    world.drop("later.docx", LATER)
    for _ in range(240):
        world.round()
        world.clock.pass_by(15.0)
    assert len(service.bills) == bills
    assert [hold.scope for hold in world.held()] == [Scope.ACCOUNT]
    assert world.seen("error") == {}
    assert world.seen("outbox") == ({"letter.pdf": converted(SOURCE)} if bills else {})


def look_afterwards(world: WiredWorld, service: ScriptedService) -> None:
    began = world.clock.steady()
    world.run()
    assert world.clock.steady() - began < 180.0, "it goes on within minutes"
    assert world.held() == []
    assert world.seen("outbox") == {"letter.pdf": converted(SOURCE), "later.pdf": converted(LATER)}
    assert world.seen("archive") == {"letter.docx": SOURCE, "later.docx": LATER}
    assert len(service.bills) == 2
    assert world.staged() == []


@pytest.mark.parametrize("way", WAYS)
def test_revoked_and_put_in_order_again(way: str) -> None:
    for rounds in ROUNDS:
        with under_way(way, rounds) as (world, service):
            look_while_revoked(world, service)
            service.secret = wired.SECRET
            look_afterwards(world, service)


@pytest.mark.parametrize("way", WAYS)
def test_revoked_and_replaced_by_a_new_one(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for rounds in ROUNDS:
        with under_way(way, rounds) as (world, service):
            look_while_revoked(world, service)
            world.stop()
            with monkeypatch.context() as patch:
                patch.setattr(wired, "SECRET", service.secret)
                world.connect(service.url, "old" if WAYS[way]["old"] else "current")
            world.start()
            look_afterwards(world, service)
