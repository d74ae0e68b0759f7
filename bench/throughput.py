"""Files per second and processor time per file, beside curl that does the same on the same server.

One run moves N files of 50 KB into the inbox of a daemon that already watches, and ends when all N results stand in
the outbox. The floor is `curl --parallel` in three passes over the same files: upload all, convert all, fetch all;
only the passes are timed, not the making of their config files. Runs of all contenders take turns.
"""

import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rig import DISK, MEMORY, Site, Standin, TroubleError, cpu_seconds, make_files, move_in, peak_mib, standin
from tables import Table, middle, show

SIZE = 50_000
HEADING = (
    "scratch on",
    "conversion",
    "workers",
    "files/s",
    "on one core",
    "curl",
    "ratio to curl",
    "CPU ms/file",
    "on one core",
    "curl",
    "server's",
    "peak RSS MiB",
)


@dataclass(frozen=True)
class Setting:
    """One line of the table before it has numbers; `latency` in seconds."""

    where: str
    latency: float
    workers: int


@dataclass(frozen=True)
class Run:
    """What one run took: seconds from start to the last result, seconds of processor, peak RSS in MiB."""

    count: int
    seconds: float
    cpu: float
    server_cpu: float
    peak: float = 0.0

    @property
    def rate(self) -> float:
        """Files per second."""
        return self.count / self.seconds


def check_books(site: Site, before: dict[str, int], after: dict[str, int], count: int) -> None:
    """Raise TroubleError unless every file was billed exactly once, nothing failed and the log has no complaint."""
    billed = after["bills"] - before["bills"]
    failed = [name for name in os.listdir(site.part("error")) if not name.startswith(".")]
    if billed != count or after["duplicate_bills"] or failed or site.complaints():
        raise TroubleError(f"{count} files, {after}, failed {failed}, complaints {site.complaints()[:5]}")


def run_daemon(folder: Path, count: int, workers: int, service: Standin, *prefix: str) -> Run:
    """Measure the daemon in a new folder, started by way of a command if one is given."""
    site = Site(folder, service.url, workers=workers)
    files = make_files(folder / "files", count, SIZE)
    with site.running(*prefix):
        before, server = service.stats(), cpu_seconds(service.process.pid)
        cpu, started = cpu_seconds(site.pid), time.perf_counter()
        move_in(files, site.part("inbox"))
        site.wait_for_files("outbox", count)
        seconds = time.perf_counter() - started
        site.wait_for_rest(count)
        used, peak = cpu_seconds(site.pid) - cpu, peak_mib(site.pid)
        check_books(site, before, service.stats(), count)
        return Run(count, seconds, used, cpu_seconds(service.process.pid) - server, peak)


def run_on_one_core(folder: Path, count: int, workers: int, service: Standin) -> Run:
    """Measure the daemon held on the first core that there is."""
    return run_daemon(folder, count, workers, service, "taskset", "-c", str(min(os.sched_getaffinity(0))))


def run_curl(folder: Path, count: int, workers: int, service: Standin) -> Run:
    """Measure curl in a new folder."""
    files = make_files(folder / "files", count, SIZE)
    for name in ("told", "outbox"):
        (folder / name).mkdir()
    server, before = cpu_seconds(service.process.pid), os.times()
    seconds = sum(_pass(folder, workers, lines) for lines in _passes(folder, files, service.url))
    after = os.times()
    if len(os.listdir(folder / "outbox")) != count:
        raise TroubleError(f"curl has not fetched {count} results")
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return Run(count, seconds, used, cpu_seconds(service.process.pid) - server)


def _passes(folder: Path, files: list[Path], url: str) -> Iterator[list[str]]:
    """Yield the config of each pass when the one before is done."""
    ids = [uuid.uuid4().hex for _ in files]
    pairs = list(zip(files, ids, strict=True))
    yield [
        f'url = "{url}/upload?fileId={file_id}&filename=file.txt"\ndata-binary = "@{file}"\n'
        f'header = "Content-Type: application/octet-stream"\noutput = "/dev/null"'
        for file, file_id in pairs
    ]
    yield [
        f'url = "{url}/convert/txt/to/pdf?JobId={file_id}"\ndata = "File={file_id}&StoreFile=true"\n'
        f'header = "Authorization: Bearer any"\noutput = "{folder}/told/{file_id}"'
        for _, file_id in pairs
    ]
    told = [(file, json.loads((folder / "told" / file_id).read_bytes())) for file, file_id in pairs]
    yield [f'url = "{reply["Files"][0]["Url"]}"\noutput = "{folder}/outbox/{file.stem}.pdf"' for file, reply in told]


def _pass(folder: Path, workers: int, transfers: list[str]) -> float:
    """Run curl once over many transfers; returns the seconds it took."""
    config = folder / "curl.config"
    config.write_text("\nnext\n".join(f"{each}\nsilent\nfail" for each in transfers))
    command = [
        "curl",
        "--disable",
        "--no-progress-meter",
        "--parallel",
        "--parallel-max",
        str(workers),
        "--config",
        str(config),
    ]
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


Contender = Callable[[Path, int, int, Standin], Run]
CONTENDERS: dict[str, Contender] = {"free": run_daemon, "bound": run_on_one_core, "curl": run_curl}


def settings(*, quick: bool) -> list[Setting]:
    """Return what is measured: all pairs without latency, and with it on the file system in memory alone."""
    places, crews = ("memory", "disk"), (8,) if quick else (8, 16)
    waiting = [Setting("memory", 0.2, crew) for crew in ((16,) if quick else crews)]
    return [Setting(place, 0.0, crew) for place, crew in itertools.product(places, crews)] + waiting


def measure(*, quick: bool = False) -> Table:
    """Return the table; about 3 minutes, or 15 seconds."""
    rounds, count = (1, 100) if quick else (3, 400)
    rows = []
    for setting in settings(quick=quick):
        full_waves = setting.workers * (4 if quick else 16)
        found = _measure_setting(setting, full_waves if setting.latency else count, rounds)
        rows.append(_row(setting, found))
    return Table(HEADING, rows)


def _measure_setting(setting: Setting, count: int, rounds: int) -> dict[str, list[Run]]:
    found: dict[str, list[Run]] = {name: [] for name in CONTENDERS}
    place = MEMORY if setting.where == "memory" else DISK
    with tempfile.TemporaryDirectory(prefix="bench-", dir=place) as top, standin(setting.latency) as service:
        for number, name in itertools.product(range(rounds), CONTENDERS):
            folder = Path(top, f"{name}-{number}")
            folder.mkdir()
            found[name].append(CONTENDERS[name](folder / "run", count, setting.workers, service))
    return found


def _row(setting: Setting, found: dict[str, list[Run]]) -> list[str]:
    rates = [middle(run.rate for run in runs) for runs in found.values()]
    costs = [middle(run.cpu / run.count * 1000 for run in runs) for runs in found.values()]
    free = found["free"]
    server = middle(run.server_cpu / run.count * 1000 for run in free)
    values = [*rates, rates[0] / rates[-1], *costs, server, middle(run.peak for run in free)]
    return [setting.where, f"{setting.latency:g} s", str(setting.workers), *map(show, values)]


if __name__ == "__main__":
    print(measure(quick="--quick" in sys.argv).as_markdown())
