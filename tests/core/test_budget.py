"""What fits into a budget, and how it is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchconvert.core.budget import NO_LIMIT, Budget, Period, Spent, Use, find_full, say_full, say_use


def use(limit: int, cost: int = 0, paid: int = 0, under_way: int = 0) -> Use:
    return Use(Period.DAY, limit, Spent(cost, paid), under_way)


@pytest.mark.parametrize(
    ("limit", "cost", "paid", "under_way", "is_full"),
    [
        (0, 0, 0, 0, True),
        (1, 0, 0, 0, False),
        (1, 0, 0, 1, True),
        (2, 1, 1, 0, False),
        (2, 2, 2, 0, True),
        (2, 3, 1, 0, True),
        (10, 9, 3, 0, True),  # another costs three as well
        (12, 9, 3, 0, False),
        (12, 9, 3, 1, True),
        (10, 5, 2, 1, True),  # two and a half are three
        (11, 5, 2, 1, False),
        (3, 0, 0, 2, False),
        (3, 0, 0, 3, True),
    ],
)
def test_another_conversion_fits_or_not(limit: int, cost: int, paid: int, under_way: int, is_full: bool) -> None:
    assert use(limit, cost, paid, under_way).is_full is is_full


@given(st.integers(0, 100), st.lists(st.integers(0, 5), max_size=60))
def test_costs_that_are_alike_are_never_more_than_the_budget(limit: int, costs: list[int]) -> None:
    """And others by no more than what one conversion costs beyond the mean of those before it."""
    spent = Spent()
    for cost in costs:
        now = Use(Period.DAY, limit, spent)
        if now.is_full:
            break
        spent = spent.plus(cost)
        assert spent.cost <= limit + max(0, cost - now.spent.mean)


def test_what_cost_nothing_makes_nothing_cheaper() -> None:
    assert Spent().plus(4).plus(0).plus(0).mean == 4


def test_the_limit_that_lasts_longer_is_told() -> None:
    day, month = Use(Period.DAY, 1, Spent(1, 1)), Use(Period.MONTH, 1, Spent(1, 1))
    assert find_full((day, month)) is month
    assert find_full((day, Use(Period.MONTH, 9, Spent(1, 1)))) is day
    assert find_full((use(9), use(9))) is None


def test_it_is_said_how_far_a_budget_is_used_and_when_it_goes_on() -> None:
    assert say_full(use(500, 503, 503)) == (
        "the budget of 500 for today is used up (503 charged); it goes on by itself at midnight."
    )
    assert say_full(Use(Period.MONTH, 500, Spent(498, 249), 1)) == (
        "the budget of 500 for this month is used up (498 charged, 2 more expected for what is under way);"
        " it goes on by itself when the next month begins."
    )
    assert say_use(Period.DAY, 312, 500) == "used 312 of 500 today"


def test_a_warning_is_worth_it_at_four_fifths() -> None:
    assert [use(500, cost).is_nearly_full for cost in (399, 400)] == [False, True]


def test_a_budget_without_limits_has_none() -> None:
    assert NO_LIMIT.limits == {}
    assert Budget(month=3).limits == {Period.MONTH: 3}
