"""Namespaces of a machine's own: mounts, processes and network are in them, and end with the process that holds them."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from tests.machine.tools import wait_for

_HOLD = "ip link set lo up && echo held && exec sleep infinity"


class Cell:
    """A mount, network, process and IPC namespace. Even if the tests are killed, nothing of it is left."""

    def __init__(self) -> None:
        unshare = "setpriv --pdeathsig KILL unshare --mount --net --ipc --pid --fork --kill-child --mount-proc"
        self._process = subprocess.Popen(
            [*unshare.split(), "--propagation", "private", "sh", "-c", _HOLD], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        assert self._process.stdout.readline() == "held\n", "the namespaces could not be made"
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        (self._holder,) = children.read_text().split()

    def entering(self, *words: str | Path) -> list[str]:
        """Return the command that runs another within."""
        return ["nsenter", "--target", self._holder, "--mount", "--net", "--ipc", "--pid", "--", *map(str, words)]

    def start(
        self, *words: str | Path, out: IO[bytes] | int, env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a program within."""
        return subprocess.Popen(
            self.entering(*words), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=env
        )

    def path(self, path: Path) -> Path:
        """Return where the host finds a path of within."""
        return Path(f"/proc/{self._holder}/root{path}")

    def close(self) -> None:
        """End everything within."""
        holder = Path(f"/proc/{self._holder}")
        self._process.kill()
        self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()
        wait_for(lambda: not holder.exists(), "the namespaces to go", 20)
