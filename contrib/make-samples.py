"""Make the sample files of `watchconvert demo` anew: `python contrib/make-samples.py [FOLDER]`.

Needs the dev environment. Two runs with the same libraries give the same bytes: clocks and random numbers are kept out.
"""  # noqa: INP001 -- a script, not a package

import argparse
import io
import math
import random
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import docx
import openpyxl
import pikepdf
import pptx
from docx.shared import Cm
from odf import opendocument, style, text
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet
from PIL import Image, ImageDraw, ImageFont, ImageOps
from pptx.util import Cm as SlideCm

SAMPLES = Path(__file__).resolve().parents[1] / "watchconvert" / "faces" / "samples"
STAMP = b"2026-01-05T08:00:00"
REGIONS = (("North", 412_300, 436_900), ("South", 288_150, 301_420), ("East", 365_900, 349_780))
COSTS = (("Rent", 48_000), ("Salaries", 612_400), ("Machines", 87_250), ("Travel", 19_300), ("Training", 12_800))
TALK = (
    ("Where we stand", "Three regions, two of them up\nMargin slightly better"),
    ("What comes next", "Rotterdam depot\nPress number four"),
)
EXIF_ORIENTATION = 0x0112
TURN_CLOCKWISE = 6

PROSE = """The quarter closed above plan. Demand for the small presses held up through the summer, and the new depot in
Rotterdam shortened the way to our northern customers by two days. Two machines stood still for longer than we had
foreseen; the spare parts have since been put on stock. Prices for steel eased in August and stayed there, so that the
margin came out a little better than in spring. We keep the forecast for the year as it is.""".replace("\n", " ")


def freeze_zip(data: bytes) -> bytes:
    """Return the office file `data` with every time in it, the archive's and the properties', set to one moment."""
    frozen = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(frozen, "w") as new:
        for entry in old.infolist():
            body = old.read(entry)
            if entry.filename in {"docProps/core.xml", "meta.xml"}:
                body = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?", STAMP, body)
            info = zipfile.ZipInfo(entry.filename, date_time=(2026, 1, 5, 8, 0, 0))
            info.external_attr = 0o644 << 16
            info.compress_type = entry.compress_type
            new.writestr(info, body)
    return frozen.getvalue()


def save_office(document: object) -> bytes:
    """Return the bytes of a document of python-docx, python-pptx, openpyxl or odfpy, frozen in time."""
    buffer = io.BytesIO()
    document.save(buffer)  # type: ignore[attr-defined]
    return freeze_zip(buffer.getvalue())


