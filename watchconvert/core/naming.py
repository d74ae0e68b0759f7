"""Names: what an output is called, how a name is shown, which names are junk.

Names of files are bytes, as Linux has them.  Nothing that the service says
becomes a path (docs/design.md, "Names").
"""

import re
from collections.abc import Callable, Iterator
from fnmatch import translate
from functools import lru_cache

MAX_NAME = 255
"""Bytes in one name, on every file system that matters here."""
STAGE = b".watchconvert"
"""The folder that only the daemon owns, inside each folder that it serves."""
NOTE_ENDING = b".error.txt"
"""Ending of the explanation beside a file in the error folder."""
JSON_ENDING = b".error.json"
"""Ending of the same for programs."""
MARKER_ENDING = b".converting"
"""Ending of what stands in an inbox for a file that is on its way."""
_BESIDE = (NOTE_ENDING, JSON_ENDING)
_LONGEST_BESIDE = max(map(len, (*_BESIDE, MARKER_ENDING)))

JUNK = (
    "~$*", ".*", "*.tmp", "*.temp", "~*.tmp", "*.part", "*.partial", "*.crdownload", "*.download", "*.filepart",
    "*.!ut", "*.opdownload", "*.swp", "*.swx", "*~", "#*#", "lu*.tmp", f"sed{'[a-z0-9]' * 6}", "Thumbs.db",
    "desktop.ini", "ehthumbs.db", "@eaDir", "*.lnk", "Icon\r", "$RECYCLE.BIN", "System Volume Information",
    "*.watchconvert-*", "*.sb-????????-??????", "*.error.txt", "*.error.json", "*.converting",
)  # fmt: skip
"""Temporary, lock and desktop files of the programs that write into shares (docs/operating.md, "Junk").

Names with a leading dot cover `.~lock.*#` (LibreOffice), `._*` and `.DS_Store`
(macOS), `.syncthing.*`, `.nfs*`, `.fuse_hidden*`, `.smbdelete*`, `.goutputstream-*`
and rsync's `.NAME.XXXXXX`.
"""

