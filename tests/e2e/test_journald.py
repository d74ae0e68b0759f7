"""The daemon's log in systemd's journal: the real systemd-journald and journalctl, and a journal that hangs.

Each runs in mount and process namespaces of its own, so that the machine's journal is not touched.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib import util
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.arriving import jobs_of, make_pdf, make_site, need, need_root, standin
from tests.e2e.stage import SECRET, Site, wait_for
from watchconvert.core.events import EVENTS

JOURNALD = "/lib/systemd/systemd-journald"
NAMESPACES = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
UNIT = r"""
set -e
mount -t tmpfs none /run
mkdir -p /run/systemd/journal /run/systemd/journald.conf.d
printf '[Journal]\nReadKMsg=no\nStorage=persistent\nRateLimitBurst=0\n' >/run/systemd/journald.conf.d/test.conf
touch /run/systemd/journal/flushed
mount -t tmpfs none /var/log
mkdir /var/log/journal
mount --bind "$1" /var/log/journal
JOURNALD &
while [ ! -S /run/systemd/journal/socket ]; do sleep 0.02; done
exec "$2" -c "$3" "$2" -m watchconvert run --config "$4"
""".replace("JOURNALD", JOURNALD)
"""What the service manager does for a unit, as far as the journal goes."""
CONNECT = """
import os, socket, sys
stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
stream.connect("/run/systemd/journal/stdout")
stream.sendall(b"watchconvert\\nwatchconvert.service\\n6\\n1\\n0\\n0\\n0\\n")
os.dup2(stream.fileno(), 2)
found = os.fstat(2)
os.environ["JOURNAL_STREAM"] = f"{found.st_dev}:{found.st_ino}"
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.fixture(autouse=True)
def needed() -> None:
    need_root()
    need("unshare", "mount")
    if util.find_spec("systemd") is None:
        pytest.skip("NOT TESTED HERE: systemd-python is not installed (libsystemd-dev, then contrib/make-venv.sh)")


@contextlib.contextmanager
def service(site: Site, journal: Path, before: str = "") -> Iterator[None]:
    """Run the daemon of a site with its standard error in a journal of its own; `before` is run in Python before."""
    journal.mkdir()
    command = [*NAMESPACES, "sh", "-c", UNIT, "sh", journal, sys.executable, before + CONNECT, site.config]
    with (site.folder / "outside.log").open("wb") as outside:
        process = subprocess.Popen(command, stdout=outside, stderr=outside)
    try:
        wait_for(lambda: "watchconvert runs" in str(ask(journal)), "the journal to have the start", 30)
        yield
        (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(child), signal.SIGTERM)
        assert process.wait(30) == 0, (site.folder / "outside.log").read_text()
    finally:
        process.kill()
        process.wait()


def ask(journal: Path, *matches: str) -> list[dict[str, Any]]:
    """Ask journalctl."""
    command = ["journalctl", "-q", "-o", "json", "--directory", journal, *matches]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    need("journalctl", JOURNALD)
    with standin() as url:
        yield make_site(tmp_path, url, {"to-pdf": 'settle = "300ms"\naccept = ["*.pdf"]'})


def drop_two(site: Site) -> None:
    """Have one file converted and one refused, whose name would forge a line."""
    (site.path("to-pdf", "inbox") / "good.pdf").write_bytes(make_pdf())
    (site.path("to-pdf", "inbox") / "bad\n<0>x.exe").write_bytes(b"MZ")
    site.wait_for_rest(2)


