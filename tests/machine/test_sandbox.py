"""What the service may do in the machine: the figure of the documentation, and the sandbox as the kernel enforces it."""

import re
from pathlib import Path

from tests.machine.service import Service
from tests.machine.site import SHARE, UNIT, Site

_OPERATING = Path(__file__).parents[2] / "docs/operating.md"
_CAP_LEASE = 1 << 28
_MOST = 1.4
_OPEN = {
    *("/var/lib/watchconvert", "/run/watchconvert"),  # its own
    *("/tmp", "/var/tmp", "/dev/mqueue"),  # made anew for it
    *("/dev/shm", "/dev/hugepages"),  # the machine's, in memory
}
_PROBE = """
find / -maxdepth 5 -type d -not -path '/proc/*' -not -path '/sys/*' 2>/dev/null | while read -r folder; do
    if touch "$folder/probe-of-the-tests" 2>/dev/null; then rm "$folder/probe-of-the-tests"; echo "$folder"; fi
done
"""


def _started(site: Site, service: Service) -> Site:
    site.configure(service.url, "pdf", "jpg")
    site.install()
    site.start()
    return site


def test_the_figure_is_that_of_the_documentation(site: Site, service: Service) -> None:
    """`systemd-analyze security` comes to what docs/operating.md says, and at most 1.4."""
    _started(site, service)
    told = site.machine.says("systemd-analyze", "security", "--no-pager", UNIT)
    found = re.search(rf"exposure level for {UNIT}: ([\d.]+)", told)
    assert found, told
    version = site.machine.says("systemctl", "--version").split()[1]
    assert float(found[1]) <= _MOST
    documented = re.search(rf"rates it ([\d.]+) \(systemd [^)]*\b{version}\b[^)]*\)", _OPERATING.read_text())
    assert documented, f"systemd {version} rates the unit {found[1]}"
    assert documented[1] == found[1]


def test_the_unit_is_in_order(site: Site, service: Service) -> None:
    """`systemd-analyze verify` has nothing to say of the unit and its drop-ins."""
    _started(site, service)
    assert site.machine.says("systemd-analyze", "verify", UNIT) == ""


def test_only_the_folders_of_the_routes_can_be_written_to(site: Site, service: Service) -> None:
    """Even root could write nowhere else from within the sandbox, though the share has other folders beside."""
    site.machine.sh(f"install -d -m 777 /srv/elsewhere {SHARE}/private")
    _started(site, service)
    told = site.machine.says("nsenter", "-t", str(site.pid), "-m", "--", "sh", "-c", _PROBE)
    routes = {folder for folder in told.splitlines() if folder.startswith("/srv/")}
    assert {folder.split("/")[3] for folder in routes} == {"pdf", "jpg"}
    assert f"{SHARE}/pdf/outbox" in routes
    others = {folder for folder in set(told.splitlines()) - routes if not folder.startswith("/var/lib/watchconvert/")}
    assert others == _OPEN
    site.machine.sh(f"touch /srv/elsewhere/as-a-control; rm -r /srv/elsewhere {SHARE}/private")


def test_the_process_has_one_capability_and_no_more(site: Site, service: Service) -> None:
    """It may take leases, can gain no privileges, and its system calls are filtered; all this for each of its threads."""
    pid = _started(site, service).pid
    told = site.machine.sh(f"cat /proc/{pid}/task/*/status")
    for name, value in {"CapEff": _CAP_LEASE, "CapPrm": _CAP_LEASE, "CapBnd": _CAP_LEASE, "CapAmb": _CAP_LEASE}.items():
        assert {int(found, 16) for found in re.findall(rf"^{name}:\s+(\w+)$", told, re.MULTILINE)} == {value}, name
    assert set(re.findall(r"^NoNewPrivs:\s+(\d)$", told, re.MULTILINE)) == {"1"}
    assert set(re.findall(r"^Seccomp:\s+(\d)$", told, re.MULTILINE)) == {"2"}
    assert set(re.findall(r"^Uid:\s+(\d+)", told, re.MULTILINE)) == {site.machine.says("id", "-u", "watchconvert")}
