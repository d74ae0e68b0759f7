"""Write "The first hour" into docs/operating.md of what the program really prints: `python contrib/make-first-hour.py`.

The session runs in a scratch folder with the built-in server; a command that exits otherwise than is told here ends it.
Times, ids, process numbers and paths become the same each time, so that a difference in the docs is one of the program.
"""  # noqa: INP001 -- a script, not a package

import argparse
import getpass
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs" / "operating.md"
BEGIN = "<!-- made by contrib/make-first-hour.py: begin -->"
END = "<!-- made by contrib/make-first-hour.py: end -->"
SHOWN_AS, WHO, DAY, MONTH = "/srv/try", "anna", "2026-11-23", "2026-11"
IDS = ("3f2a91bc", "b70c44e1", "58d1f0a9", "c91e7735", "0d64ab2f", "e2875c10", "94b3d8f6", "71fa026e", "a85cd349")
PATIENCE = 60.0


@dataclass(frozen=True)
class Step:
    """A line that is typed, and what comes of it."""

    line: str
    """As bash gets it; a line that begins with "#" is told alone."""
    status: int = 0
    before: str = ""
    """What happens first and is not shown."""
    until: str = ""
    """A command of the shell that is waited for, before the line, until it succeeds."""
    most: int = 99
    """Lines of the output that are shown."""


def at_rest(count: int) -> str:
    """Return a command that succeeds once so many files have come to rest and nothing is open."""
    read = "import json, sys; jobs = json.load(sys.stdin); rest = [j for j in jobs if j['state'] in ('done', 'failed')]"
    left = f"sys.exit(len(rest) < {count} or len(rest) < len(jobs))"
    return f'watchconvert jobs --limit 0 --json | python3 -c "{read}; {left}"'


PID = "watchconvert status --json | python3 -c \"import json, sys; print(json.load(sys.stdin)['pid'])\""
INBOX = "share/to-pdf/inbox"
RUNS = "watchconvert status | grep -q 'is running'"
SESSION = (
    Step("# A configuration, with a typing error that check finds"),
    Step("watchconvert init --yes --local --to pdf --path share/to-pdf --journal state/journal.db"),
    Step("sed -i 's/^to = \"pdf\"/&\\nsettel = \"2s\"/' watchconvert.toml"),
    Step("watchconvert check", 78),
    Step("sed -i 's/^settel.*/settle = \"500ms\"/' watchconvert.toml"),
    Step("watchconvert check --offline"),
    Step("# The daemon, a good file and one that is damaged"),
    Step("watchconvert run 2> log &"),
    Step(f"cp files/Letter.odt files/Damaged.docx {INBOX}/", until=RUNS,
         before=f"until [ -d {INBOX} ]; do sleep 0.1; done; sed -i 's/^settle.*/&\\nincomplete_after = \"3s\"/'"
         " watchconvert.toml; watchconvert reload"),
    Step("watchconvert status", until=f"{at_rest(2)} && watchconvert status | grep -q '^to-pdf  *0 '"),
    Step("watchconvert why Letter.odt"),
    Step("watchconvert why Damaged.docx"),
    Step("cat share/to-pdf/error/Damaged.docx.error.txt"),
    Step("watchconvert why gone.docx", 1),
    Step("# Somebody still writes a file"),
    Step("watchconvert why Orders.csv", before=f"(cat files/Orders.csv; sleep 4) > {INBOX}/Orders.csv & sleep 1.5"),
    Step("# A pause"),
    Step('watchconvert pause --for 1h --reason "moving the disks"', until=at_rest(3)),
    Step(f"cp files/Notes.txt {INBOX}/"),
    Step("watchconvert why Notes.txt", before="sleep 1.5"),
    Step("watchconvert resume"),
    Step("# A budget; a change with an error in it is refused", until=at_rest(4)),
    Step("sed -i 's/^to = \"pdf\"/&\\nbudget = { dya = 5 }/' watchconvert.toml"),
    Step("watchconvert reload", 78),
    Step("sed -i 's/dya = 5/day = 5/' watchconvert.toml && watchconvert reload"),
    Step(f"cp files/Minutes.md files/Logo.svg files/Photo.jpg {INBOX}/"),
    Step("watchconvert status --last 0", until="sleep 4"),
    Step("sed -i '/^budget/d' watchconvert.toml && watchconvert reload"),
    Step("# What failed, and money", until=at_rest(7)),
    Step("watchconvert jobs --causes"),
    Step('watchconvert retry --cause "cut off" --dry-run'),
    Step("watchconvert cancel --all", 1),
    Step("watchconvert cost --by user"),
    Step("watchconvert backup backup.db"),
    Step("# The plug is pulled, and everything goes on"),
    Step(f"cp files/Slides.pptx {INBOX}/; until grep -q Slides log; do sleep 0.1; done; kill -9 $(cat pid)",
         before=f"{PID} > pid"),
    Step("watchconvert status --last 1"),
    Step("watchconvert pause"),
    Step("watchconvert resume"),
    Step("watchconvert once"),
    Step("# In German, and with a file of one's own"),
    Step("sed -i 's/^to = \"pdf\"/&\\nlanguage = \"de\"/' watchconvert.toml"),
    Step(f"cp files/Model.blend {INBOX}/ && watchconvert once --quiet", 1),
    Step("head -1 share/to-pdf/error/Model.blend.error.txt"),
    Step("watchconvert convert files/Orders.csv --to pdf --local"),
)  # fmt: skip
SAMPLES = (
    "Letter.odt", "Damaged.docx", "Orders.csv", "Notes.txt", "Minutes.md", "Logo.svg", "Photo.jpg", "Slides.pptx",
    "Model.blend",
)  # fmt: skip


