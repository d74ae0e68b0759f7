"""Inboxes on mounts from which no events come, that hang, that die, and that are taken away."""

import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.arriving import assert_taken, make_pdf, make_site, need, need_root, running, standin, told
from tests.e2e.stage import Site, wait_for
from watchconvert.adapters.journal.report import read_status
from watchconvert.core.settle import BLIND_SETTLE

SFTP_SERVER = "/usr/lib/openssh/sftp-server"
PASSTHROUGH = Path(__file__).with_name("passthrough.py")
HUNG = 15.0
"""Seconds after which the status says that a file system does not answer."""


class Mounted:
    """One inbox that is a mount point, what lies behind it, and the process that serves it."""

    def __init__(self, site: Site, route: str, command: list[str]) -> None:
        self.route, self.command = route, command
        self.point, self.behind = site.path(route, "inbox"), site.folder / f"behind-{route}"
        self.process: subprocess.Popen[bytes] | None = None
        for folder in (self.point, self.behind):
            folder.mkdir(parents=True)

    def mount(self) -> None:
        words = [word.format(behind=self.behind, point=self.point) for word in self.command]
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL)
        wait_for(self.point.is_mount, f"{self.route} to be mounted", 20)

    def send(self, number: int) -> None:
        assert self.process
        self.process.send_signal(number)

    def unmount(self) -> None:
        self.send(signal.SIGCONT)
        subprocess.run(["umount", "-l", self.point], check=False, capture_output=True)
        assert self.process
        self.process.wait(20)

    def drop(self, name: str) -> bytes:
        """Let another machine put a file there, behind the back of the mount."""
        content = make_pdf()
        (self.behind / name).write_bytes(content)
        return content


def lane_of(site: Site, route: str) -> dict[str, Any]:
    lanes: list[dict[str, Any]] = read_status(site.journal)["lanes"]
    return next(lane for lane in lanes if lane["route"] == route)


def need_fuse(*programs: str) -> None:
    need_root()
    need("fusermount3", *programs)
    if not Path("/dev/fuse").exists():
        pytest.skip("NOT TESTED HERE: this machine has no /dev/fuse")


@contextlib.contextmanager
def mounted_inbox(folder: Path, command: list[str]) -> Iterator[tuple[Site, Mounted]]:
    """Run a daemon with one inbox on such a mount and one on a disk."""
    with standin() as url:
        keys = 'settle = "300ms"'
        site = make_site(folder, url, {"far": keys, "near": keys}, poll='"500ms"', workers="2")
        mounted = Mounted(site, "far", command)
        mounted.mount()
        try:
            with running(site):
                yield site, mounted
        finally:
            mounted.unmount()


def test_sshfs_is_served_by_polling(tmp_path: Path) -> None:
    need_fuse("sshfs")
    server = tmp_path / "ssh"
    server.write_text(f"#!/bin/sh\nexec {SFTP_SERVER}\n")
    server.chmod(0o755)
    # By itself sshfs shows a listing that is up to 20 s old.
    command = ["sshfs", "-f", "-o", f"ssh_command={server},dir_cache=no", "nowhere:{behind}", "{point}"]
    with mounted_inbox(tmp_path, command) as (site, mounted):
        started = time.monotonic()
        content = mounted.drop("a.txt")
        wait_for(lambda: told(site).get("a.txt"), "the daemon to see it", 10)
        assert lane_of(site, "far")["polled"] == "fuse.sshfs brings no events"
        assert_taken(site, "far", {"a.txt": content})
        assert BLIND_SETTLE <= time.monotonic() - started < BLIND_SETTLE + 6


def test_a_file_system_that_hangs_and_dies_stops_its_own_route_alone(tmp_path: Path) -> None:
    need_fuse()
    if importlib.util.find_spec("mfusepy") is None:
        pytest.skip("NOT TESTED HERE: mfusepy not installed (it is one of the development tools)")
    command = [sys.executable, str(PASSTHROUGH), "{behind}", "{point}"]
    with mounted_inbox(tmp_path, command) as (site, mounted):
        taken_while_a_file_cannot_be_read(site, mounted)
        hang_and_come_back(site, mounted)
        start_while_it_hangs(site, mounted)
        die_and_come_back(site, mounted)


