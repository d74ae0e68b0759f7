"""`pause`, `resume`, `retry` and `cancel` as real programs, while the daemon runs, while it is down, and while it dies."""

import contextlib
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.stage import Site, local_server, wait_for
from tests.e2e.terminal import Terminal
from tests.e2e.test_fuse import PASSTHROUGH, need_fuse
from tests.e2e.test_look import run, told
from watchconvert.adapters.journal.report import read_status
from watchconvert.core.states import State
from watchconvert.faces.live import HELD

BAD = b"whatever"
"""Of a kind that nobody converts: it comes to rest at once when it is taken."""


def drop(site: Site, name: str, data: bytes = BAD, route: str = "to-pdf") -> None:
    inbox = site.path(route, "inbox")
    (inbox / f".{name}").write_bytes(data)
    (inbox / f".{name}").rename(inbox / name)


def states(site: Site) -> list[tuple[str, str]]:
    return sorted((job.name.decode(), job.state.value) for job in site.jobs())


def wait_until_held(site: Site, *names: str) -> None:
    """Wait until the daemon has seen files, and leaves them where they are."""

    def seen() -> bool:
        files = {
            file for lane in read_status(site.journal).get("lanes", []) for file, why, _ in lane["files"] if why == HELD
        }
        return files >= set(names)

    wait_for(seen, f"{names} to be seen")


@contextlib.contextmanager
def running(folder: Path, *targets: str) -> Iterator[Site]:
    with local_server(folder) as url:
        site = Site(folder, url, routes=targets or ("pdf",))
        site.start()
        try:
            yield site
        finally:
            if site.process is not None and site.process.poll() is None:
                site.process.send_signal(signal.SIGCONT)
                assert site.stop() == 0


def test_a_pause_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    with running(tmp_path, "pdf", "html") as site:
        assert run(site, "pause", "--route", "nowhere").returncode == 1
        assert run(site, "pause", "--for", "soon").returncode == 2
        paused = run(site, "pause", "--route", "to-pdf", "--reason", "moving\nthe disks", SUDO_USER="anna")
        assert paused.returncode == 0
        assert paused.stdout.startswith(
            "anna has paused route to-pdf: moving\\x0athe disks."
            ' It goes on after "watchconvert resume --route to-pdf".\nNothing new is taken'
        )
        drop(site, "waits.xyz")
        drop(site, "goes.xyz", route="to-html")
        site.wait_for_rest(1)
        wait_until_held(site, "waits.xyz")
        assert states(site) == [("goes.xyz", "failed")]
        status = told(site, "status")
        assert [(route["waiting"], route["held"], route["settling"]) for route in status["routes"]] == [
            (1, 1, 0), (0, 0, 0),
        ]  # fmt: skip
        (hold,) = status["holds"]
        assert (hold["scope"], hold["name"], hold["probe_at"]) == ("pause", "to-pdf", 0)
        assert status["health"]["problems"] == [hold["reason"]]
        assert re.search(r"pause to-pdf since \d\d:\d\d:\d\d: anna has paused route to-pdf", run(site, "status").stdout)
        assert "anna has paused route" in run(site, "why", str(site.path("to-pdf", "inbox") / "waits.xyz")).stdout
        assert '"event": "held"' in site.log()
        site.kill()
        site.start()
        wait_until_held(site, "waits.xyz")
        resumed = run(site, "resume")
        assert (resumed.returncode, resumed.stdout) == (0, "The pause of route to-pdf is over.\n")
        site.wait_for_rest(2)
        assert states(site) == [("goes.xyz", "failed"), ("waits.xyz", "failed")]
        again = run(site, "resume")
        assert (again.returncode, again.stdout) == (0, "No person has paused that.\n")


