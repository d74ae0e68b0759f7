"""What the simulation has found, each as the smallest case."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.fakes import result_of
from tests.engine.world import World
from tests.simulate.weather import DAY
from watchconvert.core.answers import Held, Scope, Unavailable
from watchconvert.core.job import Verdict

NO_MONEY = Held(Scope.ACCOUNT, Verdict("The account is empty.", 401, 4014))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.stop()


@pytest.mark.parametrize(
    "answers",
    [
        {"submit": [NO_MONEY], "probe": [NO_MONEY] * 3},
        {"upload": [Unavailable("away")] * 3, "probe": [Unavailable("away")] * 3},
        {"submit": [Held(Scope.ROUTE, Verdict("The settings are wrong.", 400, 4000))] * 2},
    ],
    ids=["account", "service", "route"],
)
def test_a_hold_does_not_outlast_a_clock_that_was_wrong(world: World, answers: dict[str, list[object]]) -> None:
    """The clock is days ahead while a hold is probed, and then set right: nobody waits for those days."""
    world.service.answers = answers  # type: ignore[assignment]
    world.clock.wall += 3 * DAY
    world.drop("letter.docx", b"dear")
    world.start()
    for _ in range(600):
        world.round()
        if world.holds.standing():
            break
        world.clock.pass_by(1.0)
    assert world.holds.standing()
    world.clock.wall -= 3 * DAY
    world.run(rounds=700)
    assert world.seen("outbox") == {"letter.pdf": result_of(b"dear")}
