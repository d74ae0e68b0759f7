"""What a look over the configuration and the machine has found, each thing with its remedy."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass


class Level(enum.StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """It works, but not as well as it could."""
    PROBLEM = "problem"
    """Something does not work until it is mended."""


class Cause(enum.StrEnum):
    """What a problem is about, as far as the exit status tells it."""

    MENDING = "mending"
    CREDENTIALS = "credentials"
    SERVICE = "service"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    about: str
    """For example "configuration", "credentials", "route to-pdf"."""
    said: str
    level: Level = Level.OK
    remedy: str = ""
    """What to do; empty only where nothing need be done."""
    place: str = ""
    """Where in the configuration file, as ":LINE:COLUMN"; empty where that is not known."""
    cause: Cause = Cause.MENDING


def warning(about: str, said: str, remedy: str) -> Finding:
    """Return something that could be better."""
    return Finding(about, said, Level.WARNING, remedy)


def problem(about: str, said: str, remedy: str, cause: Cause = Cause.MENDING) -> Finding:
    """Return something that must be mended."""
    return Finding(about, said, Level.PROBLEM, remedy, cause=cause)


_STATUSES = {Cause.MENDING: 78, Cause.CREDENTIALS: 77, Cause.SERVICE: 69}
"""sysexits(3): EX_CONFIG, EX_NOPERM, EX_UNAVAILABLE; of several the first of these counts."""


def exit_status(findings: Iterable[Finding]) -> int:
    """Return the exit status of what was found: 0 without a problem."""
    causes = {finding.cause for finding in findings if finding.level is Level.PROBLEM}
    return next((status for cause, status in _STATUSES.items() if cause in causes), 0)
