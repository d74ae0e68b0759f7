"""What is taken out of an inbox, when, and what is left alone."""

import os
import subprocess
import sys
from pathlib import Path

from tests.engine.fakes import result_of
from tests.engine.world import World
from watchconvert.core.states import State


def rounds(world: World, count: int, step: float = 0.5) -> None:
    for _ in range(count):
        world.round()
        world.clock.pass_by(step)


def test_a_file_that_grows_is_not_taken_before_it_is_quiet(world: World) -> None:
    path = world.drop("letter.docx", b"a")
    world.start()
    for _ in range(20):
        with path.open("ab") as file:
            file.write(b"b")
        rounds(world, 1, 0.9)
        assert path.exists()
    world.run()
    assert world.seen("outbox") == {"letter.pdf": result_of(b"a" + b"b" * 20)}


def test_a_file_that_somebody_has_open_for_writing_is_not_taken(world: World) -> None:
    path = world.drop("letter.docx", b"all of it")
    code = f"file = open({str(path)!r}, 'ab'); print('open', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdin is not None
        writer.stdout.readline()
        world.start()
        rounds(world, 40)
        assert path.exists()
        writer.stdin.write(b"\n")
        writer.stdin.flush()
        writer.wait()
    world.run()
    assert world.seen("outbox").keys() == {"letter.pdf"}


def test_a_writer_that_slips_in_after_the_claim_is_waited_for(world: World) -> None:
    path = world.drop("letter.docx", b"first half, ")
    late = path.open("ab")
    os.utime(path)
    world.start()
    world.tools.moves._take = lambda job, inbox, stage: take_blindly(world, job, inbox, stage)  # type: ignore[method-assign]
    from watchconvert.core.settle import Waiting  # noqa: PLC0415
    from watchconvert.engine.notice import make_job  # noqa: PLC0415

    sighting = world_sighting(path)
    assert world.journal is not None
    world.journal.add(
        make_job(world.route, b"", b"letter.docx", Waiting(sighting, 0, 0), world.clock.now(), world.tools.new_id)
    )
    rounds(world, 10)
    assert world.service.bills == []
    late.write(b"second half")
    late.close()
    world.run()
    assert world.seen("outbox") == {"letter.pdf": result_of(b"first half, second half")}


def world_sighting(path: Path) -> object:
    from watchconvert.adapters.files.looks import sighting_of  # noqa: PLC0415

    return sighting_of(path.stat())


def take_blindly(world: World, job: object, inbox: int, stage: int) -> object:
    """A claim on a file system where no lease can be had."""
    name = job.name  # type: ignore[attr-defined]
    world.tools.folders.disk.rename_new(inbox, name, stage, name)
    return job.sighting  # type: ignore[attr-defined]


def test_junk_is_left_alone(world: World) -> None:
    names = ["~$letter.docx", ".~lock.letter.odt#", "upload.part", "Thumbs.db", ".DS_Store", "._letter.docx"]
    for name in names:
        world.drop(name)
    world.start()
    rounds(world, 40)
    assert world.seen("inbox").keys() == set(names)
    assert world.jobs() == []


def test_a_kind_that_the_route_does_not_take_is_explained_or_left(world: World) -> None:
    world.change_route(accept=("*.odt",))
    world.drop("letter.docx", b"dear")
    world.start()
    world.run()
    assert world.seen("error")["letter.docx"] == b"dear"
    assert b"does not take files of this kind" in world.seen("error")["letter.docx.error.txt"]
    assert world.service.uploads == 0
    world.stop()
    world.change_route(accept=("*.odt",), unaccepted="leave")
    left = world.drop("other.docx")
    world.start()
    rounds(world, 40)
    assert left.exists()


def test_a_name_without_an_ending_is_explained(world: World) -> None:
    world.drop("README")
    world.start()
    world.run()
    assert b"no ending" in world.seen("error")["README.error.txt"]


def test_an_empty_file_is_waited_for_and_then_explained(world: World) -> None:
    path = world.drop("letter.docx", b"")
    world.start()
    rounds(world, 50, 2.0)
    assert path.exists()
    rounds(world, 400, 2.0)
    assert not path.exists()
    assert b"empty" in world.seen("error")["letter.docx.error.txt"]


def test_links_pipes_and_shared_files_are_left_alone_and_nothing_hangs(world: World) -> None:
    inbox = Path(world.route.inbox)
    inbox.mkdir(parents=True)
    secret = world.root / "secret.txt"
    secret.write_bytes(b"secret")
    (inbox / "link.txt").symlink_to(secret)
    os.mkfifo(inbox / "pipe.txt")
    os.link(secret, inbox / "shared.txt")
    (inbox / "folder.txt").mkdir()
    world.start()
    rounds(world, 60)
    assert world.jobs() == []
    assert {path.name for path in inbox.iterdir()} >= {"link.txt", "pipe.txt", "shared.txt", "folder.txt"}
    assert world.service.uploads == 0


def test_odd_names_survive_byte_for_byte(world: World) -> None:
    names = [
        b"new\nline.docx",
        b"esc\x1b[31m.docx",
        b"bad\xff\xfe.docx",
        "rtl\u202egpj.docx".encode(),
        b"n" * 250 + b".docx",
    ]
    inbox = os.fsencode(world.route.inbox)
    os.makedirs(inbox)
    for name in names:
        with open(inbox + b"/" + name, "wb") as file:
            file.write(name)
    world.start()
    world.run()
    archive = os.fsencode(world.route.archive)
    assert set(os.listdir(archive)) - {b".watchconvert"} == set(names)
    outputs = set(os.listdir(os.fsencode(world.route.outbox))) - {b".watchconvert"}
    assert b"new\nline.pdf" in outputs
    assert b"bad\xff\xfe.pdf" in outputs
    assert len(outputs) == len(names)


def test_an_inbox_that_vanishes_is_offline_and_comes_back(world: World) -> None:
    world.start()
    rounds(world, 2)
    inbox = Path(world.route.inbox)
    away = inbox.with_name("away")
    inbox.rename(away)
    rounds(world, 10)
    assert world.lanes[0].offline
    away.rename(inbox)
    world.drop("letter.docx")
    world.run()
    assert not world.lanes[0].offline
    assert world.seen("outbox").keys() == {"letter.pdf"}


def test_a_file_replaced_between_notice_and_claim_is_taken_as_it_is_now(world: World) -> None:
    path = world.drop("letter.docx", b"old")
    world.start()
    real = world.tools.moves.claim
    swapped = []

    def swap_first(job: object) -> object:
        if not swapped:
            swapped.append(True)
            path.unlink()
            path.write_bytes(b"the new and longer one")
        return real(job)  # type: ignore[arg-type]

    world.tools.moves.claim = swap_first  # type: ignore[method-assign,assignment]
    world.run()
    assert world.seen("outbox") == {"letter.pdf": result_of(b"the new and longer one")}
    assert sorted(job.state for job in world.jobs()) == [State.DONE, State.WITHDRAWN]


def test_many_files_need_little_room_at_once(world: World) -> None:
    world.appetite = type(world.appetite)(rescan=5.0, most_open=8)
    for number in range(100):
        world.drop(f"{number}.docx", b"%d" % number)
    world.start()
    most = 0
    for _ in range(400):
        world.round()
        most = max(most, len(world.open_jobs()))
        world.clock.pass_by(0.5)
    assert most <= 10
    assert len(world.seen("outbox")) == 100
