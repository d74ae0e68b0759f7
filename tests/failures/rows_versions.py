"""People edit files while the daemon works on them, and give two files one name."""

import os
from collections.abc import Callable
from pathlib import Path

from tests.engine.fakes import result_of
from tests.failures.acts import refusal
from tests.failures.row import Family, Row, Survives
from tests.failures.scene import SOURCE, Scene

NEW = b"the second version of the letter"


def edited_in_the_inbox(step: str) -> Callable[[Scene], None]:
    """The file is written anew while it lies in the inbox; only the last version is converted."""

    def scenario(scene: Scene) -> None:
        path = scene.drop("letter.docx", SOURCE)

        def edit() -> None:
            path.write_bytes(NEW)
            scene.dropped.append(NEW)

        scene.when(step, edit)
        scene.end()
        assert scene.seen("outbox") == {"letter.pdf": result_of(NEW)}

    return scenario


def edited_in_the_stage(step: str, bills: int) -> Callable[[Scene], None]:
    """A program that had the file open goes on writing to it."""

    def scenario(scene: Scene) -> None:
        scene.drop("letter.docx", SOURCE)
        scene.dropped.append(NEW)
        scene.taken.add(NEW)  # until it is written
        if bills > 1:
            scene.dropped.append(SOURCE)
            scene.taken.add(SOURCE)  # once it is written over

        def edit() -> None:
            scene.staged_source().write_bytes(NEW)
            scene.taken.discard(NEW)

        scene.when(step, edit)
        scene.end(bills=bills)
        assert scene.seen("archive") == {"letter.docx": NEW}
        assert result_of(NEW) in scene.seen("outbox").values()

    return scenario


def open_over_the_claim(scene: Scene) -> None:
    """A program opens the file just when it is claimed, and writes for some time."""
    path = scene.drop("letter.docx", SOURCE)
    scene.dropped.append(NEW)
    scene.taken.add(NEW)
    files: list[int] = []
    scene.when("claimed", lambda: files.append(os.open(scene.staged_source(), os.O_WRONLY)), committed=False)
    scene.live(30)
    assert not path.exists()
    assert (scene.service.uploads, scene.service.bills) == (0, [])
    os.truncate(files[0], 0)
    os.write(files[0], NEW)
    os.close(files[0])
    scene.taken.discard(NEW)
    scene.end()


def edited_output(scene: Scene) -> None:
    """A person edits the output as soon as it is there, and the daemon dies."""

    def edit() -> None:
        Path(scene.route.outbox, "letter.pdf").write_bytes(b"my own words")
        scene.foreign["outbox", "letter.pdf"] = b"my own words"
        scene.taken_outputs.add(result_of(SOURCE))
        scene.die()

    scene.when("published", edit, committed=False)
    scene.put()
    scene.end()


def replaced_before_the_claim(scene: Scene) -> None:
    """Another file is renamed over it: the newest is what is meant."""
    path = scene.drop("letter.docx", SOURCE)

    def replace() -> None:
        draft = path.with_name(".draft")
        draft.write_bytes(NEW)
        draft.rename(path)
        scene.dropped.append(NEW)

    scene.when("noticed", replace)
    scene.end()
    assert scene.seen("outbox") == {"letter.pdf": result_of(NEW)}


def second_of_the_name(step: str) -> Callable[[Scene], None]:
    """A second file of the name is dropped while the first is under way."""

    def scenario(scene: Scene) -> None:
        scene.when(step, lambda: scene.put(data=NEW))
        scene.put()
        scene.end(bills=2)
        assert scene.seen("outbox").keys() == {"letter.pdf", "letter (2).pdf"}
        assert scene.seen("archive").keys() == {"letter.docx", "letter (2).docx"}

    return scenario


def taken(folder: str, name: str, expected: str) -> Callable[[Scene], None]:
    """Somebody else's file has the name."""

    def scenario(scene: Scene) -> None:
        if folder == "error":
            scene.service.refuse = refusal()
        scene.keep(folder, name)
        scene.put()
        scene.end("error" if folder == "error" else "archive")
        assert expected in scene.seen(folder)

    return scenario


