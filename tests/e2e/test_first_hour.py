"""The session of docs/operating.md, "The first hour", goes as it is told there."""

import re
import runpy
from pathlib import Path

from watchconvert.faces.cli import commands

_ROOT = Path(__file__).parents[2]
_SCRIPT = runpy.run_path(str(_ROOT / "contrib/make-first-hour.py"))


def test_the_document_has_the_lines_that_the_script_types() -> None:
    text = (_ROOT / "docs/operating.md").read_text()
    told = text.partition(_SCRIPT["BEGIN"])[2].partition(_SCRIPT["END"])[0]
    typed = [step.line for step in _SCRIPT["SESSION"] if not step.line.startswith("#")]
    assert re.findall(r"^\$ (.*)$", told, re.MULTILINE) == typed


def test_it_goes_as_it_is_told() -> None:
    """Each step ends with the status that is told with it, or `play` raises."""
    printed = {step.line: text for step, text in _SCRIPT["play"]()}
    used = {word for line in printed for word in re.findall(r"\bwatchconvert ([a-z]+)", line)}
    assert used <= set(commands.commands)
    assert len(used) >= 14
    assert "Did you mean 'settle'?" in printed["watchconvert check"]
    assert "moving the disks" in printed["watchconvert why Notes.txt"]
    assert "used 5 of 5 today" in printed["watchconvert status --last 0"]
    assert "is NOT running" in printed["watchconvert status --last 1"]
