"""Real small disks fill up and are freed: files wait, it is told why, and all goes on by itself.

Each of a route's folders, and the journal, lies in turn on a file system of a few megabytes in a file (loop mount),
which runs out of bytes, of inodes or of a quota at any point of a file's way.
"""

import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from tests.engine.world import DOUBT
from tests.faults.acts import FULL, act_at
from tests.faults.calls import Trouble, faulty_calls
from tests.faults.hogs import Hog
from tests.faults.mounts import loop_disk, need_mounts
from tests.faults.worlds import FaultyWorld, check, in_memory
from tests.proof.invariants import broken
from watchconvert.core.job import Verdict
from watchconvert.engine.tools import Pace

CYCLES = 100 if FULL else 2
HOUR = 80
"""Rounds of 45 s."""
REFUSED = {"refuse": Verdict("It is damaged.", 500, 5002)}


@dataclass(frozen=True)
class Case:
    """Which folder is on the small disk, what runs out, and how the disk is made."""

    folder: str
    what: str = "bytes"
    size: str = "4M"
    make: tuple[str, ...] = ("mkfs.ext4", "-q", "-F", "-m", "0", "-N", "1024")
    told: bool = True
    """Whether the file system tells how much room is left; where a quota holds it does not."""


CASES = {
    "outbox": Case("outbox"),
    "inbox": Case("inbox"),
    "archive": Case("archive"),
    "error folder": Case("error"),
    "outbox without inodes": Case("outbox", "inodes"),
    "inbox without inodes": Case("inbox", "inodes"),
    "archive without inodes": Case("archive", "inodes"),
    "journal": Case("journal", size="64M"),
    "outbox on xfs": Case("outbox", size="320M", make=("mkfs.xfs", "-q", "-f")),
    "outbox with a quota": Case("outbox", size="160M", make=("mkfs.btrfs", "-q", "-f"), told=False),
}
SLOW = {"outbox on xfs", "outbox with a quota"}


@contextmanager
def on_small_disk(case: Case) -> Iterator[tuple[FaultyWorld, Hog]]:
    """Run a world with one folder on a small disk."""
    trouble, service = Trouble(), REFUSED if case.folder == "error" else {}
    with in_memory() as root, ExitStack() as stack:
        disk = stack.enter_context(loop_disk(root / "image", root / "disk", case.size, *case.make))
        top = limit_quota(disk) if "btrfs" in case.make[0] else disk
        stack.enter_context(faulty_calls(trouble))
        world = FaultyWorld(root / "world", trouble, **service)
        world.root.mkdir()
        world.pace = Pace(doubt=DOUBT, min_free=64 * 1024)
        if case.folder == "journal":
            world.root = top
        else:
            world.change_route(**{case.folder: str(top / case.folder)})
        stack.callback(world.stop)
        world.drop("first.docx", b"the first")
        world.rise()
        assert world.go_on(50, 1.0)
        yield world, Hog(top, case.what)


def limit_quota(disk: Path) -> Path:
    """Give a subvolume three megabytes."""
    volume = disk / "volume"
    for words in (["quota", "enable", disk], ["subvolume", "create", volume], ["qgroup", "limit", "3M", volume]):
        subprocess.run(["btrfs", *words], check=True, capture_output=True)
    return volume


def told(world: FaultyWorld) -> str:
    """Return all that the daemon says of why files wait."""
    lanes = [lane.offline for lane in world.lanes] if world.is_up else []
    holds = [hold.reason for hold in world.holds.standing()] if world.is_up else []
    notes = [job.note for job in world.open_jobs()] if world.is_up else []
    return " ".join([*lanes, *holds, *notes, *map(str, world.ends)])


WORDS = ("inodes", os.strerror(errno.ENOSPC), os.strerror(errno.EDQUOT), "free;", "nearly full", "disk is full")


def wait_while_full(world: FaultyWorld, case: Case, dropped: list[bytes]) -> None:
    for _ in range(HOUR):
        world.go_round()
        world.clock.pass_by(45.0)
    wrong = broken(world.facts(*dropped), at_rest=False)
    assert not wrong, wrong
    if case.folder != "error":
        assert world.seen("error") == {}, "a full disk is no file's fault"
    if case.folder in ("outbox", "journal") and case.told:
        assert dropped[-1] not in world.service.sources.values(), "it was bought what cannot be stored or remembered"
    assert any(word in told(world) for word in WORDS), f"nobody is told: {told(world)!r}"


def resume(world: FaultyWorld) -> float:
    """Return after how many seconds everything was at rest."""
    began = world.clock.steady()
    assert world.go_on(600, 1.0), f"stuck: {told(world)}"
    return world.clock.steady() - began


@pytest.mark.root
def test_a_journal_with_little_room_begins_nothing_new_and_goes_on() -> None:
    need_mounts()
    with on_small_disk(CASES["journal"]) as (world, hog):
        hog.fill(leave=6 << 20)
        world.drop("late.docx", b"late")
        for _ in range(20):
            world.go_round()
            world.clock.pass_by(15.0)
        assert world.ends == [], "it ended although it had room for what is under way"
        assert "nearly full" in told(world)
        assert world.seen("inbox") == {"late.docx": b"late"}
        hog.free()
        assert resume(world) < 60.0
        check(world, "little room", b"the first", b"late")


@pytest.mark.root
@pytest.mark.parametrize("name", [name for name in CASES if FULL or name not in SLOW])
def test_full_at_any_point_and_freed(name: str, tell: Callable[[str], None]) -> None:
    need_mounts()
    case, chance, longest = CASES[name], Random(1), 0.0
    cycles = CYCLES // 10 if name in SLOW else CYCLES
    with on_small_disk(case) as (world, hog):
        dropped = [b"the first"]
        for number in range(cycles):
            dropped.append(b"number %d" % number)
            world.drop(f"{number}.docx", dropped[-1])
            world.trouble.trace.clear()
            aimed = act_at(chance.randrange(1, 300), hog.fill)
            world.trouble.at, world.trouble.act = aimed.at, aimed.act
            world.go_on(20, 1.0)
            if not hog.is_full:
                hog.fill()
            dropped.append(b"late %d" % number)
            hog.drop(lambda number=number, data=dropped[-1]: world.drop(f"late-{number}.docx", data))
            wait_while_full(world, case, dropped)
            hog.free()
            longest = max(longest, resume(world))
        check(world, name, *dropped)
        assert len(world.service.bills) == len(dropped)
    tell(f"full disk, {name}: filled and freed {cycles} times, violations 0, at rest {longest:.0f} s later at most")
    assert longest <= 330.0