def test_a_pause_that_was_left_while_the_daemon_was_down_holds_before_anything_is_taken(tmp_path: Path) -> None:
    site = Site(tmp_path, "http://127.0.0.1:9")
    early = run(site, "pause")
    assert early.returncode == 1
    assert "the daemon makes it when it first runs" in early.stderr
    with running(tmp_path) as site:
        site.stop()
        drop(site, "letter.xyz")
        left = run(site, "pause", "--for", "1h", SUDO_USER="anna")
        assert left.returncode == 0
        (wish,) = Path(site.journal + ".wishes").iterdir()
        assert (json.loads(wish.read_text())["by"], wish.stat().st_mode & 0o777) == ("anna", 0o600)
        assert "The daemon does not run. It will be done as soon as the daemon runs" in left.stdout
        assert "it first does what was asked for meanwhile: pause.\n" in run(site, "status").stdout
        site.start()
        wait_until_held(site, "letter.xyz")
        assert site.jobs() == []
        assert site.staged() == []
        log = site.log()
        assert log.rindex('"event": "held"') < log.rindex('"event": "started"'), "it was granted when work had begun"
        site.stop()
        assert run(site, "resume").returncode == 0
        site.start()
        site.wait_for_rest(1)
        assert states(site) == [("letter.xyz", "failed")]


def test_a_pause_ends_by_itself_by_the_real_clock(tmp_path: Path) -> None:
    with running(tmp_path) as site:
        assert run(site, "pause", "--for", "4s").returncode == 0
        (hold,) = told(site, "status")["holds"]
        drop(site, "letter.xyz")
        (job,) = site.wait_for_rest(1)
        assert job.noticed_at >= hold["probe_at"] > hold["since"]
        assert told(site, "status")["holds"] == []
        assert "its time is over" in site.log()


