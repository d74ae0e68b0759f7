"""Texts and markup to PDF and pictures with plutoprint, which gets no way to read anything but the document."""

import html
import re
from pathlib import Path

import plutoprint

from watchconvert.localapi.engines.checks import check_text_kept, count_words
from watchconvert.localapi.engines.interface import ConversionError, ErrorCode
from watchconvert.localapi.engines.job import Job, reported_as
from watchconvert.localapi.engines.texts import decode_text, read_markup

_FRONT_MATTER = re.compile(r"\A---\n.*?\n(?:---|\.\.\.)\n", re.DOTALL)
_LARGEST_PICTURE = 16_000
_PLAIN_LETTERS = "*{font-variant-ligatures:none}"
"""A ligature ("tt", "ti") comes out of Carlito without the text behind it: nobody could search or copy such words."""
TEXT_STYLE = "pre{font:10pt/1.3 monospace;white-space:pre-wrap;overflow-wrap:anywhere;tab-size:8;margin:0}"
PROSE_STYLE = (
    "body{font:11pt/1.4 Calibri,sans-serif}code,pre{font-family:monospace;font-size:90%}pre{white-space:pre-wrap;"
    "background:#f4f4f4;padding:6pt}table{border-collapse:collapse}th,td{border:.5pt solid #999;padding:2pt 6pt}"
    "blockquote{margin-left:0;padding-left:10pt;border-left:2pt solid #bbb}img{max-width:100%}"
)


class _NoFetcher(plutoprint.ResourceFetcher):
    """Answers every address a document names with nothing."""

    def fetch_url(self, _url: str) -> plutoprint.ResourceData:
        """Return an empty resource, whatever is asked for."""
        return plutoprint.ResourceData(b"", "text/plain")


def page_size(name: str) -> plutoprint.PageSize:
    """Return the size that a `PageSize` value names."""
    size: plutoprint.PageSize = getattr(plutoprint, f"PAGE_SIZE_{name.upper()}")
    return size


def new_book(job: Job) -> plutoprint.Book:
    """Return an empty book with the paper that the job asks for, unable to fetch anything."""
    size = page_size(job.text("PageSize") or "a4")
    size = size.landscape() if job.text("PageOrientation") == "landscape" else size.portrait()
    margins = (job.number(f"Margin{side}", 10) * plutoprint.UNITS_MM for side in ("Top", "Right", "Bottom", "Left"))
    book = plutoprint.Book(size, plutoprint.PageMargins(*margins))
    book.custom_resource_fetcher = _NoFetcher()
    return book


def _without_nul(markup: str) -> str:
    """Return what HTML makes of a NUL, which the engine takes for no text at all."""
    return markup.replace("\0", "\ufffd")


def write_pdf(job: Job, markup: str, style: str = "", source: int = 0) -> Path:
    """Lay `markup` out as the next result and return its path. Raises ConversionError."""
    book, path = new_book(job), job.outputs.new_file("pdf", source)
    with reported_as(ErrorCode.FAILED, "The page could not be laid out", plutoprint.Error):
        book.load_html(_without_nul(markup), user_style=style + _PLAIN_LETTERS)
        book.write_to_pdf(path)
    return path


def html_to_pdf(job: Job) -> None:
    """Lay out each HTML page."""
    for number, path in job.each_source():
        write_pdf(job, read_markup(path), source=number)


def text_to_pdf(job: Job) -> None:
    """Set each text in a fixed-width font."""
    for number, path in job.each_source():
        text = decode_text(path.read_bytes())
        result = write_pdf(job, f"<pre>{html.escape(text)}</pre>", TEXT_STYLE, number)
        check_text_kept(count_words([text]), result)


def render_markdown(path: Path) -> str:
    """Return the HTML body of a Markdown file; YAML front matter is left out."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - the other pages need none

    text = decode_text(path.read_bytes()).replace("\r\n", "\n")
    renderer = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return str(renderer.render(_FRONT_MATTER.sub("", text)))


def markdown_to_pdf(job: Job) -> None:
    """Lay out each Markdown text."""
    for number, path in job.each_source():
        write_pdf(job, render_markdown(path), PROSE_STYLE, number)


def markdown_to_html(job: Job) -> None:
    """Render each Markdown text as a page of its own."""
    for number, path in job.each_source():
        title = html.escape(path.stem)
        job.outputs.new_file("html", number).write_text(
            f'<!doctype html>\n<html><head><meta charset="utf-8"><title>{title}</title></head>\n'
            f"<body>\n{render_markdown(path)}</body></html>\n",
            encoding="utf-8",
        )


def check_drawing(content: bytes) -> None:
    """Make sure that an SVG can be read: inside a page it would leave an empty place. Raises ConversionError."""
    with reported_as(ErrorCode.DAMAGED, "The drawing could not be read", plutoprint.Error):
        book = plutoprint.Book()
        book.custom_resource_fetcher = _NoFetcher()
        book.load_image(content, "image/svg+xml")


def write_sized_pdf(markup: str, style: str, paper: tuple[float, float], path: Path) -> None:
    """Lay `markup` out on paper of this width and height in points, without margins. Raises ConversionError."""
    book = plutoprint.Book(plutoprint.PageSize(*paper), plutoprint.PAGE_MARGINS_NONE)
    book.custom_resource_fetcher = _NoFetcher()
    with reported_as(ErrorCode.FAILED, "The drawing could not be laid out", plutoprint.Error):
        book.load_html(markup, user_style=style + _PLAIN_LETTERS)
        book.write_to_pdf(path)


def html_to_image(job: Job) -> None:
    """Draw each HTML page as a screen shows it, at its full height."""
    from watchconvert.localapi.engines.images import save_scaled  # noqa: PLC0415 - PDF needs no Pillow

    for number, path in job.each_source():
        book = plutoprint.Book(plutoprint.PAGE_SIZE_LEDGER, plutoprint.PAGE_MARGINS_NONE, plutoprint.MEDIA_TYPE_SCREEN)
        book.custom_resource_fetcher = _NoFetcher()
        picture = job.outputs.folder / "shot"
        with reported_as(ErrorCode.FAILED, "The page could not be laid out", plutoprint.Error):
            book.load_html(_without_nul(read_markup(path)))
            if max(book.get_document_width(), book.get_document_height()) > _LARGEST_PICTURE:
                raise ConversionError(ErrorCode.FAILED, "The page is too large for one picture.")
            book.write_to_png(picture)
        save_scaled(job, picture, job.outputs.new_file(job.target, number))
        picture.unlink()
