"""One message at most of a cause in an interval, nothing lost, ends only of what was told: for all that may happen."""

import dataclasses
import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchconvert.core.messages import (
    GATHER,
    GIVE_UP,
    LEAST_TRIES,
    MOST_GROUPS,
    MOST_NAMES,
    Desk,
    Failure,
    Heap,
    Message,
    Pen,
    Saying,
    Standing,
    gather,
    is_given_up,
    make_due,
    next_to_send,
    pause_before_next,
    without_message,
)
from watchconvert.core.settings import Notify

EVERYTHING = ("failed", "held", "released", "low_balance", "budget")
NOTIFY = Notify("admins", "mail", EVERYTHING, interval=600.0)
ACCOUNT = Standing("held", "account", "account", "empty", 0.0)
ROUTE_A = Standing("held", "route a", "route", "bad settings", 0.0, ("a",))
LOW = Standing("low_balance", "balance", "balance", "5 left", 0.0)


class PlainWords:
    """Words that a test can take apart."""

    def failed(self, route: str, heap: Heap) -> Saying:
        return Saying("failed", "", {"route": route, "count": heap.count})

    def stands(self, standing: Standing, now: float) -> Saying:
        return Saying("stands", "", {"cause": standing.cause})

    def ended(self, standing: Standing, now: float) -> Saying:
        return Saying("ended", "", {"cause": standing.cause, "at": now})


class Office:
    """A desk, its clock, and a post that takes everything at once unless it is closed."""

    def __init__(self, notify: Notify = NOTIFY) -> None:
        self.notify, self.desk, self.now = notify, Desk(), 1000.0
        self.sent: list[Message] = []
        self.open = True
        self._ids = (f"{number:032x}" for number in itertools.count())

    def fail(self, count: int = 1, route: str = "a", why: str = "broken", start: int = 0) -> None:
        failures = [Failure(route, f"{number}.docx", why, "/e", sent=False) for number in range(start, start + count)]
        self.desk = gather(self.desk, self.notify, failures, self.now)

    def look(self, *standing: Standing) -> None:
        pen = Pen(PlainWords(), lambda: next(self._ids), self.now)
        self.desk = make_due(self.desk, self.notify, standing, pen)
        while self.open and (message := next_to_send(self.desk, {})):
            self.sent.append(message)
            self.desk = without_message(self.desk, message.id)

    def watch(self, seconds: float, *standing: Standing, step: float = 10.0) -> None:
        """Look again and again while time passes."""
        end = self.now + seconds
        while self.now < end:
            self.look(*standing)
            self.now += step

    def told(self) -> list[tuple[str, Any]]:
        return [(message.subject, message.facts.get("count", message.facts.get("cause"))) for message in self.sent]


def test_ten_thousand_failures_are_one_message_of_a_bounded_size() -> None:
    office = Office()
    for start in range(0, 10_000, 500):
        office.fail(500, why=f"reason {start // 500}", start=start)
        office.look()
        office.now += 1.0
    (heap,) = office.desk.heaps.values()
    assert (heap.count, len(heap.groups)) == (10_000, MOST_GROUPS)
    assert [len(group.names) for group in heap.groups] == [MOST_NAMES] * MOST_GROUPS
    assert heap.groups[0].names == tuple(f"{number}.docx" for number in range(MOST_NAMES))
    office.watch(60)
    assert office.told() == [("failed", 10_000)]
    assert office.desk.heaps == {}


def test_what_comes_within_the_interval_is_gathered_to_its_end() -> None:
    office = Office()
    office.fail()
    office.watch(100)
    office.fail(3)
    office.watch(200)
    office.fail(4)
    office.watch(250)
    assert office.told() == [("failed", 1)]
    office.watch(200)
    assert office.told() == [("failed", 1), ("failed", 7)]
    first, second = office.sent
    assert 600 <= second.at - first.at <= 620


def test_routes_do_not_wait_for_each_other() -> None:
    office = Office()
    office.fail(1, "a")
    office.watch(100)
    office.fail(2, "b")
    office.watch(100)
    assert [message.facts for message in office.sent] == [{"route": "a", "count": 1}, {"route": "b", "count": 2}]


