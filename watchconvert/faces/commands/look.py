"""The commands that only look: `check`, `status`, `why`, `jobs`, `cost`, and `init`, which asks first."""

import dataclasses
from typing import Any

import click

from watchconvert.core.states import State
from watchconvert.faces.commands.common import (
    Command,
    complain,
    config_option,
    examples,
    json_option,
    since_option,
    used_config,
)
from watchconvert.faces.load import find_config

_until = click.option("--until", metavar="WHEN", help="Until then.")
_user = click.option(
    "--user", metavar="NAME", help='Of one person who dropped files: a name, a uid, or "unknown" for files of before.'
)


@click.command(
    cls=Command,
    epilog=examples(
        ("check", "looks over everything, and asks the service about the credentials"),
        ("check --offline --config new.toml", "the same for a draft, without the network"),
    ),
)
@config_option
@click.option("--offline", is_flag=True, help="Ask the service nothing.")
@json_option
def check(config: str | None, *, offline: bool, as_json: bool) -> int:
    """Look over the configuration and the machine; change nothing.

    Tells every problem with its remedy: the configuration, the credentials
    (by a request that costs nothing), folders, rights, mounts, disks, limits,
    and what would be taken from each inbox now.  A file system that does not
    answer is told after a few seconds.

    Exit status: 0 in order (warnings may be told), 78 something must be mended,
    77 the service refuses the credentials or the account, 69 the service
    cannot be reached.
    """
    from watchconvert.faces import paper
    from watchconvert.faces.check import as_json as print_json
    from watchconvert.faces.check import check_all, exit_status, lay_out

    checked = check_all(find_config(config), offline=offline)
    if as_json:
        click.echo(print_json(checked))
    else:
        paper.show(list(lay_out(checked)))
    return exit_status(checked)


@click.command(
    cls=Command,
    epilog=examples(
        ("status", "how it is"),
        ("status --watch", "the same, live, until Ctrl-C"),
        ("status --json | jq .health", "for programs"),
    ),
)
@config_option
@json_option
@click.option("--last", type=click.IntRange(0), default=10, show_default=True, metavar="N", help="Of the last files.")
@click.option(
    "--watch", is_flag=True, help="Go on showing it until Ctrl-C; over a pipe, each time that it has changed."
)
def status(config: str | None, *, as_json: bool, last: int, watch: bool) -> int:
    """Tell how it is: routes, holds, troubles, the last files, money.

    Works whether or not the daemon runs, and says that first.

    Exit status: 0 it was told, 1 the journal cannot be read, 130 Ctrl-C.
    """
    from watchconvert.adapters.clock import Clock
    from watchconvert.faces import paper
    from watchconvert.faces.status import gather
    from watchconvert.faces.status_sheet import lay_out

    found, clock = used_config(config), Clock()
    if as_json:
        paper.tell(lambda: gather(found, clock.now(), last), clock if watch else None)
    elif watch:
        paper.watch(lambda: list(lay_out(gather(found, clock.now(), last))), clock)
    else:
        paper.show(list(lay_out(gather(found, clock.now(), last))))
    return 0


@click.command(
    cls=Command,
    epilog=examples(
        ("why /srv/share/to-pdf/inbox/report.docx", "why it is not converted yet"),
        ("why report.docx", "in whichever inbox it is, or what became of it"),
    ),
)
@config_option
@json_option
@click.argument("file")
def why(config: str | None, file: str, *, as_json: bool) -> int:
    """Tell in one sentence what is with FILE, and what happens next.

    FILE is any path, or a name alone, which is looked for in the inboxes and
    in the journal: a file in an inbox, an output, an archived source, an
    explanation, a folder, or one that is gone.

    Exit status: 0 it was told, 1 nothing is known of FILE.
    """
    from watchconvert.adapters.clock import Clock
    from watchconvert.faces import paper
    from watchconvert.faces.why import explain, lay_out

    clock = Clock()
    answer = explain(used_config(config), file, clock.now())
    if as_json:
        paper.tell(answer.as_told)
    else:
        paper.show(list(lay_out(answer, clock.now())))
    return 0 if answer.is_known else 1


