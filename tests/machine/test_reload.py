"""`systemctl reload`: a new configuration is taken without a pause, or refused whole with the reason."""

from tests.machine.proof import assert_converted, make_files, wait_until_some
from tests.machine.service import Service
from tests.machine.site import Site
from tests.machine.tools import wait_for


def _status(site: Site) -> str:
    return site.shows("StatusText")["StatusText"]


def test_a_good_configuration(site: Site, service: Service) -> None:
    """A new route works and a removed one stops; what was on its way comes to its end, in the same process."""
    site.configure(service.url, "old", "kept", "new")
    site.install()
    site.configure(service.url, "old", "kept")
    site.start()
    pid = site.pid
    files, kept, added = make_files(12, "old"), make_files(12, "kept"), make_files(2, "new")
    site.drop("old", files)
    site.drop("kept", kept)
    wait_until_some(site, "old", 1, 11)
    site.configure(service.url, "kept", "new")
    site.machine.run("systemctl", "reload", "watchconvert")
    site.drop("new", added)
    site.drop("old", make_files(1, "late"))
    site.wait_until_finished("new", len(added))
    site.wait_until_finished("kept", len(kept))
    assert list(site.seen("old", "inbox")) == ["late0.txt"]
    site.folder("old", "inbox").joinpath("late0.txt").unlink()
    assert_converted(site, service, "old", files, "kept", kept, "new", added)
    assert site.pid == pid
    assert site.entries("EVENT=reloaded")


def test_a_wrong_configuration(site: Site, service: Service) -> None:
    """A wrong one makes the reload fail and is explained, there and in the status; the former one goes on converting."""
    site.configure(service.url, "pdf")
    site.install()
    site.start()
    site.configure(service.url, "pdf", pdf={"settle": "soon"})
    done = site.machine.run("systemctl", "reload", "watchconvert", check=False)
    assert done.returncode != 0
    assert "settle" in site.log()
    assert site.shows("ActiveState", "NRestarts") == {"ActiveState": "active", "NRestarts": "0"}
    files = make_files(3)
    site.drop("pdf", files)
    site.wait_until_finished("pdf", len(files))
    wait_for(lambda: "the new configuration was refused (1 problem)" in _status(site), lambda: _status(site))
    site.configure(service.url, "pdf")
    site.machine.run("systemctl", "reload", "watchconvert")
    wait_for(lambda: "refused" not in _status(site), lambda: _status(site))
    assert_converted(site, service, "pdf", files)