def test_a_hold_that_is_no_persons_is_not_ended_and_it_is_said_what_ends_it(tmp_path: Path) -> None:
    site = Site(tmp_path, "http://127.0.0.1:9")
    site.start()
    for number in range(4):
        drop(site, f"{number}.csv")
    wait_for(lambda: told(site, "status")["holds"], "the service to be held")
    said = run(site, "resume")
    assert said.returncode == 0
    assert "No person has paused that." in said.stdout
    assert "resume does not end it" in said.stdout
    assert "goes on by itself once the service answers" in said.stdout
    wait_for(lambda: any(job.state is State.CLAIMED for job in site.jobs()), "a file in the stage")
    dry = run(site, "cancel", "--all", "--dry-run")
    assert dry.returncode == 0
    count = int(dry.stdout.split()[0])
    assert run(site, "pause").returncode == 0
    cancelled = run(site, "cancel", "--route", "to-pdf", "--yes")
    assert cancelled.returncode == 0, cancelled.stderr
    assert f"{count} file{'s' if count > 1 else ''} cancelled" in cancelled.stdout
    wait_for(lambda: [job.state for job in site.jobs()].count(State.FAILED) == count, "them to be set aside")
    nothing = run(site, "cancel", "--all")
    assert (nothing.returncode, nothing.stderr) == (1, "watchconvert: there are no such jobs; nothing was changed\n")
    assert site.stop() == 0


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site at which 22 files of a kind that nobody converts have failed, and one that looks cut off."""
    with running(tmp_path_factory.mktemp("failed")) as site:
        for number in range(22):
            drop(site, f"{number}.xyz")
        drop(site, "cut.pdf", b"%PDF-1.4 and no end")
        site.wait_for_rest(23)
        yield site


def test_causes_are_counted_and_can_be_typed(failed: Site) -> None:
    listed = run(failed, "jobs", "--causes")
    assert listed.stdout.splitlines()[1].split(maxsplit=1)[0] == "22"
    command = listed.stdout.splitlines()[-1]
    assert (
        command.partition(": ")[2]
        == "watchconvert retry --cause 'The conversion service cannot convert .xyz files to pdf.'"
    )
    causes = told(failed, "jobs", "--causes")
    assert [each["files"] for each in causes] == [22, 1]
    for cause in (causes[0]["cause"], "CONVERT .XYZ"):
        chosen = run(failed, "retry", "--cause", cause, "--dry-run")
        assert chosen.stdout.startswith("22 files to be moved from the error folder back into the inbox:\n")
        assert "  and 12 more\n" in chosen.stdout
        assert chosen.stdout.splitlines()[-1].startswith("22 of these were sent for conversion before")
    assert told(failed, "jobs", "--causes", "--since", "2999-01-01") == []


def test_what_is_given_together_narrows_the_choice(failed: Site) -> None:
    cut = next(job.id for job in failed.jobs() if job.name == b"cut.pdf")
    for words, count in (
        (("--route", "to-pdf", "--cause", "cut off"), 1),
        (("--all",), 23),
        (("--since", "1h"), 23),
        ((cut[:8],), 1),
        ((cut[:8], cut[:10]), 1),
    ):
        assert run(failed, "retry", *words, "--dry-run").stdout.split()[0] == str(count), words
    for words in (("--since", "2999-01-01"), ("--route", "other"), (cut[:8], "--cause", "xyz"), ("nobody",)):
        assert run(failed, "retry", *words).returncode == 1, words
    for words in ((), ("--since", "whenever"), ("--all", "--wait", "long")):
        assert run(failed, "retry", *words).returncode == 2, words


def test_the_beginning_of_several_ids_is_refused_with_the_list(failed: Site) -> None:
    ids = [job.id for job in failed.jobs()]
    start = next(digit for digit in "0123456789abcdef" if sum(each.startswith(digit) for each in ids) > 1)
    several = run(failed, "retry", start)
    assert several.returncode == 1
    assert f"jobs begin with '{start}':" in several.stderr
    assert all(f"  {each[:12]}  " in several.stderr for each in ids if each.startswith(start))


def test_a_person_is_asked_above_twenty_and_a_script_is_not(failed: Site) -> None:
    with Terminal("retry", "--all", "--config", str(failed.config)) as terminal:
        assert b"All 23? [y/N]" in terminal.read_until(lambda shown: b"[y/N]" in shown)
        terminal.type(b"n\n")
        assert terminal.end() == 1
        assert b"nothing was changed" in terminal.shown
    assert len(failed.jobs()) == 23
    done = run(failed, "retry", "--cause", "xyz")
    assert done.returncode == 0, done.stderr
    assert "22 files moved back into the inbox, where they are new files.\n" in done.stdout
    failed.wait_for_rest(45)
    gone = failed.path("to-pdf", "error") / "cut.pdf"
    gone.unlink()
    refused = run(failed, "retry", "--all", "--yes")
    assert refused.returncode == 1
    assert "22 files moved back" in refused.stdout
    assert "1 job refused (" in refused.stderr
    assert "does not lie in the error folder any more" in refused.stderr
    failed.wait_for_rest(67)


def test_a_wish_outlives_a_kill_and_is_granted_once(tmp_path: Path) -> None:
    with running(tmp_path) as site:
        drop(site, "bad.xyz")
        (job,) = site.wait_for_rest(1)
        assert site.process is not None
        site.process.send_signal(signal.SIGSTOP)
        late = run(site, "retry", job.id[:8], "--wait", "300ms")
        assert late.returncode == 0
        assert "the daemon goes on with the others" in late.stdout
        site.kill()
        site.start()
        site.wait_for_rest(2)
        wait_for(lambda: not list(Path(site.journal + ".wishes").iterdir()), "the wish to be removed")
        site.kill()
        site.start()
        site.stop()
        assert states(site) == [("bad.xyz", "failed")] * 2
        assert site.log().count('"event": "retried"') == 1


def test_retries_and_cancels_that_were_left_are_granted_at_the_start(tmp_path: Path) -> None:
    with running(tmp_path) as site:
        drop(site, "bad.xyz")
        (job,) = site.wait_for_rest(1)
        site.stop()
        left = run(site, "retry", "--all")
        assert left.returncode == 0
        assert left.stdout.endswith("The daemon does not run. It will be done as soon as it does.\n")
        site.start()
        site.wait_for_rest(2)
        assert {each.state for each in site.jobs()} == {State.FAILED}
        explicit = run(site, "retry", job.id)
        assert explicit.returncode == 1
        assert "it has been tried again already" in explicit.stderr


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that others may look into, unlike those of the tests."""
    with tempfile.TemporaryDirectory() as top:
        Path(top).chmod(0o755)
        yield Path(top)


