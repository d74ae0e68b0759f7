"""`watchconvert why` has a sentence for every path that a person may ask about."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.stage import wait_for
from tests.engine.world import World
from tests.faces.test_status import config_of
from watchconvert.core.answers import Refused
from watchconvert.core.job import Verdict
from watchconvert.core.settle import Gate
from watchconvert.faces.why import Answer, explain

LATER = 100.0


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.stop()


def ask(world: World, path: Path | str, *, later: float = LATER) -> Answer:
    """Ask as long after the file's own time as it needs to be quiet."""
    now = os.stat(path).st_ctime + later if os.path.exists(path) else world.clock.now()
    return explain(config_of(world), str(path), now)


def path(world: World, folder: str, name: str = "") -> Path:
    return Path(getattr(world.route, folder)) / name


def lie(world: World, gate: Gate) -> Path:
    """Put something into the inbox that waits at a gate."""
    inbox = path(world, "inbox")
    file = inbox / "a.pdf"
    match gate:
        case Gate.EMPTY:
            file.touch()
        case Gate.CUT_OFF:
            file.write_bytes(b"%PDF-1.4 and no end")
        case Gate.LINK:
            file.symlink_to("/etc/passwd")
        case Gate.OTHER:
            os.mkfifo(file)
        case Gate.SHARED:
            file.write_bytes(b"x")
            os.link(file, world.root / "other")
        case Gate.MARKER:
            world.change_route(done="{name}.ready")
            file = inbox / "a.txt"
            file.write_text("x")
        case _:
            file = inbox / "a.txt"
            file.write_text("x")
    return file


@pytest.mark.parametrize("gate", Gate)
def test_every_gate(world: World, gate: Gate) -> None:
    world.start()
    file = lie(world, gate)
    if gate in (Gate.ELSEWHERE, Gate.UNREADABLE):
        pytest.skip("NOT TESTED HERE: wants a mount or another user; tests/e2e/test_look.py and core/test_whys.py")
    held = file.open("a") if gate is Gate.WRITER else None
    answer = ask(world, file, later=0.1 if gate is Gate.QUIET else LATER)
    if held:
        held.close()
    wanted = "takes it at its next look" if gate is Gate.OPEN else gate.value
    assert wanted in answer.sentence
    assert (answer.is_known, answer.route) == (True, "to-pdf")


def test_what_is_about_to_be_given_back_is_said_to_be(world: World) -> None:
    world.start()
    assert "about to go to the error folder" in ask(world, lie(world, Gate.EMPTY), later=500).sentence
    world.change_route(accept=("*.docx",))
    assert "does not take files of this kind" in ask(world, lie(world, Gate.OPEN)).sentence


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("~$a.docx", {}, "named like a temporary, lock or desktop file"),
        ("draft-a.txt", {"ignore": ("draft-*",)}, 'fits "draft-*" in ignore of route to-pdf'),
        ("a.txt", {"accept": ("*.docx",), "unaccepted": "leave"}, "fits no pattern in accept of route to-pdf (*.docx)"),
        ("a.txt.ready", {"done": "{name}.ready"}, "is a marker file"),
        ("sub/a.txt", {}, "does not take those (recursive = false)"),
        (".rsync-partial/a.txt", {"recursive": True}, "lies in .rsync-partial"),
        ("sub/a.txt", {"recursive": True}, "takes it at its next look"),
        ("sub", {}, "is a sub-folder of the inbox of route to-pdf: it is left alone"),
        ("", {}, "is the inbox of route to-pdf"),
    ],
)
def test_every_pattern_and_folder(world: World, name: str, change: dict[str, object], said: str) -> None:
    world.start()
    world.change_route(**change)
    file = path(world, "inbox", name)
    if name == "sub":
        file.mkdir()
    elif name:
        file.parent.mkdir(exist_ok=True)
        file.write_text("x")
    assert said in ask(world, file).sentence


def test_every_place_of_a_converted_file(world: World) -> None:
    world.drop("re.port 2.docx")
    world.start()
    world.run()
    for place, said in [
        (path(world, "inbox", "re.port 2.docx"), "re.port 2.docx was converted to re.port 2.pdf in"),
        ("re.port 2.docx", "re.port 2.docx was converted to"),
        (path(world, "outbox", "re.port 2.pdf"), "re.port 2.pdf is a result: re.port 2.docx was converted to"),
        (path(world, "archive", "re.port 2.docx"), "re.port 2.docx was converted to re.port 2.pdf in"),
        (path(world, "outbox"), "is the outbox of route to-pdf"),
    ]:
        answer = ask(world, place)
        assert said in answer.sentence
        assert place == path(world, "outbox") or [job.name for job in answer.jobs] == [b"re.port 2.docx"]


def test_a_second_file_of_a_name_is_told_from_the_first(world: World) -> None:
    for content in (b"first", b"second"):
        world.drop("a.docx", content)
        if world.journal is None:
            world.start()
        world.run()
        world.clock.pass_by(60.0)
    first, second = sorted(world.jobs(), key=lambda job: job.noticed_at)
    assert ask(world, path(world, "outbox", "a (2).pdf")).jobs[0].id == second.id
    assert ask(world, path(world, "archive", "a (2).docx")).jobs[0].id == second.id
    assert ask(world, path(world, "archive", "a.docx")).jobs[0].id == first.id


