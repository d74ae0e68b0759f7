"""How the daemon is, in one line: what `systemctl status` shows."""

from collections.abc import Sequence
from dataclasses import dataclass

_MOST = 200


@dataclass(frozen=True)
class Standing:
    """What the line is made of."""

    routes: int
    waiting: int
    """Files in the inboxes that are not taken yet."""
    open: int
    """Jobs that are not at rest."""
    offline: Sequence[str] = ()
    """Names of routes whose inbox cannot be read."""
    held: Sequence[str] = ()
    """Reasons of the holds that stand."""
    stuck: Sequence[str] = ()
    """Names of loops that do not come round."""
    refused: int = 0
    """Problems of a new configuration that was refused."""


def say_headline(standing: Standing) -> str:
    """Say how the daemon is, what matters most first; one line, whatever the service said."""
    troubles = [
        f"stuck: {', '.join(standing.stuck)}" if standing.stuck else "",
        f"held: {'; '.join(standing.held)}" if standing.held else "",
        f"offline: {', '.join(standing.offline)}" if standing.offline else "",
        f"the new configuration was refused ({_count(standing.refused, 'problem')})" if standing.refused else "",
    ]
    usual = f"{_count(standing.routes, 'route')}, {standing.waiting} waiting, {standing.open} in work"
    line = "".join(c if c.isprintable() else " " for c in "; ".join([*filter(None, troubles), usual]))
    return line if len(line) <= _MOST else line[: _MOST - 1] + "…"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
