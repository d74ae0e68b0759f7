"""The wall clock jumps, at every point of a file's way: nothing is lost, bought twice without a word, or stuck.

Quiet times follow a clock that nobody can set; due times stand in the journal by the wall clock, and one that is too far
off counts as over (docs/design.md, "Arrivals" and "The journal is the queue").
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.engine.fakes import Crash
from tests.faults.acts import FULL, act_at, count_points, one_file
from tests.faults.worlds import SOURCE, check

YEAR = 365.25 * 86400.0
JUMPS = (1.0, 59.0, 3600.0, 7300.0, 86400.0, YEAR, 10 * YEAR)
BOTH = tuple(sign * jump for jump in JUMPS for sign in (1.0, -1.0))
WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "polled": {"held": False},
    "reply lost": {"lose_replies": 1},
    "reply lost, job registered late": {"lose_replies": 1, "lag": 3.0},
}
STRIDE = 3 if FULL else 151


def trial(point: int, jump: float, *, down: bool, **service: Any) -> int:
    """Let the clock jump at a point, of a running daemon or of one that dies there; returns the bills for the file."""

    def leap() -> None:
        world.clock.wall += jump
        if down:
            raise Crash

    with one_file(act_at(point, leap), **service) as world:
        world.rise()
        said = f"a jump of {jump:.0f} s at call {point}{' while the daemon is down' if down else ''}"
        # A clock that was set back by less than two hours may keep a file waiting for as long.
        rests = world.go_on(200, 1.0) or world.go_on(750, 10.0)
        assert rests, (
            f"{said}: stuck, {[(job.state, job.note, job.due - world.clock.now()) for job in world.open_jobs()]}"
        )
        assert point < len(world.trouble.trace), said
        check(world, said, SOURCE, excused=True)
        return len(world.service.bills)


@pytest.mark.parametrize("way", WAYS)
def test_a_jump_at_any_point(way: str, tell: Callable[[str], None]) -> None:
    points = count_points(**WAYS[way])
    schedules = [(point, jump, down) for point in range(points) for jump in BOTH for down in (False, True)][::STRIDE]
    bills = [trial(point, jump, down=down, **WAYS[way]) for point, jump, down in schedules]
    told = sum(count > 1 for count in bills)
    tell(f"clock jumps, {way}: schedules {len(schedules):,}, violations 0, billed twice and told so {told}")
    # Only a reply that is lost while the service has not registered the job can be paid for twice, and that is told.
    assert max(bills) <= (2 if "lag" in WAYS[way] else 1)
