"""Something happens at one point of a file's way: every system call and every commit of the daemon is such a point."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.faults.calls import Trouble, faulty_calls
from tests.faults.worlds import SOURCE, FaultyWorld, in_memory

FULL = os.environ.get("WATCHCONVERT_SWEEP") == "full"


@contextmanager
def one_file(trouble: Trouble, root: Path | None = None, **service: Any) -> Iterator[FaultyWorld]:
    """Make a world with one file in its inbox; it is up only when it is told to rise."""
    with in_memory() as scratch, faulty_calls(trouble):
        world = FaultyWorld(root or scratch, trouble, **service)
        world.drop("letter.docx", SOURCE)
        try:
            yield world
        finally:
            world.stop()


def count_points(**service: Any) -> int:
    """Return how many points a way has on which nothing happens."""
    trouble = Trouble()
    with one_file(trouble, **service) as world:
        world.rise()
        assert world.go_on(100, 1.0)
        return len(trouble.trace)


def act_at(point: int, act: Callable[[], None]) -> Trouble:
    """Return what lets something happen just before that call."""
    return Trouble(point, act=act)
