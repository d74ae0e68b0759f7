"""`watchconvert schema`, what `init` tells editors, and what an editor's own program says of our files."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INSTALLED = ROOT / "etc" / "watchconvert.schema.json"
TAPLO = shutil.which("taplo") or shutil.which("taplo", path=str(Path(sys.executable).parent))
BAD = """\
[service]
hold = "60"
modde = "async"

[[route]]
name = "a"
to = "pdf"
inbox = "/srv/a"
params = { StoreFile = true }
"""


def run(*words: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "watchconvert", *words]
    return subprocess.run(command, cwd=ROOT, env={"PATH": "/usr/bin:/bin"} | env, capture_output=True, check=False)


def lint(config: Path) -> tuple[int, str]:
    """Return what the library behind the editors' extensions says of a file."""
    if TAPLO is None:
        pytest.skip("taplo is not installed")
    done = subprocess.run([TAPLO, "lint", config.name], cwd=config.parent, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("charset", ["C.UTF-8", "en_US.ISO-8859-1"])
def test_schema_prints_what_is_installed_in_any_locale(charset: str) -> None:
    done = run("schema", LC_ALL=charset, PYTHONIOENCODING="latin-1" if "ISO" in charset else "utf-8")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == INSTALLED.read_bytes()


def test_init_names_a_schema_that_is_there(tmp_path: Path) -> None:
    config = tmp_path / "w.toml"
    done = run("init", "--config", str(config), "--yes", "--local", "--path", str(tmp_path / "share"))
    assert done.returncode == 0, done.stderr
    named = re.match(r"#:schema file://(/.+)\n", config.read_text("utf-8"))
    assert named
    assert Path(named[1]).read_bytes() == INSTALLED.read_bytes()
    assert lint(config)[0] == 0


def test_an_editor_takes_the_sample_and_marks_what_is_wrong(tmp_path: Path) -> None:
    first = f"#:schema {INSTALLED.as_uri()}\n"
    sample = (ROOT / "etc" / "watchconvert.toml").read_text("utf-8").partition("\n")[2]
    good = tmp_path / "good.toml"
    good.write_text(first + re.sub(r"^#(?=\[|\w+ = )", "", sample, flags=re.MULTILINE), "utf-8")
    assert len(tomllib.loads(good.read_text("utf-8"))["notify"]) == 3
    assert lint(good)[0] == 0
    bad = tmp_path / "bad.toml"
    bad.write_text(first + BAD, "utf-8")
    status, said = lint(bad)
    assert status != 0
    for wrong in ('"60" does not match', "'modde' was unexpected", '"outbox" is a required property', "StoreFile"):
        assert wrong in said
    assert "bad.toml:3:8" in said, "the place of the duration"


def test_a_key_that_does_not_exist_is_told_with_its_place_and_what_it_may_mean(tmp_path: Path) -> None:
    config = tmp_path / "w.toml"
    config.write_text("[service]\n  modde = 1\n[[rout]]\nname = 'a'\n", "utf-8")
    said = run("check", "--offline", "--config", str(config)).stdout.decode()
    assert re.search(r"w\.toml:2:3: \[service\] modde: is not a known key\s+-> Did you mean 'mode'\?", said)
    assert re.search(r"w\.toml:3:1: top level: rout: is not a known key\s+-> Did you mean 'route'\?", said)
