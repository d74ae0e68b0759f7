"""The page within the service's sandbox, with the libraries of the package alone; and what `check` sees at a terminal."""

import json

from tests.machine.machine import Machine
from tests.machine.proof import assert_converted, make_files
from tests.machine.service import Service
from tests.machine.site import CONFIG, Site
from tests.machine.tools import wait_for

_TOKEN = "a-token-of-the-machine-tests"
_FETCH = """
import http.client, socket, sys
connection = http.client.HTTPConnection("localhost")
connection.sock = socket.socket(socket.AF_UNIX)
connection.sock.connect("/run/watchconvert/web.sock")
connection.request("GET", sys.argv[1], headers={"Authorization": "Bearer " + sys.argv[2]})
answer = connection.getresponse()
print(answer.status)
print(answer.read().decode())
"""


def _with_page(site: Site, service: Service) -> None:
    site.configure(service.url, "pdf")
    page = '[web]\nlisten = "unix:/run/watchconvert/web.sock"\ntoken_file = "/etc/watchconvert/web-token"\n'
    site.machine.write(CONFIG, site.machine.path(CONFIG).read_text() + page)
    site.machine.write("/etc/watchconvert/web-token", _TOKEN + "\n", 0o600)
    site.machine.run("chown", "watchconvert", "/etc/watchconvert/web-token")
    site.install()
    site.start()


def _fetch(site: Site, path: str) -> tuple[int, str]:
    said = site.machine.says("/usr/bin/python3", "-c", _FETCH, path, _TOKEN)
    status, _, body = said.partition("\n")
    return int(status), body


def test_the_page_is_shown_within_the_sandbox(site: Site, service: Service) -> None:
    """The page, its health and its figures come from a child of the service at a socket of its own, and files are converted."""
    _with_page(site, service)
    wait_for(lambda: site.entries("EVENT=web"), lambda: site.log()[-3000:])
    files = make_files(2)
    site.drop("pdf", files)
    assert_converted(site, service, "pdf", files)
    assert _fetch(site, "/healthz")[0] == 200
    assert 'watchconvert_files_ended_total{end="done",route="pdf"} 2.0' in _fetch(site, "/metrics")[1]
    shown = _fetch(site, "/")
    assert (shown[0], [name for name in files if name in shown[1]]) == (200, list(files))


def test_check_sees_the_secret_and_the_capability_of_the_unit(site: Site, service: Service, machine: Machine) -> None:
    """At root's terminal `check` finds the secret that the unit hands over, and tells a unit without CAP_LEASE."""
    site.configure(service.url, "pdf")
    site.install()

    def found() -> dict[str, list[tuple[str, str]]]:
        told = json.loads(machine.run("watchconvert", "check", "--json", check=False).stdout)
        lines: dict[str, list[tuple[str, str]]] = {}
        for each in told["findings"]:
            lines.setdefault(each["about"], []).append((each["level"], each["said"]))
        return lines

    before = found()
    assert any("accepts the credentials" in said for _, said in before.get("service", [])), before
    assert before["leases"][0][0] == "ok", before
    site.drop_in("no-lease", "[Service]\nAmbientCapabilities=\nCapabilityBoundingSet=\n")
    assert found()["leases"][0][0] == "warning"
    site.start()
    assert "process" in found()["leases"][0][1]
