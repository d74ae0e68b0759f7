"""When a run that does not go on for ever ends, and what its exit status is."""

import pytest

from watchconvert.core.draining import GRACE, Ending, Left, Patience, exit_status

MOVING = Left("r", "a", "it settles", is_stuck=False)
STUCK = Left("r", "b", "the account is held", is_stuck=True)


def test_it_ends_at_once_when_nothing_is_left() -> None:
    assert Patience(0.0).decide([], 0.0) is Ending.REST
    assert Patience(0.0, limit=60.0).decide([], 0.0) is Ending.REST


def test_what_moves_is_waited_for_and_what_is_stuck_for_a_while() -> None:
    patience = Patience(0.0)
    assert patience.decide([MOVING, STUCK], 1000.0) is None
    assert patience.decide([STUCK], 1001.0) is None
    assert patience.decide([STUCK], 1001.0 + GRACE - 0.1) is None
    assert patience.decide([STUCK], 1001.0 + GRACE) is Ending.LEFT


def test_a_hiccup_begins_the_time_anew() -> None:
    patience = Patience(0.0)
    assert patience.decide([STUCK], 0.0) is None
    assert patience.decide([MOVING], GRACE - 1) is None
    assert patience.decide([STUCK], GRACE + 1) is None
    assert patience.decide([STUCK], GRACE + 2) is None


def test_a_limit_takes_the_place_of_the_grace_and_ends_what_moves_too() -> None:
    patience = Patience(10.0, limit=60.0)
    assert patience.decide([STUCK], 10.0 + 2 * GRACE) is None
    assert patience.decide([STUCK], 69.9) is None
    assert patience.decide([MOVING], 70.0) is Ending.TIMEOUT


@pytest.mark.parametrize(("failed", "left", "status"), [(0, 0, 0), (1, 0, 1), (0, 1, 75), (1, 1, 1)])
def test_a_failure_outranks_what_is_left(failed: int, left: int, status: int) -> None:
    assert exit_status(failed, left) == status
