"""The daemon dies at every single point of a file's way, and at many pairs, in each situation; people act meanwhile.

At the instant of each death and when everything is at rest again the shared invariants must hold (`tests/proof`), and
a few more: what ends where, that it is explained, that nothing is left in a stage, and that nothing costs more than the
situation may (docs/design.md, "Crashes").  With WATCHCONVERT_SWEEP=full every pair and every act is played.
"""

import os

import pytest

from tests.crash.people import SOURCE
from tests.crash.situations import SITUATIONS, Situation
from tests.crash.sweep import ALL, SOME, sweep
from tests.crash.theatre import FAR, NEAR, Schedule, play, trial
from tests.engine.fakes import result_of

STRIDE = ALL if os.environ.get("WATCHCONVERT_SWEEP") == "full" else SOME
WORDS = ("fsync", "mkdir", "rmdir", "renameat2", "open", "write", "posix_fallocate", "pwrite", "ftruncate", "commit")
SERVED = ("before upload", "after upload", "before submit", "after submit", "before fetch", "before forget")
RARE = {
    "polled": ("before ask",),
    "name replaced": ("replace",),
    "source deleted": ("unlink",),
    "dressed": ("fchmod", "fchown", "utime"),
    "no rename without replacing": ("link", "unlink"),
    "archive on another file system": ("utime", "unlink"),
    "service away": ("before probe",),
}


def need_far(situation: Situation) -> None:
    if situation.far and os.stat(NEAR).st_dev == os.stat(FAR).st_dev:
        pytest.skip(f"NOT TESTED: a second file system is needed, and {FAR} is the one of {NEAR}")


@pytest.mark.parametrize("situation", SITUATIONS.values(), ids=SITUATIONS.keys())
def test_death_at_every_point(situation: Situation) -> None:
    """Single deaths and many pairs, those in the recovery too; acts at many moments, each with deaths about it."""
    need_far(situation)
    figures = sweep(situation, STRIDE)
    assert figures.violations == []
    assert figures.points > 25
    assert figures.deaths > 25 if not situation.act else figures.deaths > 0
    assert figures.schedules > 25


@pytest.mark.parametrize("name", RARE)
def test_every_effect_has_its_point(name: str) -> None:
    """A way of which points are lost would be swept in vain."""
    need_far(SITUATIONS[name])
    met = {point.partition(" (")[0].partition(" /")[0] for point in trial(SITUATIONS[name], Schedule((50,))).trace}
    assert {*WORDS, *SERVED, *RARE[name]} - met == set()


def test_the_calm_way_is_the_right_one() -> None:
    """What the invariants do not say: which names things get."""
    ends = {name: _end_of(name) for name in ("plain", "names taken", "name replaced", "refused", "source deleted")}
    assert ends["plain"] == {"outbox/letter.pdf": result_of(SOURCE), "archive/letter.docx": SOURCE}
    assert ends["names taken"]["outbox/letter (2).pdf"] == result_of(SOURCE)
    assert ends["names taken"]["archive/letter (2).docx"] == SOURCE
    assert ends["name replaced"] == ends["plain"]
    assert ends["refused"]["error/letter.docx"] == SOURCE
    assert b"It is damaged." in ends["refused"]["error/letter.docx.error.txt"]
    assert ends["source deleted"] == {"outbox/letter.pdf": result_of(SOURCE)}


def _end_of(name: str) -> dict[str, bytes]:
    with play(SITUATIONS[name], Schedule()) as (world, _):
        assert world.live_on() == 1
        folders = ("inbox", "outbox", "archive", "error")
        return {f"{folder}/{file}": data for folder in folders for file, data in world.seen(folder).items()}
