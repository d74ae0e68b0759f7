"""A world in which one fault strikes at one step; it is looked at after every round and when all is at rest."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tests.engine.fakes import Crash, FakeClock, result_of
from tests.engine.world import World
from tests.failures.fragile import FragileDisk, Trouble
from tests.proof.invariants import Facts, Found, broken
from watchconvert.adapters.files.disk import Disk
from watchconvert.adapters.journal.database import Database, JournalError
from watchconvert.core.job import Job
from watchconvert.core.keeping import Placed
from watchconvert.core.states import Event

SOURCE = b"the source of the letter"
FULL, BAD = 13, 10
"""SQLITE_FULL and SQLITE_IOERR."""
_STEP_OF = {
    Event.CLAIMED: "claimed",
    Event.UPLOADED: "uploaded",
    Event.MINTED: "minted",
    Event.ACCEPTED: "submitted",
    Event.CONVERTED: "converting",
    Event.FETCHED: "fetched",
    Event.PUBLISHED: "published",
    Event.RETIRED: "retired",
    Event.SET_ASIDE: "set aside",
}
_MOST_LIVES = 30
Deed = Callable[[], Any]


class FaultyDatabase(Database):
    """The real SQLite file, on a disk that may refuse a transaction."""

    def __init__(self, path: str, failures: list[int]) -> None:
        self._failures = failures
        super().__init__(path)

    def write(self, work: Callable[[sqlite3.Connection], Any]) -> Any:
        def failing(connection: sqlite3.Connection) -> Any:
            done = work(connection)
            if self._failures:
                fault = sqlite3.OperationalError("the disk failed")
                fault.sqlite_errorcode = self._failures.pop()
                raise fault
            return done

        return super().write(failing)


class ClockElsewhere:
    """The service's own clock, which nobody sets."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.uptime


