"""What is to go, as a function of values; and whether the clock can be believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchconvert.core.calendar import AWAY, PROBATION, STEP, Calendar, look
from watchconvert.core.keeping import FOREVER, FRESH, Keep, Placed, overdue, placed_folders
from watchconvert.core.naming import MAX_NAME, note_name, noted_name
from watchconvert.core.notes import is_same_note

NOW = 1_800_000_000.0
DAY = 86400.0


def shelf(*files: tuple[float, int]) -> list[Placed]:
    """Return files by their age in seconds and their size, the oldest first."""
    return [
        Placed("/a", b"", b"%d" % number, "file", number, size, at=NOW - age, id=number)
        for number, (age, size) in enumerate(sorted(files, reverse=True), 1)
    ]


def total(files: list[Placed]) -> int:
    return sum(each.size for each in files)


def gone(files: list[Placed], keep: Keep) -> list[bytes]:
    return [each.name for each in overdue(files, total(files), keep, NOW)]


def test_without_a_bound_nothing_goes() -> None:
    assert not FOREVER.is_set
    assert gone(shelf((1000 * DAY, 10**12)), FOREVER) == []


@pytest.mark.parametrize(("age", "goes"), [(DAY - 1, False), (DAY, True), (2 * DAY, True), (-5, False)])
def test_an_age_is_reached_when_it_is_full(age: float, goes: bool) -> None:
    assert bool(gone(shelf((age, 1)), Keep(age=DAY))) is goes


@pytest.mark.parametrize(("size", "count"), [(30, 0), (29, 1), (20, 1), (19, 2), (10, 2), (9, 3), (0, 3)])
def test_the_oldest_go_until_the_rest_has_the_size(size: int, count: int) -> None:
    files = shelf((3 * DAY, 10), (2 * DAY, 10), (DAY, 10))
    assert gone(files, Keep(size=size)) == [each.name for each in files[:count]]


def test_either_bound_is_enough() -> None:
    files = shelf((3 * DAY, 10), (2 * DAY, 10), (DAY, 10), (DAY / 2, 10))
    assert len(gone(files, Keep(age=3 * DAY, size=10))) == 3
    assert len(gone(files, Keep(age=2 * DAY, size=100))) == 2


def test_what_came_last_is_not_pushed_out() -> None:
    assert gone(shelf((FRESH - 1, 100), (10, 100)), Keep(size=1)) == []
    assert len(gone(shelf((FRESH, 100), (10, 100)), Keep(size=1))) == 1


@given(
    st.lists(st.tuples(st.floats(0, 100 * DAY), st.integers(0, 100)), max_size=12),
    st.integers(0, 300),
    st.floats(1, 100 * DAY),
)
def test_what_goes_is_old_or_too_much_and_what_stays_is_neither(
    files: list[tuple[float, int]], size: int, age: float
) -> None:
    placed = shelf(*files)
    going = overdue(placed, total(placed), Keep(age, size), NOW)
    staying = placed[len(going) :]
    assert list(going) == placed[: len(going)]
    assert all(NOW - each.at < age for each in staying)
    assert total(staying) <= size or all(NOW - each.at < FRESH for each in staying)
    for number, each in enumerate(going):
        assert NOW - each.at >= age or (total(placed[number:]) > size and NOW - each.at >= FRESH)


def test_folders_that_were_made_are_told_by_their_places() -> None:
    made = placed_folders("/a", [(b"x", 1), (b"x/y", 2)])
    assert [(each.folder, each.name, each.kind, each.ino) for each in made] == [
        (b"", b"x", "folder", 1), (b"x", b"y", "folder", 2)
    ]  # fmt: skip


@given(st.binary(min_size=1, max_size=MAX_NAME).filter(lambda name: b"/" not in name and b"\0" not in name))
def test_a_note_never_points_at_another_file(name: bytes) -> None:
    note = note_name(name)
    assert noted_name(note) in (name, b"")
    if len(note) < MAX_NAME - 3:
        assert noted_name(note) == name


def test_a_note_is_the_same_whenever_it_was_written() -> None:
    text = "It was not converted.\r\nWhen:       2027-01-15\r\nJob:  1\r\n"
    assert is_same_note(text, text.replace("2027-01-15", "2027-01-16"))
    assert not is_same_note(text, text.replace("not", "never"))
    assert not is_same_note(text, text + "asked the sender\r\n")


# the calendar ─────────────────────────────────────────────────────────────────


def after(*looks: tuple[float, float], start: Calendar | None = None) -> Calendar:
    """Look at the clocks: steps of the wall clock and of the steady one."""
    calendar = start or look(Calendar(NOW), NOW, 100.0)
    for wall, steady in looks:
        calendar = look(calendar, calendar.wall + wall, (calendar.steady or 100.0) + steady)
    return calendar


def test_before_the_first_look_nothing_is_believed() -> None:
    assert not Calendar(NOW).is_believed


@pytest.mark.parametrize(
    ("wall", "steady", "believed"),
    [(60, 60, True), (60 + STEP, 60, True), (61 + STEP, 60, False), (60 - STEP, 60, True), (59 - STEP, 60, False),
     (40 * DAY, 40 * DAY, True), (3650 * DAY, 60, False), (-3650 * DAY, 60, False)],
)  # fmt: skip
def test_a_jump_while_it_runs_is_doubted(wall: float, steady: float, believed: bool) -> None:
    assert after((wall, steady)).is_believed is believed


@pytest.mark.parametrize(
    ("away", "believed"), [(0, True), (AWAY, True), (AWAY + 1, False), (-STEP, True), (-STEP - 1, False)]
)
def test_a_time_in_which_it_did_not_run_is_believed_up_to_a_month(away: float, believed: bool) -> None:
    assert look(Calendar(NOW), NOW + away, 5.0).is_believed is believed


def test_a_doubt_ends_when_the_clock_has_kept_step_for_long_enough() -> None:
    doubted = after((3650 * DAY, 60))
    assert not after(*[(600, 600)] * 35, start=doubted).is_believed
    assert after(*[(600, 600)] * 36, start=doubted).is_believed
    assert PROBATION == 36 * 600


def test_another_jump_begins_the_doubt_anew() -> None:
    doubted = after((3650 * DAY, 60), *[(600, 600)] * 30, (-3650 * DAY, 600))
    assert not after(*[(600, 600)] * 35, start=doubted).is_believed
    assert after(*[(600, 600)] * 36, start=doubted).is_believed


def test_the_look_itself_changes_nothing() -> None:
    before = after()
    assert look(before, before.wall, before.steady or 0.0) == before
