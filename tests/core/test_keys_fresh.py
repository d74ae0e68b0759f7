"""What is made of the configuration's keys is fresh: the sample, the schema and the reference."""

import json
import re
import runpy
import tomllib
from pathlib import Path

import pytest

from tests.core.agreeing import ECMA
from watchconvert.core.sections import SECTIONS

ROOT = Path(__file__).parents[2]
KEYS = [key for section in SECTIONS for key in section.keys]
MAKER = runpy.run_path(str(ROOT / "contrib" / "make-configuration.py"))


@pytest.mark.parametrize("name", ["etc/watchconvert.toml", "etc/watchconvert.schema.json", "docs/configuration.md"])
def test_what_is_made_of_the_keys_is_fresh(name: str) -> None:
    assert (ROOT / name).read_text("utf-8") == MAKER["make_all"]()[name], "run contrib/make-configuration.py"


def test_the_reference_has_every_key_where_its_links_lead() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    anchors = {
        re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }
    links = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert links <= anchors
    assert {f"{section.name}-{key.name}" for section in SECTIONS for key in section.keys} <= links
    assert [key.help for key in KEYS if f"| when it is wrong | {key.help} |" not in text] == []


def test_a_reference_without_a_place_for_the_keys_is_an_error() -> None:
    with pytest.raises(ValueError, match="no place"):
        MAKER["make_page"]("# Configuration\n")


def test_what_is_installed_is_whole() -> None:
    installed = json.loads((ROOT / "etc" / "watchconvert.schema.json").read_text("utf-8"))
    sample = (ROOT / "etc" / "watchconvert.toml").read_text("utf-8")
    assert ECMA(installed).is_valid(tomllib.loads(sample))
    assert sample.startswith("#:schema file:///usr/share/watchconvert/watchconvert.schema.json\n")
