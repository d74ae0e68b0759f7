"""Times as people of this place read and write them."""

from datetime import datetime

from watchconvert.core.units import parse_duration, say_duration


def clock_of(at: float, now: float) -> str:
    """Return a moment: the time of day where it is today's, else the date with hours and minutes."""
    moment = datetime.fromtimestamp(at).astimezone()
    is_today = moment.date() == datetime.fromtimestamp(now).astimezone().date()
    return moment.strftime("%H:%M:%S" if is_today else "%Y-%m-%d %H:%M")


def in_a_while(at: float, now: float) -> str:
    """Return when something will be: "in 5 min", or "now" where that is past."""
    return f"in {say_duration(at - now)}" if at - now >= 1 else "now"


def moment_of(text: str, now: float) -> float:
    """Return the moment that a person means by "2h", "7d" (ago), "2026-11-23" or "2026-11-23 14:30" (local time).

    Raises:
        ValueError: it is neither a duration nor a date.

    """
    try:
        return now - parse_duration(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text).astimezone().timestamp()
    except ValueError as fault:
        raise ValueError(f'{text!r} is no time such as "2h", "7d", "2026-11-23" or "2026-11-23 14:30"') from fault
