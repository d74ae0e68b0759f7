"""The commands that convert and leave: `once` and `convert`."""

import click

from watchconvert.core.job import Param
from watchconvert.core.requests import as_pairs
from watchconvert.core.settings.route_values import FORMAT, PARAMS
from watchconvert.core.units import parse_duration
from watchconvert.faces.commands.common import Command, config_option, examples, json_option
from watchconvert.faces.load import find_config


def _duration(_ctx: click.Context, _param: click.Parameter, text: str | None) -> float | None:
    try:
        return parse_duration(text) if text else None
    except ValueError as fault:
        raise click.BadParameter('write a duration, for example "90s" or "1h"') from fault


@click.command(
    cls=Command,
    epilog=examples(
        ("once", "convert what lies in the inboxes, then leave"),
        ("once --quiet --timeout 50m", "for cron, each hour: prints only what failed or is left"),
        ("once --route to-pdf --json | jq .left", "of one route, for programs"),
    ),
)
@config_option
@click.option("--route", "routes", multiple=True, metavar="NAME", help="Of this route alone; may be repeated.")
@click.option("--timeout", metavar="TIME", callback=_duration, help='Leave after this time, whatever is left: "1h".')
@click.option("--quiet", is_flag=True, help="Print only what failed or is left.")
@json_option
def once(config: str | None, *, routes: tuple[str, ...], timeout: float | None, quiet: bool, as_json: bool) -> int:
    """Convert what lies in the inboxes, and leave when all of it has come to rest.

    The same as the daemon does, for cron and for trying out; where the daemon
    runs already, this does nothing.  What cannot go on is left where it is,
    safe, and told: what is held, a share or a service that is away, a file that
    is still being written.  Without --timeout it is given five more seconds once
    nothing else is left; with it, all of that time.

    Exit status: 0 all was converted, or there was nothing to do; 1 files failed
    and lie in the error folder; 75 something is left for later, or the daemon
    runs; 78 the configuration or the journal must be mended; 74 the journal
    cannot be read or written; 130 and 143 stopped by Ctrl-C or SIGTERM.
    """
    from watchconvert.faces.once import Wanted
    from watchconvert.faces.once import once as run_once

    return run_once(find_config(config), Wanted(routes, timeout, quiet, as_json))


@click.command(
    cls=Command,
    epilog=examples(
        ("convert report.docx --to pdf --local", "on this machine, no account needed"),
        ("convert *.docx --to pdf --output results/", "by the service of the configuration, or $CONVERTAPI_SECRET"),
        ("convert plan.pdf --to jpg --param PageRange=1-3", "with parameters of the service"),
        ("convert --resume", "go on with what was cut off"),
    ),
)
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option("--to", metavar="FORMAT", help="The format to convert to.")
@click.option("--from", "source", metavar="FORMAT", help="The format to convert from (default: each file's ending).")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="In the service's words; may be repeated.")
@click.option("--output", metavar="DIR", type=click.Path(exists=True, file_okay=False), help="Put results here.")
@click.option("--local", is_flag=True, help="Convert on this machine, by the built-in server.")
@config_option
@click.option(
    "--on-conflict",
    "conflict",
    type=click.Choice(["number", "replace", "fail"]),
    default="number",
    show_default=True,
    help="A name that is taken.",
)
@click.option("--resume", is_flag=True, help="Go on with what earlier commands have begun and not finished.")
@json_option
def convert(  # noqa: PLR0913 - one for each option
    files: tuple[str, ...],
    *,
    to: str | None,
    source: str | None,
    params: tuple[str, ...],
    output: str | None,
    local: bool,
    config: str | None,
    conflict: str,
    resume: bool,
    as_json: bool,
) -> int:
    """Convert files of your own, and put the results beside them.

    The sources stay as they are, and nothing is replaced unless you say so.
    What was paid for is kept until it is delivered: after a crash the same
    command takes it up, and buys nothing twice.

    Exit status: 0 all was converted; 1 some files could not be, or cannot be
    read, each with its reason; 75 something is left for later, and the same
    command goes on with it; 2 the command line was not understood; 78 the
    configuration or the secret must be mended; 74 the working folder cannot be
    read or written; 130 and 143 stopped by Ctrl-C or SIGTERM.
    """
    from watchconvert.faces.converting import command
    from watchconvert.faces.converting.given import Wish

    if resume:
        if files:
            raise click.UsageError("--resume takes no files: it goes on with all that was begun")
        return command.resume(config=config, as_json=as_json)
    if not files or not to:
        raise click.UsageError("name files, and the format to convert to: watchconvert convert report.docx --to pdf")
    if local and config:
        raise click.UsageError("--local and --config exclude each other")
    wish = Wish(_format(to, "--to"), _format(source, "--from") if source else "", output or "", conflict)
    return command.convert(command.Asked(files, wish, _pairs(params), config, local, as_json))


def _format(text: str, option: str) -> str:
    try:
        return FORMAT.read(text)
    except ValueError as fault:
        raise click.BadParameter("name a format, for example pdf", param_hint=option) from fault


def _pairs(params: tuple[str, ...]) -> tuple[tuple[str, Param], ...]:
    wrong = click.BadParameter("write NAME=VALUE; File, Timeout and such the program sets itself", param_hint="--param")
    if not all(param.partition("=")[0] and "=" in param for param in params):
        raise wrong
    try:
        return as_pairs(PARAMS.read(dict(param.split("=", 1) for param in params)))
    except ValueError as fault:
        raise wrong from fault