def taken_while_a_file_cannot_be_read(site: Site, mounted: Mounted) -> None:
    mounted.drop("a.broken")
    content = mounted.drop("first.txt")
    assert_taken(site, "far", {"first.txt": content})
    assert "cannot read" in told(site)["a.broken"]
    (mounted.behind / "a.broken").unlink()


def hang_and_come_back(site: Site, mounted: Mounted) -> None:
    mounted.send(signal.SIGSTOP)
    late = mounted.drop("late.txt")
    for number in range(4):
        content = make_pdf()
        (site.path("near", "inbox") / f"{number}.txt").write_bytes(content)
        assert_taken(site, "near", {f"{number}.txt": content})
    wait_for(lambda: "not answer" in lane_of(site, "far")["offline"], "the status to show it", HUNG + 10)
    assert lane_of(site, "near")["offline"] == ""
    content = make_pdf()
    (site.path("near", "inbox") / "after.txt").write_bytes(content)
    assert_taken(site, "near", {"after.txt": content})
    mounted.send(signal.SIGCONT)
    assert_taken(site, "far", {"late.txt": late})
    wait_for(lambda: lane_of(site, "far")["offline"] == "", "the route to be online again", 10)


def start_while_it_hangs(site: Site, mounted: Mounted) -> None:
    assert site.stop() == 0
    mounted.send(signal.SIGSTOP)
    site.start()
    content = make_pdf()
    (site.path("near", "inbox") / "meanwhile.txt").write_bytes(content)
    assert_taken(site, "near", {"meanwhile.txt": content})
    mounted.send(signal.SIGCONT)
    content = mounted.drop("afterwards.txt")
    assert_taken(site, "far", {"afterwards.txt": content})


def die_and_come_back(site: Site, mounted: Mounted) -> None:
    mounted.send(signal.SIGKILL)
    wait_for(lambda: lane_of(site, "far")["offline"], "the route to be offline", 10)
    mounted.unmount()
    # Behind the mount lies an empty folder, and it is to stay so.
    time.sleep(2)
    assert os.listdir(mounted.point) == []
    mounted.mount()
    content = mounted.drop("last.txt")
    assert_taken(site, "far", {"last.txt": content})
    wait_for(lambda: lane_of(site, "far")["offline"] == "", "the route to be online again", 10)


def test_an_inbox_whose_mount_is_taken_away_is_offline_and_nothing_is_written_under_it(tmp_path: Path) -> None:
    """The same file system comes back each time, as a disk does."""
    need_root()
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "none", disk], capture_output=True, check=False).returncode:
        pytest.skip("NOT TESTED HERE: this machine lets nobody mount")
    with contextlib.ExitStack() as stack:
        stack.callback(subprocess.run, ["umount", "-l", disk], check=True)
        site = make_site(tmp_path, stack.enter_context(standin()), {"usb": 'settle = "300ms"'}, rescan='"1s"')
        inbox = site.path("usb", "inbox")
        inbox.mkdir(parents=True)
        subprocess.run(["mount", "--bind", disk, inbox], check=True)
        stack.callback(subprocess.run, ["umount", "-l", inbox], check=False)
        stack.enter_context(running(site))
        go_away_and_come_back(site, disk, inbox)
        site.stop()
        subprocess.run(["umount", "-l", inbox], check=True)
        site.start()  # the daemon may be started before the disk is mounted
        go_back(site, disk, inbox, "b.txt")


def go_away_and_come_back(site: Site, disk: Path, inbox: Path) -> None:
    content = make_pdf()
    (inbox / "first.txt").write_bytes(content)
    assert_taken(site, "usb", {"first.txt": content})
    subprocess.run(["umount", "-l", inbox], check=True)
    go_back(site, disk, inbox, "a.txt")


def go_back(site: Site, disk: Path, inbox: Path, name: str) -> None:
    wait_for(lambda: "mount is missing" in lane_of(site, "usb")["offline"], "the route to be offline", 10)
    content = make_pdf()
    (disk / name).write_bytes(content)
    assert os.listdir(inbox) == [], "something was written where the mount should be"
    subprocess.run(["mount", "--bind", disk, inbox], check=True)
    assert_taken(site, "usb", {name: content})
    wait_for(lambda: lane_of(site, "usb")["offline"] == "", "the route to be online again", 10)
