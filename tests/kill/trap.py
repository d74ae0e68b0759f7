"""A trap for a living daemon: SIGKILL at the entry of the n-th call of one name, by strace(1)."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.kill.nursery import Life

_SCOPE = Path("/proc/sys/kernel/yama/ptrace_scope")


def lacking_tools() -> str:
    """Say what is missing to set traps; empty when all is there."""
    if not shutil.which("strace"):
        return "strace is not installed"
    if subprocess.run(["strace", "-o", "/dev/null", "true"], stderr=subprocess.DEVNULL, check=False).returncode:
        return "strace may not trace here"
    if os.geteuid() and _SCOPE.exists() and int(_SCOPE.read_text()) > 1:
        return "strace may not attach: kernel.yama.ptrace_scope is above 1"
    return ""


class Trap:
    """One that is set."""

    def __init__(self, process: subprocess.Popen[bytes], trace: Path) -> None:
        self._process, self._trace = process, trace

    def has_sprung(self) -> bool:
        """Tell whether the dead daemon died of it, and not by itself."""
        self._process.wait(20)
        return "+++ killed by SIGKILL +++" in self._trace.read_text(errors="replace")


@contextlib.contextmanager
def trap(life: Life, threads: Sequence[int], call: str, number: int, folder: Path) -> Iterator[Trap]:
    """Set a trap for threads of a daemon, or for the whole of it where none is named.

    strace counts the calls of each thread by itself.
    """
    trace = folder / "trace"
    # Never with --seccomp-bpf: it would not see the calls of threads that are there already.
    who = [word for thread in threads or [life.pid] for word in ("-p", str(thread))] + ([] if threads else ["-f"])
    command = ["strace", "-o", str(trace), "-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={number}"]
    process = subprocess.Popen([*command, *who], stderr=subprocess.PIPE)
    assert process.stderr is not None
    try:
        for _ in threads or [life.pid]:
            line = process.stderr.readline()
            assert b"attached" in line, f"strace says {line!r}"
        yield Trap(process, trace)
    finally:
        process.kill()  # the kernel lets go of whoever it held; a SIGTERM may leave strace waiting for ever
        process.wait(20)
        process.stderr.close()
