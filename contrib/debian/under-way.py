"""Before the package is removed: say which files the daemon has taken and not brought to their end, and where they lie.

The list stays in the state folder, for a purge that comes later.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from watchconvert.adapters.journal.database import JournalError
from watchconvert.adapters.journal.report import Report, open_report
from watchconvert.core.config import ConfigError
from watchconvert.core.naming import STAGE, shown
from watchconvert.core.states import RESTING
from watchconvert.faces.load import find_config, load_config

LIST = Path("/var/lib/watchconvert/under-way.txt")


def sources(report: Report) -> Iterator[str]:
    """Yield the path of each source that lies in a stage."""
    for job in report.all_jobs():
        if job.state not in RESTING:
            for host in sorted(Path(job.order.inbox, os.fsdecode(STAGE)).glob("*")):
                yield from (shown(os.fsencode(path)) for path in sorted((host / job.id).glob("*")))


def main() -> None:
    """Print and keep the list, if there is anything in it."""
    LIST.unlink(missing_ok=True)
    try:
        journal = load_config(find_config(None)).daemon.journal
        if not Path(journal).exists():
            return
        with open_report(journal) as report:
            found = list(sources(report))
    except (ConfigError, JournalError, OSError) as fault:
        print(f"watchconvert: which files are under way is not known: {fault}", file=sys.stderr)
        return
    if found:
        # Not through a link: the folder belongs to the service's user, and this is run by root.
        with LIST.open("x", encoding="utf-8") as file:
            file.writelines(f"{path}\n" for path in found)
        print(
            f"watchconvert: {len(found)} file(s) were taken and are not converted yet. They lie whole in the stages of"
        )
        print(f"watchconvert: the shares ({LIST} has their paths), and go on when it is installed again.")


if __name__ == "__main__":
    main()
