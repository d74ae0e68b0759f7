"""Folders keep what the daemon put there for as long, or as much, as the route says; what is people's stays."""

import dataclasses
import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.adapters.rig import writer_elsewhere
from tests.engine.kept import DAY, HOUR, SHORT, Kept, living
from watchconvert.adapters.files.disk import Disk
from watchconvert.core.job import Verdict
from watchconvert.core.keeping import FRESH, Keep
from watchconvert.engine.housekeeper import Housekeeper
from watchconvert.engine.keeper import Keeper

BOTH = {"archive_keep": SHORT, "outbox_keep": SHORT}


def events(told: list[dict[str, object]]) -> list[tuple[object, ...]]:
    return [tuple(value for key, value in event.items() if key not in ("log_level", "route")) for event in told]


# what goes ────────────────────────────────────────────────────────────────────


def test_by_default_nothing_ever_goes(tmp_path: Path) -> None:
    with living(tmp_path) as world:
        world.convert("letter.docx")
        world.clock.pass_by(3650 * DAY)
        assert world.tidy() == []
        assert (world.tree("outbox"), world.tree("archive")) == ({"letter.pdf"}, {"letter.docx"})


def test_what_is_past_its_age_goes_and_what_is_not_stays(tmp_path: Path) -> None:
    with living(tmp_path, archive_keep=SHORT) as world:
        world.convert("old.docx")
        world.clock.pass_by(DAY / 2)
        world.convert("new.docx")
        world.clock.pass_by(DAY / 2)
        told = world.tidy()
        assert world.tree("archive") == {"new.docx"}
        assert world.tree("outbox") == {"old.pdf", "new.pdf"}, "of this the route says nothing"
        assert events(told) == [("archive", 1, len("content of old.docx"), "tidied")]
        assert world.tidy() == []
        assert world.staged() == []


def test_of_too_much_the_oldest_goes_until_the_rest_holds(tmp_path: Path) -> None:
    with living(tmp_path, archive_keep=Keep(size=20)) as world:
        for name in ("a", "b", "c"):
            world.drop(f"{name}.docx", name.encode() * 8)
            world.run()
            world.clock.pass_by(1.0)
        world.clock.pass_by(FRESH)
        world.tidy()
        assert world.tree("archive") == {"b.docx", "c.docx"}


def test_what_came_within_the_last_hour_never_goes_for_its_size(tmp_path: Path) -> None:
    with living(tmp_path, outbox_keep=Keep(size=1)) as world:
        world.convert("huge.docx")
        world.clock.pass_by(FRESH - 60)
        world.tidy()
        assert world.tree("outbox") == {"huge.pdf"}
        world.clock.pass_by(60)
        world.tidy()
        assert world.tree("outbox") == set()


def test_what_people_took_away_does_not_push_out_what_is_there(tmp_path: Path) -> None:
    """Results are fetched from an outbox all the time; the sum must be that of what lies there."""
    with living(tmp_path, outbox_keep=Keep(size=200)) as world:
        world.convert("kept.docx")
        world.clock.pass_by(1.0)
        world.convert(*(f"{number}.docx" for number in range(9)))
        for number in range(9):
            (Path(world.route.outbox) / f"{number}.pdf").unlink()
        world.clock.pass_by(2 * FRESH)
        assert world.tidy() == []
        assert world.tree("outbox") == {"kept.pdf"}


def test_much_goes_in_pieces_so_that_others_have_their_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchconvert.engine.keeper._BATCH", 2)
    with living(tmp_path, archive_keep=SHORT) as world:
        world.convert(*(f"{number}.docx" for number in range(5)))
        world.clock.pass_by(DAY)
        assert [event["files"] for event in world.tidy()] == [2, 2, 1]
        assert world.tree("archive") == set()


