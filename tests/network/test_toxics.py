"""Everything that a network can do to one kind of request, for a while: one bill and one whole output for each file.

With WATCHCONVERT_SWEEP=full each toxic goes on for longer, on every kind and in both dialects, and replies are cut at
every one of their first bytes; without it the slow ones, which cost a time-out each time, are tried on two kinds each.
"""

import itertools
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.network.chaos import Line
from tests.network.toxics import DOSES, ELSEWHERE, Dose, be_silent, cut, redirect
from tests.network.trial import FULL, KINDS, SHORT, trial

PATIENT = 12
"""Of the fetches of two files it must be more than the tries after which a result that cannot be used is given back."""
BOUNDED = ("packed by gzip", "packed by deflate", "packed badly", "packed unknown", "garbage 14", "length short")
"""A result that comes so cannot be used; that is borne four times (docs/design.md, "The way of a file")."""
EVERYWHERE = [
    Dose(f"cut at {at}, hard {hard}", partial(cut, at, hard=hard), slow=False)
    for at in range(2, 260)
    for hard in (False, True)
]
"""The first bytes of every reply, one by one."""


@pytest.fixture
def stranger() -> Iterator[socket.socket]:
    """A server of somebody else, to which nobody may turn."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def kinds_of(number: int, dose: Dose) -> tuple[str, ...]:
    """Return the kinds of request on which a toxic is tried."""
    if FULL:
        return KINDS
    if dose.slow:
        return (KINDS * 2)[number % len(KINDS) :][:2]
    return tuple(
        kind for kind in KINDS if kind not in ("delete", "probe") or number % 3 == ("delete", "probe").index(kind)
    )


def hits_of(kind: str, dose: Dose) -> int:
    """Return how often a toxic is at work before the network heals."""
    if kind == "fetch" and dose.name in BOUNDED:
        return 3
    if dose in EVERYWHERE:
        return 1
    usual = 1 if dose.slow else {"fetch": PATIENT, "upload": 3, "submit": 3}.get(kind, 2)
    return 4 * usual if FULL else usual


def suffer_and_recover(dialect: str, kind: str, dose: Dose) -> None:
    """Try one toxic at one kind of request."""
    with trial(dialect) as it:
        try:
            it.suffer(kind, dose.toxic, hits_of(kind, dose))
            it.recover()
            it.check()
        except AssertionError as fault:
            raise AssertionError(f"{dose.name}, at each {kind}: {fault}") from fault


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dialect", ["current", "old"] if FULL else ["current"])
def test_whatever_the_network_does_each_file_is_converted_and_paid_for_once(
    kind: str, dialect: str, tell: Callable[[str], None]
) -> None:
    if (dialect, kind) == ("old", "poll"):
        pytest.skip("there the reply to the submit brings the result")
    begun = time.monotonic()
    doses = [dose for number, dose in enumerate(DOSES) if kind in kinds_of(number, dose)]
    doses += EVERYWHERE if FULL else []
    for dose in doses:
        suffer_and_recover(dialect, kind, dose)
    if FULL:
        tell(
            f"toxics at each {kind}, {dialect}: schedules {len(doses)}, violations 0, {time.monotonic() - begun:.0f} s"
        )


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_is_led_elsewhere(kind: str, stranger: socket.socket) -> None:
    port = stranger.getsockname()[1]
    for address in ELSEWHERE:
        with trial() as it:
            it.suffer(kind, lambda line, to=address: redirect(to.format(stranger=port), line), 2)  # type: ignore[misc]
            it.recover()
            it.check()


def test_a_network_that_does_everything_in_turn() -> None:
    turns = itertools.cycle([dose.toxic for dose in DOSES if not dose.slow and dose.name not in BOUNDED])

    def next_one(line: Line) -> None:
        next(turns)(line)

    with trial() as it:
        for _ in range(40 if FULL else 3):
            it.proxy.heal()
            it.proxy.poison(**dict.fromkeys(KINDS, next_one))
            for _ in range(60):
                it.round()
            it.proxy.poison()
            for _ in range(3):
                it.round()
        it.recover()
        it.check()


def test_a_request_is_given_up_in_time() -> None:
    """What is silent or drips keeps nobody for longer than twice the time-out, whatever comes in between."""
    slow = [dose for dose in DOSES if dose.name in ("silent", "drip", "drip of the body", "continues for ever")]
    assert len(slow) == 4
    for dose in slow:
        with trial() as it:
            it.proxy.poison(upload=dose.toxic)
            begun = time.monotonic()
            for lane in it.world.lanes:
                lane.round(it.world.clock.steady())
            while not it.proxy.hits["upload"]:
                it.round()
            taken = time.monotonic() - begun
            assert taken < 2 * len(it.world.jobs()) * SHORT + 2.0, dose.name


def test_a_silent_service_is_seen_to_be_silent() -> None:
    """The sweep would be worth nothing if its toxics did nothing."""
    with trial() as it:
        it.suffer("upload", be_silent, 3)
        assert [job.state.value for job in it.world.jobs()] == ["claimed", "claimed"]
        assert it.service.sold == []
        it.recover()
        it.check()
