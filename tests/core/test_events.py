"""The table of events, the code that logs them, the documents and the journal's catalog say the same."""

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from watchconvert.core.events import EVENTS, Level, says
from watchconvert.core.states import Event

ROOT = Path(__file__).parents[2]
CATALOG = ROOT / "contrib/systemd/watchconvert.catalog"
LEVELS = {"info": "info", "warning": "warning", "error": "error", "exception": "error"}
HANDED_ON = {"self._tools.log.warning(event, ...)", "tell(outcome.event.value, ...)"}
"""Where the word is no constant: it is one of those that `_tell` is called with, or the event of a job."""
ALERTS = {word: event for word, event in EVENTS.items() if event.message_id}


def calls() -> Iterator[ast.Call]:
    for floor in ("adapters", "engine", "faces"):
        for path in sorted((ROOT / "watchconvert" / floor).rglob("*.py")):
            yield from (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))


def logged() -> Iterator[tuple[str, str, ast.Call]]:
    """Yield each word that the code logs, the level, and the call; words of jobs have no level of their own."""
    for call in calls():
        match call:
            case ast.Call(func=ast.Attribute(value=target, attr=method), args=[ast.Constant(value=str(word)), *_]):
                if method in LEVELS and re.search(r"\b_?log$", ast.unparse(target)):
                    yield word, LEVELS[method], call
                if method == "_tell":
                    yield word, "warning", call


def rows(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def the_log() -> str:
    return (ROOT / "docs/operating.md").read_text("utf-8").partition("\n## The log\n")[2].partition("\n## ")[0]


def test_the_code_logs_the_events_of_the_table_and_no_others() -> None:
    words = {word for word, _, _ in logged()} | {event.value for event in Event} | {"log_lost"}
    assert {"started", "left_alone", "held", "bug", "set_aside"} <= words
    assert words == EVENTS.keys()


def test_each_is_logged_at_its_level() -> None:
    assert {(word, level) for word, level, _ in logged() if EVENTS[word].level != level} == set()


def test_no_word_is_made_up_on_the_way() -> None:
    handed = set()
    for call in calls():
        is_log = isinstance(call.func, ast.Attribute) and call.func.attr in LEVELS and "log" in ast.unparse(call.func)
        if (is_log or ast.unparse(call.func) == "tell") and call.args and not isinstance(call.args[0], ast.Constant):
            handed.add(f"{ast.unparse(call.func)}({ast.unparse(call.args[0])}, ...)")
    assert handed == HANDED_ON


def test_ids_are_fixed_and_nobody_elses() -> None:
    ids = [event.message_id for event in ALERTS.values()]
    assert len(set(ids)) == len(ids) > 20
    assert [each for each in ids if not re.fullmatch(r"[0-9a-f]{32}", each)] == []
    # They are known to alerts of administrators; these two stand for all.
    assert EVENTS["set_aside"].message_id == "0901ea1cce5c6dcb7891a5b1264fcf81"
    assert EVENTS["offline"].message_id == "fa32c49af52a2018a89cd6ad7a3cea0c"


def test_what_is_an_error_or_needs_somebody_can_be_alerted_on() -> None:
    assert [word for word, event in EVENTS.items() if event.level is Level.ERROR and not event.message_id] == []
    assert {"set_aside", "held", "released", "started", "stopped"} <= ALERTS.keys()


def test_the_document_tells_each_event_with_its_level() -> None:
    told = {}
    for first, *others in rows(the_log()):
        words, levels = re.findall(r"`(\w+)`", first), others[0].split(", ")
        if set(levels) <= {level.value for level in Level}:
            told |= dict(zip(words, levels if len(levels) == len(words) else levels * len(words), strict=True))
    assert told == {word: event.level.value for word, event in EVENTS.items()}


def test_the_document_tells_each_id() -> None:
    told = {row[0].strip("`"): row[1].strip("` |") for row in rows(the_log()) if re.match(r"`[0-9a-f]{32}`", row[1])}
    assert told == {word: event.message_id for word, event in ALERTS.items()}


def entries() -> dict[str, tuple[str, list[str], str]]:
    """Return the catalog: for each event the id, the header lines and the text."""
    found = {}
    for piece in CATALOG.read_text("utf-8").split("\n# ")[2:]:
        word, number, rest = piece.split("\n", 2)
        head, _, text = rest.partition("\n\n")
        found[word] = (number.removeprefix("-- "), head.splitlines(), text.strip())
    return found


def test_the_catalog_has_each_of_them_and_says_what_becomes_of_files() -> None:
    assert {word: each[0] for word, each in entries().items()} == {
        word: event.message_id for word, event in ALERTS.items()
    }
    for word, (_, head, text) in entries().items():
        assert [line.partition(":")[0] for line in head] == ["Subject", "Defined-By", "Documentation"], word
        calm = re.search(r"safe|unchanged|Nothing is to be done", text)
        assert calm, f"{word} does not say whether files are safe"


def test_the_catalog_names_fields_that_the_events_have() -> None:
    given: dict[str, set[str]] = {"held": {"scope"}, "released": {"scope"}, "log_lost": {"count"}}
    given["set_aside"] = {"file", "route", "why"}
    for word, _, call in logged():
        given.setdefault(word, set()).update(each.arg for each in call.keywords if each.arg)
    for word, (_, head, text) in entries().items():
        named = {name.lower() for name in re.findall(r"@(\w+)@", head[0] + text)}
        assert named <= given[word], word


@pytest.mark.skipif(not shutil.which("journalctl"), reason="journalctl is not installed here")
def test_systemd_reads_the_catalog(tmp_path: Path) -> None:
    (tmp_path / "usr/lib/systemd/catalog").mkdir(parents=True)
    shutil.copy(CATALOG, tmp_path / "usr/lib/systemd/catalog")
    command = ["journalctl", f"--root={tmp_path}"]
    subprocess.run([*command, "--update-catalog"], check=True, capture_output=True)
    told = subprocess.run([*command, "--list-catalog"], check=True, capture_output=True, text=True).stdout
    assert {line.split()[0] for line in told.splitlines()} == {event.message_id for event in ALERTS.values()}
    assert "watchconvert: The pause is over (@SCOPE@)" in told


def test_a_message_is_one_readable_line() -> None:
    told = says("set_aside", {"file": "a.docx", "route": "to-pdf", "why": "It is protected."})
    assert told == "The file lies in the error folder with its explanation: a.docx (route to-pdf): It is protected."
    assert says("stopped", {}) == "watchconvert has stopped"
    assert says("config", {"problems": ["one", "two"]}) == "The configuration must be mended: one, two"
    assert says("brand_new", {"folder": "/srv"}) == "brand new: /srv"
