"""The daemon as the machine's administrator sees it: its configuration, its share, its status and its log."""

import io
import json
import tarfile
import time
from pathlib import Path
from typing import Any

from tests.machine.machine import Machine
from tests.machine.tools import wait_for

UNIT = "watchconvert.service"
SECRET = "the-secret-of-the-machine-tests"
SHARE = "/srv/share"
STATE = "/var/lib/watchconvert"
CONFIG = "/etc/watchconvert/watchconvert.toml"
DROP_INS = f"/etc/systemd/system/{UNIT}.d"
PEOPLE = ("anna", "bert")
PASSWORD = "a-password"
_DAEMON = {"rescan": "2s"}
_ROUTE = {"to": "pdf", "settle": "300ms", "incomplete_after": "2s"}


def _toml(table: dict[str, Any]) -> str:
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items())


class Site:
    """The installed package on one machine. `reset` brings it back to how it was before it was first configured."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.since = time.time()
        """When the test began, in seconds since 1970; what the journal has from before is not looked at."""

    def reset(self) -> None:
        """Forget what earlier tests did: the service is stopped, the share and the state are empty."""
        self.machine.sh(
            f"systemctl stop {UNIT}; systemctl reset-failed; "
            f"for mount in $(findmnt -rno TARGET | grep ^/srv/ | sort -r); do umount $mount; done; "
            f"rm -rf {DROP_INS} {SHARE} {STATE}; systemctl daemon-reload; "
            f"install -d -o watchconvert -g watchconvert -m 700 {STATE}; install -d -g watchconvert -m 2775 {SHARE}"
        )
        self.since = time.time()

    def configure(self, url: str, *routes: str, service: dict[str, Any] | None = None, **keys: dict[str, Any]) -> None:
        """Write the configuration and the secret; `keys` are those of single routes, under their names."""
        text = "[service]\n" + _toml({"url": url, "doubt": "2s", "dialect": "old"} | (service or {}))
        text += "[daemon]\n" + _toml(_DAEMON)
        for route in routes:
            text += "[[route]]\n" + _toml(
                {"name": route, "path": f"{SHARE}/{route}"} | _ROUTE | keys.get(route.replace("-", "_"), {})
            )
        self.machine.write(CONFIG, text)
        self.machine.write("/etc/watchconvert/secret", SECRET + "\n", 0o600)

    def drop_in(self, name: str, text: str) -> None:
        """Change the unit."""
        self.machine.write(f"{DROP_INS}/{name}.conf", text)
        self.machine.run("systemctl", "daemon-reload")

    def install(self) -> str:
        """Fit the service to the configuration, as the documentation says; returns what the command said."""
        return self.machine.says("watchconvert", "install")

    def start(self) -> None:
        """Start the service; systemctl returns when the daemon has said that it is ready."""
        self.machine.run("systemctl", "start", UNIT)

    def shows(self, *properties: str) -> dict[str, str]:
        """Return properties of the unit."""
        return self.machine.shows(UNIT, *properties)

    @property
    def pid(self) -> int:
        """The daemon's process id within the machine; 0 when it does not run."""
        return int(self.shows("MainPID")["MainPID"])

    def folder(self, route: str, name: str) -> Path:
        """Return where the host sees a route's folder."""
        return self.machine.path(f"{SHARE}/{route}/{name}")

    def seen(self, route: str, name: str) -> dict[str, Path]:
        """Return what a person sees in a folder of a route."""
        top = self.folder(route, name)
        return {path.name: path for path in top.iterdir() if not path.name.startswith(".")} if top.exists() else {}

    def drop(self, route: str, files: dict[str, bytes], person: str = PEOPLE[0]) -> None:
        """Let a person of the machine write files into an inbox, as their shell does it."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for name, content in files.items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(content), 0o666
                archive.addfile(entry, io.BytesIO(content))
        unpack = f"umask 007; tar -xf - --touch --no-same-owner -C {SHARE}/{route}/inbox"
        self.machine.run("runuser", "-u", person, "--", "sh", "-ec", unpack, feed=packed.getvalue())

    def finished(self, route: str) -> int:
        """Return how many sources came to their end."""
        return len(self.seen(route, "archive")) + len(
            [name for name in self.seen(route, "error") if not name.endswith((".error.txt", ".error.json"))]
        )

    def wait_until_finished(self, route: str, count: int, patience: float = 60.0) -> None:
        """Wait until that many sources have come to their end, and nothing is left of them in the stages."""

        def is_done() -> bool:
            return self.finished(route) >= count and not self.seen(route, "inbox") and not self.staged(route)

        def why() -> str:
            return f"{count} files to end, {self.finished(route)} did; the log:\n{self.log()[-3000:]}"

        wait_for(is_done, why, patience)

    def staged(self, route: str) -> list[Path]:
        """Return the files that are in any stage of a route."""
        return list(self.machine.path(f"{SHARE}/{route}").glob("*/.watchconvert/*/*/*"))

    def status(self) -> dict[str, Any]:
        """Return what the command tells."""
        told: dict[str, Any] = json.loads(self.machine.says("watchconvert", "status", "--json"))
        return told

    def entries(self, *matches: str) -> list[dict[str, Any]]:
        """Return the unit's entries of the journal since the test began."""
        return self.machine.journal(f"--since=@{self.since:.3f}", f"--unit={UNIT}", *matches)

    def log(self) -> str:
        """Return the messages of the journal about the unit since the test began."""
        return self.machine.says(
            "journalctl", "--no-pager", "-o", "cat", f"--since=@{self.since:.3f}", f"--unit={UNIT}"
        )
