"""The table of states: complete, and without a way to get stuck."""

from itertools import product

import pytest

from watchconvert.core.states import RESTING, TRANSITIONS, UNPAID, Event, IllegalEventError, State, state_after

MOVING = [state for state in State if state not in RESTING]
ILLEGAL = [
    (state, event)
    for state, event in product(State, Event)
    if event not in TRANSITIONS[state] and (event is not Event.DELAYED or state in RESTING)
]
LEGAL = {(state, event): after for state, exits in TRANSITIONS.items() for event, after in exits.items()}
MAIN_WAY = (
    (Event.CLAIMED, State.CLAIMED),
    (Event.UPLOADED, State.UPLOADED),
    (Event.MINTED, State.SUBMITTING),
    (Event.ACCEPTED, State.CONVERTING),
    (Event.CONVERTED, State.CONVERTED),
    (Event.FETCHED, State.FETCHED),
    (Event.PUBLISHED, State.PUBLISHED),
    (Event.RETIRED, State.DONE),
)


def reachable_from(start: State) -> set[State]:
    found, ahead = set(), [start]
    while ahead:
        state = ahead.pop()
        if state not in found:
            found.add(state)
            ahead.extend(TRANSITIONS[state].values())
    return found


def test_every_state_has_a_row_and_three_are_at_rest() -> None:
    assert set(TRANSITIONS) == set(State)
    assert {State.DONE, State.FAILED, State.WITHDRAWN} == RESTING


def test_the_way_of_a_file_is_that_of_the_design() -> None:
    state = State.NOTICED
    for event, expected in MAIN_WAY:
        state = state_after(state, event)
        assert state is expected


@pytest.mark.parametrize("state", MOVING)
def test_every_other_state_has_an_exit_and_a_way_to_rest(state: State) -> None:
    assert TRANSITIONS[state]
    assert reachable_from(state) & RESTING


def test_every_state_is_reached_from_the_first() -> None:
    assert reachable_from(State.NOTICED) == set(State)


@pytest.mark.parametrize("state", MOVING)
def test_a_delay_keeps_the_state(state: State) -> None:
    assert state_after(state, Event.DELAYED) is state


@pytest.mark.parametrize("state", State)
def test_what_the_table_does_not_name_is_a_bug(state: State) -> None:
    for event in (event for there, event in ILLEGAL if there is state):
        with pytest.raises(IllegalEventError, match=f"{event.value} cannot happen to a {state.value} job"):
            state_after(state, event)


def test_every_way_back_leads_to_another_upload() -> None:
    back = {(event, after) for (_, event), after in LEGAL.items() if event in (Event.FORGOTTEN, Event.SENT_BACK)}
    assert back == {(Event.FORGOTTEN, State.CLAIMED), (Event.SENT_BACK, State.CLAIMED)}


def test_before_the_claim_nothing_can_be_rejected() -> None:
    assert Event.REJECTED not in TRANSITIONS[State.NOTICED]


def test_only_set_aside_leads_to_failed_and_only_retired_to_done() -> None:
    assert {event for (_, event), after in LEGAL.items() if after is State.FAILED} == {Event.SET_ASIDE}
    assert {event for (_, event), after in LEGAL.items() if after is State.DONE} == {Event.RETIRED}


def test_only_minting_leads_from_what_is_unpaid_to_what_is_sent() -> None:
    bought = {State.SUBMITTING, State.CONVERTING, State.CONVERTED, State.FETCHED, State.PUBLISHED}
    crossings = {event for (state, event), after in LEGAL.items() if state in UNPAID and after in bought}
    assert crossings == {Event.MINTED}
