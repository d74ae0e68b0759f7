"""The people of the simulated share: they drop, edit, delete, rename and replace files, mostly in office hours."""

import os
import random
from pathlib import Path

from tests.crash.books import Memory, Results
from tests.simulate.service import REFUSED
from tests.simulate.weather import DAY, HOUR
from watchconvert.adapters.watch import Hints
from watchconvert.core.settings import Route

_STEMS = ("letter", "offer", "invoice", "minutes", "plan", "übersicht 2027")
_ENDINGS = (".docx", ".odt", ".html", ".txt")


class Office:
    """The people of one route, and what they remember."""

    def __init__(self, route: Route, rng: random.Random, results: Results) -> None:
        self.route, self.rng, self.memory, self._results = route, rng, Memory(), results
        self.hints: Hints | None = None
        self.bought: set[bytes] = set()
        """Sources that have been billed; kept by the world."""
        self._files = 0
        self._copying: tuple[int, Path, bytes] | None = None
        """A file that is still being copied: its descriptor, its name, and what is to be in it."""

    def busy_until(self, at: float, rate: float) -> float:
        """Return when somebody does the next thing; `rate` is how many things are done in an office hour."""
        while True:
            at += self.rng.expovariate(rate / HOUR)
            in_office = 8 * HOUR <= at % DAY < 18 * HOUR and at % (7 * DAY) < 5 * DAY
            if in_office or self.rng.random() < 0.03:
                return at

    def act(self, wall: float) -> str:
        """Do one thing; returns what."""
        if not Path(self.route.inbox).is_dir():
            return "nothing"
        if self._copying is not None:
            return self._end_copy(wall)
        acts = (
            (50, self.drop), (8, self.begin_copy), (3, self.drop_many), (6, self.delete), (6, self.edit),
            (6, self.rename), (6, self.replace), (4, self.try_again), (8, self.take_outputs), (3, self.drop_junk),
        )  # fmt: skip
        act = self.rng.choices([each for _, each in acts], [weight for weight, _ in acts])[0]
        return act.__name__ if act(wall) else "nothing"

    # what they drop ─────────────────────────────────────────────────────────
    def _content(self) -> bytes:
        """Return a content that no other file has, of a length that no edit keeps."""
        self._files += 1
        start = REFUSED if self.rng.random() < 0.05 else b"text: "
        return start + f"{self.route.name} {self._files} ".encode() + b"." * self._files

    def _name(self) -> Path:
        folder = self.rng.choice(("", "", "a", "a/b")) if self.route.recursive else ""
        stem = self.rng.choice(_STEMS) if self.rng.random() < 0.7 else f"scan {self._files}"
        return Path(self.route.inbox, folder, stem + self.rng.choice(_ENDINGS))

    def _stamp(self, path: Path, wall: float) -> None:
        os.utime(path, (wall, wall))
        if self.route.done:
            path.with_name(self.route.done.replace("{name}", path.name)).touch()
        self._hint(path)

    def _hint(self, path: Path) -> None:
        """Most events are heard of; some are lost, as they are by the kernel."""
        if self.hints is not None and self.rng.random() < 0.8:
            folder = path.parent.relative_to(self.route.inbox).as_posix()
            self.hints.add(b"" if folder == "." else folder.encode(), path.name.encode())

    def _put(self, path: Path, data: bytes, wall: float) -> None:
        """Let a file have a name, whole at once; what had the name before is gone."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lose(path)
        draft = path.with_name(".draft")
        draft.write_bytes(data)
        draft.replace(path)
        self.memory.dropped.append(data)
        self._stamp(path, wall)

    def _lose(self, path: Path) -> None:
        """Remember that a source leaves the inbox by a person's hand."""
        if path.is_file():
            data = path.read_bytes()
            self.memory.taken.add(data)
            if data not in self.bought:
                self.memory.unsold.add(data)

    def drop(self, wall: float) -> bool:
        self._put(self._name(), self._content(), wall)
        return True

    def drop_many(self, wall: float) -> bool:
        for _ in range(self.rng.randint(5, 30)):
            self.drop(wall)
        return True

    def begin_copy(self, wall: float) -> bool:
        """Begin to copy a file that takes a while: half of it is there, and its program has it open."""
        path, data = self._name(), self._content()
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            return False
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        os.write(file, data[: len(data) // 2])
        self._copying = (file, path, data)
        self._hint(path)
        return True

    def _end_copy(self, wall: float) -> str:
        assert self._copying is not None
        (file, path, data), self._copying = self._copying, None
        os.write(file, data[len(data) // 2 :])
        os.utime(file, (wall, wall))
        os.close(file)
        self.memory.dropped.append(data)
        self._stamp(path, wall)
        return "end_copy"

    def drop_junk(self, wall: float) -> bool:
        Path(self.route.inbox, self.rng.choice(("~$letter.docx", ".DS_Store", "half.tmp"))).write_bytes(b"junk")
        return True

    # what they do with what is still there ──────────────────────────────────
    def _pick(self) -> Path | None:
        """Choose a whole source that is still in the inbox."""
        known = set(self.memory.dropped)
        inbox = Path(self.route.inbox)
        here = [path for path in sorted(inbox.rglob("*")) if path.is_file() and ".watchconvert" not in path.parts]
        here = [path for path in here if path.read_bytes() in known]
        return self.rng.choice(here) if here else None

    def delete(self, wall: float) -> bool:
        if (path := self._pick()) is None:
            return False
        self._lose(path)
        path.unlink()
        return True

    def edit(self, wall: float) -> bool:
        if (path := self._pick()) is None:
            return False
        data = self._content()
        self._lose(path)
        path.write_bytes(data)
        self.memory.dropped.append(data)
        self._stamp(path, wall)
        return True

    def rename(self, wall: float) -> bool:
        path, target = self._pick(), self._name()
        if path is None or target.exists():
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
        self._stamp(target, wall)
        return True

    def replace(self, wall: float) -> bool:
        if (path := self._pick()) is None:
            return False
        self._put(path, self._content(), wall)
        return True

    def try_again(self, wall: float) -> bool:
        """Move a file from the error folder back, and throw its explanation away."""
        failed = [
            path for path in sorted(Path(self.route.error).rglob("*.error.txt")) if ".watchconvert" not in path.parts
        ]
        if not failed:
            return False
        note = self.rng.choice(failed)
        source, target = (
            note.with_name(note.name.removesuffix(".error.txt")),
            Path(self.route.inbox, f"again {self._files}.txt"),
        )
        if not source.exists() or target.exists():
            return False
        self.memory.retried[source.read_bytes()] += 1
        source.rename(target)
        note.unlink()
        self._stamp(target, wall)
        return True

    def take_outputs(self, wall: float) -> bool:
        """Take a few results away."""
        there = [path for path in sorted(Path(self.route.outbox).rglob("*.pdf")) if ".watchconvert" not in path.parts]
        for path in there[:3]:
            self.memory.taken_outputs.add(path.read_bytes())
            path.unlink()
        return bool(there)

    def go_home(self, wall: float) -> None:
        """End what is half done."""
        if self._copying is not None:
            self._end_copy(wall)
