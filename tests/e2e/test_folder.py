"""The folders as the people at the share see them: the real process, files and journal; nobody looks at a terminal."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.errors import SAID
from tests.e2e.scripted_service import MARK, ScriptedService, converted, scripted_service
from tests.e2e.stage import SECRET, Site, wait_for
from tests.e2e.test_reload import edit, reload
from tests.e2e.wire import complaint

ROUTE = "to-pdf"


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    with scripted_service(secret=SECRET) as made:
        yield made


@pytest.fixture
def site(tmp_path: Path, service: ScriptedService) -> Site:
    return Site(tmp_path, service.url, 'dialect = "old"', routes=("pdf",))


def speak(site: Site, language: str) -> None:
    edit(site, "[daemon]\n", f'[daemon]\nlanguage = "{language}"\n')


def drop(site: Site, name: str, data: bytes = MARK) -> None:
    """Put a file into the inbox, whole."""
    draft = site.folder / "share" / name
    draft.write_bytes(data)
    draft.rename(site.path(ROUTE, "inbox") / name)


def move_back(site: Site, name: str) -> None:
    """Move a file from the error folder into the inbox, as a person does; the explanations stay where they are."""
    (site.path(ROUTE, "error") / name).rename(site.path(ROUTE, "inbox") / name)


def names(site: Site, folder: str) -> set[str]:
    return set(site.seen(ROUTE, folder))


def explained(name: str) -> set[str]:
    return {f"{name}.error.txt", f"{name}.error.json"}


def test_a_german_office_drops_a_damaged_file_mends_it_and_moves_it_back(site: Site, service: ScriptedService) -> None:
    speak(site, "de")
    service.say("submit", complaint(500, 5002, SAID))
    site.start()
    drop(site, "Überweisung März.docx")
    (job,) = site.wait_for_rest(1)
    error = site.seen(ROUTE, "error")
    assert set(error) == {"Überweisung März.docx"} | explained("Überweisung März.docx")
    note = error["Überweisung März.docx.error.txt"].read_bytes()
    assert note.count(b"\r\n") == note.count(b"\n") > 8
    lines = note.decode("utf-8").split("\r\n")
    assert lines[0] == "Überweisung März.docx wurde nicht umgewandelt."
    assert lines[2].startswith("Grund:      Die Datei ist beschädigt oder unvollständig")
    assert f"Auftrag:    {job.id}  (für Ihren Administrator)" in lines
    record = json.loads(error["Überweisung März.docx.error.json"].read_bytes())
    assert (record["cause"], record["language"], record["service"]["code"]) == ("damaged", "de", 5002)
    assert record["jobids"] == [job.remote_id]
    assert record["sentence"].startswith("The file is damaged")
    assert "The file is damaged" in site.log(), "the log is for administrators"
    assert "beschädigt" not in site.log()
    move_back(site, "Überweisung März.docx")
    site.wait_for_rest(2)
    wait_for(lambda: not names(site, "error"), "both explanations to go")
    assert names(site, "outbox") == {"Überweisung März.pdf"}
    assert site.stop() == 0


def test_what_was_explained_in_english_goes_after_the_language_was_changed(
    site: Site, service: ScriptedService
) -> None:
    service.say("submit", complaint(500, 5003, SAID), 2)
    site.start()
    drop(site, "one.docx")
    drop(site, "two.docx")
    site.wait_for_rest(2)
    speak(site, "de")
    assert reload(site).returncode == 0
    assert "The file is protected" in site.seen(ROUTE, "error")["one.docx.error.txt"].read_text()
    (site.path(ROUTE, "error") / "two.docx.error.txt").write_text("Anna: Kennwort erfragt")
    move_back(site, "one.docx")
    move_back(site, "two.docx")
    site.wait_for_rest(4)
    wait_for(lambda: names(site, "error") == {"two.docx.error.txt"}, "all of them but the one that Anna wrote in")
    service.say("submit", complaint(500, 5003, SAID))
    drop(site, "three.docx")
    wait_for(lambda: "three.docx.error.json" in names(site, "error"), "the third to fail")
    assert "mit einem Kennwort geschützt" in site.seen(ROUTE, "error")["three.docx.error.txt"].read_text("utf-8")
    assert site.stop() == 0
    assert converted(MARK) == site.seen(ROUTE, "outbox")["one.pdf"].read_bytes()


def test_a_process_killed_before_the_explanations_go_leaves_them_to_the_next(
    site: Site, service: ScriptedService
) -> None:
    service.say("submit", complaint(500, 5003, SAID))
    site.start()
    drop(site, "letter.docx")
    site.wait_for_rest(1)
    site.kill()
    move_back(site, "letter.docx")
    os.rename(site.path(ROUTE, "error") / "letter.docx.error.json", site.path(ROUTE, "error") / "kept.json")
    site.start()
    wait_for(lambda: names(site, "error") == {"kept.json"}, "the explanation to go, and what a person renamed to stay")
    assert site.stop() == 0


# markers ──────────────────────────────────────────────────────────────────────


def show_markers(site: Site) -> None:
    edit(site, f'name = "{ROUTE}"\n', f'name = "{ROUTE}"\nmarkers = true\nlanguage = "de"\n')


def test_a_marker_stands_while_a_file_is_converted_and_outlives_a_kill(site: Site, service: ScriptedService) -> None:
    show_markers(site)
    service.say("submit", complaint(429, 429, SAID), 999)
    site.start()
    drop(site, "letter.docx")
    wait_for(lambda: names(site, "inbox") == {"letter.docx.converting"}, "the marker in its place")
    text = site.seen(ROUTE, "inbox")["letter.docx.converting"].read_text("utf-8")
    assert text.startswith("letter.docx wird gerade umgewandelt. Dieser Hinweis verschwindet von selbst. (")
    site.kill()
    assert names(site, "inbox") == {"letter.docx.converting"}
    (site.path(ROUTE, "inbox") / "Annas.converting").write_text("Annas eigene Datei")
    site.start()
    service.hush()
    wait_for(lambda: names(site, "outbox") == {"letter.pdf"}, "the result")
    wait_for(lambda: names(site, "inbox") == {"Annas.converting"}, "the marker to go, and nothing else")
    assert site.stop() == 0
    assert [path.name for path in site.staged()] == [".markers"]
    assert len(site.jobs()) == 1, "no marker was ever taken for a file"


@pytest.mark.parametrize("by", ["reload", "restart"])
def test_markers_go_when_they_are_turned_off(site: Site, service: ScriptedService, by: str) -> None:
    show_markers(site)
    service.say("submit", complaint(429, 429, SAID), 999)
    site.start()
    drop(site, "letter.docx")
    wait_for(lambda: names(site, "inbox") == {"letter.docx.converting"}, "the marker")
    edit(site, "markers = true\n", "")
    if by == "reload":
        assert reload(site).returncode == 0
    else:
        site.stop()
        assert names(site, "inbox") == {"letter.docx.converting"}, "it is on its way still"
        site.start()
    wait_for(lambda: not names(site, "inbox"), "the marker to go while its file is on its way")
    assert site.stop() == 0
    assert [path.name for path in site.staged() if path.name == ".markers"] == []
    assert not names(site, "outbox")


def test_a_marker_goes_when_its_file_lies_in_the_error_folder(site: Site, service: ScriptedService) -> None:
    show_markers(site)
    service.say("submit", complaint(429, 429, SAID), 999)
    site.start()
    drop(site, "letter.docx")
    wait_for(lambda: names(site, "inbox") == {"letter.docx.converting"}, "the marker")
    service.hush()
    service.say("submit", complaint(500, 5003, SAID))
    wait_for(lambda: names(site, "error") == {"letter.docx"} | explained("letter.docx"), "the file to fail")
    wait_for(lambda: not names(site, "inbox"), "the marker to go")
    assert site.stop() == 0
