"""The service that converts, on the machine's own loopback but outside the machine: it lives on when the power is cut."""

import contextlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.machine.cell import Cell

_STANDIN = Path(__file__).parents[2] / "bench/standin.py"
_ASK = """
import sys, urllib.request
asked = urllib.request.Request(sys.argv[1], headers={"Authorization": "Bearer " + sys.argv[2]})
print(urllib.request.urlopen(asked, timeout=10).read().decode())
"""


def ask(cell: Cell, url: str, secret: str = "any") -> Any:
    """Ask something of a server on the machine's loopback."""
    words = cell.entering(sys.executable, "-c", _ASK, url, secret)
    return json.loads(subprocess.run(words, stdout=subprocess.PIPE, check=True, timeout=30).stdout)


class Service:
    """The stand-in: a result has the bytes of its source."""

    def __init__(self, cell: Cell, url: str) -> None:
        self._cell, self.url = cell, url

    def bills(self) -> tuple[int, int]:
        """Return how many conversions it billed, and how many of these were repeated under one JobId."""
        stats = ask(self._cell, self.url + "/stats")
        return stats["bills"], stats["duplicate_bills"]


@contextlib.contextmanager
def standin(cell: Cell, latency: float) -> Iterator[Service]:
    """Run the stand-in service; a conversion takes `latency` seconds."""
    with cell.start(sys.executable, _STANDIN, "--latency", str(latency), out=subprocess.PIPE) as process:
        try:
            assert process.stdout
            line = process.stdout.readline().decode()
            found = re.fullmatch(r"listening on (\S+)\n", line)
            assert found, f"the stand-in said {line!r}"
            yield Service(cell, found[1])
        finally:
            process.terminate()