def test_the_keys_hold_for_what_is_there_already_and_follow_the_route(tmp_path: Path) -> None:
    with living(tmp_path) as world:
        world.convert("letter.docx")
        world.clock.pass_by(DAY)
        world.tidy()
        again = dataclasses.replace(world.route, archive_keep=SHORT)
        world.keeper = Keeper(world.tools, again, world.almanac)
        world.tidy()
        assert world.tree("archive") == set()


def test_a_folder_that_is_the_routes_no_longer_is_left_alone(tmp_path: Path) -> None:
    with living(tmp_path) as world:
        world.convert("letter.docx")
        world.clock.pass_by(DAY)
        (tmp_path / "other").mkdir()
        again = dataclasses.replace(world.route, archive=str(tmp_path / "other"), archive_keep=SHORT)
        world.keeper = Keeper(world.tools, again, world.almanac)
        world.tidy()
        assert world.tree("archive") == {"letter.docx"}


# what is people's ─────────────────────────────────────────────────────────────


def edit(path: Path) -> None:
    path.write_bytes(b"edited by a person")


def replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    os.utime(other, ns=(0, path.stat().st_mtime_ns))
    other.replace(path)


def link(path: Path) -> None:
    other = path.with_name("kept")
    path.rename(other)
    path.symlink_to(other)


def become_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("act", [edit, replace, link, become_a_folder])
def test_what_a_person_has_changed_is_left_alone_for_good_and_told_once(
    act: Callable[[Path], None], tmp_path: Path
) -> None:
    with living(tmp_path, archive_keep=SHORT) as world:
        world.convert("letter.docx", "other.docx")
        path = Path(world.route.archive) / "letter.docx"
        act(path)
        before = path.lstat()
        world.clock.pass_by(DAY)
        told = world.tidy()
        assert (path.lstat().st_ino, path.lstat().st_ctime_ns) == (before.st_ino, before.st_ctime_ns), "not even moved"
        assert "other.docx" not in world.tree("archive")
        assert ("archive", 1, "letter.docx", "spared") in events(told)
        world.clock.pass_by(DAY)
        assert world.tidy() == []
        assert (path.lstat().st_ino, path.lstat().st_ctime_ns) == (before.st_ino, before.st_ctime_ns)


def test_what_a_person_put_there_is_no_affair_of_the_daemon(tmp_path: Path) -> None:
    with living(tmp_path, **BOTH) as world:
        world.convert("letter.docx")
        for folder in ("archive", "outbox", "error"):
            (Path(getattr(world.route, folder)) / "mine.txt").write_bytes(b"mine")
            os.utime(Path(getattr(world.route, folder)) / "mine.txt", (0, 0))
        world.clock.pass_by(DAY)
        world.tidy()
        assert [world.tree(folder) for folder in ("archive", "outbox", "error")] == [{"mine.txt"}] * 3


def test_what_was_moved_or_renamed_is_the_persons(tmp_path: Path) -> None:
    with living(tmp_path, **BOTH) as world:
        world.convert("letter.docx")
        (Path(world.route.archive) / "letter.docx").rename(Path(world.route.archive) / "kept.docx")
        (Path(world.route.outbox) / "sub").mkdir()
        (Path(world.route.outbox) / "letter.pdf").rename(Path(world.route.outbox) / "sub" / "letter.pdf")
        world.clock.pass_by(DAY)
        assert world.tidy() == []
        assert (world.tree("archive"), world.tree("outbox")) == ({"kept.docx"}, {"sub", "sub/letter.pdf"})


def test_what_was_edited_while_nobody_had_noted_it_yet_is_the_persons(tmp_path: Path) -> None:
    """The daemon dies between the rename and the row; a person edits the file; the next life finds it again."""
    with living(tmp_path, archive_keep=SHORT) as world:
        record, journal = world.tools.journal.record, world.tools.journal
        path = Path(world.route.archive) / "letter.docx"

        def die(*_: object) -> bool:
            if path.exists():
                raise KeyboardInterrupt
            return record(*_)  # type: ignore[arg-type]

        journal.record = die  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            world.convert("letter.docx")
        world.stop()
        edit(path)
        world.start()
        world.run()
        world.clock.pass_by(DAY)
        world.tidy()
        assert world.tree("archive") == {"letter.docx"}
        assert path.read_bytes() == b"edited by a person"


