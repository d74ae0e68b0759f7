"""Has the daemon do something, and tells what came of it.

While no daemon runs, a wish waits for the next one, which grants it before it begins anything new.
"""

import os
import pwd
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watchconvert.adapters.clock import Clock
from watchconvert.adapters.journal.database import is_locked
from watchconvert.adapters.journal.report import read_status
from watchconvert.adapters.wishes import Wish, make_wish
from watchconvert.core.naming import shown
from watchconvert.core.units import say_count

_BREATH = 0.05


class NotAskedError(Exception):
    """Whoever asks may not, or the daemon cannot be asked; it says why and what to do."""


@dataclass(frozen=True)
class Outcome:
    """What has come of some wishes."""

    running: bool = True
    """Whether a daemon runs; else they wait for the next one."""
    done: int = 0
    left: int = 0
    """What was not done yet when the wait was over."""
    over: bool = False
    """Whether all of them were granted or refused."""
    refused: tuple[tuple[str, int, tuple[str, ...]], ...] = ()
    """Each reason, how often, and the beginnings of some jobs' ids."""


def who_asks() -> str:
    """Return the login name of the person who asks: with sudo, of who called that."""
    name = os.environ.get("SUDO_USER") or _name_of(os.getuid())
    return shown(name.encode("utf-8", "surrogateescape"), 60)


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"


def see_that_we_may(journal: str) -> None:
    """See that this user may have the daemon do anything: root may, and whom the journal belongs to.

    Raises:
        NotAskedError: they may not, or there is no place for wishes yet.

    """
    for path in (journal, str(Path(journal).parent)):
        try:
            owner = Path(path).stat().st_uid
        except PermissionError:
            continue
        except FileNotFoundError:
            if path != journal:
                raise NotAskedError(f"{path} is not there yet: the daemon makes it when it first runs") from None
            continue
        if os.geteuid() not in (0, owner):
            break
        return
    else:
        owner = -1
    also = f" and {_name_of(owner)}, the user that the service runs as," if owner > 0 else ""
    who = f" Or: sudo -u {_name_of(owner)} watchconvert ..." if owner > 0 else ""
    raise NotAskedError(
        f"only root{also} may ask this of the daemon, and you are {_name_of(os.geteuid())}; nothing was changed."
        f" Put sudo in front of it: sudo watchconvert ...{who}"
    )


def ask_daemon(journal: str, wishes: Sequence[Wish], wait: float, clock: Clock) -> Outcome:
    """Leave wishes, and wait up to so many seconds until the daemon has granted or refused them.

    Raises:
        NotAskedError: they cannot be left; those that were are granted.

    """
    try:
        names = [make_wish(journal, each) for each in wishes]
    except OSError as fault:
        raise NotAskedError(f"{journal}.wishes cannot be written: {fault.strerror or fault}") from fault
    deadline, alarm = clock.steady() + wait, clock.alarm()
    while is_locked(journal):
        outcome = _gather(names, read_status(journal).get("wishes", {}))
        if outcome.over or clock.steady() >= deadline:
            return outcome
        alarm.wait(_BREATH)
    return Outcome(running=False)


def _gather(names: Sequence[str], told: dict[str, Any]) -> Outcome:
    found = [told[name] for name in names if name in told]
    counts, examples = Counter[str](), dict[str, tuple[str, ...]]()
    for why, count, named in (each for one in found for each in one["refused"]):
        counts[why] += count
        examples.setdefault(why, tuple(named))
    return Outcome(
        done=sum(one["done"] for one in found),
        left=sum(one["left"] for one in found),
        over=len(found) == len(names) and all(one["over"] for one in found),
        refused=tuple((why, count, examples[why]) for why, count in counts.most_common()),
    )


def say_refusals(outcome: Outcome) -> list[str]:
    """Return why something was refused, in a line for each reason."""
    lines = []
    for why, count, named in outcome.refused:
        more = "" if count <= len(named) else " and others"
        lines.append(f"{say_count(count, 'job')} refused ({', '.join(named)}{more}): {why}")
    return lines
