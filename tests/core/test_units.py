"""Durations and sizes: what people write, and what is said to them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchconvert.core.units import parse_duration, parse_size, say_duration, say_size

few = settings(max_examples=25, deadline=None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("1s", 1.0),
        ("5m", 300.0),
        ("5min", 300.0),
        ("2h", 7200.0),
        ("1d", 86400.0),
        ("1h 30m", 5400.0),
        ("1h30min", 5400.0),
        ("1.5h", 5400.0),
        ("10 s", 10.0),
        ("0s", 0.0),
    ],
)
def test_durations_are_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "5", "s", "-1s", "1 day", "1s later", "1,5s", "5M", "1s 2", "1e3s", "9" * 400 + "s"]
)
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("512", 512),
        ("512B", 512),
        ("100MB", 10**8),
        ("64 MiB", 64 * 2**20),
        ("64mib", 64 * 2**20),
        (" 1.5 kB ", 1500),
        ("2GiB", 2**31),
        ("1TB", 10**12),
        ("1TiB", 2**40),
        ("3gb", 3 * 10**9),
        ("1KiB", 1024),
    ],
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "MB", "-1", "1 PB", "1MB 2", "0x10", "9" * 400])
def test_other_sizes_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_size(text)


@few
@given(st.integers(0, 10**12))
def test_what_is_said_in_whole_seconds_is_read_back_to_two_units(seconds: int) -> None:
    back = parse_duration(say_duration(seconds))
    assert 0 <= seconds - back < max(1, seconds / 20)


@few
@given(st.integers(0, 999 * 10**12))
def test_what_is_said_of_a_size_is_read_back_nearly(size: int) -> None:
    assert parse_size(say_size(size)) == pytest.approx(size, rel=0.06)


@few
@given(st.integers(0, 999 * 10**12))
def test_a_size_is_said_with_three_digits_at_most(size: int) -> None:
    assert sum(character.isdigit() for character in say_size(size)) <= 3


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (0.25, "250 ms"),
        (12.9, "12 s"),
        (60, "1 min"),
        (3725, "1 h 2 min"),
        (86400 + 5, "1 d"),
        (12_000, "3 h 20 min"),
    ],
)
def test_durations_are_said_in_their_two_largest_units(seconds: float, said: str) -> None:
    assert say_duration(seconds) == said


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1_234_567, "1.2 MB"),
        (999_600, "1.0 MB"),
        (12_345_678, "12 MB"),
        (5 * 10**15, "5000 TB"),
    ],
)
def test_sizes_are_said_shortly(size: int, said: str) -> None:
    assert say_size(size) == said
