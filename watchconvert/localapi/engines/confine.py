"""Confinement of one conversion, done by the child to itself before it reads a byte of the document.

Limits come first, then a user, network, IPC and process namespace, then Landlock. Each means that this kernel
or container does not grant is left out and the rest still holds; the names of those that hold are returned.
Standard library only: the calls go through ctypes (capabilities(7), user_namespaces(7), landlock(7)).
"""

import contextlib
import ctypes
import os
import resource
import signal
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_GIB = 1 << 30
ADDRESS_SPACE = 3 * _GIB
LARGEST_FILE = 2 * _GIB
TEMP_FOLDER = Path("/tmp")  # noqa: S108 - only ever a private one, or LibreOffice's own pipes
_CLONE_NEWNS, _MS_PRIVATE_ALL, _MS_BIND, _MS_NOSUID_NODEV = 0x00020000, 0x44000, 0x1000, 0x6
_CLONE_NEWUSER, _CLONE_NEWPID, _CLONE_NEWNET, _CLONE_NEWIPC = 0x10000000, 0x20000000, 0x40000000, 0x08000000
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_CAPABILITY_VERSION_3 = 0x20080522
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_RULE_PATH_BENEATH, _RULESET_VERSION = 1, 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE, _IOCTL = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
_BASE_RIGHTS = (1 << 13) - 1
# first ABI version that knows the right: refer, truncate, ioctl on devices
_LATER_RIGHTS = ((2, 1 << 13), (3, _TRUNCATE), (5, _IOCTL))
_ABI_NETWORK, _ABI_SCOPES = 4, 6
_SYSTEM_PATHS = (
    "/usr", "/lib", "/lib64", "/bin", "/etc/fonts", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/libreoffice",
    "/dev/urandom", "/dev/random", "/dev/zero", "/proc/self", "/proc/cpuinfo", "/proc/meminfo",
    "/sys/devices/system/cpu",
)  # fmt: skip

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Limits:
    """`seconds` of processor time, and bytes of address space; `own_temp` asks for a `/tmp` that may be written."""

    seconds: int
    address_space: int = ADDRESS_SPACE
    own_temp: bool = False


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("access", ctypes.c_uint64), ("parent", ctypes.c_int32))


def confine(limits: Limits, readable: Iterable[Path], writable: Path) -> list[str]:
    """Confine this process, and move on in a child of it where a process namespace can be had.

    `readable` paths and those of the system may be read, `writable` is the one folder that may be written.
    Returns the names of the means in force.
    """
    active, reads, writes = ["limits"], [*map(Path, _SYSTEM_PATHS), *readable], [writable]
    set_limits(limits)
    with contextlib.suppress(OSError):
        enter_namespaces(_CLONE_NEWNS if limits.own_temp else 0)
        active.append("namespaces")
        if limits.own_temp:
            mount_own_temp([path for path in (*reads, *writes) if path.is_relative_to(TEMP_FOLDER)])
        drop_capabilities()
        become_init()
    with contextlib.suppress(OSError):
        restrict_files(reads, [*writes, TEMP_FOLDER] if limits.own_temp else writes)
        active.append("landlock")
    return active


def set_limits(limits: Limits) -> None:
    """Set resource limits, never above what this process has been given."""
    wanted = {
        resource.RLIMIT_CPU: limits.seconds,
        resource.RLIMIT_FSIZE: LARGEST_FILE,
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 4096,
        resource.RLIMIT_AS: limits.address_space,
    }
    for kind, value in wanted.items():
        hard = resource.getrlimit(kind)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (bound, bound))


def _checked(result: int, what: str) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), what)
    return result


def enter_namespaces(more: int = 0) -> None:
    """Leave the network, IPC and process namespaces of the server, as the same user. Raises OSError."""
    user, group = os.getuid(), os.getgid()
    _checked(_libc.unshare(_CLONE_NEWUSER | _CLONE_NEWPID | _CLONE_NEWNET | _CLONE_NEWIPC | more), "unshare")
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")


def mount_own_temp(kept: Iterable[Path]) -> None:
    """Put an empty file system over `/tmp`, with the `kept` paths below it still in their places. Raises OSError."""
    handles = [(path, os.open(path, os.O_PATH | os.O_CLOEXEC)) for path in kept if path.exists()]
    _mount(None, Path("/"), None, _MS_PRIVATE_ALL)
    _mount("tmpfs", TEMP_FOLDER, "tmpfs", _MS_NOSUID_NODEV)
    for path, handle in handles:
        is_folder = stat.S_ISDIR(os.fstat(handle).st_mode)
        (path if is_folder else path.parent).mkdir(parents=True, exist_ok=True)
        if not is_folder:
            path.touch()
        _mount(f"/proc/self/fd/{handle}", path, None, _MS_BIND)
        os.close(handle)


def _mount(source: str | None, target: Path, kind: str | None, flags: int) -> None:
    names = (name.encode() if name else None for name in (source, str(target), kind))
    _checked(_libc.mount(*names, ctypes.c_ulong(flags), None), f"mount {target}")


def drop_capabilities() -> None:
    """Give up what a new user namespace grants inside itself, for good. Raises OSError."""
    _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    _checked(_libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")


def become_init() -> None:
    """Go on as the first process of the new process namespace: whatever it starts dies with it.

    The process that stays outside waits for it and ends with the same status, signals as 128 + number.
    """
    child = os.fork()
    if child:
        os._exit(_wait_for(child))
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _wait_for(child: int) -> int:
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code if code >= 0 else 128 - code


def restrict_files(readable: Iterable[Path], writable: Iterable[Path]) -> None:
    """Let this process read and write nothing else, and open no TCP connection where the kernel knows how.

    Raises OSError where Landlock is missing or switched off.
    """
    version = _checked(_libc.syscall(_CREATE_RULESET, None, 0, _RULESET_VERSION), "landlock")
    handled = _BASE_RIGHTS
    for since, right in _LATER_RIGHTS:
        handled |= right if version >= since else 0
    ruleset = _create_ruleset(version, handled)
    try:
        for path in readable:
            _allow(ruleset, path, _EXECUTE | _READ_FILE | _READ_DIR)
        for path in writable:
            _allow(ruleset, path, handled)
        _allow(ruleset, Path(os.devnull), handled & (_READ_FILE | _WRITE_FILE | _TRUNCATE))
        _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
        _checked(_libc.syscall(_RESTRICT_SELF, ruleset, 0), "landlock")
    finally:
        os.close(ruleset)


def _create_ruleset(version: int, handled: int) -> int:
    network = 0b11 if version >= _ABI_NETWORK else 0
    scoped = 0b11 if version >= _ABI_SCOPES else 0
    attributes = _Ruleset(handled, network, scoped)
    size = 8 if version < _ABI_NETWORK else 16 if version < _ABI_SCOPES else 24
    return _checked(_libc.syscall(_CREATE_RULESET, ctypes.byref(attributes), size, 0), "landlock")


def _allow(ruleset: int, path: Path, access: int) -> None:
    with contextlib.suppress(FileNotFoundError, PermissionError):
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if not path.is_dir():
                access &= _EXECUTE | _READ_FILE | _WRITE_FILE | _TRUNCATE | _IOCTL
            rule = _PathRule(access, parent)
            _checked(_libc.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), 0), str(path))
        finally:
            os.close(parent)
