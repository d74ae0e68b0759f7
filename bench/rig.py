"""The programs under measurement: the stand-in service and the daemon, each a process of its own."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PDF = b"%PDF-1.7\n"
SECRET = "a-secret-for-the-benchmarks"
MEMORY, DISK = Path("/dev/shm"), Path("/var/tmp")
"""Where scratch folders are made: file systems without and with a disk behind them."""
_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE = 60.0


class TroubleError(Exception):
    """The daemon did something that a measurement cannot be made of; the text says what."""


def wait_for(what: Callable[[], bool], why: str, pause: float = 0.01) -> None:
    """Wait for another process; TroubleError after a minute."""
    deadline = time.monotonic() + _PATIENCE
    while not what():
        if time.monotonic() > deadline:
            raise TroubleError(f"waited {_PATIENCE:.0f} s in vain for {why}")
        time.sleep(pause)


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process, user and system together, in seconds (10 ms steps)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def precise_cpu_seconds(pid: int) -> float:
    """Return the processor time of the threads that a process has now, in seconds (nanosecond steps)."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def peak_mib(pid: int) -> float:
    """Return the most memory that a process has had resident at once (VmHWM), in MiB."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) / 1024


class Standin:
    """The stand-in service (bench/standin.py) while it runs."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process, self.url = process, url

    def stats(self) -> dict[str, int]:
        """Return what it was asked since its start."""
        with urllib.request.urlopen(self.url + "/stats", timeout=10) as reply:
            found: dict[str, int] = json.load(reply)
        return found


@contextlib.contextmanager
def standin(latency: float = 0.0) -> Iterator[Standin]:
    """Run the stand-in service; `latency` is the seconds that a conversion takes."""
    command = [sys.executable, str(HERE / "standin.py"), "--latency", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            yield Standin(process, line.rpartition(" ")[2].strip())
        finally:
            process.send_signal(signal.SIGCONT)
            process.terminate()


class Site:
    """A folder with a configuration and one daemon that works in it."""

    def __init__(self, folder: Path, url: str, *, workers: int = 8, settle: str = "0s", routes: int = 1) -> None:
        self.folder, self.log = folder, folder / "daemon.log"
        self.journal = folder / "state/journal.db"
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True)
        secret = folder / "secret"
        secret.write_text(SECRET)
        secret.chmod(0o600)
        text = f'[service]\nurl = "{url}"\nsecret_file = "secret"\ndialect = "old"\n'
        text += f'[daemon]\njournal = "state/journal.db"\nworkers = {workers}\n'
        for number in range(routes):
            text += f'[[route]]\nname = "r{number}"\npath = "share/{number}"\nto = "pdf"\nsettle = "{settle}"\n'
        (folder / "watchconvert.toml").write_text(text)

    def part(self, name: str) -> Path:
        """Return a folder of the first route: "inbox", "outbox", "error" or "archive"."""
        return self.folder / "share/0" / name

    @property
    def pid(self) -> int:
        """The process id of the daemon."""
        if self.process is None:
            raise TroubleError("the daemon has not been started")
        return self.process.pid

    @contextlib.contextmanager
    def running(self, *prefix: str) -> Iterator[None]:
        """Run the daemon, by way of a command such as `taskset` if one is given, and wait until it watches."""
        command = [*prefix, sys.executable, "-m", "watchconvert", "run", "--config", "watchconvert.toml"]
        path = os.pathsep.join(filter(None, [str(HERE.parent), os.environ.get("PYTHONPATH", "")]))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self.folder, env=os.environ | {"PYTHONPATH": path}
            )
        try:
            status = self.journal.with_name("journal.db.status")
            wait_for(lambda: status.exists() or self.process_ended(), "the daemon's start")
            yield
        finally:
            self._stop(self.process)

    def process_ended(self) -> bool:
        """Tell whether the daemon still runs; TroubleError with the end of its log when it does not."""
        if self.process is not None and self.process.poll() is not None:
            raise TroubleError(f"the daemon ended: {self.log.read_text()[-2000:]}")
        return False

    def _stop(self, process: subprocess.Popen[bytes]) -> None:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def wait_for_files(self, part: str, count: int) -> None:
        """Wait until a folder of the first route holds as many files; the stage in it does not count."""
        folder = self.part(part)
        try:
            wait_for(lambda: _count_files(folder) >= count or self.process_ended(), f"{count} files in the {part}")
        except TroubleError as trouble:
            states = self.ask_journal("SELECT state, count(*) FROM job GROUP BY state")
            raise TroubleError(f"{trouble}; {states}; complaints {self.complaints()[:5]}") from trouble

    def wait_for_rest(self, count: int) -> None:
        """Wait until the sources of as many files are archived and no job is open."""
        self.wait_for_files("archive", count)
        query = "SELECT count(*) FROM job WHERE state NOT IN ('done', 'failed', 'withdrawn')"
        wait_for(lambda: self.ask_journal(query)[0][0] == 0 or self.process_ended(), "the end of every job")

    def ask_journal(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query to the journal, which is opened for reading alone."""
        with contextlib.closing(sqlite3.connect(f"file:{self.journal}?mode=ro", uri=True)) as connection:
            return connection.execute(query, values).fetchall()

    def complaints(self) -> list[dict[str, Any]]:
        """Return what the daemon has logged above the level of information."""
        lines = [line for line in self.log.read_text().splitlines() if '"info"' not in line]
        return [json.loads(line) if line.startswith("{") else {"event": line} for line in lines]


def _count_files(folder: Path) -> int:
    with os.scandir(folder) as entries:
        return sum(not entry.name.startswith(".") for entry in entries)


def make_body(size: int) -> bytes:
    """Return random bytes that begin as a PDF does: the stand-in delivers what it got, and the daemon looks at that."""
    return PDF + os.urandom(size - len(PDF))


def make_files(folder: Path, count: int, size: int) -> list[Path]:
    """Make `count` files of `size` random bytes each and return their paths."""
    folder.mkdir(parents=True)
    paths = [folder / f"f{number:06}.txt" for number in range(count)]
    for path in paths:
        path.write_bytes(make_body(size))
    return paths


def move_in(paths: list[Path], inbox: Path) -> None:
    """Rename files into an inbox."""
    for path in paths:
        path.rename(inbox / path.name)
