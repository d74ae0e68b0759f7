"""Reading text files whose encoding nobody told."""

import codecs
import re
from pathlib import Path

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CHARSET = re.compile(rb"""charset\s*=\s*["']?([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
_HEAD = 2048


def decode_text(content: bytes, default: str = "utf-8") -> str:
    """Decode by byte order mark, else by `default`, else as the Western European that old Windows programs write."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    for encoding in (default, "cp1252"):
        try:
            return content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("latin-1")


def read_markup(path: Path) -> str:
    """Read an HTML file in the encoding that it declares."""
    content = path.read_bytes()
    declared = _CHARSET.search(content[:_HEAD])
    return decode_text(content, declared[1].decode("ascii") if declared else "utf-8")
