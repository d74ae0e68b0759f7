"""Write the man pages into a folder: `python contrib/make-man.py FOLDER`.

`watchconvert.1` is made of the command line's own help and of docs/operating.md, `watchconvert.toml.5` of the keys
themselves (watchconvert/core/settings/) and of docs/configuration.md. They are made anew with each package, so nothing
is told twice; a command that has no words in these places is an error here.
"""  # noqa: INP001 -- a script, not a package

import argparse
import datetime as dt
import inspect
import itertools
import os
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from markdown_it import MarkdownIt
from markdown_it.token import Token

from watchconvert import __version__
from watchconvert.core.keys import Key, Section
from watchconvert.core.schema import facts
from watchconvert.core.sections import SECTIONS
from watchconvert.faces.cli import commands
from watchconvert.faces.load import DEFAULT

ROOT = Path(__file__).resolve().parents[1]
GUIDE = "docs/operating.md"
REFERENCE = "docs/configuration.md"
PARSER = MarkdownIt("commonmark").enable("table")
EXAMPLES = (
    ("Look over a changed configuration, and have the running daemon take it:",
     "watchconvert check && systemctl reload watchconvert"),
    ("How is it, and what became of the last fifty files?", "watchconvert status --last 50"),
    ("Why does this file still lie in the inbox?", "watchconvert why /srv/watchconvert/to-pdf/inbox/Report.docx"),
    ("How many jobs of each route are in which state, for a monitoring system:",
     "watchconvert status --json | jq .routes"),
)  # fmt: skip
PLACEHOLDERS = {"FILE", "JOB", "DIR"}
SAID_ONCE = {"config", "help", "version"}
"""Options that are the same for every command, and stand in a section of their own."""

Row = list[list[Token]]


def escaped(text: str) -> str:
    """Return a text as roff wants it, within a line."""
    return (
        text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga").replace("^", "\\(ha")
    )


def inline(tokens: list[Token] | None) -> str:
    """Return Markdown within a paragraph as roff: code and strong words bold, names of documents in italics."""
    said, fonts = "", {"strong_open": "\\fB", "em_open": "\\fI", "strong_close": "\\fR", "em_close": "\\fR"}
    for token in tokens or []:
        match token.type:
            case "text":
                said += escaped(token.content)
            case "code_inline":
                said += f"\\fB{escaped(token.content)}\\fR"
            case "softbreak" | "hardbreak":
                said += "\n"
            case kind:
                said += fonts.get(kind, "")
    return said


def sentence(text: str) -> str:
    """Return a cell of a table as a sentence."""
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text.endswith((".", ":")) else ".")


def guarded(text: str) -> list[str]:
    """Return lines of which none is taken for a request."""
    return [f"\\&{line}" if line.startswith((".", "'")) else line for line in text.splitlines()]


def filled(text: str) -> list[str]:
    """Return the lines of a paragraph: each sentence begins one, so that roff sees where it ends, and none is long."""
    sentences = re.split(r"(?<=[.:?])\s+(?=[A-Z\\])", " ".join(text.split()))
    lines = (textwrap.wrap(each, 74, break_long_words=False, break_on_hyphens=False) for each in sentences)
    return guarded("\n".join(itertools.chain.from_iterable(lines)))


def section_of(name: str, heading: str) -> list[Token]:
    """Return what stands below a heading of a document, up to the next heading of its level or above."""
    tokens = PARSER.parse((ROOT / name).read_text("utf-8"))
    for number, token in enumerate(tokens):
        if token.type == "heading_open" and tokens[number + 1].content == heading:
            rest = tokens[number + 3 :]
            ends = (n for n, each in enumerate(rest) if each.type == "heading_open" and each.tag <= token.tag)
            return rest[: next(ends, len(rest))]
    raise ValueError(f'{name} has no section "{heading}"')


def own_part(tokens: list[Token]) -> list[Token]:
    """Return what stands in a section before its first sub-section."""
    ends = (number for number, token in enumerate(tokens) if token.type == "heading_open")
    return tokens[: next(ends, len(tokens))]


def rows_of(tokens: list[Token], number: int = 0) -> list[Row]:
    """Return the rows of a section's table, without its head."""
    (*starts,) = (n for n, token in enumerate(tokens) if token.type == "tbody_open")
    rows: list[Row] = []
    for token in tokens[starts[number] :]:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(token.children or [])
        elif token.type == "tbody_close":
            break
    return rows


