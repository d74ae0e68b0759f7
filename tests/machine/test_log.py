"""What administrators find in the journal of a machine: fields, priorities, ids, and explanations."""

from tests.machine.proof import make_files
from tests.machine.service import Service
from tests.machine.site import Site
from tests.machine.tools import wait_for
from watchconvert.core.events import EVENTS


def test_the_journal_finds_events_by_their_fields_and_explains_them(site: Site, service: Service) -> None:
    """`journalctl` finds events by `JOB`, `ROUTE`, `EVENT` and `MESSAGE_ID`, and `-x` says what they mean."""
    site.configure(service.url, "pdf", pdf={"accept": ["*.txt"]})
    site.install()
    site.start()
    (good,) = files = make_files(1)
    site.drop("pdf", files | {"tool.exe": b"MZ"})
    site.wait_until_finished("pdf", 2)
    # The source lies in the archive a moment before its end is told.
    (done,) = wait_for(
        lambda: site.entries("EVENT=retired", "ROUTE=pdf", f"FILE={good}"), lambda: str(site.entries())[-3000:], 20
    )
    way = site.entries(f"JOB={done['JOB']}")
    words = [entry["EVENT"] for entry in way]
    assert (words[:2], words[-1]) == (["noticed", "claimed"], "retired")
    assert {entry["_TRANSPORT"] for entry in way} == {"journal"}
    number = EVENTS["set_aside"].message_id
    (failed,) = wait_for(
        lambda: site.entries(f"MESSAGE_ID={number}", "FILE=tool.exe"), lambda: str(site.entries())[-3000:]
    )
    assert (failed["PRIORITY"], failed["ROUTE"]) == ("4", "pdf")
    told = site.machine.says("journalctl", "--no-pager", "-x", f"MESSAGE_ID={failed['MESSAGE_ID']}")
    assert "Subject: tool.exe could not be converted" in told
    assert "To try again, move it back into the inbox." in told
