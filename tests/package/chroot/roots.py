"""Debian without a running systemd, as in a container: roots in which the packages are installed, and thrown away."""

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.package.building import ROOT, run

KEPT = ROOT / "build" / "debian-root"
"""The bare Debian, kept from one run to the next."""
QUIET = {
    "DEBIAN_FRONTEND": "noninteractive",
    "LC_ALL": "C.UTF-8",
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
}


@dataclass(frozen=True)
class Root:
    """A folder with a Debian in it."""

    path: Path

    def command(self, *words: str) -> list[str]:
        """Return the command that runs something inside, with processes of its own that end with it."""
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", f"--root={self.path}", "--mount-proc", *words]

    def try_to(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a program inside to its end."""
        return subprocess.run(self.command(*words), env=QUIET | env, capture_output=True, text=True, check=False)

    def does(self, *words: str, **env: str) -> str:
        """Run a program inside that must succeed; returns what it said."""
        done = self.try_to(*words, **env)
        said = done.stdout + done.stderr
        assert done.returncode == 0, f"{words}: {said[-4000:]}"
        return said

    def apt(self, *words: str) -> str:
        """Let apt do something; a changed configuration file stays as it is."""
        return self.does(
            "apt-get", "-q", "-y", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold", *words
        )

    def install(self, *packages: Path) -> str:
        """Lay packages into the root and install them."""
        places = []
        for package in packages:
            shutil.copy(package, self.path / package.name)
            places.append(f"/{package.name}")
        return self.apt("install", *places)

    def file(self, name: str) -> Path:
        """Return a file of the root."""
        return self.path / name.lstrip("/")


def bare() -> Root:
    """Return a fresh Debian of the host's release, from the host's mirror."""
    if not (KEPT / "complete").exists():
        shutil.rmtree(KEPT, ignore_errors=True)
        KEPT.mkdir(parents=True)
        suite = re.search(r"^VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text(), re.MULTILINE)
        mirrors = run("apt-get", "indextargets", "--format", "$(SITE)").split()
        assert suite
        run(
            "debootstrap",
            "--variant=minbase",
            "--include=ca-certificates,man-db",
            suite[1],
            KEPT / "root",
            *mirrors[:1],
        )
        (KEPT / "complete").touch()
    return Root(KEPT / "root")


@contextlib.contextmanager
def over(lower: Root, folder: Path) -> Iterator[Root]:
    """Yield a root that begins as another and changes by itself."""
    paths = [folder / name for name in ("upper", "work", "root")]
    for path in paths:
        path.mkdir(parents=True)
    upper, work, top = paths
    options = f"lowerdir={lower.path},upperdir={upper},workdir={work}"
    run("mount", "-t", "overlay", "overlay", "-o", options, top)
    try:
        yield Root(top)
    finally:
        run("umount", top)


def newer(package: Path, folder: Path) -> Path:
    """Return the same package as a later version."""
    tree = folder / "repacked"
    run("dpkg-deb", "--raw-extract", package, tree)
    control = tree / "DEBIAN" / "control"
    text = control.read_text()
    version = re.search(r"^Version: (.*)$", text, re.MULTILINE)
    assert version
    control.write_text(text.replace(version[1], f"{version[1]}.1"))
    out = folder / f"newer-{package.name}"
    run("dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, out)
    return out


def reason_to_skip() -> str:
    """Return why these tests cannot run here, or were not asked for; empty when they can."""
    if "WATCHCONVERT_DEB" not in os.environ:
        return "make e2e-deb runs these"
    return "" if os.geteuid() == 0 and shutil.which("debootstrap") else "wants root and debootstrap"
