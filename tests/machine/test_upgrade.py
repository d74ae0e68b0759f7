"""Other versions of the package while files are on their way: an upgrade, a downgrade, a removal."""

from pathlib import Path

import pytest

from tests.machine.install import Installed, apt, apt_install
from tests.machine.packages import last_commit_before, make_older
from tests.machine.proof import assert_converted, make_files, wait_until_some
from tests.machine.service import Service
from tests.machine.site import CONFIG, STATE, Site
from tests.machine.tools import wait_for

_CAME_WITH_VERSION_2 = "watchconvert/adapters/journal/schema.py"


@pytest.fixture
def older(installed: Installed, tmp_path: Path) -> Path:
    """Return a package whose journal is of the first version."""
    commit = last_commit_before(_CAME_WITH_VERSION_2)
    if not commit:
        pytest.skip("NOT TESTED HERE: the history of this checkout does not go back to the journal's first version")
    return make_older(installed.packages, commit, tmp_path)


def test_an_upgrade_and_back(site: Site, service: Service, installed: Installed, older: Path) -> None:
    """With files on their way the upgrade takes the journal along, after a copy of it; the older daemon refuses it then."""
    machine = site.machine
    apt(machine, "remove", "watchconvert")
    apt_install(machine, [older], "--allow-downgrades")
    site.reset()
    site.configure(service.url, "pdf")
    site.install()
    site.start()
    files = make_files(30)
    site.drop("pdf", files)
    wait_until_some(site, "pdf", 1, 29)
    first = site.pid
    apt_install(machine, installed.packages)
    assert site.pid not in {0, first}, "the upgrade restarts the daemon"
    assert_converted(site, service, "pdf", files)
    copies = [path.name for path in machine.path(STATE).iterdir() if "before" in path.name]
    assert copies, "the journal was copied before it was brought to its new form"
    apt_install(machine, [older], "--allow-downgrades")
    wait_for(lambda: "written by a later watchconvert" in site.log(), lambda: site.log()[-3000:])
    apt_install(machine, installed.packages)
    more = make_files(3, "more")
    site.drop("pdf", more)
    assert_converted(site, service, "pdf", files | more)


def _asks_journal(site: Site, statements: str) -> str:
    """Give statements to the journal with the machine's own SQLite; returns what the last one answers."""
    program = "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\nfor s in sys.argv[2].split(';'): r = c.execute(s).fetchone()\nprint(*r)"
    return site.machine.says("/usr/bin/python3", "-c", program, f"{STATE}/journal.db", statements)


def test_a_journal_of_a_later_version(site: Site, service: Service) -> None:
    """The journal of a later version is refused with what to do, is not touched, and the service is not started again."""
    site.configure(service.url, "pdf")
    site.install()
    site.start()
    site.machine.run("systemctl", "stop", "watchconvert")
    assert _asks_journal(site, "PRAGMA user_version = 99; PRAGMA user_version") == "99"
    assert site.machine.run("systemctl", "start", "watchconvert", check=False).returncode != 0
    assert site.shows("ExecMainStatus", "NRestarts") == {"ExecMainStatus": "78", "NRestarts": "0"}
    assert "later watchconvert" in site.log()
    assert _asks_journal(site, "PRAGMA user_version") == "99"


def test_removed_and_purged(site: Site, service: Service) -> None:
    """To remove the packages keeps configuration and state; to purge them takes these away, and never what a share holds."""
    machine = site.machine
    site.configure(service.url, "pdf")
    site.install()
    site.start()
    files = make_files(40)
    site.drop("pdf", files)
    wait_until_some(site, "pdf", 1, 20)
    told = apt(machine, "remove", "watchconvert")
    assert "were taken and are not converted yet" in told
    kept = sorted(machine.path(f"{STATE}").iterdir())
    assert machine.path(CONFIG).exists()
    assert any(path.name == "journal.db" for path in kept)
    shared = machine.says("find", "/srv/share", "-type", "f").splitlines()
    told = apt(machine, "purge", "watchconvert")
    assert "are whole, and are left where they are" in told
    assert not machine.path(CONFIG).exists()
    assert not machine.path(STATE).exists()
    assert machine.says("find", "/srv/share", "-type", "f").splitlines() == shared
    sources = [machine.path(path).read_bytes() for path in shared if path.endswith(".txt")]
    assert sorted(sources) == sorted(files.values())
