"""How many conversions are asked for at once: between one and the number of workers, whatever happens."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchconvert.core.crowd import Crowd


@settings(max_examples=25, deadline=None)
@given(most=st.integers(1, 256), news=st.lists(st.booleans(), max_size=60))
def test_the_limit_keeps_its_bounds(most: int, news: list[bool]) -> None:
    crowd = Crowd(most, most)
    for served in news:
        crowd = crowd.served() if served else crowd.refused()
        assert 1 <= crowd.limit <= most
        assert 0 <= crowd.good < crowd.limit


@pytest.mark.parametrize(("limit", "after"), [(8, 4), (5, 2), (2, 1), (1, 1)])
def test_a_refusal_halves_the_limit_and_forgets_the_successes(limit: int, after: int) -> None:
    assert Crowd(8, limit, good=limit - 1).refused() == Crowd(8, after)


def test_a_full_set_of_successes_adds_one_up_to_the_workers() -> None:
    crowd, limits = Crowd(4, 1), []
    for _ in range(8):
        crowd = crowd.served()
        limits.append(crowd.limit)
    assert limits == [2, 2, 3, 3, 3, 4, 4, 4]