@click.command(
    cls=Command,
    epilog=examples(
        ("jobs --route to-pdf --state failed --since 7d", "what failed there in the last week"),
        ("jobs --user anna", "what she dropped"),
        ("jobs --causes", "why files failed that nobody has sent back yet, and how often"),
        ("jobs --follow 3f2a", "one job's way, until it rests"),
        ("jobs --since 2026-11-01 --until 2026-12-01 --limit 0 --json", "a month, for programs"),
    ),
)
@config_option
@click.option("--route", metavar="NAME", default="", help="Of one route.")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value for state in State]),
    metavar="STATE",
    help=f"In one of these states; may be repeated: {', '.join(State)}.",
)
@_user
@since_option
@_until
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, metavar="N", help="At most; 0 for all.")
@click.option("--causes", is_flag=True, help="Count the files that failed by cause, for `watchconvert retry --cause`.")
@click.option(
    "--follow", metavar="JOB", help="Tell what happens to one job until it rests; JOB is its id or the beginning."
)
@json_option
def jobs(
    config: str | None, *, follow: str | None, causes: bool, user: str | None, as_json: bool, **choice: Any
) -> int:
    """List jobs, those that changed last first.

    Times are those of a job's last change.  With --causes, SENT counts the files
    that were sent for conversion: a new try of these may be charged again.

    Exit status: 0 it was told (with --follow: the job was done or withdrawn),
    1 the job failed or is not known, or nothing can be read, 130 Ctrl-C.
    """
    from watchconvert.adapters.clock import Clock
    from watchconvert.faces import jobs as face

    journal, clock = used_config(config).daemon.journal, Clock()
    if follow is not None:
        try:
            return 0 if face.follow(journal, follow, clock, as_json=as_json) else 1
        except LookupError as fault:
            return complain(str(fault))
    owner = _find_owner(user)
    show = face.show_causes if causes else face.show_jobs
    try:
        chosen = dataclasses.replace(face.choose(clock.now(), **choice), owner=owner)
        show(journal, chosen, clock.now(), as_json=as_json)
    except ValueError as fault:
        raise click.BadParameter(str(fault), param_hint="--since or --until") from fault
    return 0


@click.command(
    cls=Command,
    epilog=examples(
        ("cost", "by month and route"),
        ("cost --by user --since 2026-11-01", "who spent it"),
        ("cost --since 2026-01-01 --csv > year.csv", "for a spreadsheet"),
    ),
)
@config_option
@since_option
@_until
@click.option(
    "--by",
    multiple=True,
    type=click.Choice(["month", "route", "user"]),
    help="What to sum by; may be repeated; by month and route where it is not given.",
)
@_user
@click.option("--csv", "as_csv", is_flag=True, help="As CSV (RFC 4180), with a line of headings.")
@json_option
def cost(config: str | None, *, user: str | None, as_csv: bool, as_json: bool, **asked: Any) -> int:
    """Tell what conversions cost, by month, route and person.

    In the unit that the service told it in.  Goes back as far as the journal does (keep_history).
    """
    from watchconvert.adapters.clock import Clock
    from watchconvert.faces import cost as face

    owner, now = _find_owner(user), Clock().now()
    try:
        question = face.ask(now, owner=owner, **asked)
    except ValueError as fault:
        raise click.BadParameter(str(fault), param_hint="--since or --until") from fault
    face.show_costs(used_config(config), question, now, form="csv" if as_csv else "json" if as_json else "")
    return 0


def _find_owner(user: str | None) -> int | None:
    from watchconvert.faces.people import owner_of

    try:
        return None if user is None else owner_of(user)
    except ValueError as fault:
        raise click.BadParameter(str(fault), param_hint="--user") from fault


@click.command(
    epilog=examples(
        ("init", "asks, and writes /etc/watchconvert/watchconvert.toml"),
        ("init --config ./try.toml --yes --path ./share/to-pdf --to pdf --local", "without questions"),
    ),
)
@config_option
@click.option("--path", "folder", metavar="DIR", help="The folder that is to hold inbox, outbox, error and archive.")
@click.option("--to", "target", metavar="FORMAT", help="The format to convert to.")
@click.option("--name", metavar="NAME", help="What the route is called (default: to-FORMAT).")
@click.option("--local/--cloud", "local", default=None, help="The built-in server on this machine, or ConvertAPI.")
@click.option("--secret-file", metavar="FILE", help="The file with the account's secret.")
@click.option("--journal", metavar="FILE", help="Where the journal is to lie, on a local disk.")
@click.option("--yes", is_flag=True, help="Ask nothing: what no option says is the default.")
def init(config: str | None, *, yes: bool, **answers: Any) -> int:
    """Write a commented configuration; never over one that is there.

    Exit status: 0 it was written, 1 it is there already or cannot be written,
    78 the answers make no configuration, 130 it was left before the last answer.
    """
    from watchconvert.faces import init as face

    return face.init(find_config(config), answers, ask=not yes)
