"""Workbooks and comma separated values: to each other, and to PDF as plain tables."""

import csv
import html
import mimetypes
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from watchconvert.localapi.engines.checks import check_package, check_text_kept, count_words
from watchconvert.localapi.engines.interface import ConversionError, ErrorCode
from watchconvert.localapi.engines.job import Job, reported_as

# Laying out a million cells was measured at 145 s and 2.2 GB; this many take about ten seconds.
MOST_CELLS = 100_000
_DELIMITERS = ",;\t|"
_SNIFFED = 8192
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?")
_LONGEST_CELL = 32_767
_MOST_ROWS = 1_048_576
_STYLE = (
    "body{font:8pt Calibri,sans-serif}table{border-collapse:collapse}td{border:.5pt solid #bbb;padding:1pt 4pt;"
    "white-space:pre-wrap;vertical-align:top}h2{break-before:page;font-size:11pt}h2:first-of-type{break-before:auto}"
)


def _visible_sheets(path: Path) -> Iterator[tuple[str, Iterable[Sequence[Any]]]]:
    """Yield name and rows of every visible sheet. Raises ConversionError: damaged, protected, no sheet."""
    import python_calamine as calamine  # noqa: PLC0415 - comma separated values need none

    if zipfile.is_zipfile(path):
        check_package(path)
    try:
        with reported_as(ErrorCode.DAMAGED, "The workbook is damaged", calamine.CalamineError, OSError, ValueError):
            workbook = calamine.CalamineWorkbook.from_path(str(path))
            for sheet in workbook.sheets_metadata:
                if sheet.typ == calamine.SheetTypeEnum.WorkSheet and sheet.visible == calamine.SheetVisibleEnum.Visible:
                    yield sheet.name, workbook.get_sheet_by_name(sheet.name).iter_rows()
    except calamine.PasswordError as error:
        raise ConversionError(ErrorCode.PASSWORD_PROTECTED, "The workbook is protected by a password.") from error


def cell_text(value: object) -> str:
    """Return what a cell shows, without its number format: whole numbers as such."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def workbook_to_pdf(job: Job) -> None:
    """Lay out all visible sheets of each workbook as tables, each from a new page on."""
    for number, path in job.each_source():
        sheets = [(name, [list(map(cell_text, row)) for row in rows]) for name, rows in _counted_sheets(path)]
        _write_tables(job, sheets, number)


def _counted_sheets(path: Path) -> Iterator[tuple[str, Iterator[Sequence[Any]]]]:
    cells = 0

    def counted(rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        nonlocal cells
        for row in rows:
            cells += len(row)
            _check_cells(cells)
            yield row

    for name, rows in _visible_sheets(path):
        yield name, counted(rows)


def _check_cells(count: int) -> None:
    if count > MOST_CELLS:
        message = f"The table has more than {MOST_CELLS} cells, more than can be laid out as pages."
        raise ConversionError(ErrorCode.FAILED, message)


def _write_tables(job: Job, sheets: Sequence[tuple[str, list[list[str]]]], number: int) -> None:
    from watchconvert.localapi.engines.pages import write_pdf  # noqa: PLC0415 - the other conversions draw nothing

    parts: list[str] = []
    for name, rows in sheets:
        title = f"<h2>{html.escape(name)}</h2>" if name else ""
        body = "".join(f"<tr>{''.join(f'<td>{html.escape(text)}</td>' for text in row)}</tr>" for row in rows)
        parts.append(f"{title}<table>{body}</table>")
    result = write_pdf(job, "".join(parts), _STYLE, number)
    check_text_kept(count_words(text for _, rows in sheets for row in rows for text in row), result)


def workbook_to_csv(job: Job) -> None:
    """Write each visible sheet of each workbook as UTF-8 values separated by commas; empty sheets are left out."""
    for number, path in job.each_source():
        for _, rows in _visible_sheets(path):
            table = [list(map(cell_text, row)) for row in rows]
            if any(any(row) for row in table):
                with job.outputs.new_file("csv", number).open("w", encoding="utf-8", newline="") as file:
                    csv.writer(file).writerows(table)
    if not job.outputs.files:
        raise ConversionError(ErrorCode.NOTHING_TO_EXTRACT, "The workbook holds no values.")


def _read_csv(path: Path) -> list[list[str]]:
    from watchconvert.localapi.engines.texts import decode_text  # noqa: PLC0415 - workbooks need none

    text = decode_text(path.read_bytes())
    csv.field_size_limit(1 << 24)
    with reported_as(ErrorCode.DAMAGED, "The values could not be read", csv.Error):
        return list(csv.reader(text.splitlines(keepends=True), delimiter=_find_delimiter(text)))


def _find_delimiter(text: str) -> str:
    try:
        return csv.Sniffer().sniff(text[:_SNIFFED], _DELIMITERS).delimiter
    except csv.Error:
        return ","


def csv_to_pdf(job: Job) -> None:
    """Lay out each file as one table."""
    for number, path in job.each_source():
        rows = _read_csv(path)
        _check_cells(sum(map(len, rows)))
        _write_tables(job, [("", rows)], number)


def csv_to_xlsx(job: Job) -> None:
    """Write each file as a workbook of one sheet; plain numbers become numbers and all else stays text."""
    # openpyxl looks types up in this machine's tables, which a confined process cannot read
    mimetypes.knownfiles.clear()
    import openpyxl  # noqa: PLC0415 - the other conversions need none

    for number, path in job.each_source():
        rows = _read_csv(path)
        if len(rows) > _MOST_ROWS:
            raise ConversionError(ErrorCode.FAILED, f"A sheet holds no more than {_MOST_ROWS} rows.")
        workbook = openpyxl.Workbook(write_only=True)
        sheet = workbook.create_sheet("Sheet1")
        for row in rows:
            sheet.append([_typed_cell(sheet, text) for text in row])
        workbook.save(job.outputs.new_file("xlsx", number))


def _typed_cell(sheet: Any, text: str) -> Any:
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - see csv_to_xlsx
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # noqa: PLC0415 - see csv_to_xlsx

    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text)[:_LONGEST_CELL])
    if text[:1] in {"=", "+", "-", "@"}:
        # told to be text, and kept so when somebody edits the cell
        cell.data_type, cell.quotePrefix = "s", True
    return cell
