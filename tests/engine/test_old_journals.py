"""Jobs of an earlier version's journal go on after the upgrade, each from where it was, and nothing is bought again."""

import dataclasses
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.adapters.journals.make import ODD, source_of
from tests.adapters.journals.old import DUMPS, lay, version
from tests.engine.fakes import RemoteJob, result_of
from tests.engine.world import World
from watchconvert.adapters.files.looks import sighting_of
from watchconvert.adapters.journal.database import VERSION
from watchconvert.adapters.journal.rows import from_row
from watchconvert.core.job import Job, Part
from watchconvert.core.states import RESTING, State

BOUGHT = (State.CONVERTING, State.CONVERTED, State.FETCHED, State.PUBLISHED)
"""States of a job that the service has converted, or does."""


@pytest.fixture(params=sorted(DUMPS))
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A share as a daemon of an earlier version left it when it was stopped for the upgrade."""
    world = World(tmp_path, held=False)
    world.change_route(recursive=True)
    world.clock.pass_by(60.0)
    path = tmp_path / "journal.db"
    lay(request.param, path, str(tmp_path))
    for job in jobs_of(path):
        put_back(world, path, job)
    yield world
    world.stop()


def jobs_of(path: Path) -> list[Job]:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [from_row(row) for row in connection.execute("SELECT * FROM job")]


def put_back(world: World, path: Path, job: Job) -> None:
    """Lay everything where the state of a job says that it is, on the disk and at the service."""
    source, home = source_of(job.name), Path(job.order.inbox)
    own = home / ".watchconvert/host" / job.id
    where = {State.NOTICED: home, State.DONE: Path(job.order.archive), State.FAILED: Path(job.order.error)}
    if job.state is not State.WITHDRAWN:
        file = lay_file(where.get(job.state, own), job.name, source)
        change(path, job, sighting=json.dumps(dataclasses.astuple(sighting_of(file.stat()))))
    world.service.files[job.file_id] = source
    if job.state in BOUGHT:
        world.service.jobs[job.remote_id] = RemoteJob(source, 0.0)
    if job.state is State.FETCHED:
        staged = Path(job.order.outbox) / ".watchconvert/host" / job.id
        change(path, job, parts=parts_at(job, lay_file(staged, b"0", result_of(source))))
    if job.state in (State.PUBLISHED, State.DONE):
        lay_file(Path(job.order.outbox), job.parts[0].name, result_of(source))


def lay_file(folder: Path, name: bytes, data: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for each in [folder, *folder.parents]:
        if ".watchconvert" in str(each):
            each.chmod(0o700)
    file = folder / name.decode("utf-8", "surrogateescape")
    file.write_bytes(data)
    return file


def parts_at(job: Job, file: Path) -> str:
    def raw(part: Part) -> dict[str, object]:
        return dataclasses.asdict(part) | {
            "name": part.name.decode("utf-8", "surrogateescape"),
            "ino": file.stat().st_ino,
        }

    return json.dumps([raw(part) for part in job.parts])


def change(path: Path, job: Job, **columns: str) -> None:
    """Let a row know the inode that a file has here: the dump comes from another disk."""
    with closing(sqlite3.connect(path)) as connection:
        for name, value in columns.items():
            connection.execute(f"UPDATE job SET {name} = ? WHERE id = ?", (value, job.id))
        connection.execute("UPDATE known_folder SET dev = ?", (path.stat().st_dev,))
        connection.commit()


def test_every_job_of_an_older_journal_goes_on(world: World, tmp_path: Path) -> None:
    before = {job.id: job for job in jobs_of(tmp_path / "journal.db")}
    assert {job.state for job in before.values()} == set(State)
    world.start()
    world.run()
    assert version(tmp_path / "journal.db") == VERSION
    after = {job.id: job for job in world.jobs()}
    assert after.keys() == before.keys(), "none is lost, and none is made anew"
    for job_id, job in before.items():
        expected = job.state if job.state in RESTING else State.FAILED if job.state is State.REJECTED else State.DONE
        assert after[job_id].state is expected, (job.name, job.state, after[job_id].note)
        assert after[job_id].order == job.order
    converted = {source_of(job.name) for job in after.values() if job.state is State.DONE}
    assert {result_of(source) for source in converted} == files_below(world.route.outbox)
    assert converted == files_below(world.route.archive)
    assert source_of(ODD) in converted
    assert world.staged() == []


def files_below(top: str) -> set[bytes]:
    return {path.read_bytes() for path in Path(top).rglob("*") if path.is_file()}


def test_what_was_bought_before_the_upgrade_is_not_bought_again(world: World, tmp_path: Path) -> None:
    bought = {source_of(job.name) for job in jobs_of(tmp_path / "journal.db") if job.state in BOUGHT}
    world.start()
    world.run()
    billed = [world.service.sources[bill] for bill in world.service.bills]
    assert len(bought) == 5
    assert not bought & set(billed)
    assert len(billed) == len(set(billed)) == 5  # noticed, claimed (two), uploaded, submitting


def test_after_the_copy_is_put_back_the_upgrade_is_done_again(world: World, tmp_path: Path) -> None:
    """A person goes back to the earlier version and comes forward once more."""
    world.start()
    world.run()
    world.stop()
    path = tmp_path / "journal.db"
    copy = path.with_name(f"journal.db.before-v{VERSION}")
    if not copy.exists():
        pytest.skip("this is the version of today")
    for ending in ("", "-wal", "-shm"):
        Path(str(path) + ending).unlink(missing_ok=True)
    shutil.copy(copy, path)
    bills = len(world.service.bills)
    world.start()
    world.run()
    assert len(world.service.bills) == bills, "what was bought meanwhile is asked about first"
    assert version(path) == VERSION
