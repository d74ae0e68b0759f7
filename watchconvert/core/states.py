"""The life of a job: its states, the events that move it, and nothing else.

This module is the only place that knows which event may follow which state.
It touches no file, no clock, no network.  A state says what is already true
and durable; each state that is not at rest has exactly one step, and the step
ends in one event (docs/design.md, "The way of a file").
"""

import enum


class State(enum.StrEnum):
    """What is already true, and durable, about a job."""

    NOTICED = "noticed"
    """The journal has a row; the file was settled and may still lie in the inbox."""
    CLAIMED = "claimed"
    """The source lies in our stage; the service knows nothing that counts."""
    UPLOADED = "uploaded"
    """The service has the source under a journaled file id."""
    SUBMITTING = "submitting"
    """The JobId is committed; the service may know it."""
    CONVERTING = "converting"
    """The service has the job."""
    CONVERTED = "converted"
    """The list of results is in the row."""
    FETCHED = "fetched"
    """Every part is whole and synced in the stage of the outbox."""
    PUBLISHED = "published"
    """Every output stands in the outbox under its name."""
    REJECTED = "rejected"
    """Why is in the row; the source is still in our stage."""
    DONE = "done"
    """At rest: converted, the source archived or deleted as the route says."""
    FAILED = "failed"
    """At rest: the source lies in the error folder with its explanation."""
    WITHDRAWN = "withdrawn"
    """At rest: the file left the inbox before it was claimed, or the stage (by other hands) before it was converted."""


class Event(enum.StrEnum):
    """What has just happened to a job."""

    NOTICED = "noticed"
    """The row was made (it leads to a job's first state and has no edge)."""
    CLAIMED = "claimed"
    """The source was renamed into our stage."""
    WITHDRAWN = "withdrawn"
    """Nothing is left to claim under that name, or nothing is left in the stage."""
    UPLOADED = "uploaded"
    """The service has the whole source."""
    MINTED = "minted"
    """A JobId was chosen and committed."""
    ACCEPTED = "accepted"
    """The service knows the JobId."""
    CONVERTED = "converted"
    """The service named its results."""
    FETCHED = "fetched"
    """Every part was received, checked and synced."""
    PUBLISHED = "published"
    """Every part was renamed into the outbox."""
    RETIRED = "retired"
    """The source went to the archive (or was deleted, as the route says)."""
    REJECTED = "rejected"
    """The file cannot be converted, for a reason in the row."""
    SET_ASIDE = "set_aside"
    """The source and its explanation lie in the error folder."""
    MISLAID = "mislaid"
    """The parts are not in the stage of the outbox: it is another folder now, or other hands took them out."""
    FORGOTTEN = "forgotten"
    """The service does not know the file, the job or its result (any more)."""
    SENT_BACK = "sent_back"
    """The service failed this round and may be asked for another."""
    DELAYED = "delayed"
    """Nothing changed; the step is tried again later."""


_S, _E = State, Event

TRANSITIONS: dict[State, dict[Event, State]] = {
    _S.NOTICED: {_E.CLAIMED: _S.CLAIMED, _E.WITHDRAWN: _S.WITHDRAWN},
    _S.CLAIMED: {_E.UPLOADED: _S.UPLOADED, _E.REJECTED: _S.REJECTED, _E.WITHDRAWN: _S.WITHDRAWN},
    _S.UPLOADED: {
        _E.MINTED: _S.SUBMITTING,
        _E.FORGOTTEN: _S.CLAIMED,
        _E.REJECTED: _S.REJECTED,
        _E.WITHDRAWN: _S.WITHDRAWN,
    },
    _S.SUBMITTING: {
        _E.ACCEPTED: _S.CONVERTING,
        _E.CONVERTED: _S.CONVERTED,
        _E.FORGOTTEN: _S.CLAIMED,
        _E.SENT_BACK: _S.CLAIMED,
        _E.REJECTED: _S.REJECTED,
    },
    _S.CONVERTING: {
        _E.CONVERTED: _S.CONVERTED,
        _E.FORGOTTEN: _S.CLAIMED,
        _E.SENT_BACK: _S.CLAIMED,
        _E.REJECTED: _S.REJECTED,
    },
    _S.CONVERTED: {
        _E.FETCHED: _S.FETCHED,
        _E.FORGOTTEN: _S.CLAIMED,
        _E.REJECTED: _S.REJECTED,
    },
    _S.FETCHED: {_E.PUBLISHED: _S.PUBLISHED, _E.MISLAID: _S.CONVERTED, _E.REJECTED: _S.REJECTED},
    _S.PUBLISHED: {_E.RETIRED: _S.DONE},
    _S.REJECTED: {_E.SET_ASIDE: _S.FAILED},
    _S.DONE: {},
    _S.FAILED: {},
    _S.WITHDRAWN: {},
}
"""Which state an event leads to.

`DELAYED` is not in the table: it may come in any state that has an exit, and
it leaves the state as it is.
"""

RESTING = frozenset(state for state, exits in TRANSITIONS.items() if not exits)
"""States that nothing leads out of."""

UNPAID = frozenset({_S.NOTICED, _S.CLAIMED, _S.UPLOADED})
"""States in which nothing was bought yet for the present round."""


class IllegalEventError(Exception):
    """The event cannot happen to a job in this state: a bug, not a fault."""


def state_after(state: State, event: Event) -> State:
    """Return the state that `event` leads to.

    Raises:
        IllegalEventError: the table has no such edge.

    """
    if event is Event.DELAYED and state not in RESTING:
        return state
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise IllegalEventError(f"{event.value} cannot happen to a {state.value} job") from None