def test_a_file_that_somebody_writes_to_waits(tmp_path: Path) -> None:
    with living(tmp_path, archive_keep=SHORT) as world:
        world.convert("letter.docx")
        world.clock.pass_by(DAY)
        with writer_elsewhere(Path(world.route.archive) / "letter.docx"):
            assert world.tidy() == []
            assert world.tree("archive") == {"letter.docx"}
        assert [event["event"] for event in world.tidy()] == ["tidied"]


def test_an_output_that_replaced_another_has_the_place(tmp_path: Path) -> None:
    with living(tmp_path, on_conflict="replace", outbox_keep=SHORT) as world:
        world.convert("letter.docx")
        world.clock.pass_by(DAY - HOUR)
        world.drop("letter.docx", b"the second of its name")
        world.run()
        world.clock.pass_by(HOUR)
        assert world.tidy() == []
        assert world.tree("outbox") == {"letter.pdf"}
        world.clock.pass_by(DAY)
        world.tidy()
        assert world.tree("outbox") == set()


# explanations and sub-folders ─────────────────────────────────────────────────


def test_a_note_goes_when_its_file_has_left(tmp_path: Path) -> None:
    with living(tmp_path) as world:
        world.service.refuse = Verdict("It is damaged.")
        world.convert("a/one.docx", "two.docx")
        assert world.tidy() == []
        (Path(world.route.error) / "a" / "one.docx").unlink()
        assert events(world.tidy())[0][::3] == ("error", "tidied")
        assert world.tree("error") == {"two.docx", "two.docx.error.txt", "two.docx.error.json"}, (
            "and the sub-folder that the daemon made"
        )


def test_a_note_that_a_person_wrote_into_stays(tmp_path: Path) -> None:
    with living(tmp_path) as world:
        world.service.refuse = Verdict("It is damaged.")
        world.convert("letter.docx")
        (Path(world.route.error) / "letter.docx.error.txt").write_text("asked the sender, Tuesday")
        (Path(world.route.error) / "letter.docx").unlink()
        assert sorted(event["event"] for event in world.tidy()) == ["spared", "tidied"]
        assert world.tree("error") == {"letter.docx.error.txt"}, (
            "and the one for programs, which nobody changed, is gone"
        )


def test_a_note_of_a_very_long_name_stays_as_nobody_can_tell_whose_it_is(tmp_path: Path) -> None:
    with living(tmp_path) as world:
        world.service.refuse = Verdict("It is damaged.")
        name = "x" * 245 + ".docx"
        world.convert(name)
        (Path(world.route.error) / name).unlink()
        assert world.tidy() == []


def test_a_file_of_the_error_folder_takes_its_note_along(tmp_path: Path) -> None:
    with living(tmp_path, error_keep=SHORT) as world:
        world.service.refuse = Verdict("It is damaged.")
        world.convert("letter.docx")
        world.clock.pass_by(DAY)
        world.tidy()
        assert world.tree("error") == set()


def test_sub_folders_that_the_daemon_made_go_with_their_last_file_and_no_others(tmp_path: Path) -> None:
    with living(tmp_path, archive_keep=SHORT) as world:
        (Path(world.route.archive) / "theirs").mkdir()
        world.convert("a/b/one.docx", "theirs/two.docx", "c/three.docx")
        (Path(world.route.archive) / "c" / "mine.txt").write_bytes(b"mine")
        world.clock.pass_by(DAY)
        world.tidy()
        assert world.tree("archive") == {"theirs", "c", "c/mine.txt"}
        assert {each.name for each in world.placed() if each.root == world.route.archive} == {b"c"}


