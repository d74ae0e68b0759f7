"""`watchconvert install`: fits the service into this machine: unit, user, folders, and what the sandbox opens."""

import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from watchconvert.core.sandbox import write_drop_in
from watchconvert.core.settings import Config

UNIT = "watchconvert.service"
_USER = "watchconvert"
_STATE = "/var/lib/watchconvert"
_UNITS = ("etc/systemd/system", "usr/lib/systemd/system", "lib/systemd/system")
_DROP_INS = f"etc/systemd/system/{UNIT}.d"
_RELOADS = 253
"""The first systemd that knows Type=notify-reload."""
_FOLDER_MODE = 0o2770
"""The people of the folder's group may work in it, and what they make belongs to the group."""


class InstallError(Exception):
    """Something could not be put in its place."""


@dataclass(frozen=True)
class Machine:
    """Where to install, and how to have the machine's own programs do something."""

    root: Path = Path("/")
    call: Callable[[list[str]], str] = lambda words: (
        subprocess.run(words, capture_output=True, text=True, check=True).stdout
    )


def print_drop_in(config: Config, source: Path) -> str:
    """Return the drop-in that opens the routes' folders."""
    return write_drop_in(config, _STATE, str(source))


def install(config: Config, source: Path, machine: Machine) -> Iterator[str]:
    """Put everything in its place; yields what was done, and what is left to do.

    Raises:
        InstallError: something could not be written, or the user could not be made.

    """
    try:
        yield from _install(config, source, machine)
    except (OSError, subprocess.CalledProcessError) as fault:
        told = (getattr(fault, "stderr", "") or str(fault)).strip()
        raise InstallError(f"{told}; run this as root. What was done so far may stay, and is done again") from fault


def _install(config: Config, source: Path, machine: Machine) -> Iterator[str]:
    if not any((machine.root / folder / UNIT).exists() for folder in _UNITS):
        yield from _write(machine, f"etc/systemd/system/{UNIT}", _unit())
    yield from _make_user(machine)
    yield from _make_folders(config, machine)
    yield from _write(machine, f"{_DROP_INS}/routes.conf", print_drop_in(config, source))
    shipped = any((machine.root / folder / f"{UNIT}.d/notify-reload.conf").exists() for folder in _UNITS[1:])
    if not shipped and _version(machine) >= _RELOADS:
        yield from _write(machine, f"{_DROP_INS}/notify-reload.conf", _contrib("notify-reload.conf").read_text("utf-8"))
    yield from _explain_events(machine)
    if (machine.root / "run/systemd/system").is_dir():
        machine.call(["systemctl", "daemon-reload"])
    yield from _next_steps(config, source)


def _explain_events(machine: Machine) -> Iterator[str]:
    """Give `journalctl -x` the explanations of our events, unless a package has."""
    if (machine.root / "usr/lib/systemd/catalog/watchconvert.catalog").exists():
        return
    text = _contrib("watchconvert.catalog").read_text("utf-8")
    for line in _write(machine, "usr/local/lib/systemd/catalog/watchconvert.catalog", text):
        machine.call(["journalctl", "--update-catalog"])
        yield line


def _contrib(name: str) -> Traversable:
    """Return a file of contrib/systemd: beside this module in a wheel, at the top of a checkout."""
    packed = resources.files(__package__).joinpath("systemd", name)
    return packed if packed.is_file() else Path(__file__).parents[2] / "contrib" / "systemd" / name


def _unit() -> str:
    """Return the unit with the place of this program in it."""
    program = shutil.which(sys.argv[0]) or sys.argv[0]
    return _contrib(UNIT).read_text("utf-8").replace("/usr/bin/watchconvert", str(Path(program).absolute()))


def _version(machine: Machine) -> int:
    try:
        found = re.match(r"systemd (\d+)", machine.call(["systemctl", "--version"]))
    except OSError:
        return 0
    return int(found[1]) if found else 0


def _write(machine: Machine, name: str, text: str) -> Iterator[str]:
    """Write a file, if it does not stand there so already."""
    path = machine.root / name
    if path.exists() and path.read_text("utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.write_text(text, "utf-8")
    draft.chmod(0o644)
    draft.replace(path)
    yield f"wrote {path}"


def _make_user(machine: Machine) -> Iterator[str]:
    try:
        pwd.getpwnam(_USER)
    except KeyError:
        yield from _write(machine, f"etc/sysusers.d/{_USER}.conf", _contrib(f"{_USER}.sysusers").read_text("utf-8"))
        machine.call(["systemd-sysusers"])
        yield f"made the user {_USER}"


def _make_folders(config: Config, machine: Machine) -> Iterator[str]:
    """Make the folders that are missing; those that are there stay as they are."""
    for folder in sorted({folder for route in config.routes for folder in route.folders}):
        path = machine.root / folder.lstrip("/")
        if path.exists():
            continue
        yield _make_folder(path, _FOLDER_MODE)
    journal = machine.root / config.daemon.journal.lstrip("/")
    if not config.daemon.journal.startswith(f"{_STATE}/") and not journal.parent.exists():
        yield _make_folder(journal.parent, 0o700)


def _make_folder(path: Path, mode: int) -> str:
    path.mkdir(parents=True)
    shutil.chown(path, _USER, _USER)
    path.chmod(mode)
    return f"made {path}"


def _next_steps(config: Config, source: Path) -> Iterator[str]:
    if not config.service.is_local and not config.service.secret_file:
        yield "The secret of the account belongs into /etc/watchconvert/secret (mode 0600, owned by root)."
    if not os.access(source, os.R_OK) or source.stat().st_mode & 0o004 == 0:
        yield f"The user {_USER} must be able to read {source}."
    yield "Now: systemctl enable watchconvert && systemctl restart watchconvert"