def replaced_as_the_route_says(scene: Scene) -> None:
    """The route is set up to replace."""
    scene.change_route(on_conflict="replace")
    scene.dropped.append(NEW)
    scene.taken.add(NEW)
    outbox = Path(scene.route.outbox)
    outbox.mkdir(parents=True)
    (outbox / "letter.pdf").write_bytes(result_of(NEW))
    scene.put()
    scene.end()
    assert scene.seen("outbox") == {"letter.pdf": result_of(SOURCE)}


EDITS = Family(
    "edits",
    "A person edits the file",
    (
        Row(
            "the file is written to",
            "dropped",
            "its quiet time begins anew",
            edited_in_the_inbox("dropped"),
            shown_by=("test_a_file_that_grows_is_not_taken_before_it_is_quiet",),
        ),
        Row(
            "the file is written to",
            "noticed",
            "the job is withdrawn, and the file noticed anew",
            edited_in_the_inbox("noticed"),
        ),
        Row(
            "a program opens the file in the middle of its claim",
            "claimed",
            "it is waited for in the stage, before anything counts",
            open_over_the_claim,
            shown_by=("test_a_writer_that_slips_in_after_the_claim_is_waited_for",),
        ),
        Row(
            "a program that had the file open goes on writing",
            "claimed",
            "the last version is uploaded",
            edited_in_the_stage("claimed", 1),
        ),
        Row(
            "the file is written to while it is read",
            "uploaded",
            "what was sent is void; it is sent anew",
            shown_by=("test_a_source_that_changes_under_its_upload_is_sent_anew",),
        ),
        Row(
            "a program that had the file open goes on writing",
            "uploaded",
            "what was uploaded is converted; the last version goes back to the inbox as a new file",
            edited_in_the_stage("uploaded", 2),
        ),
        Row(
            "a program that had the file open goes on writing",
            "submitted",
            "the same",
            edited_in_the_stage("submitted", 2),
        ),
        Row(
            "a program that had the file open goes on writing",
            "published",
            "the same: it is never archived as if it had been converted",
            edited_in_the_stage("published", 2),
            shown_by=("test_a_source_that_changed_while_it_was_converted_goes_back_to_the_inbox",),
        ),
        Row("the output is edited, and the daemon dies", "published", "it is never touched again", edited_output),
    ),
)


NAMES = Family(
    "names",
    "Two files of one name",
    (
        Row(
            "another file is renamed over it",
            "noticed",
            "the newest is converted; the older was never taken",
            replaced_before_the_claim,
        ),
        Row(
            "a second file of the name is dropped",
            "claimed",
            "each has its own folder in the stage, and numbers in outbox and archive",
            second_of_the_name("claimed"),
        ),
        Row("a second file of the name is dropped", "converting", "the same", second_of_the_name("converting")),
        Row(
            "two sources of one output name (`a.doc`, `a.odt`)",
            "published",
            "the second gets a number",
            shown_by=("test_two_sources_of_one_output_name_both_come_out",),
        ),
        Row(
            "somebody's file has the name in the outbox",
            "published",
            "a number; nothing is replaced",
            taken("outbox", "letter.pdf", "letter (2).pdf"),
            shown_by=("test_an_output_never_replaces_another",),
        ),
        Row(
            "the same, on a route that replaces",
            "published",
            "it is replaced, whole by whole",
            replaced_as_the_route_says,
            survives=Survives.BY_DESIGN,
        ),
        Row(
            "the same, on a route that must not number",
            "minted",
            "the file is given back before anything is bought",
            shown_by=("test_a_name_that_is_taken_fails_before_it_costs_anything_where_the_route_says_so",),
        ),
        Row(
            "somebody's file has the name in the archive",
            "retired",
            "a number",
            taken("archive", "letter.docx", "letter (2).docx"),
        ),
        Row(
            "somebody's file has the name in the error folder",
            "set aside",
            "a number",
            taken("error", "letter.docx", "letter (2).docx"),
        ),
        Row(
            "an old explanation has the name in the error folder",
            "set aside",
            "the file gets a number too, so that it never seems to speak of another",
            shown_by=("test_an_explanation_is_never_left_to_the_wrong_file",),
        ),
    ),
)
