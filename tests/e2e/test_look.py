"""The commands that look, as real programs beside a real daemon: over a pipe, on a terminal, and while things are wrong."""

import csv
import json
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.stage import SECRET, Site, local_server, wait_for
from tests.e2e.terminal import Terminal
from tests.e2e.test_fuse import need_fuse
from watchconvert.faces.cli import commands

HOSTILE = "[red]\x1b[31m[bold].md"
TEXT = "# a title\n\nand a text\n"


def run(site: Site, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "watchconvert", words[0], "--config", str(site.config), *words[1:]]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=os.environ | environ)


def told(site: Site, *words: str) -> Any:
    return json.loads(run(site, *words, "--json").stdout)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site at which one file was converted, one failed, and one waits."""
    folder = tmp_path_factory.mktemp("look")
    with local_server(folder) as url:
        site = Site(folder, url, routes=("pdf",))
        site.config.write_text(site.config.read_text().replace('incomplete_after = "2s"', 'incomplete_after = "1h"'))
        site.start()
        try:
            inbox = site.path("to-pdf", "inbox")
            (inbox / HOSTILE).write_text(TEXT)
            (inbox / "bad.docx").write_text("this is no such file")
            (inbox / "empty.docx").touch()
            site.wait_for_rest(2)
            wait_for(lambda: told(site, "status")["routes"][0]["oldest"], "the empty file to be told")
            yield site
        finally:
            site.stop()


def job_of(site: Site, name: str) -> str:
    return next(job.id for job in site.jobs() if job.name == name.encode())


def test_status_for_people_and_for_programs(site: Site) -> None:
    text = run(site, "status")
    assert text.returncode == 0
    assert text.stdout.startswith("watchconvert is running (process ")
    assert "\\x1b[31m[bold].md" in text.stdout
    assert "\x1b" not in text.stdout
    status = told(site, "status")
    (route,) = status["routes"]
    assert (route["waiting"], route["done_today"], route["failed_today"]) == (1, 1, 1)
    assert (route["oldest"]["file"], status["health"]["ok"]) == ("empty.docx", True)
    assert {"at", "running", "pid", "journal", "health", "routes", "holds", "troubled", "last", "money",
            "double_charges", "account", "budgets"} == status.keys()  # fmt: skip


@pytest.mark.parametrize("environ", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["colour", "NO_COLOR", "dumb"])
def test_a_terminal_gets_colours_and_boxes_where_it_can_show_them(site: Site, environ: dict[str, str]) -> None:
    with Terminal("status", "--config", str(site.config), **environ) as terminal:
        assert terminal.end() == 0
        shown = terminal.shown.decode()
    assert ("\x1b[" in shown, "╭" in shown) == (not environ, not environ)
    assert "\x1b[31m[bold]" not in shown, "a name acted"
    assert "[red]\\x1b[31m[bold].md" in shown, "a name was taken for markup"


def test_watch_on_a_terminal_ends_by_ctrl_c(site: Site) -> None:
    with Terminal("status", "--watch", "--config", str(site.config)) as terminal:
        assert b"watchconvert is running" in terminal.read_until(lambda shown: b"empty.docx" in shown)
        terminal.type(b"\x03")
        assert terminal.end() == 130
        assert b"\x1b[?1049h" in terminal.shown
        assert b"\x1b[?1049l" in terminal.shown, "the terminal was not given back as it was"


def test_watch_over_a_pipe_tells_each_change_once(site: Site) -> None:
    command = [sys.executable, "-m", "watchconvert", "status", "--watch", "--json", "--config", str(site.config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        first = json.loads(process.stdout.readline())
        (site.path("to-pdf", "inbox") / "watched.md").write_text(TEXT)
        lines = iter(process.stdout.readline, "")
        done = next(
            line
            for line in map(json.loads, lines)
            if line["routes"][0]["done_today"] > first["routes"][0]["done_today"]
        )
        assert done["at"] > first["at"]
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130


def test_why_tells_from_a_folder_and_by_name(site: Site) -> None:
    waiting = run(site, "why", str(site.path("to-pdf", "inbox") / "empty.docx"))
    assert waiting.stdout.startswith("empty.docx waits in the inbox: it is empty; ")
    failed = told(site, "why", "bad.docx")
    assert (failed["route"], failed["known"], failed["jobs"][0]["state"]) == ("to-pdf", True, "failed")
    gone = run(site, "why", "nobody-knows.me")
    assert (gone.returncode, gone.stdout.startswith("Nothing is known of ")) == (1, True)


def test_jobs_are_chosen_and_followed(site: Site) -> None:
    assert [job["file"] for job in told(site, "jobs", "--state", "failed", "--since", "1h")] == ["bad.docx"]
    assert told(site, "jobs", "--until", "1h") == []
    assert told(site, "jobs", "--route", "other") == []
    assert told(site, "jobs", "--user", str(os.geteuid())) == told(site, "jobs")
    assert told(site, "jobs", "--user", "unknown") == []
    assert "bad.docx" in run(site, "jobs").stdout
    assert (
        "is not" in run(site, "jobs", "--since", "yesterdayish").stderr
        or run(site, "jobs", "--since", "x").returncode == 2
    )
    followed = run(site, "jobs", "--follow", job_of(site, "bad.docx")[:12])
    assert followed.returncode == 1
    assert [line.split()[1] for line in followed.stdout.splitlines()][:2] == ["noticed", "claimed"]
    good = run(site, "jobs", "--follow", job_of(site, HOSTILE), "--json")
    assert good.returncode == 0
    assert [json.loads(line)["event"] for line in good.stdout.splitlines()][-1] == "retired"
    assert "no jobs begin with" in run(site, "jobs", "--follow", "nothing").stderr


def test_cost_for_people_for_programs_and_for_spreadsheets(site: Site) -> None:
    (row,) = told(site, "cost")
    assert (row["route"], row["month"]) == ("to-pdf", time.strftime("%Y-%m"))
    (line,) = csv.DictReader(run(site, "cost", "--csv").stdout.splitlines())
    assert {key: str(value) for key, value in row.items()} == line
    assert "PERHAPS DOUBLE" in run(site, "cost").stdout
    me = pwd.getpwuid(os.geteuid()).pw_name
    (row,) = told(site, "cost", "--by", "user", "--by", "route")
    assert (list(row)[:2], row["user"], row["route"]) == (["route", "user"], me, "to-pdf")
    assert told(site, "cost", "--user", me) == told(site, "cost")
    assert told(site, "cost", "--user", "4000000123") == []
    wrong = run(site, "cost", "--user", "no-such-person")
    assert (wrong.returncode, "knows no user" in wrong.stderr) == (2, True)
    assert run(site, "cost", "--until", "1d").stdout == "Nothing was sent for conversion in that time.\n"


def test_check_finds_all_in_order_and_leaves_nothing(site: Site) -> None:
    before = sorted(site.folder.rglob("share/**/*"))
    checked = run(site, "check", "--json")
    found = json.loads(checked.stdout)
    assert checked.returncode == 0, found
    said = " ".join(each["said"] for each in found["findings"])
    for piece in ("is in order; routes: to-pdf", "accepts the credentials", "a daemon works with it", "free",
                  "renamed without replacing any (tried)", "read lease, tried", "max_user_watches"):  # fmt: skip
        assert piece in said
    assert found["inboxes"][0]["waiting"] == {"it is empty": 1}
    assert sorted(site.folder.rglob("share/**/*")) == before


def draft_of(site: Site, folder: Path, *changes: tuple[str, str]) -> Site:
    """Return a site whose configuration differs; the daemon's own stays as it is."""
    text = site.config.read_text().replace('"state/journal.db"', f'"{folder}/journal.db"')
    text = text.replace('path = "share/to-pdf"', f'path = "{folder}/share"')
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "secret").write_text(SECRET)
    (folder / "secret").chmod(0o600)
    draft = Site.__new__(Site)
    draft.folder, draft.config, draft.journal = folder, folder / "draft.toml", str(folder / "journal.db")
    draft.config.write_text(text)
    return draft


