"""What an administrator wishes by the command line."""

from tests.engine.world import World
from watchconvert.adapters.wishes import Wish, make_wish, read_wishes
from watchconvert.core.notes import CANCELLED
from watchconvert.core.states import State
from watchconvert.engine.wishes import grant_wishes


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
    make_wish(journal, Wish("cancel", job.id))
    assert grant_wishes(world.tools, world.dispatcher, journal) == 1
    assert read_wishes(journal) == []
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
    make_wish(journal, Wish("cancel", world.jobs()[0].id))
    assert grant_wishes(world.tools, world.dispatcher, journal) == 0
    assert read_wishes(journal) == []
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
    make_wish(journal, Wish("cancel", job.id))
    world.dispatcher.is_busy = lambda job_id: True  # type: ignore[method-assign]
    assert grant_wishes(world.tools, world.dispatcher, journal) == 0
    assert len(read_wishes(journal)) == 1


def test_rubbish_among_the_wishes_is_removed(world: World) -> None:
    journal = str(world.root / "journal.db")
    make_wish(journal, Wish("cancel", "nobody"))
    (world.root / "journal.db.wishes/rubbish").write_text("{")
    world.start()
    assert grant_wishes(world.tools, world.dispatcher, journal) == 0
    assert read_wishes(journal) == []
