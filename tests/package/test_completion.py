"""Completion in the shells themselves: the tab key is pressed in a real one."""

import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.package.building import run

PATIENCE = 30.0
BIN = Path(sys.executable).parent
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "source {file}"),
    "zsh": (["zsh", "-f", "-i"], "autoload -U compinit; fpath=({folder} $fpath); compinit -u -D"),
    "fish": (["fish", "--no-config", "--interactive"], "source {file}"),
}


def needs(shell: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is not installed")


@pytest.fixture
def typed(tmp_path: Path) -> Callable[[str, str, str], str]:
    """Type something into a shell, as a person does; returns what it wrote up to the words that are waited for."""

    def type_in(shell: str, keys: str, wanted: str) -> str:
        command, setting_up = SHELLS[shell]
        file = tmp_path / "_watchconvert"
        source = run(sys.executable, "-m", "watchconvert", _WATCHCONVERT_COMPLETE=f"{shell}_source")
        file.write_text(source)
        process, terminal = pty.fork()
        if process == 0:
            env = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(tmp_path), "TERM": "dumb", "PS1": "ready> "}
            os.execvpe(command[0], command, env | {"LC_ALL": "C.UTF-8"})
        try:
            line = setting_up.format(file=file, folder=tmp_path)
            os.write(terminal, f"{line}; echo set''up\n".encode())
            said = read_until(terminal, "setup")
            os.write(terminal, keys.encode())
            return said + read_until(terminal, wanted)
        finally:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            os.close(terminal)

    return type_in


def read_until(terminal: int, wanted: str) -> str:
    said, deadline = "", time.monotonic() + PATIENCE
    while wanted not in said:
        ready, _, _ = select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"waited for {wanted!r}, and read {said!r}"
        said += os.read(terminal, 4096).decode(errors="replace")
    return said


@pytest.mark.parametrize("shell", [pytest.param(each, marks=needs(each)) for each in ("bash", "zsh")])
def test_a_command_is_completed(typed: Callable[[str, str, str], str], shell: str) -> None:
    # What is typed is echoed, so the rest of the word can only come from the completion.
    assert "watchconvert status" in typed(shell, "watchconvert st\t", "status")


@pytest.mark.parametrize("shell", [pytest.param(each, marks=needs(each)) for each in ("bash", "zsh")])
def test_an_option_is_completed(typed: Callable[[str, str, str], str], shell: str) -> None:
    assert "status --json" in typed(shell, "watchconvert status --js\t", "--json")


@needs("fish")
@pytest.mark.parametrize(("line", "word"), [("watchconvert st", "status"), ("watchconvert status --js", "--json")])
def test_fish_knows_the_words(tmp_path: Path, line: str, word: str) -> None:
    # It draws its line anew with each key, so it is asked what it would offer.
    file = tmp_path / "watchconvert.fish"
    file.write_text(run(sys.executable, "-m", "watchconvert", _WATCHCONVERT_COMPLETE="fish_source"))
    env = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    asked = ["fish", "--no-config", "-c", f"source {file}; complete -C '{line}'"]
    done = subprocess.run(asked, env=env, capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert [found.split("\t")[0] for found in done.stdout.splitlines()] == [word]
