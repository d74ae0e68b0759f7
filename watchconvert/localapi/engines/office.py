"""Word and PowerPoint files: to PDF with office2pdf, to HTML and text with mammoth."""

import re
from pathlib import Path

from watchconvert.localapi.engines.checks import check_package, check_text_kept, count_words, part_texts
from watchconvert.localapi.engines.fonts import FONT_FOLDER
from watchconvert.localapi.engines.interface import ConversionError, ErrorCode
from watchconvert.localapi.engines.job import Job, reported_as

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}t"
_BODY = {"docx": (re.compile(r"word/document\d*\.xml"), _W), "pptx": (re.compile(r"ppt/slides/slide\d+\.xml"), _A)}
_UNSAFE_LINK = re.compile(r'(href|src)="(?!https?:|mailto:|#|data:image/)[^"]*"', re.IGNORECASE)


def office_to_pdf(job: Job) -> None:
    """Lay out each document, and make sure that its text is in the result."""
    for number, path in job.each_source():
        check_package(path)
        result = job.outputs.new_file("pdf", number)
        result.write_bytes(_lay_out(path))
        check_text_kept(count_words(part_texts(path, *_BODY[job.source_formats[number]])), result)


def _lay_out(path: Path) -> bytes:
    import office2pdf  # noqa: PLC0415 - the other conversions need none

    options = office2pdf.ConvertOptions(font_paths=[FONT_FOLDER], include_warnings=False, xlsx_ui_script="latin")
    try:
        return bytes(office2pdf.convert_path(path, options).pdf)
    except office2pdf.UnsupportedEncryptionError as error:
        raise ConversionError(ErrorCode.PASSWORD_PROTECTED, "The document is protected by a password.") from error
    except (office2pdf.Office2PdfParseError, office2pdf.UnsupportedFormatError) as error:
        raise ConversionError(ErrorCode.DAMAGED, f"The document is damaged: {error}") from error
    except office2pdf.Office2PdfError as error:
        raise ConversionError(ErrorCode.FAILED, f"The document could not be laid out: {error}") from error


def docx_to_html(job: Job) -> None:
    """Write the structure of each document as HTML; links lead to the web, mail or the page itself."""
    import mammoth  # noqa: PLC0415 - the other conversions need none

    for number, path in job.each_source():
        check_package(path)
        with path.open("rb") as file, reported_as(ErrorCode.DAMAGED, "The document is damaged", Exception):
            body = _UNSAFE_LINK.sub(r'\1=""', mammoth.convert_to_html(file).value)
        page = f'<!doctype html>\n<html><head><meta charset="utf-8"></head>\n<body>\n{body}\n</body></html>\n'
        job.outputs.new_file("html", number).write_text(page, encoding="utf-8")


def docx_to_text(job: Job) -> None:
    """Write the text of each document, an empty line between paragraphs."""
    import mammoth  # noqa: PLC0415 - the other conversions need none

    for number, path in job.each_source():
        check_package(path)
        with path.open("rb") as file, reported_as(ErrorCode.DAMAGED, "The document is damaged", Exception):
            text = mammoth.extract_raw_text(file).value.strip()
        if not text:
            raise ConversionError(ErrorCode.NOTHING_TO_EXTRACT, "The document holds no text.")
        job.outputs.new_file("txt", number).write_text(text + "\n", encoding="utf-8")
