"""Renames that never replace, with the kernel's flag and without it."""

import contextlib
import ctypes
import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.rig import opened
from watchconvert.adapters.files import disk as disk_module
from watchconvert.adapters.files.disk import Disk


class OldKernel:
    """A C library whose kernel or file system does not know the flag."""

    def __init__(self, number: int) -> None:
        self.number = number

    def renameat2(self, *_: object) -> int:
        ctypes.set_errno(self.number)
        return -1


@pytest.fixture(params=["flag", errno.EINVAL, errno.ENOSYS, errno.ENOTSUP])
def disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Disk:
    if request.param != "flag":
        monkeypatch.setattr(disk_module, "_libc", OldKernel(request.param))
    return Disk()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Path, int, Path, int]]:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    with opened(one) as first, opened(two) as second:
        yield one, first, two, second


Pair = tuple[Path, int, Path, int]


def test_a_rename_moves_the_file(disk: Disk, pair: Pair) -> None:
    one, first, two, second = pair
    (one / "a").write_bytes(b"content")
    ino = (one / "a").stat().st_ino
    disk.rename_new(first, b"a", second, b"b")
    assert os.listdir(one) == []
    assert (two / "b").read_bytes() == b"content"
    assert ((two / "b").stat().st_ino, (two / "b").stat().st_nlink) == (ino, 1)


def test_a_rename_never_replaces(disk: Disk, pair: Pair) -> None:
    one, first, two, second = pair
    (one / "a").write_bytes(b"new")
    (two / "b").write_bytes(b"old")
    with pytest.raises(FileExistsError):
        disk.rename_new(first, b"a", second, b"b")
    assert (one / "a").read_bytes() == b"new"
    assert (two / "b").read_bytes() == b"old"


@pytest.mark.parametrize("kind", ["folder", "dangling link", "link to the source"])
def test_nothing_at_all_is_replaced(disk: Disk, pair: Pair, kind: str) -> None:
    one, first, two, second = pair
    (one / "a").write_bytes(b"new")
    if kind == "folder":
        (two / "b").mkdir()
    else:
        (two / "b").symlink_to(one / ("a" if "source" in kind else "nothing"))
    with pytest.raises(FileExistsError):
        disk.rename_new(first, b"a", second, b"b")
    assert (one / "a").read_bytes() == b"new"


def test_nothing_is_replaced_in_a_stage_either(disk: Disk, pair: Pair) -> None:
    one, first, two, second = pair
    two.chmod(0o700)
    (one / "a").write_bytes(b"new")
    (two / "b").write_bytes(b"old")
    with pytest.raises(FileExistsError):
        disk.rename_new(first, b"a", second, b"b")
    assert ((one / "a").read_bytes(), (two / "b").read_bytes()) == (b"new", b"old")
    disk.rename_new(first, b"a", second, b"c")
    assert sorted(os.listdir(two)) == ["b", "c"]


def test_a_link_is_renamed_and_not_followed(disk: Disk, pair: Pair) -> None:
    one, first, two, second = pair
    (one / "a").symlink_to("nowhere")
    disk.rename_new(first, b"a", second, b"a")
    assert os.readlink(two / "a") == "nowhere"
    assert os.listdir(one) == []


def test_a_missing_source_is_told(disk: Disk, pair: Pair) -> None:
    _, first, two, second = pair
    with pytest.raises(FileNotFoundError):
        disk.rename_new(first, b"a", second, b"b")
    assert os.listdir(two) == []


def test_a_rename_cut_off_between_link_and_unlink_is_finished(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    one, first, two, second = pair
    monkeypatch.setattr(disk_module, "_libc", OldKernel(errno.EINVAL))
    (one / "a").write_bytes(b"content")
    os.link(one / "a", two / "b")
    Disk().rename_new(first, b"a", second, b"b")
    assert os.listdir(one) == []
    assert (two / "b").read_bytes() == b"content"


def test_another_file_system_is_told_and_not_copied_to(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    one, first, two, second = pair
    monkeypatch.setattr(disk_module, "_libc", OldKernel(errno.EXDEV))
    (one / "a").write_bytes(b"content")
    with pytest.raises(OSError) as caught:
        Disk().rename_new(first, b"a", second, b"b")
    assert caught.value.errno == errno.EXDEV
    assert os.listdir(two) == []


def test_names_are_bytes(disk: Disk, pair: Pair) -> None:
    one, first, two, second = pair
    name = b"caf\xe9\n\xff"
    Path(os.fsdecode(os.path.join(os.fsencode(one), name))).write_bytes(b"x")
    disk.rename_new(first, name, second, name)
    assert os.listdir(os.fsencode(two)) == [name]


def test_a_new_file_is_new(pair: Pair) -> None:
    one, first, _, _ = pair
    (one / "link").symlink_to("target")
    os.close(Disk().create(first, b"a", 0o600))
    for taken in (b"a", b"link"):
        with pytest.raises(FileExistsError):
            Disk().create(first, taken, 0o600)
    assert sorted(os.listdir(one)) == ["a", "link"]


def test_a_write_goes_on_until_all_is_written(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    one, first, _, _ = pair
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, bytes(data[:3])))
    file = Disk().create(first, b"a", 0o600)
    with contextlib.closing(os.fdopen(file, "wb")):
        Disk().write(file, b"0123456789")
    assert (one / "a").read_bytes() == b"0123456789"


def test_reserved_room_is_there_and_no_room_needs_none(pair: Pair) -> None:
    one, first, _, _ = pair
    file = Disk().create(first, b"a", 0o600)
    Disk().reserve(file, 0)
    Disk().reserve(file, 4096)
    os.close(file)
    assert (one / "a").stat().st_size == 4096


@pytest.mark.parametrize(("number", "forgiven"), [(errno.EINVAL, True), (errno.ENOTSUP, True), (errno.EIO, False)])
def test_a_sync_that_cannot_be_is_forgiven_and_one_that_failed_is_not(
    monkeypatch: pytest.MonkeyPatch, number: int, forgiven: bool
) -> None:
    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with contextlib.nullcontext() if forgiven else pytest.raises(OSError):
        Disk().sync(0)
