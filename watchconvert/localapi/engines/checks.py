"""Checks on documents before and after an engine has had them: archive bombs, lost text, entity declarations."""

import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, fromstring

from watchconvert.localapi.engines.interface import ConversionError, ErrorCode
from watchconvert.localapi.engines.job import reported_as

LARGEST_UNPACKED = 512 << 20
LARGEST_PART = 256 << 20
HIGHEST_RATIO = 200
RATIO_MATTERS_FROM = 16 << 20
MOST_ENTRIES = 20_000
# A page break or a ligature may split a word; a page of lost text loses them all.
LEAST_SHARE_OF_WORDS = 0.3
FEWEST_WORDS = 3
_OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
_WORD = re.compile(r"\w+")


def check_package(path: Path) -> None:
    """Look at a zipped document before any engine unpacks it.

    Raises ConversionError: damaged, encrypted (a protected OOXML file is an OLE container), or unpacking to more
    than a document has reason to.
    """
    with path.open("rb") as file:
        if file.read(len(_OLE_MAGIC)) == _OLE_MAGIC:
            raise ConversionError(ErrorCode.PASSWORD_PROTECTED, "The document is protected by a password.")
    with _opened(path) as package:
        entries = package.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    if any(entry.flag_bits & 1 for entry in entries):
        raise ConversionError(ErrorCode.PASSWORD_PROTECTED, "The document is protected by a password.")
    dense = unpacked > RATIO_MATTERS_FROM and unpacked / packed > HIGHEST_RATIO
    if dense or unpacked > LARGEST_UNPACKED or len(entries) > MOST_ENTRIES:
        raise ConversionError(ErrorCode.FAILED, "The document unpacks to far more than a document should.")


def _opened(path: Path) -> zipfile.ZipFile:
    with reported_as(ErrorCode.DAMAGED, "The document is damaged or incomplete", zipfile.BadZipFile):
        return zipfile.ZipFile(path)


def read_part(path: Path, name: str) -> bytes:
    """Return one part of a zipped document. Raises ConversionError when it is missing, damaged or too large."""
    with (
        reported_as(ErrorCode.DAMAGED, "The document is damaged", KeyError, zipfile.BadZipFile, ValueError, EOFError),
        _opened(path) as package,
        package.open(name) as part,
    ):
        content = part.read(LARGEST_PART + 1)
    if len(content) > LARGEST_PART:
        raise ConversionError(ErrorCode.FAILED, "The document unpacks to far more than a document should.")
    return content


def parse_xml(content: bytes) -> Element:
    """Parse one XML part. Documents declare no types; one that does is refused before its entities are read."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise ConversionError(ErrorCode.DAMAGED, "The document declares XML entities, which no office program writes.")
    with reported_as(ErrorCode.DAMAGED, "The document is damaged", ParseError):
        return fromstring(content)  # noqa: S314 - declarations were refused above


def part_texts(path: Path, parts: re.Pattern[str], tag: str) -> Iterator[str]:
    """Yield the text of every element whose name ends with `tag` in the parts whose names match."""
    with _opened(path) as package:
        names = [name for name in package.namelist() if parts.fullmatch(name)]
    for name in names:
        yield from (node.text for node in parse_xml(read_part(path, name)).iter(tag) if node.text)


def count_words(texts: Iterable[str]) -> Counter[str]:
    """Count words of two letters or digits and more, without regard to case."""
    return Counter(word for text in texts for word in _WORD.findall(text.lower()) if len(word) > 1)


def check_text_kept(expected: Counter[str], result: Path) -> None:
    """Make sure that the words of a document are in the PDF made of it. Raises ConversionError.

    Engines were seen to write blank pages and report success: without fonts, and for some workbooks.
    """
    total = expected.total()
    if total < FEWEST_WORDS:
        return
    found = (expected & count_words(_pdf_texts(result))).total()
    if found / total < LEAST_SHARE_OF_WORDS:
        message = f"Most of the text was lost: only {found} of {total} words are in the result."
        raise ConversionError(ErrorCode.FAILED, message)


def _pdf_texts(path: Path) -> Iterator[str]:
    import pypdfium2  # noqa: PLC0415 - only what makes a PDF needs it

    document = pypdfium2.PdfDocument(path)
    try:
        for page in document:
            yield page.get_textpage().get_text_bounded()
    finally:
        document.close()
