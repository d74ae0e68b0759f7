"""The people of a soak: they drop files, look at each result the moment it stands there, and take it away."""

import contextlib
import hashlib
import os
import random
from pathlib import Path

HEAD = b"%PDF-1.7\n"
"""The stand-in service gives back what it got, and the daemon looks at how a result begins."""


class People:
    """They know what they dropped by its hash, so that nothing is kept but numbers."""

    def __init__(self, share: Path, seed: int) -> None:
        self._share, self._dice = share, random.Random(seed)
        self._expected: dict[str, str] = {}
        self.dropped = self.delivered = self.largest = 0
        self.wrong: list[str] = []

    @property
    def waiting(self) -> int:
        """How many files have not come back yet."""
        return len(self._expected)

    def drop(self) -> None:
        """Drop one file of 1 KB to 100 KB, now and then of 2 MB."""
        size = 2_000_000 if self._dice.random() < 0.01 else self._dice.randrange(1_000, 100_000)
        data = HEAD + self._dice.randbytes(size)
        name = f"file {self.dropped:07}"
        draft = self._share / "inbox" / f".{name}.part"
        draft.write_bytes(data)
        self._expected[name] = hashlib.sha256(data).hexdigest()
        draft.rename(draft.with_name(name + ".txt"))
        self.dropped += 1
        self.largest = max(self.largest, self.waiting)

    def collect(self) -> None:
        """Check every result that is there, whole at first sight, with its source; then take both away."""
        for entry in list(os.scandir(self._share / "outbox")):
            if entry.name.startswith("."):
                continue
            name = entry.name.removesuffix(".pdf")
            if self._expected.get(name) != hashlib.sha256(Path(entry.path).read_bytes()).hexdigest():
                self.wrong.append(f"{entry.name} is half, foreign, or there twice")
            else:
                del self._expected[name]
                self.delivered += 1
            Path(entry.path).unlink()

    def clear_archive(self) -> None:
        """Throw old sources away."""
        for entry in list(os.scandir(self._share / "archive")):
            if not entry.name.startswith("."):
                with contextlib.suppress(FileNotFoundError):
                    Path(entry.path).unlink()

    def left_over(self) -> list[str]:
        """Return the names of files in the error folder and in any stage."""
        failed = [path.name for path in (self._share / "error").iterdir() if path.name[0] != "."]
        return failed + [str(path) for path in self._share.rglob(".watchconvert/*/*")]
