"""Reads results with libraries of their kind."""

from pathlib import Path

import pikepdf
import pypdfium2


def pdf_text(path: Path) -> str:
    with pypdfium2.PdfDocument(path) as document:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    return "\n".join(pages)


def pdf_widths(path: Path, password: str = "") -> list[int]:
    with pikepdf.open(path, password=password) as pdf:
        return [round(float(page.mediabox[2] - page.mediabox[0])) for page in pdf.pages]
