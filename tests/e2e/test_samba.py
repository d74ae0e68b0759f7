"""A real Samba server with the share that is shipped, its own client, and the daemon beside it with a service's rights.

What Explorer and scanners do, as the daemon sees it; and what the people at the share see, may and may not do.
"""

import contextlib
import grp
import os
import random
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.arriving import (
    assert_taken,
    free_port,
    jobs_of,
    make_pdf,
    make_site,
    need,
    need_root,
    standin,
    told,
    wait_for_port,
)
from tests.e2e.stage import Site, wait_for

PASSWORD = "a-password"
ROUTE = "smb"
SHIPPED = Path(__file__).parents[2] / "contrib/samba/watchconvert.conf"
GROUP, STRANGER = "games", "news"
"""Accounts that every Debian has: a user with a group of the same name stands in for the people and their group."""
GLOBAL = """
[global]
server role = standalone server
netbios name = WCTEST
interfaces = 127.0.0.1/8
bind interfaces only = yes
smb ports = {port}
private dir = {own}/private
state directory = {own}/state
cache directory = {own}/cache
lock directory = {own}/lock
pid directory = {own}/pid
ncalrpc dir = {own}/ncalrpc
log file = {own}/log
passdb backend = tdbsam:{own}/private/passdb.tdb
load printers = no
disable spoolss = yes
include = {own}/watchconvert.conf
include = {own}/kernel.conf
"""
Client = Callable[..., str]


def shipped(path: Path) -> str:
    """Return the share as it is shipped, for a folder and a group of the test's."""
    text = SHIPPED.read_text("utf-8")
    for old, new in (("path = /srv/watchconvert\n", f"path = {path}\n"), ("@watchconvert\n", f"@{GROUP}\n")):
        assert text.count(old) == 1
        text = text.replace(old, new)
    assert text.count("force group = watchconvert\n") == 1
    return text.replace("force group = watchconvert\n", f"force group = {GROUP}\n")


def as_service() -> tuple[str, ...]:
    """Return what starts a program with the rights of the unit: the people's group, and of capabilities CAP_LEASE alone.

    The user stays root, as others cannot run a Python that lies in root's home; without capabilities root is a user
    like any other.
    """
    group = str(grp.getgrnam(GROUP).gr_gid)
    rights = ["setpriv", "--groups", group, "--bounding-set=-all,+lease", "--inh-caps=-all"]
    return (*rights, "sh", "-c", 'umask 0007; exec "$@"', "sh")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Yield a folder that every user may enter."""
    with tempfile.TemporaryDirectory(prefix="watchconvert-samba-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[Site]:
    need("smbd", "smbclient", "smbpasswd", "setpriv")
    need_root()
    with standin() as url:
        keys = 'settle = "1s"\nincomplete_after = "60s"\nrecursive = true\naccept = ["*.pdf", "*.txt"]'
        site = make_site(folder, url, {ROUTE: keys})
        for name in ("inbox", "outbox", "error", "archive"):
            # docs/operating.md, "Samba"
            path = site.path(ROUTE, name)
            path.mkdir(parents=True)
            shutil.chown(path, group=GROUP)
            path.chmod(0o2770)
        site.start(*as_service())
        try:
            yield site
        finally:
            status = site.stop()
        assert status == 0, site.log()[-3000:]


@pytest.fixture(scope="module")
def port(site: Site) -> Iterator[int]:
    """Serve the share with private folders of the server's own; yields where."""
    own = site.folder / "smbd"
    for name in ("private", "state", "cache", "lock", "pid", "ncalrpc"):
        (own / name).mkdir(parents=True)
    port, conf, share = free_port(), own / "smb.conf", shipped(site.folder / "share")
    conf.write_text(GLOBAL.format(port=port, own=own))
    (own / "watchconvert.conf").write_text(share)
    kernel = share.replace("[convert]", "[kernel]").replace("kernel oplocks = no", "kernel oplocks = yes")
    (own / "kernel.conf").write_text(kernel)
    words = f"{PASSWORD}\n{PASSWORD}\n".encode()
    for user in (GROUP, STRANGER):
        subprocess.run(["smbpasswd", "-c", conf, "-s", "-a", user], input=words, capture_output=True, check=True)
    with (own / "output").open("wb") as output:
        command = ["smbd", "-s", conf, "-F", "--no-process-group"]
        # At its end smbd sends SIGTERM to its whole process group, so it gets one of its own.
        server = subprocess.Popen(
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True
        )
    try:
        wait_for_port(port)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def ask(port: int, where: Path, commands: str, share: str = "convert", user: str = GROUP) -> tuple[int, str]:
    """Give commands to smbclient in the route's folder; return its status and what it said."""
    words = ["smbclient", "-p", str(port), "-U", f"{user}%{PASSWORD}", f"//127.0.0.1/{share}", "-D", ROUTE]
    done = subprocess.run([*words, "-c", commands], cwd=where, capture_output=True, timeout=60, check=False)
    return done.returncode, (done.stdout + done.stderr).decode()


