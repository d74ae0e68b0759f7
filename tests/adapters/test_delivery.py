"""A result goes into somebody's folder once, whole, and over nothing: cut off at every call, and begun again."""

import errno
import os
from pathlib import Path

import pytest

from tests.adapters.rig import CutDisk, FaultyDisk, PowerCutError
from watchconvert.adapters.files.delivery import ChangedError, Delivery, Target
from watchconvert.adapters.files.disk import Disk
from watchconvert.adapters.files.folders import Folders
from watchconvert.core.job import Sighting

HIDDEN = b".watchconvert-0123-0000-0"
DATA = os.urandom(3_000_000)


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    work, home = tmp_path / "work", tmp_path / "home"
    for folder in (work, home):
        folder.mkdir()
    (work / "report.pdf").write_bytes(DATA)
    return work, home


def delivery(disk: Disk | None = None) -> Delivery:
    return Delivery(Folders(disk or Disk(), b"host"))


def test_cut_off_at_each_call_and_begun_again_there_is_one_whole_result(places: tuple[Path, Path]) -> None:
    work, home = places
    target, cuts = Target(str(home), b"report.pdf"), 0
    while True:
        (home / "report.pdf").write_text("somebody else's")
        noted: int | None = None
        try:
            first = delivery(CutDisk(cuts))
            noted = first.lay(str(work / "report.pdf"), target, HIDDEN)
            first.place(target, HIDDEN, noted)
            break
        except PowerCutError:
            cuts += 1
        seen = {path.name for path in home.iterdir() if not path.name.startswith(".")}
        assert seen <= {"report.pdf", "report (2).pdf"}
        again = delivery()
        ino = noted if noted is not None else again.lay(str(work / "report.pdf"), target, HIDDEN)
        assert again.place(target, HIDDEN, ino) == b"report (2).pdf"
        assert {path.name for path in home.iterdir()} == {"report.pdf", "report (2).pdf"}
        assert (home / "report (2).pdf").read_bytes() == DATA
        assert (home / "report.pdf").read_text() == "somebody else's"
        (home / "report (2).pdf").unlink()
    assert cuts > 5


@pytest.mark.parametrize("conflict", ["number", "replace", "fail"])
def test_a_name_that_is_taken(places: tuple[Path, Path], conflict: str) -> None:
    work, home = places
    (home / "report.pdf").write_text("old")
    target = Target(str(home), b"report.pdf", conflict)
    ino = delivery().lay(str(work / "report.pdf"), target, HIDDEN)
    if conflict == "fail":
        with pytest.raises(FileExistsError):
            delivery().place(target, HIDDEN, ino)
        assert delivery().drop(target, HIDDEN)
        assert not delivery().drop(target, HIDDEN)
    else:
        name = delivery().place(target, HIDDEN, ino)
        assert name == {"number": b"report (2).pdf", "replace": b"report.pdf"}[conflict]
        assert (home / os.fsdecode(name)).read_bytes() == DATA
    kept = (home / "report.pdf").read_bytes() == b"old"
    assert kept == (conflict != "replace")
    assert [path.name for path in home.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("call", ["create", "sync"])
def test_a_disk_that_refuses_leaves_nothing_behind(places: tuple[Path, Path], call: str) -> None:
    work, home = places
    with pytest.raises(OSError, match="No space left"):
        delivery(FaultyDisk(call)).lay(str(work / "report.pdf"), Target(str(home), b"report.pdf"), HIDDEN)
    assert list(home.iterdir()) == []


def test_only_the_file_that_was_seen_is_copied(places: tuple[Path, Path]) -> None:
    work, home = places
    path = home / "source.docx"
    path.write_bytes(DATA)
    status = path.stat()
    seen = Sighting(0, status.st_ino, status.st_size, status.st_mtime_ns, 0)
    delivery().take_copy(str(path), seen, str(work), b"0000")
    assert (work / "0000").read_bytes() == DATA
    with path.open("ab") as file:
        file.write(b"more")
    with pytest.raises(ChangedError, match="changed while it was read"):
        delivery().take_copy(str(path), seen, str(work), b"0001")
    assert not (work / "0001").exists()


def test_a_copy_comes_out_whole_where_nothing_can_be_shared(
    places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    work, home = places

    def refuse(*_: object) -> int:
        raise OSError(errno.EXDEV, "another file system")

    monkeypatch.setattr(os, "copy_file_range", refuse)
    target = Target(str(home), b"report.pdf")
    delivery().place(target, HIDDEN, delivery().lay(str(work / "report.pdf"), target, HIDDEN))
    assert (home / "report.pdf").read_bytes() == DATA
