"""The shape of the code: small files, small functions, one place that reads the clock."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import watchconvert

ROOT = Path(watchconvert.__file__).parent
FILES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))
FLOORS = [name for name in FILES if not name.startswith("localapi/")]
CLOCK = "adapters/clock.py"


@cache
def tree_of(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text("utf-8"))


def functions_in(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or 0) - node.lineno + 1


def clock_reads(tree: ast.Module) -> set[str]:
    """Return which of time.time and time.sleep a module names, by attribute or by import."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "time":
            found.add(node.attr)
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            found |= {alias.name for alias in node.names}
    return found & {"time", "sleep"}


def test_the_package_is_looked_at() -> None:
    assert {"core/states.py", CLOCK, "engine/local.py"} <= set(FILES)
    assert clock_reads(tree_of(CLOCK)) == {"time"}


def test_files_stay_small() -> None:
    assert not [name for name in FILES if len((ROOT / name).read_text("utf-8").splitlines()) > 300]


def test_functions_stay_small() -> None:
    assert not [(name, function) for name in FILES for function, lines in functions_in(tree_of(name)) if lines > 50]


def test_only_the_clock_reads_the_clock() -> None:
    assert not [name for name in FLOORS if name != CLOCK and clock_reads(tree_of(name))]
