"""What the supervisor misses, and when; the clock is the test's."""

import threading
from collections.abc import Iterator

import pytest

from tests.e2e.stage import wait_for
from watchconvert.adapters.clock import Clock
from watchconvert.engine.supervisor import LATE, Supervisor


class Time(Clock):
    """A steady clock that the test moves."""

    def __init__(self) -> None:
        super().__init__()
        self.at = 100.0

    def steady(self) -> float:
        return self.at


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def supervisor(time: Time) -> Iterator[Supervisor]:
    made = Supervisor(time, late=5.0)
    yield made
    made.stop(5.0)


class Gate:
    """A round that says when it has begun and ends when it is let go."""

    def __init__(self, pause: float = 60.0) -> None:
        self.begun, self.go, self._pause = threading.Semaphore(0), threading.Semaphore(0), pause

    def __call__(self) -> float:
        self.begun.release()
        self.go.acquire(timeout=10)
        return self._pause


def test_a_round_that_does_not_end_is_late_from_its_beginning(supervisor: Supervisor, time: Time) -> None:
    gate = Gate()
    loop = supervisor.add("slow", gate)
    supervisor.start()
    assert gate.begun.acquire(timeout=10)
    gate.go.release()  # the first round ends and asks for a minute
    loop.alarm.ring()
    assert gate.begun.acquire(timeout=10)
    time.at += 5.1
    assert supervisor.late() == ["slow"]
    gate.go.release()


def test_a_rest_is_no_delay(supervisor: Supervisor, time: Time) -> None:
    gate = Gate(pause=60.0)
    loop = supervisor.add("resting", gate)
    supervisor.start()
    gate.go.release()
    wait_for(lambda: loop.asleep_until > 150, "the first round to end", 10.0)
    time.at += 60.0
    assert supervisor.late() == []
    time.at += 5.1
    assert supervisor.late() == ["resting"]


def test_a_loop_that_never_begins_is_late(supervisor: Supervisor, time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Supervisor, "_run", lambda *_: None)
    supervisor.add("still", lambda: 1.0)
    supervisor.start()
    time.at += 5.1
    assert supervisor.late() == ["still"]


@pytest.mark.parametrize(("may_hang", "slow", "late"), [(True, False, []), (False, True, ["x"])])
def test_some_loops_have_more_time(
    supervisor: Supervisor, time: Time, *, may_hang: bool, slow: bool, late: list[str]
) -> None:
    gate = Gate()
    supervisor.add("x", gate, may_hang=may_hang, slow=slow)
    supervisor.start()
    assert gate.begun.acquire(timeout=10)
    time.at += LATE - 1
    assert supervisor.late() == []
    time.at += 2
    assert supervisor.late() == late
    gate.go.release()


def test_an_ended_loop_is_closed_and_not_missed(supervisor: Supervisor, time: Time) -> None:
    closed = threading.Event()
    loop = supervisor.add("gone", lambda: 60.0)
    loop.on_end = closed.set
    supervisor.start()
    supervisor.end(loop, 10.0)
    assert closed.is_set()
    time.at += 1000
    assert supervisor.late() == []
    assert supervisor.fault() is None
