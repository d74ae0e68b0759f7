"""`watchconvert once`: takes what lies in the inboxes, and leaves when all of it has come to rest."""

import contextlib
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from watchconvert.adapters.journal.database import is_locked
from watchconvert.adapters.journal.store import Journal
from watchconvert.core.config import ConfigError, Problem
from watchconvert.core.draining import EXIT_LEFT, Ending, Left, Patience, exit_status
from watchconvert.core.job import Job
from watchconvert.core.settings import Config, Route
from watchconvert.core.states import State
from watchconvert.core.units import say_count
from watchconvert.core.whys import plain
from watchconvert.faces import paper, running
from watchconvert.faces.drain import Drained, Look, drain
from watchconvert.faces.in_use import keep_config
from watchconvert.faces.load import parse_config, read_text
from watchconvert.faces.log import command_log
from watchconvert.faces.progress import make_progress
from watchconvert.faces.sheet import Block, Grid, Line, Part, Said, Tone
from watchconvert.faces.status import tell_job
from watchconvert.faces.watch_over import EXIT_JOURNAL

_MOST = 50
"""Lines of a list that are shown to people."""
_BUSY = (
    "the daemon runs and does this all along, or another `once` does, so nothing was touched;"
    " `watchconvert status` tells how it is"
)

_FOREIGN = (
    "the journal {journal} belongs to {owner}, so the daemon could not go on with what you would leave;"
    " run this as that user: runuser -u {owner} -- watchconvert once"
)


@dataclass(frozen=True)
class Wanted:
    """What is asked for on the command line."""

    routes: tuple[str, ...] = ()
    """Of which files are taken; empty for all."""
    limit: float | None = None
    """Seconds after which it leaves whatever is left; None: when nothing more can be done."""
    quiet: bool = False
    as_json: bool = False


@dataclass
class Tally:
    """What has become of files."""

    counts: Counter[tuple[str, State]] = field(default_factory=Counter)
    """How many files of each route came to rest in each state."""
    done: list[dict[str, Any]] = field(default_factory=list)
    failed: list[dict[str, Any]] = field(default_factory=list)
    left: Sequence[Left] = ()
    keeps_done: bool = False
    """Whether each file that was done is told, and not only how many there were."""

    def see(self, look: Look) -> None:
        """Take note of a look."""
        self.left = look.left
        for job in look.rested:
            self.counts[job.route, job.state] += 1
            if job.state is State.FAILED:
                self.failed.append(tell_job(job))
            elif job.state is State.DONE and self.keeps_done:
                self.done.append(tell_job(job))

    def count(self, state: State) -> int:
        """Return how many files came to rest in a state."""
        return sum(count for (_, each), count in self.counts.items() if each is state)


def once(path: Path, wanted: Wanted) -> int:
    """Run until all is at rest; returns the exit status.

    Raises:
        ConfigError: the configuration cannot be used, or has no such route; every problem is in it.

    """
    text = read_text(path)
    config = parse_config(text, path.absolute().parent)
    routes = _choose(config, wanted.routes)
    for variable in ("NOTIFY_SOCKET", "WATCHDOG_USEC"):
        os.environ.pop(variable, None)  # whoever is told there waits for a daemon that is ready and stays
    log = command_log()
    running.prepare_process()
    if is_locked(config.daemon.journal):
        print(f"watchconvert: {_BUSY}", file=sys.stderr)
        return EXIT_LEFT
    if owner := _other_owner(config.daemon.journal):
        print(f"watchconvert: {_FOREIGN.format(journal=config.daemon.journal, owner=owner)}", file=sys.stderr)
        return running.EXIT_CONFIG
    try:
        journal = running.take_journal(config.daemon.journal, log)
    except running.CannotWorkError as fault:
        return fault.status
    keep_config(config.daemon.journal, text)
    return running.guarded(journal, log, lambda stack: _serve(config, routes, journal, wanted, stack, log))


def _other_owner(journal: str) -> str:
    """Return the user that the journal belongs to, empty where that is who asks, or there is none yet."""
    path = Path(journal)
    try:
        return "" if path.stat().st_uid == os.geteuid() else path.owner()
    except FileNotFoundError:
        return ""
    except (OSError, KeyError):  # it cannot be looked at, or its owner has no name
        return "another user"


def _choose(config: Config, names: tuple[str, ...]) -> list[Route]:
    known = {route.name: route for route in config.routes}
    if unknown := [name for name in names if name not in known]:
        remedy = f"Name one of these: {', '.join(known)}."
        raise ConfigError(
            [Problem(f"--route {name!r}", "is no route of the configuration", remedy) for name in unknown]
        )
    return [route for route in config.routes if route.name in names or not names]


