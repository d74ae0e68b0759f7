"""The daemon is well when it runs, says so in time, and every loop comes round; what it waits for is no illness."""

import pytest

from watchconvert.core.health import STALE, find_ills

NOTE = {"pid": 1, "at": 1000.0, "stuck": [], "lanes": [{"route": "a", "offline": "gone"}], "refused": ["x"]}


def test_a_share_that_is_away_and_a_refused_configuration_are_no_illness() -> None:
    assert find_ills(NOTE, 1000.0 + STALE, running=True) == []


@pytest.mark.parametrize(
    ("note", "now", "running", "said"),
    [
        ({}, 0.0, False, ["the daemon is not running"]),
        (NOTE, 1000.0, False, ["the daemon is not running"]),
        ({}, 0.0, True, ["the daemon is starting"]),
        (NOTE, 1001.0 + STALE, True, ["the main thread has not come round for 121 s"]),
        (
            NOTE | {"stuck": ["poller", "x"]},
            1000.0,
            True,
            [f"the loop {n!r} does not come round" for n in ("poller", "x")],
        ),
    ],
)
def test_these_are(note: dict[str, object], now: float, running: bool, said: list[str]) -> None:
    assert find_ills(note, now, running=running) == said


def test_a_note_without_its_time_is_believed() -> None:
    assert find_ills({"pid": 1}, 1000.0, running=True) == []
