"""The sample configuration is valid, names every key that there is, and shows the true defaults."""

import re
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.core.agreeing import read_config
from watchconvert.core.sections import SECTIONS
from watchconvert.core.settings import Config, Surroundings

SAMPLE = (Path(__file__).parents[2] / "etc" / "watchconvert.toml").read_text("utf-8")
EXAMPLES = {key.field for section in SECTIONS for key in section.keys if key.default is None}
"""Fields without a default: the sample shows an example."""


def uncommented(text: str) -> str:
    """Return the sample with the "#" taken away before every key and table; prose stands behind "# "."""
    return re.sub(r"^#(?=\[|\w+ = )", "", text, flags=re.MULTILINE)


def read(text: str) -> Config:
    return read_config(tomllib.loads(text), Surroundings("/etc/watchconvert"))


def mentioned(text: str) -> dict[str, set[str]]:
    """Return the keys of each table, the table "" standing for the top."""
    found: dict[str, set[str]] = {"": set()}
    table = ""
    for line in uncommented(text).splitlines():
        if header := re.match(r"\[+([\w.]+)\]+", line):
            table = header[1]
            found.setdefault(table, set())
            found[""].add(table)
        elif key := re.match(r"(\w+) = ", line):
            found[table].add(key[1])
    return found


def test_the_sample_is_valid_as_it_stands() -> None:
    assert [route.name for route in read(SAMPLE).routes] == ["to-pdf"]


def test_the_sample_names_every_key_and_no_other() -> None:
    names = {section.name: {key.name for key in section.keys} for section in SECTIONS}
    assert mentioned(SAMPLE) == {"": names.keys(), **names}


def test_with_every_key_uncommented_the_sample_is_valid() -> None:
    whole = tomllib.loads(uncommented(SAMPLE))
    assert len(whole["route"][0]) == len(mentioned(SAMPLE)["route"])
    assert [each.kind for each in read(uncommented(SAMPLE)).notify] == ["mail", "webhook", "command"]
    assert read(uncommented(SAMPLE)).service.secret_file == "/etc/watchconvert/secret"


def test_what_is_commented_out_is_the_default() -> None:
    def plain(config: Config) -> list[dict[str, Any]]:
        tables = [asdict(config.service), asdict(config.daemon), asdict(config.web), *map(asdict, config.routes)]
        return [{key: value for key, value in table.items() if key not in EXAMPLES} for table in tables]

    assert plain(read(uncommented(SAMPLE))) == plain(read(SAMPLE))
