"""The fonts that pages are set in: a set of our own, so that a machine without any font renders text too.

Carlito, Liberation and DejaVu have the measures of Calibri, Arial, Times New Roman and Courier New or cover
what these lack. System fonts are looked at after them, for the scripts that the set does not cover.
"""

from pathlib import Path
from xml.sax.saxutils import escape

import watchconvert.localapi.fonts as font_package

FONT_FOLDER = Path(font_package.__file__).resolve().parent
SYSTEM_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts")

_STAND_INS = {
    "Calibri": "Carlito",
    "Arial": "Liberation Sans",
    "Helvetica": "Liberation Sans",
    "Times": "Liberation Serif",
    "Times New Roman": "Liberation Serif",
    "Courier": "Liberation Mono",
    "Courier New": "Liberation Mono",
}
_GENERIC = {
    "sans-serif": ("Liberation Sans", "DejaVu Sans"),
    "system-ui": ("Liberation Sans", "DejaVu Sans"),
    "serif": ("Liberation Serif", "DejaVu Sans"),
    "monospace": ("Liberation Mono", "DejaVu Sans"),
}


def write_fontconfig(folder: Path) -> Path:
    """Write `fonts.conf` into `folder`, with its cache beside it, and return its path."""
    folders = "".join(f"<dir>{escape(str(path))}</dir>" for path in (FONT_FOLDER, *SYSTEM_FOLDERS))
    cache = f"<cachedir>{escape(str(folder / 'fontcache'))}</cachedir>"
    aliases = "".join(_alias(family, "accept", (own,), ' binding="same"') for family, own in _STAND_INS.items())
    aliases += "".join(_alias(family, "prefer", own) for family, own in _GENERIC.items())
    path = folder / "fonts.conf"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
        f"<fontconfig>{folders}{cache}{aliases}</fontconfig>",
        encoding="utf-8",
    )
    return path


def _alias(family: str, rule: str, own: tuple[str, ...], binding: str = "") -> str:
    families = "".join(f"<family>{name}</family>" for name in own)
    return f"<alias{binding}><family>{family}</family><{rule}>{families}</{rule}></alias>"
