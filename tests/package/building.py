"""The packages, built once for all tests of a session; several workers wait for the one that builds."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WHEN = 1_700_000_000
"""The date that everything in the packages has."""
SITE = "usr/lib/watchconvert/lib/python3/site-packages"


@dataclass(frozen=True)
class Built:
    """What was built; a Debian package is unpacked beside itself."""

    wheel: Path
    sdist: Path
    deb: Path | None
    """None where the programs that build it are not installed."""

    @property
    def tree(self) -> Path:
        """The files of the Debian package; skips the test if there is none."""
        return self._unpacked("tree")

    @property
    def scripts(self) -> Path:
        """Its control file and maintainer scripts."""
        return self._unpacked("control")

    def _unpacked(self, name: str) -> Path:
        if self.deb is None:
            pytest.skip("dh or Debian's own pip is not installed (debhelper, python3-pip)")
        return self.deb.parent / name


def run(*command: str | Path, **env: str) -> str:
    """Run a program to its end; returns what it printed."""
    done = subprocess.run(
        [str(word) for word in command], env=os.environ | env, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


def has_debian_tools() -> bool:
    """Tell whether a Debian package can be built here."""
    if not (shutil.which("dh") and shutil.which("dpkg-buildpackage")):
        return False
    pip = subprocess.run(["/usr/bin/python3", "-m", "pip", "--version"], capture_output=True, check=False)
    return pip.returncode == 0


def build(folder: Path) -> Built:
    """Build wheel, sdist and the daemon's Debian package into a folder, or find there what another worker built."""
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        note = folder / "built.json"
        if not note.exists():
            note.write_text(json.dumps(_build(folder)))
        names = json.loads(note.read_text())
    paths = {name: Path(path) if path else None for name, path in names.items()}
    assert paths["wheel"], paths
    assert paths["sdist"], paths
    return Built(paths["wheel"], paths["sdist"], paths["deb"])


def _build(folder: Path) -> dict[str, str]:
    out = folder / "dist"
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, ROOT, SOURCE_DATE_EPOCH=str(WHEN))
    found = {"wheel": next(out.glob("*.whl")), "sdist": next(out.glob("*.tar.gz")), "deb": ""}
    if has_debian_tools():
        build_deb(out, folder / "work")
        found["deb"] = next(out.glob("watchconvert_*.deb"))
        run("dpkg-deb", "--extract", found["deb"], out / "tree")
        run("dpkg-deb", "--control", found["deb"], out / "control")
    return {name: str(path) for name, path in found.items()}


def build_deb(out: Path, work: Path) -> None:
    """Build the daemon's Debian package of the wheel and the sdist in a folder."""
    script = ROOT / "contrib" / "debian" / "build.sh"
    run("sh", script, OUT=str(out), WORK=str(work), PARTS="all", PYTHON=sys.executable, SOURCE_DATE_EPOCH=str(WHEN))
