"""What a key of the configuration is called, what it is for and how it is written: told once, at its field.

The reader (core/tables.py), the JSON Schema (core/schema.py), the commented sample, the reference and the man page
(contrib/make-configuration.py, contrib/make-man.py) are all made of it.  docs/design.md, "A new key", tells how to
add one.
"""

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from watchconvert.core.values import Kind, written

T = TypeVar("T")
_PLACE = "key"
"""Where the metadata of a field has it."""


@dataclass(frozen=True)
class Key(Generic[T]):
    """One key of a table of the configuration."""

    kind: Kind[T]
    about: str
    """What it does, in Markdown; its first sentence stands in tables, too."""
    default: Any = None
    """What holds where nothing is written, as it would be written; None where it cannot be written."""
    absent: Any = None
    """The value where nothing is written and there is no default."""
    usual: str = ""
    """In words what holds where nothing is written and there is no default."""
    example: Any = None
    """A value as it may be written; None where the default is one."""
    remedy: str = ""
    """What to do where it is wrong, if its kind does not tell it."""
    needed: bool = False
    lasting: bool = False
    """Whether only a restart takes a change: jobs under way were begun with it."""
    hidden: bool = False
    """Whether its value may be a secret, and is never repeated."""
    of: str = ""
    """The kind of [[notify]] that it is for; empty for all."""
    name: str = ""
    """As it is written; empty: as its field is called."""
    field: str = ""
    """The field that has its value."""

    @property
    def value(self) -> Any:
        """What holds where nothing is written, as a value."""
        return self.absent if self.default is None else self.kind.read(self.default)

    @property
    def shown(self) -> Any:
        """A value to show how it is written."""
        return self.default if self.example is None else self.example

    @property
    def help(self) -> str:
        """What to do where it is wrong."""
        if self.remedy:
            return self.remedy
        named = "enum" in self.kind.schema or self.kind.schema.get("type") == "boolean"
        return f"{self.kind.remedy}{'' if named else f', for example {written(self.shown)}'}."

    def told(self) -> T:
        """Return the field of a key that may be left out, with its default as a value."""
        value: T = self.value
        if isinstance(value, dict):
            made: T = field(default_factory=lambda: self.value, metadata=self.noted())
            return made
        return field(default=value, metadata=self.noted())

    def noted(self) -> dict[str, Any]:
        """Return the metadata of the field of a key that has no default."""
        return {_PLACE: self}


@dataclass(frozen=True)
class Section:
    """One table of the configuration."""

    name: str
    keys: tuple[Key[Any], ...]
    about: str
    """What it is for, in Markdown."""
    many: bool = False
    """Whether there may be several of it."""

    @property
    def header(self) -> str:
        """As it is written: "[service]", "[[route]]"."""
        return f"[[{self.name}]]" if self.many else f"[{self.name}]"


def keys_of(settings: type) -> tuple[Key[Any], ...]:
    """Return the keys that the fields of a class tell, in their order."""
    fields = (each for each in dataclasses.fields(settings) if _PLACE in each.metadata)
    return tuple(
        dataclasses.replace(each.metadata[_PLACE], name=each.metadata[_PLACE].name or each.name, field=each.name)
        for each in fields
    )
