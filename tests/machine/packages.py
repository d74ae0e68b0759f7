"""The packages: built from the checkout, or from an older commit, in a root tree of the distribution they are for."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.machine.tools import call, phase
from tests.machine.trees import base_tree, build_tree, cache, in_tree, is_kept, locked

_CHECKOUT = Path(__file__).parents[2]


def _pip_settings() -> dict[str, str]:
    """Return the host's settings of pip and its proxies, as the environment gives them."""
    says = call(sys.executable, "-m", "pip", "config", "list")
    kept = dict(re.findall(r"^(?:global|install)\.([a-z-]+)='(.*)'$", says, re.MULTILINE))
    found = {"PIP_" + key.upper().replace("-", "_"): value for key, value in kept.items()}
    given = {key: value for key, value in os.environ.items() if re.fullmatch(r"(?i)PIP_\w+|(https?|no)_proxy", key)}
    own = cache() / "pip"
    own.mkdir(exist_ok=True)
    return found | given | {"PIP_ROOT_USER_ACTION": "ignore", "PIP_CACHE_DIR": str(own)}


def _identity() -> dict[str, str]:
    """Return what `make deb` asks the history for, which does not come along."""
    date, name, address = call("git", "-C", _CHECKOUT, "log", "-1", "--format=%ct%n%an%n%ae").splitlines()
    # Here the packages are not for the network: what is quickly packed is as good.
    quick = {"DPKG_DEB_COMPRESSOR_TYPE": "gzip", "DPKG_DEB_COMPRESSOR_LEVEL": "1"}
    return {"SOURCE_DATE_EPOCH": date, "DEBFULLNAME": name, "DEBEMAIL": address, **quick}


def _named_paths(settings: dict[str, str]) -> tuple[Path, ...]:
    """Return the files and folders of the host that the settings speak of: certificates, wheels, an index."""
    words = re.findall(r"(?:^|\s)(?:file://)?(/\S+)", "\n".join(settings.values()))
    # The pages of an index name their files beside it.
    paths = {Path(word).parent if Path(word).name == "simple" else Path(word) for word in words}
    paths = {path for path in paths if path.exists()}
    return tuple(sorted(path for path in paths if not any(parent in paths for parent in path.parents)))


def _export(folder: Path) -> None:
    """Copy the checkout as it is now, without what is made from it."""
    listing = ("git", "-C", _CHECKOUT, "ls-files", "-zco", "--exclude-standard")
    listed = subprocess.run(listing, capture_output=True, check=True).stdout
    names = [name for name in os.fsdecode(listed).split("\0") if name and (_CHECKOUT / name).exists()]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(_CHECKOUT / name, folder / name, follow_symlinks=False)


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.relative_to(folder).parts[0] != "tests":
            digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def _environment(suite: str, source: Path, settings: dict[str, str]) -> Path:
    """Return a layer with the checkout's .venv, which is made anew when what it is to hold has changed."""
    layers = [base_tree(suite), build_tree(suite)]
    wanted = (source / "pyproject.toml").read_bytes() + (source / "contrib/make-venv.sh").read_bytes()
    layer = cache() / f"{layers[0].stem}-{hashlib.sha256(wanted).hexdigest()[:12]}.venv"
    with locked(f"{suite}-venv"):
        if not is_kept(layer):
            draft = layer.with_suffix(".venv-draft")
            shutil.rmtree(draft, ignore_errors=True)
            shutil.copytree(source, draft / "build", symlinks=True)
            with phase(f"{suite}: .venv"):
                in_tree(layers, draft, "make -C /build .venv/installed", _named_paths(settings), **settings)
            draft.rename(layer)
    return layer


def build_packages(suite: str) -> list[Path]:
    """Return the packages of the checkout for a distribution; built once for each content, by `make deb`."""
    layers = [base_tree(suite), build_tree(suite)]
    with tempfile.TemporaryDirectory(dir=cache()) as scratch:
        upper = Path(scratch) / "upper"
        source = upper / "build"
        source.mkdir(parents=True)
        _export(source)
        kept = cache() / f"{layers[0].stem}-{_digest(source)}.debs"
        settings = _pip_settings()
        layers.append(_environment(suite, source, settings))
        with locked(f"{suite}-packages"):
            if not is_kept(kept):
                with phase(f"{suite}: make deb"):
                    words = "make -C /build -o .venv/installed deb"
                    in_tree(layers, upper, words, _named_paths(settings), **settings, **_identity())
                draft = kept.with_suffix(".draft")
                shutil.rmtree(draft, ignore_errors=True)
                draft.mkdir()
                for built in source.glob("dist/*.deb"):
                    shutil.copy(built, draft)
                draft.rename(kept)
    return sorted(kept.iterdir())


def last_commit_before(path: str) -> str:
    """Return the last commit before a file came into the project; empty where the history does not go back so far."""
    words = ("git", "-C", str(_CHECKOUT), "log", "--diff-filter=A", "--format=%P", "--", path)
    found = call(*words, check=False).split()
    return found[-1] if found and re.fullmatch("[0-9a-f]{40}", found[-1]) else ""


def make_older(packages: list[Path], commit: str, folder: Path) -> Path:
    """Return the daemon's package as it would have been at a commit, under a lower version.

    The commit may be older than the packaging is: libraries and maintainer scripts are those of today's package, the
    program and the unit those of the commit.
    """
    (package,) = (each for each in packages if each.name.startswith("watchconvert_"))
    tree, source = folder / "package", folder / "source"
    call("dpkg-deb", "--raw-extract", package, tree)
    source.mkdir()
    names = ("watchconvert", "contrib/systemd/watchconvert.service")
    archive = subprocess.run(
        ["git", "-C", _CHECKOUT, "archive", commit, *names], capture_output=True, check=True
    ).stdout
    subprocess.run(["tar", "-xC", source], input=archive, check=True)
    (program,) = tree.glob("usr/lib/watchconvert/lib/python3/site-packages/watchconvert")
    (unit,) = tree.glob("**/systemd/system/watchconvert.service")
    # The build lays a copy of the units into the program.
    shutil.move(program / "faces/systemd", source / "watchconvert/faces/systemd")
    shutil.rmtree(program)
    shutil.rmtree(source / "watchconvert/localapi")
    shutil.move(source / "watchconvert", program)
    shutil.copy(source / names[1], unit)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"^Version: .*", "Version: 0.0.1", control.read_text(), flags=re.MULTILINE))
    (tree / "DEBIAN/md5sums").unlink()
    older = folder / "watchconvert_0.0.1_all.deb"
    call("dpkg-deb", "--root-owner-group", "--build", tree, older)
    return older