def test_a_sub_folder_that_a_person_made_anew_stays(tmp_path: Path) -> None:
    with living(tmp_path, archive_keep=SHORT) as world:
        world.convert("a/one.docx")
        folder = Path(world.route.archive) / "a"
        folder.rename(folder.with_name("old"))
        folder.mkdir()
        (folder.with_name("old") / "one.docx").rename(folder / "one.docx")
        world.clock.pass_by(DAY)
        world.tidy()
        assert world.tree("archive") == {"a", "old"}


# what cannot be done ──────────────────────────────────────────────────────────


def test_a_folder_that_is_away_stops_only_itself_and_is_told_once(tmp_path: Path) -> None:
    with living(tmp_path, **BOTH) as world:
        world.convert("letter.docx")
        world.clock.pass_by(DAY)
        outbox = Path(world.route.outbox)
        outbox.rename(outbox.with_name("away"))
        told = world.tidy()
        assert ("outbox", str(outbox), os.strerror(errno.ENOENT), "untidy") in events(told)
        assert world.tree("archive") == set(), "the others are tidied"
        assert world.tidy() == []
        outbox.with_name("away").rename(outbox)
        assert [event["event"] for event in world.tidy()] == ["tidied"]
        assert world.tree("outbox") == set()


def test_a_missing_mount_makes_nobody_forget_what_lies_on_it(tmp_path: Path) -> None:
    with living(tmp_path, archive_keep=SHORT) as world:
        world.convert("letter.docx")
        world.clock.pass_by(DAY)
        archive = Path(world.route.archive)
        archive.rename(archive.with_name("away"))
        archive.mkdir()
        world.tools.folders.know({world.route.archive: 1})  # as if it had been another device
        assert [event["event"] for event in world.tidy()] == ["untidy"]
        assert [each.name for each in world.placed() if each.root == world.route.archive] == [b"letter.docx"]


def test_one_that_may_not_be_removed_does_not_keep_up_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchconvert.engine.keeper._BATCH", 1)
    rename = Disk.rename_new

    def refuse(disk: Disk, source: int, name: bytes, target: int, new_name: bytes) -> None:
        if name == b"held.docx":
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        rename(disk, source, name, target, new_name)

    with living(tmp_path, archive_keep=SHORT) as world:
        world.convert("held.docx")
        world.convert("letter.docx")
        world.clock.pass_by(DAY)
        with monkeypatch.context() as patch:
            patch.setattr(Disk, "rename_new", refuse)
            world.tidy()
            assert world.tree("archive") == {"held.docx"}
        world.tidy()
        assert world.tree("archive") == set(), "tried again at each walk"


