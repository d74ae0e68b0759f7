"""When to try again: pure functions of counts, times and a throw of dice.

All times are seconds.  `dice` is a number from 0 up to 1 that the caller
throws, so that tests know what comes out.
"""

POLL_GAP = 5.0
"""Least time between two asks for one job (the service delays a quicker one by as much)."""
DOUBT_PAUSE = 60.0
"""How long an unknown JobId may still turn up at the service before it counts as unknown."""
JOB_LIFE = 2 * 3600.0
"""How long the service remembers a job and its result list at most."""
FILE_LIFE = 2.5 * 3600.0
"""How long an upload is trusted: the service keeps files three hours."""
MAX_ROUNDS = 3
"""How many JobIds one file may cost before a person has to look."""
MAX_DELAY = 300.0
"""The longest pause between two tries of one step."""
MAX_DEATHS = 3
"""How often the daemon may die with one step of one file in hand."""

_FIRST_DELAY = 2.0
_STEADY_TRIES = 10


def pause_after(tries: int, dice: float, asked_for: float | None = None) -> float:
    """Return how long to wait after the `tries`-th fault in a row (1 is the first).

    Exponential with half jitter; a pause that the service asked for is honoured
    within 1 s and 15 min.
    """
    pause = min(MAX_DELAY, _FIRST_DELAY * 2.0 ** min(tries - 1, _STEADY_TRIES))
    jittered = pause * (0.5 + 0.5 * dice)
    if asked_for is not None:
        return max(jittered, min(max(asked_for, 1.0), 900.0))
    return jittered


def probe_after(probes: int, dice: float) -> float:
    """Return how long a hold lasts before its next probe: 5 s at first, 2 min at most."""
    return min(120.0, 5.0 * 2.0 ** min(probes, _STEADY_TRIES)) * (0.75 + 0.25 * dice)


def is_forgotten(doubted_at: float, now: float, doubt: float) -> bool:
    """Tell whether an unknown JobId has been unknown for the whole doubt pause."""
    return doubted_at > 0 and now - doubted_at >= doubt


def is_too_old(since: float, now: float, life: float) -> bool:
    """Tell whether something is past its life; a clock that was set back counts as past it."""
    return not 0 <= now - since < life
