"""What apt leaves on a machine that never had the packages, and the first start by the documentation."""

from tests.machine.install import Installed
from tests.machine.machine import Machine
from tests.machine.proof import assert_converted, make_files
from tests.machine.service import Service
from tests.machine.site import DROP_INS, SHARE, Site


def test_apt_leaves_a_service_that_waits_for_its_configuration(installed: Installed) -> None:
    """After `apt install` the service is enabled, does not run, and nothing has failed; its user and folders are there."""
    facts = installed.facts
    assert facts["is-enabled"] == "enabled"
    assert facts["is-active"] == "inactive"
    assert facts["failed"] == ""
    assert facts["user"].split(":")[5:] == ["/var/lib/watchconvert", "/usr/sbin/nologin"]
    assert "/etc/watchconvert 755 root root" in facts["folders"]
    assert "/etc/watchconvert/watchconvert.toml 644 root root" in facts["folders"]


def test_the_first_start(site: Site, machine: Machine, service: Service) -> None:
    """Configuration, secret, `watchconvert install`, start: then it is active, ready, says how it is, and converts."""
    site.configure(service.url, "pdf", "jpg")
    told = site.install()
    assert f"{DROP_INS}/routes.conf" in told
    for route in ("pdf", "jpg"):
        for name in ("inbox", "outbox", "error", "archive"):
            assert machine.says("stat", "-c", "%U %G %a", f"{SHARE}/{route}/{name}") == "watchconvert watchconvert 2770"
    site.start()
    shown = site.shows("ActiveState", "SubState", "StatusText", "Result")
    assert shown["ActiveState"], shown["SubState"] == ("active", "running")
    assert "2 routes, 0 waiting, 0 in work" in machine.says("systemctl", "status", "--no-pager", "watchconvert")
    files = make_files(3)
    site.drop("pdf", files)
    assert_converted(site, service, "pdf", files)


def test_without_its_secret_it_says_so(site: Site, machine: Machine, service: Service) -> None:
    """Without the secret it does not start, says what to do, and is not started again and again."""
    site.configure(service.url, "pdf")
    site.install()
    machine.path("/etc/watchconvert/secret").unlink()
    assert machine.run("systemctl", "start", "watchconvert", check=False).returncode != 0
    assert site.shows("ExecMainStatus", "NRestarts") == {"ExecMainStatus": "78", "NRestarts": "0"}
    assert "secret" in site.log()
