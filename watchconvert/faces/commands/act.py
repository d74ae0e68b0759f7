"""The commands by which a person has the daemon do something: `retry`, `cancel`, `pause` and `resume`."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from watchconvert.core.units import parse_duration
from watchconvert.faces.commands.common import Command, complain, config_option, examples, since_option, used_config

T = TypeVar("T")

_wait = click.option(
    "--wait",
    metavar="TIME",
    default="5s",
    show_default=True,
    help="How long to wait for the daemon to do it; 0 for not at all.",
)
_yes = click.option("--yes", is_flag=True, help="Do not ask, however many there are.")
_dry_run = click.option("--dry-run", is_flag=True, help="Only tell which they are.")
_jobs = click.argument("jobs", metavar="[JOB]...", nargs=-1)


class _Acting(Command):
    """A command that asks the daemon for something, which not everybody may."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; returns the exit status."""
        from watchconvert.faces.ask import NotAskedError

        try:
            return super().invoke(ctx)
        except NotAskedError as fault:
            return complain(str(fault))


def _seconds(given: str | None, option: str) -> float:
    try:
        return parse_duration(f"{given}s" if given.isdecimal() else given) if given else 0.0
    except ValueError as fault:
        raise click.BadParameter(f'{given!r} is no time such as "90s" or "2h"', param_hint=option) from fault


@click.command(
    cls=_Acting,
    epilog=examples(
        ("retry 3f2a91bc", "as `watchconvert jobs --state failed` names it"),
        ('retry --cause "protected with a password" --since 7d', "after the passwords were removed"),
        ("retry --route to-pdf --dry-run", "which those would be"),
    ),
)
@config_option
@_jobs
@click.option("--route", metavar="NAME", default="", help="What failed in one route.")
@click.option(
    "--cause",
    metavar="TEXT",
    default="",
    help="What failed for a cause that contains TEXT; `watchconvert jobs --causes` lists them.",
)
@since_option
@click.option("--all", "everything", is_flag=True, help="Everything that failed.")
@_yes
@_dry_run
@_wait
def retry(config: str | None, **given: Any) -> int:
    """Move files that failed back into their inboxes, where they are new files.

    JOB is a job's id or its beginning.  What is given together narrows the
    choice.  Files that were sent back already, or dropped again under their
    name, are not meant unless their JOB is named.  A new try may be charged again.

    Exit status: 0 it was done, or will be (it says which), 1 something was
    refused, nothing fits or you may not, 2 nothing was chosen.
    """
    return _wish("RETRY", config, **given)


@click.command(
    cls=_Acting,
    epilog=examples(
        ("cancel 3f2a91bc", "as `watchconvert jobs` names it"),
        ("cancel --route to-pdf", "all that was taken there and is not converted yet"),
    ),
)
@config_option
@_jobs
@click.option("--route", metavar="NAME", default="", help="All open jobs of one route.")
@click.option("--all", "everything", is_flag=True, help="All open jobs.")
@_yes
@_dry_run
@_wait
def cancel(config: str | None, **given: Any) -> int:
    """Cancel open jobs; their files go to the error folder.

    JOB is a job's id or its beginning.  What was bought already is not paid
    back.  Files that still lie in an inbox have no job yet: `watchconvert
    pause` keeps them there.

    Exit status: 0 it was done, or will be (it says which), 1 something was
    refused, nothing fits or you may not, 2 nothing was chosen.
    """
    return _wish("CANCEL", config, **given)


