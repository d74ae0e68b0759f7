"""An inbox that is carried off and brought back while its files are converted."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.fakes import result_of
from tests.engine.world import World
from watchconvert.core.states import State


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.stop()


def test_an_inbox_that_was_away_during_a_start_is_not_bought_again(world: World) -> None:
    """Its published source is archived once it is back, and nothing is converted twice."""
    world.drop("letter.docx", b"dear")
    world.start()
    inbox, away = Path(world.route.inbox), world.root / "away"
    publish = world.tools.parts.publish

    def publish_and_lose(job: object) -> object:
        parts = publish(job)  # type: ignore[arg-type]
        inbox.rename(away)
        return parts

    world.tools.parts.publish = publish_and_lose  # type: ignore[assignment, method-assign]
    for _ in range(4):
        world.round()
        world.clock.pass_by(1.0)
    assert [job.state for job in world.jobs()] == [State.PUBLISHED]
    world.stop()
    world.start()
    world.clock.pass_by(60.0)
    world.run()
    shutil.rmtree(inbox)
    away.rename(inbox)
    world.stop()
    world.start()
    world.run()
    assert len(world.service.bills) == 1
    assert world.seen("outbox") == {"letter.pdf": result_of(b"dear")}
    assert world.seen("archive") == {"letter.docx": b"dear"}
