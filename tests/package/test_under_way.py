"""What an administrator is told of files under way before the package is removed."""

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.adapters.ledger import journal_path, numbered_job, open_journal
from tests.core.making import make_order
from tests.package.building import ROOT
from watchconvert.core.states import State

SCRIPT = ROOT / "contrib" / "debian" / "under-way.py"


@pytest.fixture
def removal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Path]:
    """Do what the package's removal does, with a journal in `tmp_path`; returns where the list is kept."""
    config = tmp_path / "watchconvert.toml"
    route = f'name = "office"\npath = "{tmp_path}"\nto = "pdf"\n'
    config.write_text(f'[daemon]\njournal = "{journal_path(tmp_path)}"\n[[route]]\n{route}')
    monkeypatch.setenv("WATCHCONVERT_CONFIG", str(config))

    def remove() -> Path:
        script = runpy.run_path(str(SCRIPT))
        kept = tmp_path / "under-way.txt"
        script["main"].__globals__["LIST"] = kept
        script["main"]()
        return kept

    return remove


def lay(base: Path, name: str, number: int, **facts: object) -> None:
    """Give the journal a job, and its source a place in the stage."""
    job = numbered_job(number, order=make_order(str(base)), **facts)
    stage = base / "inbox" / ".watchconvert" / "host1" / job.id
    stage.mkdir(parents=True)
    (stage / name).touch()
    with open_journal(base) as journal:
        journal.add(job)


def test_a_source_in_a_stage_is_told_with_its_path(
    removal: Callable[[], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lay(tmp_path, "a.docx", 1, state=State.CLAIMED)
    lay(tmp_path, "b.docx", 2, state=State.CONVERTING)
    lay(tmp_path, "c.docx", 3, state=State.DONE)
    told = removal().read_text().splitlines()
    assert [Path(each).name for each in told] == ["a.docx", "b.docx"]
    assert all(Path(each).is_file() for each in told)
    assert "2 file(s) were taken and are not converted yet." in capsys.readouterr().out


def test_a_name_cannot_forge_a_line(removal: Callable[[], Path], tmp_path: Path) -> None:
    lay(tmp_path, "a\n\x1b[2Jb.docx", 1, state=State.CLAIMED)
    assert len(removal().read_text().splitlines()) == 1
    assert "\x1b" not in removal().read_text()


def test_nothing_under_way_leaves_no_list_and_says_nothing(
    removal: Callable[[], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lay(tmp_path, "c.docx", 3, state=State.DONE)
    (tmp_path / "under-way.txt").write_text("of an earlier removal\n")
    assert not removal().exists()
    assert capsys.readouterr() == ("", "")


def test_without_a_journal_nothing_is_said(removal: Callable[[], Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert not removal().exists()
    assert capsys.readouterr() == ("", "")


def test_a_journal_that_cannot_be_read_stops_no_removal(
    removal: Callable[[], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(journal_path(tmp_path)).write_bytes(b"no database" * 1000)
    assert not removal().exists()
    assert "which files are under way is not known" in capsys.readouterr().err


def test_a_link_in_the_place_of_the_list_is_not_followed(removal: Callable[[], Path], tmp_path: Path) -> None:
    lay(tmp_path, "a.docx", 1, state=State.CLAIMED)
    victim = tmp_path / "victim"
    victim.write_text("mine\n")
    (tmp_path / "under-way.txt").symlink_to(victim)
    removal()
    assert victim.read_text() == "mine\n"