def test_check_tells_refused_credentials_and_an_absent_service_by_its_status(site: Site, tmp_path: Path) -> None:
    draft = draft_of(site, tmp_path)
    assert run(draft, "check").returncode == 0
    (tmp_path / "secret").write_text("wrong")
    refused = run(draft, "check")
    assert refused.returncode == 77
    assert "does not accept this server's credentials" in refused.stdout
    assert run(draft, "check", "--offline").returncode == 0
    url = site.config.read_text().partition('url = "')[2].partition('"')[0]
    away = draft_of(site, tmp_path, (url, "http://127.0.0.1:9"))
    assert run(away, "check").returncode == 69
    assert "cannot be reached" in run(away, "check").stdout


def test_check_tells_the_line_and_column_of_every_problem(site: Site, tmp_path: Path) -> None:
    draft = draft_of(site, tmp_path, ("workers = 4", "  workers = 0\nworker = 3"), ('to = "pdf"', 'to = "p/f"'))
    lines = draft.config.read_text().splitlines()
    checked = run(draft, "check")
    assert checked.returncode == 78
    for key in ("workers = 0", "worker = 3", "to = "):
        number = next(at for at, line in enumerate(lines, 1) if line.strip().startswith(key))
        column = lines[number - 1].index(key) + 1
        assert f"{draft.config}:{number}:{column}: " in checked.stdout
    status = run(draft, "status")
    assert (status.returncode, f"{draft.config}:" in status.stderr) == (78, True)
    draft.config.write_text("[service\n")
    assert f"{draft.config}:1:9: " in run(draft, "check").stdout


