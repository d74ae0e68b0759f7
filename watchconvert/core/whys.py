"""What is with a file and what happens next, as a sentence for each gate, state and hold that there is.

Tests go through the enumerations, so that a new member without its sentence is noticed.
"""

from collections.abc import Callable

from watchconvert.core.answers import Scope
from watchconvert.core.job import Job
from watchconvert.core.naming import shown
from watchconvert.core.settings import Route
from watchconvert.core.settle import BLIND_SETTLE, Gate
from watchconvert.core.states import State
from watchconvert.core.units import say_duration

_MOST = 600
"""Characters of what the service or the system said that are shown."""


def say_gate(gate: Gate, who: str, route: Route) -> str:
    """Say what a file in an inbox waits for and what happens then; `who` is its name as it may be shown."""
    if gate is Gate.OPEN:
        return f"{who} is complete; route {route.name} takes it at its next look at the inbox."
    stays = "is not taken" if gate in _NEVER else "waits in the inbox"
    return f"{who} {stays}: {gate.value}; {_AFTER_GATE[gate](route)}."


def _given_back(route: Route) -> str:
    return (
        "it is taken when it has become whole, and goes to the error folder with an explanation"
        f" if it stays so for {say_duration(route.incomplete_after)}"
    )


_NEVER = frozenset({Gate.LINK, Gate.SHARED, Gate.OTHER, Gate.ELSEWHERE})

_AFTER_GATE: dict[Gate, Callable[[Route], str]] = {
    Gate.OPEN: lambda _: "it is taken at the next look at the inbox",
    Gate.WRITER: lambda _: "it is taken when that program has closed it",
    Gate.QUIET: lambda route: (
        f"it is taken when it has stayed as it is for {say_duration(route.settle)}"
        f" ({say_duration(max(route.settle, BLIND_SETTLE))} where nobody can tell who writes)"
    ),
    Gate.EMPTY: _given_back,
    Gate.CUT_OFF: _given_back,
    Gate.MARKER: lambda route: f"it is taken when there is a file named {route.done.replace('{name}', 'NAME')} for it",
    Gate.UNREADABLE: lambda _: "it is taken when the user that watchconvert runs as may read it",
    Gate.ELSEWHERE: lambda _: "move it to the top of the inbox, or make a route of that folder",
    Gate.LINK: lambda _: "put the file itself there",
    Gate.SHARED: lambda _: "copy it there instead of linking it",
    Gate.OTHER: lambda _: "it stays where it is",
}


def say_hold(scope: Scope, name: str, reason: str, wait: float) -> str:
    """Say what a hold pauses and when it is looked at again; `wait` in seconds.

    A person's says by itself who has asked for it, why, and what ends it.
    """
    if scope is Scope.PAUSE:
        return f"{plain(reason)} {_AFTER_HOLD[scope]}"
    again = f"in {say_duration(wait)}" if wait >= 1 else "now"
    who = "Everything" if scope is Scope.BUDGET and not name else _HELD[scope].format(name=name)
    return f"{who} is held: {plain(reason)} {_AFTER_HOLD[scope]} Looked at again {again}."


_HELD = {
    Scope.ACCOUNT: "The account",
    Scope.SERVICE: "The service",
    Scope.ROUTE: "Route {name}",
    Scope.DISK: "The disk of {name}",
    Scope.BUDGET: "Route {name}",
}
_AFTER_HOLD = {
    Scope.ACCOUNT: "New files stay in the inbox, and everything goes on by itself once the account is in order.",
    Scope.SERVICE: "New files stay in the inbox, and everything goes on by itself once the service answers.",
    Scope.ROUTE: "Its new files stay in the inbox; it goes on by itself once its settings are accepted.",
    Scope.DISK: "Nothing is bought that could not be stored; it goes on by itself once there is room.",
    Scope.PAUSE: "Until then new files stay in the inbox; what was bought already comes out.",
    Scope.BUDGET: "New files stay in the inbox, and what is bought is finished; the rest goes on by itself once more"
    " may be spent: then, or at once after a reload with a larger budget.",
}


def say_job(job: Job, now: float) -> str:
    """Say what became of a job, or what it is about, what keeps it, and when it goes on."""
    words = f"{shown(job.name)} {_STATES[job.state](job)}"
    if job.state in (State.DONE, State.FAILED, State.WITHDRAWN):
        return words
    next_step = "It is asked about again" if job.state is State.CONVERTING and not job.troubled_at else "Next try"
    wait = f" {next_step} in {say_duration(job.due - now)}." if job.due - now >= 1 else ""
    if job.troubled_at:
        tries = f" after {job.tries} {'try' if job.tries == 1 else 'tries'}" if job.tries else ""
        return f"{words} That does not go on{tries}: {_ended(plain(job.note))}{wait}"
    return f"{words} {_ended(plain(job.note))}{wait}" if job.note else words + wait


_STATES: dict[State, Callable[[Job], str]] = {
    State.NOTICED: lambda _: "is complete and about to be taken out of the inbox.",
    State.CLAIMED: lambda _: "was taken and is being sent to the service.",
    State.UPLOADED: lambda _: "has been sent, and its conversion is about to be asked for.",
    State.SUBMITTING: lambda _: "has been sent, and the service's reply to its conversion is awaited.",
    State.CONVERTING: lambda _: "is being converted by the service.",
    State.CONVERTED: lambda _: "has been converted, and its result is being fetched.",
    State.FETCHED: lambda job: f"has been converted, and its result is about to appear in {_path(job.order.outbox)}.",
    State.PUBLISHED: lambda job: f"was converted to {_outputs(job)}; its source is about to be {_retired(job)}.",
    State.REJECTED: lambda job: (
        f"cannot be converted: {_why(job)} It is about to be laid into {_path(job.order.error)}."
    ),
    State.DONE: lambda job: (
        f"was converted to {_outputs(job)} in {_path(job.order.outbox)}; its source was {_retired(job)}."
    ),
    State.FAILED: lambda job: (
        f"could not be converted: {_why(job)} It was laid into {_path(job.order.error)} with its explanation;"
        f" to try again, move it back into {_path(job.order.inbox)}."
    ),
    State.WITHDRAWN: lambda job: (
        f"was not converted by this job: {plain(job.note) or 'the file left the inbox'}."
        " If it is in the inbox again, it is taken as a new file."
    ),
}


def _outputs(job: Job) -> str:
    return ", ".join(shown(part.name) for part in job.parts) or "nothing"


def _retired(job: Job) -> str:
    return "deleted" if job.order.source == "delete" else f"moved to {_path(job.order.archive)}"


def _why(job: Job) -> str:
    return _ended(plain(job.verdict.sentence if job.verdict else job.note) or "nobody noted why")


def _path(path: str) -> str:
    return shown(path.encode("utf-8", "surrogateescape"))


def _ended(words: str) -> str:
    return words if words.endswith((".", "!", "?", "…")) else f"{words}."


def plain(words: str) -> str:
    """Return words of the service or the system as they may be shown."""
    return shown(words.encode("utf-8", "replace"), _MOST)