def test_a_notifier_is_told_of_its_routes_and_causes_alone() -> None:
    office = Office(dataclasses.replace(NOTIFY, routes=("b",)))
    office.fail(1, "a")
    office.watch(100, ROUTE_A, ACCOUNT)
    assert office.told() == [("stands", "held account")]
    quiet = Office(dataclasses.replace(NOTIFY, on=("held",)))
    quiet.fail(1)
    quiet.watch(100, ROUTE_A, LOW)
    quiet.watch(100)
    assert quiet.told() == [("stands", "held route a")]
    assert quiet.desk.told == quiet.desk.heaps == {}


def test_a_hold_is_told_once_and_so_is_its_end() -> None:
    office = Office()
    office.watch(5000, ACCOUNT)
    assert office.told() == [("stands", "held account")]
    assert GATHER <= office.sent[0].at - 1000.0 <= GATHER + 10
    ended = office.now
    office.watch(5000)
    assert office.told() == [("stands", "held account"), ("ended", "held account")]
    assert office.sent[1].facts["at"] == ended, "the end is when it ended, not when it is told"
    assert office.sent[0].thread == office.sent[1].thread
    assert office.desk == Desk()


def test_a_hold_too_short_to_be_told_is_not_told_at_all() -> None:
    office = Office()
    for _ in range(20):
        office.watch(20, ACCOUNT)
        office.watch(20)
    assert office.told() == []


def test_a_hold_that_comes_and_goes_is_told_once_an_interval() -> None:
    office = Office()
    for _ in range(30):
        office.watch(60, ACCOUNT)
        office.watch(60)
    assert len(office.sent) <= 2 * (30 * 120 / 600 + 1)
    for subject in ("stands", "ended"):
        times = [message.at for message in office.sent if message.subject == subject]
        assert times
        assert all(later - earlier >= 600 for earlier, later in itertools.pairwise(times))


def test_a_hold_that_pauses_for_an_instant_is_not_told_to_be_over() -> None:
    office = Office()
    office.watch(100, ACCOUNT)
    office.watch(20)
    office.watch(100, ACCOUNT)
    assert office.told() == [("stands", "held account")]


def test_a_low_balance_is_told_once_until_it_was_good_again() -> None:
    office = Office()
    office.watch(5000, LOW)
    office.watch(5000)
    office.watch(5000, LOW)
    assert office.told() == [("stands", "low_balance balance")] * 2


def test_what_a_new_configuration_tells_no_more_ends_quietly() -> None:
    office = Office()
    office.watch(100, ROUTE_A)
    office.notify = dataclasses.replace(NOTIFY, routes=("b",))
    office.watch(1000)
    assert office.told() == [("stands", "held route a")]
    assert office.desk.told == {}


def test_while_a_message_waits_to_be_sent_no_other_of_its_cause_is_made() -> None:
    office = Office()
    office.open = False
    for _ in range(20):
        office.fail(5)
        office.watch(300)
    assert len(office.desk.waiting) == 1
    office.open = True
    office.watch(700)
    assert office.told() == [("failed", 5), ("failed", 95)]


@pytest.mark.parametrize("jump", [-1e9, -86400.0, -300.0, 300.0, 86400.0, 1e9])
def test_a_clock_that_jumps_keeps_no_message_back(jump: float) -> None:
    office = Office()
    office.now = 1e10
    office.fail(1)
    office.watch(60, ACCOUNT)
    office.now += jump
    office.fail(2)
    office.watch(700)
    assert sorted(office.told(), key=str) == [
        ("ended", "held account"), ("failed", 1), ("failed", 2), ("stands", "held account"),
    ]  # fmt: skip


def test_a_message_from_the_future_is_given_up_all_the_same() -> None:
    office = Office()
    office.open = False
    office.fail(1)
    office.watch(60)
    office.now -= 1e6
    office.look()
    (message,) = office.desk.waiting
    assert message.at == office.now


