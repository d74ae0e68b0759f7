"""What a command tells people, before it is known whether a terminal or a pipe gets it.

Nothing in it is ever markup: names come from whoever may write into a share.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass


class Tone(enum.StrEnum):
    """How a word is meant; on a terminal each has a look of its own, in plain text none has."""

    PLAIN = "plain"
    STRONG = "strong"
    QUIET = "quiet"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True)
class Said:
    """Some words and how they are meant."""

    words: str
    tone: Tone = Tone.PLAIN


Cell = str | Said
Line = Cell | tuple[Cell, ...]
"""One line; of several pieces where not all of it is meant alike."""


@dataclass(frozen=True)
class Part:
    """Lines that belong together, indented under their title; nothing at all without lines."""

    title: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Grid:
    """A table."""

    heads: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    numbers: frozenset[str] = frozenset()
    """Heads of the columns with numbers, which stand to the right."""


Block = Line | Part | Grid
Sheet = Sequence[Block]


def said(cell: Cell) -> Said:
    """Return a cell with its tone."""
    return cell if isinstance(cell, Said) else Said(cell)


def pieces_of(line: Line) -> tuple[Said, ...]:
    """Return the pieces of a line."""
    return tuple(map(said, line)) if isinstance(line, tuple) else (said(line),)


def as_text(sheet: Sheet) -> str:
    """Return a sheet as plain text, for a pipe or a terminal that can do nothing else."""
    lines: list[str] = []
    for block in sheet:
        match block:
            case Part(title, parts):
                lines += [f"{title}:", *(f"  {_join(line)}" for line in parts), ""] if parts else []
            case Grid():
                lines += [*_rows(block), ""]
            case _:
                lines.append(_join(block))
    return "\n".join(lines).rstrip("\n")


def _join(line: Line) -> str:
    return "".join(piece.words for piece in pieces_of(line))


def _rows(grid: Grid) -> list[str]:
    heads = tuple(head.upper() for head in grid.heads)
    cells = [heads, *(tuple(said(cell).words for cell in row) for row in grid.rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(heads))]
    numbers = [head in grid.numbers for head in grid.heads]
    return ["  ".join(_fit(*each) for each in zip(row, widths, numbers, strict=True)).rstrip() for row in cells]


def _fit(words: str, width: int, is_number: bool) -> str:  # noqa: FBT001 - one of three columns of a zip
    return words.rjust(width) if is_number else words.ljust(width)
