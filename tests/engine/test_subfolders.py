"""Where things go and whose they are: mirrored sub-folders, names that are taken, owners, modes, times, markers."""

import grp
import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.engine.fakes import result_of
from tests.engine.test_gates import PDF, rounds
from tests.engine.world import World
from watchconvert.adapters.files import looks
from watchconvert.core.answers import Refused
from watchconvert.core.job import Verdict
from watchconvert.core.settle import Gate
from watchconvert.core.states import State

DEEP = "2024/März/Rechnungen"
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="NOT TESTED HERE: it needs root")
SOMEBODY, SOMEBODYS = 4711, 4712


def tree(world: World, folder: str) -> dict[str, bytes]:
    """Return every file in and below one of the route's folders, the stage left out."""
    top = Path(getattr(world.route, folder))
    found = sorted(path for path in top.rglob("*") if path.is_file() and ".watchconvert" not in path.parts)
    return {str(path.relative_to(top)): path.read_bytes() for path in found}


def folders_in(world: World, folder: str) -> list[str]:
    top = Path(getattr(world.route, folder))
    return sorted(
        str(path.relative_to(top)) for path in top.rglob("*") if path.is_dir() and ".watchconvert" not in path.parts
    )


# sub-folders ────────────────────────────────────────────────────────────────
def test_outbox_and_archive_mirror_the_sub_folders(world: World) -> None:
    world.change_route(recursive=True)
    for folder in ("", "sub/", f"{DEEP}/"):
        world.drop(f"{folder}a.txt", folder.encode() or b"top")
    world.start()
    rounds(world, 20)
    sources = {"a.txt": b"top", "sub/a.txt": b"sub/", f"{DEEP}/a.txt": f"{DEEP}/".encode()}
    assert tree(world, "archive") == sources
    assert tree(world, "outbox") == {name.replace(".txt", ".pdf"): result_of(body) for name, body in sources.items()}
    assert tree(world, "inbox") == {}
    assert folders_in(world, "inbox") == ["2024", "2024/März", DEEP, "sub"], (
        "emptied folders stay unless the route says so"
    )
    assert world.staged() == []


def test_the_error_folder_mirrors_them_too_with_the_note_beside_the_file(world: World) -> None:
    world.change_route(recursive=True)
    world.service.answers["submit"] = [Refused(Verdict("It cannot be read.", 415, 4150))]
    world.drop(f"{DEEP}/a.txt", b"dear")
    world.start()
    rounds(world, 20)
    error = tree(world, "error")
    assert error.keys() == {f"{DEEP}/a.txt", f"{DEEP}/a.txt.error.txt", f"{DEEP}/a.txt.error.json"}
    assert error[f"{DEEP}/a.txt"] == b"dear"


def test_sub_folders_are_not_taken_unless_the_route_says_so(world: World) -> None:
    path = world.drop("sub/a.txt")
    world.start()
    rounds(world, 40)
    assert path.exists()
    assert world.jobs() == []


def test_emptied_sub_folders_go_where_the_route_says_so(world: World) -> None:
    world.change_route(recursive=True, remove_empty=True)
    world.drop(f"{DEEP}/a.txt")
    world.drop("kept/a.txt")
    world.drop("kept/~$a.txt")
    (Path(world.route.inbox) / "never-filled").mkdir()
    world.start()
    rounds(world, 20)
    assert folders_in(world, "inbox") == ["kept", "never-filled"]
    assert len(tree(world, "outbox")) == 2


def test_a_folder_in_the_outbox_that_is_a_link_is_not_followed(world: World) -> None:
    world.change_route(recursive=True)
    elsewhere = world.root / "elsewhere"
    elsewhere.mkdir()
    world.drop("sub/a.txt")
    world.start()
    for folder in (world.route.outbox, world.route.archive):
        (Path(folder) / "sub").symlink_to(elsewhere)
    rounds(world, 40)
    assert list(elsewhere.iterdir()) == []
    (job,) = world.open_jobs()
    assert job.note
    for folder in (world.route.outbox, world.route.archive):
        (Path(folder) / "sub").unlink()
    rounds(world, 400, 5.0)
    assert tree(world, "outbox").keys() == {"sub/a.pdf"}
    assert tree(world, "archive").keys() == {"sub/a.txt"}


