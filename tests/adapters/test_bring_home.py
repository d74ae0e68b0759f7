"""The way of a source to the archive or the error folder: exactly one copy, whatever is cut off."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.adapters.rig import Rig, cut_everywhere
from watchconvert.adapters.files.disk import Disk
from watchconvert.core.job import Job

NAME = "letter.docx"


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def archive(rig: Rig, job: Job, *, with_note: bool = False) -> bytes:
    return rig.moves.bring_home(job, job.order.archive, job.name, with_note=with_note).name


def test_a_source_comes_home_under_its_name(rig: Rig) -> None:
    job = rig.claimed()
    assert archive(rig, job) == b"letter.docx"
    assert rig.files("archive") == {NAME: b"hello"}
    assert (rig.paths["archive"] / NAME).stat().st_ino == job.sighting.ino
    assert not rig.stage("inbox").exists()


def test_a_name_that_is_taken_is_numbered_and_nothing_replaced(rig: Rig) -> None:
    (rig.paths["archive"] / NAME).write_bytes(b"old")
    (rig.paths["archive"] / "letter (2).docx").mkdir()
    assert archive(rig, rig.claimed()) == b"letter (3).docx"
    assert rig.files("archive") == {NAME: b"old", "letter (3).docx": b"hello"}


def test_a_long_name_that_is_taken_is_numbered_within_its_bounds(rig: Rig) -> None:
    name = b"a." + b"x" * 253
    (rig.paths["archive"] / name.decode()).write_bytes(b"old")
    home = archive(rig, rig.claimed(name))
    assert (len(home), home.endswith(b" (2)")) == (255, True)


def test_sub_folders_are_kept(rig: Rig) -> None:
    assert archive(rig, rig.claimed(folder=b"deep/down")) == b"letter.docx"
    assert rig.files("archive") == {"deep/down/letter.docx": b"hello"}


@pytest.mark.parametrize("ending", ["txt", "json"])
def test_with_a_note_a_name_is_free_only_if_its_notes_names_are(rig: Rig, ending: str) -> None:
    (rig.paths["archive"] / f"letter.docx.error.{ending}").write_bytes(b"the note of another")
    (rig.paths["archive"] / "letter (2).docx").write_bytes(b"old")
    assert archive(rig, rig.claimed(), with_note=True) == b"letter (3).docx"


def test_without_a_note_the_notes_name_does_not_matter(rig: Rig) -> None:
    (rig.paths["archive"] / "letter.docx.error.txt").write_bytes(b"the note of another")
    assert archive(rig, rig.claimed()) == b"letter.docx"


@pytest.mark.parametrize("with_note", [False, True])
def test_repeated_after_a_crash_the_name_is_found_again(rig: Rig, with_note: bool) -> None:
    (rig.paths["archive"] / NAME).write_bytes(b"old")
    if with_note:
        (rig.paths["archive"] / "letter (2).docx.error.txt").write_bytes(b"note")
    job = rig.claimed()
    name = archive(rig, job, with_note=with_note)
    before = rig.files("archive")
    assert archive(rig, job, with_note=with_note) == name == (b"letter (3).docx" if with_note else b"letter (2).docx")
    assert rig.files("archive") == before


def test_repeated_after_its_note_was_written_the_name_is_still_found(rig: Rig) -> None:
    job = rig.claimed()
    name = archive(rig, job, with_note=True)
    (rig.paths["archive"] / "letter.docx.error.txt").write_bytes(b"its own note")
    assert archive(rig, job, with_note=True) == name == b"letter.docx"


def test_a_source_that_nobody_finds_again_keeps_its_planned_name(rig: Rig) -> None:
    job = rig.claimed()
    archive(rig, job)
    (rig.paths["archive"] / NAME).unlink()
    assert archive(rig, job) == b"letter.docx"
    assert rig.files("archive") == {}


@pytest.mark.parametrize("taken", [False, True])
def test_cut_off_anywhere_the_source_is_in_one_place(tmp_path: Path, taken: bool) -> None:
    def scene(number: int) -> tuple[Callable[[Disk], object], Callable[[], None]]:
        rig = Rig(tmp_path / str(number))
        old = {NAME: b"old"} if taken else {}
        for name, content in old.items():
            (rig.paths["archive"] / name).write_bytes(content)
        job = rig.claimed(folder=b"sub") if not taken else rig.claimed()
        names: list[bytes] = []

        def act(disk: Disk) -> None:
            names.append(archive(Rig(tmp_path / str(number), disk), job))

        def check() -> None:
            assert rig.files("archive") == old | {"letter (2).docx" if taken else "sub/letter.docx": b"hello"}
            assert rig.files("inbox") == rig.hidden("inbox") == rig.hidden("archive") == {}
            assert not rig.stage("inbox").exists()
            assert names[-1] == (b"letter (2).docx" if taken else b"letter.docx")

        return act, check

    assert cut_everywhere(scene) >= 8


def test_without_the_folder_the_source_stays_in_the_stage(rig: Rig) -> None:
    job = rig.claimed()
    rig.paths["archive"].rmdir()
    with pytest.raises(FileNotFoundError):
        archive(rig, job)
    with rig.moves.source(job) as file:
        assert os.read(file, 9) == b"hello"


def test_a_folder_full_of_numbered_names_is_a_fault_and_not_a_loss(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchconvert.adapters.files.places._MOST_NAMES", 2)
    job = rig.claimed()
    for name in (NAME, "letter (2).docx"):
        (rig.paths["archive"] / name).write_bytes(b"old")
    with pytest.raises(FileExistsError, match="numbered names"):
        archive(rig, job)
    assert list(rig.hidden("inbox").values()) == [b"hello"]


def test_a_source_that_is_not_kept_is_discarded_and_that_may_be_repeated(rig: Rig) -> None:
    job = rig.claimed()
    rig.moves.discard(job)
    rig.moves.discard(job)
    assert rig.hidden("inbox") == rig.files("inbox") == {}
    assert not rig.stage("inbox").exists()
