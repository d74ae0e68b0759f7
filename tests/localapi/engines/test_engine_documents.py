import csv
import zipfile
from pathlib import Path

import docx
import openpyxl
import pikepdf
import pptx
import pytest
from engine_reading import pdf_text, pdf_widths
from odf.opendocument import OpenDocumentText
from odf.table import Table, TableCell, TableRow
from odf.text import H, P

from watchconvert.localapi.engines import ConversionError, ParameterError


def test_word_document_becomes_pdf_with_its_text(run, letter):
    (result,) = run("docx", "pdf", letter)
    assert result.name == "letter.pdf"
    text = pdf_text(result.path)
    assert all(words in text for words in ("Quarterly letter", "ready for collection", "Oak beams", "1250"))


def test_slides_become_one_page_each(run, tmp_path):
    deck = pptx.Presentation()
    for title in ("First slide here", "Second slide here"):
        deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = title
    path = tmp_path / "deck.pptx"
    deck.save(path)
    (result,) = run("pptx", "pdf", path)
    assert len(pdf_widths(result.path)) == 2
    assert "Second slide here" in pdf_text(result.path)


def test_opendocument_text_keeps_paragraphs_spaces_and_tables(run, tmp_path):
    document = OpenDocumentText()
    document.text.addElement(H(outlinelevel=1, text="Delivery note"))
    document.text.addElement(P(text="Twelve <oak> beams & nails"))
    table, row, cell = Table(), TableRow(), TableCell()
    cell.addElement(P(text="Pallet"))
    row.addElement(cell)
    table.addElement(row)
    document.text.addElement(table)
    path = tmp_path / "note.odt"
    document.save(str(path))
    text = pdf_text(run("odt", "pdf", path)[0].path)
    assert "Delivery note" in text
    assert "Twelve <oak> beams & nails" in text
    assert "Pallet" in text


def test_word_document_becomes_html_and_text(run, letter):
    page = run("docx", "html", letter)[0].path.read_text(encoding="utf-8")
    assert "<h1>Quarterly letter</h1>" in page
    assert "ready for collection" in run("docx", "txt", letter)[0].path.read_text(encoding="utf-8")


def test_html_of_a_word_document_has_no_script_links(run, tmp_path):
    document = docx.Document()
    part = document.part
    paragraph = document.add_paragraph("see ")
    link = part.relate_to(
        "javascript:alert(1)",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink",
        is_external=True,
    )
    hyperlink = docx.oxml.OxmlElement("w:hyperlink")
    hyperlink.set(docx.oxml.ns.qn("r:id"), link)
    run_element = docx.oxml.OxmlElement("w:r")
    text = docx.oxml.OxmlElement("w:t")
    text.text = "this"
    run_element.append(text)
    hyperlink.append(run_element)
    paragraph._p.append(hyperlink)
    path = tmp_path / "link.docx"
    document.save(path)
    page = run("docx", "html", path)[0].path.read_text(encoding="utf-8")
    assert "this" in page
    assert "javascript" not in page


def test_comparison_marks_what_was_taken_out_and_put_in(run, letter, tmp_path):
    changed = docx.Document(letter)
    changed.paragraphs[1].text = "Dear customer, the timber is late."
    other = tmp_path / "other.docx"
    changed.save(other)
    (result,) = run("docx", "compare", letter, other)
    assert result.name == "letter.docx"
    body = docx.Document(result.path).element.body
    assert [node.text for node in body.iter(docx.oxml.ns.qn("w:delText"))] == [
        "Dear customer, the timber is ready for collection."
    ]
    inserted = [node for mark in body.iter(docx.oxml.ns.qn("w:ins")) for node in mark.iter(docx.oxml.ns.qn("w:t"))]
    assert [node.text for node in inserted] == ["Dear customer, the timber is late."]


def test_comparison_needs_a_second_document(run, letter):
    with pytest.raises(ParameterError) as caught:
        run("docx", "compare", letter)
    assert caught.value.name == "CompareFile"


def test_workbook_becomes_pdf_of_its_visible_sheets(run, workbook):
    text = pdf_text(run("xlsx", "pdf", workbook)[0].path)
    assert "Region" in text
    assert "1200" in text
    assert "1200.0" not in text
    assert "second sheet" in text
    assert "secret" not in text


def test_workbook_becomes_one_csv_for_each_visible_sheet(run, workbook):
    first, second = run("xlsx", "csv", workbook)
    assert (first.name, second.name) == ("sales.csv", "sales-2.csv")
    with first.path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["Region", "Amount"], ["North", "1200"], ["Zoë", "3.5"]]


