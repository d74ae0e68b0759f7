"""What the installed unit gives the daemon, as `check` and a person at a terminal see it."""

import os
from pathlib import Path

import pytest

from tests.engine.world import World
from tests.faces.test_status import config_of
from watchconvert.core.config import ConfigError
from watchconvert.core.findings import Level
from watchconvert.faces import check_machine, load
from watchconvert.faces.unit import Unit, ask_for_unit, may_lease, parse_unit

_SHOWN = "AmbientCapabilities=cap_lease\nLoadState=loaded\n"
_TEXT = "# /lib/systemd/system/watchconvert.service\n[Service]\nLoadCredential=convertapi-secret:{}\n"


def systemctl(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: Path, *, capabilities: str = "cap_lease"
) -> None:
    """Put a program in front of all others that answers as systemd 252 does."""
    program = tmp_path / "bin/systemctl"
    program.parent.mkdir(exist_ok=True)
    program.write_text(
        "#!/bin/sh\ncase $1 in\n"
        f"show) printf 'AmbientCapabilities={capabilities}\\nLoadState=loaded\\n' ;;\n"
        f"cat) printf '[Service]\\nLoadCredential=convertapi-secret:{secret}\\n' ;;\nesac\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")


def test_a_unit_is_read_with_its_drop_ins() -> None:
    assert parse_unit("LoadState=not-found\n", "") is None
    assert parse_unit(_SHOWN, _TEXT.format("/a")) == Unit(may_lease=True, credentials={"convertapi-secret": Path("/a")})
    reset = _TEXT.format("/a") + "# drop-in\nLoadCredential=\nLoadCredential=other:/b\n"
    assert parse_unit("AmbientCapabilities=\nLoadState=loaded\n", reset) == Unit(
        may_lease=False, credentials={"other": Path("/b")}
    )


def test_without_a_service_manager_there_is_no_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ask_for_unit() is None


def test_at_a_terminal_the_secret_of_the_service_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the-secret\n")
    secret.chmod(0o600)
    for name in ("CREDENTIALS_DIRECTORY", load.SECRET_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    systemctl(tmp_path, monkeypatch, secret)
    assert load.find_secret(config_of(world)) == "the-secret"
    # The daemon itself has what it was given, and looks for nothing else.
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "none"))
    with pytest.raises(ConfigError, match="no secret"):
        load.find_secret(config_of(world))


def test_a_secret_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    for name in ("CREDENTIALS_DIRECTORY", load.SECRET_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    systemctl(tmp_path, monkeypatch, tmp_path / "missing")
    with pytest.raises(ConfigError) as caught:
        load.find_secret(config_of(world))
    assert str(tmp_path / "missing") in str(caught.value.problems[0])


def test_a_unit_that_cannot_tell_writers_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    monkeypatch.setattr(check_machine, "holder", lambda _: None)
    monkeypatch.setattr(check_machine, "ask_for_unit", lambda: None)
    assert list(check_machine.look_at_leases(config_of(world))) == []
    monkeypatch.undo()
    monkeypatch.setattr(check_machine, "holder", lambda _: None)
    for capabilities, level in (("cap_lease", Level.OK), ("", Level.WARNING)):
        systemctl(tmp_path, monkeypatch, tmp_path, capabilities=capabilities)
        (told,) = check_machine.look_at_leases(config_of(world))
        assert told.level is level


def test_a_running_daemon_tells_by_its_process(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    own = may_lease(os.getpid())
    assert own is not None
    assert may_lease(2**22 + 1) is None
    monkeypatch.setattr(check_machine, "holder", lambda _: os.getpid())
    (told,) = check_machine.look_at_leases(config_of(world))
    assert told.level is (Level.OK if own else Level.WARNING)
    assert str(os.getpid()) in told.said


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world")
