"""`python -m tests.kill [SECONDS]`: the long run of the deaths; one line of figures at its end."""

import sys
import time

from tests.kill.figures import Extent, report, say
from tests.kill.roulette import Load
from tests.kill.schedules import at_calls, at_moments, at_moments_of_the_server
from tests.kill.trap import lacking_tools


def main(seconds: float) -> int:
    """Kill for so long; returns the exit status."""
    if lacking := lacking_tools():
        sys.exit(f"NOT TESTED: {lacking}")
    began = time.monotonic()

    def extent(share: float) -> Extent:
        return Extent(full=True, until=began + share * seconds, tell=say)

    many = 100_000
    sweeps = [
        ("at system calls", lambda: at_calls(extent(0.7))),
        ("at moments, 1 file", lambda: at_moments(Load(1, 0.3), 2000, extent(0.75))),
        ("at moments, 200 files", lambda: at_moments(Load(200, 1.0), 2000, extent(0.85))),
        (
            "built-in server, 20 files",
            lambda: at_moments_of_the_server(Load(20, 3.0, by_command=True), many, extent(0.92)),
        ),
        ("built-in server, 200 files", lambda: at_moments_of_the_server(Load(200, 3.0), many, extent(1.0))),
    ]
    return report("kills", sweeps)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 4 * 3600.0))
