"""People who drop files over Samba, and find what came of them; the service knows them by their group alone."""

from collections.abc import Iterator

import pytest

from tests.machine.local_server import LocalServer, local_server
from tests.machine.machine import Machine
from tests.machine.share import Client, sharing
from tests.machine.site import PEOPLE, SHARE, Site
from tests.machine.tools import wait_for

_TEXT = b"a,b\n1,2\n"


@pytest.fixture
def converter(site: Site) -> Iterator[LocalServer]:
    """Run service, share and built-in server with one route to PDF; nobody is root who drops a file."""
    site.configure(LocalServer.url, "pdf")
    site.install()
    with local_server(site.machine) as server, sharing(site.machine):
        site.start()
        yield server


def _stat(machine: Machine, path: str) -> str:
    return machine.says("stat", "-c", "%U %G %a", path)


def test_a_file_dropped_over_smb_comes_back_over_smb(site: Site, converter: LocalServer) -> None:
    """Anna drops a table and fetches a PDF; Bert may have it too. It cost one bill, and a lease told that it was whole."""
    machine = site.machine
    anna, bert = (Client(machine, person) for person in PEOPLE)
    anna.put("table one.csv", _TEXT, "pdf/inbox")
    wait_for(lambda: "table one.pdf" in anna.list("pdf/outbox"), lambda: f"the result; the log:\n{site.log()}")
    assert anna.get("table one.pdf", "pdf/outbox").startswith(b"%PDF-")
    assert bert.get("table one.pdf", "pdf/outbox").startswith(b"%PDF-")
    wait_for(lambda: anna.list("pdf/archive") == ["table one.csv"], "the source to be archived")
    assert anna.get("table one.csv", "pdf/archive") == _TEXT
    assert anna.list("pdf/inbox") == []
    assert _stat(machine, f"{SHARE}/pdf/outbox/table one.pdf") == "watchconvert watchconvert 660"
    assert _stat(machine, f"{SHARE}/pdf/archive/table one.csv") == "anna watchconvert 660"
    bert.give('cd pdf/outbox; rename "table one.pdf" mine.pdf; del mine.pdf')
    assert bert.list("pdf/outbox") == []
    assert [bill["Verdict"] for bill in converter.bills()] == ["done"]
    assert "polled" not in site.log()
    assert "lease" not in site.log()


def test_a_file_that_cannot_be_converted_is_explained_over_smb(site: Site, converter: LocalServer) -> None:
    """What is no document at all comes back unchanged with an explanation, and may be moved into the inbox again."""
    anna = Client(site.machine, PEOPLE[0])
    anna.put("broken.docx", b"no document at all", "pdf/inbox")
    explained = ["broken.docx", "broken.docx.error.json", "broken.docx.error.txt"]
    wait_for(lambda: sorted(anna.list("pdf/error")) == explained, lambda: f"the notes; the log:\n{site.log()}")
    assert anna.get("broken.docx", "pdf/error") == b"no document at all"
    note = anna.get("broken.docx.error.txt", "pdf/error").decode()
    assert "broken.docx" in note
    assert _stat(site.machine, f"{SHARE}/pdf/error/broken.docx.error.txt") == "watchconvert watchconvert 660"
    anna.give("del pdf/error/broken.docx.error.txt; rename pdf/error/broken.docx pdf/inbox/broken.docx")
    wait_for(lambda: "broken.docx.error.txt" in anna.list("pdf/error"), "the second explanation")
    wait_for(lambda: len(site.entries("EVENT=set_aside")) == 2, site.log)
    assert [bill["Verdict"][:6] for bill in converter.bills()] == ["failed", "failed"]


def test_a_file_that_is_still_written_is_waited_for(site: Site, converter: LocalServer) -> None:
    """While a program of another user has a file open, however quietly, the service waits; CAP_LEASE lets it see that."""
    machine = site.machine
    inbox = f"{SHARE}/pdf/inbox"
    writer = f"exec 3>{inbox}/slow.csv; printf 'a,b\\n' >&3; read -r go </tmp/go; printf '1,2\\n' >&3"
    machine.sh("rm -f /tmp/go; mkfifo -m 666 /tmp/go")
    machine.run(
        "systemd-run",
        "--unit=writer",
        f"--uid={PEOPLE[0]}",
        "--property=SupplementaryGroups=watchconvert",
        "--property=UMask=0007",
        "sh",
        "-c",
        writer,
    )
    try:
        (waiting,) = wait_for(lambda: site.status()["routes"][0]["waiting_files"], "the daemon to see the file")
        wait_for(
            lambda: "open" in site.status()["routes"][0]["waiting_files"][0][1], lambda: str(site.status()["routes"][0])
        )
        assert waiting[0] == "slow.csv"
        machine.sh("echo go > /tmp/go")
        wait_for(lambda: "slow.pdf" in site.seen("pdf", "outbox"), site.log, 8)
        site.wait_until_finished("pdf", 1)
        assert site.seen("pdf", "archive")["slow.csv"].read_bytes() == b"a,b\n1,2\n"
        assert len(converter.bills()) == 1
    finally:
        machine.sh("systemctl stop writer; rm -f /tmp/go", check=False)
