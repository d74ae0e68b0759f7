"""Make docs/demo.svg of what `watchconvert demo` really prints, shortened: `python contrib/make-picture.py`.

The picture is plain SVG without fonts, scripts or links of its own. With `--text FILE` it is drawn from output that was
saved before.
"""  # noqa: INP001 -- a script, not a package

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHOWN = ("to-pdf/Quarterly report.docx", "to-jpg/Contract.pdf", "to-csv/Budget.xlsx", "to-pdf/Damaged.docx")
"""The files of the demo that the picture follows; of the others it shows that they are there."""
WIDEST = 110
LINE, LEFT, TOP, GLYPH = 19, 22, 62, 8.05
COLOURS = {
    "page": "#11151c", "bar": "#1d2430", "plain": "#d5dbe6", "dim": "#8a95a8", "good": "#7ed491", "bad": "#ff9d86",
    "way": "#8ec7ff", "strong": "#ffffff",
}  # fmt: skip
_LABEL = "watchconvert demo: files are dropped, converted, published and archived; a damaged one is explained"
_FONTS = "ui-monospace, 'DejaVu Sans Mono', 'Liberation Mono', Menlo, Consolas, monospace"
_HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"
  role="img" aria-label="{label}">
<rect width="{width}" height="{height}" rx="10" fill="{page}"/>
<path d="M0 34V10Q0 0 10 0H{inner}Q{width} 0 {width} 10V34Z" fill="{bar}"/>
<g fill="{dim}"><circle cx="20" cy="17" r="5"/><circle cx="38" cy="17" r="5"/><circle cx="56" cy="17" r="5"/></g>
<g font-family="{fonts}" font-size="13" xml:space="preserve">
"""
Line = tuple[str, str]
"""A line of the picture and the name of its colour."""


def run_demo() -> str:
    """Return what the demo prints; CalledProcessError when it did not end well."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "watchconvert", "demo", "--folder", folder]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def shorten(text: str) -> Iterator[Line]:
    """Yield the lines of the picture: the ways of a few files, then where they ended."""
    lines = text.splitlines()
    yield "$ make demo", "strong"
    yield from ((line, "plain") for line in lines if line.startswith("Dropping "))
    yield from _ways(lines)
    yield "   ...", "dim"
    yield "", "plain"
    yield from ((line, "plain") for line in lines if line.startswith("Where everything is"))
    yield from _ends(lines)
    yield "   ...", "dim"
    yield from (
        (line, "good" if line.startswith("Every") else "bad") for line in lines if "came out as expected" in line
    )


def _ways(lines: list[str]) -> Iterator[Line]:
    for line in lines:
        if re.match(r" *[0-9.]+ s  ", line) and any(f" {file} " in line for file in SHOWN):
            bad = "rejected" in line or "set_aside" in line
            yield line, "bad" if bad else "good" if line.endswith("retired") else "way"


def _ends(lines: list[str]) -> Iterator[Line]:
    """Yield the lines of the last table about the files that are shown, each followed by where it lies."""
    following = False
    for line in lines:
        if line.startswith(("ok ", "BAD")):
            following = any(f" {file}  " in line for file in SHOWN)
            if following:
                yield line, "good" if line.startswith("ok") else "bad"
        elif following and line.startswith("    "):
            yield line, "bad" if ".error.txt" in line else "plain"


def draw(lines: list[Line]) -> str:
    """Return the picture of some lines."""
    width, height = round(2 * LEFT + WIDEST * GLYPH), TOP + LINE * len(lines)
    head = _HEAD.format(width=width, inner=width - 10, height=height, label=_LABEL, fonts=_FONTS, **COLOURS)
    rows = "".join(
        f'<text x="{LEFT}" y="{TOP + LINE * number}" fill="{COLOURS[colour]}">{escape(_cut(text))}</text>\n'
        for number, (text, colour) in enumerate(lines)
        if text
    )
    return f"{head}{rows}</g>\n</svg>\n"


def _cut(text: str) -> str:
    """Cut at the width of the picture, and keep runs of blanks where a viewer ignores `xml:space`."""
    return (text if len(text) <= WIDEST else text[: WIDEST - 4] + " ...").replace("  ", "\N{NO-BREAK SPACE} ")


def main() -> None:
    """Draw the picture into docs/."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, help="what the demo printed, instead of running it")
    given = parser.parse_args().text
    text = given.read_text("utf-8") if given else run_demo()
    (ROOT / "docs" / "demo.svg").write_text(draw(list(shorten(text))), "utf-8")


if __name__ == "__main__":
    main()
