"""People delete and rename files and folders while the daemon works on them."""

from collections.abc import Callable
from pathlib import Path

from tests.engine.fakes import result_of
from tests.failures.row import Family, Row, Survives
from tests.failures.scene import SOURCE, Scene
from watchconvert.core.states import State


def deleted(step: str, states: list[State]) -> Callable[[Scene], None]:
    """The file goes from the inbox."""

    def scenario(scene: Scene) -> None:
        path = scene.drop("letter.docx", SOURCE)
        scene.when(step, path.unlink)
        scene.live()
        assert [job.state for job in scene.jobs()] == states
        assert scene.service.bills == []
        scene.end(bills=0)

    return scenario


def removed_from_the_stage(step: str, end: State, bills: int) -> Callable[[Scene], None]:
    """Somebody who may (root) removes the source from the stage."""

    def scenario(scene: Scene) -> None:
        scene.when(step, lambda: scene.staged_source().unlink())
        scene.put()
        scene.taken.add(SOURCE)
        scene.end(bills=bills)
        assert [job.state for job in scene.jobs()] == [end]
        assert len(scene.seen("outbox")) == bills

    return scenario


def output_taken(scene: Scene) -> None:
    """A person takes the output away, and then the daemon dies before it has written down that it is there."""

    def take() -> None:
        Path(scene.route.outbox, "letter.pdf").unlink()
        scene.taken_outputs.add(result_of(SOURCE))
        scene.die()

    scene.when("published", take, committed=False)
    scene.put()
    scene.end()
    assert scene.seen("outbox") == {}


def renamed(step: str, states: list[State]) -> Callable[[Scene], None]:
    """The file gets another name in the inbox."""

    def scenario(scene: Scene) -> None:
        path = scene.put()
        scene.when(step, lambda: path.rename(path.with_name("brief.docx")))
        scene.end()
        assert sorted(job.state for job in scene.jobs()) == sorted(states)
        assert scene.seen("outbox").keys() == {"brief.pdf"}

    return scenario


def stage_renamed(step: str, end: State, bills: int) -> Callable[[Scene], None]:
    """Whoever may write into the inbox renames the hidden folder in it, with the source."""

    def scenario(scene: Scene) -> None:
        stage = Path(scene.route.inbox, ".watchconvert")
        scene.when(step, lambda: stage.rename(stage.with_name("what is this")))
        scene.put()
        scene.taken.add(SOURCE)  # it lies in none of the route's folders any more
        scene.live(200)
        assert [job.state for job in scene.jobs()] == [end]
        assert len(scene.service.bills) == bills
        (kept,) = [path for path in stage.with_name("what is this").rglob("*") if path.is_file()]
        assert kept.read_bytes() == SOURCE

    return scenario


_STAGE = "the stage is the daemon's alone"


DELETES = Family(
    "deletes",
    "A person deletes the file",
    (
        Row("the file is deleted", "dropped", "it is forgotten", deleted("dropped", [])),
        Row("the file is deleted", "noticed", "the job is withdrawn", deleted("noticed", [State.WITHDRAWN])),
        Row(
            "somebody who may removes it from the stage",
            "claimed",
            f"{_STAGE}; if it goes all the same, the job is withdrawn and nothing is bought",
            removed_from_the_stage("claimed", State.WITHDRAWN, 0),
        ),
        Row(
            "somebody who may removes it from the stage",
            "minted",
            "the conversion is bought already: its output is published, and there is nothing to archive",
            removed_from_the_stage("minted", State.DONE, 1),
        ),
        Row(
            "somebody who may removes it from the stage",
            "fetched",
            "the same",
            removed_from_the_stage("fetched", State.DONE, 1),
        ),
        Row(
            "the output is taken away before the daemon has written it down, and then it dies",
            "published",
            "it is not made again",
            output_taken,
            shown_by=("test_an_output_that_a_person_took_away_meanwhile_is_not_made_again",),
        ),
    ),
)


RENAMES = Family(
    "renames",
    "A person renames the file or a folder",
    (
        Row(
            "the file is renamed",
            "dropped",
            "its quiet time begins anew under the new name",
            renamed("dropped", [State.DONE]),
        ),
        Row(
            "the file is renamed",
            "noticed",
            "the job is withdrawn; the file is noticed under its new name",
            renamed("noticed", [State.WITHDRAWN, State.DONE]),
        ),
        Row(
            "the hidden folder in the inbox is renamed",
            "claimed",
            "the job is withdrawn; the source lies in the renamed folder, unchanged, where nobody looks for it",
            stage_renamed("claimed", State.WITHDRAWN, 0),
            survives=Survives.NO,
        ),
        Row(
            "the hidden folder in the inbox is renamed",
            "submitted",
            "the output is published; the source lies in the renamed folder instead of the archive",
            stage_renamed("submitted", State.DONE, 1),
            survives=Survives.NO,
        ),
        Row(
            "a folder of the route is renamed",
            "any",
            "as if its share had gone, until it is back; see there",
            shown_by=("test_an_inbox_that_vanishes_is_offline_and_comes_back",),
        ),
        Row(
            "folders and files are written, renamed, replaced and removed in any order",
            "any",
            "each whole file is taken once, and nothing else",
            shown_by=("test_every_whole_file_is_taken_once_and_nothing_else",),
        ),
    ),
)
