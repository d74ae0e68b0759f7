"""What the service manager gives to the daemon, and nobody at a terminal has: the secret and a capability."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

UNIT = "watchconvert.service"
_CAP_LEASE = 28
"""Number of the capability, linux/capability.h."""
_PATIENCE = 5.0


@dataclass(frozen=True)
class Unit:
    """The installed unit of the daemon."""

    may_lease: bool
    """Whether it gives the daemon CAP_LEASE."""
    credentials: Mapping[str, Path]
    """The files that the service manager reads for the daemon, by the names of the credentials."""


def parse_unit(shown: str, text: str) -> Unit | None:
    """Return the unit from what `systemctl show` and `systemctl cat` told of it; None when there is none."""
    told = dict(line.partition("=")[::2] for line in shown.splitlines())
    if told.get("LoadState") != "loaded":
        return None
    credentials: dict[str, Path] = {}
    # `show` cannot print these ("[unprintable]").  An empty one takes back those before it, systemd.exec(5).
    for value in re.findall(r"^LoadCredential=(.*)$", text, re.MULTILINE):
        name, _, path = value.strip().partition(":")
        if not value.strip():
            credentials.clear()
        elif path.startswith("/"):
            credentials[name] = Path(path)
    return Unit("cap_lease" in told.get("AmbientCapabilities", "").lower().split(), credentials)


def ask_for_unit() -> Unit | None:
    """Return the installed unit; None when there is none, or no service manager that could be asked."""
    shown = _systemctl("show", UNIT, "--property=LoadState,AmbientCapabilities")
    return parse_unit(shown, _systemctl("cat", UNIT)) if shown else None


def _systemctl(*words: str) -> str:
    try:
        done = subprocess.run(["systemctl", *words], capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def may_lease(process: int) -> bool | None:
    """Tell whether a process may take leases on files of others (capabilities(7)); None when it cannot be seen."""
    try:
        status = Path(f"/proc/{process}/status").read_text("ascii", "replace")
    except OSError:
        return None
    found = re.search(r"^CapEff:\s*([0-9a-f]+)$", status, re.MULTILINE)
    return bool(int(found[1], 16) >> _CAP_LEASE & 1) if found else None
