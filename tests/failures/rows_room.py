"""The disk, a quota or the inodes of a disk are used up."""

import errno

from tests.failures.acts import disk_fails, journal_fails
from tests.failures.row import Family, Row, Survives
from tests.failures.scene import FULL, Scene
from watchconvert.core.answers import Scope
from watchconvert.core.states import State


def cut_off_by_the_writer(scene: Scene) -> None:
    """The person's own disk was full: a zip file without its end."""
    scene.put(data=b"PK\x03\x04 and no end")
    scene.end("error", bills=0)


def settles_without_a_disk(scene: Scene) -> None:
    """Nothing can be written anywhere while a file settles: nothing needs to be."""
    scene.put()
    scene.live(0)
    for call in ("create", "write", "make_folder", "rename_new", "unlink"):
        scene.trouble(call, errno.ENOSPC)
    scene.round()
    assert [key[1] for key in scene.lanes[0].waiting] == [b"letter.docx"]
    scene.end()


def no_room_for_the_result(scene: Scene) -> None:
    """The gate before the one request that costs money."""
    scene.put()
    scene.live(0)
    free = scene.tools.folders.free_bytes
    scene.tools.folders.free_bytes = lambda _: 0  # type: ignore[method-assign]
    scene.live(60)
    assert scene.service.bills == []
    assert [hold.scope for hold in scene.holds.standing()] == [Scope.DISK]
    scene.tools.folders.free_bytes = free  # type: ignore[method-assign]
    scene.end()


def expired_meanwhile(scene: Scene) -> None:
    """The outbox stays full for longer than the service keeps a result."""
    scene.when("converting", lambda: scene.trouble("reserve", errno.ENOSPC))
    scene.put()
    scene.live(60)
    scene.service.jobs.clear()
    scene.end(bills=2)


ROOM = Family(
    "room",
    "No room: the disk, a quota, or the inodes of a disk are used up",
    (
        Row(
            "no room for the person's copy",
            "dropped",
            "a kind of file whose end can be told is waited for and then explained; of others only the service can tell",
            cut_off_by_the_writer,
        ),
        Row("no room anywhere", "settled", "nothing is written while a file settles", settles_without_a_disk),
        Row(
            "no room in the journal",
            "noticed",
            "the daemon ends with 74 and is started again; the file stays in the inbox until its row can be written",
            journal_fails("noticed", FULL),
        ),
        Row(
            "no room in the inbox",
            "claimed",
            "the file stays in the inbox, and its job says why",
            disk_fails("noticed", "make_folder", errno.ENOSPC, "inbox", meanwhile=State.NOTICED, bills=0),
        ),
        Row(
            "no room in the journal",
            "claimed",
            "a file in the stage whose claim is not written down is found there by the next life",
            journal_fails("claimed", FULL),
        ),
        Row(
            "no room in the journal",
            "uploaded",
            "the upload is found again, or sent again, which is free",
            journal_fails("uploaded", FULL),
        ),
        Row(
            "no room in the journal",
            "minted",
            "nothing is bought before the JobId is written down",
            journal_fails("minted", FULL, bills_meanwhile=0),
        ),
        Row(
            "no room in the journal",
            "any",
            "a reserve beside the journal is given up for what is under way, and nothing new is begun",
            shown_by=(
                "test_the_reserve_is_given_up_for_what_is_under_way",
                "test_nothing_new_is_begun_while_the_journal_has_no_room",
            ),
        ),
        Row(
            "no room in the outbox",
            "minted",
            "the disk is held: nothing is bought that could not be stored",
            no_room_for_the_result,
            shown_by=("test_nothing_is_bought_that_cannot_be_stored",),
        ),
        Row(
            "no room in the journal",
            "submitted",
            "the row says that the request may have been sent, so it is asked about",
            journal_fails("submitted", FULL),
        ),
        Row(
            "no room in the journal",
            "converting",
            "the result stays at the service until the list of it can be written down",
            journal_fails("converting", FULL),
        ),
        Row(
            "no room in the outbox",
            "fetched",
            "that is known before the first byte; nothing half is left, and it is fetched again",
            disk_fails("converting", "reserve", errno.ENOSPC, "outbox", meanwhile=State.CONVERTED),
        ),
        Row(
            "no inodes in the outbox",
            "fetched",
            "the same",
            disk_fails("converting", "create", errno.ENOSPC, "outbox", meanwhile=State.CONVERTED),
        ),
        Row(
            "a quota in the outbox (EDQUOT)",
            "fetched",
            "the same; only that job waits",
            disk_fails("converting", "write", errno.EDQUOT, "outbox", meanwhile=State.CONVERTED),
        ),
        Row(
            "no room in the outbox for so long that the result expires",
            "fetched",
            "the service is asked once more, and then it is bought again, which the ledger shows",
            expired_meanwhile,
            survives=Survives.BY_DESIGN,
        ),
        Row("no room in the journal", "fetched", "the parts are fetched again", journal_fails("fetched", FULL)),
        Row(
            "no room for a name in the outbox",
            "published",
            "the part stays in the stage until it has its name",
            disk_fails("fetched", "rename_new", errno.ENOSPC, "outbox", meanwhile=State.FETCHED),
        ),
        Row(
            "no room in the journal",
            "published",
            "the outputs are known again by their inodes",
            journal_fails("published", FULL),
        ),
        Row(
            "no room in the archive",
            "retired",
            "the output stands; the source stays in the stage and is never deleted instead",
            disk_fails("published", "rename_new", errno.ENOSPC, "archive", meanwhile=State.PUBLISHED),
        ),
        Row(
            "no room in an archive on another file system",
            "retired",
            "the source stays in the stage, and no half copy is seen",
            shown_by=("test_a_full_disk_over_there_leaves_the_source_in_the_stage",),
        ),
        Row(
            "no room in the journal",
            "retired",
            "the source is known to have been moved",
            journal_fails("retired", FULL),
        ),
        Row(
            "no room in the error folder",
            "set aside",
            "the file waits in the stage, or in the error folder for its explanation",
            disk_fails("claimed", "reserve", errno.ENOSPC, "error", meanwhile=State.REJECTED),
        ),
        Row(
            "no room in the journal",
            "set aside",
            "file and explanation are found where they are",
            journal_fails("set aside", FULL),
        ),
        Row(
            "a real disk is full from any point on, and has room again",
            "any",
            "all goes on within a minute, without a restart",
            shown_by=(
                "test_full_at_any_point_and_freed",
                "test_the_disk_of_the_journal_is_full_and_freed",
            ),
        ),
    ),
)