@pytest.fixture
def client(port: int, tmp_path: Path) -> Client:
    """Return what gives commands to smbclient, in a folder of its own."""

    def give(commands: str, share: str = "convert") -> str:
        status, said = ask(port, tmp_path, commands, share)
        assert status == 0, said
        assert "NT_STATUS_" not in said, said
        return said

    return give


def check(site: Site, name: str, content: bytes) -> None:
    assert_taken(site, ROUTE, {name: content})
    assert len(jobs_of(site, Path(name).name)) == 1, "a part of it was taken before the whole"


def feed(pipe: Path, pieces: list[bytes], pause: float) -> threading.Thread:
    """Give a program its input in pieces with pauses between them, as a slow source does, as long as it reads."""
    os.mkfifo(pipe)

    def run() -> None:
        with contextlib.suppress(BrokenPipeError), pipe.open("wb", buffering=0) as source:
            for piece in pieces[:-1]:
                source.write(piece)
                time.sleep(pause)
            source.write(pieces[-1])

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.parametrize("share", ["convert", "kernel"])
def test_put(site: Site, client: Client, tmp_path: Path, share: str) -> None:
    content = make_pdf(5_000_000)
    (tmp_path / f"{share}.pdf").write_bytes(content)
    client(f"cd inbox; put {share}.pdf", share)
    check(site, f"{share}.pdf", content)


@pytest.mark.parametrize(("name", "pause"), [("slow.txt", 0.4), ("stalled.txt", 7.0)])
def test_an_upload_with_pauses(site: Site, client: Client, tmp_path: Path, name: str, pause: float) -> None:
    content = make_pdf(6_000_000)
    count = 2 if pause > 1 else 6
    size = len(content) // count
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    source = feed(tmp_path / "source", pieces, pause)
    client(f"cd inbox; put source {name}")
    source.join()
    check(site, name, content)


def test_an_upload_under_a_temporary_name_that_is_renamed(site: Site, client: Client, tmp_path: Path) -> None:
    content = make_pdf()
    (tmp_path / "scan.txt").write_bytes(content)
    client("cd inbox; put scan.txt scan.part")
    client("cd inbox; rename scan.part scan.txt")
    check(site, "scan.txt", content)


def test_a_folder_is_made_and_filled(site: Site, client: Client, tmp_path: Path) -> None:
    content = make_pdf()
    (tmp_path / "page.txt").write_bytes(content)
    client("cd inbox; mkdir floor; mkdir floor/two; cd floor/two; put page.txt")
    check(site, "floor/two/page.txt", content)


def test_two_hundred_files(site: Site, client: Client, tmp_path: Path) -> None:
    dice = random.Random(1)
    files = {f"many{number}.txt": make_pdf(dice.randrange(100, 60_000)) for number in range(200)}
    (tmp_path / "many").mkdir()
    for name, content in files.items():
        (tmp_path / "many" / name).write_bytes(content)
    client("cd inbox; prompt OFF; lcd many; mput *")
    assert_taken(site, ROUTE, files)


def test_a_client_that_is_cut_off_leaves_a_part_that_is_not_taken(site: Site, port: int, tmp_path: Path) -> None:
    content = make_pdf(6_000_000)
    source = feed(tmp_path / "source", [content[:4_000_000], content[4_000_000:]], 3.0)
    where = ["smbclient", "-p", str(port), "-U", f"{GROUP}%{PASSWORD}", "//127.0.0.1/convert", "-D", f"{ROUTE}/inbox"]
    inbox = site.path(ROUTE, "inbox")
    with subprocess.Popen([*where, "-c", "put source cut.pdf"], cwd=tmp_path, stdout=subprocess.DEVNULL) as client:
        wait_for((inbox / "cut.pdf").exists, "the upload to begin", 20)
        client.kill()
    source.join()
    wait_for(lambda: re.search("cut off|empty", told(site).get("cut.pdf", "")), "the daemon to say why it waits", 20)
    (inbox / "cut.pdf").write_bytes(content)
    check(site, "cut.pdf", content)


