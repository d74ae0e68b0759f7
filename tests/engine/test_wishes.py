"""What an administrator wishes by the command line."""

from pathlib import Path
from typing import Any

import pytest

from tests.engine.fakes import Crash
from tests.engine.world import World
from watchconvert.adapters.wishes import Wish, make_wish, read_wishes
from watchconvert.core.job import Job, Verdict
from watchconvert.core.notes import CANCELLED
from watchconvert.core.states import State


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
    assert CANCELLED.encode() in world.seen("error")["letter.docx.error.txt"]
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


def test_a_death_at_any_point_of_the_way_back_leaves_one_file(tmp_path: Path) -> None:
    points = 0
    for dies_at in range(20):
        world = World(tmp_path / str(dies_at))
        job = fail(world)
        world.fuse.at = {len(world.fuse.trace) + dies_at}
        try:
            retry(world, job)
        except Crash:
            points += 1
        world.fuse.mend()
        found = [*world.seen("error").items(), *world.seen("inbox").items()]
        assert [data for name, data in found if not name.endswith(".error.txt")] == [b"dear"], dies_at
        world.stop()
    assert points >= 3
