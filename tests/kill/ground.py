"""A route on real folders, the daemons that live on it one after the other, and what must hold between them."""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from tests.e2e.stage import SECRET
from tests.kill.nursery import Life, Nursery
from tests.kill.service import REFUSED, results_of
from tests.proof.invariants import Facts, Found, broken
from watchconvert.adapters.journal.report import open_report
from watchconvert.core import notes
from watchconvert.core.states import RESTING

PATIENCE = 120.0
FOLDERS = ("inbox", "outbox", "error", "archive")
_AT_REST = {state.value for state in RESTING}
_STAGE = ".watchconvert"


@dataclass(frozen=True)
class Land:
    """Where everything lies; on file systems of their own, or all in one folder."""

    home: Path
    """The configuration and the log: a cut of the power spares them."""
    state: Path
    share: Path
    archive: Path


def one_land(folder: Path) -> Land:
    """Return a land in one folder."""
    return Land(folder, folder / "state", folder / "share", folder / "share" / "archive")


@dataclass(frozen=True)
class Plan:
    """How the route is set up, and what the service makes of its files."""

    url: str
    target: str = "pdf"
    ending: str = "txt"
    service: str = 'dialect = "old"\ndoubt = "1s"'
    daemon: str = "workers = 2"
    route: str = ""
    results: Callable[[bytes], Sequence[bytes]] = results_of
    source_deleted: bool = False
    """Whether the route deletes sources when their results are published."""
    suspects: bool = False
    """Whether a file may be set aside because it was in hand at three deaths: where many die at random, some are."""
    durable: bool = False
    """Whether whoever drops a file makes it durable before it counts as dropped."""

    def at(self, url: str) -> "Plan":
        """Return the same with a service somewhere."""
        return replace(self, url=url)


