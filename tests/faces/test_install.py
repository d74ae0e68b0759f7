"""`watchconvert install` in a root of its own."""

import os
import pwd
import subprocess
from pathlib import Path

import pytest

from watchconvert.core.settings import Config, Daemon, Route, Service
from watchconvert.faces import install as face
from watchconvert.faces.install import InstallError, Machine, install


class Calls:
    """Stands for the machine's programs; `systemd` is the version that it has."""

    def __init__(self, systemd: int = 252) -> None:
        self.made: list[list[str]] = []
        self._systemd = systemd

    def __call__(self, words: list[str]) -> str:
        self.made.append(words)
        return f"systemd {self._systemd} (x)\n" if "--version" in words else ""


@pytest.fixture
def owned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the daemon's user be whoever runs the test."""
    monkeypatch.setattr(face, "_USER", pwd.getpwuid(os.getuid()).pw_name)
    monkeypatch.setattr(face.shutil, "chown", lambda *_: None)


def config(**more: object) -> Config:
    folders = (f"/srv/office/{name}" for name in ("inbox", "outbox", "error", "archive"))
    return Config(Service(**more), Daemon("/var/lib/watchconvert/j.db"), (Route("office", *folders, "pdf"),))  # type: ignore[arg-type]


def run(root: Path, calls: Calls, found: Config | None = None) -> list[str]:
    source = root / "watchconvert.toml"
    source.touch(0o644)
    return list(install(found or config(), source, Machine(root, calls)))


@pytest.mark.usefixtures("owned")
def test_a_bare_machine_gets_everything(tmp_path: Path) -> None:
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    calls = Calls()
    said = run(tmp_path, calls)
    units = tmp_path / "etc/systemd/system"
    text = (units / "watchconvert.service").read_text()
    assert "/usr/bin/watchconvert" not in text
    assert "ExecReload=/" in text
    drop_in = (units / "watchconvert.service.d/routes.conf").read_text()
    assert 'ReadWritePaths="-/srv/office"' in drop_in
    inbox = tmp_path / "srv/office/inbox"
    assert inbox.stat().st_mode & 0o7777 == 0o2770
    assert ["systemctl", "daemon-reload"] in calls.made
    assert (tmp_path / "usr/local/lib/systemd/catalog/watchconvert.catalog").exists()
    assert ["journalctl", "--update-catalog"] in calls.made
    assert not (units / "watchconvert.service.d/notify-reload.conf").exists()
    assert any("/etc/watchconvert/secret" in line for line in said)
    assert said[-1].startswith("Now: systemctl enable")


@pytest.mark.usefixtures("owned")
def test_a_packaged_unit_and_folders_with_people_in_them_stay_as_they_are(tmp_path: Path) -> None:
    unit = tmp_path / "usr/lib/systemd/system/watchconvert.service"
    unit.parent.mkdir(parents=True)
    unit.touch()
    inbox = tmp_path / "srv/office/inbox"
    inbox.mkdir(parents=True, mode=0o755)
    before = inbox.stat()
    run(tmp_path, Calls())
    assert not (tmp_path / "etc/systemd/system/watchconvert.service").exists()
    after = inbox.stat()
    assert (after.st_mode, after.st_uid, after.st_ino) == (before.st_mode, before.st_uid, before.st_ino)


@pytest.mark.usefixtures("owned")
def test_a_second_time_nothing_is_left_to_do(tmp_path: Path) -> None:
    run(tmp_path, Calls())
    assert not [line for line in run(tmp_path, Calls()) if line.startswith(("wrote", "made"))]


@pytest.mark.usefixtures("owned")
def test_a_newer_systemd_reloads_by_itself(tmp_path: Path) -> None:
    run(tmp_path, Calls(systemd=257))
    drop_in = tmp_path / "etc/systemd/system/watchconvert.service.d/notify-reload.conf"
    assert "Type=notify-reload" in drop_in.read_text()


def test_a_machine_without_the_user_gets_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face, "_USER", "nobody-has-this-name")
    monkeypatch.setattr(face, "_contrib", lambda _name: tmp_path / "empty")
    monkeypatch.setattr(face.shutil, "chown", lambda *_: None)
    (tmp_path / "empty").touch()
    calls = Calls()
    said = run(tmp_path, calls)
    assert ["systemd-sysusers"] in calls.made
    assert "made the user nobody-has-this-name" in said


@pytest.mark.usefixtures("owned")
def test_what_could_not_be_done_is_told(tmp_path: Path) -> None:
    def refuse(words: list[str]) -> str:
        raise subprocess.CalledProcessError(1, words, stderr="Access denied\n")

    (tmp_path / "run/systemd/system").mkdir(parents=True)
    with pytest.raises(InstallError, match="Access denied; run this as root"):
        list(install(config(), tmp_path, Machine(tmp_path, refuse)))
