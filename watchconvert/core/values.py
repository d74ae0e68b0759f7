"""The kinds of values in the configuration: how each is written and read, and what the JSON Schema says of it.

A pattern stands once, for the reader and for the schema.  So it keeps to what Python, ECMAScript and Rust read
alike (plain classes of characters, no look-around), and it is always of the whole text.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from watchconvert.core import units
from watchconvert.core.units import parse_duration

T = TypeVar("T")
Schema = dict[str, Any]
Resolve = Callable[[str], str]
"""Makes a path of the file absolute."""

NAME = r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}"
LOOPBACK = r"(?:127(?:\.[0-9]{1,3}){3}|localhost|\[::1\])(?::[0-9]+)?"
"""A host of this machine as an address has it, with or without a port."""
_FIVE_DIGITS = r"6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}"
PORT = rf"0*(?:{_FIVE_DIGITS}|[0-9]{{1,4}})"
SOME_PORT = rf"0*(?:{_FIVE_DIGITS}|[1-9][0-9]{{0,3}})"
"""A port that is not 0."""


@dataclass(frozen=True)
class Kind(Generic[T]):
    """How the values of a key are written."""

    called: str
    """What such a value is: "a duration from 1s to 20m"."""
    read: Callable[[Any], T]
    """Returns the value of what stands in the file; ValueError, TypeError or KeyError where it is none."""
    schema: Schema
    how: str = ""
    """What to do where a value is wrong, if that is not to write what it is called; without example and full stop."""
    place: Callable[[T, Resolve], T] | None = None
    """For a value with a path in it: makes that absolute."""
    meanings: Mapping[str, str] = field(default_factory=dict)
    """For a choice its words, each with what it means; that may be empty."""
    bounds: str = ""
    """In words, as far as there are any: "from 1s to 20m"."""

    @property
    def remedy(self) -> str:
        """What to do instead of what is wrong, without an example and a full stop."""
        return self.how or f"Write {self.called}"


def check(kind: Kind[T], is_good: Callable[[T], bool]) -> Kind[T]:
    """Return a kind that takes only what is good, by a rule that no schema can tell."""

    def read(value: Any) -> T:
        found = kind.read(value)
        if not is_good(found):
            raise ValueError(value)
        return found

    return replace(kind, read=read)


def text_like(called: str, pattern: str, make: Callable[[str], T], how: str = "") -> Kind[T]:
    """Return the kind of texts that a pattern describes, each made into a value."""

    def read(value: Any) -> T:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):  # compiled when it is needed
            raise ValueError(value)
        return make(value)

    return Kind(called, read, {"type": "string", "pattern": f"^(?:{pattern})$"}, how)


def list_of(called: str, kind: Kind[T], least: int = 0) -> Kind[tuple[T, ...]]:
    """Return the kind of lists with at least so many values of a kind."""

    def read(value: Any) -> tuple[T, ...]:
        if not isinstance(value, list) or len(value) < least:
            raise ValueError(value)
        return tuple(map(kind.read, value))

    schema = {"type": "array", "items": kind.schema} | ({"minItems": least} if least else {})
    return Kind(called, read, schema, meanings=kind.meanings)


def table_of(called: str, kinds: Mapping[str, Kind[Any]], make: Callable[..., T]) -> Kind[T]:
    """Return the kind of tables that have one at least of a few keys; `make` takes their values by name."""

    def read(value: Any) -> T:
        if not isinstance(value, dict) or not value:
            raise ValueError(value)
        return make(**{name: kinds[name].read(item) for name, item in value.items()})

    properties = {name: kind.schema for name, kind in kinds.items()}
    schema = {"type": "object", "properties": properties, "additionalProperties": False, "minProperties": 1}
    return Kind(called, read, schema)


def choice(meanings: Mapping[str, str]) -> Kind[str]:
    """Return the kind of a few words, each with what it means (empty where it speaks for itself)."""
    *most, last = (f'"{word}"' for word in meanings)
    words = f"{', '.join(most)} or {last}"
    read = {word: word for word in meanings}.__getitem__
    return Kind(f"one of {words}", read, {"enum": list(meanings)}, f"Use {words}", meanings=meanings)


def duration(least: str, most: str) -> Kind[float]:
    """Return the kind of durations within bounds, which are written as people write them; its values are seconds."""
    shortest, longest = parse_duration(least), parse_duration(most)
    bounds = f"from {least} to {most}" if shortest else f"up to {most}"
    kind = text_like(f"a duration {bounds}", units.DURATION, parse_duration)
    return replace(check(kind, lambda seconds: shortest <= seconds <= longest), bounds=bounds)


def whole_number(least: int, most: int) -> Kind[int]:
    """Return the kind of whole numbers within bounds."""

    def read(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(value)
        return value

    bounds = f"from {least} to {most}" if most < 10**6 else f"from {least}"
    schema = {"type": "integer", "minimum": least, "maximum": most}
    return Kind(f"a whole number {bounds}", read, schema, bounds=bounds)


def _read_yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def written(value: Any) -> str:
    """Return a value as TOML has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{key} = {written(item)}" for key, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(written, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


TEXT = text_like("a text", r"[^\u0000]+", str)
PATTERNS = list_of("a list of patterns", TEXT)
YES_OR_NO = Kind("true or false", _read_yes_or_no, {"type": "boolean"})
SIZE = text_like("a size", units.SIZE, units.parse_size)


def path_of(called: str) -> Kind[str]:
    """Return the kind of paths of something, such as "a folder"."""
    return replace(TEXT, called=f"path of {called}", how=f"Give the path of {called}", place=lambda path, to: to(path))
