"""A deliberate fault: a few lines of the product, worse by one thing, and the tests that must fail for it."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Mutant:
    """One fault; `old` stands in the file exactly once."""

    name: str
    file: str
    """Below `watchconvert/`."""
    old: str
    new: str
    why: str
    """What it would do to people."""
    tests: tuple[str, ...]
    """Node ids below `tests/`."""

    def read(self, root: Path = ROOT) -> str:
        """Return the source that it changes."""
        return (root / "watchconvert" / self.file).read_text("utf-8")

    def spoil(self, text: str) -> str:
        """Return a source with the fault in it.

        Raises:
            StaleMutantError: the source has changed, or would no longer compile.

        """
        count = text.count(self.old)
        if count != 1:
            raise StaleMutantError(f"{self.name}: its old text stands {count} times in {self.file}")
        spoilt = text.replace(self.old, self.new)
        try:
            compile(spoilt, self.file, "exec")
        except SyntaxError as fault:
            raise StaleMutantError(f"{self.name}: {self.file} would not compile: {fault}") from None
        return spoilt


class StaleMutantError(Exception):
    """A mutant no longer fits the product: write it anew."""
