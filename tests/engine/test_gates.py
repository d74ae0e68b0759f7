"""Each gate by itself: what holds a file back, what it is told as, and that one odd file holds back no other."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.engine.fakes import result_of
from tests.engine.world import World
from watchconvert.adapters.files import looks, scans
from watchconvert.core.mounts import Mount
from watchconvert.core.settle import BLIND_SETTLE, Gate

PDF = b"%PDF-1.7 all of it %%EOF\n"
NOBODY = 65534


def rounds(world: World, seconds: float, step: float = 0.5) -> None:
    """Let so much time pass."""
    for _ in range(int(seconds / step)):
        world.round()
        world.clock.pass_by(step)


def gate_at(world: World, name: bytes, folder: bytes = b"") -> Gate:
    return world.lanes[0].waiting[folder, name].gate


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """Act without root's rights for a while, if this is root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Make a folder look as if it were a network mount."""

    def mount(folder: Path) -> None:
        table = [Mount(b"/", "ext4"), Mount(os.fsencode(folder), "nfs4")]
        monkeypatch.setattr(scans, "read_mounts", lambda: table)

    return mount


# content ────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("name", "part", "whole"),
    [
        ("a.pdf", PDF[:12], PDF),
        ("a.docx", b"PK\x03\x04 half", b"PK\x03\x04 all PK\x05\x06" + bytes(18)),
        ("a.zip", b"PK\x03\x04 half", b"PK\x03\x04 all PK\x05\x06" + bytes(18)),
        ("a.jpg", b"\xff\xd8\xff half", b"\xff\xd8\xff all \xff\xd9"),
        ("a.png", b"\x89PNG\r\n\x1a\n half", b"\x89PNG\r\n\x1a\n all IEND\xaeB`\x82"),
    ],
)
def test_a_file_that_is_cut_off_waits_for_its_end(world: World, name: str, part: bytes, whole: bytes) -> None:
    path = world.drop(name, part)
    world.start()
    rounds(world, 60)
    assert path.read_bytes() == part
    assert gate_at(world, path.name.encode()) is Gate.CUT_OFF
    path.write_bytes(whole)
    world.run()
    assert world.seen("outbox") == {"a.pdf": result_of(whole)}
    assert len(world.jobs()) == 1


def test_a_file_that_stays_cut_off_is_explained(world: World) -> None:
    world.drop("a.pdf", PDF[:12])
    world.start()
    rounds(world, 115)
    assert world.jobs() == []
    rounds(world, 20)
    assert world.seen("error")["a.pdf"] == PDF[:12]
    assert b"cut off" in world.seen("error")["a.pdf.error.txt"]
    assert world.service.uploads == 0


def test_what_rsync_marks_as_a_part_is_one_whatever_its_kind(world: World) -> None:
    """A killed `rsync --partial` leaves what it has under the final name, its time set to the year 1970."""
    path = world.drop("a.txt", b"half of it")
    os.utime(path, ns=(0, 59_955_381))
    world.start()
    rounds(world, 60)
    assert gate_at(world, b"a.txt") is Gate.CUT_OFF
    path.write_bytes(b"all of it")
    world.run()
    assert world.seen("outbox") == {"a.pdf": result_of(b"all of it")}


# marker ─────────────────────────────────────────────────────────────────────
def test_a_file_waits_for_its_marker_and_both_go(world: World) -> None:
    world.change_route(done="{name}.done")
    path = world.drop("a.txt", b"all of it")
    world.start()
    rounds(world, 60)
    assert gate_at(world, b"a.txt") is Gate.MARKER
    marker = world.drop("a.txt.done", b"")
    world.run()
    assert world.seen("outbox") == {"a.pdf": result_of(b"all of it")}
    assert not path.exists()
    assert not marker.exists()
    assert len(world.jobs()) == 1, "the marker itself was taken"


def test_a_marker_is_looked_for_beside_its_file(world: World) -> None:
    world.change_route(done="{name}.done", recursive=True)
    world.drop("sub/a.txt", b"in the sub-folder")
    world.drop("a.txt.done", b"")
    world.start()
    rounds(world, 30)
    assert gate_at(world, b"a.txt", b"sub") is Gate.MARKER
    world.drop("sub/a.txt.done", b"")
    rounds(world, 30)
    assert [job.state.value for job in world.jobs()] == ["done"]
    assert (Path(world.route.inbox) / "a.txt.done").exists(), "somebody else's marker was removed"


def test_a_link_is_no_marker(world: World) -> None:
    world.change_route(done="{name}.done")
    path = world.drop("a.txt")
    (path.parent / "a.txt.done").symlink_to(path)
    world.start()
    rounds(world, 30)
    assert world.jobs() == []


def test_a_name_too_long_for_a_marker_holds_up_nobody(world: World) -> None:
    world.change_route(done="{name}.done")
    long = world.drop("n" * 251 + ".txt")
    world.drop("a.txt", b"all of it")
    world.drop("a.txt.done", b"")
    world.start()
    rounds(world, 30)
    assert not world.lanes[0].offline
    assert world.seen("outbox") == {"a.pdf": result_of(b"all of it")}
    assert gate_at(world, long.name.encode()) is Gate.MARKER