def test_a_file_that_turns_out_to_be_another_after_the_rename_is_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody replaces it, and takes the name, between the look and the rename, and between that and the way back."""
    rename, done = Disk.rename_new, []

    def slip_in(disk: Disk, source: int, name: bytes, target: int, new_name: bytes) -> None:
        path = Path(archive, "letter.docx")
        if not done:
            done.append(1)
            edit(path)
            rename(disk, source, name, target, new_name)
            path.write_bytes(b"yet another")
            return
        rename(disk, source, name, target, new_name)

    with living(tmp_path, archive_keep=SHORT) as world:
        archive = world.route.archive
        world.convert("letter.docx")
        world.clock.pass_by(DAY)
        with monkeypatch.context() as patch:
            patch.setattr(Disk, "rename_new", slip_in)
            assert [event["event"] for event in world.tidy()] == ["spared"]
        assert world.seen("archive") == {"letter.docx": b"yet another", "letter (2).docx": b"edited by a person"}
        assert world.staged() == []


# memory ───────────────────────────────────────────────────────────────────────


def test_what_is_never_to_go_is_forgotten_with_the_history(tmp_path: Path) -> None:
    with living(tmp_path, archive_keep=Keep(age=1000 * DAY)) as world:
        world.convert("a/letter.docx")
        world.housekeeper.round()
        world.clock.pass_by(91 * DAY)
        assert {each.root for each in world.placed()} == {world.route.archive, world.route.outbox}
        world.housekeeper.round()
        assert {(each.root, each.kind) for each in world.placed()} == {
            (world.route.archive, "file"), (world.route.archive, "folder")
        }  # fmt: skip
        world.clock.pass_by(1000 * DAY)
        world.housekeeper.round()
        world.tidy()
        assert world.placed() == [each for each in world.placed() if each.root == world.route.outbox] == []
        assert world.tree("outbox") == {"a", "a/letter.pdf"}


def test_what_a_route_that_is_gone_has_placed_is_forgotten_and_left(tmp_path: Path) -> None:
    with living(tmp_path, archive_keep=SHORT) as world:
        world.convert("letter.docx")
        world.housekeeper = Housekeeper(world.tools, 90 * DAY)
        world.housekeeper.round()
        world.clock.pass_by(91 * DAY)
        world.housekeeper.round()
        assert world.placed() == []
        assert world.tree("archive") == {"letter.docx"}


def test_a_key_that_is_set_later_covers_what_is_remembered(tmp_path: Path) -> None:
    world = Kept(tmp_path)
    world.start()
    world.convert("letter.docx")
    world.housekeeper.round()
    world.clock.pass_by(80 * DAY)
    world.housekeeper.round()
    world.stop()
    world.change_route(archive_keep=SHORT)
    with living_again(world):
        world.clock.pass_by(7 * HOUR)  # it was away for long, and the clock is not believed at once
        world.tidy()
        assert world.tree("archive") == set()


class living_again:  # noqa: N801 - it stands in a with
    def __init__(self, world: Kept) -> None:
        self.world = world

    def __enter__(self) -> None:
        self.world.start()
        self.world.housekeeper.round()

    def __exit__(self, *_: object) -> None:
        self.world.stop()


def test_copies_of_the_journal_from_before_an_upgrade_go_with_the_history(tmp_path: Path) -> None:
    copy, evidence = tmp_path / "journal.db.before-v2", tmp_path / "journal.db.damaged-20270101"
    with living(tmp_path) as world:
        for each in (copy, evidence):
            each.write_bytes(b"SQLite")
            os.utime(each, (world.clock.now(), world.clock.now()))
        world.housekeeper.round()
        assert copy.exists()
        world.clock.pass_by(91 * DAY)
        world.housekeeper.round()
        assert not copy.exists()
        assert evidence.exists()


# the time of day ──────────────────────────────────────────────────────────────


def test_a_clock_that_jumps_ahead_removes_nothing_for_its_age(tmp_path: Path) -> None:
    with living(tmp_path, archive_keep=SHORT) as world:
        world.convert("letter.docx")
        world.tidy()
        world.clock.wall += 3650 * DAY
        with capture_logs() as told:
            for _ in range(5):
                assert [event["event"] for event in world.tidy() if event["event"] != "clock_doubted"] == []
                world.housekeeper.round()
                world.clock.pass_by(HOUR)
        assert told == []
        assert world.tree("archive") == {"letter.docx"}
        assert len(world.jobs()) == 1, "and the history is there, too"
        world.clock.wall -= 3650 * DAY  # somebody has mended it
        for _ in range(8):
            world.tidy()
            world.clock.pass_by(HOUR)
        assert world.tree("archive") == {"letter.docx"}
        world.clock.pass_by(DAY)
        world.tidy()
        assert world.tree("archive") == set(), "and it goes when it is its time"


def test_a_size_depends_on_no_clock(tmp_path: Path) -> None:
    with living(tmp_path, archive_keep=Keep(size=1)) as world:
        world.convert("letter.docx")
        world.tidy()
        world.clock.wall += 3650 * DAY
        world.tidy()
        assert world.tree("archive") == set()


def test_the_doubt_is_told_once(tmp_path: Path) -> None:
    with living(tmp_path, archive_keep=SHORT) as world:
        world.convert("letter.docx")
        world.tidy()
        world.clock.wall += 3650 * DAY
        world.clock.pass_by(60.0)
        (told,) = world.tidy()
        assert told["event"] == "clock_doubted"
        assert told["why"].startswith("it has jumped forward by 3650 d; nothing is removed")
        world.clock.pass_by(60.0)
        assert world.tidy() == []


def test_a_clock_that_is_ahead_at_the_start_is_not_believed_at_once(tmp_path: Path) -> None:
    world = Kept(tmp_path, archive_keep=SHORT)
    world.start()
    world.convert("letter.docx")
    world.housekeeper.round()
    world.stop()
    world.clock.wall += 3650 * DAY
    world.clock.uptime = 5.0
    with living_again(world):
        world.tidy()
        assert world.tree("archive") == {"letter.docx"}
        for _ in range(7):
            world.clock.pass_by(HOUR)
            world.tidy()
        assert world.tree("archive") == set(), "after six hours in step it is believed"


def test_what_came_while_the_clock_was_back_by_years_is_not_old_when_it_is_right_again(tmp_path: Path) -> None:
    with living(tmp_path, archive_keep=SHORT) as world:
        world.tidy()
        world.housekeeper.round()
        world.clock.wall -= 3650 * DAY
        world.convert("letter.docx")
        world.clock.wall += 3650 * DAY
        for _ in range(8):
            world.tidy()
            world.clock.pass_by(HOUR)
        assert world.tree("archive") == {"letter.docx"}


def test_what_a_clock_that_was_ahead_has_dated_into_the_future_is_dated_anew(tmp_path: Path) -> None:
    with living(tmp_path, archive_keep=SHORT) as world:
        world.tidy()
        world.clock.wall += 3650 * DAY
        world.convert("letter.docx")
        world.clock.wall -= 3650 * DAY
        for _ in range(8):
            world.tidy()
            world.clock.pass_by(HOUR)
        world.clock.pass_by(DAY)
        world.tidy()
        assert world.tree("archive") == set()


def test_an_archive_that_was_carried_off_is_not_taken_for_emptied(tmp_path: Path) -> None:
    """Copied to another disk, no file is what it was: all of it is people's now."""
    with living(tmp_path, archive_keep=SHORT) as world:
        world.convert("letter.docx")
        archive = Path(world.route.archive)
        shutil.copytree(archive, archive.with_name("copy"))
        shutil.rmtree(archive)
        archive.with_name("copy").rename(archive)
        (archive / ".watchconvert").chmod(0o700)
        world.clock.pass_by(DAY)
        world.tidy()
        assert world.tree("archive") == {"letter.docx"}


