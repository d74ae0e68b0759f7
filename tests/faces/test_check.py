"""`watchconvert check` finds what cannot be staged with a real machine: mounts, sandboxes, limits, other users."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.world import World
from tests.faces.test_status import config_of
from watchconvert.adapters.clock import Clock
from watchconvert.core.findings import Cause, Finding, Level, exit_status, problem
from watchconvert.core.mounts import Mount
from watchconvert.core.sandbox import write_drop_in
from watchconvert.faces import check_machine, check_routes, probes
from watchconvert.faces.check_routes import look_at_routes
from watchconvert.faces.probes import Abilities


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.start()
    yield world
    world.stop()


def found(world: World, level: Level) -> str:
    findings, _ = look_at_routes(config_of(world), Clock())
    assert all(each.remedy for each in findings if each.level is not Level.OK)
    return "\n".join(each.said for each in findings if each.level is level)


def test_a_sound_route_has_no_findings_but_good_ones(world: World) -> None:
    assert found(world, Level.PROBLEM) == found(world, Level.WARNING) == ""


def test_a_missing_mount_is_a_problem(world: World) -> None:
    outbox = Path(world.route.outbox)
    world.tools.journal.know_folders([(str(outbox), outbox.stat().st_dev + 1)])
    os.rename(outbox / ".watchconvert", world.root / "stage")
    assert "its mount is missing" in found(world, Level.PROBLEM)


def test_a_read_only_folder_points_to_the_sandbox(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_routes, "is_read_only", lambda path: path == world.route.archive)
    findings, _ = look_at_routes(config_of(world), Clock())
    (told,) = [each for each in findings if each.level is Level.PROBLEM]
    assert told.said == f"{world.route.archive} is read-only"
    assert "watchconvert install" in told.remedy
    assert "systemctl restart" in told.remedy


def test_a_mount_without_events_is_a_warning(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_routes, "read_mounts", lambda: [Mount(os.fsencode(world.root), "nfs4")])
    assert "lies on nfs4, which brings no events: it is scanned every 5 s" in found(world, Level.WARNING)


def test_missing_abilities_are_warnings(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_routes, "try_out", lambda _: Abilities())
    told = found(world, Level.WARNING)
    assert "no rename that spares what has the name" in told
    assert "nobody can tell there whether a program still writes" in told
    monkeypatch.setattr(check_routes, "try_out", lambda _: Abilities(fault="Disk quota exceeded"))
    assert "could not be made and renamed there: Disk quota exceeded" in found(world, Level.PROBLEM)


def test_what_is_tried_is_true_of_this_file_system(world: World) -> None:
    with world.tools.folders.open(world.route.inbox) as folder:
        assert probes.try_out(folder) == Abilities(renames=True, leases=True)
        before = os.listdir(world.route.inbox)
        os.rename(Path(world.route.inbox) / ".watchconvert", world.root / "elsewhere")
        assert probes.try_out(folder) == Abilities(renames=True, leases=True)
    assert os.listdir(world.route.inbox) == [name for name in before if name != ".watchconvert"]


def test_limits_of_the_kernel(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_machine, "_LIMITS", tmp_path)
    (tmp_path / "max_user_watches").write_text("100\n")
    (tmp_path / "max_user_instances").write_text("100\n")
    levels = {each.said.split()[0]: each.level for each in check_machine.look_at_limits(config_of(world), 90)}
    assert levels == {
        "fs.inotify.max_user_instances": Level.OK,
        "fs.inotify.max_user_watches": Level.WARNING,
    }


def test_a_sandbox_that_was_made_for_other_folders(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, source, drop_in = config_of(world), tmp_path / "w.toml", tmp_path / "routes.conf"
    monkeypatch.setattr(check_machine, "_DROP_IN", drop_in)
    assert list(check_machine.look_at_unit(config, source)) == []
    text = write_drop_in(config, "/var/lib/watchconvert", str(source))
    drop_in.write_text(text)
    assert [each.level for each in check_machine.look_at_unit(config, source)] == [Level.OK]
    drop_in.write_text(text.replace(str(world.root), "/elsewhere"))
    drop_in.write_text(drop_in.read_text().replace("from /elsewhere", f"from {tmp_path}"))
    assert [each.level for each in check_machine.look_at_unit(config, source)] == [Level.PROBLEM]


def test_another_user_than_the_daemon_is_warned(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(check_machine.look_at_user(config_of(world))) == []
    monkeypatch.setattr(check_machine, "_owner", lambda _: 65534)
    (told,) = check_machine.look_at_user(config_of(world))
    assert told.level is Level.WARNING
    assert "runuser -u " in told.remedy


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_its_status(cause: Cause) -> None:
    status = exit_status([Finding("a", "b"), problem("a", "b", "c", cause)])
    assert status == {Cause.MENDING: 78, Cause.CREDENTIALS: 77, Cause.SERVICE: 69}[cause]
    assert exit_status([problem("a", "b", "c", cause), problem("a", "b", "c")]) == 78
    assert exit_status([Finding("a", "b", Level.WARNING)]) == 0
