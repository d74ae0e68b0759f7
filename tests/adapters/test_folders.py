"""Folders are never opened through a link, and a stage is the daemon's own or it is refused."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.rig import HOST, opened
from watchconvert.adapters.files.disk import Disk
from watchconvert.adapters.files.folders import Folders, ForeignStageError, MissingMountError, real_path

JOB = "ab" * 16


@pytest.fixture
def folders() -> Folders:
    return Folders(Disk(), HOST)


@pytest.fixture(autouse=True)
def no_descriptor_is_left() -> Iterator[None]:
    before = len(os.listdir("/proc/self/fd"))
    yield
    assert len(os.listdir("/proc/self/fd")) == before


def stage_of(path: Path) -> Path:
    return path / ".watchconvert" / HOST.decode()


def test_a_folder_is_opened_by_its_path(folders: Folders, tmp_path: Path) -> None:
    with folders.open(str(tmp_path)) as folder:
        assert os.path.samestat(os.fstat(folder), tmp_path.stat())


@pytest.mark.parametrize("piece", ["a", "a/b", "a/b/c"])
@pytest.mark.parametrize("absolute", [True, False])
def test_no_piece_of_a_path_may_be_a_link(folders: Folders, tmp_path: Path, piece: str, absolute: bool) -> None:
    (tmp_path / "a/b/c").mkdir(parents=True)
    real = tmp_path / piece
    moved = real.with_name("real")
    real.rename(moved)
    real.symlink_to(moved if absolute else moved.name)
    assert (tmp_path / "a/b/c").is_dir()
    with pytest.raises(OSError), folders.open(str(tmp_path / "a/b/c")):
        pass
    with opened(tmp_path) as root, pytest.raises(OSError), folders.below(root, b"a/b/c"):
        pass
    with opened(tmp_path) as root, pytest.raises(OSError):
        folders.ensure_below(root, b"a/b/c/d")
    assert not list(tmp_path.rglob("d"))


@pytest.mark.parametrize("relative", [b"..", b"a/..", b".", b"../x"])
def test_nobody_leaves_a_folder_by_dots(folders: Folders, tmp_path: Path, relative: bytes) -> None:
    (tmp_path / "a").mkdir()
    with opened(tmp_path) as root, pytest.raises(OSError, match="leaves its folder"), folders.below(root, relative):
        pass


def test_what_is_missing_or_no_folder_is_told(folders: Folders, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FileNotFoundError), folders.open(str(tmp_path / "none")):
        pass
    with pytest.raises(NotADirectoryError), folders.open(str(tmp_path / "file")):
        pass


def test_below_without_a_path_is_the_folder_itself(folders: Folders, tmp_path: Path) -> None:
    with opened(tmp_path) as root, folders.below(root, b"") as same:
        assert os.path.samestat(os.fstat(same), os.fstat(root))


def test_folders_are_made_where_they_are_missing(folders: Folders, tmp_path: Path) -> None:
    folders.ensure(str(tmp_path / "x/y/z"))
    folders.ensure(str(tmp_path / "x/y/z"))
    assert (tmp_path / "x/y/z").is_dir()


def test_a_link_is_resolved_once_when_the_configuration_is_read(folders: Folders, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    with folders.open(real_path(str(tmp_path / "link"))) as folder:
        assert os.path.samestat(os.fstat(folder), (tmp_path / "real").stat())


@pytest.mark.parametrize("umask", [0o022, 0o000, 0o077])
def test_a_stage_is_open_to_the_daemon_alone(folders: Folders, tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with opened(tmp_path) as root, folders.stage(root, JOB) as stage:
            assert os.path.samestat(os.fstat(stage), (stage_of(tmp_path) / JOB).stat())
    finally:
        os.umask(before)
    made = (tmp_path / ".watchconvert", stage_of(tmp_path), stage_of(tmp_path) / JOB)
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o700}


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o777])
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_a_stage_that_others_may_write_into_is_refused(folders: Folders, tmp_path: Path, mode: int, depth: int) -> None:
    with opened(tmp_path) as root:
        with folders.stage(root, JOB):
            pass
        (tmp_path / ".watchconvert", stage_of(tmp_path), stage_of(tmp_path) / JOB)[depth].chmod(mode)
        with pytest.raises(ForeignStageError, match="others may write"), folders.stage(root, JOB):
            pass


def test_a_stage_of_another_user_is_refused(folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".watchconvert").mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with opened(tmp_path) as root, pytest.raises(ForeignStageError, match="another user"), folders.stage(root):
        pass


@pytest.mark.parametrize("kind", ["link", "file"])
def test_a_stage_that_is_no_folder_is_refused(folders: Folders, tmp_path: Path, kind: str) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    if kind == "link":
        (tmp_path / ".watchconvert").symlink_to("elsewhere")
    else:
        (tmp_path / ".watchconvert").write_bytes(b"")
    with opened(tmp_path) as root, pytest.raises(OSError), folders.stage(root):
        pass
    assert os.listdir(tmp_path / "elsewhere") == []


def test_a_jobs_stage_is_closed_when_it_is_empty_and_only_then(folders: Folders, tmp_path: Path) -> None:
    own = stage_of(tmp_path) / JOB
    with opened(tmp_path) as root:
        with folders.stage(root, JOB):
            (own / "source").write_bytes(b"precious")
        folders.close_stage(root, JOB)
        assert (own / "source").read_bytes() == b"precious"
        (own / "source").unlink()
        folders.close_stage(root, JOB)
        folders.close_stage(root, JOB)
    assert not own.exists()


def test_a_stage_of_parts_is_emptied(folders: Folders, tmp_path: Path) -> None:
    own = stage_of(tmp_path) / JOB
    with opened(tmp_path) as root:
        with folders.stage(root, JOB), folders.stage(root, "other"):
            (own / "0").write_bytes(b"x")
            (own.parent / "other/0").write_bytes(b"y")
        folders.empty_stage(root, JOB)
        folders.empty_stage(root, JOB)
    assert folders.staged_ids(str(tmp_path)) == ["other"]
    assert (own.parent / "other/0").exists()


def test_a_host_sees_its_own_part_of_a_stage(folders: Folders, tmp_path: Path) -> None:
    with opened(tmp_path) as root, folders.stage(root, JOB):
        pass
    assert folders.staged_ids(str(tmp_path)) == [JOB]
    assert Folders(Disk(), b"host2").staged_ids(str(tmp_path)) == []


def test_a_folder_that_lost_its_mount_is_not_used(folders: Folders, tmp_path: Path) -> None:
    """Its stage tells it from the mount point under it; the number of a device may change with each mount."""
    folders.know({str(tmp_path): 999_999})
    with pytest.raises(MissingMountError, match="its mount is missing"), folders.open(str(tmp_path)):
        pass
    (tmp_path / ".watchconvert").mkdir(mode=0o700)
    with folders.open(str(tmp_path)):
        pass
    (tmp_path / ".watchconvert").rmdir()
    with folders.open(str(tmp_path)):
        pass  # the new number is known by now


def test_a_folder_tells_its_device_and_its_room(folders: Folders, tmp_path: Path) -> None:
    device = tmp_path.stat().st_dev
    assert folders.device(str(tmp_path)) == device
    assert folders.device_above(str(tmp_path / "not/there/yet")) == device
    assert 0 < folders.free_bytes(str(tmp_path)) <= os.statvfs(tmp_path).f_blocks * os.statvfs(tmp_path).f_frsize
    with pytest.raises(FileNotFoundError):
        folders.device(str(tmp_path / "none"))
