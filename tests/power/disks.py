"""Disks that lose their power: loop-mounted images whose file system is shut down without writing its log out."""

import contextlib
import ctypes
import errno
import fcntl
import os
import shutil
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_SHUTDOWN, _NO_FLUSH = 0x8004587D, 2
"""ioctl(2) of ext4 and xfs: dead from now on, and what is only in the log's memory is gone."""
MAKERS = {"ext4": ("mkfs.ext4", "-q", "-F"), "xfs": ("mkfs.xfs", "-q", "-f")}
_SIZES = {"ext4": 32 << 20, "xfs": 300 << 20}
_OPTIONS = {"ext4": "commit=300", "xfs": ""}
"""ext4 writes its log every five seconds by itself: what an act has not made durable would be so by chance."""
_libc = ctypes.CDLL(None, use_errno=True)


def lacking_power() -> str:
    """Say what is missing to cut the power; empty when all is there."""
    if os.geteuid() != 0:
        return "only root can mount"
    if not Path("/dev/loop-control").exists():
        return "there are no loop devices"
    missing = [maker[0] for maker in MAKERS.values() if not shutil.which(maker[0])]
    return f"{', '.join(missing)} is not installed" if missing else ""


class Disk:
    """One file system on its own image; `top` is where it is mounted."""

    def __init__(self, kind: str, top: Path, device: str) -> None:
        self._kind, self.top, self._device = kind, top, device

    def mount(self) -> None:
        _call("mount", self._device, str(self.top), self._kind, 0, _OPTIONS[self._kind])

    def cut(self) -> None:
        """Let it forget whatever is not durable, as of now."""
        folder = os.open(self.top, os.O_RDONLY)
        fcntl.ioctl(folder, _SHUTDOWN, struct.pack("I", _NO_FLUSH))
        os.close(folder)

    def unmount(self) -> None:
        _patiently(lambda: _call("umount2", str(self.top), 0), 10)
        # Another test that made a mount namespace of its own meanwhile has the mount in it too, and with that the dead
        # file system lives on: mounted again it would be as dead as before.
        _patiently(lambda: os.close(os.open(self._device, os.O_RDWR | os.O_EXCL)), 60)


def _patiently(act: Callable[[], None], seconds: float) -> None:
    """Do what somebody may be in the way of."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            act()
        except OSError as fault:
            if fault.errno != errno.EBUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.002)
        else:
            return


def _call(name: str, *arguments: str | int) -> None:
    given = [word.encode() if isinstance(word, str) else word for word in arguments]
    if getattr(_libc, name)(*given) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}", arguments[0])


@contextlib.contextmanager
def disk(kind: str, folder: Path, name: str) -> Iterator[Disk]:
    """Make a disk and mount it."""
    image, top = folder / f"{name}.{kind}", folder / name
    top.mkdir()
    with image.open("wb") as file:
        file.truncate(_SIZES[kind])
    subprocess.run([*MAKERS[kind], image], check=True, stdout=subprocess.DEVNULL)
    found = subprocess.run(["losetup", "--find", "--show", image], check=True, capture_output=True, text=True)
    device = found.stdout.strip()
    try:
        made = Disk(kind, top, device)
        made.mount()
        try:
            yield made
        finally:
            made.unmount()
    finally:
        subprocess.run(["losetup", "--detach", device], check=True)


def cut_all(disks: list[Disk]) -> None:
    """Cut the power of all disks at one instant, and switch it on again."""
    for each in disks:
        each.cut()
    for each in disks:
        each.unmount()
        each.mount()
