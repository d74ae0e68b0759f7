"""The sweeps as they are run: which grounds, which services, how long."""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.e2e.stage import local_server
from tests.kill.figures import Extent, Figures, together
from tests.kill.ground import Ground, Plan, one_land
from tests.kill.nursery import nursery
from tests.kill.roulette import Load, Roulette, bills_of
from tests.kill.service import strict_service
from tests.kill.sweep import CallSweep, Maker

SETTINGS = {
    "source archived": (Plan(""), {}),
    "source deleted": (Plan("", source_deleted=True), {}),
    "job polled": (
        Plan("", service='dialect = "current"\nmode = "async"\ndoubt = "1s"'),
        {"old": False, "reply": "job"},
    ),
}
"""The last waits five seconds for each job, and is for the long run only."""
ZIPPED = Plan(
    "", "zip", service='doubt = "1s"', daemon="workers = 4", route='from = "any"', results=lambda data: [data],
    suspects=True,
)  # fmt: skip
"""What the built-in server does at the least cost: to pack a file."""
_PLAYS_TO_A_DRAIN = 50


def at_calls(extent: Extent) -> Figures:
    """Die at system calls, with one file at a time and a service that bills whatever it is sent."""
    names = [name for name in SETTINGS if extent.full or name != "job polled"]
    return together([partial(_at_calls, name, extent) for name in names])


def _at_calls(name: str, extent: Extent) -> Figures:
    plan, manners = SETTINGS[name]
    with strict_service(**manners) as service:
        return CallSweep(lambda folder, _: Ground(one_land(folder), plan.at(service.url)), service, extent).run()


def at_moments(load: Load, plays: int, extent: Extent, seed: int = 1) -> Figures:
    """Die at random moments, with a service that bills whatever it is sent."""
    with strict_service() as service:
        plan = Plan(service.url, daemon="workers = 4", suspects=True)
        table = Table(lambda folder, _: Ground(one_land(folder), plan, seed), lambda _: service.billed)
        return play(table, load, plays, extent, seed)


def at_moments_of_the_server(load: Load, plays: int, extent: Extent, seed: int = 2) -> Figures:
    """Die at random moments, with the built-in server at its worst."""
    options = ["--register-late", "0.3s", "--no-dedupe", "--workers", "3", "--queue", "256", "--log-level", "warning"]
    with tempfile.TemporaryDirectory() as home, local_server(Path(home), *options) as url:
        table = Table(lambda folder, _: Ground(one_land(folder), ZIPPED.at(url), seed), bills_of(url))
        return play(table, load, plays, extent, seed)


@dataclass(frozen=True)
class Table:
    """Where it is played, and who tells what was billed."""

    make: Maker
    billed: Callable[[Ground], list[bytes]]


def play(table: Table, load: Load, plays: int, extent: Extent, seed: int) -> Figures:
    """Die so often at random moments, coming to rest now and then."""
    figures = Figures()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="watchconvert-kill-")))
        roulette = Roulette(table.make(folder, stack), load, stack.enter_context(nursery()), seed)
        try:
            while roulette.kills < plays and not extent.is_over():
                roulette.play(table.billed)
                if roulette.kills % _PLAYS_TO_A_DRAIN == 0:
                    roulette.drain(table.billed)
                    extent.tell(f"{roulette.kills} deaths of {plays}, {load.files} files under way")
            roulette.drain(table.billed)
        except AssertionError as wrong:
            figures.violations.append(str(wrong))
        figures.deaths, figures.files = roulette.kills, roulette.ground.files
        figures.set_aside = len(roulette.ground.suspects)
    return figures
