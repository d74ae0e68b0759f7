"""The journal forgets what is old, keeps to its disk's room, and never forgets what is under way."""

import pytest

from tests.engine.world import World
from watchconvert.adapters.journal import care
from watchconvert.core.answers import Scope
from watchconvert.engine.housekeeper import Housekeeper

DAY = 86400.0


def finish_one(world: World, name: str) -> str:
    world.drop(name)
    world.start()
    world.run()
    (job,) = [job for job in world.jobs() if job.name == name.encode()]
    return job.id


def test_what_came_to_rest_long_ago_is_forgotten(world: World) -> None:
    job_id = finish_one(world, "letter.docx")
    keeper = Housekeeper(world.tools, 90 * DAY)
    assert keeper.round() == 3600.0
    assert world.tools.journal.get(job_id)
    world.clock.pass_by(91 * DAY)
    keeper.round()
    assert world.tools.journal.get(job_id) is None
    assert "letter.pdf" in world.seen("outbox")
    assert "letter.docx" in world.seen("archive")


def test_what_is_under_way_is_never_forgotten(world: World) -> None:
    world.service.away = True
    world.drop("letter.docx")
    world.start()
    for _ in range(5):
        world.round()
        world.clock.pass_by(1.0)
    world.clock.pass_by(365 * DAY)
    Housekeeper(world.tools, DAY).round()
    assert len(world.open_jobs()) == 1


def test_much_is_forgotten_in_pieces(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchconvert.engine.housekeeper._BATCH", 2)
    for number in range(3):
        world.drop(f"{number}.docx")
    world.start()
    world.run()
    world.clock.pass_by(2 * DAY)
    keeper = Housekeeper(world.tools, DAY)
    assert keeper.round() < 1.0
    assert keeper.round() == 3600.0
    assert world.jobs() == []


def test_nothing_new_is_begun_while_the_journal_has_no_room(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.service.held = False
    world.drop("first.docx", b"first")
    world.start()
    while not world.service.bills:
        world.round()
        world.clock.pass_by(1.0)
    monkeypatch.setattr(care, "free_bytes", lambda _: 1)
    world.drop("second.docx", b"second")
    for _ in range(60):
        world.holds.look_at_journal()
        world.round()
        world.clock.pass_by(1.0)
    assert world.seen("outbox").keys() == {"first.pdf"}, "what was bought goes on"
    assert world.seen("inbox").keys() == {"second.docx"}, "what is new waits where people see it"
    (hold,) = world.holds.standing()
    assert (hold.scope, hold.name) == (Scope.DISK, str(world.root / "journal.db"))
    assert "disk of the journal is nearly full" in hold.reason
    monkeypatch.undo()
    world.holds.look_at_journal()
    world.run()
    assert world.seen("outbox").keys() == {"first.pdf", "second.pdf"}
    assert world.holds.standing() == []


def test_a_file_that_is_uploaded_is_not_bought_while_the_journal_has_no_room(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.drop("letter.docx")
    world.start()
    world.service.away = True
    for _ in range(5):
        world.round()
        world.clock.pass_by(1.0)
    world.service.away = False
    monkeypatch.setattr(care, "free_bytes", lambda _: 1)
    for _ in range(60):
        world.holds.look_at_journal()
        world.round()
        world.clock.pass_by(5.0)
    assert world.service.bills == []
    monkeypatch.undo()
    world.holds.look_at_journal()
    world.run()
    assert len(world.service.bills) == 1
