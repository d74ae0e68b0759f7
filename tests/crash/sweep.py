"""Plays schedules of deaths and acts in every situation: `python -m tests.crash.sweep [--all] [--jobs N] [SITUATION…]`.

A schedule is enumerated as it is played, for where a second death may come depends on what the first one leaves: the
points of the lives after it, those of the recovery among them, count on.
"""

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from tests.crash.situations import PEOPLED, QUIET, SITUATIONS, Situation
from tests.crash.theatre import Ending, Schedule, trial


@dataclass(frozen=True)
class Stride:
    """Of how many schedules of a kind one is played; 1: all of them.  Primes, so that they drift over the points."""

    pairs: int = 1
    looks: int = 1
    starts: bool = True
    """Whether the first start is swept in every situation; it is the same in most."""


ALL, SOME = Stride(), Stride(pairs=211, looks=17, starts=False)


@dataclass
class Figures:
    """What a sweep has found."""

    situation: str
    schedules: int = 0
    deaths: int = 0
    points: int = 0
    """Points of the calm way."""
    violations: list[str] = field(default_factory=list)

    def play(self, situation: Situation, schedule: Schedule) -> Ending:
        """Play one schedule and note what is wrong with it."""
        ending = trial(situation, schedule)
        self.schedules += 1
        self.deaths += ending.lives - 1
        where = [ending.trace[point] for point in schedule.deaths if point < len(ending.trace)]
        self.violations += [f"{situation.name}, {schedule}, dead at {where}: {wrong}" for wrong in ending.wrong]
        return ending


def sweep(situation: Situation, stride: Stride) -> Figures:
    """Play every single death, every act, and of the pairs of both as many as the stride says."""
    figures = Figures(situation.name)
    calm = figures.play(situation, Schedule())
    figures.points = len(calm.trace)
    if situation.act:
        for moment in range(0, calm.moments, stride.looks):
            figures.play(situation, Schedule((), moment, looks=True))
    chosen = _every(stride.pairs)
    for first in range(0 if stride.starts or situation is QUIET[0] else calm.began, figures.points):
        known = Schedule((), first) if situation.act else Schedule((first,))
        ending = figures.play(situation, known)
        for second in range(0 if situation.act else first + 1, len(ending.trace)):
            if next(chosen):
                figures.play(situation, Schedule((*known.deaths, second), known.act_at))
    return figures


def _every(stride: int) -> Iterator[bool]:
    return (number % stride == stride - 1 for number in count())


def _sweep_all(name: str) -> Figures:
    return sweep(SITUATIONS[name], ALL)


def _sweep_some(name: str) -> Figures:
    return sweep(SITUATIONS[name], SOME)


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash.sweep", description=__doc__)
    parser.add_argument("situations", nargs="*", metavar="SITUATION", help="by name; all of them where none is named")
    parser.add_argument("--all", action="store_true", help="every pair and every act, not only some of them")
    parser.add_argument("--jobs", type=int, default=2, help="processes that play at once")
    parser.add_argument("--list", action="store_true", help="tell the names of the situations")
    return parser.parse_args()


def _say(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


def main() -> int:
    """Sweep and print figures; returns 1 when anything is wrong."""
    arguments = _read_arguments()
    names = arguments.situations or [each.name for each in (*QUIET, *PEOPLED)]
    if arguments.list:
        _say(*names)
        return 0
    began, done = time.monotonic(), []
    with multiprocessing.get_context("spawn").Pool(arguments.jobs) as pool:
        for figures in pool.imap_unordered(_sweep_all if arguments.all else _sweep_some, names):
            done.append(figures)
            _say(f"{figures.situation}: schedules {figures.schedules:,}, violations {len(figures.violations)}")
            _say(*(f"  {wrong}" for wrong in figures.violations[:5]))
    schedules, wrong = sum(each.schedules for each in done), sum(len(each.violations) for each in done)
    deaths, seconds = sum(each.deaths for each in done), time.monotonic() - began
    _say(
        f"situations {len(done)}, schedules {schedules:,}, deaths {deaths:,}, violations {wrong}, "
        f"{seconds:.0f} s ({schedules / seconds:.0f} schedules/s)"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
