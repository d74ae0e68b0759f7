"""`watchconvert demo`: the main job on real files, with the built-in server, on a scratch share."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from watchconvert.adapters.clock import Clock
from watchconvert.adapters.journal.database import JournalError, is_locked
from watchconvert.adapters.journal.report import open_report, read_status
from watchconvert.core.job import Job
from watchconvert.core.naming import shown
from watchconvert.core.states import RESTING, State
from watchconvert.core.units import say_size
from watchconvert.faces.samples import SAMPLES, Sample, read

_CONFIG = """\
# Made by `watchconvert demo`. Try: watchconvert status --config {folder}/watchconvert.toml
[service]
url = "local"

[daemon]
journal = "state/journal.db"

[[route]]
name = "to-pdf"
path = "share/to-pdf"
to = "pdf"
incomplete_after = "3s"

[[route]]
name = "to-jpg"
path = "share/to-jpg"
to = "jpg"

[[route]]
name = "to-csv"
path = "share/to-csv"
to = "csv"
accept = ["*.xlsx", "*.ods", "*.xls"]
"""
_PATIENCE = 240.0
"""Seconds that the whole of it may take on a slow machine."""
_LOOK = 0.2


class Scene:
    """The scratch share and the daemon that serves it."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder, self.clock = folder, clock
        self.config = folder / "watchconvert.toml"
        self.journal = str(folder / "state" / "journal.db")
        self._alarm = clock.alarm()
        self.began = clock.steady()

    def inbox(self, route: str) -> Path:
        """Return the inbox of a demo route."""
        return self.folder / "share" / route / "inbox"

    def age(self) -> float:
        """Return the seconds since the demo began."""
        return self.clock.steady() - self.began

    def pause(self) -> None:
        """Wait a moment."""
        self._alarm.wait(_LOOK)

    def is_ready(self) -> bool:
        """Tell whether the daemon watches its inboxes."""
        return is_locked(self.journal) and bool(read_status(self.journal))


def demo(folder: Path | None, *, keep: bool) -> int:
    """Run the demo; returns 0 when every file came out as it should."""
    place = (folder or Path(tempfile.mkdtemp(prefix="watchconvert-demo-"))).absolute()
    place.mkdir(parents=True, exist_ok=True)
    scene = Scene(place, Clock())
    if scene.config.exists():
        print(f"{place} holds an earlier demo; name another folder or remove it", file=sys.stderr)
        return 1
    scene.config.write_text(_CONFIG.format(folder=place), "utf-8")
    print(f"The scratch share is {place}/share\n")
    with _daemon(scene) as process:
        if not _await_daemon(scene, process):
            return 1
        _drop_samples(scene)
        jobs = _follow(scene, process)
        good = _show_table(scene, jobs)
        _show_folders(scene)
        if keep:
            _keep_watching(scene, process)
    return 0 if good else 1


@contextmanager
def _daemon(scene: Scene) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "watchconvert", "run", "--config", str(scene.config)]
    with (scene.folder / "daemon.log").open("wb") as log, subprocess.Popen(command, stderr=log, stdout=log) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait()


def _await_daemon(scene: Scene, process: subprocess.Popen[bytes]) -> bool:
    while not scene.is_ready():
        if process.poll() is not None or scene.age() > _PATIENCE:
            print((scene.folder / "daemon.log").read_text("utf-8", "replace"), file=sys.stderr)
            print("the daemon did not start; its log is above", file=sys.stderr)
            return False
        scene.pause()
    return True


def _drop_samples(scene: Scene) -> None:
    print(f"Dropping {len(SAMPLES)} files into three inboxes ...")
    for sample in SAMPLES:
        (scene.inbox(sample.route) / sample.name).write_bytes(read(sample.name))


def _follow(scene: Scene, process: subprocess.Popen[bytes]) -> list[Job]:
    """Show each file's way as it happens, until all are at rest; returns the jobs."""
    seen = 0
    while process.poll() is None and scene.age() < _PATIENCE:
        seen = _show_events(scene, seen)
        with open_report(scene.journal) as report:
            jobs = report.all_jobs()
        if len(jobs) >= len(SAMPLES) and all(job.state in RESTING for job in jobs):
            _show_events(scene, seen)
            return jobs
        scene.pause()
    print("not every file came to rest in time")
    return jobs


def _show_events(scene: Scene, seen: int) -> int:
    try:
        with open_report(scene.journal) as report:
            events = report.events_after(seen)
    except JournalError:
        return seen
    ways: dict[str, list[str]] = {}
    for event in events:
        ways.setdefault(f"{event['route']}/{shown(event['name'])}", []).append(event["event"])
    for file, way in ways.items():
        print(f"{scene.age():6.1f} s  {file:<40}  {' > '.join(way)}", flush=True)
    return int(events[-1]["id"]) if events else seen


def _show_table(scene: Scene, jobs: list[Job]) -> bool:
    found = {(job.route, job.name): job for job in jobs}
    print("\nWhere everything is, and why:\n")
    good = True
    for sample in SAMPLES:
        job = found.get((sample.route, sample.name.encode()))
        as_expected = job is not None and _is_expected(scene, sample, job)
        good = good and as_expected
        print(f"{'ok ' if as_expected else 'BAD'}  {sample.route}/{sample.name}  ({sample.about})")
        for line in _say_end(scene, job):
            print(f"       {line}")
    print("\nEverything came out as expected." if good else "\nNOT everything came out as expected.")
    return good


def _is_expected(scene: Scene, sample: Sample, job: Job) -> bool:
    if sample.outcome == "rejected":
        error = scene.folder / "share" / sample.route / "error"
        return job.state is State.FAILED and all(
            (error / name).stat().st_size > 0 for name in (sample.name, sample.name + ".error.txt")
        )
    sizes = [_output(scene, job, part.name).stat().st_size for part in job.parts]
    return job.state is State.DONE and len(sizes) == sample.outputs and all(sizes)


def _output(scene: Scene, job: Job, name: bytes) -> Path:
    return scene.folder / "share" / job.route / "outbox" / name.decode()


def _say_end(scene: Scene, job: Job | None) -> Iterator[str]:
    if job is None:
        yield "never noticed"
    elif job.state is State.DONE:
        for part in job.parts:
            yield f"outbox/{shown(part.name)}  {say_size(_output(scene, job, part.name).stat().st_size)}"
        yield f"archive/{shown(job.name)}"
    elif job.state is State.FAILED and job.verdict:
        yield f"error/{shown(job.name)}"
        yield f"error/{shown(job.name)}.error.txt: {job.verdict.sentence}"
    else:
        yield f"{job.state.value}: {job.note}"


def _show_folders(scene: Scene) -> None:
    print(f"\nThe folders: {scene.folder}/share/{{to-pdf,to-jpg,to-csv}}/{{inbox,outbox,error,archive}}")
    print(f"The log:     {scene.folder}/daemon.log")
    print(f"The status:  {sys.argv[0]} status --config {scene.config}")


def _keep_watching(scene: Scene, process: subprocess.Popen[bytes]) -> None:
    print(f"\nStill watching. Drop files of your own into {scene.inbox('to-pdf')}  (Ctrl-C ends it)", flush=True)
    with open_report(scene.journal) as report:
        events = report.events_after(0)
    seen = int(events[-1]["id"]) if events else 0
    try:
        while process.poll() is None:
            seen = _show_events(scene, seen)
            scene.pause()
    except KeyboardInterrupt:
        print()
