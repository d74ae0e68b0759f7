"""Time and alarms: rung at once, never lost."""

import threading
import time

from watchconvert.adapters.clock import Clock

LONG = 30.0


def test_the_clock_tells_wall_time_and_steady_time() -> None:
    clock = Clock()
    assert abs(clock.now() - time.time()) < 5
    assert abs(clock.steady() - time.monotonic()) < 5
    moment = clock.local_moment()
    assert abs(moment.timestamp() - time.time()) < 5
    assert moment.tzname()


def test_the_dice_fall_within_their_bounds_and_not_always_the_same() -> None:
    throws = [Clock().dice() for _ in range(50)]
    assert all(0 <= throw < 1 for throw in throws)
    assert len(set(throws)) > 1


def test_a_stop_is_for_good() -> None:
    clock = Clock()
    assert not clock.stopped()
    clock.stop()
    clock.stop()
    assert clock.stopped()


def test_an_alarm_that_was_rung_before_ends_the_next_wait_and_only_that() -> None:
    clock = Clock()
    alarm = clock.alarm()
    alarm.ring()
    alarm.ring()
    start = clock.steady()
    alarm.wait(LONG)
    assert clock.steady() - start < LONG / 2
    start = clock.steady()
    alarm.wait(0.05)
    assert clock.steady() - start >= 0.04


def test_an_alarm_wakes_who_waits() -> None:
    alarm = Clock().alarm()
    waiter = threading.Thread(target=alarm.wait, args=(LONG,), daemon=True)
    waiter.start()
    alarm.ring()
    waiter.join(LONG / 2)
    assert not waiter.is_alive()


def test_alarms_do_not_ring_each_other() -> None:
    clock = Clock()
    one, other = clock.alarm(), clock.alarm()
    one.ring()
    start = clock.steady()
    other.wait(0.05)
    assert clock.steady() - start >= 0.04


def test_a_wait_of_less_than_nothing_is_over_at_once() -> None:
    clock = Clock()
    start = clock.steady()
    clock.alarm().wait(-5.0)
    assert clock.steady() - start < LONG / 2
