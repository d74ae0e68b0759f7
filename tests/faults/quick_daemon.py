"""`watchconvert run` with short pauses, so that a test need not wait for them; all else is as it is."""

import functools
import sys

from watchconvert.core import cadence
from watchconvert.engine import holds, lane
from watchconvert.engine.tools import Pace
from watchconvert.faces import build
from watchconvert.faces.cli import main

cadence._FIRST_DELAY, cadence.MAX_DELAY = 0.1, 1.0
holds.probe_after = lambda probes, dice: min(1.0, 0.2 * 2.0**probes)
lane._LATER = 0.2
build.Pace = functools.partial(Pace, poll_gap=0.3)

if __name__ == "__main__":
    sys.exit(main(["run", "--config", sys.argv[1]]))
