"""What an administrator wishes by the command line."""

import dataclasses
import json
import os
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from tests.engine.fakes import Crash
from tests.engine.world import World
from watchconvert.adapters.journal.database import JournalError
from watchconvert.adapters.journal.store import Journal
from watchconvert.adapters.wishes import Wish, make_wish, read_wishes
from watchconvert.core.answers import Unavailable
from watchconvert.core.job import Job, Verdict
from watchconvert.core.states import State
from watchconvert.core.texts import ENGLISH
from watchconvert.engine import wishes
from watchconvert.engine.lanes import Lanes
from watchconvert.engine.wishes import Granter


def test_a_cancelled_job_lies_in_the_error_folder_and_the_service_forgets_it(world: World) -> None:
    world.service.held = False
    world.service.answers["ask"] = []
    world.drop("letter.docx", b"dear")
    world.start()
    for _ in range(3):
        world.round()
        world.clock.pass_by(1.0)
    (job,) = world.jobs()
    assert job.state is State.CONVERTING
    journal = str(world.root / "journal.db")
    make_wish(journal, Wish("cancel", (job.id,)))
    world.granter.round()
    assert read_wishes(journal) == []
    assert the_end(world) == {"done": 1, "refused": [], "left": 0, "over": True}
    world.run()
    assert ENGLISH.causes["cancelled"].encode() in world.seen("error")["letter.docx.error.txt"]
    assert world.seen("error")["letter.docx"] == b"dear"
    assert world.seen("outbox") == {}
    assert world.service.forgotten == [job.id]


def test_what_is_published_is_not_cancelled(world: World) -> None:
    world.drop("letter.docx")
    world.start()
    world.run()
    journal = str(world.root / "journal.db")
    make_wish(journal, Wish("cancel", (world.jobs()[0].id,)))
    world.granter.round()
    assert read_wishes(journal) == []
    assert "it is done and cannot be cancelled any more" in str(the_end(world)["refused"])
    assert world.seen("outbox").keys() == {"letter.pdf"}


def test_what_still_lies_in_the_inbox_is_not_cancelled(world: World) -> None:
    world.start()
    world.drop("letter.docx")
    for _ in range(2):
        world.lanes[0].round(world.clock.steady())
        world.clock.pass_by(3.0)
    (job,) = world.jobs()
    make_wish(str(world.root / "journal.db"), Wish("cancel", (job.id,)))
    world.granter.round()
    assert the_end(world)["refused"] == [["it still lies in the inbox; take it out there", 1, [job.id[:8]]]]


def test_a_wish_for_a_job_under_way_waits(world: World) -> None:
    world.service.held = False
    world.drop("letter.docx")
    world.start()
    for _ in range(3):
        world.round()
        world.clock.pass_by(1.0)
    (job,) = world.jobs()
    journal = str(world.root / "journal.db")
    make_wish(journal, Wish("cancel", (job.id,)))
    world.dispatcher.is_busy = lambda job_id: True  # type: ignore[method-assign]
    world.granter.round()
    assert len(read_wishes(journal)) == 1
    assert (the_end(world)["left"], the_end(world)["over"]) == (1, False)
    world.dispatcher.is_busy = lambda job_id: False  # type: ignore[method-assign]
    world.granter.round()
    assert the_end(world)["done"] == 1


def test_rubbish_among_the_wishes_is_removed(world: World) -> None:
    journal = str(world.root / "journal.db")
    make_wish(journal, Wish("cancel", ("nobody",)))
    (world.root / "journal.db.wishes/rubbish").write_text("{")
    world.start()
    assert read_wishes(journal) == []


def fail(world: World, name: str = "letter.docx", data: bytes = b"dear") -> Job:
    """Have a file refused by the service; returns its job."""
    world.service.refuse = Verdict("It is protected.")
    world.drop(name, data)
    world.start()
    world.run()
    (job,) = world.jobs()
    assert job.state is State.FAILED
    return job


