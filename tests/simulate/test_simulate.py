"""Days of the whole daemon in seconds: people, faults of every kind, deaths, and the invariants each simulated hour.

`python -m tests.simulate --days 30 --seed N` plays a month.  What a seed finds becomes a case of its own in `test_found.py`,
as seeds play something else whenever the simulation changes.
"""

import os

import pytest

from tests.simulate.outage import suffer
from tests.simulate.run import simulate
from tests.simulate.weather import CHANCES, LASTING

FULL = os.environ.get("WATCHCONVERT_SWEEP") == "full"
SEEDS = range(100, 120) if FULL else (2, 3, 7)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_day_of_faults(seed: int) -> None:
    """No invariant breaks at any hour or death, and everything comes to rest within three hours of fair weather."""
    report = simulate(seed, 3 if FULL else 1)
    assert report.wrong == []
    assert report.hours >= 23
    assert report.bills > 20
    assert report.struck["died"] + report.struck["stopped"] > 0


def test_a_seed_is_one_run() -> None:
    """What fails can be played again."""
    first, second = simulate(5, 0.5), simulate(5, 0.5)
    assert len(first.events) > 50
    assert first.events == second.events
    assert first.struck == second.struck
    assert simulate(6, 0.5).events != first.events


def test_a_day_without_the_service() -> None:
    """All files are converted after it, none is given back, none is bought twice, and meanwhile hardly anything is asked."""
    outage = suffer(10_000 if FULL else 300)
    assert outage.wrong == []
    assert (outage.failed, outage.bills) == (0, outage.files)
    assert outage.closest >= 10
    assert outage.asked < 86_400 / 100 + 50


@pytest.mark.skipif(not FULL, reason="NOT TESTED: a simulated month is for the full sweep")
def test_a_month_meets_every_fault() -> None:
    """A month strikes with every kind of fault, or it proves less than it says."""
    report = simulate(1, 30)
    assert report.wrong == []
    assert {kind for kind in (*LASTING, *CHANCES) if kind not in ("clock wrong", "inbox away")} <= +report.struck
    assert {"clock set", "inbox carried off", "restarted", "died", "stopped"} <= set(+report.struck)
