"""A folder's mount goes away at any point of a file's way, alone or with the daemon, and comes back.

Nothing may be written where the mount should be, neither on the bare mount point nor on another file system that
somebody mounts there meanwhile; afterwards all ends well by itself.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.engine.fakes import Crash
from tests.faults.acts import FULL, act_at
from tests.faults.calls import Trouble, faulty_calls
from tests.faults.mounts import disk_in_memory, mount_again, mount_memory, need_mounts, unmount
from tests.faults.worlds import FOLDERS, SOURCE, FaultyWorld, check, in_memory

MANNERS = ("gone", "gone while down", "another")
AWAY = 40
"""How many seconds the mount is away."""
STRIDE = 1 if FULL else 19


class Mounted:
    """One folder of a world that is a mount point."""

    def __init__(self, world: FaultyWorld, folder: str, disk: Path) -> None:
        self.world, self.disk = world, disk
        self.point = Path(getattr(world.route, folder))
        self.point.mkdir(parents=True, exist_ok=True)
        self.is_there, self.has_other = False, False

    def mount(self) -> None:
        mount_again(self.disk, self.point)
        self.is_there = True

    def take_away(self, manner: str) -> None:
        unmount(self.point)
        self.is_there = False
        if manner == "another":
            mount_memory(self.point)
            self.has_other = True
        if manner == "gone while down":
            raise Crash

    def left_behind(self) -> list[str]:
        """Take whatever else is mounted there away; return what was written to it or below it."""
        wrong = [str(path) for path in self.point.rglob("*")]
        if self.has_other:
            unmount(self.point)
            self.has_other = False
            wrong += [str(path) for path in self.point.rglob("*")]
        return wrong

    def clean_up(self) -> None:
        if self.is_there or self.has_other:
            unmount(self.point)


@contextmanager
def second_life(folder: str) -> Iterator[tuple[FaultyWorld, Mounted]]:
    """Make a world that has lived before with everything mounted, and has one file in its inbox now."""
    trouble = Trouble()
    with in_memory() as root, ExitStack() as stack:
        disk = stack.enter_context(disk_in_memory(root / "disk"))
        stack.enter_context(faulty_calls(trouble))
        world = FaultyWorld(root, trouble)
        mounted = Mounted(world, folder, disk)
        mounted.mount()
        stack.callback(mounted.clean_up)
        stack.callback(world.stop)
        world.rise()
        assert world.go_on(5, 1.0)
        world.stop()
        world.is_up = False
        trouble.trace.clear()
        world.drop("letter.docx", SOURCE)
        yield world, mounted


def count_points(folder: str) -> int:
    with second_life(folder) as (world, _):
        world.rise()
        assert world.go_on(100, 1.0)
        return len(world.trouble.trace)


def trial(folder: str, point: int, manner: str) -> None:
    """Take the mount away at a point, look, bring it back, and look again."""
    said = f"the mount of the {folder} {manner} at call {point}"
    with second_life(folder) as (world, mounted):
        aimed = act_at(point, lambda: mounted.take_away(manner))
        world.trouble.at, world.trouble.act = aimed.at, aimed.act
        for _ in range(AWAY):
            world.go_round()
            world.clock.pass_by(1.0)
        assert point < len(world.trouble.trace), said
        assert mounted.left_behind() == [], f"{said}: it was written to"
        mounted.mount()
        assert world.go_on(200, 3.0), f"{said}: stuck, {[(job.state, job.note) for job in world.open_jobs()]}"
        check(world, said, SOURCE)
        assert len(world.service.bills) == 1, f"{said}: {len(world.service.bills)} bills"


@pytest.mark.root
@pytest.mark.parametrize("folder", FOLDERS)
def test_a_mount_that_goes_at_any_point(folder: str, tell: Callable[[str], None]) -> None:
    need_mounts()
    points = count_points(folder)
    schedules = [(point, manner) for point in range(points) for manner in MANNERS][::STRIDE]
    for point, manner in schedules:
        trial(folder, point, manner)
    tell(f"mount of the {folder} goes: schedules {len(schedules):,}, violations 0")
