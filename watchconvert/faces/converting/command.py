"""`watchconvert convert`: from the words of the command line to files beside their sources."""

import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from watchconvert.adapters.journal.database import JournalError
from watchconvert.core.config import ConfigError, Problem
from watchconvert.core.draining import EXIT_FAILED, EXIT_LEFT
from watchconvert.core.naming import shown
from watchconvert.core.requests import Conversion, Item, Request
from watchconvert.core.settings import LOCAL, Service
from watchconvert.core.units import say_count
from watchconvert.faces import running
from watchconvert.faces.converting.bench_work import BenchWork, Outcome
from watchconvert.faces.converting.benches import Bench, Benches, Plan, state_root
from watchconvert.faces.converting.given import Wish, look_over
from watchconvert.faces.converting.service import find_service, make_config
from watchconvert.faces.log import command_log
from watchconvert.faces.progress import make_progress
from watchconvert.faces.watch_over import EXIT_JOURNAL

_BUSY = "another `watchconvert convert` is at it just now"


@dataclass
class Report:
    """What is told, to people at once and to programs at the end."""

    as_json: bool
    said: dict[str, str] = field(default_factory=dict)
    """What each file was called on the command line, by its whole path."""
    output: str = ""
    """The folder for results as it was named; empty: beside each file."""
    files: list[dict[str, Any]] = field(default_factory=list)

    def tell(self, item: Item, outcome: Outcome) -> None:
        """Tell what has become of a file."""
        name = self.said.get(item.path, item.path)
        self.tell_named(name, outcome, [self._short(item, path) for path in outcome.outputs])

    def tell_named(self, name: str, outcome: Outcome, outputs: Sequence[str] = ()) -> None:
        """Tell what has become of a file, by the name that it was given by."""
        told = _show(name)
        self.files.append(
            {
                "file": told,
                "state": outcome.state,
                "outputs": [_show(path) for path in outcome.outputs],
                "why": outcome.why,
            }
        )
        if self.as_json:
            return
        with contextlib.suppress(OSError):  # a reader that has gone away changes nothing of what is done
            if outcome.state == "done":
                print(f"{told} -> {', '.join(map(_show, outputs))}", flush=True)
            else:
                left = "left for later: " if outcome.state == "left" else ""
                print(f"watchconvert: {told}: {left}{outcome.why}", file=sys.stderr, flush=True)

    def _short(self, item: Item, path: str) -> str:
        """Return a result's path in the way in which its source was named."""
        if item.path not in self.said:
            return path
        return os.path.join(self.output or os.path.dirname(self.said[item.path]), os.path.basename(path))

    def status(self) -> int:
        """Return the exit status as far as files tell it."""
        states = {each["state"] for each in self.files}
        if states & {"failed", "refused"}:
            return EXIT_FAILED
        return EXIT_LEFT if "left" in states else 0


def _show(path: str) -> str:
    return shown(os.fsencode(path), 1000)


@dataclass(frozen=True)
class Worked:
    """How the work has ended."""

    status: int = 0
    """An exit status that counts more than what became of files; 0 for none."""
    engine: running.Engine | None = None
    """The last one that ran."""


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    files: tuple[str, ...]
    wish: Wish
    params: tuple[tuple[str, Any], ...] = ()
    config: str | None = None
    local: bool = False
    as_json: bool = False


def convert(asked: Asked) -> int:
    """Convert files; returns the exit status.

    Raises:
        ConfigError: the service cannot be asked; every problem is in it.

    """
    report = Report(asked.as_json, output=asked.wish.output)
    given = look_over(asked.files, asked.wish)
    for each in given:
        if each.item is None:
            report.tell_named(each.said, Outcome("refused", each.why))
        else:
            report.said[each.item.path] = each.said
    items = tuple(each.item for each in given if each.item)
    return _end(report, _convert(asked, items, report) if items else Worked())


def _convert(asked: Asked, items: tuple[Item, ...], report: Report) -> Worked:
    service, min_free = find_service(asked.config, local=asked.local)
    conversion = Conversion(service.url, asked.wish.to, asked.wish.source_format, asked.params)
    config = os.path.abspath(asked.config) if asked.config else ""
    try:
        plan = Benches(state_root()).plan(Request(conversion, items, config))
    except OSError as fault:
        return _say_unusable(fault)
    for item in plan.busy:
        report.tell(item, Outcome("left", _BUSY))
    if plan.others and not report.as_json:
        files = [_show(item.path) for request in plan.others for item in request.items]
        print(
            f"watchconvert: {say_count(len(files), 'file')} of earlier commands not finished yet ({files[0]}"
            f"{', …' if len(files) > 1 else ''}); `watchconvert convert --resume` goes on with them",
            file=sys.stderr,
        )
    return _work(plan, report, lambda _: (service, min_free))


def resume(*, config: str | None, as_json: bool) -> int:
    """Go on with everything that earlier commands have begun and not finished; returns the exit status.

    Raises:
        ConfigError: a service cannot be asked.

    """
    report = Report(as_json)

    def find(bench: Bench) -> tuple[Service, int]:
        begun, asked = bench.request, bench.request.conversion.service
        service, min_free = find_service(begun.config or config, local=asked == LOCAL)
        if service.url != asked:
            remedy = "Name a configuration with that service by --config: nobody else can tell what was bought there."
            wrong = f"is {service.url}, but {_show(begun.items[0].path)} was sent to {asked}"
            raise ConfigError([Problem("[service] url", wrong, remedy)])
        return service, min_free

    return _end(report, _work(Benches(state_root()).unfinished(), report, find))


def _work(plan: Plan, report: Report, find: Callable[[Bench], tuple[Service, int]]) -> Worked:
    """Work on one bench after the other, until one is stopped or cannot be worked on."""
    log = command_log()
    running.prepare_process()
    progress = make_progress(lambda _: "", silent=report.as_json)
    works = [BenchWork(bench, report.tell, log) for bench in plan.benches]
    worked = Worked()
    try:
        for work in works:
            service, min_free = find(work.bench)
            config = make_config(service, work.bench.request.conversion, work.bench.work, min_free)
            # As an earlier bench left them, they would stop an engine that has ended.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            work.run(config, progress)
            worked = Worked(work.status, work.engine or worked.engine)
            if work.status or (work.engine and running.is_busy(work.engine)):
                break
    except (OSError, JournalError) as fault:
        worked = _say_unusable(fault)
    except KeyboardInterrupt:
        worked = Worked(128 + signal.SIGINT, worked.engine)
    finally:
        progress.close()
        for work in works:
            work.close()
    return worked


def _say_unusable(fault: Exception) -> Worked:
    print(f"watchconvert: the working folder {state_root()} cannot be used: {fault}", file=sys.stderr)
    return Worked(EXIT_JOURNAL)


def _end(report: Report, worked: Worked) -> int:
    status = worked.status or report.status()
    if report.as_json:
        with contextlib.suppress(OSError):
            print(json.dumps({"status": status, "files": report.files}, indent=2), flush=True)
    elif not report.files and not status:
        print("Nothing to do.")
    if worked.engine:
        return running.leave(worked.engine, status, broken=worked.status == EXIT_JOURNAL)
    return status