# reading ────────────────────────────────────────────────────────────────────
@pytest.fixture
def poor_world() -> Iterator[World]:
    """A world that an ordinary user can live in."""
    import tempfile  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        world = World(Path(folder))
        with as_somebody_else():
            yield world
            world.stop()


def test_a_file_that_may_not_be_read_waits_alone(poor_world: World) -> None:
    world = poor_world
    closed, _ = world.drop("closed.txt", b"mine"), world.drop("open.txt", b"yours")
    closed.chmod(0)
    world.start()
    rounds(world, 30)
    assert gate_at(world, b"closed.txt") is Gate.UNREADABLE
    assert world.seen("outbox") == {"open.pdf": result_of(b"yours")}
    closed.chmod(0o600)
    world.run()
    assert world.seen("outbox")["closed.pdf"] == result_of(b"mine")


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT TESTED HERE: it needs root")
def test_where_the_kernel_cannot_tell_who_writes_ten_quiet_seconds_are_wanted(poor_world: World) -> None:
    """A lease on somebody else's file needs CAP_LEASE."""
    world = poor_world
    world.start()
    path = Path(world.route.inbox) / "a.txt"
    os.seteuid(0)
    path.write_bytes(b"somebody else's")
    path.chmod(0o644)
    os.seteuid(NOBODY)
    rounds(world, BLIND_SETTLE)
    assert path.exists()
    assert gate_at(world, b"a.txt") is Gate.QUIET
    rounds(world, 15)
    assert not path.exists()


def test_on_a_mount_without_events_ten_quiet_seconds_are_wanted(world: World, blind: Callable[[Path], None]) -> None:
    blind(world.root)
    path = world.drop("a.txt")
    world.start()
    rounds(world, BLIND_SETTLE)
    assert path.exists()
    assert world.lanes[0].polled == "nfs4 brings no events"
    rounds(world, 2)
    assert not path.exists()


def test_files_that_may_not_be_read_on_such_a_mount_hold_up_nobody(
    poor_world: World, blind: Callable[[Path], None]
) -> None:
    world = poor_world
    blind(world.root)
    world.appetite = type(world.appetite)(rescan=10.0, most_open=4)
    for number in range(8):
        world.drop(f"closed{number}.txt").chmod(0)
    world.start()
    rounds(world, 20)
    world.drop("open.txt", b"yours")
    rounds(world, 60)
    assert world.seen("outbox") == {"open.pdf": result_of(b"yours")}
    assert world.open_jobs() == [], "a file that cannot be read has a job"


def test_a_file_with_a_damaged_sector_waits_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = looks.open_file

    def open_file(folder: int, name: bytes) -> int:
        if name == b"damaged.txt":
            raise OSError(5, "Input/output error")
        return real(folder, name)

    monkeypatch.setattr(looks, "open_file", open_file)
    world.drop("damaged.txt")
    world.drop("sound.txt", b"sound")
    world.start()
    rounds(world, 30)
    assert not world.lanes[0].offline
    assert world.seen("outbox") == {"sound.pdf": result_of(b"sound")}
    assert gate_at(world, b"damaged.txt") is Gate.UNREADABLE


# names ──────────────────────────────────────────────────────────────────────
def test_what_a_route_ignores_or_does_not_accept_is_left_where_it_is(world: World) -> None:
    world.change_route(ignore=("draft-*",), accept=("*.TXT",), unaccepted="leave")
    left = [world.drop("draft-a.txt"), world.drop("a.jpg")]
    world.drop("b.txt", b"accepted")
    world.start()
    rounds(world, 30)
    assert all(path.exists() for path in left)
    assert world.seen("outbox") == {"b.pdf": result_of(b"accepted")}


@pytest.mark.parametrize("folder", [".rsync-partial", ".stfolder", "@eaDir", "$RECYCLE.BIN", ".Trash-1000", "a/.b/c"])
def test_a_hint_into_a_folder_of_somebodys_tools_is_not_followed(world: World, folder: str) -> None:
    world.change_route(recursive=True)
    world.start()
    path = world.drop(f"{folder}/a.txt")
    world.lanes[0].hints.add(folder.encode(), b"a.txt")
    rounds(world, 30)
    assert path.exists()
    assert world.jobs() == []


def test_a_file_whose_second_name_goes_is_taken_soon(world: World) -> None:
    """Programs that publish by link(2) and unlink(2) leave a moment in which the file has two names."""
    world.appetite = type(world.appetite)(rescan=600.0)
    world.start()
    rounds(world, 5)
    draft = world.root / "draft"
    draft.write_bytes(b"published")
    path = Path(world.route.inbox) / "a.txt"
    path.hardlink_to(draft)
    world.lanes[0].hints.add(b"", b"a.txt")
    rounds(world, 1)
    assert world.lanes[0].left == {(b"", b"a.txt"): Gate.SHARED}
    draft.unlink()
    rounds(world, 10)
    assert world.seen("outbox") == {"a.pdf": result_of(b"published")}
    assert world.lanes[0].left == {}, "it is still said to be left alone"
