"""Other daemons, and mounts that come and go."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.failures.acts import WHILE, refusal
from tests.failures.row import Family, Row
from tests.failures.scene import SOURCE, Scene
from watchconvert.core.states import State


def gone(folder: str, step: str, *, meanwhile: State, bills: int) -> Callable[[Scene], None]:
    """A folder of the route is away for a while, as when its share is; then it is back as it was."""

    def scenario(scene: Scene) -> None:
        path = Path(getattr(scene.route, folder))
        away = path.with_name("away")
        if folder == "error":
            scene.service.refuse = refusal()
        scene.when(step, lambda: path.rename(away))
        scene.dropped.append(SOURCE)
        scene.taken.add(SOURCE)  # while the folder is away nobody sees what is in it
        scene.drop("letter.docx", SOURCE)
        scene.live(WHILE)
        assert not path.exists(), "nothing was made in its place"
        assert [(job.state, bool(job.note)) for job in scene.open_jobs()] == [(meanwhile, True)]
        assert len(scene.service.bills) == bills
        away.rename(path)
        scene.taken.clear()
        scene.end(lies="error" if folder == "error" else "archive")

    return scenario


def inbox_gone(scene: Scene) -> None:
    """The inbox is away while a file lies in it."""
    path = scene.put()
    inbox, away = path.parent, path.parent.with_name("away")
    scene.live(0)
    scene.round()
    inbox.rename(away)
    scene.taken.add(SOURCE)
    scene.live(WHILE)
    assert scene.lanes[0].offline
    assert not inbox.exists()
    away.rename(inbox)
    scene.taken.clear()
    scene.end()


def another_outbox_meanwhile(scene: Scene) -> None:
    """Somebody renames the outbox and makes a new one between fetch and publish."""
    outbox = Path(scene.route.outbox)

    def renew() -> None:
        outbox.rename(outbox.with_name("outbox of last year"))
        outbox.mkdir()

    scene.when("fetched", renew)
    scene.put()
    scene.live()
    left = [path for path in outbox.with_name("outbox of last year").rglob("*") if path.is_file()]
    assert len(left) == 1, "a result lies in the stage of the folder that was renamed"
    assert scene.seen("outbox").keys() == {"letter.pdf"}
    assert scene.seen("archive") == {"letter.docx": SOURCE}
    assert len(scene.service.bills) == 1


def two_routes_one_outbox(scene: Scene) -> None:
    """Results of one name from two routes."""
    other = replace(scene.make_route("other"), outbox=scene.route.outbox)
    scene.routes = (scene.route, other)
    scene.put()
    scene.put("letter.docx", b"of the other route", other)
    scene.end(bills=2)
    assert scene.seen("outbox").keys() == {"letter.pdf", "letter (2).pdf"}


def claimed_by_another_host(scene: Scene) -> None:
    """Another host takes the file between notice and claim; what it has in its stage is its own."""
    path = scene.drop("letter.docx", SOURCE)
    other = path.parent / ".watchconvert/another-host" / ("f" * 32)

    def take() -> None:
        other.mkdir(parents=True)
        path.rename(other / path.name)

    scene.when("noticed", take)
    scene.live()
    assert [job.state for job in scene.jobs()] == [State.WITHDRAWN]
    scene.restart()
    scene.live(WHILE)
    assert (other / path.name).read_bytes() == SOURCE
    assert scene.service.bills == []


RIVALS = Family(
    "rivals",
    "Two daemons",
    (
        Row(
            "a second daemon with the same journal",
            "start",
            "it ends with 75",
            shown_by=("test_a_second_daemon_of_the_same_journal_refuses",),
        ),
        Row(
            "a second daemon of this host with a journal of its own serves the inbox, or shares the outbox",
            "start",
            "it refuses, with the reason",
            shown_by=(
                "test_a_second_daemon_with_a_journal_of_its_own_refuses_the_same_inbox",
                "test_a_shared_outbox_has_one_daemon_of_this_host",
            ),
        ),
        Row(
            "two hosts see the same file",
            "settled",
            "harmless",
            shown_by=("test_two_hosts_on_one_inbox_convert_each_file_once",),
        ),
        Row(
            "another host claims the file",
            "claimed",
            "the rename decides: who comes too late withdraws",
            claimed_by_another_host,
        ),
        Row(
            "two hosts on one inbox",
            "any",
            "each has a stage of its own, which the other leaves alone",
            shown_by=("test_a_host_sees_its_own_part_of_a_stage",),
        ),
        Row("two routes publish the same name", "published", "a number; nothing is replaced", two_routes_one_outbox),
        Row(
            "two workers move one job",
            "any",
            "the second changes nothing",
            shown_by=("test_an_event_is_recorded_only_in_the_state_it_happened_in",),
        ),
    ),
)


MOUNTS = Family(
    "mounts",
    "A folder is not there: its share or its disk is not mounted",
    (
        Row(
            "the inbox goes",
            "dropped",
            "the route is offline, alone, and comes back by itself; nothing is made in its place",
            inbox_gone,
        ),
        Row(
            "the inbox goes",
            "claimed",
            "its job waits until it is back",
            gone("inbox", "noticed", meanwhile=State.NOTICED, bills=0),
        ),
        Row(
            "the inbox goes with its stage",
            "uploaded",
            "the source waits in it",
            gone("inbox", "claimed", meanwhile=State.CLAIMED, bills=0),
        ),
        Row(
            "the outbox goes",
            "minted",
            "the disk is held; nothing is bought",
            gone("outbox", "uploaded", meanwhile=State.UPLOADED, bills=0),
        ),
        Row(
            "the outbox goes",
            "converting",
            "the service converts; the result is fetched when the outbox is back",
            gone("outbox", "submitted", meanwhile=State.CONVERTED, bills=1),
        ),
        Row(
            "the outbox goes",
            "published",
            "the part is in its stage and waits there",
            gone("outbox", "fetched", meanwhile=State.FETCHED, bills=1),
        ),
        Row(
            "the archive goes",
            "retired",
            "the output stands; the source waits in the stage",
            gone("archive", "published", meanwhile=State.PUBLISHED, bills=1),
        ),
        Row(
            "the inbox goes with its stage",
            "retired",
            "the source waits in it",
            gone("inbox", "published", meanwhile=State.PUBLISHED, bills=1),
        ),
        Row(
            "the error folder goes",
            "set aside",
            "the source waits in the stage",
            gone("error", "claimed", meanwhile=State.REJECTED, bills=1),
        ),
        Row(
            "a mount is missing at the start",
            "start",
            "its folders are not made on the bare mount point",
            shown_by=("test_a_known_folder_on_another_device_is_not_made_again",),
        ),
        Row(
            "a mount goes, and the bare mount point is there",
            "any",
            "another device without its stage is not used",
            shown_by=(
                "test_a_folder_that_lost_its_mount_is_not_used",
                "test_an_inbox_whose_mount_is_taken_away_is_offline_and_nothing_is_written_under_it",
            ),
        ),
        Row(
            "a folder was removed",
            "start",
            "it is made again",
            shown_by=("test_a_known_folder_that_was_removed_is_made_again_on_its_own_device",),
        ),
        Row(
            "a file system hangs or dies",
            "any",
            "its own route stops, alone, and comes back",
            shown_by=("test_a_file_system_that_hangs_and_dies_stops_its_own_route_alone",),
        ),
        Row(
            "the outbox is renamed and a new one made in its place on the same disk",
            "published",
            "the job has no folder in the new one's stage, so the result is fetched again, at no cost, and published there",
            another_outbox_meanwhile,
        ),
        Row(
            "the inbox is carried off while a job is published, a start makes a new one, and it comes back",
            "retired",
            "the next start finds the source in its stage, and the job that it belongs to puts it away; it is not bought again",
            shown_by=("test_an_inbox_that_was_away_during_a_start_is_not_bought_again",),
        ),
        Row(
            "the archive or the error folder is on another file system; death at any point, or twice",
            "retired",
            "exactly one copy",
            shown_by=(
                "test_cut_off_anywhere_there_is_exactly_one_copy",
                "test_cut_off_twice_there_is_exactly_one_copy",
            ),
        ),
        Row("a folder has a link in its path", "any", "refused", shown_by=("test_no_piece_of_a_path_may_be_a_link",)),
        Row(
            "a real mount goes at any point, and comes back",
            "any",
            "no file lost, nothing bought twice, nothing written under it",
            shown_by=("test_a_mount_that_goes_at_any_point",),
        ),
        Row(
            "the inbox is away during a start",
            "start",
            "nothing of it is bought again when it is back",
            shown_by=("test_an_inbox_that_was_away_during_a_start_is_not_bought_again",),
        ),
    ),
)
