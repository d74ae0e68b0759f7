"""The crash tests see every effect of the daemon: a call that they do not know fails here."""

import ast
from collections.abc import Iterator
from pathlib import Path

import watchconvert
from tests.crash.points import CHANGES, FLOORS, HARMLESS, LOOKS

TOP = Path(watchconvert.__file__).parent.parent
APART = {
    "adapters/wishes.py": "the command line makes wishes; the engine removes them, and that is a point",
    "engine/wishes.py": "see above",
    "adapters/journal/care.py": "the journal's own files, which tests/adapters looks after",
    "adapters/journal/copies.py": "copies of the journal, which tests/adapters/test_migrations.py kills at every step",
}
"""Modules that change files by their paths, and why that is no effect without a point."""
BY_PATH = frozenset({"unlink", "mkdir", "rmdir", "touch", "write_text", "write_bytes", "symlink_to", "hardlink_to"})
OURS = ("os", "self._disk", "self.disk")
"""Whose calls have points."""
LOOKING = {("shutil", "disk_usage")}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for floor in FLOORS:
        for path in sorted(TOP.joinpath(*floor.split(".")).rglob("*.py")):
            yield path.relative_to(TOP / "watchconvert").as_posix(), ast.parse(path.read_text("utf-8"))


def calls(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Return what is called: what stands before the last dot, and the name behind it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield ast.unparse(node.func.value), node.func.attr


def test_every_call_of_the_daemon_is_known() -> None:
    """Each function of `os` that the floors call is a point, a look, or changes nothing."""
    called = {(name, attr) for name, tree in sources() for owner, attr in calls(tree) if owner == "os"}
    assert len(called) > 50
    assert sorted(each for each in called if each[1] not in CHANGES | LOOKS | HARMLESS) == []


def test_nothing_goes_past_the_points() -> None:
    """Nothing changes files by another module than `os`, whose calls would have no point."""
    found = {
        (name, owner, attr)
        for name, tree in sources()
        for owner, attr in calls(tree)
        if (attr in BY_PATH and owner not in OURS) or owner in {"shutil", "tempfile"}
    }
    assert {each for each in found if each[0] not in APART and each[1:] not in LOOKING} == set()
    assert {each[0] for each in found} >= APART.keys()


def test_the_kernel_is_called_by_nothing_else() -> None:
    """`ctypes` calls one function alone, and that one is a point."""
    names = {attr for _, tree in sources() for owner, attr in calls(tree) if owner == "_libc"}
    assert names == {"renameat2"}