def paragraphs(tokens: list[Token]) -> Iterator[str]:
    """Yield the roff lines of a section's paragraphs and blocks of code; tables are told in other ways."""
    for number, token in enumerate(tokens):
        if token.type == "paragraph_open" and (said := inline(tokens[number + 1].children)):
            yield ".PP"
            yield from filled(said)
        elif token.type == "fence":
            yield from example(token.content.rstrip())


def beginning(tokens: list[Token]) -> list[str]:
    """Return the paragraphs that a section begins with; its heading takes the place of the first ".PP"."""
    return list(paragraphs(tokens))[1:]


def bold(text: str) -> str:
    """Return words that are typed as they stand."""
    return f"\\fB{escaped(text)}\\fR"


def page(name: str, part: int) -> str:
    """Return a reference to another page."""
    return f"{bold(name)}({part})"


def example(text: str) -> list[str]:
    """Return lines that stand as they are."""
    return [".PP", ".in +4n", ".EX", *guarded(escaped(text)), ".EE", ".in"]


def entry(tag: str, *said: str) -> Iterator[str]:
    """Yield the lines of an item: its tag, and what is said of it."""
    yield ".TP"
    yield from guarded(tag)
    for number, text in enumerate(filter(None, said)):
        if number:
            yield ".br"
        yield from filled(text)


def items(rows: list[Row]) -> Iterator[str]:
    """Yield the rows of a table with two columns as items."""
    for tag, *said in rows:
        yield from entry(inline(tag), sentence(". ".join(filter(None, map(inline, said)))))


def head(name: str, part: int, what: str) -> list[str]:
    """Return the first lines of a page, for example "watchconvert", 1."""
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH", "0")) or (ROOT / "docs" / "operating.md").stat().st_mtime
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    manual = {1: "User Commands", 5: "File Formats"}[part]
    return [
        f'.TH {name.upper()} {part} {moment:%Y-%m-%d} "watchconvert {__version__}" "{manual}"',
        ".SH NAME", f"{name} \\- {escaped(what)}",
    ]  # fmt: skip


# The commands


def usage(name: str, command: click.Command) -> str:
    """Return how a command is called, for example "watchconvert status [--json] [--last N]"."""
    words = [bold(f"watchconvert {name}")]
    for param in command.params:
        if isinstance(param, click.Option) and param.name not in SAID_ONCE:
            words.append(f"[{option(param)}]")
        elif isinstance(param, click.Argument):
            words.append(argument(param))
    return " ".join(words)


def argument(param: click.Argument) -> str:
    """Return an argument as it is written, for example "[JOB]..."; of a command that hands its options on, these."""
    if param.nargs == 1:
        return f"\\fI{escaped(param.human_readable_name.upper())}\\fR"
    return re.sub(r"[A-Z]+", r"\\fI\g<0>\\fR", param.metavar) if param.metavar else "[\\fIoption\\fR ...]"


def option(param: click.Option) -> str:
    """Return an option as it is written, for example "--last N"."""
    names = ", ".join(map(bold, param.opts))
    return names if param.is_flag else f"{names} \\fI{escaped(param.metavar or param.human_readable_name.upper())}\\fR"


def option_entry(param: click.Option) -> Iterator[str]:
    """Yield what is said of an option."""
    default = f" The default is {escaped(str(param.default))}." if param.show_default else ""
    yield from entry(option(param), sentence(plain(param.help or "")) + default)


def plain(text: str) -> str:
    """Return a help text with its placeholders in italics."""
    return re.sub(
        r"\b[A-Z]{3,}\b(?!\()", lambda word: f"\\fI{word[0]}\\fR" if word[0] in PLACEHOLDERS else word[0], escaped(text)
    )


def command_part(name: str, command: click.Command) -> Iterator[str]:
    """Yield what is said of a command."""
    if not command.help:
        raise ValueError(f"the command {name} has no help")
    yield f".SS {usage(name, command)}"
    for number, text in enumerate(inspect.cleandoc(command.help).split("\n\n")):
        if number:
            yield ".PP"
        yield from filled(plain(text))
    if name == "local":
        for tag, default, meaning in rows_of(section_of(GUIDE, "The built-in server")):
            yield from entry(inline(tag), sentence(inline(meaning)) + f" Default: {inline(default)}.")
    for param in command.params:
        if isinstance(param, click.Option) and param.name not in SAID_ONCE:
            yield from option_entry(param)


