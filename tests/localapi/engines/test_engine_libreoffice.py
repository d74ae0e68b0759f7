import socket
import zipfile

import docx
import pytest
from engine_reading import pdf_text, pdf_widths

from watchconvert.localapi.engines import ConversionError
from watchconvert.localapi.engines.catalog import libreoffice_program

pytestmark = pytest.mark.skipif(
    not libreoffice_program(),
    reason="LibreOffice is not installed: apt install libreoffice-{writer,calc,impress}-nogui",
)


def test_old_and_new_documents_become_pdf_and_each_other(run, letter, write):
    (odt,) = run("docx", "odt", letter)
    for source, path in (("docx", letter), ("odt", odt.path)):
        assert "ready for collection" in pdf_text(run(source, "pdf", path)[0].path)
    rtf = write("old.rtf", r"{\rtf1\ansi Dear old customer, take the beams.}")
    (result,) = run("rtf", "docx", rtf)
    assert result.name == "old.docx"
    assert docx.Document(result.path).paragraphs[0].text == "Dear old customer, take the beams."


def test_old_document_becomes_text_in_utf8(run, write):
    rtf = write("old.rtf", r"{\rtf1\ansi Gr\'fc\'dfe}")
    assert "Grüße" in run("rtf", "txt", rtf)[0].path.read_text(encoding="utf-8-sig")


def test_workbook_becomes_pdf(run, workbook):
    assert "second sheet" in pdf_text(run("xlsx", "pdf", workbook)[0].path)


def test_page_range_and_pictures_work_too(run, write):
    rtf = write("two.rtf", r"{\rtf1 first\page second}")
    (result,) = run("rtf", "pdf", rtf, PageRange="2")
    assert len(pdf_widths(result.path)) == 1
    assert "second" in pdf_text(result.path)
    assert [picture.name for picture in run("rtf", "png", rtf)] == ["two.png", "two-2.png"]


@pytest.mark.parametrize("content", [b"PK\x03\x04 cut", b""])
def test_damaged_document_is_reported_although_the_program_ends_well(run, write, content):
    with pytest.raises(ConversionError) as caught:
        run("docx", "pdf", write("bad.docx", content))
    assert caught.value.code == 5002


def test_linked_picture_is_not_fetched(run, letter, tmp_path):
    linked = tmp_path / "linked.docx"
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x.png"
        with zipfile.ZipFile(letter) as old, zipfile.ZipFile(linked, "w") as new:
            for name in old.namelist():
                content = old.read(name)
                if name == "word/document.xml":
                    field = f'<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>INCLUDEPICTURE "{address}" \\d</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
                    content = content.replace(b"<w:body>", b"<w:body>" + field.encode())
                new.writestr(name, content)
        assert "ready for collection" in pdf_text(run("docx", "pdf", linked)[0].path)
        with pytest.raises(TimeoutError):
            server.accept()
