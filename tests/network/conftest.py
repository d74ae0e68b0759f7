"""What every test of the network starts with."""

import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.network.trial import be_impatient


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait no longer than a test can."""
    be_impatient(monkeypatch)


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Say something to whoever waits for a long run."""

    capture: Any = request.config.pluginmanager.getplugin("capturemanager")

    def say(line: str) -> None:
        with capture.global_and_fixture_disabled():
            sys.stdout.write(f"\n{line}")
            sys.stdout.flush()

    return say
