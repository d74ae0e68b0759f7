"""OpenDocument texts without LibreOffice: their text, lists and tables, laid out as plain pages."""

import html
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from watchconvert.localapi.engines.checks import check_package, check_text_kept, count_words, parse_xml, read_part
from watchconvert.localapi.engines.interface import ConversionError, ErrorCode
from watchconvert.localapi.engines.job import Job
from watchconvert.localapi.engines.pages import PROSE_STYLE, write_pdf

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_BLOCKS = {
    f"{_TEXT}p": "p",
    f"{_TEXT}list": "ul",
    f"{_TEXT}list-item": "li",
    f"{_TABLE}table": "table",
    f"{_TABLE}table-row": "tr",
    f"{_TABLE}table-cell": "td",
}
_SKIPPED = frozenset({f"{_TEXT}tracked-changes", f"{_OFFICE}annotation", f"{_TEXT}sequence-decls"})
_SPACES = {f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n", f"{_TEXT}soft-page-break": ""}
_MOST_SPACES = 1000
_DEEPEST_HEADING = 6


def odt_to_pdf(job: Job) -> None:
    """Lay out what each text says, and make sure that it is in the result."""
    for number, path in job.each_source():
        check_package(path)
        body = _find_body(path)
        markup = "".join(_markup(body))
        result = write_pdf(job, markup, PROSE_STYLE + "p{white-space:pre-wrap;margin:0 0 6pt}", number)
        check_text_kept(count_words(body.itertext()), result)


def _find_body(path: Path) -> Element:
    if b"manifest:encryption-data" in read_part(path, "META-INF/manifest.xml"):
        raise ConversionError(ErrorCode.PASSWORD_PROTECTED, "The document is protected by a password.")
    body = parse_xml(read_part(path, "content.xml")).find(f"{_OFFICE}body/{_OFFICE}text")
    if body is None:
        raise ConversionError(ErrorCode.DAMAGED, "The document is damaged: it has no text body.")
    return body


def _markup(node: Element) -> Iterator[str]:
    """Yield the HTML of a node and all below it, without recursion: documents may nest as deep as they like."""
    yield html.escape(node.text or "")
    pending: list[Element | str] = list(reversed(node))
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            yield item
            continue
        pending.append(html.escape(item.tail or ""))
        if item.tag not in _SKIPPED:
            opening, closing = _tags(item)
            yield opening + html.escape(item.text or "")
            pending += [closing, *reversed(item)]


def _tags(node: Element) -> tuple[str, str]:
    if node.tag == f"{_TEXT}s":
        return " " * min(int(node.get(f"{_TEXT}c", "1")), _MOST_SPACES), ""
    if node.tag in _SPACES:
        return _SPACES[node.tag], ""
    name = _BLOCKS.get(node.tag, "span")
    if node.tag == f"{_TEXT}h":
        level = int(node.get(f"{_TEXT}outline-level", "1"))
        name = f"h{min(max(level, 1), _DEEPEST_HEADING)}"
    return f"<{name}>", f"</{name}>"
