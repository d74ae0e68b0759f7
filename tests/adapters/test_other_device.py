"""Bringing a source home to another file system: no moment at which it is nowhere or half there."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.adapters.rig import CutDisk, FaultyDisk, PowerCutError, Rig, cut_everywhere
from tests.core.making import JOB_ID
from watchconvert.adapters.files.disk import Disk

NAME = "letter.docx"
BIG = bytes(range(256)) * 8200  # more than two blocks


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Path]:
    try:
        folder = Path(tempfile.mkdtemp(prefix="watchconvert-test-", dir="/dev/shm"))
    except OSError as fault:
        pytest.skip(f"NOT TESTED: a second file system is needed, and /dev/shm is none to write to: {fault}")
    if folder.stat().st_dev == tmp_path.stat().st_dev:
        folder.rmdir()
        pytest.skip("NOT TESTED: a second file system is needed, and /dev/shm is the one of the temporary folder")
    yield folder
    shutil.rmtree(folder)


def archive(rig: Rig, job: object) -> bytes:
    return rig.moves.bring_home(job, str(rig.paths["archive"]), b"letter.docx").name  # type: ignore[arg-type]


def assert_only_in_the_archive(rig: Rig, **others: bytes) -> None:
    assert sorted(rig.files("archive").values()) == sorted([BIG, *others.values()])
    assert rig.files("inbox") == rig.hidden("inbox") == rig.hidden("archive") == {}
    assert not rig.stage("inbox").exists()


def test_a_source_is_copied_whole_with_its_mode_and_time(tmp_path: Path, far: Path) -> None:
    rig = Rig(tmp_path, archive=far)
    job = rig.claimed(content=BIG)
    (rig.stage("inbox") / NAME).chmod(0o640)
    assert archive(rig, job) == b"letter.docx"
    assert_only_in_the_archive(rig)
    status = (far / NAME).stat()
    assert (status.st_mode & 0o777, status.st_mtime_ns) == (0o640, job.sighting.mtime)


def test_a_name_that_is_taken_over_there_is_numbered(tmp_path: Path, far: Path) -> None:
    rig = Rig(tmp_path, archive=far)
    (far / NAME).write_bytes(b"old")
    assert archive(rig, rig.claimed(content=BIG)) == b"letter (2).docx"
    assert_only_in_the_archive(rig, old=b"old")


def scene_of(
    near: Path, far: Path, *, taken: bool
) -> Callable[[int], tuple[Callable[[Disk], object], Callable[[], None]]]:
    def scene(number: int) -> tuple[Callable[[Disk], object], Callable[[], None]]:
        base, home = near / str(number), far / str(number)
        rig = Rig(base, archive=home)
        others = {"old": b"old"} if taken else {}
        if taken:
            (home / NAME).write_bytes(b"old")
        job = rig.claimed(content=BIG)

        def act(disk: Disk) -> None:
            archive(Rig(base, disk, archive=home), job)

        return act, lambda: assert_only_in_the_archive(rig, **others)

    return scene


@pytest.mark.parametrize("taken", [False, True])
def test_cut_off_anywhere_there_is_exactly_one_copy(tmp_path: Path, far: Path, taken: bool) -> None:
    assert cut_everywhere(scene_of(tmp_path, far, taken=taken)) >= 15


@pytest.mark.parametrize("first", [10, 14, 16, 18])
def test_cut_off_twice_there_is_exactly_one_copy(tmp_path: Path, far: Path, first: int) -> None:
    scene = scene_of(tmp_path, far, taken=True)
    for second in range(25):
        act, check = scene(second)
        for calls in (first, second):
            try:
                act(CutDisk(calls))
            except PowerCutError:
                continue
        act(Disk())
        check()


def states_after_each_cut(tmp_path: Path, far: Path) -> Iterator[tuple[Rig, Callable[[Disk], object]]]:
    for calls in range(30):
        act, _ = scene_of(tmp_path, far, taken=False)(calls)
        rig = Rig(tmp_path / str(calls), archive=far / str(calls))
        try:
            act(CutDisk(calls))
        except PowerCutError:
            yield rig, act


def test_at_every_moment_the_whole_source_is_somewhere_and_nothing_half_is_seen(tmp_path: Path, far: Path) -> None:
    for rig, _ in states_after_each_cut(tmp_path, far):
        assert BIG in [*rig.hidden("inbox").values(), *rig.files("archive").values()]
        assert all(content == BIG for content in rig.files("archive").values())


def test_a_copy_that_somebody_removed_from_the_stage_is_made_anew(tmp_path: Path, far: Path) -> None:
    lost = 0
    for rig, act in states_after_each_cut(tmp_path, far):
        if rig.hidden("archive"):
            shutil.rmtree(rig.paths["archive"] / ".watchconvert")
            lost += 1
        act(Disk())
        assert_only_in_the_archive(rig)
    assert lost >= 5


def test_a_file_of_the_same_length_is_not_taken_for_the_copy(tmp_path: Path, far: Path) -> None:
    """The copy was removed from the stage, and the archive has a file that is as long."""
    rig = Rig(tmp_path, archive=far)
    job = rig.claimed(content=BIG)
    (rig.stage("inbox") / NAME).rename(rig.stage("inbox") / ".copied")
    (far / NAME).write_bytes(BIG[::-1])
    assert archive(rig, job) == b"letter (2).docx"
    assert_only_in_the_archive(rig, old=BIG[::-1])


def test_a_full_disk_over_there_leaves_the_source_in_the_stage(tmp_path: Path, far: Path) -> None:
    rig = Rig(tmp_path, archive=far)
    job = rig.claimed(content=BIG)
    with pytest.raises(OSError, match="No space left"):
        archive(Rig(tmp_path, FaultyDisk("write"), archive=far), job)
    assert rig.files("archive") == {}
    assert rig.hidden("inbox") == {f"{JOB_ID}/{NAME}": BIG}
    assert archive(rig, job) == b"letter.docx"
    assert_only_in_the_archive(rig)
