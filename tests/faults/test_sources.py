"""A source that cannot be read: it waits, alone, and nobody else is blamed for it."""

import errno
import os
from typing import Any
from unittest import mock

import pytest

from tests.e2e.scripted_service import converted, scripted_service
from tests.e2e.wired import WiredWorld, wired_world
from watchconvert.adapters.convertapi import results

BAD, GOOD = b"a letter on a damaged sector", b"a letter"


class DamagedSector:
    """The module `os` on a machine where one file cannot be read."""

    def __init__(self, number: int) -> None:
        self.inodes: set[int] = set()
        self._number = number

    def read(self, file: int, size: int) -> bytes:
        if os.fstat(file).st_ino in self.inodes:
            raise OSError(self._number, os.strerror(self._number))
        return os.read(file, size)

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)


def drop_both(world: WiredWorld, disk: DamagedSector) -> None:
    world.start()
    disk.inodes.add(world.drop("bad.docx", BAD).stat().st_ino)
    world.drop("good.docx", GOOD)


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.EUCLEAN])
def test_a_source_that_cannot_be_read_waits_alone_and_is_told(number: int) -> None:
    disk = DamagedSector(number)
    with (
        wired_world() as world,
        scripted_service(clock=world.clock.now) as service,
        mock.patch.object(results, "os", disk),
    ):
        world.connect(service.url)
        drop_both(world, disk)
        for _ in range(120):
            world.run_for(1)
            assert world.held() == [], "the service is blamed for a disk"
        assert world.seen("outbox").keys() == {"good.pdf"}
        (job,) = world.open_jobs()
        assert job.note == os.strerror(number)
        assert len(service.bills) == 1
        disk.inodes.clear()
        world.run()
        assert world.seen("outbox") == {"bad.pdf": converted(BAD), "good.pdf": converted(GOOD)}
        assert world.seen("archive") == {"bad.docx": BAD, "good.docx": GOOD}
        assert len(service.bills) == 2
        assert world.staged() == []
