"""What the service does while files are on their way: deaths, stops, and files of other people."""

from tests.machine.machine import Machine
from tests.machine.proof import assert_converted, make_files, wait_until_some
from tests.machine.service import Service
from tests.machine.site import Site


def test_a_configuration_that_is_wrong_is_told_once_and_not_started_again(site: Site, machine: Machine) -> None:
    """With a wrong configuration the service ends with 78, says why, and systemd does not start it again."""
    site.configure("https://example.invalid", "pdf", pdf={"settle": "soon"})
    done = machine.run("systemctl", "start", "watchconvert", check=False)
    assert done.returncode != 0
    shown = site.shows("NRestarts", "Result", "ExecMainStatus", "ActiveState")
    assert shown == {"NRestarts": "0", "Result": "exit-code", "ExecMainStatus": "78", "ActiveState": "failed"}
    assert "settle" in site.log()


def test_a_daemon_that_is_killed_is_started_again_and_loses_nothing(site: Site, service: Service) -> None:
    """After SIGKILL in the middle of conversions systemd starts the daemon, and every file comes out once, for one bill."""
    site.configure(service.url, "pdf")
    site.install()
    site.start()
    files = make_files(30)
    site.drop("pdf", files)
    wait_until_some(site, "pdf", 1, 29)
    site.machine.run("systemctl", "kill", "--signal=KILL", "--kill-whom=main", "watchconvert")
    assert_converted(site, service, "pdf", files)
    assert int(site.shows("NRestarts")["NRestarts"]) == 1


def test_a_restart_in_between_loses_nothing(site: Site, service: Service) -> None:
    """`systemctl restart` in the middle of conversions costs nothing, and is over in time."""
    site.configure(service.url, "pdf")
    site.install()
    site.start()
    files = make_files(30)
    site.drop("pdf", files)
    wait_until_some(site, "pdf", 1, 29)
    site.machine.run("systemctl", "restart", "watchconvert")
    assert_converted(site, service, "pdf", files)
    assert "timed out" not in site.log()
