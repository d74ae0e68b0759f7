"""What came and went is counted to the right moment, and how full it was follows from that."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchconvert.core.flow import SLICE, SPAN, Depth, Flow, Passing, Spread, Tally
from watchconvert.core.states import Event

NOON = 1_790_000_000.0 // 86400 * 86400 + 43200
NUMBERS = itertools.count(1)


def passing(event: Event, at: float, *, noticed_at: float = 0.0, route: str = "a", cost: int = 0) -> Passing:
    return Passing(next(NUMBERS), "job", at, event.value, route, noticed_at or at, cost)


def flow_of(*passings: Passing) -> Flow:
    flow = Flow()
    for each in passings:
        flow.add(each)
    return flow


def test_each_end_is_counted_for_its_route_from_a_moment_on() -> None:
    flow = flow_of(
        passing(Event.RETIRED, NOON - 600, cost=3),
        passing(Event.RETIRED, NOON, cost=2),
        passing(Event.SET_ASIDE, NOON + 10),
        passing(Event.WITHDRAWN, NOON + 10, route="b"),
    )
    assert flow.since(NOON) == {("a", "done"): 1, ("a", "failed"): 1, ("b", "withdrawn"): 1}
    assert flow.since(NOON - 86400)["a", "done"] == 2
    assert flow.cost_since(NOON)["a"] == 2
    assert flow.cost_since(NOON - 600)["a"] == 5


def test_how_full_it_was_is_counted_backwards_from_what_is_open_now() -> None:
    flow = flow_of(
        passing(Event.NOTICED, NOON - 3 * SLICE),
        passing(Event.NOTICED, NOON - 3 * SLICE),
        passing(Event.RETIRED, NOON - 2 * SLICE),
        passing(Event.NOTICED, NOON),
    )
    told = [depth.open for depth in flow.depths(NOON + 1, 4)]
    assert told[-5:] == [2, 4, 4, 3, 4]
    assert set(told[:-5]) == {2}
    assert len(told) == 288


def test_a_burst_within_one_slice_is_seen_at_its_height() -> None:
    burst = [passing(Event.NOTICED, NOON + 1)] * 7 + [passing(Event.RETIRED, NOON + 2)] * 7
    assert flow_of(*burst).depths(NOON + 9, 0)[-1] == Depth(NOON + 9, 7, None)


@given(st.lists(st.tuples(st.integers(0, int(SPAN) - 1), st.booleans()), max_size=60))
def test_it_is_never_less_than_empty_and_ends_with_now(changes: list[tuple[int, bool]]) -> None:
    events, depth = [], 0
    for ago, comes in sorted(changes, reverse=True):
        if comes or depth:
            depth += 1 if comes else -1
            events.append(passing(Event.NOTICED if comes else Event.RETIRED, NOON - ago))
    depths = flow_of(*events).depths(NOON, depth)
    assert min(each.open for each in depths) >= 0
    assert depths[-1].open >= depth
    assert [each.at for each in depths] == sorted(each.at for each in depths)


def test_what_waits_in_the_inboxes_is_known_where_somebody_looked() -> None:
    flow = Flow()
    flow.look(NOON - SLICE, 3)
    flow.look(NOON - SLICE + 10, 9)
    flow.look(NOON - SLICE + 20, 0)
    assert [depth.waiting for depth in flow.depths(NOON, 0)[-3:]] == [None, 9, None]


def test_an_older_day_is_forgotten() -> None:
    flow = flow_of(passing(Event.RETIRED, NOON - SPAN - 2 * SLICE), passing(Event.RETIRED, NOON - SPAN + 1))
    flow.look(NOON, 0)
    assert sum(flow.since(0).values()) == 1


def test_each_hour_of_the_day_has_its_files() -> None:
    flow = flow_of(
        passing(Event.RETIRED, NOON - 3600), passing(Event.SET_ASIDE, NOON - 1), passing(Event.RETIRED, NOON + 1800)
    )
    hours = flow.hours(NOON + 1801)
    assert len(hours) == 24
    assert [(hour.start - NOON, hour.done, hour.failed) for hour in hours[-2:]] == [(-3600, 1, 1), (0, 1, 0)]
    assert sum(hour.done for hour in hours) == 2


def test_the_usual_time_is_that_of_the_middle_one() -> None:
    assert Flow().typical() is None
    flow = flow_of(*(passing(Event.RETIRED, NOON, noticed_at=NOON - took) for took in (1, 2, 300)))
    assert flow.typical() == 2
    flow.add(passing(Event.SET_ASIDE, NOON, noticed_at=NOON - 5000))
    assert flow.typical() == 2, "what failed says nothing of how long a conversion takes"


@pytest.mark.parametrize(("seconds", "at"), [(0.0, 0), (1.0, 0), (1.1, 1), (14400.0, 12), (99999.0, 13)])
def test_a_duration_is_in_the_class_that_it_does_not_exceed(seconds: float, at: int) -> None:
    spread = Spread()
    spread.add(seconds)
    assert spread.counts.index(1) == at
    assert spread.total == seconds


def test_the_tally_only_grows() -> None:
    tally = Tally()
    for each in (Event.NOTICED, Event.RETIRED, Event.SET_ASIDE, Event.SET_ASIDE):
        tally.add(passing(each, NOON, noticed_at=NOON - 3, cost=2))
    assert tally.came == {"a": 1}
    assert tally.ended == {("a", "done"): 1, ("a", "failed"): 2}
    assert tally.cost["a"] == 6
    assert tally.took["a"].counts[2] == sum(tally.took["a"].counts) == 1
