"""Unique small files in any number, for tests that fill a share.

Office files are made once by their library and then stamped: a thousand of them take two seconds or so.
"""

import io
import random
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

import docx
import openpyxl
import pptx
from PIL import Image, ImageDraw

BLANK_MARK = "mark000000000000"


class LoadFile(NamedTuple):
    """A file to drop; each of `marks` must be found in a result that bears text."""

    name: str
    data: bytes
    marks: tuple[str, ...]


@cache
def blank_docx() -> bytes:
    letter = docx.Document()
    letter.add_heading("Load test", level=1)
    letter.add_paragraph(BLANK_MARK)
    buffer = io.BytesIO()
    letter.save(buffer)
    return buffer.getvalue()


@cache
def blank_xlsx() -> bytes:
    book = openpyxl.Workbook()
    sheet = book[book.sheetnames[0]]
    for row in (("Article", "Pieces"), (BLANK_MARK, 3), ("Press roller", 12)):
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@cache
def blank_pptx() -> bytes:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[0])
    slide.shapes.title.text = BLANK_MARK
    buffer = io.BytesIO()
    deck.save(buffer)
    return buffer.getvalue()


@cache
def unpacked(blank: Callable[[], bytes]) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(blank())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def stamp_office(blank: Callable[[], bytes], mark: str) -> bytes:
    """Return a copy of the office file of `blank` with `mark` in the place of the blank one."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, body in unpacked(blank).items():
            archive.writestr(name, body.replace(BLANK_MARK.encode(), mark.encode()))
    return buffer.getvalue()


def draw_picture(kind: str, mark: str) -> bytes:
    """Return a picture that differs with every mark: its digits as bars, over a ground in a colour of its own."""
    picture = Image.new("RGB", (160, 120), f"#{mark[-6:]}")
    pen = ImageDraw.Draw(picture)
    for place, digit in enumerate(mark.removeprefix("mark")):
        pen.rectangle((place * 13, 118 - 11 * int(digit), place * 13 + 9, 119), fill="white", outline="black")
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()


TEXTS = {
    "csv": "Article,Pieces\n{mark},3\nPress roller,12\n",
    "md": "# Load test\n\n- {mark}\n- **Größe** L\n",
    "txt": "Load test\n\n{mark}\nGröße L\n",
    "html": '<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>Load test</title></head>'
    "<body><h1>Load test</h1><p>{mark}</p></body></html>\n",
    "svg": '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="60"><rect width="300" height="60" fill="#def"/>'
    '<text x="10" y="36" font-family="sans-serif" font-size="20">{mark}</text></svg>\n',
}
OFFICE = {"docx": blank_docx, "xlsx": blank_xlsx, "pptx": blank_pptx}
PICTURES = {"png": "PNG", "jpg": "JPEG"}
KINDS = (*OFFICE, *TEXTS, *PICTURES)


def make_content(kind: str, mark: str) -> bytes:
    if kind in OFFICE:
        return stamp_office(OFFICE[kind], mark)
    if kind in PICTURES:
        return draw_picture(PICTURES[kind], mark)
    return TEXTS[kind].format(mark=mark).encode()


def make_files(kind: str, count: int, seed: int) -> Iterator[LoadFile]:
    """Yield `count` files of one of KINDS, each with a name, a content and, where it bears text, a mark of its own.

    The same `seed` gives the same names and marks; KeyError for any other kind.
    """
    dice = random.Random(f"{kind} {seed}")
    for number in range(1, count + 1):
        mark = f"mark{dice.randrange(10**12):012}"  # digits alone: no font makes ligatures of them
        marks = () if kind in PICTURES else (mark,)
        yield LoadFile(f"{kind} {seed}-{number:04d}.{kind}", make_content(kind, mark), marks)
