"""The systemd unit as it is shipped, looked over by systemd's own tools."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from watchconvert.faces import running

UNIT = Path(__file__).parents[2] / "contrib/systemd/watchconvert.service"
needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="wants systemd-analyze")


def analyze(*words: str) -> str:
    done = subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


@needs_systemd
def test_its_exposure_is_what_the_docs_say() -> None:
    found = re.search(r"exposure level.*: ([\d.]+)", analyze("security", "--offline=yes", str(UNIT)))
    assert found
    assert float(found[1]) <= 1.4
    docs = (UNIT.parents[2] / "docs/operating.md").read_text()
    assert "`systemd-analyze security watchconvert.service` rates it 1.3" in docs


@needs_systemd
def test_systemd_understands_every_line(tmp_path: Path) -> None:
    unit = tmp_path / "watchconvert.service"
    text = re.sub(r"Documentation=.*\n", "", UNIT.read_text())  # the manual may not be installed here
    unit.write_text(text.replace("/usr/bin/watchconvert", "/bin/true"))
    assert analyze("verify", str(unit)) == ""


def test_it_gives_the_daemon_the_time_that_stopping_takes() -> None:
    found = re.search(r"^TimeoutStopSec=(\d+)$", UNIT.read_text(), re.MULTILINE)
    assert found
    assert int(found[1]) > 2 * running.PATIENCE + 5


def test_it_does_not_start_again_what_a_person_must_mend() -> None:
    assert f"\nRestartPreventExitStatus={running.EXIT_CONFIG}\n" in UNIT.read_text()