def test_check_tells_what_is_wrong_with_folders(site: Site, tmp_path: Path) -> None:
    draft = draft_of(
        site,
        tmp_path,
        ('min_free = "', "") if "min_free" in site.config.read_text() else ("workers = 4", 'min_free = "9000TB"'),
    )
    share = tmp_path / "share"
    (share / "inbox/.watchconvert").mkdir(parents=True)
    (share / "inbox/.watchconvert").chmod(0o777)
    (share / "outbox").mkdir()
    (share / "error").write_text("a file")
    checked = run(draft, "check", "--offline")
    assert checked.returncode == 78
    for piece in (
        "others may write into .watchconvert",
        "are wanted (min_free)",
        "is no folder",
        "archive is missing; the daemon makes it",
    ):
        assert piece in checked.stdout
    assert checked.stdout.count("-> ") >= 3


def test_when_the_daemon_is_down_that_is_said_first(site: Site, tmp_path: Path) -> None:
    # A copy of the journal that no daemon has.
    source = site.journal
    copied = draft_of(site, tmp_path)
    subprocess.run(
        [sys.executable, "-m", "watchconvert", "backup", "--config", str(site.config), copied.journal],
        check=True,
        capture_output=True,
    )
    assert source != copied.journal
    assert run(copied, "status").stdout.startswith("watchconvert is NOT running: nothing is taken")
    assert told(copied, "status")["running"] is False
    assert "bad.docx" in run(copied, "jobs").stdout
    nothing = draft_of(site, tmp_path, (copied.journal, str(tmp_path / "none.db")))
    assert (run(nothing, "status").returncode, "not there yet" in run(nothing, "status").stderr) == (1, True)


