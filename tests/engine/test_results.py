"""What is bought, fetched and shown: nothing for an outbox that cannot be written, no page for a document."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.fakes import RemoteJob, result_of
from tests.engine.world import DOUBT, World
from watchconvert.core.answers import Converted, Held, Scope, Unavailable, Unknown
from watchconvert.core.cadence import FILE_LIFE
from watchconvert.core.job import Part, Verdict
from watchconvert.core.states import State

PAGE = b"<html>Please sign in to the network.</html>"


def pass_time(world: World, seconds: int) -> None:
    for _ in range(seconds):
        world.round()
        world.clock.pass_by(1.0)


def test_a_page_instead_of_a_document_is_never_shown(world: World) -> None:
    world.service.fetch = lambda job, part: iter([PAGE])  # type: ignore[method-assign,assignment]
    world.service.answers["submit"] = [Converted((Part("fake:0/0", len(PAGE), "document.pdf"),), 1)]
    world.drop("letter.docx")
    world.start()
    pass_time(world, 10)
    assert (world.seen("outbox"), [job.state for job in world.jobs()]) == ({}, [State.CONVERTED])
    world.run()
    assert world.seen("outbox") == {}
    assert b"no pdf file" in world.seen("error")["letter.docx.error.txt"]


def test_a_result_with_a_new_address_is_not_bought_again(world: World) -> None:
    """The first address is gone for good; the service, asked once more, names another."""
    body = result_of(b"content")
    world.service.jobs["old"] = RemoteJob(b"content", 0.0)
    world.service.answers["submit"] = [Converted((Part("fake:old/0", len(body), "document.pdf"),), 1)]
    world.service.answers["fetch"] = [Unknown()] * 2
    world.service.answers["ask"] = [Converted((Part("fake:old/0#", len(body), "document.pdf"),), 1)]
    world.drop("letter.docx")
    world.start()
    real = world.service.fetch
    asked: list[str] = []

    def fetch(job: object, part: Part) -> object:
        asked.append(part.url)
        return real(job, replace(part, url=part.url.rstrip("#")))  # type: ignore[arg-type]

    world.service.fetch = fetch  # type: ignore[method-assign,assignment]
    world.run()
    (job,) = world.jobs()
    assert (job.state, job.round) == (State.DONE, 1)
    assert asked == ["fake:old/0", "fake:old/0", "fake:old/0#"]
    assert world.seen("outbox") == {"letter.pdf": body}


def test_nothing_is_bought_for_an_outbox_that_cannot_be_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel's own word on it is asked for, which works on a disk that was mounted read-only too."""
    world.start()
    outbox = Path(world.route.outbox).stat().st_ino
    monkeypatch.setattr(os, "access", lambda *_, dir_fd, **__: os.fstat(dir_fd).st_ino != outbox)
    world.drop("letter.docx")
    pass_time(world, 30)
    assert world.service.bills == []
    (hold,) = world.holds.standing()
    assert "cannot be written" in hold.reason
    monkeypatch.undo()
    world.run(600)
    assert world.seen("outbox").keys() == {"letter.pdf"}


def test_a_fault_of_the_disk_is_told_in_the_systems_words(world: World) -> None:
    world.drop("letter.docx")
    world.start()
    real = world.tools.folders.disk.reserve

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    world.tools.folders.disk.reserve = full  # type: ignore[method-assign]
    pass_time(world, 10)
    assert [job.note for job in world.jobs()] == ["No space left on device"]
    world.tools.folders.disk.reserve = real  # type: ignore[method-assign]
    world.run()
    assert world.seen("outbox").keys() == {"letter.pdf"}


def test_when_a_hold_ends_everything_that_waits_is_due(world: World) -> None:
    """What a fault told to wait for a quarter of an hour need not, once the fault is known to be over."""
    world.service.answers["upload"] = [Unavailable("away", retry_after=900.0)] * 3
    for number in range(3):
        world.drop(f"{number}.docx", b"%d" % number)
    world.start()
    pass_time(world, 4)
    assert [hold.scope for hold in world.holds.standing()] == [Scope.SERVICE]
    pass_time(world, 20)
    assert world.holds.standing() == []
    assert len(world.seen("outbox")) == 3


def test_one_job_at_a_time_probes_a_hold(world: World) -> None:
    """The others wait for what becomes of it, even where all of them are due."""
    empty = Held(Scope.ACCOUNT, Verdict("The account is empty.", 401, 4014))
    world.service.answers |= {"submit": [empty] * 3, "probe": [empty] * 1000}
    for number in range(3):
        world.drop(f"{number}.docx", b"%d" % number)
    world.start()
    pass_time(world, 5)
    (hold,) = world.holds.standing()
    asked = [world.holds.allows(job, hold.probe_at) for job in world.open_jobs()]
    assert sorted(asked) == [False, False, True]


def test_an_upload_of_yesterday_is_sent_anew_before_anything_is_bought(world: World) -> None:
    """The disk was held for so long that the service has forgotten the file."""
    world.pace = type(world.pace)(doubt=DOUBT, min_free=2**62)
    world.drop("letter.docx")
    world.start()
    pass_time(world, 10)
    assert (world.service.uploads, world.service.bills) == (1, [])
    world.stop()
    world.service.files.clear()
    world.clock.pass_by(FILE_LIFE)
    world.pace = type(world.pace)(doubt=DOUBT, min_free=0)
    world.start()
    world.run(600)
    assert (world.service.uploads, len(world.service.bills)) == (2, 1)
    assert world.seen("outbox").keys() == {"letter.pdf"}


def test_a_source_that_changes_under_its_upload_is_sent_anew(world: World) -> None:
    """A program kept the file open over the claim, and writes while it is sent."""
    path = world.drop("letter.docx", b"half")
    world.start()
    real, writer = world.service.upload, None

    def upload(job: object, file: int, size: int) -> object:
        nonlocal writer
        answer = real(job, file, size)  # type: ignore[arg-type]
        if writer is None:
            (staged,) = [each for each in world.staged() if each.is_file()]
            writer = staged.open("ab")
            writer.write(b" and half")
            writer.close()
        return answer

    world.service.upload = upload  # type: ignore[method-assign,assignment]
    world.run()
    assert not path.exists()
    assert world.seen("outbox") == {"letter.pdf": result_of(b"half and half")}
    assert (world.service.uploads, len(world.service.bills)) == (2, 1)
