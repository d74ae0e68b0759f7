"""One call for a whole conversion, and sample documents written by libraries of their kind."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import docx
import openpyxl
import pikepdf
import pytest
from PIL import Image

from watchconvert.localapi.engines import Request, Result, Source, convert


class Convert(Protocol):
    def __call__(
        self, source: str, target: str, *paths: Path, timeout: float = 60, **parameters: str
    ) -> list[Result]: ...


@pytest.fixture
def run(tmp_path: Path) -> Convert:
    folder = tmp_path / "results"
    folder.mkdir()

    def call(source: str, target: str, *paths: Path, timeout: float = 60, **parameters: str) -> list[Result]:
        sources = tuple(Source(path, path.name) for path in paths)
        try:
            return asyncio.run(convert(Request(source, target, sources, parameters, timeout), folder))
        finally:
            assert [path for path in folder.iterdir() if path.is_dir()] == [], "the job's folder was left behind"

    return call


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    def call(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return call


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    document = docx.Document()
    document.add_heading("Quarterly letter", 1)
    document.add_paragraph("Dear customer, the timber is ready for collection.")
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Oak beams", "1250"
    path = tmp_path / "letter.docx"
    document.save(path)
    return path


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "Sales"
    for row in (["Region", "Amount"], ["North", 1200], ["Zoë", 3.5]):
        book.active.append(row)
    book.create_sheet("Notes").append(["second sheet"])
    hidden = book.create_sheet("Hidden")
    hidden.append(["secret"])
    hidden.sheet_state = "hidden"
    path = tmp_path / "sales.xlsx"
    book.save(path)
    return path


@pytest.fixture
def three_pages(tmp_path: Path) -> Path:
    """Pages of 100, 200 and 300 points width, told apart by it."""
    path = tmp_path / "three.pdf"
    with pikepdf.new() as pdf:
        for width in (100, 200, 300):
            pdf.add_blank_page(page_size=(width, 400))
        pdf.save(path)
    return path


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    image = Image.new("RGBA", (60, 40), (255, 0, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, 30, 40))
    image.save(path)
    return path
