from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.world import World
from tests.faces.web.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    world = World(tmp_path)
    yield Office(world)
    world.stop()
