"""What the commands share: their options, and how they say that something is wrong."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from watchconvert.adapters.journal.database import JournalError
from watchconvert.core.config import ConfigError, Problem
from watchconvert.core.places import Place, find_place, find_places
from watchconvert.core.settings import Config
from watchconvert.faces.in_use import config_in_use
from watchconvert.faces.load import DEFAULT, VARIABLE, aside, find_config

EXIT_CONFIG = 78
"""sysexits(3), EX_CONFIG: something must be mended first."""

config_option = click.option(
    "--config",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help=f"The configuration file (default: ${VARIABLE}, else {DEFAULT}).",
)
since_option = click.option(
    "--since", metavar="WHEN", help='From then on: "2h" or "7d" ago, or a date, "2026-11-23 14:30".'
)
json_option = click.option("--json", "as_json", is_flag=True, help="For programs.")


def complain(why: str) -> int:
    """Say why a command could not do its work; returns its exit status."""
    click.echo(f"watchconvert: {why}", err=True)
    return 1


def say_problems(path: Path, problems: Iterable[Problem]) -> list[str]:
    """Return every problem of a configuration with the line and the column of its key, as compilers tell theirs."""
    places = read_places(path)
    return [f"{path}{say_place(problem, places)}: {problem}" for problem in problems]


def read_places(path: Path) -> dict[str, Place]:
    """Return where the keys of a configuration stand; empty where it cannot be read."""
    try:
        return find_places(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return {}


def say_place(problem: Problem, places: Mapping[str, Place]) -> str:
    """Return where a problem is as ":LINE:COLUMN", empty where that is not known."""
    if place := find_place(places, problem.key):
        return f":{place[0]}:{place[1]}"
    told = re.search(r"\(at line (\d+), column (\d+)\)", problem.wrong)
    return f":{told[1]}:{told[2]}" if told else ""


def tell_problems(path: Path, problems: list[Problem]) -> int:
    """Tell every problem of a configuration; returns the exit status."""
    for line in say_problems(path, problems):
        click.echo(line, err=True)
    count = len(problems)
    click.echo(f"watchconvert: {count} problem{'s' if count != 1 else ''} in the configuration", err=True)
    return EXIT_CONFIG


def used_config(given: str | None) -> Config:
    """Return the configuration, or, where the file has one that the daemon refused, the one that it works with."""
    path = find_config(given)
    config, problems = aside(lambda resolve: config_in_use(path, resolve))
    if problems:
        tell_problems(path, problems)
        click.echo("watchconvert: the daemon goes on with the configuration that it took last\n", err=True)
    return config


class Command(click.Command):
    """A command whose configuration or journal may be wrong: then that is told, and the status says so."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; returns the exit status."""
        try:
            return super().invoke(ctx)
        except ConfigError as fault:
            return tell_problems(find_config(ctx.params.get("config")), fault.problems)
        except JournalError as fault:
            return complain(str(fault))
        except PermissionError as fault:
            what = fault.filename or "the journal"
            return complain(f"you may not look at {what}. Put sudo in front of it: sudo watchconvert ...")


def examples(*lines: tuple[str, str]) -> str:
    """Return the epilog of a command: lines that can be typed, each with what it is for."""
    told = "\n".join(f"  watchconvert {words}\n      {what}" for words, what in lines)
    return f"\b\nExamples:\n{told}"
