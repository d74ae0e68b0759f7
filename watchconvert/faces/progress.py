"""How far a run has come: a bar on a terminal that can show it, a line for each file anywhere else."""

import contextlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from watchconvert.core.job import Job
from watchconvert.core.states import State
from watchconvert.core.units import say_count
from watchconvert.faces.drain import Look
from watchconvert.faces.paper import console, is_rich

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

_MOST = 3
"""Names of files that the bar shows."""


class Progress(Protocol):
    """Is told of each look."""

    def see(self, look: Look) -> None:
        """Show what a look has found."""

    def close(self) -> None:
        """Show nothing any more."""


class Silence:
    """Shows nothing."""

    def see(self, look: Look) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Show nothing."""


class Lines:
    """Prints a line for each file that has come to rest, as `say` words it; none where that is empty."""

    def __init__(self, say: Callable[[Job], str]) -> None:
        self._say = say

    def see(self, look: Look) -> None:
        """Print what has come to rest; a reader that has gone away is no reason to stop."""
        for line in filter(None, map(self._say, look.rested)):
            with contextlib.suppress(OSError):
                print(line, flush=True)

    def close(self) -> None:
        """Show nothing more."""


class Bars:
    """A bar that goes when it is closed; nothing in it is ever taken for markup."""

    def __init__(self) -> None:
        self._bar: Bar | None = None
        self._rested = 0

    def see(self, look: Look) -> None:
        """Move the bar."""
        self._rested += sum(job.state is not State.WITHDRAWN for job in look.rested)
        files = [each for each in look.left if each.file]
        total = self._rested + max(len(files), look.in_work)
        if total or self._bar:
            bar = self._bar = self._bar or _make_bar()
            names = ", ".join(each.file.rpartition("/")[2] for each in files[:_MOST]) + (
                " …" if len(files) > _MOST else ""
            )
            stuck = sum(each.is_stuck for each in look.left)
            said = f"{say_count(stuck, 'file')} held up" if stuck and stuck == len(look.left) else names
            bar.update(bar.task_ids[0], total=total, completed=self._rested, said=said)

    def close(self) -> None:
        """Remove the bar."""
        if self._bar:
            self._bar.stop()


def _make_bar() -> "Bar":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    said = TextColumn("{task.fields[said]}", markup=False, style="dim")
    bar = Progress(BarColumn(24), MofNCompleteColumn(), TimeElapsedColumn(), said, console=console(), transient=True)
    bar.add_task("", total=None, said="")
    bar.start()
    return bar


def make_progress(say: Callable[[Job], str], *, silent: bool) -> Progress:
    """Return what suits standard output."""
    if silent:
        return Silence()
    return Bars() if is_rich(sys.stdout) else Lines(say)
