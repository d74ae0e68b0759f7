"""The commands that convert and leave: `once` and `convert`."""

import click

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
