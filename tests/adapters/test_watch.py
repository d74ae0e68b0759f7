"""Hints of the real kernel through the real watchdog, in real folders."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from watchdog.events import FileClosedEvent, FileMovedEvent

from watchconvert.adapters import watch as watch_module
from watchconvert.adapters.watch import Hints, Watch

PATIENCE = 10.0


class Heard:
    """Hints with a bell that a test can wait for."""

    def __init__(self) -> None:
        self.bell = threading.Event()
        self.hints = Hints(self.bell.set)
        self.names: set[tuple[str, bytes]] = set()
        self.lost: set[str] = set()

    def take(self) -> None:
        self.bell.clear()
        names, lost = self.hints.take()
        self.names |= names
        self.lost |= lost

    def until(self, inbox: Path, *names: bytes) -> None:
        """Wait until each of the names was hinted at."""
        wanted = {(str(inbox), name) for name in names}
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
def watch(heard: Heard) -> Iterator[Watch]:
    watch = Watch(heard.hints)
    yield watch
    watch.stop()


def test_a_file_that_was_written_is_hinted_at(watch: Watch, heard: Heard, inbox: Path) -> None:
    watch.follow(str(inbox))
    (inbox / "a.docx").write_bytes(b"hello")
    heard.until(inbox, b"a.docx")


def test_an_end_of_writing_is_a_hint_of_its_own(watch: Watch, heard: Heard, inbox: Path) -> None:
    with (inbox / "a.docx").open("wb") as file:
        watch.follow(str(inbox))
        file.write(b"hello")
        file.flush()
        heard.take()
        assert heard.names == set()
    heard.until(inbox, b"a.docx")


def test_a_file_that_is_moved_in_is_hinted_at(watch: Watch, heard: Heard, inbox: Path, tmp_path: Path) -> None:
    watch.follow(str(inbox))
    (tmp_path / "draft").write_bytes(b"hello")
    (tmp_path / "draft").rename(inbox / "a.docx")
    heard.until(inbox, b"a.docx")


def test_a_file_that_is_renamed_within_is_hinted_at_by_its_new_name(watch: Watch, heard: Heard, inbox: Path) -> None:
    (inbox / "a.tmp").write_bytes(b"hello")
    watch.follow(str(inbox))
    (inbox / "a.tmp").rename(inbox / "a.docx")
    heard.until(inbox, b"a.docx")


def test_a_hard_link_is_hinted_at(watch: Watch, heard: Heard, inbox: Path, tmp_path: Path) -> None:
    watch.follow(str(inbox))
    (tmp_path / "draft").write_bytes(b"hello")
    os.link(tmp_path / "draft", inbox / "a.docx")
    heard.until(inbox, b"a.docx")


def test_names_are_told_byte_for_byte(watch: Watch, heard: Heard, inbox: Path) -> None:
    watch.follow(str(inbox))
    name = b"caf\xe9\n\xff.docx"
    Path(os.fsdecode(os.path.join(os.fsencode(inbox), name))).write_bytes(b"x")
    heard.until(inbox, name)


def test_what_happens_in_the_stage_or_deeper_is_no_hint(watch: Watch, heard: Heard, inbox: Path) -> None:
    (inbox / "sub").mkdir()
    watch.follow(str(inbox))
    (inbox / ".watchconvert").mkdir()
    (inbox / ".watchconvert/a.docx").write_bytes(b"x")
    (inbox / "sub/b.docx").write_bytes(b"x")
    (inbox / "last.docx").write_bytes(b"x")
    heard.until(inbox, b"last.docx")
    assert {name for _, name in heard.names} == {b"last.docx"}


@pytest.mark.parametrize("path", ["/in/.watchconvert", "/in/.watchconvert/a", "/in/sub/a", "/elsewhere/a"])
def test_a_handler_hears_only_of_its_own_folder(path: str) -> None:
    heard = Heard()
    handler = watch_module._Handler(heard.hints, "/in")
    handler.on_any_event(FileClosedEvent(path))
    handler.on_any_event(FileMovedEvent(path, "/in/b"))
    heard.take()
    assert heard.names == {("/in", b"b")}


def test_each_inbox_has_its_own_hints_until_it_is_dropped(watch: Watch, heard: Heard, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
        watch.follow(str(folder))
    (one / "a").write_bytes(b"x")
    heard.until(one, b"a")
    watch.drop(str(one))
    watch.drop(str(one))
    (one / "b").write_bytes(b"x")
    (two / "c").write_bytes(b"x")
    heard.until(two, b"c")
    assert (str(one), b"b") not in heard.names


def test_a_new_watch_asks_for_a_scan_and_an_old_one_does_not(watch: Watch, heard: Heard, inbox: Path) -> None:
    watch.follow(str(inbox))
    heard.take()
    assert heard.lost == {str(inbox)}
    heard.lost.clear()
    watch.follow(str(inbox))
    heard.take()
    assert heard.lost == set()


def test_an_inbox_that_was_removed_and_made_again_is_followed_again(watch: Watch, heard: Heard, inbox: Path) -> None:
    watch.follow(str(inbox))
    heard.take()
    heard.lost.clear()
    inbox.rename(inbox.with_name("old"))
    with pytest.raises(FileNotFoundError):
        watch.follow(str(inbox))
    inbox.mkdir()
    watch.follow(str(inbox))
    heard.take()
    assert heard.lost == {str(inbox)}
    (inbox / "a.docx").write_bytes(b"x")
    heard.until(inbox, b"a.docx")
    assert watch.is_alive()


def test_an_inbox_that_was_deleted_and_made_again_is_followed_again(watch: Watch, heard: Heard, inbox: Path) -> None:
    watch.follow(str(inbox))
    inbox.rmdir()
    with pytest.raises(FileNotFoundError):
        watch.follow(str(inbox))
    inbox.mkdir()
    watch.follow(str(inbox))
    (inbox / "a.docx").write_bytes(b"x")
    heard.until(inbox, b"a.docx")
    assert watch.is_alive()


def test_a_stopped_watch_is_not_alive(heard: Heard, inbox: Path) -> None:
    watch = Watch(heard.hints)
    watch.follow(str(inbox))
    assert watch.is_alive()
    watch.stop()
    assert not watch.is_alive()


def test_hints_are_bounded_and_past_the_bound_everything_is_looked_at() -> None:
    heard = Heard()
    for number in range(512):
        heard.hints.add("/in", b"%d" % number)
    heard.take()
    assert (len(heard.names), heard.lost) == (512, set())
    for number in range(513):
        heard.hints.add("/in", b"%d" % number)
    names, lost = heard.hints.take()
    assert (len(names), lost) == (512, {"/in"})
    assert heard.hints.take() == (set(), set())


def test_every_hint_rings() -> None:
    heard = Heard()
    heard.hints.add("/in", b"a")
    assert heard.bell.is_set()
    heard.take()
    heard.hints.lose("/in")
    assert heard.bell.is_set()
