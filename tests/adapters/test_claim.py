"""The claim: the whole file is in the stage, or it is in the inbox, and nobody else has a hand on it."""

import contextlib
import dataclasses
import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.adapters.rig import CutDisk, PowerCutError, Rig, cut_everywhere, opened, see, writer_elsewhere
from tests.core.making import JOB_ID
from watchconvert.adapters.files.disk import Disk
from watchconvert.adapters.files.looks import ignore_lease_signals, look_at
from watchconvert.adapters.files.moves import BusyFileError

NAME = "letter.docx"


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_a_claim_moves_the_file_into_the_stage(rig: Rig) -> None:
    job = rig.drop()
    held = rig.moves.claim(job)
    assert held is not None
    assert held.same_content(job.sighting)
    assert rig.files("inbox") == {}
    assert rig.hidden("inbox") == {f"{JOB_ID}/{NAME}": b"hello"}
    assert stat.S_IMODE(rig.stage("inbox").stat().st_mode) == 0o700
    with rig.moves.source(job) as file:
        assert os.read(file, 99) == b"hello"
    assert rig.moves.staged_file(job.order.inbox, JOB_ID) == (b"letter.docx", held)


@pytest.mark.parametrize("name", [b"caf\xe9.docx", b"a\nb.docx", "Émile 報告.docx".encode(), b"x" * 255])
def test_a_claim_takes_any_name(rig: Rig, name: bytes) -> None:
    job = rig.drop(name)
    assert rig.moves.claim(job) is not None
    assert os.listdir(os.fsencode(rig.stage("inbox"))) == [name]


def test_a_claim_reaches_into_sub_folders(rig: Rig) -> None:
    job = rig.drop(folder=b"deep/down")
    assert rig.moves.claim(job) is not None
    assert rig.hidden("inbox") == {f"{JOB_ID}/{NAME}": b"hello"}


def test_a_claim_cut_off_anywhere_is_finished_by_the_next(tmp_path: Path) -> None:
    def scene(number: int) -> tuple[Callable[[Disk], object], Callable[[], None]]:
        rig = Rig(tmp_path / str(number))
        job = rig.drop()

        def check() -> None:
            assert rig.files("inbox") == {}
            assert rig.hidden("inbox") == {f"{JOB_ID}/{NAME}": b"hello"}

        def act(disk: Disk) -> None:
            assert Rig(tmp_path / str(number), disk).moves.claim(job) is not None

        return act, check

    assert cut_everywhere(scene) >= 8


def test_a_repeated_claim_takes_no_second_file(rig: Rig) -> None:
    job = rig.claimed(content=b"first")
    rig.drop(content=b"second")
    assert rig.moves.claim(job) == job.sighting
    assert rig.files("inbox") == {NAME: b"second"}
    assert rig.hidden("inbox") == {f"{JOB_ID}/{NAME}": b"first"}


def test_a_claim_by_hard_link_that_was_cut_off_leaves_no_second_name(rig: Rig) -> None:
    job = rig.claimed()
    os.link(rig.stage("inbox") / NAME, rig.paths["inbox"] / NAME)
    held = rig.moves.claim(job)
    assert held is not None
    assert held.ino == job.sighting.ino
    assert rig.files("inbox") == {}
    assert (rig.stage("inbox") / NAME).stat().st_nlink == 1


def assert_left_alone(rig: Rig, content: bytes | None = b"hello") -> None:
    if content is not None:
        assert rig.files("inbox") == {NAME: content}
    assert rig.hidden("inbox") == {}
    assert not rig.stage("inbox").exists()


@pytest.mark.parametrize("change", ["size", "mtime", "ino"])
def test_a_file_that_changed_stays_in_the_inbox(rig: Rig, change: str) -> None:
    job = rig.drop()
    job = dataclasses.replace(job, sighting=dataclasses.replace(job.sighting, **{change: 99}))
    with pytest.raises(BusyFileError, match="changed"):
        rig.moves.claim(job)
    assert_left_alone(rig)


def test_a_file_with_a_second_name_stays_in_the_inbox(rig: Rig, tmp_path: Path) -> None:
    job = rig.drop()
    os.link(rig.paths["inbox"] / NAME, tmp_path / "second")
    with pytest.raises(BusyFileError, match="changed"):
        rig.moves.claim(job)
    assert_left_alone(rig)


def test_a_file_that_somebody_writes_to_stays_in_the_inbox(rig: Rig) -> None:
    job = rig.drop()
    with writer_elsewhere(rig.paths["inbox"] / NAME), pytest.raises(BusyFileError, match="open for writing"):
        rig.moves.claim(job)
    assert_left_alone(rig)
    assert rig.moves.claim(job) is not None


