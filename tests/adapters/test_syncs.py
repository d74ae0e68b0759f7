"""What is durable when an act has returned: both folders of every rename, and every file before its name."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.adapters.rig import Rig, part
from tests.core.making import JOB_ID
from watchconvert.adapters.files.disk import Disk
from watchconvert.core.job import Job

Call = tuple[str, int, int]


class RecordingDisk(Disk):
    """A disk that remembers which inodes were renamed between and synced, in order."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def rename_new(self, source: int, name: bytes, target: int, new_name: bytes) -> None:
        super().rename_new(source, name, target, new_name)
        self.calls.append(("rename", os.fstat(source).st_ino, os.fstat(target).st_ino))

    def unlink(self, folder: int, name: bytes) -> None:
        super().unlink(folder, name)
        self.calls.append(("unlink", os.fstat(folder).st_ino, 0))

    def sync(self, file: int) -> None:
        super().sync(file)
        self.calls.append(("sync", os.fstat(file).st_ino, 0))

    def write(self, file: int, data: bytes) -> None:
        super().write(file, data)
        self.calls.append(("write", os.fstat(file).st_ino, 0))

    def make_folder(self, folder: int, name: bytes, mode: int) -> None:
        super().make_folder(folder, name, mode)
        self.calls.append(("make", os.fstat(folder).st_ino, 0))


def not_synced_after(calls: list[Call], what: str) -> list[tuple[int, int]]:
    """Return position and inode of whatever took part in such a call and was not synced later."""
    return [
        (at, inode)
        for at, (call, *inodes) in enumerate(calls)
        if call == what
        for inode in filter(None, inodes)
        if ("sync", inode, 0) not in calls[at:]
    ]


def claim(rig: Rig, job: Job) -> None:
    rig.moves.claim(job)


def archive(rig: Rig, job: Job) -> None:
    rig.moves.bring_home(job, job.order.archive, job.name)


def discard(rig: Rig, job: Job) -> None:
    rig.moves.discard(job)


def publish(rig: Rig, job: Job) -> None:
    rig.parts.publish(job)


def rename_stage(rig: Rig, job: Job) -> None:
    rig.moves.rename_stage(job.order.inbox, JOB_ID, "f" * 32)


@pytest.fixture(params=["near", "far"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    if request.param == "near":
        yield tmp_path / "archive"
        return
    if os.stat("/dev/shm").st_dev == tmp_path.stat().st_dev:
        pytest.skip("NOT TESTED: a second file system is needed, and /dev/shm is the one of the temporary folder")
    folder = tempfile.mkdtemp(prefix="watchconvert-test-", dir="/dev/shm")
    yield Path(folder)
    shutil.rmtree(folder)


def recorded(tmp_path: Path, home: Path, act: Callable[[Rig, Job], None]) -> list[Call]:
    rig = Rig(tmp_path, archive=home)
    job = rig.job(parts=(part(1), part(1)))
    if act is claim:
        job = rig.drop(folder=b"sub")
    elif act is publish:
        for number in (0, 1):
            rig.parts.write(job, number, [b"x"])
    else:
        job = rig.claimed(folder=b"sub")
    disk = RecordingDisk()
    act(Rig(tmp_path, disk, archive=home), job)
    return disk.calls


@pytest.mark.parametrize("act", [claim, archive, publish, rename_stage])
def test_both_folders_of_every_rename_are_synced(tmp_path: Path, home: Path, act: Callable[[Rig, Job], None]) -> None:
    calls = recorded(tmp_path, home, act)
    assert any(call == "rename" for call, _, _ in calls)
    assert not_synced_after(calls, "rename") == []
    assert not_synced_after(calls, "make") == []


@pytest.mark.parametrize("act", [archive, discard])
def test_a_source_that_was_removed_does_not_come_back(
    tmp_path: Path, home: Path, act: Callable[[Rig, Job], None]
) -> None:
    """A power cut would bring back what was not synced, and the next start adopt it."""
    calls = recorded(tmp_path, home, act)
    assert act is archive or any(call == "unlink" for call, _, _ in calls)
    assert not_synced_after(calls, "unlink") == []


def test_a_discard_that_was_cut_off_is_made_durable_by_the_next(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    job = rig.claimed()
    (rig.stage("inbox") / "letter.docx").unlink()
    stage = rig.stage("inbox").stat().st_ino
    disk = RecordingDisk()
    Rig(tmp_path, disk).moves.discard(job)
    assert ("sync", stage, 0) in disk.calls


def test_a_copy_is_durable_before_its_source_is_marked(tmp_path: Path, home: Path) -> None:
    calls = recorded(tmp_path, home, archive)
    before = calls[: [call for call, _, _ in calls].index("rename")]
    assert not_synced_after(before, "write") == []
    assert not_synced_after(before, "make") == []


def test_a_claim_that_was_cut_off_is_made_durable_by_the_next(tmp_path: Path) -> None:
    job = Rig(tmp_path).claimed(folder=b"sub")
    disk = RecordingDisk()
    rig = Rig(tmp_path, disk)
    rig.moves.claim(job)
    folders = (rig.stage("inbox"), rig.paths["inbox"] / "sub")
    assert {("sync", folder.stat().st_ino, 0) for folder in folders} <= set(disk.calls)


def test_a_part_and_its_name_in_the_stage_are_synced_in_that_order(tmp_path: Path) -> None:
    disk = RecordingDisk()
    rig = Rig(tmp_path, disk)
    written = rig.parts.write(rig.job(parts=(part(2),)), 0, [b"a", b"b"])
    own = rig.stage("outbox").stat().st_ino
    assert disk.calls[-4:] == [("write", written.ino, 0)] * 2 + [("sync", written.ino, 0), ("sync", own, 0)]


def test_an_explanation_is_synced_before_it_is_seen(tmp_path: Path) -> None:
    disk = RecordingDisk()
    rig = Rig(tmp_path, disk)
    rig.parts.explain(rig.job(), ((b"n.txt", "Why"),))
    note, seen = (rig.paths["error"] / "n.txt").stat().st_ino, rig.paths["error"].stat().st_ino
    stage = rig.stage("error").stat().st_ino
    before, after = disk.calls[-5:-2], disk.calls[-2:]
    assert before == [("write", note, 0), ("sync", note, 0), ("rename", stage, seen)]
    assert after == [("sync", seen, 0), ("sync", stage, 0)]
