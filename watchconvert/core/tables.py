"""Taking values out of the tables of a TOML file, and noting everything that is wrong with them."""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from watchconvert.core.job import Param
from watchconvert.core.keeping import Keep
from watchconvert.core.settings import LOCAL
from watchconvert.core.units import parse_duration, parse_size

T = TypeVar("T")

_FORMAT = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
_OURS = frozenset({"file", "files", "url", "storefile", "jobid", "async", "webhook", "timeout", "secret", "token"})
LOOPBACK = re.compile(r"(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d+)?")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the configuration."""

    key: str
    wrong: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.key}: {self.wrong}. {self.remedy}"


class ConfigError(Exception):
    """The configuration cannot be used; every problem of it is told."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class Table:
    """One table of the file; takes values out key by key and notes what is wrong with them."""

    def __init__(self, raw: Mapping[str, Any], where: str, problems: list[Problem]) -> None:
        self._raw, self._where, self._problems = raw, where, problems
        self._known: list[str] = []

    def key(self, name: str) -> str:
        """Return a key as it is told in a problem: "[service] url"."""
        return f"{self._where} {name}"

    def wrong(self, name: str, wrong: str, remedy: str) -> None:
        """Note that a value is wrong."""
        self._problems.append(Problem(self.key(name), wrong, remedy))

    def take(self, name: str, default: T, read: Callable[[Any], T], remedy: str) -> T:
        """Return the value of a key by `read`, or the default where it is absent or wrong."""
        self._known.append(name)
        if name not in self._raw:
            return default
        try:
            return read(self._raw[name])
        except (ValueError, TypeError, KeyError):
            self.wrong(name, f"{self._raw[name]!r} is not valid", remedy)
            return default

    def need(self, name: str, read: Callable[[Any], str], remedy: str) -> str:
        """Return the value of a key that must be there."""
        if name not in self._raw:
            self.wrong(name, "is missing", remedy)
        return self.take(name, "", read, remedy)

    def has(self, name: str) -> bool:
        """Tell whether the file has that key."""
        return name in self._raw

    def finish(self) -> None:
        """Note every key that nobody asked for, with the name it may have been meant as."""
        for name in (name for name in self._raw if name not in self._known):
            near = difflib.get_close_matches(name, self._known, n=1)
            meant = f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(sorted(self._known))}."
            self.wrong(name, "is not a known key", meant)


def as_text(value: Any) -> str:
    """Return a text that is not empty; ValueError otherwise."""
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError(value)
    return value


def as_texts(value: Any) -> tuple[str, ...]:
    """Return a list of texts; TypeError or ValueError otherwise."""
    if not isinstance(value, list):
        raise TypeError(value)
    return tuple(as_text(item) for item in value)


def one_of(*words: str) -> Callable[[Any], str]:
    """Return a reader of one of a few words."""
    return lambda value: {word: word for word in words}[value]


def duration_between(least: float, most: float) -> Callable[[Any], float]:
    """Return a reader of a duration within bounds, in seconds."""

    def read(value: Any) -> float:
        seconds = parse_duration(as_text(value))
        if not least <= seconds <= most:
            raise ValueError(value)
        return seconds

    return read


def as_keep(value: Any) -> Keep:
    """Return what a folder is to keep: an age of an hour or more, or a table of age and size; ValueError otherwise."""
    table = value if isinstance(value, dict) else {"age": value}
    if not table or not table.keys() <= {"age", "size"}:
        raise ValueError(value)
    age = duration_between(3600, 36500 * 86400)(table["age"]) if "age" in table else None
    size = parse_size(as_text(table["size"])) if "size" in table else None
    return Keep(age, size)


def as_count(value: Any) -> int:
    """Return a whole number from 1 to 256; ValueError otherwise."""
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 256:
        raise ValueError(value)
    return value


def as_amount(value: Any) -> int:
    """Return a whole number that is not negative; ValueError otherwise."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 10**9:
        raise ValueError(value)
    return value


def as_format(value: Any) -> str:
    """Return a format in lower case without a dot; ValueError otherwise."""
    text = as_text(value).lower().removeprefix(".")
    if not _FORMAT.fullmatch(text):
        raise ValueError(value)
    return text


def as_params(value: Any) -> Mapping[str, Param]:
    """Return parameters of the service, without those that the daemon sets itself."""
    if not isinstance(value, dict) or not all(isinstance(item, str | int | float) for item in value.values()):
        raise TypeError(value)
    if any(name.lower() in _OURS for name in value):
        raise ValueError(value)
    return dict(value)


def as_url(value: Any) -> str:
    """Return an address of a service: https, or http on this machine, or "local"; ValueError otherwise."""
    text = as_text(value).rstrip("/")
    if text == LOCAL:
        return text
    scheme, _, rest = text.partition("://")
    host = rest.partition("/")[0]
    if not host or "@" in host or not text.isprintable() or set(text) & set(" ?#\\"):
        raise ValueError(value)
    if scheme == "https" or (scheme == "http" and LOOPBACK.fullmatch(host)):
        return text
    raise ValueError(value)


def as_public_url(value: Any) -> str:
    """Return an address that the service can call; ValueError otherwise."""
    if value == LOCAL:
        raise ValueError(value)
    return as_url(value)


def as_address(value: Any) -> str:
    """Return a host and port to listen at; ValueError otherwise."""
    text = as_text(value)
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise ValueError(value)
    return text


def as_yes_or_no(value: Any) -> bool:
    """Return true or false; TypeError otherwise."""
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def as_marker(value: Any) -> str:
    """Return a name with {name} in it that is not the file's own; ValueError otherwise."""
    text = as_text(value)
    if "{name}" not in text or text == "{name}" or "/" in text:
        raise ValueError(value)
    return text


def as_permissions(value: Any) -> int | None:
    """Return permission bits written in octal; ValueError otherwise."""
    text = as_text(value)
    if not re.fullmatch(r"0?[0-7]{3}", text):
        raise ValueError(value)
    return int(text, 8)


def as_owner(value: Any) -> str:
    """Return who is to own an output; ValueError otherwise."""
    text = as_text(value)
    if text not in ("daemon", "source", "folder") and not re.fullmatch(r"[\w.-]+:[\w.-]+", text):
        raise ValueError(value)
    return text
