"""One daemon in a test: real files, real SQLite, a fake service, and time that the test passes by."""

import dataclasses
import uuid
from pathlib import Path
from typing import Any

import structlog

from tests.engine.fakes import Crash, CrashingDatabase, CrashingDisk, FakeClock, FakeService, Fuse, Inline
from watchconvert.adapters.files.disk import Disk
from watchconvert.adapters.files.folders import Folders
from watchconvert.adapters.files.looks import ignore_lease_signals
from watchconvert.adapters.files.moves import Moves
from watchconvert.adapters.files.parts import Parts
from watchconvert.adapters.hand import Hand
from watchconvert.adapters.journal.database import Database, JournalError
from watchconvert.adapters.journal.store import Journal
from watchconvert.adapters.watch import Hints
from watchconvert.core.job import Job
from watchconvert.core.keeping import Placed
from watchconvert.core.settings import Route
from watchconvert.engine.dispatcher import Dispatcher
from watchconvert.engine.holds import Holds
from watchconvert.engine.lane import Appetite, Lane, Scouts
from watchconvert.engine.poller import Poller
from watchconvert.engine.recovery import adopt_strays, count_deaths, prepare_folders, remember_inherited
from watchconvert.engine.tools import Pace, Tools
from watchconvert.engine.wishes import Granter

DOUBT = 5.0


class StillWatch:
    """No events at all: the scan alone must find everything."""

    def __init__(self, inbox: str) -> None:
        self.inbox = inbox

    def follow(self) -> None:
        Path(self.inbox).stat()

    def drop(self) -> None:
        pass


class World:
    """A daemon whose threads are calls and whose clock stands still between them."""

    def __init__(self, root: Path, fuse: Fuse | None = None, **service: Any) -> None:
        ignore_lease_signals()
        self.root, self.fuse, self.clock = root, fuse or Fuse(), FakeClock()
        self.service = FakeService(self.clock, self.fuse, **service)
        self.route = self.make_route("to-pdf")
        self.routes: tuple[Route, ...] = (self.route,)
        self.pace = Pace(doubt=DOUBT, min_free=0)
        self.appetite = Appetite(rescan=10.0)
        self.journal: Journal | None = None
        self.new_id = lambda: uuid.uuid4().hex

    def make_disk(self) -> Disk:
        return CrashingDisk(self.fuse)

    def make_database(self, path: str) -> Database:
        return CrashingDatabase(path, self.fuse)

    def make_route(self, name: str, **more: Any) -> Route:
        base = self.root / name
        folders = {each: str(base / each) for each in ("inbox", "outbox", "error", "archive")}
        return Route(name=name, to="pdf", settle=1.0, **folders, **more)

    def change_route(self, **more: Any) -> None:
        self.route = dataclasses.replace(self.route, **more)
        self.routes = (self.route,)

    # one life ───────────────────────────────────────────────────────────────
    def start(self) -> None:
        """Do what the start of the daemon does."""
        self.journal = Journal(self.make_database(str(self.root / "journal.db")))
        folders = Folders(self.make_disk(), b"host")
        moves = Moves(folders)
        self.tools = Tools(
            self.journal, folders, moves, Parts(folders, moves), self.service, self.clock,  # type: ignore[arg-type]
            structlog.wrap_logger(structlog.ReturnLogger()), self.service.forget, self.pace,
            new_id=self.new_id,
        )  # fmt: skip
        self.hand = Hand(str(self.root / "journal.db.hand"))
        count_deaths(self.journal, self.hand, self.clock.now())
        remember_inherited(self.tools)
        prepare_folders(self.tools, self.routes)
        adopt_strays(self.tools, self.routes)
        self.holds = Holds(self.journal, self.clock, self.tools.log, 4)  # type: ignore[arg-type]
        self.dispatcher = Dispatcher(self.tools, self.holds, self.hand, Inline(), 4)
        self.poller = Poller(self.tools, self.holds, Inline())
        self.granter = Granter(self.tools, self.holds, self.dispatcher, lambda _name, work: work())
        self.granter.at_start()
        self.lanes = [
            Lane(self.tools, self.holds, route, Scouts(Hints(lambda: None), StillWatch(route.inbox)), self.appetite)
            for route in self.routes
        ]

    def round(self) -> None:
        """Let every loop come round once."""
        for lane in self.lanes:
            lane.round(self.clock.steady())
        self.dispatcher.round(self.clock.now())
        self.poller.round(self.clock.now())
        self.granter.round()
        for loop in (self.dispatcher, self.poller, self.granter):
            if loop.broken is not None:
                raise loop.broken

    def run(self, rounds: int = 400, step: float = 1.0) -> None:
        """Let time pass until everything is at rest."""
        for _ in range(rounds):
            self.round()
            if self.is_idle():
                return
            self.clock.pass_by(step)
        raise AssertionError(f"it does not come to rest: {[(j.state, j.note) for j in self.jobs()]}")

    def is_idle(self) -> bool:
        waiting = any(lane.waiting for lane in self.lanes)
        left = any(
            path.is_file() for route in self.routes for path in Path(route.inbox).iterdir() if path.name[0] != "."
        )
        return not waiting and not left and not self.open_jobs()

    def stop(self) -> None:
        """End this life, however it ended."""
        if self.journal is not None:
            self.journal.close()
            self.journal = None
        if hasattr(self, "tools"):
            self.tools.folders.locks.release()
        if hasattr(self, "hand"):
            self.hand.close()
            del self.hand

    def live_on(self, rounds: int = 400) -> int:
        """Live and die and live again until everything is at rest; returns how many lives it took."""
        lives = 1
        while True:
            try:
                self.start()
                self.run(rounds)
            except Crash:
                lives += 1
            except JournalError as fault:
                if not isinstance(fault.__cause__, Crash):
                    raise
                lives += 1
            else:
                return lives
            self.mourn()
            self.stop()
            self.fuse.mend()

    def mourn(self) -> None:
        """Look at what a death left, before the next life."""

    # what the test looks at ─────────────────────────────────────────────────
    def jobs(self) -> list[Job]:
        assert self.journal is not None
        rows = self.journal._database.read("SELECT id FROM job ORDER BY noticed_at, id")
        return [job for row in rows if (job := self.journal.get(row["id"]))]

    def open_jobs(self) -> list[Job]:
        assert self.journal is not None
        return [job for job in map(self.journal.get, self.journal.open_ids()) if job]

    def placed(self) -> list[Placed]:
        """What the journal knows of files and sub-folders that were put somewhere."""
        assert self.journal is not None
        known = self.journal.placements
        return [
            each
            for route, root in known.shelves()
            for kind in ("file", "note", "folder")
            for each in known.oldest(route, root, kind, (0.0, 0), 1000)
        ]

    def drop(self, name: str, data: bytes = b"content", route: Route | None = None) -> Path:
        path = Path((route or self.route).inbox) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def seen(self, folder: str) -> dict[str, bytes]:
        """What a person sees in a folder of the route: names and contents."""
        top = Path(getattr(self.route, folder))
        return {path.name: path.read_bytes() for path in sorted(top.iterdir()) if path.is_file()}

    def staged(self) -> list[Path]:
        """Whatever is left in any stage: files, and folders of jobs."""
        tops = {Path(folder) for route in self.routes for folder in route.folders}
        return [path for top in tops for path in (top / ".watchconvert/host").rglob("*")]
