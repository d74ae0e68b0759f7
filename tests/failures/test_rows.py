"""Each row of the failure table that has a scenario ends as it says; `-k kill-claimed` runs one of them."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.failures.row import Row
from tests.failures.scene import Scene
from tests.failures.table import all_rows

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
PLAYED = {name: row for name, row in all_rows().items() if row.scenario}


@pytest.fixture
def scene() -> Iterator[Scene]:
    with tempfile.TemporaryDirectory(dir=MEMORY) as root:
        scene = Scene(Path(root))
        yield scene
        scene.close()


@pytest.mark.parametrize("row", PLAYED.values(), ids=PLAYED.keys())
def test_each_row_ends_as_it_says(row: Row, scene: Scene) -> None:
    assert row.scenario is not None
    row.scenario(scene)
