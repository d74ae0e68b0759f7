"""What the start of the daemon finds and mends."""

import shutil
from pathlib import Path

from tests.engine.fakes import result_of
from tests.engine.world import World
from watchconvert.core.states import State
from watchconvert.core.texts import ENGLISH
from watchconvert.engine.recovery import find_rival


def claimed(world: World) -> None:
    """Bring one file as far as the stage."""
    world.service.away = True
    world.drop("letter.docx", b"dear")
    world.start()
    for _ in range(5):
        world.round()
        world.clock.pass_by(1.0)
    assert [job.state for job in world.jobs()] == [State.CLAIMED]


def test_a_staged_file_without_a_row_is_adopted(world: World) -> None:
    claimed(world)
    world.stop()
    for path in world.root.glob("journal.db*"):
        path.unlink()
    world.service.away = False
    world.start()
    world.run()
    assert world.seen("outbox") == {"letter.pdf": result_of(b"dear")}
    assert world.seen("archive") == {"letter.docx": b"dear"}
    assert world.staged() == []


def test_parts_of_jobs_at_rest_are_cleared(world: World) -> None:
    world.start()
    left = Path(world.route.outbox) / ".watchconvert/host" / ("0" * 32)
    left.mkdir(parents=True)
    (left / "0").write_bytes(b"half a result")
    world.stop()
    world.start()
    assert world.staged() == []


def test_a_file_that_is_in_hand_at_three_deaths_is_set_aside(world: World) -> None:
    claimed(world)
    for life in range(3):
        (job,) = world.jobs()
        assert job.state is State.CLAIMED, life
        world.hand.take(job.id, "claimed")
        world.stop()
        world.start()
    (job,) = world.jobs()
    assert job.state is State.REJECTED
    world.service.away = False
    world.run()
    assert ENGLISH.causes["interrupted"].encode() in world.seen("error")["letter.docx.error.txt"]
    assert world.seen("error")["letter.docx"] == b"dear"


def test_deaths_in_different_steps_do_not_add_up(world: World) -> None:
    claimed(world)
    (job,) = world.jobs()
    for _ in range(2):
        world.hand.take(job.id, "claimed")
        world.stop()
        world.start()
    world.service.away = False
    world.run()
    assert world.seen("outbox").keys() == {"letter.pdf"}


def test_a_mark_of_another_step_blames_nobody(world: World) -> None:
    """The job had gone on before the daemon died: its mark is of a step that had ended."""
    claimed(world)
    (job,) = world.jobs()
    for _ in range(3):
        world.hand.take(job.id, "converted")
        world.stop()
        world.start()
    (job,) = world.jobs()
    assert (job.state, job.deaths) == (State.CLAIMED, 0)


def test_a_known_folder_on_another_device_is_not_made_again(world: World) -> None:
    world.start()
    assert world.journal is not None
    world.journal.know_folders([(world.route.outbox, 999_999)])
    world.stop()
    outbox = Path(world.route.outbox)
    outbox.rename(outbox.with_name("moved"))
    world.start()
    assert not outbox.exists(), "the mount is missing; nothing may be written into the bare mount point"


def test_a_known_folder_that_was_removed_is_made_again_on_its_own_device(world: World) -> None:
    world.start()
    world.stop()
    shutil.rmtree(world.route.error)
    world.start()
    assert Path(world.route.error).is_dir()


def test_an_orderly_stop_blames_no_file(world: World) -> None:
    claimed(world)
    for _ in range(5):
        (job,) = world.jobs()
        world.hand.take(job.id, "claimed")
        world.hand.lay_down_all()
        world.stop()
        world.start()
    assert [job.state for job in world.jobs()] == [State.CLAIMED]
    assert [job.deaths for job in world.jobs()] == [0]


def test_a_source_that_changed_while_it_was_converted_goes_back_to_the_inbox(world: World) -> None:
    world.service.held = False
    world.drop("letter.docx", b"first")
    world.start()
    for _ in range(3):
        world.round()
        world.clock.pass_by(1.0)
    (staged,) = Path(world.route.inbox).glob(".watchconvert/host/*/letter.docx")
    staged.write_bytes(b"second, by a handle that was open all the time")
    world.run()
    assert sorted(world.seen("outbox").values()) == sorted(
        [result_of(b"first"), result_of(b"second, by a handle that was open all the time")]
    )
    assert world.seen("archive") == {"letter.docx": b"second, by a handle that was open all the time"}


def test_a_second_daemon_of_this_host_is_kept_off_an_inbox(world: World, tmp_path: Path) -> None:
    world.start()
    assert find_rival(world.tools, world.routes) == ""
    other = World(tmp_path / "other")
    other.root.mkdir()
    other.route, other.routes = world.route, world.routes
    other.start()
    try:
        assert find_rival(other.tools, other.routes) in world.route.folders
    finally:
        other.stop()


def test_a_shared_outbox_has_one_daemon_of_this_host(world: World, tmp_path: Path) -> None:
    """Each start clears the stage of an outbox; it must never be what another daemon has bought."""
    world.start()
    assert find_rival(world.tools, world.routes) == ""
    other = World(tmp_path / "other")
    other.root.mkdir()
    other.change_route(outbox=world.route.outbox)
    other.start()
    try:
        assert find_rival(other.tools, other.routes) == world.route.outbox
    finally:
        other.stop()