def the_end(world: World) -> dict[str, Any]:
    """What came of the last wish."""
    return list(world.granter.told.values())[-1]


def retry(world: World, *jobs: Job) -> int:
    """Wish for jobs to be tried again; returns how many were."""
    journal = str(world.root / "journal.db")
    make_wish(journal, Wish("retry", tuple(job.id for job in jobs)))
    world.granter.round()
    if world.granter.broken is not None:
        raise world.granter.broken
    assert read_wishes(journal) == []
    return int(the_end(world)["done"])


def test_a_failed_file_goes_back_into_its_inbox_and_its_explanation_goes(world: World) -> None:
    job = fail(world)
    assert retry(world, job) == 1
    assert world.seen("error") == {}
    assert world.seen("inbox") == {"letter.docx": b"dear"}
    world.service.refuse = None
    world.run()
    assert world.seen("outbox").keys() == {"letter.pdf"}
    assert [each.state for each in world.jobs()] == [State.FAILED, State.DONE], "it is a new file"


def test_an_explanation_that_somebody_has_written_in_stays(world: World) -> None:
    job = fail(world)
    note = Path(world.route.error) / "letter.docx.error.txt"
    note.write_text("anna: asked them for another one")
    assert retry(world, job) == 1
    assert world.seen("error") == {note.name: b"anna: asked them for another one"}


def test_a_wish_for_a_share_that_hangs_waits(world: World) -> None:
    job = fail(world)
    world.dispatcher.is_hung = lambda route: route == job.route
    journal = str(world.root / "journal.db")
    make_wish(journal, Wish("retry", (job.id,)))
    world.granter.round()
    assert "letter.docx" in world.seen("error")
    assert the_end(world)["over"] is False
    world.dispatcher.is_hung = lambda _route: False
    world.granter.round()
    assert the_end(world)["done"] == 1
    assert "letter.docx" in world.seen("inbox")


def test_nothing_in_the_inbox_is_replaced_by_what_comes_back(world: World) -> None:
    job = fail(world)
    Path(world.route.inbox, "letter.docx").write_bytes(b"another")
    assert retry(world, job) == 1
    assert world.seen("inbox") == {"letter.docx": b"another", "letter (2).docx": b"dear"}


def test_a_file_that_lies_there_under_a_number_is_the_one_that_goes_back(world: World) -> None:
    Path(world.route.error).mkdir(parents=True)
    Path(world.route.error, "letter.docx").write_bytes(b"somebody else's")
    job = fail(world)
    assert world.seen("error")["letter (2).docx"] == b"dear"
    assert retry(world, job) == 1
    assert world.seen("error") == {"letter.docx": b"somebody else's"}
    assert world.seen("inbox") == {"letter.docx": b"dear"}


@pytest.mark.parametrize("what", ["gone", "replaced", "edited", "link"])
def test_only_the_very_file_that_was_set_aside_is_moved(world: World, what: str) -> None:
    job, path = fail(world), Path(world.route.error, "letter.docx")
    if what == "edited":
        path.write_bytes(b"mended by hand")
    else:
        path.rename(world.root / "elsewhere")
    if what == "replaced":
        path.write_bytes(b"dear")
    elif what == "link":
        path.symlink_to(world.root / "elsewhere")
    before = world.seen("error")
    assert retry(world, job) == 0
    assert world.seen("error") == before
    assert world.seen("inbox") == {}
    assert world.granter.refused == {job.id: "it does not lie in the error folder any more as it was put there"}