# what was tried again ─────────────────────────────────────────────────────────


def fail_and_move_back(world: Kept, name: str = "letter.docx") -> set[str]:
    """Have a file fail and move it back, as a person would: the explanations stay.  Returns what is in the error folder."""
    world.service.refuse = Verdict("It is damaged.")
    world.drop(name, b"dear")
    world.run()
    world.tidy()
    world.service.refuse = None
    Path(world.route.error, name).rename(Path(world.route.inbox, Path(name).name))
    return world.tree("error")


def listen(world: Kept) -> list[str]:
    """Have the keeper told of what comes to rest, as the daemon does; returns how often it was rung."""
    rung: list[str] = []
    world.dispatcher.on_rest = world.keeper.hear
    world.keeper.ring = lambda: rung.append("rung")
    return rung


def test_both_explanations_go_when_the_file_that_was_moved_back_is_converted(tmp_path: Path) -> None:
    with living(tmp_path) as world:
        assert fail_and_move_back(world) == {"letter.docx.error.txt", "letter.docx.error.json"}
        rung = listen(world)
        world.run()
        assert world.tree("outbox") == {"letter.pdf"}
        assert rung == ["rung"]
        pause = world.keeper.round()
        assert world.tree("error") == set()
        assert 500 < pause <= 600, "the walk through all folders is not begun before its time"
        assert not [each for each in world.placed() if each.kind == "note"]


