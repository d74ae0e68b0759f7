"""Where each key of a TOML file stands, so that a problem can be told with its line and column.

No TOML library for Python tells the places of keys (tomllib, tomli and tomlkit
only tell that of an error).  But a file is a row of statements, and tomllib
reads each of them by itself: so it says itself where one ends and what it is
about, whatever is quoted, nested or spread over lines.
"""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

Place = tuple[int, int]
"""Line and column, both from 1."""


def find_places(text: str) -> dict[str, Place]:
    """Return the place of every key, by its name as problems tell it: "[service] url", "[[route]] 'office' to".

    A table stands there by its header.  Empty where the text is no TOML.
    """
    try:
        whole = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}
    finder = _Finder(whole)
    for place, is_header, said in _statements(text):
        if is_header:
            finder.enter(place, said)
        else:
            finder.note(place, said)
    return finder.places


def find_place(places: Mapping[str, Place], key: str) -> Place | None:
    """Return the place of a key, or of the table in which it is missing; None where neither is known."""
    while key and key not in places:
        key = key.rpartition(" ")[0]
    return places.get(key)


class _Finder:
    """Goes through the statements and knows in which table it is."""

    def __init__(self, whole: Mapping[str, Any]) -> None:
        self._whole = whole
        self._counts: dict[str, int] = {}
        self._tables = ["top level:"]
        """What problems call the table: those of a list by their number, and by their name where they have one."""
        self.places: dict[str, Place] = {}

    def enter(self, place: Place, said: Mapping[str, Any]) -> None:
        """Take note of a header."""
        ((name, below),) = said.items()
        if isinstance(below, list):
            self._counts[name] = self._counts.get(name, 0) + 1
        self.places.setdefault(f"top level: {name}", place)
        self._tables = self._called(name)
        if isinstance(below, dict) and below:  # [route.params]: a key of the table, written as a table
            self._tables = [f"{table} {next(iter(below))}" for table in self._tables]
        for table in self._tables:
            self.places.setdefault(table, place)

    def _called(self, name: str) -> list[str]:
        if not isinstance(self._whole[name], list):
            return [f"[{name}]"]
        number = self._counts.get(name, 1)
        called = self._whole[name][number - 1].get("name")
        return [f"[[{name}]] {called!r}", f"[[{name}]] {number}", f"[[{name}]]"]

    def note(self, place: Place, said: Mapping[str, Any]) -> None:
        """Take note of a key with its value."""
        ((name, value),) = said.items()
        for table in self._tables:
            self.places.setdefault(f"{table} {name}", place)
        if self._tables == ["top level:"] and isinstance(value, dict):  # service.url = … or service = { url = … }
            for key in ("", *(f" {below}" for below in value)):
                self.places.setdefault(f"[{name}]{key}", place)


def _statements(text: str) -> Iterator[tuple[Place, bool, dict[str, Any]]]:
    """Yield each statement: where it begins, whether it is the header of a table, and what it says by itself."""
    lines = text.replace("\r\n", "\n").split("\n")
    start = 0
    while start < len(lines):
        end, said = _read_one(lines, start)
        if said:
            begun = lines[start].lstrip(" \t")
            yield (start + 1, len(lines[start]) - len(begun) + 1), begun.startswith("["), said
        start = end


def _read_one(lines: list[str], start: int) -> tuple[int, dict[str, Any]]:
    """Return the line after the statement that begins at a line, and what that statement says."""
    for end in range(start + 1, len(lines) + 1):
        try:
            return end, tomllib.loads("\n".join(lines[start:end]))
        except tomllib.TOMLDecodeError:
            continue  # it goes on in the next line
    return len(lines), {}