class Session:
    """A shell in a scratch folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        tools = folder / ".tools"
        tools.mkdir()
        program = tools / "watchconvert"
        program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m watchconvert "$@"\n')
        program.chmod(0o755)
        config = str(folder / "watchconvert.toml")
        self._environ = os.environ | {
            "PATH": f"{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8", "TZ": "UTC", "COLUMNS": "100",
            "WATCHCONVERT_CONFIG": config, "NO_COLOR": "1", "SUDO_USER": "",
        }  # fmt: skip
        (folder / "files").mkdir()
        for name in SAMPLES:
            (folder / "files" / name).write_bytes((ROOT / "watchconvert" / "faces" / "samples" / name).read_bytes())

    def shell(self, line: str) -> tuple[int, str]:
        """Run a line; return its exit status and what it printed; what it leaves behind goes on."""
        with (self.folder / ".out").open("w+") as out:
            where = {"cwd": self.folder, "env": self._environ, "stdout": out, "stderr": out}
            done = subprocess.run(["bash", "-c", line], **where, check=False, timeout=PATIENCE)
            return done.returncode, (self.folder / ".out").read_text("utf-8")

    def take(self, step: Step) -> str:
        """Take a step; return what it printed.

        Raises:
            RuntimeError: it exited otherwise than it is told here, or what is waited for does not come.

        """
        for line in filter(None, (step.before,)):
            self.shell(line)
        deadline = time.monotonic() + PATIENCE
        while step.until and self.shell(step.until)[0] != 0:
            if time.monotonic() > deadline:
                raise RuntimeError(f"in vain: {step.until}\n{self.shell('watchconvert status; cat log')[1]}")
            time.sleep(0.2)  # noqa: TID251 - a program of its own, which waits for another
        if step.line.startswith("#"):
            return ""
        status, printed = self.shell(step.line)
        if status != step.status:
            raise RuntimeError(f"{step.line}: exit status {status}, told as {step.status}\n{printed}")
        return printed

    def close(self) -> None:
        """End the daemon, if it runs."""
        self.shell(f"{PID} | xargs kill")


def play() -> Iterator[tuple[Step, str]]:
    """Run the session; yield each step and what it printed.

    Raises:
        RuntimeError: a step did not go as it is told.

    """
    with tempfile.TemporaryDirectory() as scratch:
        session = Session(Path(scratch).resolve())
        try:
            for step in SESSION:
                yield step, session.take(step).replace(str(session.folder), SHOWN_AS)
        finally:
            session.close()


class Steady:
    """Makes what differs each time the same."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._times: dict[str, str] = {}

    def make(self, printed: str, number: int) -> str:
        """Return what a step printed with times by the number of the step that told them first."""
        text = re.sub(r"\b[0-9a-f]{8}(?:[0-9a-f]{24})?\b", lambda found: self._id(found[0]), printed)
        text = re.sub(
            r"\b\d\d:\d\d:\d\d\b", lambda found: self._times.setdefault(found[0], f"10:{number:02d}:00"), text
        )
        for pattern, steady in (
            (r"\b\d{4}-\d\d-\d\d\b", DAY), (r"\b20\d\d-\d\d\b(?!-)", MONTH), (r"process \d+", "process 4711"),
            (r"\b\d+\.\d s\b", "0.8 s"), (r"\(\d+ s\)", "(2 s)"), (r"in \d+ h( \d+ min)?", "in 13 h"),
            (r"\d+ \w+ 20\d\d, \d\d:\d\d", "23 November 2026, 10:09"), (rf"\b{getpass.getuser()}\b", WHO),
            (r"\d+ kB, (\d+) jobs with \d+ lines", r"123 kB, \1 jobs with 58 lines"),
        ):  # fmt: skip
            text = re.sub(pattern, steady, text)
        return text

    def _id(self, found: str) -> str:
        short = self._ids.setdefault(found[:8], IDS[len(self._ids) % len(IDS)])
        return short if len(found) == len(short) else short * 4


def write(played: list[tuple[Step, str]]) -> str:
    """Return the block for the docs."""
    steady, lines = Steady(), list[str]()
    for number, (step, printed) in enumerate(played):
        if step.line.startswith("#"):
            lines += [*(["```", ""] if lines else []), f"{step.line[2:]}:", "", "```console"]
            continue
        lines += [f"$ {step.line}", *(line.rstrip() for line in steady.make(printed, number).splitlines()[: step.most])]
    return "\n".join([BEGIN, *lines, "```", END])


def main() -> None:
    """Play the session and write it into the docs."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    block = write(list(play()))
    before, _, rest = DOCS.read_text("utf-8").partition(BEGIN)
    if not rest:
        sys.exit(f"{DOCS}: there is no line {BEGIN}")
    DOCS.write_text(before + block + rest.partition(END)[2], "utf-8")


if __name__ == "__main__":
    main()
