"""Runs every benchmark, prints its tables, and makes docs/performance.md of them when asked to.

`python bench/run.py` measures everything in about six minutes; `--quick` takes fewer and smaller samples in about one;
`--only NAME` measures one thing; `--write` also fills bench/performance.md.in and stores it as docs/performance.md.
"""

import argparse
import os
import platform
import re
import string
import time
from collections.abc import Callable
from pathlib import Path

import arrivals
import calls
import journal
import latency
import memory
import throughput
from rig import DISK, HERE, MEMORY
from tables import Table

BENCHES: dict[str, Callable[[bool], list[Table]]] = {
    "throughput": lambda quick: [throughput.measure(quick=quick)],
    "latency": lambda quick: latency.measure(quick=quick),
    "arrivals": lambda quick: [arrivals.measure(quick=quick)],
    "memory": lambda quick: [memory.measure(quick=quick)],
    "calls": lambda quick: [calls.measure(quick=quick)],
    "journal": lambda quick: [journal.measure(quick=quick)],
}
PAGE = HERE.parent / "docs/performance.md"


def describe_machine() -> str:
    """Return the machine in one line: cores, kernel, Python, file systems; nothing that names it."""
    cores = len(os.sched_getaffinity(0))
    kernel = re.match(r"\d+\.\d+", platform.release())
    places = f"{file_system_of(MEMORY)} and {file_system_of(DISK)}"
    return f"{cores} cores, Linux {kernel[0] if kernel else ''}, Python {platform.python_version()}, {places}"


def file_system_of(place: Path) -> str:
    """Return the type of the file system that a folder lies on, for example "ext4"."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    fitting = [(top, kind) for top, kind in mounts if place.is_relative_to(top)]
    return max(fitting, key=lambda mount: len(mount[0]))[1]


def measure_all(names: list[str], *, quick: bool) -> dict[str, str]:
    """Measure, print as it goes, and return the tables as Markdown, each bench under its name."""
    found = {}
    for name in names:
        print(f"## {name}\n", flush=True)
        started = time.perf_counter()
        found[name] = "\n".join(table.as_markdown() for table in BENCHES[name](quick))
        print(f"{found[name]}\n({time.perf_counter() - started:.0f} s)\n", flush=True)
    return found


def write_page(found: dict[str, str], *, quick: bool) -> None:
    """Fill the page; KeyError when the template wants what was not measured."""
    template = string.Template((HERE / "performance.md.in").read_text("utf-8"))
    option = " --quick" if quick else ""
    page = template.substitute(found, machine=describe_machine(), option=option)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page, "utf-8")
    print(f"{PAGE.relative_to(HERE.parent)} is made of this run.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer and smaller samples")
    parser.add_argument("--write", action="store_true", help="make docs/performance.md of the numbers")
    parser.add_argument("--only", choices=BENCHES, help="measure one thing alone")
    given = parser.parse_args()
    if given.write and given.only:
        parser.error("the page needs every measurement: give --write without --only")
    print(describe_machine() + "\n")
    found = measure_all([given.only] if given.only else list(BENCHES), quick=given.quick)
    if given.write:
        write_page(found, quick=given.quick)


if __name__ == "__main__":
    main()
