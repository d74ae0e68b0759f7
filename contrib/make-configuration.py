"""Write what is told of the configuration's keys: `python contrib/make-configuration.py [--check]`.

The commented sample (etc/watchconvert.toml), the JSON Schema (etc/watchconvert.schema.json) and the keys in
docs/configuration.md are made of the keys themselves, watchconvert/core/settings/.  With `--check` nothing is written;
stale files are named and the exit status is 1.
"""  # noqa: INP001 -- a script, not a package

import argparse
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from watchconvert.core.keys import Key, Section
from watchconvert.core.schema import say_default, schema_text
from watchconvert.core.sections import SECTIONS
from watchconvert.core.values import written

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = "file:///usr/share/watchconvert/watchconvert.schema.json"
WIDTH = 118
HARD = "\u00a0"
"""A space at which no line is broken."""
SAMPLE_HEAD = f"""\
#:schema {SCHEMA}
# watchconvert: a commented sample of the configuration.
#
# A line that begins with "#" and a key shows the default, or an example where there is none. Remove the "#" to
# change it.
# The file is looked for at --config FILE, then at $WATCHCONVERT_CONFIG, then at /etc/watchconvert/watchconvert.toml.
# Relative paths start at the folder of this file. Durations: "500ms", "1s", "5m", "2h", "1d", "1h 30m".
# Sizes: "100MB" (powers of ten), "64MiB" (powers of two). Look it over with: watchconvert check
# The first line is for editors that know TOML schemas; they then complete the keys and check them.
"""
NOTIFIERS = {"mail": "", "webhook": "chat", "command": "pager"}
"""What the sample calls a notifier of each kind; the first is told by its keys."""
BEGIN, END = "<!-- keys: made by contrib/make-configuration.py -->", "<!-- end of keys -->"


def make_sample() -> str:
    """Return the commented sample."""
    return "\n".join([SAMPLE_HEAD, *(line for section in SECTIONS for line in sample_of(section))]).rstrip() + "\n"


def sample_of(section: Section) -> Iterator[str]:
    """Yield the lines of the sample about one table."""
    yield from comment(section.about)
    if section.name != "notify":
        yield section.header
        for key in section.keys:
            yield from sample_key(key, given=key.needed or key.name == "path")
        return
    for number, (kind, name) in enumerate(NOTIFIERS.items()):
        yield f"#{section.header}"
        if number:
            yield from (f'#name = "{name}"', f'#kind = "{kind}"', "")
        else:
            for key in section.keys:
                yield from sample_key(key) if not key.of else ()
            yield from (f'# The rest is for kind = "{kind}" alone.', "")
        for key in section.keys:
            yield from sample_key(key) if key.of == kind else ()


def sample_key(key: Key[Any], *, given: bool = False) -> Iterator[str]:
    """Yield the lines of the sample about one key, which is left to be given or not."""
    said = [key.about]
    if key.kind.meanings and not any(key.kind.meanings.values()):
        said.append(f"{key.kind.called[0].upper()}{key.kind.called[1:]}.")
    if key.kind.bounds:
        said.append(f"{key.kind.bounds[0].upper()}{key.kind.bounds[1:]}.")
    if key.default is None and not key.needed:
        said.append("No default." if key.usual == "none" else say_default(key))
    if key.lasting:
        said.append("A change wants a restart.")
    yield from comment(" ".join(said))
    if any(key.kind.meanings.values()):
        for word, meaning in key.kind.meanings.items():
            yield from comment(f'"{word}"{meaning and f": {meaning}"}')
    shown = key.shown if key.default is None else key.default
    yield f"{'' if given else '#'}{key.name} = {written(shown)}"
    yield ""


def comment(markdown: str) -> Iterator[str]:
    """Yield a text as lines of a comment, without the marks that Markdown has for code."""
    for paragraph in filter(None, markdown.splitlines()):
        yield from (f"# {line}".replace("`", "") for line in wrapped(paragraph))


