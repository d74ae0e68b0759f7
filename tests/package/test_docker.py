"""The image: its recipe is sound, and matches the Debian package. There is no engine here to build it with."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.package.building import ROOT, WHEN, Built, run

RECIPE = (ROOT / "contrib" / "docker" / "Dockerfile").read_text()
HADOLINT = Path(sys.executable).with_name("hadolint")


def copied() -> set[str]:
    """Return what the recipe takes from the checkout."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", RECIPE, re.MULTILINE)
    return {source for line in lines for source in line.split()[:-1]}


@pytest.mark.skipif(not HADOLINT.exists(), reason="hadolint is not installed")
def test_hadolint_has_nothing_to_say() -> None:
    assert run(HADOLINT, ROOT / "contrib" / "docker" / "Dockerfile") == ""


def test_what_is_copied_is_sent_to_the_engine() -> None:
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {source for source in copied() if source.split("/")[0] not in sent and source not in sent} == set()
    assert all((ROOT / source).exists() for source in copied())


def test_what_is_copied_is_enough_for_the_wheel(built: Built, tmp_path: Path) -> None:
    for source in copied():
        (tmp_path / source).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        copy(ROOT / source, tmp_path / source)
    out = tmp_path / "wheels"
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(tmp_path)]
    run(*command, SOURCE_DATE_EPOCH=str(WHEN))
    assert next(out.glob("*.whl")).name == built.wheel.name
    with zipfile.ZipFile(built.wheel) as ours, zipfile.ZipFile(next(out.glob("*.whl"))) as theirs:
        assert {each for each in theirs.namelist() if "__pycache__" not in each} == set(ours.namelist())


def test_user_and_places_are_those_of_the_package() -> None:
    unit = (ROOT / "contrib" / "systemd" / "watchconvert.service").read_text()
    state = f"/var/lib/{re.findall(r'^StateDirectory=(.+)$', unit, re.MULTILINE)[0]}"
    credential = re.findall(r"^LoadCredential=([^:]+):", unit, re.MULTILINE)[0]
    assert f"STATE_DIRECTORY={state}" in RECIPE
    assert f'VOLUME ["{state}"' in RECIPE
    assert "COPY etc/watchconvert.toml /etc/watchconvert/watchconvert.toml" in RECIPE
    assert re.search(rf"useradd --system .* {re.findall(r'^User=(.+)$', unit, re.MULTILINE)[0]} ", RECIPE)
    assert f"secrets: [{credential}]" in (ROOT / "contrib" / "docker" / "compose.yaml").read_text()
    assert RECIPE.rindex("\nUSER ") < RECIPE.rindex("\nENTRYPOINT ")


@pytest.mark.parametrize(("said", "status"), [({"running": True}, 0), ({"running": False}, 1), (None, 1)])
def test_the_health_check_tells_whether_the_daemon_runs(
    tmp_path: Path, said: dict[str, bool] | None, status: int
) -> None:
    check = re.search(r'CMD (\["sh", "-c", .*\])$', RECIPE, re.MULTILINE)
    assert check
    stub = tmp_path / "watchconvert"
    stub.write_text(f"#!/bin/sh\necho '{json.dumps(said) if said else ''}'\n")
    stub.chmod(0o755)
    (tmp_path / "python").symlink_to(sys.executable)
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    done = subprocess.run(json.loads(check[1]), env=env, capture_output=True, check=False)
    assert done.returncode == status
