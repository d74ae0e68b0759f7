"""Where a sheet goes: with colours and boxes to a terminal that can show them, as plain text to anything else."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TextIO

from watchconvert.adapters.clock import Clock
from watchconvert.faces.sheet import Grid, Line, Part, Sheet, Tone, as_text, pieces_of, said

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_STYLES = {
    Tone.PLAIN: "",
    Tone.STRONG: "bold",
    Tone.QUIET: "dim",
    Tone.GOOD: "green",
    Tone.WARN: "yellow",
    Tone.BAD: "bold red",
}
_BREATH = 1.0
"""Seconds between two looks of `--watch`."""


def is_rich(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether a stream shows colours and boxes: a terminal that is not dumb, where nobody set NO_COLOR."""
    return stream.isatty() and environ.get("TERM", "dumb") not in ("dumb", "unknown") and not environ.get("NO_COLOR")


def show(sheet: Sheet) -> None:
    """Print a sheet on standard output."""
    if is_rich(sys.stdout):
        console().print(_draw(sheet), soft_wrap=False)
    else:
        print(as_text(sheet), flush=True)


def watch(look: Callable[[], Sheet], clock: Clock) -> None:
    """Show a sheet that changes, until Ctrl-C: in place on a terminal, anywhere else each time that it has changed."""
    alarm = clock.alarm()
    if not is_rich(sys.stdout):
        shown = ""
        while True:
            text = as_text(look())
            if text != shown:
                print(text, end="\n\n", flush=True)
                shown = text
            alarm.wait(_BREATH)
    from rich.live import Live

    live = Live(_draw(look()), console=console(), auto_refresh=False, screen=True, vertical_overflow="crop")
    try:  # and not as a context: Ctrl-C may come while it begins
        live.start(refresh=True)
        while True:
            alarm.wait(_BREATH)
            live.update(_draw(look()), refresh=True)
    finally:
        live.stop()


def console() -> "Console":
    """Return what draws on standard output, with nothing in a name taken for markup."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


def _draw(sheet: Sheet) -> "RenderableType":
    """Return a sheet as rich draws it; every word is a Text, which has no markup."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    drawn: list[RenderableType] = []
    for block in sheet:
        match block:
            case Part(title, lines):
                if lines:
                    body = Group(*map(_write, lines))
                    drawn += [Text(title, "bold cyan"), Padding(body, (0, 0, 1, 2))]
            case Grid():
                drawn.append(_draw_grid(block))
            case _:
                drawn.append(_write(block))
    return Group(*drawn)


def _write(line: Line) -> "RenderableType":
    from rich.text import Text

    return Text.assemble(*((piece.words, _STYLES[piece.tone]) for piece in pieces_of(line)), overflow="fold")


def _draw_grid(grid: Grid) -> "RenderableType":
    from rich.box import ROUNDED
    from rich.table import Table

    table = Table(box=ROUNDED, header_style="bold cyan", border_style="dim")
    for head in grid.heads:
        table.add_column(head, justify="right" if head in grid.numbers else "left", overflow="fold")
    for row in grid.rows:
        table.add_row(*(_write(said(cell)) for cell in row))
    return table


def tell(look: Callable[[], Mapping[str, Any]], clock: Clock | None = None) -> None:
    """Print values as JSON; with a clock until Ctrl-C, one line each time that more than their time has changed."""
    if clock is None:
        print(json.dumps(look(), indent=2, default=str))
        return
    alarm, before = clock.alarm(), None
    while True:
        told = dict(look())
        if told | {"at": 0} != before:
            print(json.dumps(told, default=str), flush=True)
            before = told | {"at": 0}
        alarm.wait(_BREATH)
