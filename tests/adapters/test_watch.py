"""Hints of the real kernel through the real watchdog, in real folders."""

import errno
import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from watchdog.events import FileClosedEvent, FileMovedEvent

from watchconvert.adapters import watch as watch_module
from watchconvert.adapters.watch import Hints, Watch, say_limit

PATIENCE = 10.0


class Heard:
    """Hints with a bell that a test can wait for."""

    def __init__(self) -> None:
        self.bell = threading.Event()
        self.hints = Hints(self.bell.set)
        self.names: set[tuple[bytes, bytes]] = set()
        self.lost = False

    def take(self) -> None:
        self.bell.clear()
        names, lost = self.hints.take()
        self.names |= names
        self.lost |= lost

    def has_lost(self) -> bool:
        """Tell whether a scan was asked for since this was asked last."""
        self.take()
        lost, self.lost = self.lost, False
        return lost

    def until(self, *names: bytes, folder: bytes = b"") -> None:
        """Wait until each of the names was hinted at."""
        wanted = {(folder, name) for name in names}
        while not wanted <= self.names:
            assert self.bell.wait(PATIENCE), f"never heard of {wanted - self.names}"
            self.take()


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def watch(heard: Heard, inbox: Path) -> Iterator[Watch]:
    watch = Watch(heard.hints, str(inbox))
    yield watch
    watch.drop()


@pytest.fixture
def deep_watch(heard: Heard, inbox: Path) -> Iterator[Watch]:
    watch = Watch(heard.hints, str(inbox), deep=True)
    yield watch
    watch.drop()


def test_a_file_that_was_written_is_hinted_at(watch: Watch, heard: Heard, inbox: Path) -> None:
    watch.follow()
    heard.take()
    (inbox / "a.docx").write_bytes(b"hello")
    heard.until(b"a.docx")


def test_an_end_of_writing_is_a_hint_of_its_own(watch: Watch, heard: Heard, inbox: Path) -> None:
    with (inbox / "a.docx").open("wb") as file:
        watch.follow()
        heard.take()
        file.write(b"hello")
        file.flush()
        heard.take()
        assert heard.names == set()
    heard.until(b"a.docx")


def test_a_file_that_is_moved_in_is_hinted_at(watch: Watch, heard: Heard, inbox: Path, tmp_path: Path) -> None:
    watch.follow()
    heard.take()
    (tmp_path / "draft").write_bytes(b"hello")
    (tmp_path / "draft").rename(inbox / "a.docx")
    heard.until(b"a.docx")


def test_a_file_that_is_renamed_within_is_hinted_at_by_its_new_name(watch: Watch, heard: Heard, inbox: Path) -> None:
    (inbox / "a.tmp").write_bytes(b"hello")
    watch.follow()
    heard.take()
    (inbox / "a.tmp").rename(inbox / "a.docx")
    heard.until(b"a.docx")


def test_a_hard_link_is_hinted_at(watch: Watch, heard: Heard, inbox: Path, tmp_path: Path) -> None:
    watch.follow()
    heard.take()
    (tmp_path / "draft").write_bytes(b"hello")
    os.link(tmp_path / "draft", inbox / "a.docx")
    heard.until(b"a.docx")


def test_names_are_told_byte_for_byte(watch: Watch, heard: Heard, inbox: Path) -> None:
    watch.follow()
    heard.take()
    name = b"caf\xe9\n\xff.docx"
    Path(os.fsdecode(os.path.join(os.fsencode(inbox), name))).write_bytes(b"x")
    heard.until(name)


def test_what_happens_in_the_stage_or_deeper_is_no_hint(watch: Watch, heard: Heard, inbox: Path) -> None:
    (inbox / "sub").mkdir()
    watch.follow()
    heard.take()
    (inbox / ".watchconvert").mkdir()
    (inbox / ".watchconvert/a.docx").write_bytes(b"x")
    (inbox / "sub/b.docx").write_bytes(b"x")
    (inbox / "last.docx").write_bytes(b"x")
    heard.until(b"last.docx")
    assert heard.names == {(b"", b"last.docx")}


def test_in_a_deep_inbox_names_are_told_with_their_folder(deep_watch: Watch, heard: Heard, inbox: Path) -> None:
    (inbox / "a/b").mkdir(parents=True)
    (inbox / ".watchconvert").mkdir()
    deep_watch.follow()
    heard.take()
    (inbox / ".watchconvert/hidden.docx").write_bytes(b"x")
    (inbox / "a/b/x.docx").write_bytes(b"x")
    heard.until(b"x.docx", folder=b"a/b")
    (inbox / "top.docx").write_bytes(b"x")
    heard.until(b"top.docx")
    assert heard.names == {(b"a/b", b"x.docx"), (b"", b"top.docx")}


