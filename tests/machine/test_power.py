"""Switching off and on, in good order and by a power cut that takes what is not durable, with files on their way."""

from tests.machine.proof import assert_converted, make_files, wait_until_some
from tests.machine.service import Service
from tests.machine.site import SHARE, Site

_CUTS = (0, 1, 6, 14, 22)
"""How many results are to be there when the power goes."""


def test_switched_off_and_on(site: Site, service: Service) -> None:
    """After `systemctl poweroff` in the middle and a boot, everything goes on by itself; each file costs one bill."""
    site.configure(service.url, "pdf")
    site.install()
    site.start()
    files = make_files(30)
    site.drop("pdf", files)
    wait_until_some(site, "pdf", 1, 29)
    site.machine.poweroff()
    assert "timed out" not in site.machine.console()
    assert len(site.seen("pdf", "outbox")) < len(files), "all was over before the power was off"
    site.machine.boot()
    assert site.machine.says("systemctl", "--failed", "--no-legend") == ""
    assert_converted(site, service, "pdf", files)


def test_power_cuts(site: Site, service: Service) -> None:
    """Whenever the power goes, each file comes out once; a bill more only where the status counts it."""
    machine = site.machine
    site.configure(service.url, "pdf")
    site.install()
    site.start()
    files = make_files(40)
    site.drop("pdf", files)
    # The files themselves were written by a person, whose programs sync or do not; here they did.
    machine.run("sync", "--file-system", SHARE)
    for results in _CUTS:
        wait_until_some(site, "pdf", results, 39)
        machine.cut_power()
        machine.boot("boot after a power cut")
        failed = machine.says("systemctl", "--failed", "--no-legend")
        assert failed == "", f"after the cut at {results} results: {failed}; the log:\n{site.log()[-3000:]}"
    assert_converted(site, service, "pdf", files)


def test_a_boot_brings_the_service_up_after_the_mounts(site: Site, service: Service) -> None:
    """After a reboot the service is there by itself, and no route was offline for a mount that came later."""
    machine = site.machine
    machine.sh(f"install -d -o watchconvert -g watchconvert -m 2770 /mnt/store {SHARE}/disk")
    machine.write("/etc/fstab", f"/mnt/store {SHARE}/disk none bind\n")
    try:
        machine.sh("systemctl daemon-reload; systemctl start local-fs.target")
        site.configure(service.url, "disk")
        site.install()
        site.start()
        site.machine.reboot()
        assert machine.says("systemctl", "is-system-running") == "running"
        assert site.shows("ActiveState", "SubState") == {"ActiveState": "active", "SubState": "running"}
        assert machine.says("findmnt", "-no", "SOURCE", f"{SHARE}/disk").endswith("[/mnt/store]")
        assert "offline" not in site.log()
        files = make_files(2)
        site.drop("disk", files)
        assert_converted(site, service, "disk", files)
    finally:
        machine.sh(f"systemctl stop watchconvert; umount {SHARE}/disk; rm -r /mnt/store", check=False)
        machine.write("/etc/fstab", "")
        machine.run("systemctl", "daemon-reload")
