"""The power is cut while the real daemon works: nothing is lost, half, replaced or paid for twice.

Journal and share lie on file systems of their own, for on one of them the sync of a commit would make renames durable
whose own sync was forgotten. With WATCHCONVERT_SWEEP=full every call is tried on ext4 and xfs, with the archive on a
third file system too; `python -m tests.power` does the same and ends in one line of figures.
"""

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.kill.chain import STEP, Chain, Point
from tests.kill.figures import FULL, Extent, judge
from tests.kill.ground import Plan
from tests.kill.nursery import nursery
from tests.kill.roulette import Load
from tests.kill.service import strict_service
from tests.kill.trap import lacking_tools
from tests.power.disks import lacking_power
from tests.power.schedules import FEW, SETTINGS, at_cuts, at_random, make_ground

pytestmark = [pytest.mark.slow, pytest.mark.root]


def test_the_power_is_cut_at_system_calls_of_a_step_and_of_the_life_that_makes_it_good() -> None:
    if lacking := lacking_power() or lacking_tools():
        pytest.skip(f"NOT TESTED: {lacking}")
    judge(at_cuts(Extent(), tuple(SETTINGS) if FULL else FEW), 2000 if FULL else 100)


def test_the_power_is_cut_at_random_moments_with_20_files_under_way() -> None:
    if lacking := lacking_power() or lacking_tools():
        pytest.skip(f"NOT TESTED: {lacking}")
    plays = 2000 if FULL else 20
    judge(at_random("ext4", Load(20, 0.5), plays, Extent()), plays)


def test_what_a_cut_of_the_power_takes_is_seen(tmp_path: Path) -> None:
    # A file that whoever dropped it has not synced is gone: disks that forget nothing would prove nothing.
    if lacking := lacking_power() or lacking_tools():
        pytest.skip(f"NOT TESTED: {lacking}")
    with ExitStack() as stack:
        service = stack.enter_context(strict_service())
        ground = make_ground(tmp_path, stack, "ext4", Plan(service.url))
        chain = stack.enter_context(Chain(ground, service, stack.enter_context(nursery())).living())
        with pytest.raises(AssertionError, match="lies in 0 places"):
            chain.strike(Point(STEP, "mkdirat", 1, b"plain"))
