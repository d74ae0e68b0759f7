"""What a new configuration changes in a running daemon, and what it cannot change without a start."""

from dataclasses import dataclass
from typing import Any

from watchconvert.core.keys import Key, Section
from watchconvert.core.sections import DAEMON, SERVICE
from watchconvert.core.settings import Config, Route
from watchconvert.core.tables import Problem


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
            f"{section.header} {key.name}",
            f"has changed from {before!r}, and jobs under way were begun with that",
            "Restart the daemon for this one, or put the old value back.",
        )
        for section in (SERVICE, DAEMON)
        for key in section.keys
        if key.lasting
        if (before := _value(old, section, key)) != _value(new, section, key)
    ]


def _value(config: Config, section: Section, key: Key[Any]) -> Any:
    return getattr(getattr(config, section.name), key.field)