def commands_page() -> Iterator[str]:
    """Yield the lines of watchconvert(1)."""
    yield from head("watchconvert", 1, "convert files that are dropped into shared folders")
    yield ".SH SYNOPSIS"
    for name, command in commands.commands.items():
        yield from (".PD 0", ".PP", usage(name, command))
    yield from (".PD", ".SH DESCRIPTION")
    yield from beginning(own_part(section_of("README.md", "watchconvert")))
    yield from (".PP", f"The configuration is described in {page('watchconvert.toml', 5)}.", ".SH COMMANDS")
    for name, command in commands.commands.items():
        yield from command_part(name, command)
    yield ".SH OPTIONS"
    configuration = f"The configuration file (default: $WATCHCONVERT_CONFIG, else {DEFAULT})."
    yield from entry(f"{bold('--config')} \\fIFILE\\fR", f"Of every command that needs it. {plain(configuration)}")
    yield from entry(f"{bold('-h')}, {bold('--help')}", "Show the help of the program or of a command.")
    yield from entry(bold("--version"), "Show the version.")
    yield from circumstances()
    yield ".SH EXAMPLES"
    for number, (what, how) in enumerate(EXAMPLES):
        yield from (*[".PP"][:number], what, *example(f"$ {how}"))
    others = (("watchconvert.toml", 5), ("systemctl", 1), ("journalctl", 1), ("smb.conf", 5), ("exports", 5))
    yield from (".SH SEE ALSO", ", ".join(page(*other) for other in others))
    yield from (".PP", "\\fI/usr/share/doc/watchconvert/operating.md.gz\\fR: the log, the status, what to back up.")


def circumstances() -> Iterator[str]:
    """Yield the sections about exit statuses, signals, variables and files, as the guide's tables have them."""
    yield ".SH EXIT STATUS"
    for code, of, meaning, again in rows_of(section_of(GUIDE, "Exit codes")):
        restart = {"yes": " Starting it again helps.", "no": " Starting it again does not help."}.get(inline(again), "")
        yield from entry(bold(inline(code)), sentence(inline(meaning)) + restart, f"Of: {inline(of)}.")
    for title, heading in (("SIGNALS", "Signals"), ("ENVIRONMENT", "Environment"), ("FILES", "The Debian package")):
        yield f".SH {title}"
        yield from items(rows_of(section_of(GUIDE, heading)))
    yield from (".PP", "In the folder of the journal, and in those of the routes:")
    yield from items(rows_of(section_of(GUIDE, "What the daemon keeps")))


# The configuration


def markdown(text: str) -> list[str]:
    """Return Markdown as roff lines of one paragraph."""
    return filled(inline(PARSER.parseInline(text)[0].children))


def key_entry(key: Key[Any]) -> Iterator[str]:
    """Yield what is said of a key of the configuration."""
    yield from (".TP", bold(key.name), *markdown(key.about))
    if any(key.kind.meanings.values()):
        yield ".RS"
        for word, meaning in key.kind.meanings.items():
            yield from (".TP", bold(f'"{word}"'), *(markdown(sentence(meaning)) or ["\\&"]))
        yield ".RE"
        yield ".IP"
    else:
        yield ".br"
    yield from markdown(facts(key))


def configuration_keys(section: Section) -> Iterator[str]:
    """Yield what is said of a table of the configuration, and of its keys."""
    yield f".SH {section.header}"
    yield from markdown(section.about)
    for key in section.keys:
        yield from key_entry(key)


def configuration_page() -> Iterator[str]:
    """Yield the lines of watchconvert.toml(5)."""
    yield from head("watchconvert.toml", 5, "configuration of watchconvert")
    yield from (".SH SYNOPSIS", f"\\fI{escaped(DEFAULT)}\\fR", ".SH DESCRIPTION")
    yield from beginning(section_of(REFERENCE, "The file"))
    for section in SECTIONS:
        yield from configuration_keys(section)
    yield ".SH THE SECRET"
    yield from beginning(section_of(REFERENCE, "The secret"))
    yield ".SH EDITORS"
    yield from beginning(section_of(REFERENCE, "In an editor"))
    yield from (".SH EXAMPLES", "Word files to PDF, and pictures to JPEG for the folder's group:")
    yield from example(EXAMPLE.strip())
    yield from (".SH SEE ALSO", page("watchconvert", 1))


EXAMPLE = """
[[route]]
name = "to-pdf"
path = "/srv/watchconvert/to-pdf"
to = "pdf"
accept = ["*.doc", "*.docx"]

[[route]]
name = "pictures"
path = "/srv/watchconvert/pictures"
to = "jpg"
recursive = true
owner = "folder"
file_mode = "0660"
"""


def main() -> None:
    """Write the two pages."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "watchconvert.1").write_text("\n".join([*commands_page(), ""]), "utf-8")
    (folder / "watchconvert.toml.5").write_text("\n".join([*configuration_page(), ""]), "utf-8")


if __name__ == "__main__":
    main()
