"""Shows that the tests see deliberate faults: `python -m tests.mutants.run [NAME...] [--jobs N]`.

Each fault is made in a copy of the project, and the tests named with it are run there. A fault is caught when one of
them fails by what it asserts, and not because nothing could be imported.
"""

import argparse
import contextlib
import enum
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.list import MUTANTS
from tests.mutants.mutant import ROOT, Mutant, StaleMutantError

_COPIED = ("watchconvert", "tests", "pyproject.toml")
_PATIENCE = 120.0
"""Seconds after which tests count as hanging, which is a way of failing too."""
_BROKEN = re.compile(
    r"^E\s+(?:NameError|ImportError|ModuleNotFoundError|SyntaxError|UnboundLocalError)\b", re.MULTILINE
)


class End(enum.StrEnum):
    """What became of a fault."""

    CAUGHT = "caught"
    SLIPPED = "SLIPPED THROUGH"
    SKIPPED = "not tried: its tests are skipped here"
    STALE = "STALE"
    BROKEN = "BROKEN: it fails for another reason than its fault"


BAD = frozenset({End.SLIPPED, End.STALE, End.BROKEN})


@contextlib.contextmanager
def copied() -> Iterator[Path]:
    """Make a copy of what the tests need."""
    with tempfile.TemporaryDirectory(prefix="watchconvert-mutants-") as name:
        tree = Path(name)
        for each in _COPIED:
            source = ROOT / each
            if source.is_dir():
                shutil.copytree(source, tree / each, ignore=shutil.ignore_patterns("__pycache__", "fonts"))
            else:
                shutil.copy(source, tree / each)
        yield tree


def attempt(mutant: Mutant, tree: Path) -> tuple[End, str]:
    """Make one fault in a copy, run its tests, and mend it; returns what became of it and what pytest said."""
    try:
        sound = mutant.read(tree)
        spoilt = mutant.spoil(sound)
    except (StaleMutantError, OSError) as fault:
        return End.STALE, str(fault)
    path = tree / "watchconvert" / mutant.file
    path.write_text(spoilt, "utf-8")
    try:
        status, said = run_tests(mutant.tests, tree)
    finally:
        path.write_text(sound, "utf-8")
    return judge(status, said), said


def judge(status: int, said: str) -> End:
    """Say what the status and the words of pytest mean."""
    if status == 0:
        return End.SLIPPED if re.search(r"\b\d+ passed", said) else End.SKIPPED
    failed = status == 1 and re.search(r"^FAILED ", said, re.MULTILINE)
    return End.CAUGHT if failed and not _BROKEN.search(said) else End.BROKEN


def run_tests(tests: Sequence[str], tree: Path) -> tuple[int, str]:
    """Run tests in a copy; returns the status of pytest and what it said."""
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", "-p", "no:randomly", "-rfE"]
    # A second's worth of changes of one length would pass for the compiled file of before.
    env = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(tree)}
    try:
        done = subprocess.run(
            [*command, *(f"tests/{each}" for each in tests)],
            cwd=tree, env=env, capture_output=True, text=True, timeout=_PATIENCE, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return 1, f"FAILED it hangs: no end after {_PATIENCE:.0f} s"
    return done.returncode, done.stdout + done.stderr


def attempt_all(mutants: Sequence[Mutant], jobs: int, tell: Callable[[Mutant, End, str], None]) -> dict[str, End]:
    """Try every fault, so many at a time, each in a copy of its own."""
    trees: SimpleQueue[Path] = SimpleQueue()
    with contextlib.ExitStack() as stack, ThreadPoolExecutor(jobs) as pool:
        for _ in range(jobs):
            trees.put(stack.enter_context(copied()))

        def work(mutant: Mutant) -> End:
            tree = trees.get()
            try:
                end, said = attempt(mutant, tree)
            finally:
                trees.put(tree)
            tell(mutant, end, said)
            return end

        return dict(zip((each.name for each in mutants), pool.map(work, mutants), strict=True))


def tell(line: str) -> None:
    """Write one line, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def tell_end(mutant: Mutant, end: End, said: str) -> None:
    """Write one line of the table, and what pytest said where that is of interest."""
    tell(f"{mutant.name:<44} {end}")
    if end in BAD:
        tell("\n".join(f"    {line}" for line in (f"{mutant.file}: {mutant.why}", *said.strip().splitlines()[-25:])))


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the faults named, or all; returns 1 if one is not caught."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="faults to try (all)")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (2)")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - {each.name for each in MUTANTS}:
        parser.error(f"there are no faults {sorted(unknown)}")
    chosen = [each for each in MUTANTS if not options.names or each.name in options.names]
    began = time.monotonic()
    ends = attempt_all(chosen, options.jobs, tell_end)
    count = Counter(ends.values())
    figures = ", ".join(f"{count[end]} {end.name.lower()}" for end in End)
    tell(f"mutants {len(chosen)}: {figures}, {time.monotonic() - began:.0f} s")
    return int(any(end in BAD for end in ends.values()))


if __name__ == "__main__":
    sys.exit(main())