@pytest.mark.parametrize("how", ["made", "moved in"])
def test_a_new_folder_in_a_deep_inbox_asks_for_a_scan(
    deep_watch: Watch, heard: Heard, inbox: Path, tmp_path: Path, how: str
) -> None:
    deep_watch.follow()
    heard.take()
    assert heard.has_lost()
    if how == "made":
        (inbox / "new").mkdir()
    else:
        (tmp_path / "new").mkdir()
        (tmp_path / "new").rename(inbox / "new")
    while not heard.has_lost():
        assert heard.bell.wait(PATIENCE)


@pytest.mark.parametrize("path", ["/in/.watchconvert", "/in/.watchconvert/a", "/in/sub/a", "/elsewhere/a"])
def test_a_handler_hears_only_of_its_own_folder(path: str) -> None:
    heard = Heard()
    heard.take()
    handler = watch_module._Handler(heard.hints, "/in", deep=False)
    handler.on_any_event(FileClosedEvent(path))
    handler.on_any_event(FileMovedEvent(path, "/in/b"))
    heard.take()
    assert heard.names == {(b"", b"b")}


def test_a_watch_that_was_dropped_hears_nothing(watch: Watch, heard: Heard, inbox: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Watch(heard.hints, str(tmp_path / "other"))
    other.follow()
    heard.take()
    watch.follow()
    heard.take()
    watch.drop()
    watch.drop()
    assert not watch.is_alive()
    (inbox / "a").write_bytes(b"x")
    (tmp_path / "other/b").write_bytes(b"x")
    heard.until(b"b")
    other.drop()
    assert heard.names == {(b"", b"b")}


def test_a_new_watch_asks_for_a_scan_and_an_old_one_does_not(watch: Watch, heard: Heard) -> None:
    assert heard.has_lost()
    watch.follow()
    heard.take()
    assert heard.has_lost()
    watch.follow()
    heard.take()
    assert not heard.has_lost()


@pytest.mark.parametrize("how", ["renamed", "deleted"])
def test_an_inbox_that_was_removed_and_made_again_is_followed_again(
    watch: Watch, heard: Heard, inbox: Path, how: str
) -> None:
    watch.follow()
    heard.take()
    assert heard.has_lost()
    if how == "renamed":
        inbox.rename(inbox.with_name("old"))
    else:
        inbox.rmdir()
    with pytest.raises(FileNotFoundError):
        watch.follow()
    inbox.mkdir()  # perhaps with the same inode: then only the end of the old watch tells that it is another
    deadline = time.monotonic() + PATIENCE
    watch.follow()
    heard.take()
    while not heard.has_lost():
        assert time.monotonic() < deadline
        watch.follow()
        heard.take()
    (inbox / "a.docx").write_bytes(b"x")
    heard.until(b"a.docx")
    assert watch.is_alive()


def test_an_overflow_of_the_kernels_queue_asks_for_a_scan(
    watch: Watch, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "_rebuild", lambda _: None)
    watch.follow()
    heard.take()
    assert heard.has_lost()
    watch_module._on_overflow(None)  # type: ignore[arg-type]
    assert heard.has_lost()
    watch.drop()
    watch_module._on_overflow(None)  # type: ignore[arg-type]
    assert not heard.has_lost()


def test_hints_are_bounded_and_past_the_bound_everything_is_looked_at() -> None:
    heard = Heard()
    assert heard.has_lost()
    for number in range(512):
        heard.hints.add(b"", b"%d" % number)
    assert not heard.has_lost()
    assert len(heard.names) == 512
    for number in range(513):
        heard.hints.add(b"", b"%d" % number)
    names, lost = heard.hints.take()
    assert (len(names), lost) == (512, True)
    assert heard.hints.take() == (set(), False)


def test_every_hint_rings() -> None:
    heard = Heard()
    heard.take()
    heard.hints.add(b"", b"a")
    assert heard.bell.is_set()
    heard.take()
    heard.hints.lose()
    assert heard.bell.is_set()


@pytest.mark.parametrize(
    ("number", "limit"),
    [(errno.ENOSPC, "fs.inotify.max_user_watches"), (errno.EMFILE, "fs.inotify.max_user_instances")],
)
def test_a_limit_of_the_kernel_is_told_with_its_remedy(number: int, limit: str) -> None:
    assert re.search(rf"{limit} = \d+ is reached; raise it: sysctl {limit}=\d+", say_limit(OSError(number, "x")))


def test_any_other_fault_is_told_as_it_is() -> None:
    assert say_limit(OSError(errno.ENOENT, "No such file or directory")) == "No such file or directory"


def test_names_are_not_gathered_while_everything_will_be_looked_at_anyway() -> None:
    heard = Heard()
    heard.take()
    heard.hints.lose()
    heard.bell.clear()
    heard.hints.add(b"", b"a")
    assert not heard.bell.is_set()
    assert heard.hints.take() == (set(), True)