# names that are taken ───────────────────────────────────────────────────────
def test_a_name_that_is_taken_gets_a_number(world: World) -> None:
    world.start()
    (Path(world.route.outbox) / "a.pdf").write_bytes(b"somebody's")
    world.drop("a.txt", b"one")
    world.run()
    world.drop("a.docx", b"two")
    world.run()
    assert world.seen("outbox") == {
        "a.pdf": b"somebody's",
        "a (2).pdf": result_of(b"one"),
        "a (3).pdf": result_of(b"two"),
    }


def test_a_name_that_is_taken_is_replaced_where_the_route_says_so(world: World) -> None:
    world.change_route(on_conflict="replace")
    world.start()
    for body in (b"one", b"two"):
        world.drop("a.txt", body)
        world.run()
        assert world.seen("outbox") == {"a.pdf": result_of(body)}
    assert world.seen("archive") == {"a.txt": b"one", "a (2).txt": b"two"}, "an archive replaces nothing"


def test_a_name_that_is_taken_fails_before_it_costs_anything_where_the_route_says_so(world: World) -> None:
    world.change_route(on_conflict="fail", recursive=True)
    world.start()
    (Path(world.route.outbox) / "a.pdf").write_bytes(b"somebody's")
    world.drop("a.txt", b"refused")
    world.drop("sub/a.txt", b"free there")
    rounds(world, 30)
    assert tree(world, "outbox") == {"a.pdf": b"somebody's", "sub/a.pdf": result_of(b"free there")}
    assert tree(world, "error").keys() == {"a.txt", "a.txt.error.txt", "a.txt.error.json"}
    assert b"a.pdf" in tree(world, "error")["a.txt.error.txt"]
    assert len(world.service.bills) == 1


# owners, modes, times ───────────────────────────────────────────────────────
def owner_of(path: Path) -> tuple[int, int]:
    return path.stat().st_uid, path.stat().st_gid


@AS_ROOT
@pytest.mark.parametrize("owner", ["source", "folder", "user:group"])
def test_outputs_and_the_folders_made_for_them_belong_to_whom_the_route_says(world: World, owner: str) -> None:
    user, group = pwd.getpwuid(65534), grp.getgrgid(65534)
    named = f"{user.pw_name}:{group.gr_name}"
    world.change_route(recursive=True, owner=named if owner == "user:group" else owner)
    world.start()
    if owner == "folder":
        os.chown(world.route.outbox, SOMEBODY, SOMEBODYS)
    path = world.drop("sub/deep/a.txt")
    if owner == "source":
        os.chown(path, SOMEBODY, SOMEBODYS)
    rounds(world, 20)
    wanted = (65534, 65534) if owner == "user:group" else (SOMEBODY, SOMEBODYS)
    outbox = Path(world.route.outbox)
    assert {owner_of(outbox / name) for name in ("sub", "sub/deep", "sub/deep/a.pdf")} == {wanted}
    assert owner_of(outbox / ".watchconvert") == (0, 0)


@AS_ROOT
def test_a_user_that_does_not_exist_is_told_and_nothing_is_bought_twice(world: World) -> None:
    world.change_route(owner="nobody-like-that:nor-that")
    world.drop("a.txt")
    world.start()
    rounds(world, 60)
    (job,) = world.open_jobs()
    assert "there is no user or group nobody-like-that:nor-that" in job.note
    assert len(world.service.bills) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o777])
def test_outputs_have_the_mode_that_the_route_says_whatever_the_umask(world: World, mode: int) -> None:
    world.change_route(file_mode=mode)
    world.drop("a.txt")
    world.start()
    before = os.umask(0o077)
    try:
        world.run()
    finally:
        os.umask(before)
    assert (Path(world.route.outbox) / "a.pdf").stat().st_mode & 0o7777 == mode


