"""Print a machine-readable copyright file: `copyright.py LICENSE FOLDER PLACE [FONT-LICENCE...]`.

First comes what LICENSE says of watchconvert, then a paragraph for each library in FOLDER, which is to lie at PLACE,
made of what it says of itself in its metadata and of the licence that it brings. Fonts have theirs beside them.
"""

import re
import sys
import textwrap
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

FORMAT = "https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/"
APACHE = "On Debian systems the text of the Apache License, Version 2.0, is in /usr/share/common-licenses/Apache-2.0."
LONGEST = 120
"""Lines of a licence that are shown; a longer one, and those of what is compiled into a library, are pointed to."""
SHORT = {
    " OR ": " or ",
    " AND ": " and ",
    ",": "",
    " License": "",
    "Apache Software": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
}
"""What becomes of words in metadata, so that they fit the format."""
CLASSIFIER = "License :: OSI Approved :: "
LICENCE = re.compile(r"licen[cs]e|copying|notice", re.IGNORECASE)
HOLDER = re.compile(
    r"^[\s#*]*(?:copyright|\N{COPYRIGHT SIGN})\s+((?:\(c\)|\N{COPYRIGHT SIGN}|\d{4}).*)$", re.IGNORECASE
)


def said_of(library: Distribution, field: str) -> str:
    """Return a field of the metadata; empty where it is not there."""
    return str((library.metadata.get_all(field) or [""])[0])


def name_of_licence(library: Distribution) -> str:
    """Return what a library says its licence is, as one word or an expression of such."""
    said = said_of(library, "License-Expression") or said_of(library, "License")
    if not said or "\n" in said:
        classifiers = [str(each) for each in library.metadata.get_all("Classifier") or []]
        said = " and ".join(each.removeprefix(CLASSIFIER) for each in classifiers if each.startswith(CLASSIFIER))
    for word, short in SHORT.items():
        said = said.replace(word, short)
    return re.sub(r"(?<!\bor)(?<!\band) (?!or\b|and\b)", "-", said) or "other"


def licences(library: Distribution) -> list[Path]:
    """Return the files of a library that tell its licence."""
    notes = [Path(str(library.locate_file(each))) for each in library.files or [] if ".dist-info/" in str(each)]
    return sorted(path for path in notes if LICENCE.search(path.name) or "licenses" in path.parts)


def holders(texts: list[str], author: str) -> str:
    """Return who holds the copyright, by the licences' own lines."""
    found = [match[1].strip() for text in texts for line in text.splitlines() if (match := HOLDER.match(line))]
    kept = [line for line in dict.fromkeys(found) if "[" not in line and "{" not in line]
    return "\n           ".join(kept[:20]) or author


def paragraph(library: Distribution, folder: Path, place: str) -> Iterator[str]:
    """Yield the lines that tell of a library."""
    name = said_of(library, "Name")
    tops = sorted({each.parts[0] for each in library.files or [] if each.parts[0] not in {"..", "bin"}})
    notes = [path for path in licences(library) if path.exists()]
    own = [path for path in notes if path.parent.name == "licenses" or path.parent.name.endswith(".dist-info")]
    texts = [path.read_text("utf-8", "replace") for path in own]
    email = re.sub(r"\s*<.*>", "", said_of(library, "Author-email"))
    author = said_of(library, "Author") or email or f"the authors of {name}"
    yield "Files: " + "\n ".join(f"{place}/{top}{'' if Path(top).suffix in {'.py', '.so'} else '/*'}" for top in tops)
    yield f"Copyright: {holders(texts, author)}"
    yield f"License: {name_of_licence(library)}"
    said = [shown(text, f"/{place}/{path.relative_to(folder)}") for path, text in zip(own, texts, strict=True)]
    if further := [path for path in notes if path not in own]:
        above = further[0].relative_to(folder).parts[0]
        said.append(f"The licences of what is built into it are in /{place}/{above}/licenses.")
    yield quoted("\n\n".join(said) or "The library brings no text of its licence; its metadata names it as above.")


def shown(text: str, place: str) -> str:
    """Return the text of a licence, or where it is if it is long."""
    if "Apache License" in text and "TERMS AND CONDITIONS" in text:
        return APACHE
    return text if text.count("\n") <= LONGEST else f"The text is in {place}."


def font(note: Path, place: str) -> str:
    """Return the paragraph of a family of fonts, by its LICENSE-Family.txt."""
    text = note.read_text("utf-8", "replace")
    family = note.stem.removeprefix("LICENSE-")
    licence = "OFL-1.1" if "SIL OPEN FONT LICENSE" in text.upper() else "other"
    head = f"Files: {place}/{family}*\nCopyright: {holders([text], f'the authors of {family}')}\nLicense: {licence}"
    return f"{head}\n{quoted(text)}"


def quoted(text: str) -> str:
    """Return a text as the format wants it: each line one step in, and a dot on an empty one."""
    lines = "\n".join(line.rstrip().expandtabs() for line in text.strip("\n\f ").splitlines())
    return (
        textwrap.indent(lines, " ", lambda line: bool(line.strip())).replace("\n\n", "\n .\n").replace("\n\n", "\n .\n")
    )


def main() -> None:
    """Print the file."""
    licence, folder, place = Path(sys.argv[1]).read_text("utf-8"), Path(sys.argv[2]), sys.argv[3]
    terms = quoted(licence.partition("\n\n")[2])
    libraries = sorted(distributions(path=[str(folder)]), key=lambda each: said_of(each, "Name").lower())
    parts = [
        f"Format: {FORMAT}\nUpstream-Name: watchconvert",
        f"Files: *\nCopyright: {holders([licence], 'the watchconvert authors')}\nLicense: MIT\n{terms}",
        *(font(Path(note), "*/fonts") for note in sys.argv[4:]),
        *("\n".join(paragraph(each, folder, place)) for each in libraries if said_of(each, "Name") != "watchconvert"),
    ]
    print("\n\n".join(parts))


if __name__ == "__main__":
    main()
