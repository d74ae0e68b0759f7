"""The daemon is not let in."""

import errno
from pathlib import Path

import pytest

from tests.failures.acts import disk_fails
from tests.failures.row import Family, Row
from tests.failures.scene import SOURCE, Scene
from watchconvert.adapters.journal.database import JournalError
from watchconvert.core.states import State


def stage_opened_to_all(scene: Scene) -> None:
    """Somebody gives others the right to write into the stage of the inbox."""
    top = Path(scene.route.inbox, ".watchconvert")
    scene.when("claimed", lambda: top.chmod(0o777))
    scene.put()
    scene.live(60)
    assert (scene.service.uploads, scene.service.bills) == (0, [])
    top.chmod(0o700)
    scene.end()


def journal_of_a_stranger(scene: Scene) -> None:
    """Something that is no journal has its name, and no daemon ever worked here."""
    path = scene.root / "journal.db"
    path.mkdir()
    scene.put()
    with pytest.raises(JournalError):
        scene.start()
    assert scene.seen("inbox") == {"letter.docx": SOURCE}
    path.rmdir()
    scene.end()


DENIED = Family(
    "denied",
    "No permission",
    (
        Row(
            "the file may not be read",
            "settled",
            "it waits in the inbox, alone, and the status says so",
            shown_by=("test_a_file_that_may_not_be_read_waits_alone",),
        ),
        Row(
            "the file may not be renamed (sticky folder)",
            "claimed",
            "it stays in the inbox and its job says why; it is never copied instead, for then two daemons might buy it",
            disk_fails("noticed", "rename_new", errno.EPERM, "inbox", meanwhile=State.NOTICED, bills=0),
        ),
        Row(
            "something else has the journal's name",
            "start",
            "the daemon ends with 74 and leaves it alone",
            journal_of_a_stranger,
        ),
        Row(
            "others may write into the stage",
            "uploaded",
            "the stage is refused until it is mended",
            stage_opened_to_all,
        ),
        Row(
            "the outbox may not be written",
            "minted",
            "the disk is held; nothing is bought",
            shown_by=("test_nothing_is_bought_for_an_outbox_that_cannot_be_written",),
        ),
        Row(
            "the stage of the outbox may not be written, after it was paid for",
            "fetched",
            "the result stays at the service",
            disk_fails("converting", "create", errno.EACCES, "outbox", meanwhile=State.CONVERTED),
        ),
        Row(
            "the outbox may not be written, after it was paid for",
            "published",
            "the part stays in the stage, and nothing is billed again",
            disk_fails("fetched", "rename_new", errno.EACCES, "outbox", meanwhile=State.FETCHED),
        ),
        Row(
            "the archive may not be written",
            "retired",
            "the output stands, the source stays in the stage",
            disk_fails("published", "rename_new", errno.EACCES, "archive", meanwhile=State.PUBLISHED),
        ),
        Row(
            "the error folder may not be written",
            "set aside",
            "the source stays in the stage until it can be given back",
            disk_fails("claimed", "rename_new", errno.EACCES, "error", meanwhile=State.REJECTED),
        ),
        Row(
            "the stage belongs to another user, or others may write into it",
            "any",
            "it is refused",
            shown_by=("test_a_stage_of_another_user_is_refused", "test_a_stage_that_others_may_write_into_is_refused"),
        ),
    ),
)
