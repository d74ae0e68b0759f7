"""What stands in an inbox for a file that is on its way: seen by people, never in the way of anything."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.engine.fakes import Crash, CrashingDisk
from tests.engine.world import World
from watchconvert.adapters.files.disk import Disk
from watchconvert.adapters.files.markers import Markers
from watchconvert.adapters.watch import Hints, _Handler
from watchconvert.core.job import Verdict
from watchconvert.core.naming import is_junk
from watchconvert.core.notes import marked_job
from watchconvert.core.states import Event, State
from watchconvert.engine.markers import Marking, sweep_left

ENGLISH = "letter.docx is being converted. This note goes by itself."


class Marked(World):
    """A world whose route shows what is on its way, and whose service takes its time."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, held=False)
        self.service.lag = 10**9  # whatever is asked for is not ready
        self.change_route(markers=True, recursive=True)

    def make_disk(self) -> Disk:
        return CrashingDisk(self.fuse)

    def start(self) -> None:
        super().start()
        self.rung: list[str] = []
        self.marking = Marking(self.tools, self.route)
        self.marking.ring = lambda: self.rung.append("rung")
        self.dispatcher.on_rest = self.dispatcher.on_claim = self.marking.hear

    def take(self, *names: str) -> None:
        """Have files taken and sent, so that they are on their way for long."""
        for name in names:
            self.drop(name, f"content of {name}".encode())
        self.clock.pass_by(self.appetite.rescan)
        for _ in range(4):
            self.round()
            self.clock.pass_by(1.0)
        assert not set(names) & self.tree()

    def look(self) -> float:
        self.clock.pass_by(1.0)
        return self.marking.round()

    def tree(self) -> set[str]:
        top = Path(self.route.inbox)
        found = (path.relative_to(top).as_posix() for path in top.rglob("*") if path.is_file())
        return {name for name in found if not name.startswith(".watchconvert")}

    def path(self, name: str = "letter.docx.converting") -> Path:
        return Path(self.route.inbox, name)

    def end(self) -> None:
        """Have what is under way come to its end: an administrator cancels it."""
        for job in self.open_jobs():
            after = job.after(Event.REJECTED, {"verdict": Verdict("Nobody wants it.")}, self.clock.now())
            assert self.journal is not None
            self.journal.record(job, after, Event.REJECTED)
        self.dispatcher.round(self.clock.now())


@pytest.fixture
def world(tmp_path: Path) -> Marked:
    made = Marked(tmp_path)
    made.start()
    return made


def test_a_marker_stands_while_a_file_is_on_its_way_and_goes_when_it_rests(world: Marked) -> None:
    world.take("letter.docx")
    assert world.rung == ["rung"]
    assert world.look() == 600
    (job,) = world.open_jobs()
    assert world.tree() == {"letter.docx.converting"}
    assert world.path().read_bytes() == f"{ENGLISH} ({job.id})\r\n".encode()
    world.end()
    assert world.rung == ["rung"] * 2
    assert world.look() == 600
    assert world.tree() == set()
    assert set(world.seen("error")) == {"letter.docx", "letter.docx.error.txt", "letter.docx.error.json"}


def test_a_file_that_is_done_at_once_gets_none_and_one_that_waits_in_the_inbox_neither(world: Marked) -> None:
    world.drop("letter.docx")
    world.round()
    world.clock.pass_by(1.0)
    world.round()
    assert [job.state for job in world.jobs()] == [State.CONVERTING]
    assert world.marking.round() == 1, "it is looked at again when it has taken a second"
    assert world.tree() == set()
    world.look()
    assert world.tree() == {"letter.docx.converting"}


def test_a_look_is_taken_once_a_second_however_often_it_is_rung(world: Marked) -> None:
    world.look()
    asked: list[str] = []
    world.tools.journal.under_way = lambda *_: asked.append("asked") or []  # type: ignore[method-assign,func-returns-value]
    assert [world.marking.round() for _ in range(50)] == [1.0] * 50
    assert asked == []
    world.look()
    assert asked == ["asked"]