def test_a_file_goes_only_where_it_is_looked_for(world: World) -> None:
    world.change_route(recursive=True)
    job = fail(world, "2026/letter.docx")
    lanes = Lanes(world.clock)  # type: ignore[arg-type]
    world.granter.serves = lanes.serves
    assert retry(world, job) == 0, "its route left the configuration"
    assert "is not watched any more" in world.granter.refused[job.id]
    (lane,) = world.lanes
    lanes.put(lane, lambda: None)
    right = lane.route
    for changed in ({"inbox": "/somewhere/else"}, {"recursive": False}):
        lane.route = dataclasses.replace(right, **changed)  # type: ignore[arg-type]
        assert retry(world, job) == 0, changed
    assert Path(world.route.error, "2026/letter.docx").exists()
    lane.route = right
    assert retry(world, job) == 1
    assert world.granter.refused == {}


def test_a_file_of_a_sub_folder_goes_back_into_it(world: World) -> None:
    world.change_route(recursive=True, remove_empty=True)
    job = fail(world, "2026/may/letter.docx")
    assert not Path(world.route.inbox, "2026").exists()
    assert retry(world, job) == 1
    assert Path(world.route.inbox, "2026/may/letter.docx").read_bytes() == b"dear"


def test_what_has_not_failed_is_not_tried_again(world: World) -> None:
    world.drop("letter.docx")
    world.start()
    world.run()
    (job,) = world.jobs()
    Path(world.route.archive, "letter.docx").rename(
        Path(world.route.error, "letter.docx")
    )  # by hand, for whatever reason
    assert retry(world, job) == 0
    assert world.seen("error").keys() == {"letter.docx"}
    assert world.seen("inbox") == {}


def test_a_folder_that_cannot_be_written_is_told_and_not_for_ever_remembered(world: World) -> None:
    job = fail(world)
    world.granter.refused = {f"{number:032x}": "long ago" for number in range(60)}
    inbox = Path(world.route.inbox)
    inbox.rename(world.root / "away")
    assert retry(world, job) == 0
    assert "No such file" in world.granter.refused[job.id]
    assert len(world.granter.refused) == 50
    (world.root / "away").rename(inbox)
    assert retry(world, job) == 1
    assert job.id not in world.granter.refused


def make_failures(world: World, count: int) -> list[Job]:
    """Have so many files fail, in as many routes as there are."""
    world.service.refuse = Verdict("It is protected.")
    for number in range(count):
        world.drop(f"{number}.docx", b"%d" % number, world.routes[number % len(world.routes)])
    world.start()
    world.run()
    world.service.refuse = None
    return sorted(world.jobs(), key=lambda job: job.name)


def make_open(world: World, count: int) -> None:
    """Have so many files lie in the stage, as the service does not take them."""
    world.service.answers["upload"] = [Unavailable("busy", 1e6, crowded=True)] * count
    world.start()
    for number in range(count):
        world.drop(f"{number}.docx")
    for _ in range(20):
        world.round()
        world.clock.pass_by(1.0)
    assert [job.state for job in world.jobs()] == [State.CLAIMED] * count


def test_one_wish_names_many_jobs_and_each_has_its_answer(world: World) -> None:
    jobs = make_failures(world, 5)
    Path(world.route.error, "3.docx").unlink()
    assert retry(world, *jobs, jobs[0], dataclasses.replace(jobs[0], id="f" * 32)) == 4
    assert the_end(world) == {
        "done": 4,
        "refused": [
            ["no such job is known any more", 1, ["ffffffff"]],
            ["it does not lie in the error folder any more as it was put there", 1, [jobs[3].id[:8]]],
        ],
        "left": 0,
        "over": True,
    }
    world.run()
    assert world.seen("outbox").keys() == {f"{number}.pdf" for number in (0, 1, 2, 4)}
    assert world.seen("error").keys() == {"3.docx.error.txt", "3.docx.error.json"}


def test_a_wish_for_many_is_granted_in_pieces(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wishes, "PIECE", 2)
    make_open(world, 5)
    journal = str(world.root / "journal.db")
    make_wish(journal, Wish("cancel", tuple(job.id for job in world.jobs())))
    assert [(world.granter.round(), the_end(world)["done"]) for _ in range(3)] == [(True, 2), (True, 4), (False, 5)]
    world.run()
    assert [job.state for job in world.jobs()] == [State.FAILED] * 5
    assert read_wishes(journal) == []