def test_administrators_find_each_event_by_its_fields(site: Site, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with service(site, journal):
        drop_two(site)
    (good,) = jobs_of(site, "good.pdf")
    way = ask(journal, f"JOB={good.id[:8]}")
    assert [each["EVENT"] for each in way] == [
        "noticed", "claimed", "uploaded", "minted", "converted", "fetched", "published", "retired",
    ]  # fmt: skip
    assert {(each["ROUTE"], each["FILE"], each["PRIORITY"], each["_TRANSPORT"]) for each in way} == {
        ("to-pdf", "good.pdf", "6", "journal")
    }
    (failed,) = ask(journal, f"MESSAGE_ID={EVENTS['set_aside'].message_id}")
    assert (failed["FILE"], failed["PRIORITY"]) == ("bad\\x0a<0>x.exe", "4")
    assert failed["MESSAGE"].startswith(f"{EVENTS['set_aside'].sentence}: bad\\x0a<0>x.exe (route to-pdf)")
    (rejected,) = ask(journal, "EVENT=rejected")
    assert "does not take files of this kind" in rejected["WHY"]
    everything = ask(journal, "SYSLOG_IDENTIFIER=watchconvert")
    assert [each["EVENT"] for each in everything if "EVENT" in each].count("stopped") == 1
    assert all("EVENT" in each for each in everything), "nothing was printed beside the events"
    assert not [each for each in everything if SECRET in str(each) or good.id in str(each)]


def test_without_the_library_each_event_is_a_line_with_its_priority(site: Site, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    nobody = tmp_path / "without" / "systemd"
    nobody.mkdir(parents=True)
    (nobody / "__init__.py").write_text("raise ImportError\n")
    hidden = f"import os; os.environ['PYTHONPATH'] = {str(nobody.parent)!r}\n"
    with service(site, journal, hidden):
        drop_two(site)
    told = [(each["PRIORITY"], each["MESSAGE"]) for each in ask(journal, "_TRANSPORT=stdout")]
    assert ("6", "stopped: watchconvert has stopped") in told
    (failed,) = [each for each in told if each[1].startswith("set_aside: ")]
    assert failed[0] == "4"
    assert "bad\\x0a<0>x.exe (route to-pdf)" in failed[1]
    assert {text.partition(":")[0] for _, text in told} <= EVENTS.keys()


DRIVER = """
import os, socket, sys, threading, time
os.makedirs("/run/systemd/journal")
def listen():
    journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    journal.bind("/run/systemd/journal/socket")
    journal.setblocking(False)
    return journal
def heard(journal):
    found = []
    try:
        while True:
            found.append(journal.recv(1 << 20).decode())
    except BlockingIOError:
        return found
journal = listen()
stream, other = socket.socketpair()
os.dup2(stream.fileno(), 2)
os.environ["JOURNAL_STREAM"] = f"{os.fstat(2).st_dev}:{os.fstat(2).st_ino}"
from watchconvert.adapters.journald import Journald
from watchconvert.faces.log import make_log
log = make_log()
"""
HANGS = """
log.info("started")
assert len(heard(journal)) == 1
if sys.argv[1] == "unseen":
    Journald._has_room = lambda self: True  # as if others filled the queue right after the look
begun = time.monotonic()
threads = [threading.Thread(target=lambda: [log.info("noticed", n=n) for n in range(500)]) for _ in range(4)]
for each in threads: each.start()
for each in threads: each.join()
assert time.monotonic() - begun < 20
found = heard(journal)
assert 0 < len(found) < 600, len(found)
while not any("EVENT=log_lost" in each for each in found):
    log.info("noticed", n="more")
    found += heard(journal)
log.info("stopped")
found += heard(journal)
assert any("EVENT=stopped" in each for each in found)
(lost,) = [each for each in found if "EVENT=log_lost" in each]
assert f"MESSAGE_ID={sys.argv[2]}" in lost
(count,) = [int(line[6:]) for line in lost.splitlines() if line.startswith("COUNT=")]
assert count > 900
assert sum("EVENT=noticed" in each and "N=more" not in each for each in found) == 2000 - count
"""
COMES_AND_GOES = """
from watchconvert.adapters import journald
journald._make_impatient = lambda: None  # the look alone must do
log.info("started")
assert len(heard(journal)) == 1
journal.close()
log.info("noticed", file="refused")
os.unlink("/run/systemd/journal/socket")
log.info("noticed", file="gone")
assert other.recv(1000) == b"<6>noticed: Seen in the inbox: refused\\n<6>noticed: Seen in the inbox: gone\\n"
journal = listen()
log.info("stopped")
(told,) = heard(journal)
assert "EVENT=stopped\\n" in told and "PRIORITY=6\\n" in told and "SYSLOG_IDENTIFIER=watchconvert\\n" in told
for n in range(500):
    log.info("noticed", n=n)  # the new one hangs
assert 0 < len(heard(journal)) < 500
"""


@pytest.mark.parametrize(("text", "word"), [(HANGS, "seen"), (HANGS, "unseen"), (COMES_AND_GOES, "")])
def test_a_journal_that_hangs_or_goes_stops_nobody(text: str, word: str, tmp_path: Path) -> None:
    command = [*NAMESPACES, "sh", "-c", 'mount -t tmpfs none /run && exec "$@"', "sh", sys.executable, "-c"]
    message_id = EVENTS["log_lost"].message_id
    failed = tmp_path / "failed"
    with failed.open("wb") as told:
        # Standard error is the stream under test, so what goes wrong is told on standard output.
        guarded = "import sys, traceback\ntry:\n" + "".join(f"    {line}\n" for line in (DRIVER + text).splitlines())
        guarded += "except BaseException:\n    traceback.print_exc(file=sys.stdout)\n    raise SystemExit(1)\n"
        done = subprocess.run([*command, guarded, word, message_id], stdout=told, check=False, timeout=60)
    assert done.returncode == 0, failed.read_text()
