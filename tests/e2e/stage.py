"""The real programs in a test: a daemon, the built-in server, and what they leave behind."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from watchconvert.adapters.journal.report import Report, open_report, read_status
from watchconvert.core.job import Job
from watchconvert.core.states import RESTING

SECRET = "a-secret-for-the-tests"
PATIENCE = 120.0


def wait_for(what: Callable[[], Any], why: str, patience: float = PATIENCE) -> Any:
    """Wait for another process; returns what it waited for."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {patience:.0f} s in vain: {why}")


@contextlib.contextmanager
def local_server(folder: Path, *options: str) -> Iterator[str]:
    """Run `watchconvert local`; yields its address."""
    command = [sys.executable, "-m", "watchconvert", "local", "--port", "0", *options]
    env = os.environ | {"WATCHCONVERT_LOCAL_SECRET": SECRET}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=env)
    assert process.stdout is not None
    try:
        line = process.stdout.readline().decode()
        match = re.search(r"http://\S+", line)
        assert match, f"the server said {line!r}; its log: {(folder / 'server.log').read_text()}"
        yield match.group()
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def ask_server(url: str, path: str) -> Any:
    """Ask the local server something as its owner."""
    request = urllib.request.Request(url + path, headers={"Authorization": f"Bearer {SECRET}"})
    with urllib.request.urlopen(request, timeout=10) as reply:
        return json.load(reply)


class Site:
    """A folder with a configuration, three routes and perhaps a running daemon."""

    def __init__(
        self, folder: Path, url: str, extra: str = "", routes: tuple[str, ...] = ("pdf", "jpg", "csv")
    ) -> None:
        self.folder = folder
        self.config = folder / "watchconvert.toml"
        (folder / "secret").write_text(SECRET + "\n")
        (folder / "secret").chmod(0o600)
        text = f'[service]\nurl = "{url}"\nsecret_file = "secret"\ndoubt = "2s"\n{extra}\n'
        text += '[daemon]\njournal = "state/journal.db"\nworkers = 4\nrescan = "2s"\n'
        for target in routes:
            text += f'[[route]]\nname = "to-{target}"\npath = "share/to-{target}"\nto = "{target}"\nsettle = "300ms"\nincomplete_after = "2s"\n'
        self.config.write_text(text)
        self.journal = str(folder / "state/journal.db")
        self.process: subprocess.Popen[bytes] | None = None

    def path(self, route: str, folder: str) -> Path:
        return self.folder / "share" / route / folder

    def start(self, *before: str) -> None:
        """Start the daemon, perhaps by way of another program, and wait until it is ready."""
        with (self.folder / "daemon.log").open("ab") as log:
            command = [*before, sys.executable, "-m", "watchconvert", "run", "--config", str(self.config)]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        process = self.process

        def is_ready() -> bool:
            assert process.poll() is None, self.log()
            return read_status(self.journal).get("pid") == process.pid

        wait_for(is_ready, "the daemon to start")

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(30)

    def log(self) -> str:
        return (self.folder / "daemon.log").read_text()

    def report(self) -> contextlib.AbstractContextManager[Report]:
        return open_report(self.journal)

    def jobs(self) -> list[Job]:
        with self.report() as report:
            return [job for job in report.all_jobs() if job.state.value != "withdrawn"]

    def wait_for_rest(self, count: int) -> list[Job]:
        """Wait until that many jobs are at rest and none is open."""

        def at_rest() -> list[Job]:
            jobs = self.jobs()
            done = len(jobs) >= count and all(job.state in RESTING for job in jobs)
            return jobs if done else []

        found: list[Job] = wait_for(at_rest, f"{count} jobs to come to rest")
        return found

    def seen(self, route: str, folder: str) -> dict[str, Path]:
        """What a person sees in a folder."""
        top = self.path(route, folder)
        return {path.name: path for path in sorted(top.iterdir()) if not path.name.startswith(".")}

    def staged(self) -> list[Path]:
        """Files left in any stage."""
        return list((self.folder / "share").rglob(".watchconvert/*/*"))
