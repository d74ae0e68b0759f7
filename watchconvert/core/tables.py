"""Taking values out of the tables of a TOML file, and noting everything that is wrong with them."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from watchconvert.core.keys import Key
from watchconvert.core.values import Resolve


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

    def __init__(self, raw: Mapping[str, Any], where: str, problems: list[Problem], path: Resolve) -> None:
        """`path` makes a path of the file absolute."""
        self._raw, self._where, self._problems, self._path = raw, where, problems, path
        self._known: list[str] = []

    def wrong(self, name: str, wrong: str, remedy: str) -> None:
        """Note that a value is wrong, or missing."""
        self._problems.append(Problem(f"{self._where} {name}", wrong, remedy))

    def has(self, name: str) -> bool:
        """Tell whether the file has that key."""
        return name in self._raw

    def take(self, key: Key[Any], default: Any) -> Any:
        """Return the value of a key, or the default where it is absent or wrong."""
        self._known.append(key.name)
        if key.name not in self._raw:
            if key.needed:
                self.wrong(key.name, "is missing", key.help)
            return default
        written = self._raw[key.name]
        try:
            value = key.kind.read(written)
        except (ValueError, TypeError, KeyError):
            self.wrong(key.name, f"{'its value' if key.hidden else repr(written)} is not valid", key.help)
            return default
        return key.kind.place(value, self._path) if key.kind.place else value

    def read(self, keys: Iterable[Key[Any]], **usual: Any) -> dict[str, Any]:
        """Return the values of keys by their fields; what is usual holds instead of a key's own default."""
        return {key.field: self.take(key, usual.get(key.field, key.value)) for key in keys}

    def below(self, name: str) -> "Table":
        """Return the table [name], which is empty where the file has none."""
        self._known.append(name)
        raw = self._raw.get(name, {})
        if not isinstance(raw, dict):
            self.wrong(name, f"{raw!r} is not valid", f"Write it as a table: [{name}].")
            raw = {}
        return Table(raw, f"[{name}]", self._problems, self._path)

    def each(self, name: str, remedy: str) -> list["Table"]:
        """Return the tables [[name]], each called by its own name, or else by its number."""
        self._known.append(name)
        found = self._raw.get(name, [])
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            self.wrong(name, f"{found!r} is not valid", remedy)
            found = []
        called = (
            repr(raw["name"]) if isinstance(raw.get("name"), str) else number for number, raw in enumerate(found, 1)
        )
        return [
            Table(raw, f"[[{name}]] {call}", self._problems, self._path)
            for raw, call in zip(found, called, strict=True)
        ]

    def finish(self) -> None:
        """Note every key that nobody asked for, with the name it may have been meant as."""
        for name in (name for name in self._raw if name not in self._known):
            near = difflib.get_close_matches(name, self._known, n=1)
            meant = f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(sorted(self._known))}."
            self.wrong(name, "is not a known key", meant)
