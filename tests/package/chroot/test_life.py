"""The packages from installation to purge, in a Debian where no systemd runs: as in a container or an image's build."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.package.building import ROOT, SITE
from tests.package.chroot.roots import QUIET, Root, bare, newer, over, reason_to_skip

pytestmark = [pytest.mark.skipif(bool(reason_to_skip()), reason=reason_to_skip()), pytest.mark.slow]

CONFIG = """
[service]
url = "{url}"

[[route]]
name = "to-pdf"
path = "/srv/share"
to = "pdf"
"""
NOBODY_LISTENS = "http://127.0.0.1:9"
STAGE = "srv/share/inbox/.watchconvert"
PATIENCE = 60.0


def package(name: str) -> Path:
    return next((ROOT / "dist").glob(f"{name}_*.deb"))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Root, str]]:
    """A Debian with the daemon, and what apt said when it was installed."""
    with over(bare(), tmp_path_factory.mktemp("installed")) as root:
        root.file("etc/resolv.conf").write_bytes(Path("/etc/resolv.conf").read_bytes())
        root.apt("update")
        root.apt("install", "libstdc++6", "zlib1g")
        yield root, root.install(package("watchconvert"))


@pytest.fixture
def root(installed: tuple[Root, str], tmp_path: Path) -> Iterator[Root]:
    """A Debian with the daemon, for one test."""
    with over(installed[0], tmp_path) as top:
        yield top


def wait_for(what: Callable[[], object], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert process.poll() is None, f"the daemon ended with {process.returncode}"
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def configure(root: Root, url: str) -> None:
    root.file("etc/watchconvert/watchconvert.toml").write_text(CONFIG.format(url=url))
    root.does("install", "-d", "-o", "watchconvert", "/srv/share", "/var/lib/watchconvert")


def run_until(root: Root, done: Callable[[], object]) -> None:
    """Run the daemon as its user until something has come true, then stop it in order."""
    command = root.command(
        "setpriv", "--reuid=watchconvert", "--regid=watchconvert", "--clear-groups", "watchconvert", "run"
    )
    env = QUIET | {"CONVERTAPI_SECRET": "a-secret"}
    with root.file("tmp/log").open("ab") as log, subprocess.Popen(command, env=env, stdout=log, stderr=log) as process:
        try:
            wait_for(done, process)
        finally:
            for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
                os.kill(int(child), signal.SIGTERM)
            process.wait(PATIENCE)


def drop(root: Root, name: str = "letter.md") -> None:
    root.file("srv/share/inbox").mkdir(exist_ok=True)
    root.file(f"srv/share/inbox/{name}").write_text("# A letter\n")
    for path in ("srv/share/inbox", f"srv/share/inbox/{name}"):
        root.does("chown", "watchconvert:watchconvert", f"/{path}")


def staged(root: Root) -> list[Path]:
    return list(root.file(STAGE).glob("*/*/*"))


def take_one(root: Root) -> None:
    """Leave a file in the stage, taken and not converted, as the service cannot be reached."""
    configure(root, NOBODY_LISTENS)
    drop(root)
    run_until(root, lambda: staged(root))
    assert [path.name for path in staged(root)] == ["letter.md"]


def test_the_first_installation_tells_what_to_do_and_starts_nothing(installed: tuple[Root, str]) -> None:
    root, said = installed
    assert "watchconvert is installed and will start with the system, but is not started yet." in said
    assert "systemctl start watchconvert" in said
    assert root.file("etc/systemd/system/multi-user.target.wants/watchconvert.service").is_symlink()
    assert "watchconvert:x:" in root.file("etc/passwd").read_text()
    assert root.file("etc/watchconvert").stat().st_mode & 0o777 == 0o755
    assert not root.file("var/lib/watchconvert").exists()


def test_the_program_runs_for_anybody_with_byte_code_at_hand(installed: tuple[Root, str]) -> None:
    root, _ = installed
    said = root.does("setpriv", "--reuid=65534", "--clear-groups", "watchconvert", "--help")
    assert "Commands:" in said
    assert list(root.file("usr/lib/watchconvert").rglob("cli.*.pyc"))
    checked = root.try_to("watchconvert", "check", "--offline", CONVERTAPI_SECRET="a-secret")
    assert (checked.returncode, checked.stderr) == (0, ""), checked


def test_the_daemon_speaks_to_systemd_by_its_own_library(installed: tuple[Root, str]) -> None:
    python = "/usr/lib/watchconvert/bin/python3"
    told = installed[0].does(python, "-I", "-c", "import systemd.daemon; print(systemd.__file__)")
    assert told.startswith("/usr/lib/watchconvert/")


def test_man_pages_and_catalog_are_where_they_are_looked_for(root: Root) -> None:
    assert root.does("man", "--where", "watchconvert", "watchconvert.toml").count("/usr/share/man/") == 2
    subject = re.search(r"^Subject: (.*)$", (ROOT / "contrib/systemd/watchconvert.catalog").read_text(), re.MULTILINE)
    assert subject
    assert subject[1].encode() in root.file("var/lib/systemd/catalog/database").read_bytes()


def test_an_upgrade_keeps_configuration_and_journal_and_goes_on_with_what_is_under_way(
    root: Root, tmp_path: Path
) -> None:
    take_one(root)
    before = root.file("etc/watchconvert/watchconvert.toml").read_text()
    said = root.install(newer(package("watchconvert"), tmp_path))
    assert "Next:" not in said
    assert root.file("etc/watchconvert/watchconvert.toml").read_text() == before
    assert "claimed" in root.does("watchconvert", "why", "letter.md")
    (tmp_path / "local").mkdir()
    root.install(newer(package("watchconvert-local"), tmp_path / "local"))
    configure(root, "local")
    output = root.file("srv/share/outbox/letter.pdf")
    run_until(root, output.exists)
    assert output.read_bytes().startswith(b"%PDF-")


def test_a_removal_tells_what_is_under_way_and_keeps_it(root: Root) -> None:
    take_one(root)
    said = root.apt("remove", "watchconvert")
    assert "1 file(s) were taken and are not converted yet" in said
    assert [path.name for path in staged(root)] == ["letter.md"]
    assert root.file("etc/watchconvert/watchconvert.toml").exists()
    assert root.file("var/lib/watchconvert/journal.db").exists()
    assert not root.file("usr/lib/watchconvert").exists(), "byte code was left behind"
    root.install(package("watchconvert"))
    assert "claimed" in root.does("watchconvert", "why", "letter.md")


def test_a_purge_removes_everything_but_what_is_in_a_share(root: Root) -> None:
    take_one(root)
    root.file("etc/watchconvert/secret").write_text("s\n")
    drop_ins = root.file("etc/systemd/system/watchconvert.service.d")
    drop_ins.mkdir()
    for name in ("routes.conf", "notify-reload.conf", "override.conf"):
        (drop_ins / name).touch()
    said = root.apt("purge", "watchconvert")
    (left,) = staged(root)
    assert str(left.relative_to(root.path)) in said
    assert left.read_text() == "# A letter\n"
    for name in ("etc/watchconvert", "var/lib/watchconvert", "usr/lib/watchconvert"):
        assert not root.file(name).exists(), name
    assert not root.file("etc/systemd/system/multi-user.target.wants/watchconvert.service").is_symlink()
    assert [path.name for path in drop_ins.iterdir()] == ["override.conf"], "an administrator's own stays"
    assert "watchconvert:x:" in root.file("etc/passwd").read_text()


def test_a_purge_of_an_unused_package_says_nothing_of_files(root: Root) -> None:
    said = root.apt("purge", "watchconvert")
    assert "not converted" not in said
    assert not list(root.file("etc/systemd/system").glob("watchconvert*"))


def test_a_planted_link_in_the_state_folder_is_not_followed(root: Root) -> None:
    take_one(root)
    victim = root.file("etc/victim")
    victim.write_text("mine\n")
    root.file("var/lib/watchconvert/under-way.txt").symlink_to("/etc/victim")
    root.apt("remove", "watchconvert")
    assert victim.read_text() == "mine\n"


def test_the_built_in_server_converts_on_this_machine(root: Root) -> None:
    assert "watchconvert-local" in root.try_to("watchconvert", "demo").stderr
    root.install(package("watchconvert-local"))
    configure(root, "local")
    drop(root)
    output = root.file("srv/share/outbox/letter.pdf")
    run_until(root, output.exists)
    assert output.read_bytes().startswith(b"%PDF-")
    root.apt("remove", "watchconvert-local")
    assert not root.file("usr/lib/watchconvert-local").exists()
    assert not root.file(f"{SITE}/watchconvert/localapi").exists()
