"""The command: no shell, no secret, no descriptor, a bounded time, and nothing left of it."""

import contextlib
import json
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from watchconvert.adapters.notify.command import Command
from watchconvert.adapters.notify.sender import NotSentError
from watchconvert.core.messages import Message
from watchconvert.core.settings import Notify

MESSAGE = Message("f" * 32, 1.0, "held", "held a", "t", "$(touch x); `id` | cat", "text ß ü\n", {"route": "a"})


def make(*words: str, time_limit: float = 30.0) -> Command:
    return Command(Notify("tell", "command", command=words, time_limit=time_limit))


def shell(script: str, *words: str, time_limit: float = 30.0) -> Command:
    """A command that is a shell, as tests have it easier so."""
    return make("/bin/sh", "-c", script, "sh", *words, time_limit=time_limit)


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended, waited for or not."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


def wait_until(what: Any) -> None:
    deadline = time.monotonic() + 20
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_message_comes_as_json_on_the_standard_input(tmp_path: Path) -> None:
    assert shell('cat > "$1"', str(tmp_path / "got")).send(MESSAGE) == ""
    told = json.loads((tmp_path / "got").read_text())
    assert (told["id"], told["kind"], told["subject"], told["text"]) == (
        "f" * 32,
        "held",
        MESSAGE.subject,
        "text ß ü\n",
    )


def test_arguments_are_arguments(tmp_path: Path) -> None:
    marker = tmp_path / "made"
    make("/bin/echo", f"$(touch {marker})", f"; touch {marker}", f"`touch {marker}`").send(MESSAGE)
    assert not marker.exists()


def test_it_gets_no_secret_and_no_descriptor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVERTAPI_SECRET", "hunter2")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials")
    open_too = os.open(tmp_path, os.O_RDONLY)
    os.set_inheritable(open_too, True)
    try:
        shell(
            'env > "$1/env"; ls /proc/self/fd > "$1/fds"; pwd > "$1/pwd"; ps -o pgid= -p $$ > "$1/group"', str(tmp_path)
        ).send(MESSAGE)
    finally:
        os.close(open_too)
    names = {line.partition("=")[0] for line in (tmp_path / "env").read_text().splitlines()}
    assert names <= {
        "PATH",
        "HOME",
        "LANG",
        "LC_ALL",
        "TZ",
        "USER",
        "LOGNAME",
        "WATCHCONVERT_KIND",
        "PWD",
        "SHLVL",
        "_",
        "OLDPWD",
    }
    assert "WATCHCONVERT_KIND" in names
    assert (tmp_path / "fds").read_text().split() == ["0", "1", "2", "3"]  # the last is that of ls itself
    assert (tmp_path / "pwd").read_text() == "/\n"
    assert int((tmp_path / "group").read_text()) != os.getpgrp()


def test_how_it_ended_is_told() -> None:
    with pytest.raises(NotSentError, match="ended with status 3"):
        shell("cat > /dev/null; exit 3").send(MESSAGE)
    with pytest.raises(NotSentError, match="ended by signal 15"):
        shell("kill -TERM $$").send(MESSAGE)
    with pytest.raises(NotSentError, match="cannot be started: No such file"):
        make("/nonexistent/tell").send(MESSAGE)
    with pytest.raises(NotSentError, match="cannot be started: Permission denied"):
        make("/etc/passwd").send(MESSAGE)


def test_one_that_reads_nothing_is_no_fault() -> None:
    long = Message("f" * 32, 1.0, "failed", "c", "t", "s", "x" * 2_000_000)
    assert make("/bin/true").send(long) == ""


def test_one_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(NotSentError, match=r"did not end within 0.3 s"):
        shell('sleep 100 & echo $! > "$1"; wait', str(tmp_path / "pid"), time_limit=0.3).send(MESSAGE)
    assert time.monotonic() - began < 20
    child = int((tmp_path / "pid").read_text())
    wait_until(lambda: is_gone(child))


def test_a_stop_ends_what_runs_and_starts_nothing_more(tmp_path: Path) -> None:
    command, said = shell('echo $$ > "$1"; sleep 100', str(tmp_path / "pid")), []

    def send() -> None:
        try:
            command.send(MESSAGE)
        except NotSentError as fault:
            said.append(str(fault))

    thread = threading.Thread(target=send)
    thread.start()
    wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    command.stop()
    thread.join(20)
    assert said == ["the command was ended by signal 9"]
    with pytest.raises(NotSentError, match="stopping"):
        command.send(MESSAGE)


def test_its_processor_time_is_bounded(tmp_path: Path) -> None:
    shell('cat > /dev/null; ulimit -t > "$1"; ulimit -c >> "$1"', str(tmp_path / "limits"), time_limit=7).send(MESSAGE)
    assert (tmp_path / "limits").read_text().split() == ["8", "0"]