def test_all_cancels_are_granted_before_a_start_begins_anything(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wishes, "PIECE", 2)
    make_open(world, 5)
    ids = tuple(job.id for job in world.jobs())
    world.stop()
    make_wish(str(world.root / "journal.db"), Wish("cancel", ids))
    world.start()
    assert [job.state for job in world.jobs()] == [State.REJECTED] * 5
    world.run()
    assert world.service.bills == []


def test_a_file_that_came_back_is_moved_once_though_its_wish_is_granted_twice(world: World) -> None:
    """The daemon died when the file was moved and the wish was not removed yet; meanwhile the file failed again."""
    job = fail(world)
    make_wish(str(world.root / "journal.db"), Wish("retry", (job.id,)))
    ((path, _),) = read_wishes(str(world.root / "journal.db"))
    text = path.read_text()
    world.granter.round()
    assert not path.exists()
    world.run()
    assert len(world.service.bills) == 2
    assert [each.state for each in world.jobs()] == [State.FAILED] * 2
    world.stop()
    path.write_text(text)
    world.start()
    world.run()
    world.granter.round()
    assert world.granter.refused == {job.id: "it has been tried again already, and failed again as a later job"}
    assert len(world.service.bills) == 2
    assert "letter.docx" in world.seen("error")
    assert retry(world, world.jobs()[1]) == 1, "its present job may"


def test_a_wish_that_was_left_stays_through_a_death_until_it_is_granted(world: World) -> None:
    job = fail(world)
    world.stop()
    journal = str(world.root / "journal.db")
    make_wish(journal, Wish("retry", (job.id,)))
    world.fuse.at = {len(world.fuse.trace) + 40}
    lives = world.live_on()
    assert lives == 2, "it did not die"
    assert read_wishes(journal) == []
    assert len(world.jobs()) == 2


def test_a_share_that_hangs_while_a_file_is_moved_keeps_only_its_own_files(world: World) -> None:
    world.routes = (world.route, world.make_route("other"))
    jobs = make_failures(world, 6)
    started: dict[str, Any] = {}
    world.granter = Granter(world.tools, world.holds, world.dispatcher, started.__setitem__)
    make_wish(str(world.root / "journal.db"), Wish("retry", tuple(job.id for job in jobs)))
    for _ in range(3):
        world.granter.round()  # comes to its end, though no thread has moved anything
    assert started.keys() == {"retry to-pdf", "retry other"}
    assert world.granter.is_busy()
    started.pop("retry other")()
    assert (the_end(world)["done"], the_end(world)["left"]) == (0, 6)
    world.granter.round()
    assert (the_end(world)["done"], the_end(world)["left"]) == (3, 3)
    assert "retry other" not in started, "there is nothing to move"
    make_wish(str(world.root / "journal.db"), Wish("pause", reason="anna has paused it."))
    world.granter.round()
    assert [hold.reason for hold in world.holds.standing()] == ["anna has paused it."]
    started.pop("retry to-pdf")()
    world.granter.round()
    assert not world.granter.is_busy()
    assert len(world.granter.told) == 2
    assert [told["over"] for told in world.granter.told.values()] == [True, True]


def test_what_takes_long_keeps_no_pause_waiting(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wishes, "_MOST_OPEN", 2)
    jobs = make_failures(world, 4)
    world.dispatcher.is_hung = lambda _route: True
    journal = str(world.root / "journal.db")
    for job in jobs:
        make_wish(journal, Wish("retry", (job.id,)))
    make_wish(journal, Wish("pause", reason="anna has paused it."))
    for _ in range(3):
        world.granter.round()
    assert len(world.holds.standing()) == 1
    assert sum(told["left"] for told in world.granter.told.values()) == 2
    world.dispatcher.is_hung = lambda _route: False
    for _ in range(3):
        world.granter.round()
    assert len(world.seen("inbox")) == 4


