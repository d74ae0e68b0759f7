"""The power is cut at system calls of the real daemon, whose journal and share lie on file systems of their own."""

from contextlib import ExitStack
from functools import partial
from pathlib import Path

from tests.kill.chain import BIRTH, INBOX, START, STEP
from tests.kill.figures import Extent, Figures, together
from tests.kill.ground import Ground, Land, Plan
from tests.kill.roulette import Load
from tests.kill.schedules import Table, play
from tests.kill.service import strict_service
from tests.kill.sweep import CallSweep
from tests.power.disks import cut_all, disk

SETTINGS = {
    "ext4": ("ext4", "ext4", ""),
    "xfs": ("xfs", "xfs", ""),
    "ext4, archive on a third": ("ext4", "ext4", "ext4"),
    "xfs, archive on a third": ("ext4", "xfs", "xfs"),
    "ext4, source deleted": ("ext4", "ext4", ""),
}
"""The file systems of the journal, of the share, and of the archive where that is not on the share's."""


FEW = ("ext4", "xfs, archive on a third", "ext4, source deleted")
"""The settings of the short run."""
CUTS = {
    STEP: {"renameat2": 1, "fsync": 2, "fdatasync": 3, "unlinkat": 1, "mkdirat": 2, "sendto": 3, "pwrite64": 50},
    BIRTH: {"fsync": 12, "fdatasync": 6},
    START: {"fsync": 2, "renameat2": 1, "fdatasync": 2, "unlinkat": 1, "mkdirat": 1, "pwrite64": 15, "sendto": 2},
}
MORE_CUTS = {
    STEP: {**CUTS[STEP], "fallocate": 1, "recvfrom": 1, "connect": 1, "write": 1},
    INBOX: {"pwrite64": 1, "fdatasync": 1},
    BIRTH: {**CUTS[BIRTH], "mkdir": 1, "mkdirat": 1, "pwrite64": 1},
    START: {**CUTS[START], "recvfrom": 1, "ftruncate": 1, "rename": 1, "write": 1},
}
"""Those of the long run, which tries every one of each."""


def at_cuts(extent: Extent, names: tuple[str, ...] = FEW) -> Figures:
    """Cut the power at system calls, in several settings beside each other."""
    return together([partial(_at_cuts, name, extent) for name in names])


def _at_cuts(name: str, extent: Extent) -> Figures:
    with strict_service() as service:
        plan = Plan(service.url, durable=True, source_deleted="deleted" in name)
        return CallSweep(
            lambda folder, stack: make_ground(folder, stack, name, plan),
            service,
            extent,
            MORE_CUTS if extent.full else CUTS,
        ).run()


def at_random(name: str, load: Load, plays: int, extent: Extent, seed: int = 3) -> Figures:
    """Cut the power at random moments, with many files under way and commits that several of them share."""
    with strict_service() as service:
        plan = Plan(service.url, durable=True, daemon="workers = 4", suspects=True)
        table = Table(lambda folder, stack: make_ground(folder, stack, name, plan), lambda _: service.billed)
        return play(table, load, plays, extent, seed)


def make_ground(folder: Path, stack: ExitStack, name: str, plan: Plan) -> Ground:
    """Make a ground on disks of its own, whose power is cut at each death."""
    state, share, archive = SETTINGS[name]
    disks = [stack.enter_context(disk(state, folder, "state")), stack.enter_context(disk(share, folder, "share"))]
    if archive:
        disks.append(stack.enter_context(disk(archive, folder, "third")))
    home = folder / "home"
    home.mkdir()
    land = Land(
        home,
        folder / "state" / "journal",
        folder / "share" / "route",
        folder / ("third" if archive else "share/route") / "archive",
    )
    ground = Ground(land, plan)
    ground.after_death = lambda: cut_all(disks)
    return ground