def test_a_message_is_given_up_after_hours_and_some_tries() -> None:
    message = Message("1" * 32, 1000.0, "failed", "c", "c", "s", "t")
    late = 1000.0 + GIVE_UP
    assert is_given_up(message, LEAST_TRIES, late)
    assert not is_given_up(message, LEAST_TRIES - 1, late + 1e9), (
        "a clock that jumps drops nothing that was hardly tried"
    )
    assert not is_given_up(message, 1000, late - 1)


def test_pauses_grow_to_a_quarter_of_an_hour() -> None:
    assert [pause_before_next(failures, 1.0) for failures in (1, 2, 3, 8, 9, 1000)] == [5, 10, 20, 640, 900, 900]
    assert pause_before_next(1, 0.0) == 2.5


def test_one_message_that_always_fails_does_not_keep_the_others() -> None:
    bad, good = (Message(digit * 32, 0.0, "failed", digit, digit, "s", "t") for digit in "12")
    desk = Desk(waiting=(bad, good))
    assert next_to_send(desk, {}) == next_to_send(desk, {bad.id: 2}) == bad
    assert next_to_send(desk, {bad.id: 3}) == good
    assert next_to_send(desk, {bad.id: 3, good.id: 3}) == bad
    assert next_to_send(Desk(), {}) is None


HAPPENS = st.lists(
    st.tuples(
        st.sampled_from(["fail", "hold", "release", "low", "topped up", "close", "open"]),
        st.integers(0, 40),
        st.sampled_from(["a", "b"]),
        st.sampled_from([0.0, 1.0, 29.0, 31.0, 599.0, 601.0, 3000.0, -100.0, -4000.0]),
    ),
    max_size=60,
)


class Life:
    """An office in which things happen, and what was told of each cause when, by a clock that nobody sets."""

    def __init__(self) -> None:
        self.office, self.failed, self.standing = Office(), {"a": 0, "b": 0}, dict[str, Standing]()
        self.steady, self.times, self.known = 0.0, dict[str, list[float]](), set[str]()

    def look(self) -> None:
        self.office.look(*self.standing.values())
        for message in (*self.office.desk.waiting, *self.office.sent):
            if message.id not in self.known:
                self.known.add(message.id)
                self.times.setdefault(message.cause, []).append(self.steady)

    def happen(self, what: str, count: int, route: str) -> None:
        if what == "fail":
            self.office.fail(count, route)
            self.failed[route] += count
        elif what == "hold":
            self.standing[route] = Standing("held", f"route {route}", "route", "x", self.office.now, (route,))
        elif what == "low":
            self.standing["low"] = LOW
        elif what in ("release", "topped up"):
            self.standing.pop(route if what == "release" else "low", None)
        else:
            self.office.open = what == "open"
        self.look()

    def pass_by(self, seconds: float) -> None:
        """Let time pass; less than none sets the clock back while a second goes by."""
        self.steady += max(seconds, 1.0 if seconds else 0.0)
        self.office.now += seconds
        self.look()


@settings(max_examples=150, deadline=None)
@given(HAPPENS)
def test_whatever_happens_nothing_is_lost_and_nothing_is_told_too_often(happens: list[Any]) -> None:
    """Every failure is in exactly one message, no cause has two in an interval, and ends follow what they end."""
    life = Life()
    for what, count, route, passes in happens:
        life.happen(what, count, route)
        life.pass_by(passes)
    life.office.open = True
    for _ in range(100):
        life.pass_by(31.0)
    sent = life.office.sent
    told = {route: sum(m.facts["count"] for m in sent if m.facts.get("route") == route) for route in life.failed}
    assert told == life.failed
    assert len({message.id for message in sent}) == len(sent)
    for cause, moments in life.times.items():
        assert all(later - earlier >= 600.0 - 1e-6 for earlier, later in itertools.pairwise(moments)), cause
    for route in life.failed:
        ways = [m.subject for m in sent if m.facts.get("cause") == f"held route {route}"]
        assert ways == [("stands", "ended")[number % 2] for number in range(len(ways))]
        assert (len(ways) % 2 == 1) == (route in life.standing)
    assert life.office.desk.waiting == ()
