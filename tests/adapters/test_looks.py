"""What a name is, and whether somebody writes to it: asked of the real kernel."""

import errno
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.adapters.rig import opened, writer_elsewhere
from watchconvert.adapters.files import looks
from watchconvert.adapters.files.looks import Kind, look_at, open_file, writer_of
from watchconvert.core.settle import Writer


def make(path: Path, kind: str) -> None:
    match kind:
        case "file":
            path.write_bytes(b"hello")
        case "folder":
            path.mkdir()
        case "link":
            path.symlink_to(__file__)
        case "dangling":
            path.symlink_to("nothing")
        case "fifo":
            os.mkfifo(path)
        case "shared":
            path.write_bytes(b"hello")
            os.link(path, path.with_name("second"))
        case "socket":
            with socket.socket(socket.AF_UNIX) as listening:
                listening.bind(path.name)


KINDS = [
    ("missing", Kind.MISSING),
    ("file", Kind.FILE),
    ("folder", Kind.FOLDER),
    ("link", Kind.LINK),
    ("dangling", Kind.LINK),
    ("fifo", Kind.OTHER),
    ("socket", Kind.OTHER),
    ("shared", Kind.SHARED),
]


@pytest.mark.parametrize(("kind", "expected"), KINDS)
def test_a_look_tells_what_a_name_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, expected: Kind
) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    make(tmp_path / "it", kind)
    with opened(tmp_path) as folder:
        look = look_at(folder, b"it")
    assert look.kind is expected
    assert (look.sighting is None) is (expected is Kind.MISSING)


def test_a_device_is_something_else() -> None:
    with opened(Path("/dev")) as folder:
        assert look_at(folder, b"null").kind is Kind.OTHER
        with pytest.raises(OSError, match="not a plain file"):
            open_file(folder, b"null")


def test_a_sighting_is_exact(tmp_path: Path) -> None:
    path = tmp_path / "it"
    path.write_bytes(b"hello")
    os.utime(path, ns=(1, 1_234_567_890_123_456_789))
    status = path.stat()
    with opened(tmp_path) as folder:
        sighting = look_at(folder, b"it").sighting
    assert sighting is not None
    assert (sighting.dev, sighting.ino, sighting.size) == (status.st_dev, status.st_ino, 5)
    assert (sighting.mtime, sighting.ctime) == (1_234_567_890_123_456_789, status.st_ctime_ns)


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("missing", errno.ENOENT),
        ("folder", errno.EINVAL),
        ("link", errno.ELOOP),
        ("dangling", errno.ELOOP),
        ("fifo", errno.EINVAL),
        ("socket", errno.ENXIO),
    ],
)
def test_only_plain_files_are_opened_and_nobody_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, number: int
) -> None:
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "it", kind)
    before = len(os.listdir("/proc/self/fd"))
    with opened(tmp_path) as folder, pytest.raises(OSError) as caught:
        open_file(folder, b"it")
    assert caught.value.errno == number
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_writer_in_another_process_is_seen_until_it_ends(tmp_path: Path) -> None:
    (tmp_path / "it").write_bytes(b"hello")
    with opened(tmp_path) as folder:
        assert writer_of(folder, b"it") is Writer.NONE
        with writer_elsewhere(tmp_path / "it"):
            assert writer_of(folder, b"it") is Writer.OPEN
        assert writer_of(folder, b"it") is Writer.NONE


def test_a_reader_is_no_writer(tmp_path: Path) -> None:
    (tmp_path / "it").write_bytes(b"hello")
    with (tmp_path / "it").open("rb"), opened(tmp_path) as folder:
        assert writer_of(folder, b"it") is Writer.NONE


def test_looking_leaves_no_lease_that_would_make_writers_wait(tmp_path: Path) -> None:
    (tmp_path / "it").write_bytes(b"hello")
    with opened(tmp_path) as folder:
        writer_of(folder, b"it")
    os.close(os.open(tmp_path / "it", os.O_WRONLY | os.O_NONBLOCK))


def test_a_lease_is_kept_until_it_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "it").write_bytes(b"hello")
    with opened(tmp_path) as folder:
        file = open_file(folder, b"it")
    try:
        assert looks.take_lease(file) is Writer.NONE
        assert looks.keeps_lease(file)
        looks.drop_lease(file)
        assert not looks.keeps_lease(file)
    finally:
        os.close(file)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EINVAL, errno.ENOTSUP])
def test_where_no_lease_can_be_had_nobody_knows_who_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    (tmp_path / "it").write_bytes(b"hello")
    monkeypatch.setattr(looks.fcntl, "fcntl", refuse)
    with opened(tmp_path) as folder:
        assert writer_of(folder, b"it") is Writer.UNKNOWN


def test_a_file_that_a_server_holds_for_its_client_is_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise BlockingIOError(errno.EAGAIN, "held")

    monkeypatch.setattr(looks, "open_file", refuse)
    with opened(tmp_path) as folder:
        assert writer_of(folder, b"it") is Writer.OPEN


BROKEN_LEASE = """
import os, signal, sys
from watchconvert.adapters.files import looks
signal.signal(signal.SIGIO, signal.SIG_DFL)  # whoever started this one may have passed on its own choice
if sys.argv[2] == "ignore":
    looks.ignore_lease_signals()
file = os.open(sys.argv[1], os.O_RDONLY)
looks.take_lease(file)
try:
    os.open(sys.argv[1], os.O_WRONLY | os.O_NONBLOCK)
except BlockingIOError:
    pass
print("alive", looks.keeps_lease(file))
"""


@pytest.mark.parametrize(("how", "code", "said"), [("ignore", 0, "alive False\n"), ("default", -signal.SIGIO, "")])
def test_a_broken_lease_kills_only_who_does_not_ignore_it(tmp_path: Path, how: str, code: int, said: str) -> None:
    (tmp_path / "it").write_bytes(b"hello")
    program = [sys.executable, "-c", BROKEN_LEASE, str(tmp_path / "it"), how]
    ended = subprocess.run(program, capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stdout) == (code, said)
