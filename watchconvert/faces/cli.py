"""The command line: what each command is called, what it takes, and what it returns to the shell."""

import os
import uuid
from pathlib import Path

import click

from watchconvert import __version__
from watchconvert.core.config import ConfigError
from watchconvert.faces.commands.act import cancel, pause, resume, retry
from watchconvert.faces.commands.common import EXIT_CONFIG, Command, complain, config_option, examples
from watchconvert.faces.commands.look import check, cost, init, jobs, status, why
from watchconvert.faces.commands.work import convert, once
from watchconvert.faces.load import find_config, load_config

_INTERRUPTED = 130
_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    try:
        status = commands.main(arguments, prog_name="watchconvert", standalone_mode=False)
    except click.exceptions.Abort:
        return _INTERRUPTED
    except click.ClickException as fault:
        fault.show()
        return fault.exit_code
    return int(status or 0)


class _Commands(click.Group):
    """Commands in the order in which they are told here."""

    command_class = Command

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.commands)


@click.group(cls=_Commands, context_settings=_HELP)
@click.version_option(__version__, message="watchconvert %(version)s")
def commands() -> None:
    """Convert files that are dropped into folders."""


@commands.command(epilog=examples(("run --config ./watchconvert.toml", "in the foreground, until Ctrl-C")))
@config_option
def run(config: str | None) -> int:
    """Run the daemon until it is told to stop."""
    from watchconvert.faces.log import daemon_log, in_journal
    from watchconvert.faces.service import run as run_daemon

    log = daemon_log()
    try:
        return run_daemon(find_config(config), log)
    except ConfigError as fault:
        if not in_journal():
            raise
        log.error("config", problems=[str(problem) for problem in fault.problems])
        return EXIT_CONFIG


commands.add_command(once)
commands.add_command(convert)


@commands.command(epilog=examples(("check && watchconvert reload", "takes a configuration that is in order")))
@config_option
def reload(config: str | None) -> int:
    """Have the running daemon take the configuration anew.

    A configuration with a problem is refused whole, and the former one goes on.
    """
    from watchconvert.adapters.clock import Clock
    from watchconvert.faces.reload import ReloadError, reload_daemon

    path = find_config(config)
    try:
        refused = reload_daemon(path, Clock())
    except ReloadError as fault:
        return complain(str(fault))
    if refused:
        click.echo("\n".join(f"{path}: {problem}" for problem in refused), err=True)
        click.echo("watchconvert: the configuration was refused; the former one goes on", err=True)
        return EXIT_CONFIG
    click.echo(f"{path} has been taken")
    return 0


for each in (check, status, why, jobs, cost, init, retry, cancel, pause, resume):
    commands.add_command(each)


@commands.command(epilog=examples(("web --config ./watchconvert.toml", "until Ctrl-C")))
@config_option
def web(config: str | None) -> int:
    """Show the page of [web] while the daemon, which else does, is down."""
    from watchconvert.faces.web.alone import show_alone

    try:
        show_alone(load_config(find_config(config)))
    except OSError as fault:
        why = os.strerror(fault.errno) if fault.errno else fault
        return complain(f"the page cannot be shown: {why}; if the daemon runs, it shows it already")
    return 0


@commands.command(epilog=examples(("install --print", "what would open the folders"), ("install", "does it; as root")))
@config_option
@click.option("--print", "only_print", is_flag=True, help="Only print the drop-in of the unit that opens the folders.")
def install(config: str | None, *, only_print: bool) -> int:
    """Fit the systemd service into this machine.

    Writes the drop-in that opens the routes' folders to the service, and, where
    they are missing, the unit, its user and the folders themselves.  To be run
    as root, again after each change of the routes' folders.
    """
    from watchconvert.faces.install import InstallError, Machine, print_drop_in
    from watchconvert.faces.install import install as install_service

    path = find_config(config).absolute()
    found = load_config(path)
    if only_print:
        click.echo(print_drop_in(found, path), nl=False)
        return 0
    try:
        for line in install_service(found, path, Machine()):
            click.echo(line)
    except InstallError as fault:
        return complain(str(fault))
    return 0


@commands.command(epilog=examples(("backup /backup/journal.db --force", "each night, say")))
@config_option
@click.option("--force", is_flag=True, help="Replace FILE if it is there already.")
@click.argument("file", type=click.Path())
def backup(config: str | None, file: str, *, force: bool) -> int:
    """Copy the journal to FILE, whether or not the daemon runs."""
    from watchconvert.faces.backup import BackupError
    from watchconvert.faces.backup import backup as make_backup

    try:
        click.echo(make_backup(load_config(find_config(config)).daemon.journal, file, force=force))
    except BackupError as fault:
        return complain(str(fault))
    return 0


@commands.command(epilog=examples(("notify --test", "sends everybody a message")))
@config_option
@click.option("--test", is_flag=True, help="Send a test message by each, and tell what came of it.")
def notify(config: str | None, *, test: bool) -> int:
    """Tell who is told what happens ([[notify]] in the configuration)."""
    from watchconvert.adapters.clock import Clock
    from watchconvert.faces.notifiers import describe, send_test

    found = load_config(find_config(config)).notify
    if not found:
        return complain("nobody is told anything: there is no [[notify]] table in the configuration")
    if not test:
        click.echo("\n".join(map(describe, found)))
        return 0
    all_sent = True
    for each in found:
        sent, said = send_test(each, Clock(), uuid.uuid4().hex)
        click.echo(f"{each.name}: {said}")
        all_sent = all_sent and sent
    return 0 if all_sent else 1


@commands.command(
    epilog=examples(("schema > watchconvert.schema.json", "for an editor that cannot find the installed one"))
)
def schema() -> int:
    """Print the JSON Schema of the configuration, by which editors complete and check it.

    An editor finds it by the first line of the file, "#:schema" and an address.
    """
    from watchconvert.core.schema import schema_text

    click.echo(schema_text().encode(), nl=False)  # as UTF-8 wherever it goes: it becomes a file
    return 0


@commands.command(add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def local(options: tuple[str, ...]) -> int:
    """Run the built-in server that converts on this machine."""
    from watchconvert.faces.child import WHERE_IT_IS

    try:
        from watchconvert.localapi.program import main as local_main  # an extra
    except ImportError:
        return complain(f"the built-in server is not installed; it is {WHERE_IT_IS}")
    return local_main(options)


@commands.command(
    epilog=examples(("demo", "20 files, and what becomes of each"), ("demo --keep", "then files of your own"))
)
@click.option("--keep", is_flag=True, help="Go on watching, to drop files of your own.")
@click.option("--folder", metavar="DIR", type=click.Path(path_type=Path), help="Make the scratch share here.")
def demo(*, keep: bool, folder: Path | None) -> int:
    """Convert sample files on a scratch share; no account needed."""
    from watchconvert.faces.demo import demo as run_demo

    return run_demo(folder, keep=keep)
