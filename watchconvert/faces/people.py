"""Names of people for the numbers that files have: the system is asked for them, and may hang or know nothing."""

import pwd
from collections.abc import Iterable

from watchconvert.core.job import UNKNOWN_OWNER
from watchconvert.faces.timely import HangingError, within

_PATIENCE = 3.0
"""Seconds that a directory service may take for all names together."""


def names_of(owners: Iterable[int]) -> dict[int, str]:
    """Return what people are called; the number where the system does not say it, or not in time."""
    wanted = sorted(set(owners))
    plain = {owner: "unknown" if owner == UNKNOWN_OWNER else str(owner) for owner in wanted}
    try:
        return plain | within(_PATIENCE, lambda: _ask(wanted))
    except Exception:  # noqa: BLE001 - whatever a module of the name service does, the numbers are known
        return plain


def _ask(owners: Iterable[int]) -> dict[int, str]:
    found = {}
    for owner in owners:
        try:
            found[owner] = pwd.getpwuid(owner).pw_name
        except (KeyError, OverflowError):  # nobody of that number; -1 is not one
            continue
    return found


def owner_of(user: str) -> int:
    """Return the number of a person who is named, or given by number; "unknown" stands for files of nobody known.

    Raises:
        ValueError: nobody is called so, or the system does not say it in time.

    """
    if user == "unknown":
        return UNKNOWN_OWNER
    if user.isascii() and user.isdigit():
        return int(user)
    try:
        return within(_PATIENCE, lambda: pwd.getpwnam(user).pw_uid)
    except HangingError:
        raise ValueError("the system does not tell its users; give the number, as `id -u` has it") from None
    except (KeyError, OSError, ValueError):
        raise ValueError(f"this machine knows no user {user!r}; the number (uid) will do, too") from None
