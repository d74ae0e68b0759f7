"""The man pages: sound, and whole."""

import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.package.building import ROOT, run
from watchconvert.core import sections
from watchconvert.faces.cli import commands

PAGES = ("watchconvert.1", "watchconvert.toml.5")
MAKER = runpy.run_path(str(ROOT / "contrib" / "make-man.py"))
SECTIONS = {
    "watchconvert.1": [
        "NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "EXIT STATUS", "SIGNALS", "ENVIRONMENT", "FILES",
        "EXAMPLES", "SEE ALSO",
    ],
    "watchconvert.toml.5": [
        "NAME", "SYNOPSIS", "DESCRIPTION", "[service]", "[daemon]", "[web]", "[[route]]", "[[notify]]", "THE SECRET",
        "EDITORS", "EXAMPLES", "SEE ALSO",
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("man")
    run(sys.executable, ROOT / "contrib" / "make-man.py", folder, SOURCE_DATE_EPOCH="1700000000")
    return folder


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.skipif(shutil.which("mandoc") is None, reason="mandoc is not installed")
def test_mandoc_has_nothing_to_say(pages: Path, page: str) -> None:
    done = subprocess.run(["mandoc", "-T", "lint", pages / page], capture_output=True, text=True, check=False)
    assert done.stdout == ""


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
def test_man_shows_it_without_a_warning(pages: Path, page: str) -> None:
    command = ["man", "--warnings", "--local-file", pages / page]
    done = subprocess.run(
        command,
        env={"MANWIDTH": "90", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [name for name in SECTIONS[page] if not re.search(rf"^{re.escape(name)}$", done.stdout, re.MULTILINE)] == []


@pytest.mark.skipif(shutil.which("lexgrog") is None, reason="lexgrog is not installed")
def test_apropos_finds_them(pages: Path) -> None:
    done = subprocess.run(["lexgrog", *(pages / page for page in PAGES)], capture_output=True, text=True, check=True)
    assert re.findall(r': "(\S+) - ', done.stdout) == ["watchconvert", "watchconvert.toml"]


@pytest.mark.parametrize("page", PAGES)
def test_the_sections_are_those_of_a_man_page(pages: Path, page: str) -> None:
    assert re.findall(r"^\.SH (.+)$", (pages / page).read_text(), re.MULTILINE) == SECTIONS[page]


def test_every_command_has_its_part(pages: Path) -> None:
    text = (pages / "watchconvert.1").read_text()
    assert len(commands.commands) > 7
    assert [name for name in commands.commands if f".SS \\fBwatchconvert {name}\\fR" not in text] == []


def test_every_key_has_its_entry(pages: Path) -> None:
    text = (pages / "watchconvert.toml.5").read_text()
    for section in sections.SECTIONS:
        part = text.partition(f".SH {section.header}\n")[2].partition("\n.SH ")[0]
        assert [key.name for key in section.keys if f".TP\n\\fB{MAKER['escaped'](key.name)}\\fR\n" not in part] == []


def test_a_command_without_words_is_an_error() -> None:
    with pytest.raises(ValueError, match="no help"):
        list(MAKER["command_part"]("dumb", MAKER["click"].Command("dumb")))


def test_a_section_that_is_gone_is_an_error() -> None:
    with pytest.raises(ValueError, match='no section "Nowhere"'):
        MAKER["section_of"]("docs/operating.md", "Nowhere")


@pytest.mark.parametrize(
    ("said", "roff"),
    [
        (".hidden files", "\\&.hidden files"),
        ("'quoted'", "\\(aqquoted\\(aq"),
        ("a\\b", "a\\eb"),
        ("--last", "\\-\\-last"),
    ],
)
def test_nothing_in_a_text_is_taken_for_a_request(said: str, roff: str) -> None:
    assert MAKER["filled"](MAKER["escaped"](said)) == [roff]
