"""The real daemon is killed at system calls and at random moments: nothing is lost, half, replaced or paid for twice.

With WATCHCONVERT_SWEEP=full every call of a life is tried, and thousands of moments; `python -m tests.kill` does the
same, tells how far it is, and ends in one line of figures.
"""

from pathlib import Path

import pytest

from tests.kill.chain import STEP, Chain, Point
from tests.kill.figures import FULL, Extent, judge
from tests.kill.ground import Ground, Plan, one_land
from tests.kill.nursery import nursery
from tests.kill.roulette import Load
from tests.kill.schedules import at_calls, at_moments, at_moments_of_the_server
from tests.kill.service import strict_service
from tests.kill.trap import lacking_tools

pytestmark = pytest.mark.slow


def test_killed_at_system_calls_of_a_step_and_of_the_life_that_makes_it_good() -> None:
    if lacking := lacking_tools():
        pytest.skip(f"NOT TESTED: {lacking}")
    judge(at_calls(Extent()), 5000 if FULL else 200)


@pytest.mark.parametrize("files", [1, 200])
def test_killed_at_random_moments_with_files_under_way(files: int) -> None:
    plays = 2000 if FULL else 30 if files == 1 else 12
    judge(at_moments(Load(files, 0.3 if files == 1 else 1.0), plays, Extent()), plays)


@pytest.mark.parametrize("files", [20, 200] if FULL else [20])
def test_killed_at_random_moments_with_the_built_in_server(files: int) -> None:
    plays = 1000 if FULL else 10
    judge(at_moments_of_the_server(Load(files, 3.0 if FULL else 1.0, by_command=True), plays, Extent()), plays)


def test_what_a_death_leaves_is_seen(tmp_path: Path) -> None:
    # A service that registers jobs later than the doubt pause makes the daemon pay twice: a sweep that cannot fail
    # proves nothing.
    if lacking := lacking_tools():
        pytest.skip(f"NOT TESTED: {lacking}")
    with strict_service(lag=5.0) as service, nursery() as lives:
        ground = Ground(one_land(tmp_path), Plan(service.url))
        with Chain(ground, service, lives).living() as chain, pytest.raises(AssertionError, match="was billed 2 times"):
            die_at_replies(chain)


def die_at_replies(chain: Chain) -> None:
    """Die before each reply of the service is read, one of which is that to the submit."""
    for number in range(1, 6):
        chain.strike(Point(STEP, "recvfrom", number, b"plain"))
        chain.settle()
