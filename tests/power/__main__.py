"""`python -m tests.power [SECONDS]`: the long run of the power cuts; one line of figures at its end."""

import sys
import time

from tests.kill.figures import Extent, report, say
from tests.kill.roulette import Load
from tests.kill.trap import lacking_tools
from tests.power.disks import lacking_power
from tests.power.schedules import SETTINGS, at_cuts, at_random


def main(seconds: float) -> int:
    """Cut the power for so long; returns the exit status."""
    if lacking := lacking_power() or lacking_tools():
        sys.exit(f"NOT TESTED: {lacking}")
    began = time.monotonic()

    def extent(share: float) -> Extent:
        return Extent(full=True, until=began + share * seconds, tell=say)

    many = 100_000
    sweeps = [
        ("at system calls", lambda: at_cuts(extent(0.8), tuple(SETTINGS))),
        ("at random, ext4", lambda: at_random("ext4", Load(20, 0.5), many, extent(0.9))),
        ("at random, xfs", lambda: at_random("xfs, archive on a third", Load(20, 0.5), many, extent(1.0))),
    ]
    return report("power cuts", sweeps)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 4 * 3600.0))
