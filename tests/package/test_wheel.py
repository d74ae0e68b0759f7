"""The wheel and the sdist have everything that they should, and nothing else."""

import subprocess
import tarfile
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import PurePosixPath

import pytest

from tests.package.building import ROOT, Built
from watchconvert import __version__


def tracked(*folders: str) -> set[str]:
    """Return the files of the project that are under version control or about to be."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *folders]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return {name for name in listed if (ROOT / name).is_file()}


def in_wheel(built: Built) -> set[str]:
    with zipfile.ZipFile(built.wheel) as archive:
        return set(archive.namelist())


def metadata(built: Built) -> Message:
    with zipfile.ZipFile(built.wheel) as archive:
        name = next(each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def test_the_wheel_has_every_file_of_the_program_and_what_install_needs(built: Built) -> None:
    units = {f"watchconvert/faces/systemd/{path.name}" for path in (ROOT / "contrib" / "systemd").iterdir()}
    assert "watchconvert/faces/systemd/watchconvert.service" in units
    names = {name for name in in_wheel(built) if ".dist-info/" not in name}
    schema = f"watchconvert-{__version__}.data/data/share/watchconvert/watchconvert.schema.json"
    assert names == tracked("watchconvert") | units | {"watchconvert/faces/sample.toml", schema}


def test_the_units_in_the_wheel_are_those_of_the_project(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        for path in (ROOT / "contrib" / "systemd").iterdir():
            assert archive.read(f"watchconvert/faces/systemd/{path.name}") == path.read_bytes()


def test_the_wheel_needs_nothing_compiled_but_for_the_extras(built: Built) -> None:
    assert built.wheel.name == f"watchconvert-{__version__}-py3-none-any.whl"
    needed = [each for each in metadata(built).get_all("Requires-Dist", []) if "extra ==" not in each]
    assert {each.split(">")[0] for each in needed} == {"click", "requests", "rich", "structlog", "watchdog"}


def test_the_sdist_has_what_the_packages_are_made_of(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {str(PurePosixPath(*PurePosixPath(each.name).parts[1:])) for each in archive if each.isfile()}
    wanted = tracked(
        "watchconvert", "contrib", "docs", "etc", "tests", "Makefile", "README.md", "CHANGELOG.md", "LICENSE"
    )
    assert wanted - names == set()
    assert not {name for name in names if name.startswith((".venv", "dist", "build")) or "__pycache__" in name}
