"""The table of failures is complete in itself, and its page is made of it."""

import ast
import runpy
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.failures.row import STEPS, Survives
from tests.failures.table import FAMILIES, all_rows

ROOT = Path(__file__).parents[2]
MAKER = runpy.run_path(str(ROOT / "contrib" / "make-failure-points.py"))
ROWS = all_rows()


@cache
def known_tests() -> frozenset[str]:
    """Return the names of all tests, read and not imported: some need what is not installed everywhere."""
    return frozenset(
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )


def test_the_page_is_fresh() -> None:
    page = (ROOT / "docs/failure-points.md").read_text("utf-8")
    assert page == MAKER["make_page"](), "run contrib/make-failure-points.py"


def test_the_page_has_every_row_and_what_shows_it() -> None:
    page = MAKER["make_page"]()
    assert all(f"\n## {family.title}\n" in page for family in FAMILIES)
    lines = [line for line in page.splitlines() if line.startswith("| ") and "---" not in line]
    assert len(lines) == len(ROWS) + len(FAMILIES)
    for name, row in ROWS.items():
        assert (f"`{name}`" in page) == (row.scenario is not None), name
        assert all(f"`{each}`" in page for each in row.shown_by), name


@pytest.mark.parametrize("name", ROWS)
def test_every_row_is_shown_or_says_that_it_does_not_hold(name: str) -> None:
    row = ROWS[name]
    assert row.scenario or row.shown_by or row.survives is Survives.NO
    assert [each for each in row.shown_by if each not in known_tests()] == []
    assert row.step in STEPS
    assert "|" not in row.fault + row.outcome


def test_no_fault_is_told_twice() -> None:
    told = Counter((family.title, row.fault, row.step, row.outcome) for family in FAMILIES for row in family.rows)
    assert [row for row, times in told.items() if times > 1] == []
    names = Counter(family.name for family in FAMILIES)
    assert max(names.values()) == 1


def test_every_step_of_a_file_has_its_faults() -> None:
    steps = Counter(row.step for row in ROWS.values())
    assert not [step for step in STEPS if not steps[step]]
    assert len(ROWS) >= 220
    assert sum(row.scenario is not None for row in ROWS.values()) >= 145