def test_every_place_of_a_failed_file(world: World) -> None:
    world.service.answers["submit"] = [Refused(Verdict("It is damaged.", 500, 5002))]
    world.drop("bad.docx")
    world.start()
    world.run()
    for name, said in [
        ("bad.docx", "bad.docx could not be converted: It is damaged."),
        ("bad.docx.error.txt", "bad.docx.error.txt is an explanation: bad.docx could not be converted"),
    ]:
        answer = ask(world, path(world, "error", name))
        assert said in answer.sentence
        assert "It is damaged." in answer.sentence
        assert "to try again, move it back" in answer.sentence


def test_a_file_in_the_stage_and_holds(world: World) -> None:
    world.service.away = True
    for name in ("a.docx", "b.docx", "c.docx", "d.docx"):
        world.drop(name)
    world.start()
    for _ in range(20):
        world.round()
        world.clock.pass_by(1.0)
    # The fourth is not even tried any more, and which one that is depends on the jobs' ids.
    staged = next(each for each in world.staged() if each.is_file() and world.journal.get(each.parent.name).troubled_at)
    answer = ask(world, staged)
    assert f"is worked on by job {staged.parent.name[:8]}" in answer.sentence
    assert "That does not go on" in answer.sentence
    assert any(note.startswith("The service is held: ") for note in answer.notes)
    stray = staged.parent.parent / ("f" * 32)
    stray.mkdir()
    (stray / "x").touch()
    assert "no job knows it" in ask(world, stray / "x").sentence


def test_paths_of_no_route_and_names_that_nobody_knows(world: World) -> None:
    world.start()
    assert "lies in no folder of a route" in ask(world, "/etc/passwd").sentence
    assert "a folder that belongs to no route" in ask(world, "/etc").sentence
    stranger = path(world, "outbox", "stranger.pdf")
    stranger.touch()
    assert "the journal knows of no job for it" in ask(world, stranger).sentence
    unknown = ask(world, "no\x1b[31msuch.file")
    assert not unknown.is_known
    assert unknown.sentence.startswith("Nothing is known of no\\x1b[31msuch.file: ")


def test_without_a_daemon_a_waiting_file_is_said_to_wait_for_it(world: World) -> None:
    world.start()
    file = lie(world, Gate.OPEN)
    assert ask(world, file).notes == ()
    world.stop()
    # A child that looked at the file for `why` has this process's lock too, until it has ended.
    said = ("The daemon is not running, so nothing is converted at present.",)
    wait_for(lambda: ask(world, file).notes == said, "the daemon to be missed", 10)


def test_a_link_in_the_path_is_followed_to_the_route(world: World) -> None:
    world.start()
    lie(world, Gate.OPEN)
    (world.root / "link").symlink_to(world.route.inbox)
    assert ask(world, world.root / "link" / "a.txt").where.value == "inbox"


def test_what_the_daemon_cannot_read_is_told_as_it_found_it(world: World) -> None:
    world.start()
    file = lie(world, Gate.OPEN)
    lane = {
        "route": "to-pdf",
        "waiting": 1,
        "files": [["a.txt", Gate.UNREADABLE.value, 0]],
        "offline": "gone",
        "polled": "why",
    }
    (world.root / "journal.db.status").write_text('{"lanes": [' + json.dumps(lane) + "]}")
    answer = ask(world, file)
    assert Gate.UNREADABLE.value in answer.sentence
    assert [note.partition(":")[0] for note in answer.notes] == [
        "Route to-pdf is offline",
        "Its inbox is scanned every few seconds instead of watched",
    ]


def test_it_is_told_as_plain_values_too(world: World) -> None:
    world.drop("a.docx")
    world.start()
    world.run()
    told = ask(world, path(world, "outbox", "a.pdf")).as_told()
    assert (told["where"], told["route"], told["known"]) == ("outbox", "to-pdf", True)
    assert [job["outputs"] for job in told["jobs"]] == [["a.pdf"]]


def test_a_name_alone_is_looked_for_in_the_inboxes(world: World) -> None:
    world.start()
    lie(world, Gate.EMPTY).rename(path(world, "inbox", "only-there.docx"))
    answer = explain(config_of(world), "only-there.docx", world.clock.now())
    assert (answer.where.value, answer.route, answer.is_known) == ("inbox", "to-pdf", True)
    assert answer.path == str(path(world, "inbox", "only-there.docx"))
    unknown = explain(config_of(world), "nowhere.docx", world.clock.now())
    assert unknown.sentence.startswith("Nothing is known of nowhere.docx: no inbox has it")


def test_a_complete_file_of_a_held_route_is_not_said_to_be_taken(world: World) -> None:
    world.start()
    file = lie(world, Gate.OPEN)
    world.holds.pause("to-pdf", "anna has paused route to-pdf.", 0.0)
    answer = ask(world, file)
    assert answer.sentence == "a.txt is complete, and waits in the inbox until route to-pdf goes on."
    assert answer.notes[0].startswith("anna has paused route to-pdf.")


def test_who_failed_can_be_sent_back_by_what_why_says(world: World) -> None:
    world.service.answers["submit"] = [Refused(Verdict("It is damaged.", 500, 5002))]
    world.drop("bad.docx")
    world.start()
    world.run()
    (job,) = world.jobs()
    assert ask(world, path(world, "error", "bad.docx")).notes == (
        f"Or send it back by: watchconvert retry {job.id[:8]}",
    )


def test_holds_are_not_told_of_a_file_that_is_through(world: World) -> None:
    world.drop("a.docx")
    world.start()
    world.run()
    world.holds.pause("to-pdf", "anna has paused route to-pdf.", 0.0)
    world.stop()
    assert ask(world, path(world, "inbox", "a.docx")).notes == ()
