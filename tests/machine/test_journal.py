"""What the machine's journal must never tell."""

from tests.machine.proof import make_files
from tests.machine.service import Service
from tests.machine.site import SECRET, UNIT, Site


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
