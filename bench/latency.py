"""What the daemon adds to the service's own time, for one file at a time.

One file every 100 ms: from its close() in the inbox to the name of its result in the outbox (inotify). In the gaps the
same file makes the same three requests over a bare kept-alive connection, which is the service's own time. The second
table is the way of those files by the times of their events in the journal: an event's time is taken when its step has
ended and before it is committed, so the commit counts in the step that follows.
"""

import ctypes
import http.client
import itertools
import json
import os
import struct
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from rig import DISK, MEMORY, Site, make_body, standin
from tables import Table, middle, percentile, show

SIZE = 50_000
EVENTS = ("noticed", "claimed", "uploaded", "minted", "converted", "fetched", "published")
_PERIOD = 0.1
_IN_MOVED_TO = 0x80
_HEAD = struct.Struct("iIII")
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Trip:
    """One file: seconds since the epoch of close() and of its result, and seconds of the three bare requests."""

    name: str
    closed: float
    seen: float
    bare: tuple[float, float, float]

    @property
    def whole(self) -> float:
        """Milliseconds from close() to the result."""
        return (self.seen - self.closed) * 1000

    @property
    def service(self) -> float:
        """Milliseconds of the bare requests."""
        return sum(self.bare) * 1000


@contextmanager
def arrivals(folder: Path) -> Iterator[Iterator[tuple[str, float]]]:
    """Yield what is renamed into a folder, each name with the time at which that was heard."""
    watch = _libc.inotify_init1(os.O_CLOEXEC)
    if watch < 0 or _libc.inotify_add_watch(watch, os.fsencode(folder), _IN_MOVED_TO) < 0:
        raise OSError(ctypes.get_errno(), "no watch to be had", str(folder))
    try:
        yield _names(watch)
    finally:
        os.close(watch)


def _names(watch: int) -> Iterator[tuple[str, float]]:
    while True:
        events, now = os.read(watch, 65536), time.time()
        while events:
            length = _HEAD.unpack_from(events)[3]
            name, events = events[_HEAD.size : _HEAD.size + length], events[_HEAD.size + length :]
            yield os.fsdecode(name.rstrip(b"\0")), now


def ask_bare(connection: http.client.HTTPConnection, body: bytes) -> tuple[float, float, float]:
    """Upload, convert and fetch without anything around it; returns the seconds of each."""
    file_id = uuid.uuid4().hex
    octets = {"Content-Type": "application/octet-stream"}
    form = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Bearer any"}
    times = [time.perf_counter()]
    _exchange(connection, "POST", f"/upload?fileId={file_id}&filename=file.txt", body, octets)
    times.append(time.perf_counter())
    told = _exchange(connection, "POST", "/convert/txt/to/pdf", f"File={file_id}&StoreFile=true".encode(), form)
    times.append(time.perf_counter())
    _exchange(connection, "GET", urlsplit(json.loads(told)["Files"][0]["Url"]).path, None, {})
    times.append(time.perf_counter())
    first, second, third = itertools.starmap(lambda before, after: after - before, itertools.pairwise(times))
    return first, second, third


def _exchange(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None, headers: dict[str, str]
) -> bytes:
    connection.request(method, path, body, headers)
    return connection.getresponse().read()


def make_trips(site: Site, url: str, count: int) -> list[Trip]:
    """Send files through a running daemon, one after the other."""
    body, trips = make_body(SIZE), []
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    with arrivals(site.part("outbox")) as names, closing(connection):
        started = time.perf_counter()
        for number in range(count):
            time.sleep(max(0.0, started + number * _PERIOD - time.perf_counter()))
            trips.append(_make_trip(site.part("inbox") / f"f{number:06}.txt", body, names, connection))
    return trips


def _make_trip(
    path: Path, body: bytes, names: Iterator[tuple[str, float]], connection: http.client.HTTPConnection
) -> Trip:
    with path.open("wb") as file:
        file.write(body)
    closed = time.time()
    seen = next(at for name, at in names if name == path.stem + ".pdf")
    time.sleep(_PERIOD / 4)  # the daemon still puts the source away
    return Trip(path.name, closed, seen, ask_bare(connection, body))


def measure_site(place: Path, settle: str, count: int) -> tuple[list[Trip], list[list[float]]]:
    """Return the trips of one site, and the milliseconds of each step of each trip."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=place) as top, standin() as service:
        site = Site(Path(top, "site"), service.url, settle=settle)
        with site.running():
            warm_up = 5
            trips = make_trips(site, service.url, count + warm_up)
            site.wait_for_rest(count + warm_up)
            return trips[warm_up:], [read_steps(site, trip) for trip in trips[warm_up:]]


def read_steps(site: Site, trip: Trip) -> list[float]:
    """Return the milliseconds of each step of a trip by the journal, from close() to the last event."""
    query = "SELECT event, at FROM event JOIN job ON job.id = event.job WHERE name = cast(? AS BLOB) ORDER BY event.id"
    at = dict(site.ask_journal(query, (trip.name,)))
    times = [trip.closed, *(at[event] for event in EVENTS)]
    return [(after - before) * 1000 for before, after in itertools.pairwise(times)]


def measure(*, quick: bool = False) -> list[Table]:
    """Return the tables; about 1 minute, or 15 seconds."""
    count, few = (30, 2) if quick else (200, 10)
    plans = [(MEMORY, "0s", count), (DISK, "0s", count), (DISK, "1s", few)]
    rows, steps = [], Table([], [])
    for place, settle, files in plans:
        trips, ways = measure_site(place, settle, files)
        rows.append(_row("memory" if place is MEMORY else "disk", settle, trips))
        if (place, settle) == (DISK, "0s"):
            steps = _steps_table(trips, ways)
    heading = ["scratch on", "settle", "files", "p50 ms", "p99 ms", "bare requests p50", "p99", "added p50", "p99"]
    return [Table(heading, rows), steps]


def _row(place: str, settle: str, trips: list[Trip]) -> list[str]:
    lists = [[trip.whole for trip in trips], [trip.service for trip in trips]]
    lists.append([trip.whole - trip.service for trip in trips])
    return [place, settle, str(len(trips))] + [show(percentile(each, part)) for each in lists for part in (50, 99)]


def _steps_table(trips: list[Trip], ways: list[list[float]]) -> Table:
    requests = dict(zip(("uploaded", "converted", "fetched"), zip(*(trip.bare for trip in trips), strict=True)))  # noqa: B905
    rows = []
    for event, times in zip(EVENTS, zip(*ways, strict=True), strict=True):
        bare = show(middle(requests[event]) * 1000) if event in requests else ""
        rows.append([event, show(percentile(times, 50)), show(percentile(times, 99)), bare])
    return Table(["step that ends in", "p50 ms", "p99 ms", "its bare request p50"], rows)


if __name__ == "__main__":
    for table in measure(quick="--quick" in sys.argv):
        print(table.as_markdown())
