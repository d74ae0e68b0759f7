"""The soak sees what grows, what is half and what is billed twice; and a very short one passes."""

import hashlib
import re
from pathlib import Path

import pytest

from tests.soak import __main__ as soak
from tests.soak.gauges import MIB, Bounds, Reading, complaints, growth
from tests.soak.people import HEAD, People

FLAT = [Reading(at * 10.0, 45 * MIB, 20, 12, 3 * MIB, 4 * MIB) for at in range(60)]


def test_what_is_flat_is_no_complaint() -> None:
    assert complaints(FLAT, Bounds()) == []


@pytest.mark.parametrize(
    ("gauge", "step"), [("memory", MIB // 100), ("journal", MIB // 10), ("descriptors", 1), ("threads", 1)]
)
def test_what_grows_is_told(gauge: str, step: int) -> None:
    growing = [each._replace(**{gauge: getattr(each, gauge) + n * step}) for n, each in enumerate(FLAT)]
    assert growth(growing, lambda each: getattr(each, gauge)) == pytest.approx(step * 360)
    assert [text.partition(" ")[0] for text in complaints(growing, Bounds())] == [gauge]


def test_warming_up_is_not_growing() -> None:
    warming = [each._replace(memory=each.memory - 30 * MIB) for each in FLAT[:30]] + FLAT[30:]
    assert complaints(warming, Bounds()) == []


def test_what_jumps_at_the_end_is_not_growing() -> None:
    assert (
        complaints([*FLAT[:-3], *(each._replace(memory=each.memory + 2 * MIB) for each in FLAT[-3:])], Bounds()) == []
    )


def test_a_log_that_was_large_once_is_told() -> None:
    assert "write-ahead log" in complaints([*FLAT, FLAT[-1]._replace(log=17 * MIB)], Bounds())[0]


def test_a_half_result_and_one_that_is_there_twice_are_seen(tmp_path: Path) -> None:
    for name in ("inbox", "outbox", "archive", "error"):
        (tmp_path / name).mkdir()
    people = People(tmp_path, seed=1)
    people.drop()
    (source,) = (tmp_path / "inbox").iterdir()
    data = source.read_bytes()
    assert data.startswith(HEAD)
    (tmp_path / "outbox" / f"{source.stem}.pdf").write_bytes(data[:-1])
    people.collect()
    assert len(people.wrong) == 1
    (tmp_path / "outbox" / f"{source.stem}.pdf").write_bytes(data)
    people.collect()
    assert (people.delivered, people.waiting, len(people.wrong)) == (1, 0, 1)
    (tmp_path / "outbox" / f"{source.stem} (2).pdf").write_bytes(data)
    people.collect()
    assert len(people.wrong) == 2
    assert hashlib.sha256(data).hexdigest() not in people._expected.values()


def test_a_very_short_soak_with_a_kill_loses_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert soak.run(seconds=6.0, rate=15.0, kill_every=1.0, seed=3) == 0
    told = capsys.readouterr().out
    assert re.search(r"[1-9]\d* kills", told)
    assert "faults 0" in told


def test_a_very_short_soak_with_reloads_loses_nothing() -> None:
    with soak.soaking(15.0, 5, reload_every=0.7) as run, run.site.running():
        run.live(5.0)
        run.drain()
        run.people.clear_archive()
        run.deaths = 1  # whether anything grows cannot be told in so short a time
        assert run.faults() == []
        assert run.reloads >= 4
