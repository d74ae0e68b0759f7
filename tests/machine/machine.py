"""A booted machine: a distribution with systemd as its first process, on a disk image of its own, under systemd-nspawn."""

import contextlib
import fcntl
import json
import os
import re
import shutil
import socket
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.machine.cell import Cell
from tests.machine.tools import call, phase, wait_for

_SHUTDOWN, _NO_FLUSH = 0x8004587D, 2
"""ioctl(2) of ext4: dead from now on, and what is only in the log's memory is gone."""
_OPTIONS = "loop,commit=300"
"""ext4 writes its log every five seconds by itself: what has not been made durable would be so by chance."""
_ENTER_GROUPS = (
    'for group in $GROUPS_OF_MACHINE; do mkdir -p "$group" && echo 0 >"$group/cgroup.procs"; done; exec "$@"'
)
_BOOT_PATIENCE = 120.0
_REBOOT = 133
"""Exit status of systemd-nspawn when the machine asks to be booted again."""
_CLEAN = ("env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "TERM=dumb")


class Machine:
    """One machine; `cell` outlives its boots, and so does what else runs there."""

    def __init__(self, suite: str, image: Path, folder: Path) -> None:
        self.suite, self._folder = suite, folder
        self.cell = Cell()
        self._name = f"watchconvert-{suite}-{os.getpid()}"
        self._image, self._top = folder / "disk.ext4", folder / "root"
        self._top.mkdir()
        call("cp", "--sparse=always", "--reflink=auto", image, self._image)
        self._process: subprocess.Popen[bytes] | None = None
        self._leader = ""
        self._mount()

    @property
    def _groups(self) -> list[Path]:
        top = Path("/sys/fs/cgroup")
        found = [top / name for name in ("systemd", "unified") if (top / name / "cgroup.procs").exists()]
        return [group / self._name for group in found or [top]]

    @property
    def is_up(self) -> bool:
        """Whether it is booted."""
        return self._process is not None

    def _mount(self) -> None:
        call(*self.cell.entering("mount", "-o", _OPTIONS, self._image, self._top))

    def _unmount(self) -> None:
        words = self.cell.entering("umount", self._top)
        wait_for(lambda: subprocess.run(words, capture_output=True, check=False).returncode == 0, "the disk to be free")

    def boot(self, label: str = "boot") -> None:
        """Boot, and wait until systemd has brought everything up."""
        with phase(f"{self.suite}: {label}"), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
            address = self._folder / "notify"
            address.unlink(missing_ok=True)
            ear.bind(str(address))
            ear.settimeout(_BOOT_PATIENCE)
            self._process = self._nspawn(address)
            while "READY=1" not in (said := ear.recv(4096).decode().splitlines()):
                for line in said:
                    self._leader = line.removeprefix("X_NSPAWN_LEADER_PID=") if "LEADER_PID" in line else self._leader
            # A failed unit is for the tests to see; here it is enough that nothing is being started any more.
            self.run("systemctl", "is-system-running", "--wait", check=False, timeout=_BOOT_PATIENCE)

    def _nspawn(self, address: Path) -> subprocess.Popen[bytes]:
        env = os.environ | {
            "NOTIFY_SOCKET": str(address),
            "GROUPS_OF_MACHINE": " ".join(map(str, self._groups)),
        }
        words = ("systemd-nspawn", "--directory", self._top, "--boot", "--machine", self._name, "--register=no")
        options = ("--keep-unit", "--notify-ready=yes", "--console=pipe", "--resolv-conf=off", "--link-journal=no")
        with (self._folder / "console").open("ab") as console:
            return self.cell.start("sh", "-c", _ENTER_GROUPS, "sh", *words, *options, out=console, env=env)

    def entering(self, *words: str) -> list[str]:
        """Return the command that runs another in the booted machine."""
        into = ("-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w", "--")
        return self.cell.entering("nsenter", "-t", self._leader, *into, *_CLEAN, *words)

    def run(
        self, *words: str, check: bool = True, timeout: float = 60.0, feed: str | bytes = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a program in the machine; standard error comes with standard output."""
        data = feed.encode() if isinstance(feed, str) else feed
        raw = subprocess.run(
            self.entering(*words),
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            check=False,
        )
        done = subprocess.CompletedProcess(words, raw.returncode, raw.stdout.decode("utf-8", "replace"))
        assert not check or done.returncode == 0, f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}"
        return done

    def says(self, *words: str, **options: Any) -> str:
        """Run a program in the machine; returns what it said."""
        return self.run(*words, **options).stdout.strip()

    def sh(self, script: str, **options: Any) -> str:
        """Run a shell script in the machine; returns what it said."""
        return self.says("sh", "-ec", script, **options)

    def path(self, path: str) -> Path:
        """Return where the host finds a file of the machine: what is mounted within too, while it is up."""
        top = Path(f"/proc/{self._leader}/root") if self.is_up else self._top
        return self.cell.path(top) / path.lstrip("/")

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Write a file of root's, with the folders it needs."""
        target = self.path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)

    def shows(self, unit: str, *properties: str) -> dict[str, str]:
        """Return properties of a unit."""
        lines = self.says("systemctl", "show", unit, "--property", ",".join(properties)).splitlines()
        return dict(line.split("=", 1) for line in lines)

    def journal(self, *matches: str) -> list[dict[str, Any]]:
        """Return the entries of the machine's journal, of all boots."""
        lines = self.says("journalctl", "--no-pager", "--all", "--output=json", *matches).splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def poweroff(self) -> None:
        """Shut down in good order."""
        with phase(f"{self.suite}: power off"):
            self.run("systemctl", "poweroff", check=False)
            assert self._wait_until_down() == 0, self.console()[-2000:]

    def reboot(self) -> None:
        """Boot again in good order."""
        self.run("systemctl", "reboot", check=False)
        assert self._wait_until_down() == _REBOOT, self.console()[-2000:]
        self.boot("reboot")

    def cut_power(self) -> None:
        """End all at once: the disk forgets what is not durable, every process is killed. Then the disk is mounted again."""
        with phase(f"{self.suite}: power cut"):
            self._forget_what_is_not_durable()
            call(*self.cell.entering("kill", "-KILL", self._leader))
            self._wait_until_down()
            self._unmount()
            self._mount()

    def _forget_what_is_not_durable(self) -> None:
        folder = os.open(self.cell.path(self._top), os.O_RDONLY)
        fcntl.ioctl(folder, _SHUTDOWN, struct.pack("I", _NO_FLUSH))
        os.close(folder)

    def _wait_until_down(self) -> int:
        assert self._process
        status = self._process.wait(90)
        self._process = None
        self._remove_groups()
        return status

    def _remove_groups(self) -> None:
        for group in self._groups:
            folders = sorted(group.rglob("*/"), reverse=True) if group.exists() else []
            for folder in [*(each for each in folders if each.is_dir()), group]:
                with contextlib.suppress(FileNotFoundError):
                    wait_for(lambda folder=folder: _is_removed(folder), f"{folder} to be empty", 10)

    def console(self) -> str:
        """Return what the machine printed while it booted."""
        text = (self._folder / "console").read_text(errors="replace")
        return re.sub(r"\x1b\[[0-9;]*m", "", text)

    def close(self) -> None:
        """Switch off and clean up, in whatever state it is."""
        try:
            if self.is_up:
                with contextlib.suppress(subprocess.TimeoutExpired, AssertionError):
                    self.poweroff()
            # What nobody will read need not be written.
            with contextlib.suppress(OSError):
                self._forget_what_is_not_durable()
        finally:
            self.cell.close()
            if self._process:
                self._process.wait(20)
            self._remove_groups()
            self._image.unlink(missing_ok=True)


def _is_removed(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError as fault:
        return isinstance(fault, FileNotFoundError)
    return True


@contextlib.contextmanager
def booted(suite: str, image: Path, folder: Path) -> Iterator[Machine]:
    """Boot a machine from a copy of the image; it is switched off and removed at the end."""
    machine = Machine(suite, image, folder)
    try:
        machine.boot()
        yield machine
    finally:
        machine.close()
        shutil.rmtree(folder, ignore_errors=True)


__all__ = ["Machine", "booted"]