def test_a_file_that_fails_again_keeps_its_name_and_has_new_explanations(tmp_path: Path) -> None:
    with living(tmp_path) as world:
        notes = fail_and_move_back(world)
        before = world.seen("error")["letter.docx.error.json"]
        listen(world)
        world.service.refuse = Verdict("It is damaged.")
        world.run()
        assert world.tree("error") == notes | {"letter.docx"}
        assert world.seen("error")["letter.docx.error.json"] != before
        (row,) = (each for each in world.placed() if each.name == b"letter.docx.error.json")
        assert row.job == max(world.jobs(), key=lambda job: job.noticed_at).id


def test_they_stay_beside_their_file_when_another_of_its_name_is_converted(tmp_path: Path) -> None:
    with living(tmp_path) as world:
        world.service.refuse = Verdict("It is damaged.")
        world.convert("letter.docx")
        world.service.refuse = None
        listen(world)
        world.drop("letter.docx", b"mended, and the bad one left where it is")
        world.run()
        world.keeper.round()
        assert world.tree("outbox") == {"letter.pdf"}
        assert world.tree("error") == {"letter.docx", "letter.docx.error.txt", "letter.docx.error.json"}


def test_an_explanation_that_a_person_changed_stays_and_the_other_goes(tmp_path: Path) -> None:
    with living(tmp_path) as world:
        fail_and_move_back(world)
        Path(world.route.error, "letter.docx.error.txt").write_text("anna: asked them for another one")
        listen(world)
        world.run()
        world.keeper.round()
        assert world.seen("error") == {"letter.docx.error.txt": b"anna: asked them for another one"}


def test_in_sub_folders_they_go_with_the_folder_that_was_made_for_them(tmp_path: Path) -> None:
    with living(tmp_path) as world:
        world.service.refuse = Verdict("It is damaged.")
        world.drop("2026/may/letter.docx", b"dear")
        world.run()
        world.tidy()
        world.service.refuse = None
        Path(world.route.error, "2026/may/letter.docx").rename(Path(world.route.inbox, "2026/may/letter.docx"))
        listen(world)
        world.clock.pass_by(61)
        world.run()
        assert world.tree("outbox") >= {"2026/may/letter.pdf"}
        world.keeper.round()
        assert world.tree("error") == set()


def test_a_death_before_they_are_gone_leaves_them_to_the_next_walk(tmp_path: Path) -> None:
    with living(tmp_path) as world:
        fail_and_move_back(world)
        world.run()  # and nobody hears of it
        world.stop()
        world.start()
        assert world.tree("error") == {"letter.docx.error.txt", "letter.docx.error.json"}
        world.tidy()
        assert world.tree("error") == set()


def test_an_error_folder_that_is_away_costs_nothing_but_the_removal(tmp_path: Path) -> None:
    with living(tmp_path) as world:
        fail_and_move_back(world)
        listen(world)
        world.run()
        error = Path(world.route.error)
        error.rename(tmp_path / "away")
        with capture_logs() as told:
            world.keeper.round()
        assert [(event["event"], event["folder"]) for event in told] == [("untidy", "error")]
        (tmp_path / "away").rename(error)
        world.clock.pass_by(600)
        world.tidy()
        assert world.tree("error") == set()


def test_what_is_heard_is_bounded_and_rings_once(tmp_path: Path) -> None:
    with living(tmp_path) as world:
        world.convert("letter.docx")
        (job,) = world.jobs()
        rung = listen(world)
        for number in range(3000):
            world.keeper.hear(dataclasses.replace(job, name=b"%d" % number))
        assert rung == ["rung"]
        assert len(world.keeper._heard) == 1000
        world.keeper.round()
        assert world.keeper._heard == set()
