"""What the daemon had in hand when it died, told to its next life."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from watchconvert.adapters import hand as hand_module
from watchconvert.adapters.hand import Hand

ONE, TWO = "1" * 32, "2" * 32


@contextlib.contextmanager
def hand_at(path: Path) -> Iterator[Hand]:
    hand = Hand(str(path))
    try:
        yield hand
    finally:
        hand.close()


def test_what_was_in_hand_is_told_once(tmp_path: Path) -> None:
    with hand_at(tmp_path / "hand") as hand:
        hand.take(ONE, "claimed")
        hand.take(TWO, "submitting")
        hand.lay_down(ONE)
    with hand_at(tmp_path / "hand") as hand:
        assert hand.left_over() == [(TWO, "submitting")]
        assert hand.left_over() == []
    with hand_at(tmp_path / "hand") as hand:
        assert hand.left_over() == []


def test_a_first_life_has_no_past_and_its_marks_are_its_own_affair(tmp_path: Path) -> None:
    with hand_at(tmp_path / "hand") as hand:
        assert hand.left_over() == []
    assert (tmp_path / "hand").stat().st_mode & 0o777 == 0o600


def test_what_was_laid_down_or_never_taken_leaves_no_mark(tmp_path: Path) -> None:
    with hand_at(tmp_path / "hand") as hand:
        hand.lay_down(ONE)
        for _ in range(3):
            hand.take(ONE, "claimed")
            hand.lay_down(ONE)
        assert hand.left_over() == []


def test_a_full_hand_takes_no_more_and_frees_its_slots(tmp_path: Path) -> None:
    slots = hand_module._SLOTS
    with hand_at(tmp_path / "hand") as hand:
        for number in range(slots + 5):
            hand.take(f"{number:032x}", "claimed")
        hand.lay_down(f"{slots + 1:032x}")
        hand.lay_down(f"{3:032x}")
        hand.take(ONE, "rejected")
        left = hand.left_over()
    assert len(left) == slots
    assert (ONE, "rejected") in left
    assert (f"{3:032x}", "claimed") not in left


def test_torn_marks_are_left_out(tmp_path: Path) -> None:
    with hand_at(tmp_path / "hand") as hand:
        hand.take(TWO, "claimed")
    with (tmp_path / "hand").open("r+b") as file:
        file.write(b"\xff\xfe half a mark\n\0\0torn\0")
    with hand_at(tmp_path / "hand") as hand:
        assert hand.left_over() == [(TWO, "claimed")]


def test_a_mark_outlives_a_process_that_is_killed(tmp_path: Path) -> None:
    path = str(tmp_path / "hand")
    program = f"""
import os, signal
from watchconvert.adapters.hand import Hand
Hand({path!r}).take({ONE!r}, "claimed")
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", program], timeout=30, check=False).returncode == -9
    assert os.path.exists(path)
    with hand_at(Path(path)) as hand:
        assert hand.left_over() == [(ONE, "claimed")]
