"""Make the pictures of the command line in docs/: `python contrib/make-terminals.py`.

The real programs print on a pseudo-terminal of 100 columns beside a real daemon with the built-in server on a scratch
share; what they print is drawn by rich. The pictures have no fonts, scripts or links of their own.
"""  # noqa: INP001 - a script, not a package

import re
import sys
import tempfile
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT  # the one place where rich keeps it
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.e2e.stage import Site  # noqa: E402 - from the checkout, not from what is installed
from tests.e2e.terminal import Terminal  # noqa: E402
from watchconvert.faces.samples import SAMPLES, read  # noqa: E402

SHARE = "/srv/share"
WIDTH = 100


def printed(site: Site, *words: str) -> str:
    """Return what a command prints on a terminal, with the folder of the share under its usual name."""
    with Terminal(*words, "--config", str(site.config)) as terminal:
        terminal.end()
        text = terminal.shown.decode().replace("\r\n", "\n")
    return re.sub(r"process \d+", "process 4711", text.replace(str(site.config.parent), SHARE))


def draw(name: str, title: str, text: str) -> None:
    """Write a picture of what a command has printed."""
    with Path("/dev/null").open("w") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True)
        console.print(Text.from_ansi(text), soft_wrap=True)
    plain = re.sub(r"@font-face \{\{.*?\n\s*\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    picture = console.export_svg(title=title, code_format=plain, unique_id=name)
    path = ROOT / "docs" / f"{name}.svg"
    path.write_text(picture.replace("Fira Code", "DejaVu Sans Mono"), "utf-8")
    print(path.relative_to(ROOT), path.stat().st_size)  # noqa: T201 - a script


def main() -> None:
    """Make all pictures."""
    with tempfile.TemporaryDirectory() as scratch:
        site = Site(Path(scratch), "local")
        site.start()
        try:
            for sample in SAMPLES:
                (site.path(sample.route, "inbox") / sample.name).write_bytes(read(sample.name))
            site.wait_for_rest(len(SAMPLES))
            draw("status", "watchconvert status", printed(site, "status", "--last", "6"))
            draw("why", "watchconvert why Damaged.docx", printed(site, "why", "Damaged.docx"))
        finally:
            site.stop()
        site.config.write_text(site.config.read_text().replace("settle", "settel", 1))
        draw("check", "watchconvert check", printed(site, "check"))


if __name__ == "__main__":
    main()
