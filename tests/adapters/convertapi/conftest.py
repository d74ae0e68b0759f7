from collections.abc import Iterator

import pytest

from tests.adapters.convertapi.scripted import Script, scripted
from tests.adapters.convertapi.talking import Talk


@pytest.fixture
def service() -> Iterator[Script]:
    with scripted() as server:
        yield server


@pytest.fixture
def stranger() -> Iterator[Script]:
    """Another server, which must not learn anything."""
    with scripted() as server:
        yield server


@pytest.fixture
def talk(service: Script) -> Talk:
    return Talk(service)