class Ground:
    """The route and its history."""

    def __init__(self, land: Land, plan: Plan, seed: int = 0) -> None:
        self.land, self.plan, self._seed, self._numbers = land, plan, seed, count(1)
        self.dropped: list[bytes] = []
        self.files = 0
        self.foreign: dict[tuple[str, str], bytes] = {}
        self.suspects: set[bytes] = set()
        self.after_death: Callable[[], None] = lambda: None
        """What else happens when a daemon dies: nothing, or the power is cut."""
        self.config, self.log = land.home / "watchconvert.toml", land.home / "daemon.log"
        self.journal = str(land.state / "journal.db")
        self.folders = {name: land.share / name for name in FOLDERS} | {"archive": land.archive}
        secret = land.home / "secret"
        secret.write_text(SECRET + "\n")
        secret.chmod(0o600)
        self._configure()
        for folder in (*self.folders.values(), land.share / "incoming"):
            folder.mkdir(parents=True, exist_ok=True)
            self._sync(folder.parent)

    def _configure(self) -> None:
        plan = self.plan
        text = f'[service]\nurl = "{plan.url}"\nsecret_file = "secret"\n{plan.service}\n'
        text += f'[daemon]\njournal = "{self.journal}"\nrescan = "1s"\nmin_free = "1MiB"\n{plan.daemon}\n'
        # Who drops a file must be done with its syncs before the claim, whose own they would stand in for.
        settle = "100ms" if plan.durable else "0s"
        text += f'[[route]]\nname = "to-{plan.target}"\nto = "{plan.target}"\nsettle = "{settle}"\n{plan.route}\n'
        text += 'source = "delete"\n' if plan.source_deleted else ""
        self.config.write_text(text + "".join(f'{name} = "{path}"\n' for name, path in self.folders.items()))

    # what people do ─────────────────────────────────────────────────────────
    def drop(self, kind: bytes = b"plain", *, name_taken: bool = False) -> bytes:
        """Drop a file with a content of its own, whole from the first instant; returns the content."""
        self.files = number = next(self._numbers)
        data = b"%s file %d of seed %d, " % (kind, number, self._seed) + os.urandom(12).hex().encode()
        name = f"letter {number}"
        if name_taken:
            self._lay_foreign("outbox", f"{name}.{self.plan.target}")
            self._lay_foreign("archive", f"{name}.{self.plan.ending}")
        self._write(self.folders["inbox"] / f"{name}.{self.plan.ending}", data)
        self.dropped.append(data)
        return data

    def _lay_foreign(self, where: str, name: str) -> None:
        self.foreign[where, name] = data = f"somebody else's {name}".encode()
        self._write(self.folders[where] / name, data)

    def _write(self, path: Path, data: bytes) -> None:
        # A file that is written in the inbox itself would be seen there before it is whole.
        beside = self.land.share / "incoming" if path.parent == self.folders["inbox"] else path.parent
        part = beside / (path.name + ".tmp")
        part.write_bytes(data)
        self._sync(part)
        part.rename(path)
        self._sync(path.parent)

    def _sync(self, path: Path) -> None:
        if self.plan.durable:
            file = os.open(path, os.O_RDONLY)
            os.fsync(file)
            os.close(file)

    def clear_away(self) -> None:
        """Take everything away that lies there at rest, as people do with their results, and forget it."""
        for name in ("outbox", "error", "archive"):
            for path in self.folders[name].iterdir():
                if path.is_file():
                    path.unlink()
            self._sync(self.folders[name])
        self.dropped.clear()
        self.foreign.clear()

    def begin_anew(self) -> None:
        """Take the journal and the stages away, as on the first day; everything must be at rest."""
        for path in (self.land.state, *(top / _STAGE for top in self.folders.values())):
            shutil.rmtree(path)
            self._sync(path.parent)

    # lives ──────────────────────────────────────────────────────────────────
    def bear(self, nursery: Nursery, *, stopped: bool = False) -> Life:
        """Start a daemon by forking."""
        return nursery.bear(self.config, self.log, stopped=stopped)

    @contextlib.contextmanager
    def forked(self, nursery: Nursery) -> Iterator[Life]:
        """Start a daemon by forking; it is killed in the end."""
        life = self.bear(nursery)
        try:
            yield life
        finally:
            life.close()

    @contextlib.contextmanager
    def command(self) -> Iterator[Life]:
        """Start a daemon as people do; it is killed in the end."""
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "watchconvert", "run", "--config", str(self.config)]
            process = subprocess.Popen(command, stdout=log, stderr=log)
        life = Life(process.pid)
        try:
            yield life
        finally:
            life.close()
            process.wait()

    def is_up(self, life: Life) -> bool:
        """Tell whether that daemon has begun its work."""
        try:
            return bool(json.loads(Path(self.journal + ".status").read_text("ascii"))["pid"] == life.pid)
        except (OSError, ValueError):
            return False

    def is_at_rest(self) -> bool:
        """Tell whether nothing is left to do; a daemon must be up."""
        if any(path.is_file() for path in self.folders["inbox"].iterdir()):
            return False
        with open_report(self.journal) as report:
            return all(state in _AT_REST for counts in report.counts().values() for state in counts)

    def comes_to_rest(self, life: Life) -> bool:
        """Wait until nothing is left to do; False when the daemon is dead before."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if life.is_over():
                return False
            if self.is_up(life) and self.is_at_rest():
                return True
            life.is_over(0.003)
        raise AssertionError(f"neither dead nor at rest after {PATIENCE:.0f} s: {self.story()}")

    # what must hold ─────────────────────────────────────────────────────────
    def found(self) -> Iterator[Found]:
        """Yield every file there is, staged ones too."""
        for where, top in self.folders.items():
            for path in sorted(top.rglob("*")):
                if path.is_file():
                    staged = _STAGE in path.parts
                    place = "stage" if staged and where == "inbox" else f"{where} stage" if staged else where
                    yield Found(place, path.name, self._read(path) if place == "outbox" else path.read_bytes())

    def _read(self, path: Path) -> bytes:
        """Return an output; an archive as its only member, because its bytes depend on the time."""
        data = path.read_bytes()
        if self.plan.target != "zip" or ("outbox", path.name) in self.foreign:
            return data
        with contextlib.suppress(zipfile.BadZipFile), zipfile.ZipFile(path) as archive:
            (name,) = archive.namelist()
            return archive.read(name)
        return b"no archive: " + data

    def excused(self) -> dict[bytes, int]:
        """Return how many bills beyond the first the journal owns up to, by source."""
        query = "SELECT sha256, sum(round.sent) - 1 AS more FROM round JOIN job ON job.id = round.job GROUP BY sha256"
        with open_report(self.journal) as report:
            owned = {row["sha256"]: row["more"] for row in report._ask(query)}
        return {data: owned.get(hashlib.sha256(data).hexdigest(), 0) for data in self.dropped}

    def require(
        self, when: object, billed: Sequence[bytes], *, at_rest: bool, excused: dict[bytes, int] | None = None
    ) -> None:
        """Raise AssertionError with the first things that do not hold, if there are any."""
        wrong = self.check(billed, at_rest=at_rest, excused=excused)
        where = "at rest after" if at_rest else "at"
        assert not wrong, f"{len(wrong)} violations {where} {when}: {'; '.join(wrong[:6])}: {self.story()}"

    def check(self, billed: Sequence[bytes], *, at_rest: bool, excused: dict[bytes, int] | None = None) -> list[str]:
        """Return in words what does not hold."""
        found = list(self.found())
        homes = {each.data for each in found if each.where == "archive"}
        # Between copy and removal there are two, and the mark says which one goes.
        found = [each for each in found if at_rest or each.name != ".copied" or each.data not in homes]
        facts = Facts(
            self.dropped, found, billed, self.plan.results, excused or {},
            foreign=self.foreign, source_deleted=self.plan.source_deleted,
        )  # fmt: skip
        if self.plan.suspects:
            self.suspects |= _suspects(found)
        wrong = broken(facts, at_rest=at_rest)
        return wrong + list(self._misplaced(found)) if at_rest else wrong

    def _misplaced(self, found: list[Found]) -> Iterator[str]:
        """Everything ends where it belongs."""
        ends = {each.data: each.where for each in found if each.where in FOLDERS}
        for data in self.dropped:
            home = "error" if data.startswith(REFUSED) else None if self.plan.source_deleted else "archive"
            if ends.get(data) != home and data not in self.suspects:
                yield f"{data!r} ended in {ends.get(data)} instead of {home}"

    def leftovers(self) -> list[str]:
        """Return the folders of jobs that are left in any stage: none, while a daemon is at rest.

        A cut of the power may bring some back that are empty; the next start removes them.
        """
        return [str(path) for top in self.folders.values() for path in (top / _STAGE).glob("*/*")]

    def story(self) -> str:
        """Return what the daemons said last."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return "\n" + "\n".join(lines[-20:])


def _suspects(found: list[Found]) -> set[bytes]:
    """Return the contents of the files whose explanation says that they may be what kills the daemon."""
    notes_there = {each.name for each in found if each.where == "error" and notes.KILLER.encode() in each.data}
    return {each.data for each in found if each.where == "error" and f"{each.name}.error.txt" in notes_there}