def _serve(
    config: Config, routes: list[Route], journal: Journal, wanted: Wanted, stack: contextlib.ExitStack, log: Any
) -> int:
    engine = running.make_engine(config, journal, stack, log, routes=routes, server_log="error")
    running.take_up(engine.daemon)
    progress = make_progress(_say_rest, silent=wanted.quiet or wanted.as_json)
    tally = Tally(keeps_done=wanted.as_json)

    def see(look: Look) -> None:
        tally.see(look)
        progress.see(look)

    patience = Patience(engine.daemon.tools.clock.steady(), wanted.limit)
    try:
        drained = drain(engine, patience, see)
    finally:
        progress.close()
    status = _status(drained, tally)
    with contextlib.suppress(OSError):  # a reader that has gone away changes nothing of what was done
        _tell(drained, tally, wanted, status)
    return running.leave(engine, status, broken=drained.ending is Ending.BROKEN)


def _status(drained: Drained, tally: Tally) -> int:
    match drained.ending:
        case Ending.BROKEN:
            return EXIT_JOURNAL
        case Ending.STOPPED:
            return 128 + drained.signal if drained.signal else EXIT_LEFT
        case _:
            return exit_status(tally.count(State.FAILED), len(tally.left))


def _say_rest(job: Job) -> str:
    told = tell_job(job)
    match job.state:
        case State.DONE:
            return f"{job.route}/{told['file']} -> {', '.join(told['outputs'])}"
        case State.FAILED:
            return f"{job.route}/{told['file']}: failed: {told['why']}"
        case _:
            return ""


def _tell(drained: Drained, tally: Tally, wanted: Wanted, status: int) -> None:
    if wanted.as_json:
        print(json.dumps(_as_told(drained, tally, status), indent=2), flush=True)
    elif not wanted.quiet or tally.left or tally.failed:
        paper.show(list(lay_out(drained, tally)))


def _as_told(drained: Drained, tally: Tally, status: int) -> dict[str, Any]:
    return {
        "ending": drained.ending.value,
        "status": status,
        "routes": [dict(zip(("name", "done", "failed", "left"), row, strict=True)) for row in _rows(tally)],
        "done": tally.done,
        "failed": tally.failed,
        "left": [asdict(replace(each, why=plain(each.why))) for each in tally.left],
    }


def _rows(tally: Tally) -> list[tuple[str, int, int, int]]:
    left = Counter(each.route for each in tally.left)
    names = sorted({route for route, state in tally.counts if state is not State.WITHDRAWN} | left.keys())
    return [(name, tally.counts[name, State.DONE], tally.counts[name, State.FAILED], left[name]) for name in names]


_ENDINGS = {
    Ending.LEFT: "What is left waits for something else than time; it is safe, and the next run takes it up.",
    Ending.TIMEOUT: "The time is over; what is left is safe, and the next run takes it up.",
    Ending.STOPPED: "Stopped; what is left is safe, and the next run takes it up.",
    Ending.BROKEN: "It broke off; the reason was told. What is left is safe, and the next run takes it up.",
}


def lay_out(drained: Drained, tally: Tally) -> Iterator[Block]:
    """Yield the result as it is shown to people."""
    rows = _rows(tally)
    if not rows:
        yield "Nothing to do." if drained.ending is Ending.REST else _ENDINGS[drained.ending]
        return
    yield ""
    heads = ("route", "done", "failed", "left")
    yield Grid(
        heads,
        [(Said(name, Tone.STRONG), *map(_number, counts, (Tone.GOOD, Tone.BAD, Tone.WARN))) for name, *counts in rows],
        frozenset(heads[1:]),
    )
    failed = [f"{each['route']}/{each['file']}: {each['why']}" for each in tally.failed]
    yield Part("Failed; each lies in the error folder with its explanation", _some(failed))
    left = [f"{each.route}{'/' if each.file else ''}{each.file}: {plain(each.why)}" for each in tally.left]
    yield Part("Left for later", _some(left))
    if tally.left and drained.ending is not Ending.REST:
        yield Said(_ENDINGS[drained.ending], Tone.WARN)


def _number(count: int, tone: Tone) -> Said:
    return Said(str(count), tone if count else Tone.QUIET)


def _some(lines: list[str]) -> list[Line]:
    more = len(lines) - _MOST
    return [*lines[:_MOST], *([f"and {say_count(more, 'file')} more"] if more > 0 else [])]
