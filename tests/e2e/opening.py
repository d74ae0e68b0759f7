"""Open a converted file with a library of its kind, and say in words what is wrong with it.

Each opener takes the bytes and returns what it saw and the text in it; None is for kinds that bear no text. Pdfium
must not be used by two threads at a time, so neither may `check_output`.
"""

import csv
import html
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import docx
import openpyxl
import pypdfium2
from PIL import Image, ImageSequence


class BrokenError(Exception):
    """The file opened, yet is not what its ending says."""


@dataclass(frozen=True)
class Seen:
    """What an opener found: a line for a person, and the text."""

    line: str
    text: str | None = None


def count_things(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")


def require(held: object, reason: str) -> None:
    if not held:
        raise BrokenError(reason)


def open_pdf(data: bytes) -> Seen:
    require(data.startswith(b"%PDF-"), "no %PDF- at its head")
    # Pdfium mends a file without its tail in silence, so that has to be looked for here.
    require(b"%%EOF" in data[-1024:], "no %%EOF at its tail: cut off")
    document = pypdfium2.PdfDocument(data)
    try:
        pages = [read_page(document[number]) for number in range(len(document))]
    finally:
        document.close()
    require(pages, "no pages")
    require(any(drawn for drawn, _ in pages), "every page is blank")
    return Seen(f"pdf, {count_things(len(pages), 'page')}", "\n".join(text for _, text in pages))


def read_page(page: pypdfium2.PdfPage) -> tuple[bool, str]:
    """Return whether anything is drawn on `page`, and its text."""
    text = page.get_textpage()
    shades = page.render(scale=0.5).to_pil().convert("L").getextrema()
    return shades[0] != shades[1], text.get_text_bounded()


PICTURE_TAILS = {"JPEG": b"\xff\xd9", "PNG": b"IEND\xaeB`\x82", "GIF": b";"}


def open_picture(kind: str, data: bytes) -> Seen:
    with Image.open(io.BytesIO(data), formats=[kind]) as picture:
        picture.verify()
    with Image.open(io.BytesIO(data), formats=[kind]) as picture:
        frames = [frame.convert("RGBA") for frame in ImageSequence.Iterator(picture)]
    require(data.endswith(PICTURE_TAILS.get(kind, b"")), "its last bytes are missing: cut off")
    require(any(len(set(band.getextrema())) > 1 for frame in frames for band in frame.split()), "one colour all over")
    pages = "" if len(frames) == 1 else f", {len(frames)} pages"
    return Seen(f"{kind.lower()}, {frames[0].width} x {frames[0].height}{pages}")


def decode_text(data: bytes) -> str:
    text = data.decode("utf-8-sig")
    require("\0" not in text, "has NUL bytes in it")
    return text


def open_text(data: bytes) -> Seen:
    text = decode_text(data)
    require(text.strip(), "nothing but white space")
    require(not text.lstrip().lower().startswith(("<!doctype html", "<html")), "is html")
    return Seen(f"text, {count_things(len(text.splitlines()), 'line')}", text)


def open_html(data: bytes) -> Seen:
    text = decode_text(data).strip()
    require(text.startswith("<"), "no tag at its head")
    require(text.endswith("</html>" if "<html" in text.lower() else ">"), "its last tag is missing: cut off")
    return Seen("html", html.unescape(re.sub(r"<[^>]*>", "", text)))


def open_csv(data: bytes) -> Seen:
    seen = open_text(data)
    # A sheet ends with a line end wherever it is written, and a piece of one seldom does.
    require(data.endswith(b"\n"), "no line end at its tail: cut off")
    rows = list(csv.reader(io.StringIO(seen.text, newline=""), strict=True))
    require(any(any(row) for row in rows), "every cell is empty")
    return Seen(f"csv, {count_things(len(rows), 'row')}", "\n".join(cell for row in rows for cell in row))


def open_xlsx(data: bytes) -> Seen:
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    cells = [
        str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None
    ]
    book.close()
    require(cells, "every cell is empty")
    return Seen(f"xlsx, {count_things(len(book.sheetnames), 'sheet')}", "\n".join(cells))


def open_docx(data: bytes) -> Seen:
    body = docx.Document(io.BytesIO(data)).element.body
    text = "\n".join("".join(run.text or "" for run in line.iter("{*}t")) for line in body.iter("{*}p"))
    require(text.strip() or list(body.iter("{*}drawing")), "neither text nor a picture")
    return Seen(f"docx, {count_things(len(text.split()), 'word')}", text)


def open_zip(data: bytes) -> Seen:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        damaged = archive.testzip()
        require(damaged is None, f"{damaged} in it is damaged")
        names = archive.namelist()
    require(names, "nothing in it")
    return Seen(f"zip, {count_things(len(names), 'file')}", "\n".join(names))


OPENERS: dict[str, Callable[[bytes], Seen]] = {
    "pdf": open_pdf,
    **{ending: partial(open_picture, "JPEG") for ending in ("jpg", "jpeg")},
    **{ending: partial(open_picture, "TIFF") for ending in ("tif", "tiff")},
    **{kind.lower(): partial(open_picture, kind) for kind in ("PNG", "WEBP", "GIF")},
    **dict.fromkeys(("txt", "md"), open_text),
    **dict.fromkeys(("html", "htm"), open_html),
    "csv": open_csv,
    "xlsx": open_xlsx,
    "docx": open_docx,
    "zip": open_zip,
}


def refuse_error_reply(data: bytes) -> None:
    """Raise BrokenError when `data` is an error of the service (docs/contract.md) saved as if a result."""
    try:
        reply = json.loads(data)
    except ValueError:
        return
    require(not (isinstance(reply, dict) and "Code" in reply), f"is an error reply of the service: {data[:200]!r}")


def squeeze(text: str) -> str:
    """Return `text` without white space and ligatures: layout, not content."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def find_marks(seen: Seen, marks: Sequence[str]) -> None:
    require(seen.text is not None or not marks, "bears no text to look for marks in")
    content = squeeze(seen.text or "")
    for mark in marks:
        require(squeeze(mark) in content, f"lacks {mark!r}; its text begins {content[:120]!r}")


def check_output(path: Path, *, marks: Sequence[str] = ()) -> str:
    """Return one line about the sound file at `path`, such as "pdf, 3 pages".

    Raises AssertionError that says what is wrong: broken, cut off, empty, of another kind than its ending says, or
    without one of `marks` (white space apart).
    """
    kind = path.suffix.lstrip(".").lower()
    assert kind in OPENERS, f"{path.name}: no library here opens .{kind}"
    data = path.read_bytes()
    try:
        require(data, "has no bytes")
        refuse_error_reply(data)
        seen = OPENERS[kind](data)
        find_marks(seen, marks)
    except Exception as error:  # each library has errors of its own
        raise AssertionError(f"{path.name}: not a sound {kind}: {error}") from error
    return seen.line
