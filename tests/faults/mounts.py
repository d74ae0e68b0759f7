"""Mounting and unmounting by the test itself: quick, and always undone."""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.arriving import need, need_root

_BIND, _DETACH = 0x1000, 2
_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, path: Path) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(path))


def mount_memory(point: Path, options: str = "") -> None:
    """Mount a new file system in memory."""
    _check(_libc.mount(b"none", os.fsencode(point), b"tmpfs", 0, options.encode()), point)


def mount_again(source: Path, point: Path) -> None:
    """Mount at `point` what is mounted elsewhere too."""
    _check(_libc.mount(os.fsencode(source), os.fsencode(point), None, _BIND, None), point)


def unmount(point: Path) -> None:
    """Take a mount away from under whoever uses it."""
    _check(_libc.umount2(os.fsencode(point), _DETACH), point)


def need_mounts() -> None:
    """Skip the test, and say so, where nobody may mount."""
    need_root()
    need("mount")
    probe = Path("/dev/shm") / f"probe-{os.getpid()}"
    probe.mkdir()
    try:
        mount_memory(probe)
        unmount(probe)
    except OSError as fault:
        pytest.skip(f"NOT TESTED HERE: this machine lets nobody mount: {fault}")
    finally:
        probe.rmdir()


@contextmanager
def disk_in_memory(point: Path, options: str = "") -> Iterator[Path]:
    """Have a file system of its own at a place."""
    point.mkdir(parents=True, exist_ok=True)
    mount_memory(point, options)
    try:
        yield point
    finally:
        unmount(point)


@contextmanager
def loop_disk(image: Path, point: Path, size: str = "8M", *make: str) -> Iterator[Path]:
    """Have a small real file system in a file at a place; `make` is what makes it, ext4 by default."""
    command = make or ("mkfs.ext4", "-q", "-F", "-m", "0")
    need(command[0])
    point.mkdir(parents=True, exist_ok=True)
    subprocess.run(["truncate", "-s", size, image], check=True)
    subprocess.run([*command, image], check=True, capture_output=True)
    if subprocess.run(["mount", "-o", "loop", image, point], capture_output=True, check=False).returncode:
        pytest.skip("NOT TESTED HERE: this machine has no loop devices")
    try:
        yield point
    finally:
        subprocess.run(["umount", "-l", point], check=True)
