"""`watchconvert init`: asks a few questions and writes a commented configuration, made of the sample's own text."""

import json
import os
import re
import sysconfig
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import click

from watchconvert.core.config import ConfigError, Problem, read_config
from watchconvert.core.settings import Surroundings
from watchconvert.faces.commands.common import EXIT_CONFIG, complain

Answers = dict[str, Any]
SCHEMA = "watchconvert.schema.json"


def sample() -> str:
    """Return the commented sample: beside this module in a wheel, in etc/ of a checkout."""
    packed = resources.files(__package__).joinpath("sample.toml")
    place = packed if packed.is_file() else Path(__file__).parents[2] / "etc" / "watchconvert.toml"
    return place.read_text("utf-8")


def fill_in(text: str, answers: Answers) -> str:
    """Return the sample with answers in it: folder, target, name, local, secret_file and journal."""
    wanted = {
        "service": {"url": "local" if answers["local"] else None, "secret_file": answers["secret_file"]},
        "daemon": {"journal": answers["journal"]},
        "route": {"name": answers["name"], "path": answers["folder"], "to": answers["target"]},
    }
    head, *rest = text.splitlines()
    lines, table = [re.sub(r"(?<=^#:schema ).*", find_schema(), head)], ""
    for line in rest:
        if header := re.match(r"\[+(\w+)\]+$", line):
            table = header[1]
        key = re.match(r"#?(\w+) = ", line)
        value = wanted.get(table, {}).pop(key[1], None) if key else None
        lines.append(f"{key[1]} = {_quoted(value)}" if key and value else line)
    return "\n".join([*lines, ""])


def find_schema() -> str:
    """Return the address of the schema for editors: that of a checkout, an environment, or a package."""
    ours = Path(sysconfig.get_path("data"), "share", "watchconvert", SCHEMA)
    checkout = Path(__file__).parents[2] / "etc" / SCHEMA
    return next(
        (place for place in (checkout, ours) if place.is_file()), Path("/usr/share/watchconvert", SCHEMA)
    ).as_uri()


def _quoted(text: str) -> str:
    """Return a text as TOML writes it; JSON's escapes are among TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def init(path: Path, given: Answers, *, ask: bool) -> int:
    """Write the configuration that the answers make; returns the exit status."""
    if path.exists():
        return complain(f"{path} is there already and is never replaced; name another by --config")
    try:
        answers = _ask(path, given) if ask else _complete(path, given)
    except click.Abort:
        click.echo("\nwatchconvert: nothing was written; --yes asks nothing and takes the defaults", err=True)
        raise
    text = fill_in(sample(), answers)
    try:
        read_config(tomllib.loads(text), Surroundings(str(path.absolute().parent)))
    except ConfigError as fault:
        return _refuse(fault.problems)
    except (tomllib.TOMLDecodeError, UnicodeEncodeError):
        return _refuse([Problem("answers", "make no configuration", "Use names without control characters.")])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as out:
            out.write(text)
    except (OSError, UnicodeEncodeError) as fault:
        return complain(f"{path} cannot be written: {getattr(fault, 'strerror', None) or fault}")
    _say_next(path, answers)
    return 0


def _refuse(problems: list[Problem]) -> int:
    for problem in problems:
        click.echo(f"watchconvert: {problem}", err=True)
    return EXIT_CONFIG


def _complete(path: Path, given: Answers) -> Answers:
    """Return the answers with defaults where nothing was said."""
    answers = dict(given)
    answers["target"] = given["target"] or "pdf"
    answers["name"] = given["name"] or f"to-{answers['target']}"
    answers["local"] = bool(given["local"])
    answers["folder"] = _absolute(given["folder"] or _usual_folder(answers["name"]))
    secret = None if answers["local"] else given["secret_file"]
    answers["secret_file"] = _absolute(secret) if secret else None
    answers["journal"] = _absolute(given["journal"] or _usual_journal(path)) if _wants_journal(given) else None
    return answers


def _absolute(path: str) -> str:
    """Return a path as the person means it: relative to where they are, and not to the configuration."""
    return os.path.abspath(os.path.expanduser(path))


def _usual_folder(name: str) -> str:
    return f"/srv/watchconvert/{name}" if os.geteuid() == 0 else f"share/{name}"


def _wants_journal(given: Answers) -> bool:
    """Tell whether the journal must be named: the usual place is for root and the service."""
    return bool(given["journal"]) or os.geteuid() != 0


def _usual_journal(path: Path) -> str:
    return str(path.absolute().parent / "state" / "journal.db")


def _ask(path: Path, given: Answers) -> Answers:
    """Ask for what no option says."""
    answers = dict(given)
    if answers["local"] is None:
        place = click.prompt(
            "Convert with the cloud service or on this machine (to try)?",
            type=click.Choice(["cloud", "local"]),
            default="cloud",
        )
        answers["local"] = place == "local"
    answers["target"] = answers["target"] or click.prompt("Convert to which format?", default="pdf")
    answers["name"] = answers["name"] or f"to-{answers['target']}"
    usual = _absolute(_usual_folder(answers["name"]))
    question = "Folder that is to hold inbox, outbox, error and archive?"
    answers["folder"] = answers["folder"] or click.prompt(question, default=usual)
    if not answers["local"] and not answers["secret_file"]:
        question = "File with the account's secret (- for none: the systemd credential or $CONVERTAPI_SECRET)?"
        told = click.prompt(question, default="/etc/watchconvert/secret" if os.geteuid() == 0 else "-")
        answers["secret_file"] = None if told == "-" else told
    return _complete(path, answers)


def _say_next(path: Path, answers: Answers) -> None:
    click.echo(f"wrote {path}")
    secret = answers["secret_file"]
    if secret and not os.path.exists(secret):
        click.echo(f"Put the account's secret into {secret}, readable by the daemon's user alone (chmod 600).")
    click.echo(f"Look it over: watchconvert check --config {path}")
    click.echo(f"Then run it:  watchconvert run --config {path}   (as a service: watchconvert install)")
