"""The built-in server as a second service of the machine."""

import contextlib
from collections.abc import Iterator
from typing import Any

from tests.machine.machine import Machine
from tests.machine.service import ask
from tests.machine.site import SECRET
from tests.machine.tools import wait_for

_UNIT = "converter.service"
_PORT = 8787
_TEXT = f"""\
[Unit]
Description=the built-in server of watchconvert, by itself
[Service]
DynamicUser=yes
LoadCredential=secret:/etc/watchconvert/secret
ExecStart=/usr/bin/watchconvert local --port {_PORT} --secret-file %d/secret
"""


class LocalServer:
    """The server by its address."""

    url = f"http://127.0.0.1:{_PORT}"

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def bills(self) -> list[dict[str, Any]]:
        """Return what it billed, oldest first."""
        found: list[dict[str, Any]] = ask(self._machine.cell, f"{self.url}/local/bills", SECRET)
        return found


@contextlib.contextmanager
def local_server(machine: Machine) -> Iterator[LocalServer]:
    """Run the server while the test runs; the secret must have been placed."""
    machine.write(f"/etc/systemd/system/{_UNIT}", _TEXT)
    machine.sh(f"systemctl daemon-reload; systemctl start {_UNIT}")
    server = LocalServer(machine)
    listening = f"ss -Hltn sport = {_PORT}"
    try:
        wait_for(
            lambda: machine.says("sh", "-c", listening), lambda: machine.says("systemctl", "status", _UNIT, check=False)
        )
        yield server
    finally:
        machine.sh(f"systemctl stop {_UNIT}; rm /etc/systemd/system/{_UNIT}; systemctl daemon-reload", check=False)