def test_it_speaks_the_language_of_the_route_and_stands_in_the_sub_folder(tmp_path: Path) -> None:
    world = Marked(tmp_path)
    world.change_route(language="de", remove_empty=True)
    world.start()
    world.take("2026/März.docx")
    world.look()
    assert not world.tree(), "the sub-folder was removed, as the route says"
    world.drop("2026/still open.tmp")
    world.take("2026/April.docx")
    world.look()
    assert (
        world.path("2026/April.docx.converting")
        .read_text("utf-8")
        .startswith("April.docx wird gerade umgewandelt. Dieser Hinweis verschwindet von selbst. (")
    )
    world.path("2026/still open.tmp").unlink()
    world.end()
    world.look()
    assert not world.path("2026").exists(), "with the marker goes the folder that nothing else is in"


@pytest.mark.parametrize("content", [b"Anna: I wait for this one", b"", None])
def test_what_a_person_wrote_or_put_there_stays(world: Marked, content: bytes | None) -> None:
    world.take("letter.docx")
    if content is None:
        world.path().mkdir()
        world.look()
    else:
        world.look()
        world.path().write_bytes(content)
    world.end()
    world.look()
    assert world.path().exists() is (content != b""), "only what is empty holds nothing to lose"


def test_a_name_that_is_taken_is_left_as_it_is(world: Marked) -> None:
    world.path().write_bytes(b"somebody's own")
    world.take("letter.docx")
    world.look()
    world.end()
    world.look()
    assert world.path().read_bytes() == b"somebody's own"


def test_one_that_a_person_removed_is_not_put_there_again(world: Marked) -> None:
    world.take("letter.docx")
    world.look()
    world.path().unlink()
    world.look()
    assert world.tree() == set()


def test_two_files_of_one_name_have_one_marker_after_the_other(world: Marked) -> None:
    world.take("letter.docx")
    world.look()
    first = world.path().read_bytes()
    world.take("letter.docx")
    world.look()
    assert world.path().read_bytes() == first
    older = min(world.open_jobs(), key=lambda job: job.noticed_at)
    after = older.after(Event.REJECTED, {"verdict": Verdict("Nobody wants it.")}, world.clock.now())
    assert world.journal is not None
    world.journal.record(older, after, Event.REJECTED)
    world.dispatcher.round(world.clock.now())
    world.look()
    world.look()
    assert marked_job(b"letter.docx.converting", world.path().read_bytes().decode()) not in ("", older.id)


def test_a_life_that_was_killed_leaves_markers_that_the_next_takes_over_or_removes(world: Marked) -> None:
    world.take("done.docx", "letter.docx")
    world.look()
    assert len(world.tree()) == 2
    (done,) = (job for job in world.open_jobs() if job.name == b"done.docx")
    world.path("anna.converting").write_bytes(b"Anna's")
    world.path("lost.docx.converting").write_bytes(b"")  # its content was lost with the power
    after = done.after(Event.REJECTED, {"verdict": Verdict("Nobody wants it.")}, world.clock.now())
    assert world.journal is not None
    world.journal.record(done, after, Event.REJECTED)
    world.dispatcher.round(world.clock.now())
    world.stop()
    world.start()
    world.look()
    assert world.tree() == {"letter.docx.converting", "anna.converting"}
    world.end()
    world.look()
    assert world.tree() == {"anna.converting"}


def test_a_route_that_wants_none_any_more_is_swept_once(world: Marked) -> None:
    world.take("a/b/letter.docx")
    world.look()
    world.path("anna.converting").write_bytes(b"Anna's")
    assert "a/b/letter.docx.converting" in world.tree()
    sweep_left(world.tools, world.route)
    assert world.tree() == {"anna.converting"}
    assert not Markers(world.tools.folders, world.route.inbox).were_used()
    before = len(world.fuse.trace)
    sweep_left(world.tools, world.route)
    assert world.fuse.trace[before:] == [], "from then on it costs one look at a start"


