"""The machines, one for each distribution, with the packages of the checkout installed; and what the phases took."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.machine import tools
from tests.machine.install import Installed, install_fresh
from tests.machine.machine import Machine, booted
from tests.machine.packages import build_packages
from tests.machine.service import Service, standin
from tests.machine.site import Site
from tests.machine.trees import SUITES, base_image

_ASKED = "WATCHCONVERT_MACHINE"
_HERE = Path(__file__).parent


def _wanted_suites() -> list[str]:
    named = os.environ.get("SUITES", "").split()
    return [suite for suite in SUITES if suite in named] if named else list(SUITES)


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave these tests out unless they are asked for: they install packages and take minutes."""
    is_test = collection_path.parent == _HERE and collection_path.name.startswith("test_")
    return True if is_test and os.environ.get(_ASKED) != "1" else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test on each distribution."""
    if "suite" in metafunc.fixturenames:
        metafunc.parametrize("suite", _wanted_suites(), scope="session")


@pytest.fixture(scope="session")
def _prepared(suite: str) -> tuple[Path, list[Path]]:
    if why := tools.lacking():
        pytest.skip(f"NOT TESTED HERE: {why}")
    return base_image(suite), build_packages(suite)


@pytest.fixture(scope="session")
def installed(
    suite: str, _prepared: tuple[Path, list[Path]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installed]:
    """Return a booted machine on which apt has installed the packages, and what was found right after that."""
    image, packages = _prepared
    with booted(suite, image, tmp_path_factory.mktemp("machine")) as machine:
        yield install_fresh(machine, packages)


@pytest.fixture
def machine(installed: Installed) -> Machine:
    """Return the booted machine, booted again if a test that failed left it down."""
    if not installed.machine.is_up:
        installed.machine.boot()
    installed.ensure()
    return installed.machine


@pytest.fixture
def site(machine: Machine) -> Site:
    """Return the service as it is before its first configuration."""
    site = Site(machine)
    site.reset()
    return site


@pytest.fixture
def service(machine: Machine) -> Iterator[Service]:
    """Return a service outside the machine whose conversions take a second."""
    with standin(machine.cell, 1.0) as found:
        yield found


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what took how long; what was done several times in one line."""
    if not tools.PHASES:
        return
    terminalreporter.section("phases")
    for name in dict.fromkeys(name for name, _ in tools.PHASES):
        times = [seconds for each, seconds in tools.PHASES if each == name]
        count = f", {len(times)} times, {min(times):.1f} to {max(times):.1f} s each" if len(times) > 1 else ""
        terminalreporter.write_line(f"{name:<40} {sum(times):6.1f} s{count}")
