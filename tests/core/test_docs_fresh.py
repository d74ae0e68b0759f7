"""What the documents say of the code is still so: what is made of it, and what it can be compared with."""

import re
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest

from watchconvert.core.states import TRANSITIONS, Event

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
MAKER = runpy.run_path(str(ROOT / "contrib" / "make-diagram.py"))


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def sources(*folders: str) -> Iterator[str]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.read_text("utf-8")


def headings(text: str) -> list[str]:
    """Return the headings of a document, without numbers, in lower case."""
    return [name.lower() for name in re.findall(r"^#+ (?:\d+\. )?(.+)$", text, re.MULTILINE)]


@pytest.mark.parametrize("document", MAKER["PIECES"])
def test_what_is_made_of_the_code_is_fresh(document: str) -> None:
    text = read(f"docs/{document}")
    assert MAKER["refreshed"](document, text) == text, "run contrib/make-diagram.py"


def test_a_stale_document_would_be_noticed() -> None:
    text = read("docs/design.md")
    for arrow in ("noticed --> claimed: claimed", "rejected --> failed: set_aside"):
        assert arrow in text
        assert MAKER["refreshed"]("design.md", text.replace(arrow, "")) == text


def test_the_diagram_has_an_arrow_for_each_edge() -> None:
    arrows = re.findall(r"^    (\w+) --> (\w+): (.+)$", MAKER["make_diagram"](), re.MULTILINE)
    drawn = {(source, event, target) for source, target, events in arrows for event in events.split(", ")}
    edges = {(state, event, target) for state, exits in TRANSITIONS.items() for event, target in exits.items()}
    assert drawn == {(state.value, event.value, target.value) for state, event, target in edges}


def test_a_document_without_its_marker_is_an_error() -> None:
    with pytest.raises(ValueError, match="diagram"):
        MAKER["refreshed"]("design.md", "nothing is marked here")


def test_every_section_that_the_code_refers_to_exists() -> None:
    found = [
        (name, section.lower())
        for text in sources("watchconvert", "tests", "bench", "contrib")
        for name, section in re.findall(r'docs/(\w+\.md),\s*"([^"\n]+)"', text)
    ]
    assert ("design.md", "crashes") in found
    missing = {each for each in found if not any(each[1] in name for name in headings(read(f"docs/{each[0]}")))}
    assert missing == set()


def test_every_event_of_the_log_is_explained() -> None:
    text = read("docs/operating.md")
    told = {
        name
        for source in sources("watchconvert/engine", "watchconvert/faces", "watchconvert/adapters")
        for name in re.findall(r"log\.(?:info|warning|error|exception)\(\s*\"([a-z_]+)\"", source)
    }
    told |= {event.value for event in Event}
    assert {"started", "set_aside", "bug"} <= told
    assert [name for name in sorted(told) if f"`{name}`" not in text] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_within_the_project_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text("utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []
