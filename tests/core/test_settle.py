"""The gates that a file in an inbox waits at."""

import dataclasses

import pytest

from watchconvert.core.job import Sighting
from watchconvert.core.settle import BLIND_SETTLE, Gate, Waiting, Writer, gate_of, look_again, quiet_time, seen_again

SEEN = Sighting(dev=1, ino=2, size=3, mtime=4, ctime=5)
EMPTY = dataclasses.replace(SEEN, size=0)


def test_a_file_seen_first_is_quiet_from_now_on() -> None:
    waiting = seen_again(None, SEEN, 10.0)
    assert (waiting.sighting, waiting.first_at, waiting.quiet_at) == (SEEN, 10.0, 10.0)


def test_an_unchanged_file_keeps_its_quiet_time() -> None:
    known = seen_again(None, SEEN, 10.0)
    assert seen_again(known, SEEN, 20.0) is known


@pytest.mark.parametrize("change", ["dev", "ino", "size", "mtime", "ctime"])
def test_any_change_starts_the_quiet_time_anew(change: str) -> None:
    known = seen_again(None, SEEN, 10.0)
    again = seen_again(known, dataclasses.replace(SEEN, **{change: 99}), 20.0)
    assert (again.first_at, again.quiet_at) == (10.0, 20.0)


@pytest.mark.parametrize(
    ("sighting", "writer", "now", "gate"),
    [
        (SEEN, Writer.NONE, 100.0, Gate.QUIET),
        (SEEN, Writer.NONE, 100.9, Gate.QUIET),
        (SEEN, Writer.NONE, 101.0, Gate.OPEN),
        (SEEN, Writer.OPEN, 999.0, Gate.WRITER),
        (EMPTY, Writer.OPEN, 999.0, Gate.WRITER),
        (SEEN, Writer.UNKNOWN, 109.9, Gate.QUIET),
        (SEEN, Writer.UNKNOWN, 110.0, Gate.OPEN),
        (EMPTY, Writer.NONE, 100.5, Gate.QUIET),
        (EMPTY, Writer.NONE, 101.0, Gate.EMPTY),
    ],
)
def test_a_file_waits_at_the_first_gate_that_is_shut(
    sighting: Sighting, writer: Writer, now: float, gate: Gate
) -> None:
    assert gate_of(Waiting(sighting, 50.0, 100.0), writer, 1.0, now) is gate


def test_the_blind_wait_longer_unless_the_route_waits_longer_still() -> None:
    assert quiet_time(1.0, Writer.NONE) == quiet_time(1.0, Writer.OPEN) == 1.0
    assert quiet_time(1.0, Writer.UNKNOWN) == BLIND_SETTLE
    assert quiet_time(60.0, Writer.UNKNOWN) == 60.0


@pytest.mark.parametrize(
    ("gate", "settle", "now", "pause"),
    [
        (Gate.QUIET, 1.0, 100.4, 0.6),
        (Gate.QUIET, 1.0, 101.5, 0.1),
        (Gate.QUIET, 60.0, 100.0, 5.0),
        (Gate.WRITER, 1.0, 100.0, 0.1),
        (Gate.WRITER, 1.0, 108.0, 2.0),
        (Gate.EMPTY, 1.0, 5000.0, 5.0),
    ],
)
def test_the_next_look_is_soon_at_first_and_never_far(gate: Gate, settle: float, now: float, pause: float) -> None:
    waiting = look_again(Waiting(SEEN, 100.0, 100.0), gate, settle, now)
    assert waiting.gate is gate
    assert waiting.look_at - now == pytest.approx(pause)
    assert (waiting.first_at, waiting.quiet_at) == (100.0, 100.0)
