"""The configuration as values, with the defaults that hold where nothing is said.

Durations are seconds, sizes bytes, paths absolute; what a field is for stands in its key.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from watchconvert.core.budget import Budget
from watchconvert.core.settings.daemon import Daemon
from watchconvert.core.settings.notify import Notify
from watchconvert.core.settings.route import Route
from watchconvert.core.settings.service import LOCAL, Service
from watchconvert.core.settings.web import Web

__all__ = ["LOCAL", "Config", "Daemon", "Notify", "Route", "Service", "Surroundings", "Web"]


@dataclass(frozen=True)
class Config:
    """All of the configuration file."""

    service: Service
    daemon: Daemon
    routes: tuple[Route, ...]
    notify: tuple[Notify, ...] = ()
    web: Web = field(default_factory=Web)

    @property
    def budgets(self) -> dict[str, Budget]:
        """Every budget by the name of its route; the empty name stands for that of all together."""
        every = {"": self.service.budget} | {route.name: route.budget for route in self.routes}
        return {name: budget for name, budget in every.items() if budget.limits}


@dataclass(frozen=True)
class Surroundings:
    """What the configuration file leaves to the place it is read in."""

    folder: str
    """Folder of the configuration file: relative paths start there."""
    state: str = "/var/lib/watchconvert"
    """Where the journal lies unless the file says otherwise ($STATE_DIRECTORY under systemd)."""
    resolve: Callable[[str], str] = str
    """Replaces symbolic links in a path, once, when the configuration is read."""
