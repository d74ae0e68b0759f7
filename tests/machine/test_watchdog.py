"""A part of the daemon that hangs: the watchdog of the service manager sees it."""

import pytest

from tests.machine.proof import assert_converted, make_files, wait_until_some
from tests.machine.service import Service
from tests.machine.site import Site
from tests.machine.tools import wait_for

_STALL = "/run/watchconvert/stall"


def _start(site: Site, service: Service, mode: str) -> None:
    site.configure(service.url, "pdf", service={"mode": mode, "dialect": "current"})
    site.install()
    site.drop_in("short", f"[Service]\nWatchdogSec=4\nEnvironment=WATCHCONVERT_DEBUG_STALL={_STALL}\n")
    site.start()


@pytest.mark.parametrize(("loop", "mode"), [("dispatcher", "semi-async"), ("poller", "async")])
def test_a_loop_that_hangs(site: Site, service: Service, loop: str, mode: str) -> None:
    """A loop that hangs in the middle of conversions is killed by the watchdog, started again, and nothing is lost."""
    _start(site, service, mode)
    first = site.pid
    files, more = make_files(20), make_files(20, "more")
    site.drop("pdf", files)
    wait_until_some(site, "pdf", 1, 20)
    site.machine.write(_STALL, loop)
    site.drop("pdf", more)
    wait_for(lambda: site.pid not in {0, first}, lambda: f"systemd to start it again; the log:\n{site.log()[-3000:]}")
    told = site.log()
    assert "Watchdog timeout" in told
    assert "status=6/ABRT" in told
    assert site.entries("EVENT=stuck")
    assert_converted(site, service, "pdf", files | more)
    assert site.shows("NRestarts") == {"NRestarts": "1"}