def make_reference() -> str:
    """Return what docs/configuration.md tells of the keys, between its marks."""
    text = "\n".join([BEGIN, "", *(line for section in SECTIONS for line in reference_of(section)), END])
    text = re.sub(r'docs/(\w+\.md),\s"([^"]+)"', lambda found: f'["{found[2]}"]({found[1]}#{slug(found[2])})', text)
    return re.sub(r"docs/(\w+)\.md", r"[\1](\1.md)", text)


def reference_of(section: Section) -> Iterator[str]:
    """Yield the lines about one table: what it is for, an overview of its keys, and each of them."""
    yield from (f"## {section.header}", "", *wrapped(section.about), "")
    yield from ("| key | default | what it does |", "| --- | --- | --- |")
    for key in section.keys:
        link = f"[`{key.name}`](#{anchor(section, key)})"
        default = "must be given" if key.needed else key.usual or f"`{written(key.default)}`"
        of = f"{key.of}: " if key.of else ""
        yield f"| {link} | {default} | {of}{first_sentence(key.about)} |"
    yield ""
    for key in section.keys:
        yield from reference_key(section, key)


def reference_key(section: Section, key: Key[Any]) -> Iterator[str]:
    """Yield the lines about one key."""
    yield from (f"### {section.header} {key.name}", "", *wrapped(key.about), "")
    if any(key.kind.meanings.values()):
        for word, meaning in key.kind.meanings.items():
            yield f'- `"{word}"`{meaning and f": {meaning}"}'
        yield ""
    facts = {
        "for": f'`kind = "{key.of}"`' if key.of else "",
        "value": key.kind.called,
        "default": "none: it must be given" if key.needed else key.usual or f"`{written(key.default)}`",
        "example": f"`{key.name} = {written(key.shown)}`",
        "when it is wrong": key.help,
        "a change": "wants a restart" if key.lasting else "is taken by a reload",
    }
    yield from ("| | |", "| --- | --- |")
    yield from (f"| {name} | {said} |" for name, said in facts.items() if said)
    yield ""


def anchor(section: Section, key: Key[Any]) -> str:
    """Return what links to the heading of a key end in."""
    return slug(f"{section.header} {key.name}")


def slug(heading: str) -> str:
    """Return what GitHub makes of a heading for links to it."""
    return re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")


def first_sentence(text: str) -> str:
    """Return the first sentence of a text, without its full stop."""
    return text.partition(". ")[0].removesuffix(".")


def wrapped(text: str) -> Iterable[str]:
    """Return the lines of a paragraph; code stays on one."""
    whole = re.sub(r"`[^`]*`", lambda code: code[0].replace(" ", HARD), text)
    lines = textwrap.wrap(whole, WIDTH, break_on_hyphens=False, break_long_words=False)
    return [line.replace(HARD, " ") for line in lines]


def make_page(before: str) -> str:
    """Return docs/configuration.md with its keys made anew; ValueError where it has no place for them."""
    head, begin, rest = before.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError("docs/configuration.md has no place for the keys")
    return head + make_reference() + tail


def make_all() -> dict[str, str]:
    """Return each file that is made here, as it should be."""
    page = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    return {
        "etc/watchconvert.toml": make_sample(),
        "etc/watchconvert.schema.json": schema_text(),
        "docs/configuration.md": make_page(page),
    }


def main() -> int:
    """Write each file anew, or only tell which are stale; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when a file is stale")
    only_check = parser.parse_args().check
    stale = []
    for name, text in make_all().items():
        path = ROOT / name
        if not path.exists() or path.read_text("utf-8") != text:
            stale.append(name)
            if not only_check:
                path.write_text(text, "utf-8")
    sys.stdout.writelines(f"{name} was stale\n" for name in stale)
    return 1 if stale and only_check else 0


if __name__ == "__main__":
    sys.exit(main())
