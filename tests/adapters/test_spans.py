"""Days and months of a place, with its summer time."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from watchconvert.adapters.spans import day_around, month_around, month_name


@pytest.fixture(params=["Europe/Vilnius", "America/New_York", "UTC"])
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


MOMENTS = [
    "2026-01-01 00:00",
    "2026-03-29 12:00",
    "2026-03-08 12:00",
    "2026-10-25 23:59",
    "2026-11-01 01:30",
    "2026-12-31 23:59",
]


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("text", MOMENTS)
@pytest.mark.parametrize(("around", "begins"), [(day_around, "%Y-%m-%d 00:00:00"), (month_around, "%Y-%m-01 00:00:00")])
def test_a_span_begins_and_ends_at_midnight(
    text: str, around: Callable[[float], tuple[float, float]], begins: str
) -> None:
    at = datetime.fromisoformat(text).astimezone().timestamp()
    start, end = around(at)
    assert start <= at < end
    assert time.strftime("%F %T", time.localtime(start)) == time.strftime(begins, time.localtime(at))
    assert time.strftime("%T", time.localtime(end)) == "00:00:00"
    assert around(end - 1)[0] == start
    assert around(end)[0] == end


@pytest.mark.usefixtures("place")
def test_a_month_has_its_name() -> None:
    assert month_name(datetime(2026, 2, 28, 23, 59).astimezone().timestamp()) == "2026-02"


def test_a_day_may_have_another_length_than_24_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Vilnius")
    time.tzset()
    lengths = []
    for text in ("2026-03-29 12:00", "2026-03-30 12:00", "2026-10-25 12:00"):
        start, end = day_around(datetime.fromisoformat(text).astimezone().timestamp())
        lengths.append((end - start) / 3600)
    monkeypatch.undo()
    time.tzset()
    assert lengths == [23, 24, 25]