class Scene(World):
    """One daemon, and what happens to it and when."""

    def __init__(self, root: Path, **service: Any) -> None:
        super().__init__(root, **{"held": False} | service)
        self.service.clock = ClockElsewhere(self.clock)  # type: ignore[assignment]
        self.troubles: list[Trouble] = []
        self.journal_failures: list[int] = []
        self.dropped: list[bytes] = []
        self.taken: set[bytes] = set()
        self.taken_outputs: set[bytes] = set()
        self.foreign: dict[tuple[str, str], bytes] = {}
        self.lives = 0
        self._deeds: list[tuple[str, bool, Deed]] = []
        self._disk = FragileDisk(self.fuse, self.troubles, root / "limbo")
        self._power_is_off = False

    # what happens ────────────────────────────────────────────────────────────
    def when(self, step: str, deed: Deed, *, committed: bool = True) -> None:
        """Do something once, just after a file came to a step, or just before that is written down."""
        self._deeds.append((step, committed, deed))

    def die(self) -> None:
        """Let the process end here."""
        self.fuse.blown = True
        raise Crash("killed")

    def cut_power(self) -> None:
        """Let the machine end here."""
        self._power_is_off = True
        self.die()

    def trouble(self, call: str, number: int, where: str = "", *, afterwards: bool = False) -> None:
        """Let a system call fail from now on until `heal`."""
        self.troubles.append(Trouble(call, number, where, afterwards))

    def heal(self) -> None:
        """Let the disks be in order again."""
        self.troubles.clear()

    def put(self, name: str = "letter.docx", data: bytes = SOURCE, route: Any = None) -> Path:
        """Drop a file that must come out of it whole."""
        self.dropped.append(data)
        return self.drop(name, data, route)

    def keep(self, folder: str, name: str, data: bytes = b"somebody else's") -> None:
        """Put something there that must stay as it is."""
        path = Path(getattr(self.route, folder)) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.foreign[folder, name] = data

    def staged_source(self) -> Path:
        """Return the source in the stage of the inbox."""
        (path,) = [each for each in Path(self.route.inbox, ".watchconvert").rglob("*") if each.is_file()]
        return path

    # time ────────────────────────────────────────────────────────────────────
    def live(self, seconds: int | None = None) -> None:
        """Live, die and live again for so long, or until all is at rest."""
        while True:
            try:
                if self.journal is None:
                    self.lives += 1
                    assert self.lives < _MOST_LIVES, "it dies again and again"
                    self.start()
                if seconds is None:
                    self.run(3000)
                else:
                    self._pass(seconds)
            except (Crash, JournalError):
                self.mourn()
                self.stop()
                self.fuse.mend()
            else:
                return

    def _pass(self, seconds: int) -> None:
        end = self.clock.steady() + seconds
        while self.clock.steady() < end:
            self.round()
            self.clock.pass_by(1.0)

    def restart(self) -> None:
        """Stop in good order and start again."""
        self.stop()
        self.live(0)

    def mourn(self) -> None:
        if self._power_is_off:
            self._disk.cut_power()
        self._power_is_off = False
        self.look(at_rest=False)

    def end(self, lies: str = "archive", bills: int | None = 1) -> None:
        """Mend everything, live to rest, and look at all of it."""
        self.heal()
        self.live()
        self.look()
        left = [step for step, _, _ in self._deeds]
        assert not left, f"nothing ever happened at {left}"
        if bills is not None:
            assert len(self.service.bills) == bills, f"{len(self.service.bills)} bills instead of {bills}"
        places = self.places()
        for source in set(self.dropped) - self.taken:
            names = [each.name for each in places if each.data == source and each.where == lies]
            assert names, f"{source!r} is not in {lies}"
            if lies == "error":
                assert b"was not converted" in (Path(self.route.error) / f"{names[0]}.error.txt").read_bytes()
                assert json.loads((Path(self.route.error) / f"{names[0]}.error.json").read_bytes())["file"] == names[0]

    # what the world is asked ─────────────────────────────────────────────────
    def make_disk(self) -> Disk:
        return self._disk

    def make_database(self, path: str) -> Database:
        return FaultyDatabase(path, self.journal_failures)

    def start(self) -> None:
        super().start()
        assert self.journal is not None
        add, record = self.journal.add, self.journal.record

        def adding(job: Job) -> bool:
            self._strike("settled", committed=True)
            self._strike("noticed", committed=False)
            done = add(job)
            self._strike("noticed", committed=True)
            return done

        def recording(before: Job, after: Job, event: Event, placed: Iterable[Placed] = ()) -> bool:
            step = _STEP_OF.get(event, "")
            self._strike(step, committed=False)
            done = record(before, after, event, placed)
            self._strike(step, committed=True)
            return done

        self.journal.add = adding  # type: ignore[method-assign]
        self.journal.record = recording  # type: ignore[method-assign]

    def _strike(self, step: str, *, committed: bool) -> None:
        for each in list(self._deeds):
            if each[:2] == (step, committed):
                self._deeds.remove(each)
                each[2]()

    def round(self) -> None:
        super().round()
        if any(lane.waiting for lane in self.lanes):
            self._strike("dropped", committed=True)
        self.look(at_rest=False)

    def close(self) -> None:
        """End it all; what was changed and never synced is forgotten."""
        self.stop()
        self._disk.close()

    # what is looked at ───────────────────────────────────────────────────────
    def places(self) -> list[Found]:
        """Return every file of every route, explanations left out."""
        found = {}
        for folder in ("inbox", "outbox", "error", "archive"):
            for top in {Path(getattr(route, folder)) for route in (self.route, *self.routes)}:
                for path in (each for each in top.rglob("*") if each.is_file()):
                    hidden = ".watchconvert" in path.parts
                    where = ("stage" if folder == "inbox" else f"{folder} stage") if hidden else folder
                    if hidden or folder != "error" or not path.name.endswith((".error.txt", ".error.json")):
                        found[path] = Found(where, path.name, path.read_bytes())
        return list(found.values())

    def look(self, *, at_rest: bool = True) -> None:
        """Fail when one of the goals is hurt."""
        facts = Facts(
            dropped=self.dropped,
            found=self.places(),
            billed=[self.service.sources[each] for each in self.service.bills],
            results=lambda source: [result_of(source, number) for number in range(self.service.outputs)],
            excused=self._excused() if at_rest else {},
            taken=frozenset(self.taken),
            foreign=self.foreign,
            source_deleted=self.route.source == "delete",
            taken_outputs=frozenset(self.taken_outputs),
        )
        assert broken(facts, at_rest=at_rest) == []

    def _excused(self) -> Counter[bytes]:
        """Return how many bills of each source the journal owns up to beyond one."""
        assert self.journal is not None
        owned: Counter[bytes] = Counter()
        for row in self.journal._database.read("SELECT remote_id, sent, outcome FROM round"):
            source = self.service.sources.get(row["remote_id"], b"")
            owned[source] += row["sent"] - 1 + (row["outcome"] in ("forgotten", "sent_back"))
        return owned