def save_picture(picture: Image.Image, kind: str, **options: object) -> bytes:
    """Return `picture` as a file of the Pillow format `kind`."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def draw_chart() -> bytes:
    """Return a bar chart of the regions as a PNG: the picture inside the report and the slides."""
    chart = Image.new("RGB", (720, 360), "white")
    pen = ImageDraw.Draw(chart)
    for place, (region, before, after) in enumerate(REGIONS):
        left = 70 + place * 220
        for shift, amount, colour in ((0, before, "#9db4c8"), (55, after, "#1f5f8b")):
            pen.rectangle((left + shift, 310 - amount / 1700, left + shift + 48, 310), fill=colour)
        pen.text((left + 25, 318), region, fill="#333333", font=ImageFont.load_default(24))
    pen.line((40, 310, 700, 310), fill="#333333", width=2)
    return save_picture(chart, "PNG", optimize=True)


def add_regions(report: "docx.document.Document") -> None:
    """Put the table of the regions into `report`."""
    table = report.add_table(rows=1, cols=3, style="Light Grid Accent 1")
    for cell, head in zip(table.rows[0].cells, ("Region", "Last quarter", "This quarter"), strict=True):
        cell.text = head
    for region, before, after in REGIONS:
        for cell, value in zip(table.add_row().cells, (region, f"{before:,}", f"{after:,}"), strict=True):
            cell.text = value


def make_report() -> bytes:
    """Return `Quarterly report.docx`: headings, a table, a picture, three pages."""
    report = docx.Document()
    report.add_heading("Quarterly report", level=0)
    report.add_heading("Summary", level=1)
    report.add_paragraph(PROSE)
    report.add_heading("Sales by region", level=1)
    add_regions(report)
    report.add_heading("The regions compared", level=1).paragraph_format.page_break_before = True
    report.add_picture(io.BytesIO(draw_chart()), width=Cm(14))
    report.add_paragraph("Light bars: last quarter. Dark bars: this quarter.", style="Caption")
    report.add_heading("Outlook", level=1).paragraph_format.page_break_before = True
    for line in ("Open the Rotterdam depot for returns", "Replace press number four", "Agree prices with Lindqvist AB"):
        report.add_paragraph(line, style="List Bullet")
    return save_office(report)


def make_invitation() -> bytes:
    """Return the invitation, whose name is not ASCII."""
    letter = docx.Document()
    letter.add_heading("Émile & Zoë", level=0)
    letter.add_paragraph("invite you to their wedding on Saturday, 13 June 2026, at three in the afternoon.")
    letter.add_paragraph("Château de Joux, Besançon. Dinner and dancing after the ceremony.", style="Intense Quote")
    letter.add_paragraph("Please answer by 1 May; Jürgen and Åsa keep the list of guests.")
    return save_office(letter)


def make_slides() -> bytes:
    """Return `Slides.pptx`: four slides, one with the chart."""
    deck = pptx.Presentation()
    first = deck.slides.add_slide(deck.slide_layouts[0])
    first.shapes.title.text = "Autumn review"
    first.placeholders[1].text = "Sales meeting, 5 October"
    for title, lines in TALK:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = lines
    last = deck.slides.add_slide(deck.slide_layouts[5])
    last.shapes.title.text = "The regions compared"
    last.shapes.add_picture(io.BytesIO(draw_chart()), SlideCm(2), SlideCm(5), width=SlideCm(21))
    return save_office(deck)


def fill_sheet(sheet: Worksheet, rows: Sequence[tuple[str, int]], head: str) -> None:
    """Write one sheet of the budget: a head, the rows and a total as a formula."""
    sheet.append(["Item", head])
    for row in rows:
        sheet.append(row)
    sheet.append(["Total", f"=SUM(B2:B{len(rows) + 1})"])
    sheet.column_dimensions["A"].width = 18
    for cell in (*sheet[1], *sheet[sheet.max_row]):
        cell.font = Font(bold=True)


def cache_totals(data: bytes, totals: Sequence[int]) -> bytes:
    """Return the workbook with the value of its only formula stored in each sheet, as a spreadsheet program does."""
    cached = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(cached, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            body = old.read(entry)
            if number := re.fullmatch(r"xl/worksheets/sheet(\d)\.xml", entry.filename):
                value = b"</f><v>%d</v>" % totals[int(number[1]) - 1]
                body, changed = re.subn(rb"</f><v ?/>|</f><v></v>", value, body)
                assert changed == 1, f"{entry.filename} has {changed} formulas"  # noqa: S101 -- a script checks itself
            new.writestr(entry.filename, body)
    return freeze_zip(cached.getvalue())


def make_budget() -> bytes:
    """Return `Budget.xlsx`: two visible sheets, each with a formula whose value is cached."""
    spent = [(item, amount - 350 * place) for place, (item, amount) in enumerate(COSTS)]
    book = openpyxl.Workbook()
    del book["Sheet"]
    fill_sheet(book.create_sheet("Plan"), COSTS, "Planned for 2026")
    fill_sheet(book.create_sheet("Actual"), spent, "Spent in 2026")
    return cache_totals(save_office(book), [sum(amount for _, amount in rows) for rows in (COSTS, spent)])


def make_letter() -> bytes:
    """Return `Letter.odt`."""
    letter = opendocument.OpenDocumentText()
    bold = style.Style(name="Subject", family="paragraph")
    bold.addElement(style.TextProperties(fontweight="bold"))
    letter.styles.addElement(bold)
    letter.text.addElement(text.P(stylename=bold, text="Your enquiry of 12 January"))
    for line in ("Dear Ms Haugen,", "The rollers leave Bremen on Friday.", "With kind regards,", "Brigitte Kowalczyk"):
        letter.text.addElement(text.P(text=line))
    return save_office(letter)


def make_photo() -> bytes:
    """Return `Photo.jpg`: a mountain lake, stored lying on its side with the EXIF orientation that stands it up."""
    sky = ImageOps.colorize(Image.linear_gradient("L").resize((600, 800)), "#24507a", "#f6c58f")
    pen = ImageDraw.Draw(sky)
    pen.ellipse((390, 180, 480, 270), fill="#fff2c9")
    for base, tone in ((520, "#6b7f95"), (580, "#43586d"), (640, "#263a4b")):
        ridge = [(x, base - 70 * abs(math.sin(x / 97 + base)) - 25 * math.sin(x / 31)) for x in range(0, 601, 6)]
        pen.polygon([*ridge, (600, 800), (0, 800)], fill=tone)
    pen.rectangle((0, 700, 600, 800), fill="#3d6f8e")
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = TURN_CLOCKWISE
    return save_picture(sky.rotate(90, expand=True), "JPEG", quality=82, exif=exif)


def make_screenshot() -> bytes:
    """Return `Screenshot.png`: a window with round corners over transparency."""
    shot = Image.new("RGBA", (640, 400), (0, 0, 0, 0))
    pen = ImageDraw.Draw(shot)
    pen.rounded_rectangle((10, 10, 629, 389), radius=18, fill="#f4f4f6", outline="#8a8a8f", width=2)
    pen.rounded_rectangle((10, 10, 629, 60), radius=18, fill="#3b4252")
    for place, colour in enumerate(("#bf616a", "#ebcb8b", "#a3be8c")):
        pen.ellipse((30 + 28 * place, 26, 48 + 28 * place, 44), fill=colour)
    for row, line in enumerate(("Backup finished", "1 284 files, 3.2 GB", "No errors")):
        pen.text((60, 110 + 60 * row), line, fill="#2e3440", font=ImageFont.load_default(32))
    return save_picture(shot, "PNG", optimize=True)


def scan_page(number: int) -> Image.Image:
    """Return one black and white page as a scanner makes it: slightly askew and specked."""
    page = Image.new("L", (1240, 1754), 255)
    pen = ImageDraw.Draw(page)
    pen.text((140, 140), f"Delivery note 4711, page {number} of 2", fill=0, font=ImageFont.load_default(44))
    for row, line in enumerate(("4 press rollers", "2 guide rails", "12 cans of ink, blue", "Received in good order")):
        pen.text((140, 280 + 56 * row), line, fill=0, font=ImageFont.load_default(32))
    page = page.rotate(0.6 if number == 1 else -0.4, fillcolor=255)
    dust = random.Random(number)  # noqa: S311 -- dust, not a secret
    for _ in range(120):
        page.putpixel((dust.randrange(1240), dust.randrange(1754)), 0)
    return page.point(lambda tone: 255 * (tone > 127)).convert("1")


def make_scan() -> bytes:
    """Return `Scan.tif`: two pages at 150 dpi, compressed as fax machines do."""
    first, second = scan_page(1), scan_page(2)
    return save_picture(first, "TIFF", save_all=True, append_images=[second], compression="group4", dpi=(150, 150))


def write_page(contract: pikepdf.Pdf, title: str, *lines: str) -> None:
    """Add one A4 page of text to `contract`, in a font that every PDF reader has."""
    name = pikepdf.Name
    face = pikepdf.Dictionary(
        Type=name.Font, Subtype=name.Type1, BaseFont=name.Helvetica, Encoding=name.WinAnsiEncoding
    )
    page = contract.add_blank_page(page_size=(595, 842))
    page.add_resource(face, name.Font, name.F1)
    shown = "".join(f"({line}) Tj T*\n" for line in lines)
    page.contents_add(f"BT /F1 18 Tf 72 760 Td ({title}) Tj /F1 11 Tf 20 TL 0 -40 Td\n{shown}ET".encode("latin-1"))


def make_contract(password: str = "") -> bytes:
    """Return `Contract.pdf`, three pages; locked by `password` with the cipher that needs no random salt."""
    contract = pikepdf.new()
    write_page(contract, "Contract of service", "between Lindqvist AB, Malmö,", "and Kowalczyk Press, Bremen")
    write_page(contract, "Terms", "1. Service is done within two working days of a call.", "2. Spare parts are extra.")
    write_page(contract, "Signatures", "Malmö and Bremen, 5 January 2026", "A. Lindqvist", "B. Kowalczyk")
    lock = pikepdf.Encryption(owner=password, user=password, R=3, aes=False, metadata=False) if password else False
    buffer = io.BytesIO()
    contract.save(buffer, static_id=True, encryption=lock)
    return buffer.getvalue()


def make_damaged() -> bytes:
    """Return `Damaged.docx`: the report, cut off in the middle as by a copy that broke down."""
    report = make_report()
    return report[: len(report) // 2]


def make_model() -> bytes:
    """Return `Model.blend`: the head of a Blender file, a kind that no route converts."""
    render = b"REND" + (72).to_bytes(4, "little") + bytes(12) + (1).to_bytes(4, "little")
    return b"BLENDER-v402" + render + b"Scene".ljust(72, b"\0") + b"ENDB" + bytes(20) + b"SDNANAME".ljust(256, b"\0")


MAKERS: dict[str, Callable[[], bytes]] = {
    "Quarterly report.docx": make_report,
    "Invitation – Émile & Zoë.docx": make_invitation,  # noqa: RUF001 -- the long dash is the point of the name
    "Slides.pptx": make_slides,
    "Budget.xlsx": make_budget,
    "Letter.odt": make_letter,
    "Photo.jpg": make_photo,
    "Screenshot.png": make_screenshot,
    "Scan.tif": make_scan,
    "Contract.pdf": make_contract,
    "Protected.pdf": lambda: make_contract("swordfish"),
    "Damaged.docx": make_damaged,
    "Model.blend": make_model,
}


def main() -> None:
    """Write every sample that is not plain text; those are written by hand and stand in the folder already."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=SAMPLES)
    folder = parser.parse_args().folder
    for name, make in MAKERS.items():
        (folder / name).write_bytes(make())


if __name__ == "__main__":
    main()