def test_a_wish_that_cannot_be_removed_is_granted_once(world: World) -> None:
    world.start()
    journal = str(world.root / "journal.db")
    make_wish(journal, Wish("pause", reason="anna has paused it."))
    with mock.patch.object(Path, "unlink", side_effect=PermissionError):
        world.granter.round()
        world.holds.resume((), "bert")
        world.granter.round()
    assert world.holds.standing() == []


def test_wishes_of_the_first_version_are_understood_and_those_of_a_later_one_are_not(world: World) -> None:
    journal = str(world.root / "journal.db")
    make_wish(journal, Wish("cancel", ("0" * 32,)))
    ((path, _),) = read_wishes(journal)
    path.write_text(json.dumps({"verb": "cancel", "job": "1" * 32}))
    assert read_wishes(journal) == [(path, Wish("cancel", ("1" * 32,)))]
    for text in (
        '{"verb": "cancel", "jobs": [1]}', '{"verb": 1}', '{"verb": "cancel", "jobs": 5}', '["cancel"]', "5",
        '{"verb": "cancel", "colour": "red"}', '{"verb": "pause", "until": "soon"}', '{"verb": "cancel", "job": {}}',
        json.dumps({"verb": "cancel", "jobs": ["0" * 32] * 10_001}), json.dumps({"verb": "x" * 2**20}), "[" * 100_000,
    ):  # fmt: skip
        path.write_text(text)
        assert read_wishes(journal) == [], text[:50]
        assert not path.exists()


def test_a_verb_that_nobody_knows_does_nothing(world: World) -> None:
    job = fail(world)
    make_wish(str(world.root / "journal.db"), Wish("explode", (job.id,)))
    world.granter.round()
    assert (the_end(world)["done"], the_end(world)["over"]) == (0, True)
    assert "letter.docx" in world.seen("error")


def test_a_journal_that_breaks_while_a_file_is_moved_is_no_secret(world: World) -> None:
    job = fail(world)
    make_wish(str(world.root / "journal.db"), Wish("retry", (job.id,)))
    world.granter._grant_pieces()
    with mock.patch.object(Journal, "get", side_effect=JournalError("broken")):
        world.granter.round()
    assert isinstance(world.granter.broken, JournalError)
    assert not world.granter.is_busy()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_wish_of_root_belongs_to_the_daemons_user(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 12346)
    make_wish(str(tmp_path / "journal.db"), Wish("pause"))
    folder = tmp_path / "journal.db.wishes"
    found = [folder, *folder.iterdir()]
    assert len(found) == 2
    assert {(each.stat().st_uid, each.stat().st_gid, each.stat().st_mode & 0o077) for each in found} == {
        (12345, 12346, 0)
    }


def test_root_is_led_nowhere_else_by_a_link(tmp_path: Path) -> None:
    """The daemon's user may put one there, and root would give away what it leads to."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "journal.db.wishes").symlink_to(elsewhere)
    with pytest.raises(NotADirectoryError):
        make_wish(str(tmp_path / "journal.db"), Wish("pause"))
    assert list(elsewhere.iterdir()) == []


def test_a_death_at_any_point_of_the_way_back_leaves_one_file(tmp_path: Path) -> None:
    points = 0
    for dies_at in range(60):
        world = World(tmp_path / str(dies_at))
        job = fail(world)
        world.fuse.at = {len(world.fuse.trace) + dies_at}
        try:
            retry(world, job)
        except (Crash, JournalError):
            points += 1
        world.fuse.mend()
        found = [*world.seen("error").items(), *world.seen("inbox").items()]
        assert [data for name, data in found if ".error." not in name] == [b"dear"], dies_at
        world.stop()
    assert 3 <= points < 60