@pytest.mark.parametrize(
    ("kind", "number"),
    [("link", errno.ELOOP), ("dangling", errno.ELOOP), ("fifo", errno.EINVAL), ("folder", errno.EINVAL)],
)
def test_what_took_the_files_place_is_not_touched(rig: Rig, kind: str, number: int) -> None:
    job = rig.drop()
    path = rig.paths["inbox"] / NAME
    path.unlink()
    match kind:
        case "link":
            path.symlink_to("/etc/hostname")
        case "dangling":
            path.symlink_to("nothing")
        case "fifo":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
    before = see(os.fsencode(path))
    with pytest.raises(OSError) as caught:
        rig.moves.claim(job)
    assert caught.value.errno == number
    assert see(os.fsencode(path)) == before
    assert_left_alone(rig, None)


def test_a_file_that_vanished_leaves_nothing_behind(rig: Rig) -> None:
    job = rig.drop()
    (rig.paths["inbox"] / NAME).unlink()
    assert rig.moves.claim(job) is None
    assert_left_alone(rig, None)


def test_a_sub_folder_that_vanished_is_a_file_that_vanished(rig: Rig) -> None:
    assert rig.moves.claim(rig.job(folder=b"never/there")) is None
    assert_left_alone(rig, None)


def test_an_inbox_that_vanished_is_a_fault_and_not_a_vanished_file(rig: Rig) -> None:
    job = rig.drop()
    (rig.paths["inbox"] / NAME).unlink()
    rig.paths["inbox"].rmdir()
    with pytest.raises(FileNotFoundError):
        rig.moves.claim(job)


class SwappingDisk(Disk):
    """A disk on which another file takes the name in the last moment before the rename."""

    def __init__(self, path: Path) -> None:
        self.path, self.swapped = path, False

    def rename_new(self, source: int, name: bytes, target: int, new_name: bytes) -> None:
        if not self.swapped:
            self.swapped = True
            self.path.rename(self.path.with_name("moved away"))
            self.path.write_bytes(b"another")
        super().rename_new(source, name, target, new_name)


def test_another_file_that_took_the_name_is_given_back(rig: Rig, tmp_path: Path) -> None:
    job = rig.drop()
    swapping = Rig(tmp_path, SwappingDisk(rig.paths["inbox"] / NAME))
    with pytest.raises(BusyFileError, match="another file took its name"):
        swapping.moves.claim(job)
    assert rig.files("inbox") == {NAME: b"another", "moved away": b"hello"}
    assert not rig.stage("inbox").exists()


class OpeningDisk(Disk):
    """A disk on which a program opens the file for writing just after it was renamed."""

    def rename_new(self, source: int, name: bytes, target: int, new_name: bytes) -> None:
        super().rename_new(source, name, target, new_name)
        with contextlib.suppress(BlockingIOError):  # the lease is in its way, and broken by it
            os.close(os.open(new_name, os.O_WRONLY | os.O_NONBLOCK, dir_fd=target))


def test_a_writer_in_the_middle_of_the_claim_leaves_a_doubt(tmp_path: Path) -> None:
    """The sighting matches nothing, so that the upload waits until the file is quiet again."""
    ignore_lease_signals()
    job = Rig(tmp_path).drop()
    rig = Rig(tmp_path, OpeningDisk())
    sighting = rig.moves.claim(job)
    assert sighting is not None
    assert not sighting.same_content(see(os.fsencode(rig.stage("inbox") / NAME)))
    assert rig.files("inbox") == {}


def test_a_fault_in_the_middle_keeps_the_file_in_the_stage_for_the_next_try(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    job = rig.drop()
    with pytest.raises(PowerCutError):
        Rig(tmp_path, CutDisk(7)).moves.claim(job)
    assert rig.files("inbox") == {}
    assert rig.moves.claim(job) is not None


def test_a_source_that_is_not_in_the_stage_is_missed(rig: Rig) -> None:
    with pytest.raises(FileNotFoundError), rig.moves.source(rig.job()):
        pass


def test_a_stage_tells_its_one_file_and_is_given_another_id(rig: Rig) -> None:
    job = rig.claimed()
    other = "f" * 32
    assert rig.moves.staged_file(job.order.inbox, other) is None
    (rig.stage("inbox", other)).rmdir()
    rig.moves.rename_stage(job.order.inbox, JOB_ID, other)
    assert rig.moves.staged_file(job.order.inbox, other) == (b"letter.docx", job.sighting)
    with opened(rig.stage("inbox").parent) as stage:
        assert look_at(stage, JOB_ID.encode()).sighting is None
