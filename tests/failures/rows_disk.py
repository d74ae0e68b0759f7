"""A disk fails, or is mounted read-only."""

import errno
from collections.abc import Callable

from tests.failures.acts import disk_fails, journal_fails
from tests.failures.row import Family, Row
from tests.failures.scene import BAD, Scene
from watchconvert.core.states import State


def read_only_before_it_is_bought(scene: Scene) -> None:
    """The kernel says so when it is asked."""

    def refused(_: int) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    scene.put()
    scene.live(0)
    scene.tools.folders.check_writable = refused  # type: ignore[method-assign]
    scene.live(60)
    assert scene.service.bills == []
    del scene.tools.folders.check_writable
    scene.end()


def damaged_sector_at_the_upload(scene: Scene) -> None:
    """The source cannot be read to its end a few times."""
    real, failures = scene.service.upload, [errno.EIO] * 3

    def upload(*arguments: object) -> object:
        if failures:
            raise OSError(failures.pop(), "Input/output error")
        return real(*arguments)  # type: ignore[arg-type]

    scene.service.upload = upload  # type: ignore[method-assign,assignment]
    scene.put()
    scene.live(5)
    assert scene.service.bills == []
    scene.end()
    assert failures == []


def renamed_in_spite_of_it(since: str, where: str) -> Callable[[Scene], None]:
    """A rename is done, and an error is reported for it."""

    def scenario(scene: Scene) -> None:
        scene.when(since, lambda: scene.trouble("rename_new", errno.EIO, where, afterwards=True))
        scene.put()
        scene.live()
        assert scene.seen("outbox").keys() == {"letter.pdf"}
        scene.end()

    return scenario


_BAD = "the disk fails (EIO)"
DISK = Family(
    "disk",
    "A disk fails, or is mounted read-only",
    (
        Row(
            "a damaged sector",
            "settled",
            "that file waits in the inbox, alone, and the status says so",
            shown_by=("test_a_file_with_a_damaged_sector_waits_alone",),
        ),
        Row(
            "the journal's disk fails",
            "noticed",
            "the daemon ends with 74, and does nothing that it cannot remember",
            journal_fails("noticed", BAD),
        ),
        Row(
            _BAD,
            "claimed",
            "the file stays in the inbox and is tried again",
            disk_fails("noticed", "rename_new", errno.EIO, "inbox", meanwhile=State.NOTICED, bills=0),
        ),
        Row(
            "a rename that reports an error and was done (NFS)",
            "claimed",
            "the stage is looked into before anything else: the claim goes on",
            renamed_in_spite_of_it("noticed", "inbox"),
        ),
        Row(
            "the journal's disk fails",
            "claimed",
            "the next life finds the file in the stage",
            journal_fails("claimed", BAD),
        ),
        Row(
            "the source cannot be read",
            "uploaded",
            "it is tried again for as long as it takes; nothing is bought",
            damaged_sector_at_the_upload,
        ),
        Row("the journal's disk fails", "uploaded", "the upload is found again", journal_fails("uploaded", BAD)),
        Row("the journal's disk fails", "minted", "nothing is bought", journal_fails("minted", BAD, bills_meanwhile=0)),
        Row("the outbox is read-only", "minted", "the disk is held; nothing is bought", read_only_before_it_is_bought),
        Row("the journal's disk fails", "submitted", "it is asked about", journal_fails("submitted", BAD)),
        Row("the journal's disk fails", "converting", "it is asked about again", journal_fails("converting", BAD)),
        Row(
            _BAD,
            "fetched",
            "a part on which a sync failed is worth nothing: it is removed and fetched anew, never synced again",
            disk_fails("converting", "sync", errno.EIO, "outbox", meanwhile=State.CONVERTED),
        ),
        Row(
            "the outbox is read-only after it was paid for",
            "fetched",
            "the result stays at the service and is fetched when it can be stored",
            disk_fails("converting", "create", errno.EROFS, "outbox", meanwhile=State.CONVERTED),
        ),
        Row("the journal's disk fails", "fetched", "the parts are fetched again", journal_fails("fetched", BAD)),
        Row(
            _BAD,
            "published",
            "the part stays in the stage and is tried again",
            disk_fails("fetched", "rename_new", errno.EIO, "outbox", meanwhile=State.FETCHED),
        ),
        Row(
            "a rename that reports an error and was done (NFS)",
            "published",
            "the output is known again by its inode",
            renamed_in_spite_of_it("fetched", "outbox"),
        ),
        Row("the journal's disk fails", "published", "the outputs are known again", journal_fails("published", BAD)),
        Row(
            _BAD,
            "retired",
            "the source stays in the stage",
            disk_fails("published", "rename_new", errno.EIO, "archive", meanwhile=State.PUBLISHED),
        ),
        Row(
            "a rename that reports an error and was done (NFS)",
            "retired",
            "the archived source is known again by its inode",
            renamed_in_spite_of_it("published", "archive"),
        ),
        Row(
            "the journal's disk fails",
            "retired",
            "the source is known to have been moved",
            journal_fails("retired", BAD),
        ),
        Row(
            "the journal's disk fails",
            "set aside",
            "file and explanation are found where they are",
            journal_fails("set aside", BAD),
        ),
        Row(
            "any system call fails, once or from then on, with any error",
            "any",
            "files wait, and go on when it is mended",
            shown_by=(
                "test_any_call_may_fail",
                "test_calls_of_the_real_process_fail",
            ),
        ),
        Row(
            "a source that cannot be read",
            "uploaded",
            "it waits alone, and the status tells it",
            shown_by=("test_a_source_that_cannot_be_read_waits_alone_and_is_told",),
        ),
    ),
)