def test_init_writes_what_passes_check_and_never_replaces(tmp_path: Path) -> None:
    config = tmp_path / "new" / "w.toml"
    words = ["init", "--config", str(config)]
    answers = [
        "--yes",
        "--local",
        "--path",
        str(tmp_path / "sh are"),
        "--to",
        "png",
        "--journal",
        str(tmp_path / "j.db"),
    ]
    command = [sys.executable, "-m", "watchconvert"]
    subprocess.run([*command, *words, *answers], check=True, capture_output=True)
    text = config.read_text()
    assert f'path = "{tmp_path}/sh are"' in text
    assert 'name = "to-png"' in text
    assert "# How many files are worked on at the same time" in text
    assert (
        subprocess.run([*command, "check", "--config", str(config)], check=False, capture_output=True).returncode == 0
    )
    again = subprocess.run([*command, *words, *answers], check=False, capture_output=True)
    assert (again.returncode, config.read_text()) == (1, text)
    other = [*command, "init", "--config", str(tmp_path / "o.toml"), "--yes", "--local", "--to", "p/f"]
    assert subprocess.run(other, check=False, capture_output=True).returncode == 78
    assert not (tmp_path / "o.toml").exists()


def test_init_asks_on_a_terminal(tmp_path: Path) -> None:
    config = tmp_path / "w.toml"
    with Terminal("init", "--config", str(config), "--journal", str(tmp_path / "j.db")) as terminal:
        for question, answer in [("cloud", "local"), ("format", ""), ("Folder", str(tmp_path / "share"))]:
            assert question in terminal.read_until(lambda shown, q=question: q.encode() in shown).decode()  # type: ignore[misc]
            terminal.type(answer.encode() + b"\n")
        assert terminal.end() == 0
    assert 'url = "local"' in config.read_text()


HANGING = """
import os, stat, sys, time
from mfusepy import FUSE, Operations
class Hanging(Operations):
    use_ns = True
    def getattr(self, path, fh=None):
        if os.path.exists(sys.argv[2]):
            time.sleep(1000)
        return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
    def readdir(self, path, fh):
        return [".", ".."]
FUSE(Hanging(), sys.argv[1], foreground=True, attr_timeout=0, entry_timeout=0)
"""


def test_a_file_system_that_hangs_is_told_and_stops_no_command(site: Site, tmp_path: Path) -> None:
    """The worst kind: the request is in the hands of a server that never answers, so not even a kill ends who asked."""
    need_fuse()
    point, hang = tmp_path / "mnt", tmp_path / "hang"
    point.mkdir()
    with subprocess.Popen([sys.executable, "-c", HANGING, str(point), str(hang)], stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(point.is_mount, "the mount", 20)
            path = f'path = "{tmp_path}/share"'
            draft = draft_of(site, tmp_path, (path, f'path = "{point}"'))
            near = f'[[route]]\nname = "near"\npath = "{tmp_path}/near"\nto = "pdf"\n'
            draft.config.write_text(draft.config.read_text() + near)
            hang.touch()
            checked = run(draft, "check", "--offline")
            why = run(
                draft_of(site, tmp_path, (path, f'path = "{point}"'), (f"{tmp_path}/journal.db", site.journal)),
                "why",
                str(point / "inbox/a"),
            )
        finally:
            server.kill()
            subprocess.run(["umount", "-l", str(point)], check=False, capture_output=True)
    assert checked.returncode == 78
    assert f"{point}/inbox: its file system does not answer" in checked.stdout
    assert f"{tmp_path}/near/inbox is missing; the daemon makes it" in checked.stdout
    assert "cannot be looked at: its file system does not answer" in why.stdout


@pytest.mark.parametrize("command", [name for name in commands.commands if name != "local"])
def test_each_has_help_with_examples(command: str) -> None:
    words = [sys.executable, "-m", "watchconvert", command, "-h"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert "  Examples:\n    watchconvert " in said
    assert "\\b" not in said


def test_a_reader_that_goes_away_is_no_fault(site: Site) -> None:
    command = f"{sys.executable} -m watchconvert status --config {site.config} | head -1"
    ended = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in ended.stderr