AS_NOBODY = """
import os, sys
import encodings.ascii, encodings.latin_1, encodings.idna, importlib.util, rich.console
from watchconvert.adapters.notify import command
from watchconvert.faces import ask, backup, check, check_service, cli, cost, jobs, notifiers, pause, status_sheet, why, wish
os.setgroups([])
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
sys.exit(cli.main(sys.argv[1:]))
"""
"""The program itself may lie where nobody but root can read it, so it is read before."""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_who_may_not_ask_is_told_who_may(open_folder: Path) -> None:
    """The journal belongs to another user than the one who asks, neither of them root."""
    with running(open_folder) as site:
        pass
    state = Path(site.journal).parent
    for path in (state, *state.rglob("*")):
        os.chown(path, 1, 1)
    for verb in (("pause",), ("resume",), ("retry", "--all"), ("cancel", "--all")):
        line = [sys.executable, "-c", AS_NOBODY, *verb, "--config", str(site.config)]
        done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 1, done.stderr
        assert "only root and daemon, the user that the service runs as, may ask this of the daemon" in done.stderr
        assert "you are nobody; nothing was changed. Put sudo in front of it" in done.stderr
        assert done.stdout == ""
    assert not list(state.glob("*.wishes/*"))
    assert run(site, "pause").returncode == 0, "as root"
    assert {path.stat().st_uid for path in state.glob("*.wishes/*")} == {1}


def test_who_may_not_look_is_told_so(open_folder: Path) -> None:
    """As with the package: the journal's folder is open to the daemon's user and to root alone."""
    with running(open_folder) as site:
        pass
    Path(site.journal).parent.chmod(0o700)
    os.chown(Path(site.journal).parent, 1, 1)
    for verb in (("status",), ("status", "--json"), ("check",), ("why", "x"), ("jobs",), ("cost",), ("backup", "b.db")):
        line = [sys.executable, "-c", AS_NOBODY, *verb, "--config", str(site.config)]
        done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=60, cwd=open_folder)
        assert done.returncode in (1, 78), done
        assert "you may not look at " in done.stdout + done.stderr, verb
        assert "sudo watchconvert" in done.stdout + done.stderr, verb
        assert "Traceback" not in done.stderr, done.stderr


def test_a_share_that_hangs_while_files_are_sent_back_keeps_nothing_else(tmp_path: Path) -> None:
    need_fuse()
    if importlib.util.find_spec("mfusepy") is None:
        pytest.skip("NOT TESTED HERE: mfusepy not installed (it is one of the development tools)")
    with local_server(tmp_path) as url:
        site = Site(tmp_path, url, routes=("pdf", "html"))
        point, behind = site.path("to-pdf", "error"), tmp_path / "behind"
        for folder in (point, behind):
            folder.mkdir(parents=True)
        share = subprocess.Popen([sys.executable, str(PASSTHROUGH), str(behind), str(point)], stdin=subprocess.DEVNULL)
        try:
            wait_for(point.is_mount, "the error folder to be mounted", 20)
            site.start()
            for route in ("to-pdf", "to-html"):
                drop(site, "bad.xyz", route=route)
            site.wait_for_rest(2)
            share.send_signal(signal.SIGSTOP)
            asked = run(site, "retry", "--all", "--wait", "6s")
            assert "1 of 2 files moved back" in asked.stdout, asked.stdout + asked.stderr
            site.wait_for_rest(3)
            assert run(site, "pause", "--wait", "6s").stdout.splitlines()[1].startswith("Nothing new is taken")
            assert read_status(site.journal)["stuck"] == []
            share.send_signal(signal.SIGCONT)
            wait_for(lambda: not list(Path(site.journal + ".wishes").iterdir()), "the wish to be over")
            assert '"event": "retry_refused"' in site.log(), "nothing goes from one file system to another"
            assert site.stop() == 0
        finally:
            share.send_signal(signal.SIGCONT)
            subprocess.run(["umount", "-l", point], check=False, capture_output=True)
            share.wait(20)
