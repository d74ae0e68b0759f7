"""What a new configuration changes in a running daemon, and what it cannot change without a start."""

from dataclasses import dataclass

from watchconvert.core.settings import Config, Route
from watchconvert.core.tables import Problem

_LASTING = {
    "service": ("url", "dialect", "auth", "webhook_url", "webhook_listen"),
    "daemon": ("journal",),
}
"""Keys that hold for a whole life of the daemon: jobs under way were begun with them."""


@dataclass(frozen=True)
class Changes:
    """The routes that differ between two configurations."""

    added: tuple[Route, ...]
    removed: tuple[Route, ...]
    changed: tuple[Route, ...]
    """As they are in the new one."""

    @property
    def fresh(self) -> tuple[Route, ...]:
        """Routes that must be prepared as at a start."""
        return (*self.added, *self.changed)


def find_changes(old: Config, new: Config) -> Changes:
    """Return what has become of the routes, which are told apart by their names."""
    before, after = ({route.name: route for route in config.routes} for config in (old, new))
    return Changes(
        added=tuple(route for name, route in after.items() if name not in before),
        removed=tuple(route for name, route in before.items() if name not in after),
        changed=tuple(route for name, route in after.items() if name in before and before[name] != route),
    )


def find_lasting(old: Config, new: Config) -> list[Problem]:
    """Return a problem for every key that only a start can change."""
    return [
        Problem(
            f"[{table}] {key}",
            f"has changed from {getattr(getattr(old, table), key)!r}, and jobs under way were begun with that",
            "Restart the daemon for this one, or put the old value back.",
        )
        for table, keys in _LASTING.items()
        for key in keys
        if getattr(getattr(old, table), key) != getattr(getattr(new, table), key)
    ]
