"""`watchconvert convert` as a real program: what comes out, what it costs when it is killed, and what it says."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.opening import check_output
from tests.e2e.scripted_service import ScriptedService, scripted_service
from tests.e2e.stage import SECRET, ask_server, local_server, wait_for
from tests.e2e.terminal import Terminal
from watchconvert.faces.cli import main

TEXT = "# a title\n\nand a text\n"


class Desk:
    """A folder of somebody's, and the command in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.state = folder / "desk", folder / "state"
        self.folder.mkdir()
        self.config = folder / "watchconvert.toml"
        self.environ = {"XDG_STATE_HOME": str(self.state), "PYTHONPATH": str(Path(__file__).parents[2])}

    def serve(self, url: str) -> None:
        """Write a configuration in which only the service is in order."""
        (self.folder.parent / "secret").write_text(SECRET + "\n")
        (self.folder.parent / "secret").chmod(0o600)
        text = f'[service]\nurl = "{url}"\ndialect = "old"\nsecret_file = "secret"\ndoubt = "2s"\n[[route]]\nname = 7\n'
        self.config.write_text(text)

    def write(self, *names: str) -> None:
        for name in names:
            (self.folder / name).write_text(f"{TEXT}\n{name}\n")

    def words(self, *more: str) -> list[str]:
        return [sys.executable, "-m", "watchconvert", "convert", *more]

    def convert(self, *more: str, **environ: str) -> subprocess.CompletedProcess[str]:
        env = {key: value for key, value in os.environ.items() if key != "CONVERTAPI_SECRET"} | self.environ | environ
        return subprocess.run(
            self.words(*more), capture_output=True, text=True, check=False, timeout=90, cwd=self.folder, env=env
        )

    def begin(self, *more: str) -> subprocess.Popen[bytes]:
        env = os.environ | self.environ
        return subprocess.Popen(
            self.words(*more), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder, env=env
        )

    def seen(self) -> set[str]:
        return {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if not path.is_dir()}

    def benches(self) -> list[str]:
        return [path.name for path in self.state.glob("watchconvert/convert/*") if path.is_dir()]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def slow(desk: Desk) -> Iterator[ScriptedService]:
    """A service that accepts at once, bills, and has the result when it is asked after five seconds."""
    with scripted_service(reply="job", pending=0) as service:
        desk.serve(service.url)
        yield service


def test_results_lie_beside_their_sources_and_each_refusal_has_its_reason(desk: Desk) -> None:
    desk.write("a.md", "b.md", "c.md", "d.md", "[red]é.md", "noending", ".hidden.md")
    (desk.folder / "bad.docx").write_text("no such file")
    (desk.folder / "empty.md").touch()
    (desk.folder / "link.md").symlink_to("a.md")
    (desk.folder / "sub").mkdir()
    before = {name: (desk.folder / name).stat() for name in desk.seen()}
    names = ("a.md", "b.md", "c.md", "d.md", "./a.md", "[red]é.md")
    wrong = ("bad.docx", "noending", ".hidden.md", "empty.md", "link.md", "sub", "gone.md")
    ended = desk.convert(*names, *wrong, "--to", "pdf", "--local")
    assert ended.returncode == 1, ended.stderr
    assert sorted(ended.stdout.splitlines()) == sorted(f"{n}.md -> {n}.pdf" for n in ("a", "b", "c", "d", "[red]é"))
    lines = ended.stderr.splitlines()
    assert len(lines) == len(wrong)
    for name, why in (
        ("bad.docx", "The file is damaged or incomplete"),
        ("noending", "its name has no ending"),
        (".hidden.md", "it has the name of a temporary or hidden file"),
        ("empty.md", "it is empty"),
        ("link.md", "it is a link; name the file that it leads to"),
        ("sub", "it is a folder; name the files in it"),
        ("gone.md", "it cannot be read: No such file or directory"),
    ):
        assert [line for line in lines if line.startswith(f"watchconvert: {name}: {why}")], (name, lines)
    assert desk.seen() - before.keys() == {"a.pdf", "b.pdf", "c.pdf", "d.pdf", "[red]é.pdf"}
    check_output(desk.folder / "a.pdf", marks=("a title", "a.md"))
    after = {name: (desk.folder / name).stat() for name in before}
    assert {name: (s.st_ino, s.st_mtime_ns, s.st_nlink) for name, s in after.items()} == {
        name: (s.st_ino, s.st_mtime_ns, s.st_nlink) for name, s in before.items()
    }
    assert desk.benches() == []
    assert os.listdir(desk.folder / "sub") == []


def test_taken_names_and_other_folders(desk: Desk) -> None:
    desk.write("a.md", "a.pdf", "b.md")
    (desk.folder / "out").mkdir()
    with local_server(desk.folder.parent) as url:
        desk.serve(url)
        config = ("--to", "pdf", "--config", str(desk.config))
        refused = desk.convert("a.md", *config, "--on-conflict", "fail")
        assert (refused.returncode, "has a file named a.pdf already" in refused.stderr) == (1, True)
        assert ask_server(url, "/local/bills") == []
        numbered = desk.convert("a.md", *config, "--json")
        told = json.loads(numbered.stdout)
        assert told["status"] == numbered.returncode == 0
        assert told["files"] == [
            {"file": "a.md", "state": "done", "outputs": [str(desk.folder / "a (2).pdf")], "why": ""}
        ]
        assert (desk.folder / "a.pdf").read_text() == f"{TEXT}\na.pdf\n"
        elsewhere = desk.convert("a.md", "b.md", *config, "--output", "out", "--on-conflict", "replace")
        assert sorted(elsewhere.stdout.splitlines()) == ["a.md -> out/a.pdf", "b.md -> out/b.pdf"]
        assert desk.convert("a.md", *config, "--on-conflict", "replace").stdout == "a.md -> a.pdf\n"
        assert (desk.folder / "a.pdf").read_bytes().startswith(b"%PDF")
    assert desk.seen() == {"a.md", "a.pdf", "b.md", "a (2).pdf", "out/a.pdf", "out/b.pdf"}