def test_a_reload_takes_them_away_and_an_end_of_the_daemon_does_not(world: Marked) -> None:
    world.take("letter.docx")
    world.look()
    world.clock.stopped = lambda: True  # type: ignore[method-assign]
    world.marking.close()
    assert world.tree() == {"letter.docx.converting"}
    world.clock.stopped = lambda: False  # type: ignore[method-assign]
    world.marking.close()
    assert world.tree() == set()


def test_they_are_never_taken_and_make_nobody_look(world: Marked) -> None:
    assert is_junk(b"letter.docx.converting")
    hints = Hints(lambda: None)
    hints.take()
    handler = _Handler(hints, world.route.inbox, deep=True)
    handler._hint(os.fsencode(world.path()))
    assert hints.take() == (set(), False)
    handler._hint(os.fsencode(world.path("letter.docx")))
    assert hints.take() == ({(b"", b"letter.docx")}, False)


def test_nothing_is_synced_for_a_marker(world: Marked, monkeypatch: pytest.MonkeyPatch) -> None:
    world.take("one.docx", "two.docx")
    Markers(world.tools.folders, world.route.inbox).tidy()  # the folder in the stage is made once
    monkeypatch.setattr(Disk, "sync", lambda *_: pytest.fail("a sync"))
    monkeypatch.setattr(CrashingDisk, "sync", lambda *_: pytest.fail("a sync"))
    world.look()
    assert len(world.tree()) == 2
    world.marking.close()
    assert world.tree() == set()


def test_an_inbox_that_is_away_is_told_once_and_tried_again(world: Marked) -> None:
    world.take("letter.docx")
    inbox = Path(world.route.inbox)
    inbox.rename(world.root / "away")
    with capture_logs() as told:
        assert [world.look(), world.look()] == [10, 10]
    assert [(event["event"], event["folder"]) for event in told] == [("untidy", "inbox")]
    (world.root / "away").rename(inbox)
    world.look()
    assert world.tree() == {"letter.docx.converting"}


def test_of_very_many_the_newest_are_marked(world: Marked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchconvert.engine.markers.MOST", 2)
    world.take("a.docx", "b.docx")
    world.look()
    world.take("c.docx")
    world.look()
    assert world.tree() == {"a.docx.converting", "b.docx.converting"}, "what stands stays while its file is on its way"
    world.end()
    world.look()
    assert world.tree() == set()


def test_a_long_name_has_a_marker_too(world: Marked) -> None:
    name = "ä" * 124 + ".docx"
    world.take(name)
    world.look()
    (marker,) = world.tree()
    assert marker.endswith(".converting")
    assert len(marker.encode()) <= 255
    world.end()
    world.look()
    assert world.tree() == set()


@pytest.mark.parametrize("what", ["put", "remove"])
def test_a_death_at_any_point_leaves_nothing_for_good(tmp_path: Path, what: str) -> None:
    points = 0
    for dies_at in range(12):
        (tmp_path / str(dies_at)).mkdir()
        world = Marked(tmp_path / str(dies_at))
        world.start()
        world.take("letter.docx")
        if what == "remove":
            world.look()
            world.end()
        world.fuse.at = {len(world.fuse.trace) + dies_at}
        try:
            world.look()
        except Crash:
            points += 1
        world.fuse.mend()
        world.fuse.at = set()
        world.stop()
        world.start()
        world.look()
        assert world.tree() == (set() if what == "remove" else {"letter.docx.converting"}), dies_at
        world.end()
        world.look()
        assert world.tree() == set()
        assert not list(Path(world.route.inbox, ".watchconvert/host/.markers").iterdir())
        world.stop()
    assert 1 < points < 12


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + "x",
        lambda text: text.replace("letter", "Letter"),
        lambda text: text.replace("\r\n", "\n"),
        lambda text: text[:-20],
        lambda _: "",
    ],
)
def test_only_just_what_is_written_counts_as_a_marker(world: Marked, change: Callable[[str], str]) -> None:
    world.take("letter.docx")
    world.look()
    text = world.path().read_bytes().decode()
    (job,) = world.open_jobs()
    assert marked_job(b"letter.docx.converting", text) == job.id
    assert marked_job(b"letter.docx.converting", change(text)) == ""
    assert marked_job(b"other.docx.converting", text) == ""
