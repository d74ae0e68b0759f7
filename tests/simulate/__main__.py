"""`python -m tests.simulate --days 30 --seed N [--seeds COUNT] [--outage FILES]`: plays and prints one line of figures each."""

import argparse
import sys
from collections import Counter

from tests.simulate.outage import suffer
from tests.simulate.run import Report, simulate


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _tell(report: Report) -> None:
    _say(report.line(), *(f"  {wrong}" for wrong in report.wrong[:20]))
    _say(*(f"  given back {times:4}: {why}" for why, times in report.failed.most_common()))


def _cover(struck: Counter[str], done: Counter[str], requests: Counter[str]) -> None:
    """Print how often each kind of fault, act and request came."""
    for title, table in (("faults", struck), ("people", done), ("requests", requests)):
        _say(f"{title}:", *(f"  {kind:28} {times:8,}" for kind, times in sorted(table.items())))


def main() -> int:
    """Play what is asked for; returns 1 when anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulate", description=__doc__)
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds are played, from --seed on")
    parser.add_argument("--rate", type=float, default=3.0, help="things that people do in an office hour and a route")
    parser.add_argument("--outage", type=int, default=0, metavar="FILES", help="play a day's outage with so many files")
    arguments = parser.parse_args()
    if arguments.outage:
        outage = suffer(arguments.outage)
        _say(outage.line(), *outage.wrong[:20])
        return int(bool(outage.wrong or outage.failed or outage.bills != outage.files))
    wrong, tables = 0, (Counter[str](), Counter[str](), Counter[str]())
    for seed in range(arguments.seed, arguments.seed + arguments.seeds):
        report = simulate(seed, arguments.days, arguments.rate)
        _tell(report)
        wrong += len(report.wrong)
        for table, more in zip(tables, (report.struck, report.done, report.requests), strict=True):
            table.update(more)
    _cover(*tables)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