def test_csv_becomes_workbook_without_formulas(run, write):
    path = write("list.csv", "code;amount\n007;12\n=1+1;-2.5\n@SUM(A1);=HYPERLINK(1)\n")
    (result,) = run("csv", "xlsx", path)
    cells = list(openpyxl.load_workbook(result.path).active.iter_rows())
    assert [[cell.value for cell in row] for row in cells] == [
        ["code", "amount"], ["007", 12], ["=1+1", -2.5], ["@SUM(A1)", "=HYPERLINK(1)"],
    ]  # fmt: skip
    assert {cell.data_type for row in cells for cell in row} == {"s", "n"}
    assert b"<f>" not in zipfile.ZipFile(result.path).read("xl/worksheets/sheet1.xml")


def test_csv_becomes_pdf(run, write):
    assert "Zoë" in pdf_text(run("csv", "pdf", write("a.csv", "Name,Town\nZoë,Ribe\n"))[0].path)


def test_too_many_cells_are_refused_for_pages(run, write):
    with pytest.raises(ConversionError, match="cells") as caught:
        run("csv", "pdf", write("big.csv", "1,2,3,4,5,6,7,8,9,0\n" * 10_001))
    assert caught.value.code == 5001


@pytest.mark.parametrize(
    ("encoding", "text"), [("utf-8", "Grüße, Zażółć"), ("cp1252", "Grüße €"), ("utf-16", "Привет")]
)
def test_text_becomes_pdf_whatever_its_encoding(run, write, encoding, text):
    (result,) = run("txt", "pdf", write("note.TXT", text.encode(encoding)))
    assert text in pdf_text(result.path)
    assert result.name == "note.pdf"


def test_markdown_becomes_pdf_and_html(run, write):
    path = write("read.md", "---\ntitle: front matter\n---\n# Heading\n\n| Item | Qty |\n|---|---|\n| Oak | 4 |\n")
    text = pdf_text(run("markdown", "pdf", path)[0].path)
    assert "Heading" in text
    assert "front matter" not in text
    page = run("md", "html", path)[0].path.read_text(encoding="utf-8")
    assert "<td>Oak</td>" in page


def test_html_becomes_pdf_on_the_paper_asked_for(run, write):
    path = write("page.htm", "<h1>Invoice</h1>")
    (result,) = run("html", "pdf", path, PageSize="A5", PageOrientation="landscape", MarginLeft="0")
    assert pdf_widths(result.path) == [595]
    assert "Invoice" in pdf_text(result.path)


def test_page_range_leaves_the_other_pages_out(run, write):
    path = write("page.html", "".join(f'<p style="break-after:page">page {number}</p>' for number in "1234"))
    text = pdf_text(run("html", "pdf", path, pagerange="2-3")[0].path)
    assert "page 2" in text
    assert "page 3" in text
    assert "page 1" not in text
    assert "page 4" not in text


def test_svg_becomes_a_page_of_its_own_size_with_text(run, write):
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20" width="8in"><text x="2" y="9" font-size="6">Plan</text></svg>'
    (result,) = run("svg", "pdf", write("plan.svg", svg))
    assert pdf_widths(result.path) == [576]
    assert "Plan" in pdf_text(result.path)


def test_fonts_are_our_own(run, letter):
    with pikepdf.open(run("docx", "pdf", letter)[0].path) as pdf:
        fonts = {str(font.BaseFont) for page in pdf.pages for font in page.Resources.Font.values()}
    assert fonts
    assert all(any(own in font for own in ("Carlito", "Liberation", "DejaVu")) for font in fonts)


def test_files_become_an_archive_named_after_the_first(run, write):
    first, second = write("a b.txt", "one"), write("c.bin", b"\0two")
    (result,) = run("any", "zip", first, second)
    assert result.name == "a b.zip"
    with zipfile.ZipFile(result.path) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {"a b.txt": b"one", "c.bin": b"\0two"}


def test_archive_keeps_files_of_one_name_apart(run, write, tmp_path):
    (tmp_path / "other").mkdir()
    twin: Path = tmp_path / "other" / "a.txt"
    twin.write_text("two")
    (result,) = run("txt", "zip", write("a.txt", "one"), twin)
    with zipfile.ZipFile(result.path) as archive:
        assert archive.namelist() == ["a.txt", "a-2.txt"]
