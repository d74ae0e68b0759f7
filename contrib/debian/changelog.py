"""Turn CHANGELOG.md (standard input) into a Debian changelog: VERSION DISTRIBUTION MAINTAINER.

The newest section gets VERSION, which has the release of Debian in it, and the date of the build; the others their own.
"""

import datetime as dt
import email.utils
import os
import re
import sys
import textwrap
from collections.abc import Iterator

SECTION = re.compile(r"^## \[([^\]]+)\] - (\S+)$", re.MULTILINE)


def entries(text: str, newest: str, distribution: str, maintainer: str) -> Iterator[str]:
    """Yield an entry for each section of the changelog."""
    built = dt.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), dt.UTC)
    _, *parts = SECTION.split(text)
    for number, (version, date, body) in enumerate(zip(parts[::3], parts[1::3], parts[2::3], strict=True)):
        when = built if date == "unreleased" else dt.datetime.fromisoformat(date).replace(tzinfo=dt.UTC)
        said = [textwrap.fill(line, 78, initial_indent="  * ", subsequent_indent="    ") for line in points(body)]
        head = f"watchconvert ({newest if number == 0 else version}) {distribution}; urgency=medium"
        yield "\n".join([head, "", *said, "", f" -- {maintainer}  {email.utils.format_datetime(when)}", ""])


def points(body: str) -> list[str]:
    """Return the points of a section, without their marks."""
    return [" ".join(point.split()) for point in re.findall(r"^- (.+(?:\n {2}.+)*)$", body, re.MULTILINE)]


if __name__ == "__main__":
    sys.stdout.write("\n".join(entries(sys.stdin.read(), *sys.argv[1:])))
