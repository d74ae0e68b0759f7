"""Makes the dump of a journal with jobs in every state: `python -m tests.adapters.journals.make > vN.sql`.

Each version of the journal keeps the dump that its own code made, so that the code of later versions can show that
every job of it goes on.  Run it before the schema changes; a dump that is there is never made anew.
"""

import itertools
import sys
import tempfile
import uuid
from pathlib import Path

from tests.engine.world import World
from watchconvert.adapters.journal.store import Hold
from watchconvert.core.account import Account
from watchconvert.core.answers import Failed, Refused, Scope
from watchconvert.core.job import Job, Verdict
from watchconvert.core.states import State
from watchconvert.engine.advance import advance

PLACE = "/srv/dumped"
"""What stands in the dump where the journal had the folder of its route."""
ODD = b"caf\xe9 \xe2\x80\xae\n.docx"
"""A name that is no UTF-8, turns the direction of writing, and breaks the line."""
DAMAGED = Verdict("It is damaged.", 500, 5002, "said so")


def source_of(name: bytes) -> bytes:
    """Return the content of a source: each has its own."""
    return b"the source of " + name


def fill(world: World) -> None:
    """Lead one file to each state, by the daemon's own steps."""
    world.service.held = False
    for state in State:
        world.drop(f"{state.value}.docx", source_of(f"{state.value}.docx".encode()))
    world.drop("a/b/deep.docx", source_of(b"deep.docx"))
    odd = Path(world.route.inbox, ODD.decode("utf-8", "surrogateescape"))
    odd.write_bytes(source_of(ODD))
    world.change_route(recursive=True)
    world.start()
    for _ in range(4):
        world.lanes[0].round(world.clock.steady())
        world.clock.pass_by(1.0)
    for job in world.jobs():
        _lead(world, job)
    world.tools.journal.begin_hold(Hold(Scope.ROUTE, "gone", "The service refuses it.", 1.5, 2.5, 3))
    world.tools.journal.note_account(Account(1000, 12, 3600), world.clock.now())


def _lead(world: World, job: Job) -> None:
    """Lead a job to the state that its file is named after; others to one in the middle."""
    stem = job.name.removesuffix(b".docx").decode("utf-8", "replace")
    wanted = State(stem) if stem in set(State) else State.CONVERTING if stem == "deep" else State.CLAIMED
    if wanted is State.WITHDRAWN:
        Path(world.route.inbox, "withdrawn.docx").unlink()
    if wanted is State.CONVERTED:  # its first round is given up, so that the ledger has one that was
        world.service.answers = {"ask": [Failed(DAMAGED, 2)]}
    for _ in range(40):
        if job.state is wanted:
            return
        if wanted in (State.REJECTED, State.FAILED) and job.state is State.SUBMITTING:
            world.service.answers = {"submit": [Refused(DAMAGED)]}
        job = advance(world.tools, world.holds, job) or job
        world.clock.pass_by(0.5)
    raise AssertionError(f"{job.name!r} does not get on from {job.state}")


def dump(world: World) -> str:
    """Return the journal as SQL, with the place of the route's folders left open."""
    assert world.journal is not None
    connection = world.journal._database._connection
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    head = ["-- Made by python -m tests.adapters.journals.make; never by hand.", "PRAGMA auto_vacuum = 2;"]
    text = "\n".join([*head, *connection.iterdump(), f"PRAGMA user_version = {version};", ""])
    return text.replace(str(world.root), PLACE)


def main() -> None:
    """Write the dump of a new journal to standard output."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as root:
        world = World(Path(root))
        numbers = itertools.count(1)
        world.new_id = lambda: uuid.uuid5(uuid.NAMESPACE_OID, str(next(numbers))).hex
        fill(world)
        sys.stdout.write(dump(world))
        world.stop()


if __name__ == "__main__":
    main()
