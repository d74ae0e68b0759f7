"""What `check` looks at beside the routes: the user, the journal, the unit's sandbox, limits of the kernel."""

import os
import pwd
from collections.abc import Iterator
from pathlib import Path

from watchconvert.adapters.files.scans import read_mounts
from watchconvert.adapters.journal import care
from watchconvert.adapters.journal.database import JournalError, holder
from watchconvert.adapters.journal.report import open_report
from watchconvert.core.findings import Finding, problem, warning
from watchconvert.core.mounts import silent_mount
from watchconvert.core.sandbox import write_drop_in
from watchconvert.core.settings import Config
from watchconvert.core.tables import ConfigError
from watchconvert.core.units import say_size
from watchconvert.faces.probes import is_read_only
from watchconvert.faces.timely import HangingError, within
from watchconvert.faces.unit import ask_for_unit, may_lease

_PATIENCE = 5.0
_USER, _STATE = "watchconvert", "/var/lib/watchconvert"
_DROP_IN = Path("/etc/systemd/system/watchconvert.service.d/routes.conf")
_LIMITS = Path("/proc/sys/fs/inotify")
_OTHERS = 64
"""Watches and instances that other programs of the same user may need."""


def look_at_user(config: Config) -> Iterator[Finding]:
    """Yield whether rights are seen as the daemon has them."""
    owner = _owner(config)
    if os.geteuid() == owner or (owner is None and os.geteuid() != 0):
        return
    name = _name_of(owner) if owner is not None else _USER
    if os.geteuid() != 0:
        said = f"the journal belongs to {name}, and you are another user: rights are told as you have them"
    elif owner is None and not _is_known(_USER):
        return
    else:
        said = f"you are root, and the daemon will be {name}: rights that it lacks do not show"
    yield warning("user", said, f"Look again as that user: runuser -u {name} -- watchconvert check")


def _owner(config: Config) -> int | None:
    try:
        return within(_PATIENCE, lambda: os.stat(config.daemon.journal).st_uid)
    except OSError:
        return None


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"#{user}"


def _is_known(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def look_at_journal(config: Config) -> list[Finding]:
    """Return whether the journal can be written where it is to lie."""
    try:
        return within(_PATIENCE, lambda: list(_look_at_journal(config.daemon.journal)))
    except HangingError:
        path = config.daemon.journal
        remedy = "Put the journal on a local disk, and restart the daemon."
        return [problem("journal", f"{path}: its file system does not answer", remedy)]
    except PermissionError:
        remedy = "Look again as root, or as the user that watchconvert runs as: sudo watchconvert check"
        return [problem("journal", f"you may not look at {config.daemon.journal}", remedy)]


def _look_at_journal(name: str) -> Iterator[Finding]:
    path, about = Path(name), "journal"
    above = next(each for each in path.parents if each.exists())
    if path.is_dir():
        yield problem(about, f"{path} is a folder", "Name a file.")
        return
    if is_read_only(str(above)):
        yield problem(about, f"{above} is read-only", "Mount it writable, or name another file.")
        return
    if not os.access(path if path.exists() else above, os.W_OK):
        remedy = "Give that folder to the user that watchconvert runs as, or name another file."
        yield problem(about, f"{path} cannot be written", remedy)
        return
    mount = silent_mount(read_mounts(), os.fsencode(above), deep=False)
    if mount:
        remedy = "Put it on a local disk: SQLite's locks and syncs cannot be trusted there."
        yield problem(about, f"{path} lies on a network file system ({mount.kind})", remedy)
    free = care.free_bytes(str(above / "x"))
    if free < care.ROOM:
        said = f"the disk of {path} has {say_size(free)} free; {say_size(care.ROOM)} are wanted"
        yield problem(about, said, "Make room; until then nothing new is begun.")
    yield from _look_inside(path)


def _look_inside(path: Path) -> Iterator[Finding]:
    if not path.exists():
        yield Finding("journal", f"{path} is not there yet; the daemon makes it")
        return
    try:
        with open_report(str(path)) as report:
            report.holds()
    except JournalError as fault:
        yield problem("journal", str(fault), 'See docs/operating.md, "What the daemon keeps".')
        return
    process = holder(str(path))
    runs = f"a daemon works with it (process {process})" if process else "no daemon works with it at present"
    yield Finding("journal", f"{path} can be read; {runs}")


def look_at_unit(config: Config, path: Path) -> Iterator[Finding]:
    """Yield whether the sandbox of the systemd unit opens the folders of this configuration."""
    try:
        written = _DROP_IN.read_text("utf-8")
        wanted = write_drop_in(config, _STATE, str(path.absolute()))
    except (OSError, ConfigError):
        return
    source, opened = _source_of(written), [line for line in written.splitlines() if "Path" in line]
    if source != str(path.absolute()):
        return  # made from another configuration: this is a draft
    if opened != [line for line in wanted.splitlines() if "Path" in line]:
        remedy = "Run `watchconvert install`, then `systemctl restart watchconvert`."
        yield problem(
            "unit", f"the sandbox of the service does not open the folders of the routes ({_DROP_IN})", remedy
        )
    else:
        yield Finding("unit", "the sandbox of the service opens the folders of the routes")


def look_at_leases(config: Config) -> Iterator[Finding]:
    """Yield whether the daemon, or else the unit that starts it, can tell that somebody else still writes to a file."""
    process = holder(config.daemon.journal)
    unit = None if process else ask_for_unit()
    able = may_lease(process) if process else unit and unit.may_lease
    who = f"the daemon (process {process})" if process else "the service's unit"
    if able:
        yield Finding("leases", f"{who} has CAP_LEASE, and sees whether others still write to their files")
    elif able is False:
        said = f"{who} lacks CAP_LEASE: files of other users wait for ten quiet seconds"
        yield warning("leases", said, "Start it by its unit, or give the unit AmbientCapabilities=CAP_LEASE.")


def _source_of(drop_in: str) -> str:
    return drop_in.partition(" from ")[2].partition(";")[0]


def look_at_limits(config: Config, folders: int) -> Iterator[Finding]:
    """Yield whether the kernel's limits leave room for watching `folders` folders (inotify(7))."""
    wanted = {"max_user_instances": len(config.routes) + _OTHERS, "max_user_watches": folders + _OTHERS}
    for name, least in wanted.items():
        try:
            limit = int((_LIMITS / name).read_text("ascii"))
        except (OSError, ValueError):
            continue
        key = f"fs.inotify.{name}"
        if limit < least:
            said = f"{key} = {limit}; this configuration and other programs need about {least}"
            remedy = (
                f"sysctl {key}={least * 2} (and a file in /etc/sysctl.d); inboxes without a watch are scanned often."
            )
            yield warning("kernel", said, remedy)
        else:
            yield Finding("kernel", f"{key} = {limit} is enough")
