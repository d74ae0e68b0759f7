"""The packages: built from the checkout, or from an older commit, in a root tree of the distribution they are for."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.machine.trees import build_tree, base_tree, cache, in_tree, locked
from tests.machine.tools import call, phase

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


def _named_paths(settings: dict[str, str]) -> tuple[Path, ...]:
    """Return the files and folders of the host that the settings speak of: certificates, wheels, an index."""
    words = re.findall(r"(?:^|\s)(?:file://)?(/\S+)", "\n".join(settings.values()))
    # The pages of an index name their files beside it.
    paths = {Path(word).parent if Path(word).name == "simple" else Path(word) for word in words}
    paths = {path for path in paths if path.exists()}
    return tuple(sorted(path for path in paths if not any(parent in paths for parent in path.parents)))


def _export(folder: Path, commit: str) -> None:
    """Copy the checkout as it is now, or as it was at a commit, without what is made from it."""
    if commit:
        archive = subprocess.run(["git", "-C", _CHECKOUT, "archive", commit], capture_output=True, check=True).stdout
        subprocess.run(["tar", "-xC", folder], input=archive, check=True)
        return
    listed = subprocess.run(
        ["git", "-C", _CHECKOUT, "ls-files", "-zco", "--exclude-standard"], capture_output=True, check=True
    ).stdout
    subprocess.run(["tar", "-C", _CHECKOUT, "--null", "--ignore-failed-read", "-cf", folder / "all.tar", "-T", "-"], input=listed, check=True)
    subprocess.run(["tar", "-xf", folder / "all.tar", "-C", folder], check=True)
    (folder / "all.tar").unlink()


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.relative_to(folder).parts[0] == "tests":
            digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def build_packages(suite: str, commit: str = "") -> list[Path]:
    """Return the packages of the checkout, or of a commit, for a distribution; built once for each content."""
    layers = [base_tree(suite), build_tree(suite)]
    with tempfile.TemporaryDirectory(dir=cache()) as scratch:
        upper = Path(scratch) / "upper"
        source = upper / "build"
        source.mkdir(parents=True)
        _export(source, commit)
        kept = cache() / f"{layers[0].stem}-{_digest(source)}.debs"
        with locked(f"{suite}-packages"):
            if not kept.exists():
                settings = _pip_settings()
                with phase(f"{suite}: packages{' of ' + commit[:8] if commit else ''}"):
                    in_tree(layers, upper, "cd /build && make deb", _named_paths(settings), **settings)
                draft = kept.with_suffix(".draft")
                shutil.rmtree(draft, ignore_errors=True)
                draft.mkdir()
                for built in source.glob("dist/*.deb"):
                    shutil.copy(built, draft)
                draft.rename(kept)
    return sorted(kept.iterdir())
