"""Write docs/failure-points.md from the table that the tests run: `python contrib/make-failure-points.py [--check]`.

The rows are those of tests/failures. With `--check` nothing is written; the exit status is 1 when the page is stale.
"""  # noqa: INP001 -- a script, not a package

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.failures.row import Family, Row, Survives  # noqa: E402 -- the tests are no installed package
from tests.failures.table import FAMILIES  # noqa: E402 -- as above

PAGE = ROOT / "docs" / "failure-points.md"
INTRO = """\
# Failure points

What can go wrong at each step of a file, what follows, and what shows it. The words are those of the
[glossary](glossary.md). The step is the state that a file is coming to, or has just come to, when the fault strikes.

This page is made of the table in `tests/failures` by `contrib/make-failure-points.py`, and a test fails when it is
stale. A name like `kill-claimed` is a row that the tests play: a daemon with real files, a real journal, a service that
bills every conversion it takes and a clock that stands still is brought to the step, the fault strikes, everything is
mended, and when all is at rest every file must lie in one place, whole, nothing replaced, nothing left in a stage, and
nothing billed twice unless the ledger owns up to it. `pytest tests/failures -k kill-claimed` plays one. A name that
begins with `test_` is a test elsewhere.

**By design** marks what is decided so although it has a price. **Does not hold** marks what the daemon does not survive
as its [goals](goals.md) ask.
"""
SAID = {Survives.YES: "", Survives.BY_DESIGN: "**By design:** ", Survives.NO: "**Does not hold:** "}


def make_page() -> str:
    """Return the page."""
    return INTRO + "".join(line for family in FAMILIES for line in _section(family))


def _section(family: Family) -> Iterator[str]:
    yield f"\n## {family.title}\n\n"
    yield "| step | fault | what happens | shown by |\n| --- | --- | --- | --- |\n"
    for name, row in family.named().items():
        yield f"| {row.step} | {row.fault} | {SAID[row.survives]}{row.outcome} | {_proofs(name, row)} |\n"


def _proofs(name: str, row: Row) -> str:
    shown = [name, *row.shown_by] if row.scenario else list(row.shown_by)
    return ", ".join(f"`{each}`" for each in shown) or "nothing"


def main() -> int:
    """Write the page, or only tell whether it is stale; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when the page is stale")
    only_check = parser.parse_args().check
    page = make_page()
    if PAGE.read_text("utf-8") == page:
        return 0
    sys.stdout.write("docs/failure-points.md was stale\n")
    if not only_check:
        PAGE.write_text(page, "utf-8")
    return int(only_check)


if __name__ == "__main__":
    sys.exit(main())
