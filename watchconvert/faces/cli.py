"""The command line: run, check, status, why, cancel, local, demo."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from watchconvert import __version__
from watchconvert.adapters.clock import Clock
from watchconvert.adapters.journal.database import JournalError
from watchconvert.adapters.journal.report import open_report
from watchconvert.adapters.wishes import Wish, make_wish
from watchconvert.core.config import ConfigError, Problem
from watchconvert.core.naming import shown
from watchconvert.core.states import TRANSITIONS, Event
from watchconvert.faces import status as status_face
from watchconvert.faces.check import check as check_config
from watchconvert.faces.load import find_config, load_config
from watchconvert.faces.log import make_log
from watchconvert.faces.service import EXIT_CONFIG, run
from watchconvert.faces.why import explain


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] == ["local"]:
        return _local(words[1:])
    options = _parser().parse_args(words)
    try:
        command: Callable[[argparse.Namespace], int] = options.command
        return command(options)
    except ConfigError as fault:
        return _complain(find_config(options.config), fault.problems)
    except JournalError as fault:
        print(f"watchconvert: {fault}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="watchconvert", description="Converts files that are dropped into folders.")
    parser.add_argument("--version", action="version", version=f"watchconvert {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--config", metavar="FILE", help="the configuration file (default: see docs/operating.md)")
    run_it = commands.add_parser("run", parents=[common], help="run the daemon until it is told to stop")
    run_it.set_defaults(command=_run)
    look = commands.add_parser("check", parents=[common], help="tell every problem of the configuration")
    look.set_defaults(command=_check)
    tell = commands.add_parser("status", parents=[common], help="tell how it is: counts, holds, the last files")
    tell.add_argument("--json", action="store_true", help="for programs")
    tell.add_argument("--last", type=int, default=10, metavar="N", help="how many of the last files (default 10)")
    tell.set_defaults(command=_status)
    why = commands.add_parser("why", parents=[common], help="tell why a file is not converted (yet)")
    why.add_argument("file", metavar="FILE", help="its path, or its name")
    why.set_defaults(command=_why)
    cancel = commands.add_parser("cancel", parents=[common], help="cancel a job; its file goes to the error folder")
    cancel.add_argument("job", metavar="JOB", help="the job's id or its beginning, as the status and the log tell it")
    cancel.set_defaults(command=_cancel)
    commands.add_parser("local", help="run the built-in server that converts on this machine", add_help=False)
    demo = commands.add_parser("demo", help="convert sample files on a scratch share; no account needed")
    demo.add_argument("--keep", action="store_true", help="go on watching, to drop files of your own")
    demo.add_argument("--folder", metavar="DIR", help="where to make the scratch share (default: a temporary folder)")
    demo.set_defaults(command=_demo, config=None)
    return parser


def _run(options: argparse.Namespace) -> int:
    config = load_config(find_config(options.config))
    return run(config, make_log())


def _check(options: argparse.Namespace) -> int:
    path, config, problems = check_config(options.config)
    if problems or config is None:
        return _complain(path, problems)
    print(f"{path} is in order: {len(config.routes)} route(s), service {config.service.url}")
    for route in config.routes:
        print(f"  {route.name}: {route.inbox} -> {route.to} -> {route.outbox}")
    return 0


def _status(options: argparse.Namespace) -> int:
    status = status_face.gather(load_config(find_config(options.config)), options.last)
    print(status_face.as_json(status) if options.json else status_face.as_text(status, Clock().now()))
    return 0


def _why(options: argparse.Namespace) -> int:
    config = load_config(find_config(options.config))
    said = list(explain(config, options.file, Clock().now()))
    print("\n".join(said) if said else f"Nothing is known of {shown(options.file.encode('utf-8', 'surrogateescape'))}.")
    return 0


def _cancel(options: argparse.Namespace) -> int:
    journal = load_config(find_config(options.config)).daemon.journal
    with open_report(journal) as report:
        found = report.find(options.job.lower())
    if len(found) != 1:
        print(f"watchconvert: {len(found) or 'no'} jobs begin with {options.job!r}", file=sys.stderr)
        return 1
    (job,) = found
    if Event.REJECTED not in TRANSITIONS[job.state]:
        print(f"watchconvert: {shown(job.name)} is {job.state.value} and cannot be cancelled any more", file=sys.stderr)
        return 1
    make_wish(journal, Wish("cancel", job.id))
    print(f"{shown(job.name)} will be cancelled and laid into the error folder")
    return 0


def _local(words: list[str]) -> int:
    try:
        from watchconvert.localapi.program import main as local_main  # noqa: PLC0415 - an extra
    except ImportError:
        print("watchconvert: the built-in server needs more: pip install 'watchconvert[local]'", file=sys.stderr)
        return 1
    return local_main(words)


def _demo(options: argparse.Namespace) -> int:
    from watchconvert.faces.demo import demo  # noqa: PLC0415 - only this command needs the samples

    return demo(Path(options.folder) if options.folder else None, keep=options.keep)


def _complain(path: Path, problems: list[Problem]) -> int:
    for problem in problems:
        print(f"{path}: {problem}", file=sys.stderr)
    count = len(problems)
    print(f"watchconvert: {count} problem{'s' if count != 1 else ''} in the configuration", file=sys.stderr)
    return EXIT_CONFIG
