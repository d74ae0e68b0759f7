"""Transfers from other machines: scp, sftp and FTP, slow, cut off and resumed, as the daemon on the server sees them."""

import ftplib
import importlib.util
import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.arriving import (
    assert_taken,
    free_port,
    jobs_of,
    make_pdf,
    make_site,
    need,
    running,
    standin,
    told,
    wait_for_port,
)
from tests.e2e.stage import Site, wait_for

ROUTE = "transfers"
SFTP_SERVER = Path("/usr/lib/openssh/sftp-server")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with standin() as url:
        keys = 'settle = "1s"\nincomplete_after = "60s"'
        site = make_site(tmp_path_factory.mktemp("transfers"), url, {ROUTE: keys})
        with running(site):
            yield site


@pytest.fixture(scope="module")
def ftp_port(site: Site) -> Iterator[int]:
    """Serve the inbox by FTP to anybody."""
    if importlib.util.find_spec("pyftpdlib") is None:
        pytest.skip("NOT TESTED HERE: pyftpdlib not installed (it is one of the development tools)")
    port, folder = free_port(), site.path(ROUTE, "inbox")
    command = [sys.executable, "-m", "pyftpdlib", "-i", "127.0.0.1", "-p", str(port), "-w", "-d", folder]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        wait_for_port(port)
        yield port
        server.terminate()


def check(site: Site, name: str, content: bytes) -> None:
    assert_taken(site, ROUTE, {name: content})
    assert len(jobs_of(site, name)) == 1, "a part of it was taken before the whole"


def need_sftp() -> None:
    need("scp", "sftp")
    if not SFTP_SERVER.exists():
        pytest.skip(f"NOT TESTED HERE: {SFTP_SERVER} not installed (sh contrib/install-test-tools.sh)")


# sftp, without a network: the client talks to the very server process that sshd would start ─────────────────
def test_scp_with_a_limit(site: Site, tmp_path: Path) -> None:
    need_sftp()
    content = make_pdf(3_000_000)
    (tmp_path / "by-scp.txt").write_bytes(content)
    # 8,000 Kbit/s: three seconds
    command = ["scp", "-q", "-l", "8000", "-D", SFTP_SERVER, tmp_path / "by-scp.txt"]
    subprocess.run([*command, f"nowhere:{site.path(ROUTE, 'inbox')}/"], check=True, timeout=60)
    check(site, "by-scp.txt", content)


def test_sftp_under_a_temporary_name_that_is_renamed(site: Site, tmp_path: Path) -> None:
    need_sftp()
    content = make_pdf(1_000_000)
    (tmp_path / "source").write_bytes(content)
    inbox = site.path(ROUTE, "inbox")
    batch = f"put {tmp_path}/source {inbox}/by-sftp.filepart\nrename {inbox}/by-sftp.filepart {inbox}/by-sftp.txt\n"
    subprocess.run(["sftp", "-q", "-b", "-", "-D", SFTP_SERVER], input=batch.encode(), check=True, timeout=60)
    check(site, "by-sftp.txt", content)


def test_sftp_that_is_cut_off_and_resumed(site: Site, tmp_path: Path) -> None:
    need_sftp()
    content, inbox = make_pdf(4_000_000), site.path(ROUTE, "inbox")
    (tmp_path / "resumed.pdf").write_bytes(content)
    command = ["sftp", "-q", "-b", "-", "-D", SFTP_SERVER]
    with subprocess.Popen([*command, "-l", "8000"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as first:
        assert first.stdin
        first.stdin.write(f"put {tmp_path}/resumed.pdf {inbox}/resumed.pdf\n".encode())
        first.stdin.close()
        target = inbox / "resumed.pdf"
        wait_for(lambda: target.exists() and target.stat().st_size > 500_000, "half of the upload", 20)
        first.kill()
    wait_for(lambda: "cut off" in told(site).get("resumed.pdf", ""), "the daemon to say that it is cut off", 20)
    batch = f"reput {tmp_path}/resumed.pdf {inbox}/resumed.pdf\n"
    subprocess.run(command, input=batch.encode(), check=True, timeout=60)
    check(site, "resumed.pdf", content)


# FTP ────────────────────────────────────────────────────────────────────────
class Slowly(io.BytesIO):
    """A source that thinks about every block."""

    def __init__(self, data: bytes, pause: float) -> None:
        super().__init__(data)
        self._pause = pause

    def read(self, size: int | None = -1, /) -> bytes:
        time.sleep(self._pause)
        return super().read(size)


def connect(port: int) -> ftplib.FTP:
    client = ftplib.FTP(timeout=30)
    client.connect("127.0.0.1", port)
    client.login()
    return client


def test_a_slow_ftp_upload(site: Site, ftp_port: int) -> None:
    content = make_pdf(1_000_000)
    with connect(ftp_port) as client:
        client.storbinary("STOR slow.txt", Slowly(content, 0.3), blocksize=100_000)
    check(site, "slow.txt", content)


def test_an_ftp_upload_that_is_cut_off_and_resumed(site: Site, ftp_port: int) -> None:
    content, inbox = make_pdf(1_000_000), site.path(ROUTE, "inbox")
    client = connect(ftp_port)
    client.voidcmd("TYPE I")
    data = client.transfercmd("STOR resumed-by-ftp.pdf")
    data.sendall(content[:400_000])
    wait_for(lambda: (inbox / "resumed-by-ftp.pdf").stat().st_size == 400_000, "the server to have it", 20)
    data.close()
    client.close()
    wait_for(lambda: "cut off" in told(site).get("resumed-by-ftp.pdf", ""), "the daemon to say that it is cut off", 20)
    start = (inbox / "resumed-by-ftp.pdf").stat().st_size
    with connect(ftp_port) as client:
        client.storbinary("STOR resumed-by-ftp.pdf", io.BytesIO(content[start:]), rest=start)
    check(site, "resumed-by-ftp.pdf", content)


def test_an_ftp_client_that_sets_the_time_afterwards(site: Site, ftp_port: int) -> None:
    content = make_pdf()
    with connect(ftp_port) as client:
        client.storbinary("STOR timed.part", io.BytesIO(content))
        client.rename("timed.part", "timed.txt")
        client.sendcmd("MFMT 20200102030405 timed.txt")
    check(site, "timed.txt", content)


def test_nothing_else_was_taken(site: Site) -> None:
    jobs = site.jobs()
    assert {job.state.value for job in jobs} <= {"done"}
    assert len(jobs) == len({job.name for job in jobs}), "a file was taken twice"
    assert [name for name in os.listdir(site.path(ROUTE, "inbox")) if not name.startswith(".")] == []
    assert site.staged() == []
