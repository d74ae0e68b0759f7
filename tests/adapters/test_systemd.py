"""The service manager's notify protocol, over a real datagram socket."""

import os
import socket
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from watchconvert.adapters.systemd import notify, watchdog_interval


@pytest.fixture(autouse=True)
def without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "systemd", None)
    for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def manager() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.settimeout(10)
        yield listening


def test_a_state_reaches_a_socket_with_a_path(
    manager: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    manager.bind("notify")
    short = f"/proc/{os.getpid()}/cwd/notify"
    monkeypatch.setenv("NOTIFY_SOCKET", short)
    assert notify("READY=1\nSTATUS=ä")
    assert manager.recv(100) == "READY=1\nSTATUS=ä".encode()


def test_a_state_reaches_an_abstract_socket(manager: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"watchconvert-test-{os.getpid()}"
    manager.bind("\0" + name)
    monkeypatch.setenv("NOTIFY_SOCKET", "@" + name)
    assert notify("WATCHDOG=1")
    assert manager.recv(100) == b"WATCHDOG=1"


@pytest.mark.parametrize("address", ["", "relative", "vsock:2:1234", "/nowhere/at/all", "@nobody-listens-here"])
def test_without_a_manager_that_listens_nothing_happens(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    assert notify("READY=1") is False


def test_without_the_variable_nothing_happens() -> None:
    assert notify("READY=1") is False


def test_the_library_is_used_where_it_is_and_its_faults_are_no_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def tell(state: str) -> bool:
        if state == "FAIL":
            raise ConnectionRefusedError
        said.append(state)
        return True

    library = types.ModuleType("systemd")
    library.daemon = types.SimpleNamespace(notify=tell)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "systemd", library)
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/systemd/notify")
    assert notify("READY=1") is True
    assert notify("FAIL") is False
    assert said == ["READY=1"]


@pytest.mark.parametrize(
    ("wanted", "pid", "interval"),
    [
        ("30000000", None, 15.0),
        ("30000000", "own", 15.0),
        ("30000000", "1", None),
        ("", None, None),
        ("soon", None, None),
        ("-1", None, None),
    ],
)
def test_a_sign_of_life_is_due_twice_as_often_as_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, wanted: str, pid: str | None, interval: float | None
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", wanted)
    if pid:
        monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()) if pid == "own" else pid)
    assert watchdog_interval() == interval


def test_without_a_watchdog_no_sign_of_life_is_due() -> None:
    assert watchdog_interval() is None