def _wish(  # noqa: PLR0913 - the options of two commands
    kind_name: str,
    config: str | None,
    *,
    jobs: tuple[str, ...],
    route: str,
    everything: bool,
    yes: bool,
    dry_run: bool,
    wait: str,
    cause: str = "",
    since: str | None = None,
) -> int:
    from watchconvert.adapters.clock import Clock
    from watchconvert.adapters.journal.report import open_report
    from watchconvert.faces import ask, wish
    from watchconvert.faces.times import moment_of

    clock, patience = Clock(), _seconds(wait, "--wait")
    after = _parsed(lambda: moment_of(since, clock.now()) if since else 0.0, "--since")
    meant = wish.Meant(jobs, route, cause, after, everything)
    if meant.says_nothing:
        raise click.UsageError("Say which: JOB, or an option that chooses; --all for all of them.")
    journal, kind = used_config(config).daemon.journal, getattr(wish, kind_name)
    ask.see_that_we_may(journal)
    with open_report(journal) as report:
        found = wish.find(kind, report, meant)
    if not found:
        return complain("there are no such jobs; nothing was changed")
    click.echo("\n".join(wish.say_plan(kind, found)))
    if dry_run:
        return 0
    if not (yes or _means_it(len(found))):
        return complain("nothing was changed")
    outcome = ask.ask_daemon(journal, wish.wishes_for(kind, found, ask.who_asks()), patience, clock)
    click.echo(wish.say_outcome(kind, outcome, len(found)))
    for line in ask.say_refusals(outcome):
        click.echo(f"watchconvert: {line}", err=True)
    return 1 if outcome.refused else 0


def _means_it(count: int) -> bool:
    """Ask a person whether they mean so many files; a script means what it says."""
    from watchconvert.faces.wish import ASKS_ABOVE

    if count <= ASKS_ABOVE or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return True
    return click.confirm(f"All {count}?")


def _parsed(parse: Callable[[], T], option: str) -> T:
    try:
        return parse()
    except ValueError as fault:
        raise click.BadParameter(str(fault), param_hint=option) from fault


_routes = click.option("--route", "routes", metavar="NAME", multiple=True, help="Of one route; may be repeated.")


@click.command(
    cls=_Acting,
    epilog=examples(
        ('pause --for 2h --reason "moving the disks"', "all routes, and they go on by themselves"),
        ("pause --route to-pdf", "until somebody resumes it"),
    ),
)
@config_option
@_routes
@click.option("--for", "lasts", metavar="TIME", help='End it by itself after so long: "30min", "2h", "1d".')
@click.option("--reason", metavar="TEXT", default="", help="Why: everybody who looks is told.")
@_wait
def pause(config: str | None, *, routes: tuple[str, ...], lasts: str | None, reason: str, wait: str) -> int:
    """Begin nothing new, in all routes or in some, until `watchconvert resume`.

    Files stay in the inboxes, and nothing is uploaded or bought.  What is under
    way comes to the end of its step; what was bought is fetched and published.
    It outlives a restart; while the daemon is down, it holds from its start on.

    Exit status: 0 it is so, or will be when the daemon runs, 1 you may not or
    there is no such route, 2 the command line was not understood.
    """
    from watchconvert.adapters.clock import Clock
    from watchconvert.faces.pause import pause as do

    duration, patience = _seconds(lasts, "--for"), _seconds(wait, "--wait")
    if lasts and not duration:
        raise click.BadParameter("must be longer than nothing", param_hint="--for")
    status, said = do(used_config(config), routes, duration, reason, patience, Clock())
    click.echo(said)
    return status


@click.command(
    cls=_Acting,
    epilog=examples(("resume", "ends every pause"), ("resume --route to-pdf", "that of one route alone")),
)
@config_option
@_routes
@_wait
def resume(config: str | None, *, routes: tuple[str, ...], wait: str) -> int:
    """Go on at once after `watchconvert pause`, in all routes or in some.

    Ends what persons have paused.  What is held for another reason, such as an
    empty account, is looked at again at once; what ends it is told.

    Exit status: 0 it was done, or will be when the daemon runs, 1 you may not
    or there is no such route, 2 the command line was not understood.
    """
    from watchconvert.adapters.clock import Clock
    from watchconvert.faces.pause import resume as do

    status, said = do(used_config(config), routes, _seconds(wait, "--wait"), Clock())
    click.echo(said)
    return status
