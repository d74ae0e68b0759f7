"""PDF files: to pictures and text with pdfium, and rearranged with qpdf."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pikepdf

from watchconvert.localapi.engines.interface import ConversionError, ErrorCode, ParameterError
from watchconvert.localapi.engines.job import Job, reported_as
from watchconvert.localapi.engines.parameters import select_pages

_MOST_PIXELS = 170_000_000
_POINTS_PER_INCH = 72


@contextmanager
def opened_pdf(path: Path, password: str = "") -> Iterator[pikepdf.Pdf]:
    """Open a PDF. Raises ConversionError: password protected, wrong password, damaged."""
    with reported_as(ErrorCode.DAMAGED, "The PDF is damaged", pikepdf.PdfError):
        try:
            pdf = pikepdf.open(path, password=password)
        except pikepdf.PasswordError as error:
            raise password_error(password) from error
        with pdf:
            if not len(pdf.pages):
                raise ConversionError(ErrorCode.DAMAGED, "The PDF is damaged: it has no pages.")
            yield pdf


def password_error(password: str) -> ConversionError:
    """Return the error for a PDF that `password` does not open."""
    if password:
        return ConversionError(ErrorCode.INVALID_PASSWORD, "The password does not open the PDF.")
    return ConversionError(ErrorCode.PASSWORD_PROTECTED, "The PDF is protected by a password.")


@contextmanager
def rendered_pdf(path: Path, password: str = "") -> Iterator[Any]:
    """Open a PDF with pdfium after qpdf has found it readable. Raises ConversionError."""
    import pypdfium2  # noqa: PLC0415 - rearranging needs none

    with opened_pdf(path, password):
        pass
    with reported_as(ErrorCode.DAMAGED, "The PDF is damaged", pypdfium2.PdfiumError):
        document = pypdfium2.PdfDocument(path, password=password or None)
        try:
            yield document
        finally:
            document.close()


def pdf_to_images(job: Job) -> None:
    """Render the chosen pages of each PDF, one picture a page."""
    for number, path in job.each_source():
        with rendered_pdf(path, job.text("Password")) as document:
            for index in select_pages(job.text("PageRange"), len(document)):
                _render_page(job, document[index], number)


def _render_page(job: Job, page: Any, number: int) -> None:
    from watchconvert.localapi.engines import images  # noqa: PLC0415 - rearranging needs no Pillow

    scale = job.number("ImageResolution", 200) / _POINTS_PER_INCH
    width, height = page.get_size()
    if width * height * scale * scale > _MOST_PIXELS:
        raise ConversionError(ErrorCode.FAILED, "A page is too large for this resolution.")
    picture = page.render(scale=scale).to_pil()
    images.save_picture(job, picture, job.outputs.new_file(job.target, number))


def pdf_to_text(job: Job) -> None:
    """Take the text out of each PDF, a form feed between pages."""
    for number, path in job.each_source():
        with rendered_pdf(path, job.text("Password")) as document:
            chosen = select_pages(job.text("PageRange"), len(document))
            pages = [document[index].get_textpage().get_text_bounded().replace("\r\n", "\n") for index in chosen]
        if not any(page.strip() for page in pages):
            raise ConversionError(ErrorCode.NOTHING_TO_EXTRACT, "The PDF holds no text; its pages may be scanned.")
        job.outputs.new_file("txt", number).write_text("\n\f".join(pages) + "\n", encoding="utf-8")


def merge_files(job: Job) -> None:
    """Put the pages of all sources into one PDF, in the order given."""
    with pikepdf.new() as merged:
        for _, path in job.each_source():
            with opened_pdf(path, job.text("Password")) as pdf:
                merged.pages.extend(pdf.pages)
        merged.save(job.outputs.new_file("pdf"))


def split_pages(job: Job) -> None:
    """Write each chosen page of each PDF to a file of its own."""
    for number, path in job.each_source():
        with opened_pdf(path, job.text("Password")) as pdf:
            for index in select_pages(job.text("PageRange"), len(pdf.pages)):
                with pikepdf.new() as single:
                    single.pages.append(pdf.pages[index])
                    single.save(job.outputs.new_file("pdf", number))


def rotate_pages(job: Job) -> None:
    """Turn the chosen pages clockwise."""
    for number, path in job.each_source():
        with opened_pdf(path, job.text("Password")) as pdf:
            for index in select_pages(job.text("PageRange"), len(pdf.pages)):
                pdf.pages[index].rotate(int(job.text("RotatePage") or "90"), relative=True)
            pdf.save(job.outputs.new_file("pdf", number))


def protect_file(job: Job) -> None:
    """Encrypt with AES-256; without an owner password nobody gets more rights than the user password gives."""
    user, owner = job.text("UserPassword"), job.text("OwnerPassword")
    if not user and not owner:
        raise ParameterError("UserPassword", "UserPassword or OwnerPassword is required.")
    encryption = pikepdf.Encryption(user=user, owner=owner or secrets.token_urlsafe(24), R=6)
    for number, path in job.each_source():
        with opened_pdf(path, job.text("Password")) as pdf:
            pdf.save(job.outputs.new_file("pdf", number), encryption=encryption)


def compress_file(job: Job) -> None:
    """Pack streams and objects as tightly as goes without loss; a result that grew is replaced by the original."""
    for number, path in job.each_source():
        result = job.outputs.new_file("pdf", number)
        with opened_pdf(path, job.text("Password")) as pdf:
            pdf.remove_unreferenced_resources()
            packed = {"compress_streams": True, "recompress_flate": True}
            pdf.save(result, object_stream_mode=pikepdf.ObjectStreamMode.generate, **packed)
            encrypted = pdf.is_encrypted
        if not encrypted and result.stat().st_size > path.stat().st_size:
            result.write_bytes(path.read_bytes())


def trim_results(job: Job) -> None:
    """Keep only the pages of PageRange in PDF results that were made whole."""
    for path, _ in job.outputs.files:
        with opened_pdf(path) as pdf, pikepdf.new() as kept:
            kept.pages.extend(pdf.pages[index] for index in select_pages(job.text("PageRange"), len(pdf.pages)))
            kept.save(path.with_suffix(".trimmed"))
        path.with_suffix(".trimmed").replace(path)