def test_without_a_mode_the_folder_and_the_umask_decide(world: World) -> None:
    world.drop("a.txt")
    world.start()
    before = os.umask(0o027)
    try:
        world.run()
    finally:
        os.umask(before)
    assert (Path(world.route.outbox) / "a.pdf").stat().st_mode & 0o7777 == 0o640


@pytest.mark.parametrize("keep", [True, False])
def test_outputs_have_the_sources_time_where_the_route_says_so(world: World, *, keep: bool) -> None:
    world.change_route(keep_times=keep)
    path = world.drop("a.txt")
    os.utime(path, ns=(0, 1_600_000_000_123_456_789))
    world.start()
    world.run()
    kept = (Path(world.route.outbox) / "a.pdf").stat().st_mtime_ns == 1_600_000_000_123_456_789
    assert kept is keep
    assert (Path(world.route.archive) / "a.txt").stat().st_mtime_ns == 1_600_000_000_123_456_789


@pytest.mark.parametrize("when", ["before the first start", "while it runs"])
def test_outputs_and_notes_have_what_their_folder_hands_down(world: World, when: str) -> None:
    """A share is often given its group and its ACL when the daemon has made its folders already."""
    if shutil.which("setfacl") is None:
        pytest.skip("NOT TESTED HERE: setfacl not installed (sh contrib/install-test-tools.sh)")

    def share(folder: str) -> None:
        Path(folder).mkdir(parents=True, exist_ok=True)
        os.chown(folder, -1, SOMEBODYS if os.geteuid() == 0 else os.getegid())
        Path(folder).chmod(0o2775)
        subprocess.run(["setfacl", "-d", "-m", "u:65534:rw,g::rw", folder], check=True)

    if when.startswith("before"):
        share(world.route.outbox)
        share(world.route.error)
    world.change_route(accept=("*.txt",))
    world.start()
    if not when.startswith("before"):
        share(world.route.outbox)
        share(world.route.error)
    world.drop("a.txt")
    world.drop("b.jpg")
    world.run()
    for path in (Path(world.route.outbox) / "a.pdf", Path(world.route.error) / "b.jpg.error.txt"):
        rules = subprocess.run(["getfacl", "-cnp", path], capture_output=True, text=True, check=True).stdout
        assert "user:65534:rw-" in rules
        assert path.stat().st_gid == Path(world.route.outbox).stat().st_gid
        assert not path.stat().st_mode & 0o111


# several at once ────────────────────────────────────────────────────────────
def test_all_of_it_together(world: World) -> None:
    world.change_route(
        recursive=True, remove_empty=True, done="{name}.ok", file_mode=0o644, keep_times=True, on_conflict="replace"
    )
    world.start()
    for body in (PDF, PDF + b"again %%EOF\n"):
        path = world.drop(f"{DEEP}/a.pdf", body)
        os.utime(path, (1_600_000_000, 1_600_000_000))
        rounds(world, 20)
        assert path.exists(), "its marker is not there yet"
        world.drop(f"{DEEP}/a.pdf.ok", b"")
        rounds(world, 20)
        assert tree(world, "outbox") == {f"{DEEP}/a.pdf": result_of(body)}
        assert folders_in(world, "inbox") == []
    output = (Path(world.route.outbox) / DEEP / "a.pdf").stat()
    assert (output.st_mode & 0o777, output.st_mtime) == (0o644, 1_600_000_000)
    assert {job.state for job in world.jobs()} == {State.DONE}


def test_what_lies_on_a_mount_inside_the_inbox_is_left_alone_and_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim is a rename, and renames stop at the edge of a file system."""
    world.change_route(recursive=True)
    path = world.drop("usb/letter.docx")
    world.drop("here.docx")
    monkeypatch.setattr(looks, "same_device", lambda folder, root: os.fstat(folder).st_ino == os.fstat(root).st_ino)
    world.start()
    for _ in range(20):
        world.round()
        world.clock.pass_by(1.0)
    assert path.exists()
    assert world.seen("outbox").keys() == {"here.pdf"}
    assert world.lanes[0].left == {(b"usb", b"letter.docx"): Gate.ELSEWHERE}