_LONGEST_ENDING = 32
_LONGEST_NUMBER = len(" (1000)")
_SAFE_ENDING = re.compile(r"[a-z0-9]{1,10}")
_LONGEST_TAIL = 40
_SAFE_TAIL = re.compile(r"[A-Za-z0-9 ()_-]{1,40}")
_ODD = re.compile(r"[^\x20-\x7e\xa0-\u2027\u202f-\u2065\u2070-\ud7ff\uf900-\ufffd\U00010000-\U0010ffff]")
_TURNS = re.compile("[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def is_junk(name: bytes, more: tuple[str, ...] = ()) -> bool:
    """Tell whether a name is a temporary, lock or desktop file; `more` adds patterns."""
    return matches(name, JUNK + more)


def matches(name: bytes, patterns: tuple[str, ...]) -> bool:
    """Tell whether a name fits one of the shell patterns; capital letters do not matter."""
    return bool(_one_of(patterns)(name.decode("utf-8", "surrogateescape").casefold()))


@lru_cache(maxsize=1024)
def _one_of(patterns: tuple[str, ...]) -> Callable[[str], re.Match[str] | None]:
    """Return what matches any of the patterns in one go: every name of every listing is asked for all of them."""
    return re.compile("|".join(translate(pattern.casefold()) for pattern in patterns) or r"(?!)").match


def split_ending(name: bytes) -> tuple[bytes, bytes]:
    """Split a name before its last dot: (b"report", b".docx"); neither a leading dot nor 32 bytes make an ending."""
    at = name.rfind(b".")
    return (name, b"") if at <= 0 or len(name) - at > _LONGEST_ENDING else (name[:at], name[at:])


def format_of(name: bytes) -> str:
    """Return the format a name claims by its ending, in lower case; empty when it has no usable one."""
    ending = split_ending(name)[1][1:].decode("utf-8", "replace").lower()
    return ending if _SAFE_ENDING.fullmatch(ending) else ""


def neutral_name(source: str) -> str:
    """Return the name that the service sees instead of the user's: "document.docx"."""
    return f"document.{source}" if _SAFE_ENDING.fullmatch(source) else "document.bin"


def output_names(name: bytes, labels: tuple[str, ...], target: str) -> tuple[bytes, ...]:
    """Return what the results of one file are called in the outbox, in their order.

    One result takes the source's stem; of several, each takes the tail that the
    service gave it after the neutral stem ("-2"), or else its number.  `target`
    is the ending where a label has no safe one of its own.
    """
    stem = split_ending(name)[0]
    names: list[bytes] = []
    for number, label in enumerate(labels, start=1):
        tail = b"" if len(labels) == 1 else _tail_of(label, number)
        ending = b"." + (_ending_of(label) or target).encode()
        names.append(next(free for free in numbered(fitted(stem, tail, ending)) if free not in names))
    return tuple(names)


def _ending_of(label: str) -> str:
    ending = label.rpartition(".")[2].lower() if "." in label else ""
    return ending if _SAFE_ENDING.fullmatch(ending) else ""


def _tail_of(label: str, number: int) -> bytes:
    stem = label.rpartition(".")[0] or label
    tail = stem.removeprefix("document") if stem.startswith("document") else ""
    if tail and _SAFE_TAIL.fullmatch(tail):
        return tail.encode()
    return b"" if number == 1 and stem == "document" else b"-%d" % number


def numbered(name: bytes) -> Iterator[bytes]:
    """Yield a name, then the same with " (2)", " (3)" … before its ending, for names that are taken."""
    yield name
    stem, ending = split_ending(name)
    number = 2
    while True:
        yield fitted(stem, b" (%d)" % number, ending)
        number += 1


def source_names(name: bytes) -> Iterator[bytes]:
    """Yield what the source of an output, or a file that was numbered, may have been called before its ending.

    The longest first: a number or a tail stands at the end of the stem, and nothing but trying tells it from the name.
    """
    stem = split_ending(name)[0]
    yield from (stem[:end] for end in range(len(stem), max(0, len(stem) - _LONGEST_TAIL - _LONGEST_NUMBER), -1))


def note_name(name: bytes, ending: bytes = NOTE_ENDING) -> bytes:
    """Return what a text beside a file is called; all those of one file are cut in the same place."""
    if len(name) + _LONGEST_BESIDE <= MAX_NAME:
        return name + ending
    # The end of the name is kept: the number stands there, by which a name that was cut differs from the next.
    at = len(name) - _LONGEST_ENDING - _LONGEST_NUMBER
    at = next((start for start in range(at, at + 4) if name[start] & 0xC0 != 0x80), at)
    return fitted(name[:at], name[at:], b"." * _LONGEST_BESIDE)[:-_LONGEST_BESIDE] + ending


def note_names(name: bytes) -> tuple[bytes, bytes]:
    """Return what the explanations beside a failed file are called: for people, then for programs."""
    return note_name(name, NOTE_ENDING), note_name(name, JSON_ENDING)


def noted_name(note: bytes) -> bytes:
    """Return the file that an explanation of that name speaks of; empty where it was too long for that to be told."""
    ending = next((each for each in _BESIDE if note.endswith(each)), b"")
    name = note.removesuffix(ending)
    return name if len(name) + _LONGEST_BESIDE < MAX_NAME - 3 else b""


def fitted(stem: bytes, tail: bytes, ending: bytes) -> bytes:
    """Join a name's pieces within 255 bytes, cutting the stem between characters where it must be cut."""
    room = MAX_NAME - len(tail) - len(ending)
    if len(stem) > room:
        # A character of UTF-8 has four bytes at most; where none starts near, the name is no UTF-8.
        starts = (at for at in range(room, room - 4, -1) if stem[at] & 0xC0 != 0x80)
        stem = stem[: next(starts, room)]
    return stem + tail + ending


def shown(name: bytes, limit: int = 200) -> str:
    """Return a name as it may stand in a log, on a terminal or in a text file.

    Line breaks, control and escape codes, bytes that are no UTF-8 and marks that
    turn the direction of writing come out as backslash escapes, so that no line
    can be forged.  At most `limit` characters.
    """
    text = name.decode("utf-8", "backslashreplace")
    text = _TURNS.sub(_escaped, _ODD.sub(_escaped, text))
    return text if len(text) <= limit else text[: limit - 1] + "…"


def json_safe(text: str) -> str:
    """Return a text of JSON that troubles no terminal: what `shown` escapes is escaped as JSON does it."""
    return _TURNS.sub(_json_escaped, _ODD.sub(_json_escaped, text))


def _json_escaped(match: re.Match[str]) -> str:
    return match.group() if match.group() == "\n" else f"\\u{ord(match.group()):04x}"


def _escaped(match: re.Match[str]) -> str:
    return "".join(f"\\u{ord(c):04x}" if ord(c) > 0xFF else f"\\x{ord(c):02x}" for c in match.group())
