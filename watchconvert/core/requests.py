"""What one `watchconvert convert` is asked to do, as values, and the name that follows from it.

The same file, as it is now, to the same format, is the same request whoever
asks for it: so what was begun is found again, and nothing is bought twice.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from watchconvert.core.job import Param
from watchconvert.core.settings import Daemon, Route

_NAME = 20
"""Hexadecimal digits that tell one request from another."""


@dataclass(frozen=True)
class Conversion:
    """What is to become of files, and who is asked."""

    service: str
    """The address of the service; "local" for the built-in server."""
    to: str
    source_format: str = ""
    """Empty: each file's ending."""
    params: tuple[tuple[str, Param], ...] = ()


@dataclass(frozen=True)
class Item:
    """One file of a request."""

    path: str
    """Absolute, with no link in it."""
    ino: int
    size: int
    mtime: int
    """Nanoseconds."""
    folder: str
    """Where its results are to lie; absolute, with no link in it."""
    conflict: str = "number"

    def key(self, conversion: Conversion) -> str:
        """Return by what the same file, as it is, and the same conversion are known again."""
        told = [self.path, self.size, self.mtime, *asdict(conversion).items()]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:_NAME]


@dataclass(frozen=True)
class Request:
    """Files that are converted alike, together."""

    conversion: Conversion
    items: tuple[Item, ...]
    config: str = ""
    """The configuration that names the secret; absolute, empty for the usual one or none."""

    def keys(self) -> dict[str, int]:
        """Return the numbers of the files by their keys."""
        return {item.key(self.conversion): number for number, item in enumerate(self.items)}

    @property
    def name(self) -> str:
        """What its working folder is called."""
        return hashlib.sha256("".join(self.keys()).encode()).hexdigest()[:_NAME]

    def to_text(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self), indent=1)


def from_text(text: str) -> Request:
    """Return the request that a text tells.

    Raises:
        ValueError: it tells none.

    """
    try:
        raw = json.loads(text)
        conversion = dict(raw["conversion"])
        params = tuple((str(name), value) for name, value in conversion.pop("params"))
        items = tuple(Item(**item) for item in raw["items"])
        return Request(Conversion(**conversion, params=params), items, raw["config"])
    except (KeyError, TypeError) as fault:
        raise ValueError(str(fault)) from fault


def folder_of(number: int) -> bytes:
    """Return the sub-folder in which the file of that number is worked on."""
    return b"%04d" % number


def number_of(folder: bytes) -> int:
    """Return the number of the file that is worked on in a sub-folder; -1 where that is none of ours."""
    return int(folder) if folder.isdigit() else -1


def route_for(conversion: Conversion, folder: str, mode: str) -> Route:
    """Return the route through a working folder: nothing in it needs to settle, and nobody looks for its sources."""
    return Route(
        name="convert",
        inbox=f"{folder}/inbox",
        outbox=f"{folder}/outbox",
        error=f"{folder}/error",
        archive=f"{folder}/archive",
        to=conversion.to,
        source_format=conversion.source_format or None,
        settle=0.0,
        incomplete_after=0.0,
        recursive=True,
        source="delete",
        mode="semi-async" if mode == "webhook" else mode,
        params=dict(conversion.params),
    )


def daemon_for(folder: str, min_free: int) -> Daemon:
    """Return how the engine runs in a working folder."""
    return Daemon(journal=f"{folder}/journal.db", rescan=0.2, poll=0.2, min_free=min_free)


def as_pairs(params: Mapping[str, Param]) -> tuple[tuple[str, Param], ...]:
    """Return parameters in an order of their own, so that the same ones make the same request."""
    return tuple(sorted(params.items()))


def without(items: Sequence[Item], conversion: Conversion, known: Mapping[str, Any]) -> tuple[Item, ...]:
    """Return the files whose keys are not among those that are known, each once."""
    fresh = {item.key(conversion): item for item in items}
    return tuple(item for key, item in fresh.items() if key not in known)
