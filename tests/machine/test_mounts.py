"""Shares on disks that are unmounted and mounted while the service runs: the machine's mounts come through to the sandbox."""

import pytest

from tests.machine.proof import assert_converted, make_files
from tests.machine.service import Service
from tests.machine.site import SHARE, Site
from tests.machine.tools import wait_for

_DISK = "/mnt/disk"
"""Where the file system itself is; its place in the share is a bind mount, which goes without losing what is on it."""


def _offline(site: Site) -> str:
    """Return why the route is offline, empty if it is not, as the status tells."""
    (why,) = [route["offline"] for route in site.status()["routes"] if route["name"] == "disk"]
    return str(why)


@pytest.mark.parametrize("below", ["", "/inbox"], ids=["whole", "inbox"])
def test_a_disk_of_a_share_goes_and_comes(site: Site, service: Service, below: str) -> None:
    """Without its disk a route is offline and says so, the other goes on; with the disk it goes on without a restart."""
    machine, place = site.machine, f"{SHARE}/disk{below}"
    site.configure(service.url, "disk", "other")
    machine.sh(
        f"install -d -o watchconvert -g watchconvert -m 2770 {place} && mkdir -p {_DISK} && mount -t tmpfs tmpfs {_DISK} && "
        f"chown watchconvert:watchconvert {_DISK} && chmod 2770 {_DISK} && mount --bind {_DISK} {place}"
    )
    try:
        site.install()
        site.start()
        files = make_files(2, "before")
        site.drop("disk", files)
        site.wait_until_finished("disk", len(files))
        machine.sh(f"umount {place}")
        wait_for(lambda: _offline(site), lambda: f"the route to be offline; the log:\n{site.log()}")
        others = make_files(2, "meanwhile")
        site.drop("other", others)
        site.wait_until_finished("other", len(others))
        machine.run("systemctl", "restart", "watchconvert")
        machine.sh(f"mount --bind {_DISK} {place}")
        wait_for(lambda: not _offline(site), lambda: f"the route to come back; the log:\n{site.log()}")
        after = make_files(2, "after")
        site.drop("disk", after)
        assert_converted(site, service, "disk", files | after, "other", others)
    finally:
        machine.sh(f"systemctl stop watchconvert; umount {place}; umount {_DISK}", check=False)
