"""What the machine's journal tells of the service, by fields; and what it must never tell."""

import re
from pathlib import Path

from tests.machine.proof import make_files
from tests.machine.service import Service
from tests.machine.site import SECRET, UNIT, Site
from tests.machine.tools import wait_for

_OPERATING = Path(__file__).parents[2] / "docs/operating.md"


def test_the_way_of_a_file_is_found_by_its_fields(site: Site, service: Service) -> None:
    """JOB, ROUTE, EVENT, FILE, PRIORITY and MESSAGE_ID are there, and `journalctl` finds by them; so does its catalog."""
    site.configure(service.url, "good", "bad")
    site.install()
    site.start()
    site.drop("good", make_files(2))
    site.drop("bad", {"odd.txt": b"the stand-in makes no PDF of this\n"})
    wait_for(lambda: len(site.entries("EVENT=retired")) == 2, lambda: site.log())
    (lost,) = wait_for(lambda: site.entries("EVENT=set_aside"), lambda: site.log())
    assert (lost["ROUTE"], lost["FILE"], lost["PRIORITY"]) == ("bad", "odd.txt", "4")
    documented = dict(re.findall(r"^\| `(\w+)` \| `([0-9a-f]{32})` \|$", _OPERATING.read_text(), re.MULTILINE))
    assert lost["MESSAGE_ID"] == documented["set_aside"]
    assert [entry["EVENT"] for entry in site.entries(f"MESSAGE_ID={documented['started']}")] == ["started"]
    assert {entry["ROUTE"] for entry in site.entries("ROUTE=good")} == {"good"}
    job = site.entries("EVENT=retired", "FILE=file0.txt")[0]["JOB"]
    assert re.fullmatch(r"[0-9a-f]{8}", job)
    way = [entry["EVENT"] for entry in site.entries(f"JOB={job}")]
    assert way == ["noticed", "claimed", "uploaded", "minted", "converted", "fetched", "published", "retired"]
    assert all(entry["PRIORITY"] == "6" for entry in site.entries(f"JOB={job}"))
    told = site.machine.says("journalctl", "--no-pager", "-x", "-u", UNIT, "EVENT=set_aside")
    assert "error folder" in told


def test_no_secret_and_no_whole_id(site: Site, service: Service) -> None:
    """Neither the secret nor the id of a job or file stands anywhere in the whole journal of the machine, even as bytes."""
    site.configure(service.url, "pdf")
    site.install()
    site.start()
    site.drop("pdf", make_files(3))
    site.wait_until_finished("pdf", 3)
    site.machine.run("systemctl", "stop", UNIT)
    told = site.machine.says("journalctl", "--no-pager", "--all", "-o", "export", f"--since=@{site.since:.3f}")
    ids = {job["job"] for job in site.status()["last"]}
    assert len(ids) == 3
    for number in ids:
        assert number[:8] in told, "the journal tells of the job, or this test sees nothing"
        assert number not in told
        assert number.replace("-", "") not in told
    assert SECRET not in told
