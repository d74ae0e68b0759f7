"""Every system call of the file adapter and every commit fails, once or for a while: nothing is lost, all ends well.

Each trial is a file's way in which one call fails (docs/design.md, "Crashes", tells the same of deaths). A fault of the
machine is never the file's fault, so every file must end converted and billed once when the machine is well again.
With WATCHCONVERT_SWEEP=full every call fails with every errno in every manner; without it, a sample of them.
"""

import contextlib
import errno
import itertools
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from tests.faults.calls import CHANGING, COMMITS, ERRNOS, Trouble, faulty_calls
from tests.faults.worlds import SOURCE, FaultyWorld, check, in_memory
from watchconvert.adapters.files import disk
from watchconvert.adapters.files.disk import Disk
from watchconvert.core.job import Verdict

FULL = os.environ.get("WATCHCONVERT_SWEEP") == "full"
MANNERS = ("once", "done", "kind", "all")
AILING, STEP = 40, 3.0
"""For how many rounds a fault lasts that does not pass at once, and the seconds between two rounds."""
SHARE, FULL_SHARE = {"plain": 61}, {"plain": 1}
"""Of all trials of a setting, every so manieth is made."""


@dataclass(frozen=True)
class Setting:
    """One kind of way."""

    service: dict[str, Any] = field(default_factory=dict)
    route: dict[str, Any] = field(default_factory=dict)
    no_flag: bool = False
    elsewhere: bool = False
    """Whether the archive lies on another file system."""


SETTINGS = {
    "plain": Setting(),
    "polled": Setting({"held": False}),
    "two outputs": Setting({"outputs": 2}),
    "reply lost": Setting({"lose_replies": 1, "lag": 3.0}),
    "owner, mode and times": Setting(route={"owner": "source", "file_mode": 0o640, "keep_times": True}),
    "sub-folder": Setting(route={"recursive": True, "remove_empty": True}),
    "marker": Setting(route={"done": "{name}.done"}),
    "refused": Setting({"refuse": Verdict("It is damaged.", 500, 5002)}),
    "renames by links": Setting(no_flag=True),
    "archive elsewhere": Setting(elsewhere=True),
}


def make_world(root: Path, setting: Setting, trouble: Trouble) -> FaultyWorld:
    world = FaultyWorld(root, trouble, **setting.service)
    world.change_route(**setting.route)
    trouble.no_flag = setting.no_flag
    world.drop("deep/letter.docx" if "recursive" in setting.route else "letter.docx", SOURCE)
    if "done" in setting.route:
        world.drop("letter.docx.done", b"")
    return world


def live_through(world: FaultyWorld) -> None:
    """Let the machine ail, then be well."""
    for _ in range(AILING):
        world.go_round()
        if world.trouble.failed and world.trouble.manner in ("once", "done"):
            break
        if world.is_up and world.is_idle():
            world.trouble.calls = len(world.trouble.trace)
            break
        world.clock.pass_by(STEP)
    world.trouble.healed = True
    assert world.go_on(200, 10.0), f"it does not come to rest: {[(job.state, job.note) for job in world.open_jobs()]}"


def trial(name: str, trouble: Trouble) -> Trouble:
    """Let a call fail, and look at what came of it."""
    setting, before = SETTINGS[name], len(os.listdir("/proc/self/fd"))
    with in_memory() as root, tempfile.TemporaryDirectory() as far, faulty_calls(trouble):
        world = make_world(root, setting, trouble)
        if setting.elsewhere:
            world.change_route(archive=far)
        try:
            live_through(world)
            said = f"{name}: {trouble.trace[trouble.at]} (call {trouble.at}) fails {trouble.manner} with {errno.errorcode[trouble.number]}"
            check(world, said, SOURCE)
            assert trouble.at < 0 or trouble.failed, f"{said}: it was never reached"
            assert len(world.service.bills) == 1, f"{said}: {len(world.service.bills)} bills"
        finally:
            world.stop()
    assert len(os.listdir("/proc/self/fd")) == before, f"{said}: a descriptor was left open"
    return trouble


def troubles(name: str) -> Iterator[Trouble]:
    """Every call of a way that goes well, with every errno in every manner; by default a sample."""
    calm = trial(name, Trouble())
    calls = [
        (at, call, manner)
        for at, call in enumerate(calm.trace[: calm.calls])
        for manner in MANNERS
        if manner != "done" or call in CHANGING
    ]
    every = [Trouble(at, number, manner) for at, _, manner in calls for number in ERRNOS]
    if name == "plain":
        # What changes something fails in every manner always, each time with the next errno.
        errnos = itertools.cycle(ERRNOS)
        yield from (Trouble(at, next(errnos), manner) for at, call, manner in calls if call in CHANGING | COMMITS)
    yield from every[:: FULL_SHARE.get(name, 9) if FULL else SHARE.get(name, 131)]


@pytest.mark.slow
@pytest.mark.parametrize("name", SETTINGS)
def test_any_call_may_fail(name: str, tell: Callable[[str], None]) -> None:
    trials = faults = 0
    for trouble in troubles(name):
        faults += trial(name, trouble).failed
        trials += 1
        if FULL and trials % 1000 == 0:
            tell(f"calls fail, {name}: {trials:,} schedules so far")
    tell(f"calls fail, {name}: schedules {trials:,}, faults {faults:,}, violations 0")
    assert trials >= 20


def test_a_sync_that_is_forgiven_is_seen() -> None:
    # The same faults against a daemon that does not care whether a sync succeeds: a sweep that cannot fail proves nothing.
    calm = trial("plain", Trouble()).trace
    syncs = [at for at, call in enumerate(calm) if call == "fsync"]

    def sweep() -> None:
        for at in syncs:
            trial("plain", Trouble(at))

    with mock.patch.object(Disk, "sync", forgiving_sync), pytest.raises(AssertionError, match="no whole result"):
        sweep()


def forgiving_sync(_: Disk, file: int) -> None:
    with contextlib.suppress(OSError):
        disk.os.fsync(file)
