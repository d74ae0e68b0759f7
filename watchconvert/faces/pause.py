"""`watchconvert pause` and `watchconvert resume`: a person's hold, of all routes or of some."""

from collections.abc import Sequence
from datetime import datetime

from watchconvert.adapters.clock import Clock
from watchconvert.adapters.journal.report import open_report
from watchconvert.adapters.journal.store import Hold
from watchconvert.adapters.wishes import Wish
from watchconvert.core.answers import Scope
from watchconvert.core.naming import shown
from watchconvert.core.settings import Config
from watchconvert.core.whys import say_hold
from watchconvert.faces.ask import NotAskedError, Outcome, ask_daemon, say_refusals, see_that_we_may, who_asks
from watchconvert.faces.status import is_held_by

_MOST_REASON = 200
_LATER = "It will be done as soon as the daemon runs, before anything else."


def wish_to_pause(route: str, by: str, why: str, until: float) -> Wish:
    """Return the wish that a route, or all for "", is paused, with the words in which every face will tell of it.

    `until` is when it ends by itself, wall clock; 0 for never.
    """
    what = f"route {route}" if route else "all routes"
    because = shown(why.strip().encode("utf-8", "surrogateescape"), _MOST_REASON)
    reason = f"{by} has paused {what}{': ' + because if because else ''}"
    # It is read on other days, too, so it has its date.
    by_itself = f"at {datetime.fromtimestamp(until).astimezone():%Y-%m-%d %H:%M:%S}, or " if until else ""
    end = f'{by_itself}after "watchconvert resume{" --route " + route if route else ""}"'
    full = reason if reason.endswith((".", "!", "?")) else f"{reason}."
    return Wish("pause", routes=(route,) if route else (), reason=f"{full} It goes on {end}.", until=until, by=by)


def wish_to_resume(routes: Sequence[str], by: str) -> Wish:
    """Return the wish that the pauses of routes end, or every pause."""
    return Wish("resume", routes=tuple(routes), by=by)


def pause(config: Config, routes: Sequence[str], lasts: float, why: str, wait: float, clock: Clock) -> tuple[int, str]:
    """Pause routes, or all; returns the exit status and what to say.  `lasts` in seconds, 0 without an end.

    Raises:
        NotAskedError: whoever asks may not, or there is no such route.

    """
    see_that_we_may(config.daemon.journal)
    _see_that_they_are(routes, {route.name for route in config.routes})
    by, until = who_asks(), clock.now() + lasts if lasts else 0.0
    wishes = [wish_to_pause(route, by, why, until) for route in dict.fromkeys(routes) or ("",)]
    outcome = ask_daemon(config.daemon.journal, wishes, wait, clock)
    lines = [wish.reason for wish in wishes]
    if outcome.over:
        what = "Nothing new is taken, uploaded or bought from now on; what is under way or was bought comes out."
        return 0, "\n".join([*lines, what])
    return 0, "\n".join([*lines, say_later(outcome)])


def resume(config: Config, routes: Sequence[str], wait: float, clock: Clock) -> tuple[int, str]:
    """End the pauses of routes, or all; returns the exit status and what to say, also of what still keeps files.

    Raises:
        NotAskedError: whoever asks may not, or there is no such route.
        JournalError: the journal cannot be read.

    """
    journal = config.daemon.journal
    see_that_we_may(journal)
    before = _holds(journal)
    paused = {hold.name for hold in before if hold.scope is Scope.PAUSE}
    _see_that_they_are(routes, {route.name for route in config.routes} | paused)
    outcome = ask_daemon(journal, [wish_to_resume(routes, who_asks())], wait, clock)
    if not outcome.over:
        return 0, say_later(outcome)
    names = sorted(paused & set(routes) if routes else paused)
    ended = ", ".join(f"route {shown(name.encode())}" if name else "all routes" for name in names)
    lines = [f"The pause of {ended} is over." if outcome.done else "No person has paused that."]
    standing = [hold for hold in _holds(journal) if not routes or _concerns(hold, config, routes)]
    lines += list(_say_others(standing, clock.now()))
    return 0, "\n".join([*lines, *say_refusals(outcome)])


def _concerns(hold: Hold, config: Config, routes: Sequence[str]) -> bool:
    named = [route for route in config.routes if route.name in routes]
    return any(is_held_by(hold, route, config.daemon.journal) for route in named)


def _say_others(standing: Sequence[Hold], now: float) -> list[str]:
    """Say what still keeps files, and what ends it."""
    said = [say_hold(hold.scope, shown(hold.name.encode("utf-8", "surrogateescape")), hold.reason, hold.probe_at - now)
            for hold in standing]  # fmt: skip
    others = any(hold.scope is not Scope.PAUSE for hold in standing)
    why = "No person has asked for this, so resume does not end it; it is looked at again just now:"
    return [*([why] if others else []), *said]


def _holds(journal: str) -> list[Hold]:
    with open_report(journal) as report:
        return report.holds()


def _see_that_they_are(routes: Sequence[str], known: set[str]) -> None:
    for route in routes:
        if route not in known:
            names = ", ".join(sorted(filter(None, known)))
            raise NotAskedError(
                f"there is no route {shown(route.encode('utf-8', 'surrogateescape'))}; there are: {names}"
            )


def say_later(outcome: Outcome) -> str:
    """Say that something is not done yet."""
    return "The daemon will do it in a moment." if outcome.running else f"The daemon does not run. {_LATER}"
