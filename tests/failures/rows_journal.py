"""The journal is lost, damaged, replaced, or older than what it tells of."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.engine.fakes import result_of
from tests.failures.row import Family, Row, Survives
from tests.failures.scene import SOURCE, Scene
from watchconvert.core.states import State


def _ends_well(scene: Scene, outputs: int) -> None:
    """See that all is well, but for a result that may stand there once more."""
    if outputs == 1:
        scene.end()
        return
    scene.live()
    assert list(scene.seen("outbox").values()) == [result_of(SOURCE)] * outputs
    assert scene.seen("archive") == {"letter.docx": SOURCE}
    assert len(scene.service.bills) == 1
    assert scene.staged() == []


def _meanwhile(step: str, deed: Callable[[Path], None], outputs: int) -> Callable[[Scene], None]:
    """The daemon dies at a step, and something happens to its journal before it starts again."""

    def scenario(scene: Scene) -> None:
        mourned = scene.mourn

        def mourn() -> None:
            mourned()
            scene.stop()
            deed(scene.root / "journal.db")

        scene.mourn = mourn  # type: ignore[method-assign]
        scene.when(step, scene.die)
        scene.put()
        _ends_well(scene, outputs)

    return scenario


def _remove(path: Path) -> None:
    for each in path.parent.glob("journal.db*"):
        if each.name != "journal.db.hand":
            each.unlink()


def _damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    page = int.from_bytes(content[16:18], "big")
    for start in range(page, len(content), page):
        content[start : start + 8] = b"\x0d\xff\xff\xff\xff\xff\xff\xff"
    path.write_bytes(content)


def lost(step: str, outputs: int = 1) -> Callable[[Scene], None]:
    """The journal is gone."""
    return _meanwhile(step, _remove, outputs)


def damaged(step: str, outputs: int = 1) -> Callable[[Scene], None]:
    """The pages of the journal are overwritten."""
    usual = _meanwhile(step, _damage, outputs)

    def scenario(scene: Scene) -> None:
        usual(scene)
        assert list(scene.root.glob("journal.db.damaged-*"))

    return scenario


def restored(step: str) -> Callable[[Scene], None]:
    """A copy of the journal from that step comes back after all is done: a backup, or a restored machine."""

    def scenario(scene: Scene) -> None:
        copy = scene.root / "copy.db"

        def back_up() -> None:
            with closing(sqlite3.connect(scene.root / "journal.db")) as there, closing(sqlite3.connect(copy)) as here:
                there.backup(here)

        scene.when(step, back_up)
        scene.put()
        scene.live()
        scene.stop()
        _remove(scene.root / "journal.db")
        shutil.copy(copy, scene.root / "journal.db")
        scene.end()
        (job,) = scene.jobs()
        assert job.state in {State.WITHDRAWN, State.DONE}

    return scenario


_LOST, _OLD, _BAD = "the journal is gone", "an older copy of the journal comes back", "the journal is damaged"
JOURNAL = Family(
    "journal",
    "The journal is lost, damaged, replaced or older than what it tells of",
    (
        Row(_LOST, "noticed", "the file is noticed again", lost("noticed")),
        Row(
            _LOST,
            "claimed",
            "sources in the stages are adopted",
            lost("claimed"),
            shown_by=("test_a_staged_file_without_a_row_is_adopted",),
        ),
        Row(
            _LOST,
            "minted",
            "the JobId follows from the name of the job's folder in the stage, so the service can be asked before anything is bought",
            lost("minted"),
        ),
        Row(_LOST, "submitted", "the same: the job is found, and not bought again", lost("submitted")),
        Row(_LOST, "converting", "the same", lost("converting")),
        Row(_LOST, "fetched", "the same; the result is fetched again", lost("fetched")),
        Row(
            _LOST,
            "published",
            "the same; but nobody knows any more that the result stands in the outbox: it stands there once more, with a number",
            lost("published", 2),
            survives=Survives.NO,
        ),
        Row(_LOST, "retired", "nothing is left to do", lost("retired")),
        Row(
            _LOST,
            "any",
            "at every point: no file lost, nothing bought twice",
            shown_by=(
                "test_without_the_journal_the_stages_tell_enough",
                "test_a_refused_file_is_refused_again_and_not_bought_again",
            ),
        ),
        Row(
            _BAD,
            "claimed",
            "it is kept as evidence, a new one is begun, and sources in the stages are adopted",
            damaged("claimed"),
            shown_by=("test_a_damaged_journal_is_kept_as_evidence_and_a_new_one_is_made",),
        ),
        Row(_BAD, "submitted", "the same; the service is asked before anything is bought", damaged("submitted")),
        Row(
            _BAD,
            "published",
            "the same; the result stands in the outbox once more",
            damaged("published", 2),
            survives=Survives.NO,
        ),
        Row(
            "damage that only a query finds",
            "any",
            "the daemon ends with 74, and the next start looks at every page",
            shown_by=("test_damage_that_only_a_query_finds_makes_the_next_start_look_at_everything",),
        ),
        Row(
            _OLD,
            "noticed",
            "jobs whose files are not where the row says are withdrawn; nothing is bought",
            restored("noticed"),
        ),
        Row(_OLD, "claimed", "the same", restored("claimed")),
        Row(_OLD, "uploaded", "the same", restored("uploaded")),
        Row(_OLD, "minted", "the same; the service is asked first", restored("minted")),
        Row(
            _OLD,
            "any",
            "at every point: no file lost, nothing bought twice",
            shown_by=("test_an_older_copy_of_the_journal_costs_no_second_bill",),
        ),
        Row(
            "the journal's file is removed while the daemon runs",
            "any",
            "it is written again from what is open, and the daemon starts anew",
            shown_by=("test_a_journal_that_was_removed_is_written_again_whole",),
        ),
        Row(
            "another file is put in its place while the daemon runs",
            "any",
            "it is put aside; what the daemon knows wins",
            shown_by=("test_a_copy_that_was_put_in_its_place_does_not_win",),
        ),
        Row(
            "the journal grows for years",
            "any",
            "what is told of jobs at rest is forgotten after `keep_history`",
            shown_by=("test_what_came_to_rest_long_ago_is_forgotten", "test_what_is_under_way_is_never_forgotten"),
        ),
        Row(
            "death or power cut while the journal is brought to a later version",
            "any",
            "the old journal or the new one is there, and the copy of the old one before anything is changed",
            shown_by=(
                "test_a_death_at_any_step_leaves_the_old_or_the_new_one",
                "test_a_kill_within_sqlite_leaves_the_old_or_the_new_one",
                "test_the_copy_is_durable_before_the_first_change",
            ),
        ),
        Row(
            "no room for the copy that an upgrade makes of the journal",
            "any",
            "the daemon ends with 74 and says how much is needed; nothing is changed",
            shown_by=("test_without_room_for_the_copy_nothing_is_changed",),
        ),
        Row(
            "the journal to be upgraded is damaged",
            "any",
            "it is put aside, not changed; sources in the stages are adopted",
            shown_by=("test_a_damaged_journal_is_put_aside_and_not_migrated",),
        ),
        Row(
            "an earlier version is installed and finds the journal of a later one",
            "any",
            "it ends with 78 and says what to do; nothing is changed",
            shown_by=(
                "test_a_newer_journal_is_refused_and_told_what_to_do",
                "test_a_newer_journal_is_a_matter_for_a_person",
            ),
        ),
        Row(
            "the journal is damaged while the daemon is down, or while it runs",
            "any",
            "no file lost, nothing bought twice",
            shown_by=(
                "test_damaged_while_down",
                "test_the_journal_is_damaged_while_it_runs",
            ),
        ),
    ),
)
