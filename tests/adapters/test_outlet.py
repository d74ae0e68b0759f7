"""The log goes out without waiting, whoever reads at the other end."""

import os
import socket
import threading

import pytest

from watchconvert.adapters import outlet
from watchconvert.adapters.outlet import Lines, Outlet


class Door:
    """What takes events while it is open."""

    def __init__(self) -> None:
        self.is_open, self.taken = True, list[str]()

    def hand_on(self, item: str) -> bool:
        if self.is_open:
            self.taken.append(item)
        return self.is_open


@pytest.fixture
def door() -> Door:
    return Door()


def test_what_is_not_taken_goes_out_in_its_order_with_the_next(door: Door) -> None:
    out = Outlet(door.hand_on, lambda lost: f"{lost} lost")
    out.put("a")
    door.is_open = False
    out.put("b")
    out.put("c")
    assert door.taken == ["a"]
    door.is_open = True
    out.put("d")
    assert door.taken == ["a", "b", "c", "d"]


def test_what_is_left_out_is_counted_and_told_once(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlet, "_MOST", 3)
    out = Outlet(door.hand_on, lambda lost: f"{lost} lost")
    door.is_open = False
    for item in "abcdef":
        out.put(item)
    door.is_open = True
    out.put("g")
    out.put("h")
    # The first may have gone out in part, so it is the second that gives way.
    assert door.taken == ["a", "f", "g", "4 lost", "h"]


def test_many_threads_lose_nothing_and_mix_nothing() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        lines = Lines(ours.fileno())
        out = Outlet(lines.hand_on, lambda _lost: bytearray(b"lost\n"))

        def run(number: int) -> None:
            for count in range(100):
                out.put(bytearray(b"%d-%d %s\n" % (number, count, b"x" * 100)))

        threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        theirs.settimeout(10)
        found = bytearray()
        while found.count(b"\n") < 800:
            if not (data := theirs.recv(65536)):
                break
            found += data
            out.put(bytearray())
        for thread in threads:
            thread.join()
    told = found.decode().splitlines()
    assert len(told) == len(set(told)) == 800
    assert {len(line.partition(" ")[2]) for line in told} == {100}


@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_a_reader_that_stops_reading_stops_nobody_and_gets_whole_lines_later(kind: str) -> None:
    if kind == "pipe":
        reading, writing = os.pipe()
    else:
        one, other = socket.socketpair()
        reading, writing = one.detach(), other.detach()
    try:
        out = Outlet(Lines(writing).hand_on, lambda lost: bytearray(b"%d lost\n" % lost))
        for number in range(900):
            out.put(bytearray(b"%03d %s\n" % (number, b"x" * 9000)))  # more than any buffer holds
        os.set_blocking(reading, False)
        found = bytearray()
        for _ in range(4000):
            out.put(bytearray())
            try:
                found += os.read(reading, 1 << 20)
            except BlockingIOError:
                continue
            if found.count(b"\n") == 900:
                break
    finally:
        os.close(reading)
        os.close(writing)
    assert found.decode().splitlines() == [f"{number:03d} {'x' * 9000}" for number in range(900)]


def test_nobody_at_the_other_end_or_a_full_disk_is_no_fault() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    line = bytearray(b"a line\n")
    assert Lines(writing).hand_on(line) is True
    os.close(writing)
    assert line == b""
    with open("/dev/full", "wb") as full:
        assert Lines(full.fileno()).hand_on(bytearray(b"a line\n")) is True