def test_what_was_bought_is_taken_up_after_a_kill_and_one_at_a_time_works_on_it(
    desk: Desk, slow: ScriptedService
) -> None:
    desk.write("a.md", "b.md")
    wanted = ("a.md", "--to", "pdf", "--config", str(desk.config))
    with desk.begin(*wanted) as first:
        wait_for(lambda: slow.bills, "the bill")
        second = desk.convert(*wanted)
        assert second.returncode == 75
        assert second.stderr == "watchconvert: a.md: left for later: another `watchconvert convert` is at it just now\n"
        first.kill()
    assert desk.seen() == {"a.md", "b.md"}
    slow.reply = "result"
    other = desk.convert("b.md", "--to", "pdf", "--config", str(desk.config))
    assert (other.returncode, other.stdout) == (0, "b.md -> b.pdf\n")
    assert f"1 file of earlier commands not finished yet ({desk.folder}/a.md)" in other.stderr
    again = desk.convert(*wanted)
    assert (again.returncode, again.stdout, again.stderr) == (0, "a.md -> a.pdf\n", "")
    assert len(slow.bills) == len(set(slow.bills)) == 2
    assert desk.benches() == []
    assert desk.seen() == {"a.md", "b.md", "a.pdf", "b.pdf"}


def test_killed_in_the_middle_all_come_out_and_each_is_billed_once(desk: Desk) -> None:
    names = [f"file {number}.md" for number in range(12)]
    desk.write(*names)
    with local_server(desk.folder.parent) as url:
        desk.serve(url)
        with desk.begin(*names, "--to", "pdf", "--config", str(desk.config)) as process:
            wait_for(lambda: ask_server(url, "/local/bills"), "the first bill")
            process.kill()
        assert len(desk.benches()) == 1, "killed too late"
        ended = desk.convert("--resume")
        assert ended.returncode == 0, ended.stderr
        bills: list[dict[str, Any]] = ask_server(url, "/local/bills")
    assert len(bills) == len({bill["JobId"] for bill in bills}) == len(names)
    assert desk.seen() == {*names, *(name.replace(".md", ".pdf") for name in names)}
    assert desk.benches() == []


def test_killed_together_with_the_built_in_server_it_converts_anew(desk: Desk) -> None:
    names = [f"file {number}.md" for number in range(12)]
    desk.write(*names)
    with desk.begin(*names, "--to", "pdf", "--local") as process:
        wait_for(lambda: list(desk.state.rglob("incoming")), "its work to begin")
        wait_for(lambda: list(desk.folder.glob("*.pdf")) or list(desk.state.rglob("outbox/0*")), "the first result")
        process.kill()
    assert desk.convert(*names, "--to", "pdf", "--local").returncode == 0
    assert desk.seen() == {*names, *(name.replace(".md", ".pdf") for name in names)}
    assert desk.benches() == []


def test_an_account_that_is_held_is_told_and_leaves_nothing_behind(desk: Desk) -> None:
    desk.write("a.md")
    with scripted_service(secret="another") as service:
        desk.serve(service.url)
        ended = desk.convert("a.md", "--to", "pdf", "--config", str(desk.config))
    assert ended.returncode == 75
    assert ended.stderr.startswith("watchconvert: a.md: left for later: The conversion service does not accept")
    assert desk.seen() == {"a.md"}
    assert desk.benches() == [], "it was sent, and certainly not accepted"


def test_without_an_account_it_says_what_to_do(desk: Desk) -> None:
    desk.write("a.md")
    ended = desk.convert("a.md", "--to", "pdf")
    assert ended.returncode == 78
    assert "there is no secret for the service" in ended.stderr
    assert "Or convert with --local, which needs no account." in ended.stderr


@pytest.mark.parametrize(
    "words",
    [("a.md",), ("--to", "pdf"), ("a.md", "--to", "p/df"), ("a.md", "--to", "pdf", "--param", "x"),
     ("a.md", "--to", "pdf", "--param", "Secret=x"), ("a.md", "--to", "pdf", "--output", "nowhere"),
     ("a.md", "--resume"), ("a.md", "--to", "pdf", "--local", "--config", "x")],
    ids=" ".join,
)  # fmt: skip
def test_what_is_not_understood_is_told(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", *words]) == 2
    assert capsys.readouterr().err.startswith("Usage: watchconvert convert ")


def test_a_terminal_gets_a_bar_and_a_name_never_acts(desk: Desk) -> None:
    hostile = "[red]\x1b[31m[bold].md"
    desk.write(hostile)
    file = str(desk.folder / hostile)
    with Terminal("convert", file, "--to", "pdf", "--local", **desk.environ) as terminal:
        assert terminal.end() == 0
        shown = terminal.shown.decode()
    assert "━" in shown
    assert "\x1b[31m[bold]" not in shown
    assert "[red]\\x1b[31m[bold].pdf" in shown.replace("\r\n", "")
