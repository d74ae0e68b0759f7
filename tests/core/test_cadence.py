"""Pauses: bounded, growing, and honest about clocks that people set."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchconvert.core.cadence import MAX_DELAY, is_forgotten, is_too_old, pause_after, probe_after

TRIES = st.integers(1, 10_000)
DICE = st.floats(0, 1, exclude_max=True)
TIMES = st.floats(0, 4e9)
LIVES = st.floats(1, 1e5)

few = settings(max_examples=25, deadline=None)


@few
@given(tries=TRIES, dice=DICE)
def test_a_pause_lies_between_a_second_and_the_longest(tries: int, dice: float) -> None:
    assert 1.0 <= pause_after(tries, dice) <= MAX_DELAY


@few
@given(tries=TRIES, dice=DICE)
def test_a_pause_never_shrinks_with_the_tries(tries: int, dice: float) -> None:
    assert pause_after(tries, dice) <= pause_after(tries + 1, dice)


@few
@given(tries=TRIES, dice=DICE, asked_for=st.floats(-1e6, 1e12))
def test_a_pause_that_was_asked_for_is_honoured_within_bounds(tries: int, dice: float, asked_for: float) -> None:
    pause = pause_after(tries, dice, asked_for)
    assert max(pause_after(tries, dice), min(max(asked_for, 1.0), 900.0)) == pause
    assert 1.0 <= pause <= 900.0


@pytest.mark.parametrize(("tries", "least", "most"), [(1, 1, 2), (2, 2, 4), (3, 4, 8), (8, 128, 256), (50, 150, 300)])
def test_pauses_double_with_half_jitter(tries: int, least: float, most: float) -> None:
    assert pause_after(tries, 0.0) == least
    assert pause_after(tries, 1.0) == most


@few
@given(probes=st.integers(0, 10_000), dice=DICE)
def test_a_hold_is_probed_within_two_minutes(probes: int, dice: float) -> None:
    assert 3.75 <= probe_after(probes, dice) <= probe_after(probes + 1, dice) <= 120.0


def test_the_first_probe_comes_after_five_seconds() -> None:
    assert probe_after(0, 1.0) == 5.0


@few
@given(at=TIMES, doubt=st.floats(0, 1e4), passed=st.floats(0, 1e5))
def test_a_job_is_forgotten_once_the_doubt_pause_is_over(at: float, doubt: float, passed: float) -> None:
    now = at + passed
    assert is_forgotten(at, now, doubt) is (at > 0 and now - at >= doubt)


def test_what_was_never_doubted_is_never_forgotten() -> None:
    assert not is_forgotten(0.0, 1e9, 60.0)
    assert is_forgotten(1e9, 1e9 + 60, 60.0)
    assert not is_forgotten(1e9, 1e9 + 59.9, 60.0)


@few
@given(since=TIMES.filter(lambda at: at > 0), back=st.floats(1, 1e9), doubt=st.floats(0, 1e4))
def test_a_clock_set_back_forgets_nothing(since: float, back: float, doubt: float) -> None:
    assert not is_forgotten(since, since - back, doubt)


@few
@given(since=TIMES, share=st.floats(0, 0.99), life=LIVES)
def test_what_is_within_its_life_is_not_too_old(since: float, share: float, life: float) -> None:
    assert not is_too_old(since, since + share * life, life)


@few
@given(since=TIMES, passed=st.floats(1, 1e9), life=LIVES)
def test_what_is_past_its_life_or_before_its_birth_is_too_old(since: float, passed: float, life: float) -> None:
    assert is_too_old(since, since + life + passed, life)
    assert is_too_old(since, since - passed, life)


def test_a_life_ends_at_its_very_second() -> None:
    assert is_too_old(100.0, 160.0, 60.0)
    assert not is_too_old(100.0, 100.0, 60.0)
