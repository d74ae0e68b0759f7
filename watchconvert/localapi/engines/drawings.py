"""SVG drawings: to a PDF page of their own size with plutoprint, to pixels with resvg."""

import base64
import re
from pathlib import Path

from watchconvert.localapi.engines.fonts import FONT_FOLDER
from watchconvert.localapi.engines.interface import ErrorCode
from watchconvert.localapi.engines.job import Job, reported_as
from watchconvert.localapi.engines.texts import decode_text

_ROOT = re.compile(r"<(?:\w+:)?svg\b[^>]*>", re.ASCII)
_LENGTH = re.compile(r"\s*\+?([0-9]*\.?[0-9]+(?:e[+-]?[0-9]{1,2})?)\s*(px|pt|pc|mm|cm|in)?\s*", re.IGNORECASE)
# in pixels of 1/96 inch (CSS Values 3, "Absolute lengths")
_UNITS = {"px": 1.0, "pt": 96 / 72, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}
# resvg reads any local picture that a drawing names
_OUTSIDE_LINK = re.compile(r"""(\bhref\s*=\s*)(?:"(?!#|data:)[^"]*"|'(?!#|data:)[^']*')""")
_DEFAULT_SIZE = (300.0, 150.0)
# 200 inches, the longest side of a PDF page (ISO 32000-1, annex C)
_LONGEST_SIDE = 200 * 96.0
_SHORTEST_SIDE = 1.0
_POINTS_PER_PIXEL = 0.75


def drawing_size(markup: str) -> tuple[float, float]:
    """Return width and height of an SVG in CSS pixels, bounded to what a PDF page can be."""
    root = match[0] if (match := _ROOT.search(markup)) else ""
    box = _view_box(root)
    width = _length(root, "width") or box[0]
    height = _length(root, "height") or box[1] * width / box[0]
    shrink = min(1.0, _LONGEST_SIDE / max(width, height))
    return max(width * shrink, _SHORTEST_SIDE), max(height * shrink, _SHORTEST_SIDE)


def _attribute(root: str, name: str) -> str:
    match = re.search(rf"""\s{name}\s*=\s*(?:"([^"]*)"|'([^']*)')""", root)
    return (match[1] or match[2] or "") if match else ""


def _length(root: str, name: str) -> float:
    match = _LENGTH.fullmatch(_attribute(root, name))
    return float(match[1]) * _UNITS[(match[2] or "px").lower()] if match else 0.0


def _view_box(root: str) -> tuple[float, float]:
    numbers = re.findall(r"-?[0-9.]+", _attribute(root, "viewBox"))
    try:
        width, height = (float(number) for number in numbers[2:4])
    except ValueError:
        return _DEFAULT_SIZE
    return (width, height) if width > 0 and height > 0 else _DEFAULT_SIZE


def svg_to_pdf(job: Job) -> None:
    """Draw each SVG on a page of its own size. Raises ConversionError when it is no SVG."""
    from watchconvert.localapi.engines import pages  # noqa: PLC0415 - pixels need no plutoprint

    for number, path in job.each_source():
        content = path.read_bytes()
        pages.check_drawing(content)
        width, height = drawing_size(decode_text(content))
        image = f'<img src="data:image/svg+xml;base64,{base64.b64encode(content).decode("ascii")}">'
        style = f"@page{{margin:0}}html,body{{margin:0}}img{{display:block;width:{width:g}px;height:{height:g}px}}"
        paper = (width * _POINTS_PER_PIXEL, height * _POINTS_PER_PIXEL)
        pages.write_sized_pdf(image, style, paper, job.outputs.new_file("pdf", number))


def svg_to_image(job: Job) -> None:
    """Draw each SVG at its own size, then scale."""
    import resvg_py  # noqa: PLC0415 - pages need none

    from watchconvert.localapi.engines.images import save_scaled  # noqa: PLC0415 - pages need no Pillow

    for number, path in job.each_source():
        with reported_as(ErrorCode.DAMAGED, "The drawing could not be read", ValueError):
            markup = _OUTSIDE_LINK.sub(r"\1''", decode_text(path.read_bytes()))
            drawn = resvg_py.svg_to_bytes(svg_string=markup, skip_system_fonts=True, font_dirs=[str(FONT_FOLDER)])
        picture: Path = job.outputs.folder / "drawing"
        picture.write_bytes(bytes(drawn))
        save_scaled(job, picture, job.outputs.new_file(job.target, number))
        picture.unlink()