def test_the_result_is_the_users_to_read_rename_and_remove(site: Site, client: Client, tmp_path: Path) -> None:
    content = make_pdf()
    (tmp_path / "letter.txt").write_bytes(content)
    client("cd inbox; put letter.txt")
    check(site, "letter.txt", content)
    assert "letter.pdf" in client("cd outbox; ls")
    found = (site.path(ROUTE, "outbox") / "letter.pdf").stat()
    assert (found.st_mode & 0o7777, found.st_gid) == (0o660, grp.getgrnam(GROUP).gr_gid)
    client("cd outbox; get letter.pdf; rename letter.pdf mine.pdf; del mine.pdf")
    assert (tmp_path / "letter.pdf").read_bytes() == content
    assert "letter.txt" in client("cd archive; ls")
    client("cd archive; rename letter.txt old.txt; del old.txt; ls")


def test_a_refused_file_is_explained_and_tried_again_by_moving_it_back(
    site: Site, client: Client, tmp_path: Path
) -> None:
    (tmp_path / "tool.exe").write_bytes(b"MZ")
    client("cd inbox; put tool.exe")
    note = site.path(ROUTE, "error") / "tool.exe.error.txt"
    wait_for(note.exists, "the explanation", 20)
    client("cd error; get tool.exe.error.txt")
    assert b"Why:        This folder does not take files of this kind." in (tmp_path / note.name).read_bytes()
    client("del error/tool.exe.error.txt; rename error/tool.exe inbox/tool.exe")
    wait_for(note.exists, "the second explanation", 20)
    # The explanation is there a moment before the journal says so.
    wait_for(
        lambda: [job.state.value for job in jobs_of(site, "tool.exe")] == ["failed", "failed"], "both jobs to rest", 20
    )
    client("cd error; del tool.exe; del tool.exe.error.txt; del tool.exe.error.json")


def test_the_stage_is_neither_seen_nor_reached(site: Site, port: int, client: Client, tmp_path: Path) -> None:
    for folder in ("inbox", "outbox"):
        stage = site.path(ROUTE, folder) / ".watchconvert"
        assert stage.is_dir()
        assert ".watchconvert" not in client(f"cd {folder}; ls; ls .*")
        (tmp_path / "evil").write_bytes(b"evil")
        for attempt in ("cd .watchconvert", "ls .watchconvert/*", "mkdir .watchconvert/evil", "rmdir .watchconvert",
                        "put evil .watchconvert/evil", "rename .watchconvert mine", "put evil .watchconvert"):  # fmt: skip
            _, said = ask(port, tmp_path, f"cd {folder}; {attempt}")
            assert "NT_STATUS_" in said, attempt
        for attempt in (f"rmdir {folder}", f"deltree {folder}", f"rename {folder} mine"):
            _, said = ask(port, tmp_path, attempt)
            assert "NT_STATUS_" in said, attempt
        assert stage.is_dir()
        assert not [path for path in stage.rglob("*") if path.name == "evil"]


def test_a_folder_with_a_stage_is_not_removed_even_where_rights_are_wide(
    site: Site, port: int, client: Client, tmp_path: Path
) -> None:
    wide = site.folder / "share/wide"
    for path in (wide, wide / "inbox", wide / "inbox/.watchconvert", wide / "empty"):
        path.mkdir()
        shutil.chown(path, group=GROUP)
        path.chmod(0o2770)
    (wide / "inbox/.watchconvert/source").touch()
    _, said = ask(port, tmp_path, "cd ../wide; rmdir inbox")
    assert "NT_STATUS_DIRECTORY_NOT_EMPTY" in said
    assert (wide / "inbox/.watchconvert/source").exists()
    client("cd ../wide; rmdir empty")


def test_others_do_not_get_in(port: int, tmp_path: Path) -> None:
    status, said = ask(port, tmp_path, "ls", user=STRANGER)
    assert status != 0
    assert "NT_STATUS_ACCESS_DENIED" in said


def test_samba_finds_nothing_wrong_with_the_share(port: int, site: Site) -> None:
    command = ["testparm", "-s", site.folder / "smbd/smb.conf"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert not re.search("warning|error|unknown|ignoring", done.stderr, re.IGNORECASE), done.stderr
    assert "veto files = /.watchconvert/" in done.stdout
    assert "force group = games" in done.stdout


def test_nothing_else_was_taken(site: Site) -> None:
    jobs = [job for job in site.jobs() if not job.name.endswith(b".exe")]
    assert {job.state.value for job in jobs} == {"done"}
    assert len(jobs) == len({(job.folder, job.name) for job in jobs}), "a file was taken twice"
    assert site.staged() == []
