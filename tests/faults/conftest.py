import sys
import time
from collections.abc import Callable

import pytest


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Print a line, with the seconds that have passed, although pytest keeps to itself what tests print."""
    began = time.monotonic()

    def say(line: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"{line}, {time.monotonic() - began:.0f} s\n")

    return say
