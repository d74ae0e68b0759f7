"""Which conversions can be done here: the table of pairs, their engines, and what each engine needs."""

import importlib.util
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType

from watchconvert.localapi.engines import parameters as known
from watchconvert.localapi.engines.interface import Pair, Parameter, UnsupportedPairError

EXTENSIONS: Mapping[str, tuple[str, ...]] = {
    "docx": ("docx", "docm", "dotx"),
    "doc": ("doc", "dot"),
    "odt": ("odt", "ott"),
    "rtf": ("rtf",),
    "pptx": ("pptx", "pptm", "ppsx"),
    "ppt": ("ppt", "pps"),
    "odp": ("odp", "otp"),
    "xlsx": ("xlsx", "xlsm"),
    "xls": ("xls",),
    "ods": ("ods",),
    "csv": ("csv",),
    "html": ("html", "htm", "xhtml"),
    "md": ("md", "markdown"),
    "txt": ("txt", "text", "log"),
    "svg": ("svg",),
    "pdf": ("pdf",),
    "jpg": ("jpg", "jpeg", "jpe", "jfif"),
    "png": ("png",),
    "webp": ("webp",),
    "gif": ("gif",),
    "bmp": ("bmp",),
    "tif": ("tif", "tiff"),
    "heic": ("heic", "heif"),
}
IMAGES = ("jpg", "png", "webp", "gif", "bmp", "tif", "heic")
_WRITTEN_IMAGES = ("jpg", "png", "webp", "gif", "bmp", "tif")
_RASTER = ("jpg", "png")
_WORKBOOKS = ("xlsx", "xls", "ods")
_PACKAGE_OF = {
    "PIL": "Pillow", "pi_heif": "pi-heif", "markdown_it": "markdown-it-py", "python_calamine": "python-calamine",
    "office2pdf": "office2pdf-python", "resvg_py": "resvg-py",
}  # fmt: skip
_OFFICE_PACKAGE = {
    "docx": "writer", "doc": "writer", "odt": "writer", "rtf": "writer", "pptx": "impress", "ppt": "impress",
    "odp": "impress", "xlsx": "calc", "xls": "calc", "ods": "calc",
}  # fmt: skip
_PROGRAM_PATH = "/usr/bin:/usr/local/bin"
_WIDER = {"docx": ("docx", "docm", "dotx", "doc"), "pptx": ("pptx", "pptm", "ppsx", "ppt")}
_TARGET_EXTENSION = {
    "merge": "pdf", "split": "pdf", "rotate": "pdf", "protect": "pdf", "compress": "pdf", "compare": "docx",
    "join": "png",
}  # fmt: skip

_PAPER = (known.PAGE_RANGE, known.PAGE_SIZE, known.ORIENTATION, *known.MARGINS)
_SHEET_PAPER = (
    known.PAGE_RANGE, known.PAGE_SIZE, replace(known.ORIENTATION, default="landscape"), *known.MARGINS,
)  # fmt: skip
_PICTURE = (known.QUALITY, *known.SCALING)
_PICTURE_PAPER = (known.PAGE_RANGE, known.IMAGE_PAGE, known.ORIENTATION)
_OPEN_PDF = (known.PASSWORD, known.PAGE_RANGE)


@dataclass(frozen=True)
class Entry:
    """One way to do a pair: `steps` are `module:name` in this package; `needs` names modules, or `soffice`."""

    pair: Pair
    steps: str
    needs: tuple[str, ...]


@dataclass(frozen=True)
class _Way:
    """One or two engine functions with what a user should know about them."""

    steps: str
    engine: str
    needs: tuple[str, ...]
    fidelity: str
    parameters: tuple[Parameter, ...] = ()

    def entry(self, source: str, target: str) -> Entry:
        """Return the table's row for one pair done this way."""
        extensions = EXTENSIONS.get(source, ("*",))
        if "soffice" in self.needs:
            extensions = _WIDER.get(source, extensions)
        if source == "images":
            extensions = tuple(extension for name in IMAGES for extension in EXTENSIONS[name])
        results = (_TARGET_EXTENSION.get(target, target),)
        pair = Pair(source, target, extensions, self.engine, self.fidelity, self.parameters, results)
        return Entry(pair, self.steps, self.needs)


_PAGES = "Laid out as plain pages."
_LIBREOFFICE = _Way(
    "libreoffice:convert_document", "LibreOffice", ("soffice",), "LibreOffice's own layout.", (known.PAGE_RANGE,)
)
_OFFICE = _Way(
    "office:office_to_pdf", "office2pdf", ("office2pdf", "pypdfium2"),
    "Fonts, tables, images and page setup are kept; text boxes and WordArt are not, page breaks can differ.",
    (known.PAGE_RANGE,),
)  # fmt: skip
_ODT = _Way("opendocument:odt_to_pdf", "plutoprint", ("plutoprint",), "Text, lists and tables only.", _PAPER)
_HTML = _Way(
    "pages:html_to_pdf", "plutoprint", ("plutoprint",), "No JavaScript, no CSS grid; nothing is fetched.", _PAPER
)
_MARKDOWN = _Way(
    "pages:markdown_to_pdf", "plutoprint", ("plutoprint", "markdown_it"), "GitHub tables; no maths.", _PAPER
)
_TEXT = _Way("pages:text_to_pdf", "plutoprint", ("plutoprint",), "Monospaced, long lines wrap.", _PAPER)
_CSV = _Way("sheets:csv_to_pdf", "plutoprint", ("plutoprint",), "One plain table.", _SHEET_PAPER)
_WORKBOOK = _Way(
    "sheets:workbook_to_pdf", "calamine and plutoprint", ("plutoprint", "python_calamine"),
    "Visible sheets as plain tables: no number formats, colours or charts; formulas as last computed.", _SHEET_PAPER,
)  # fmt: skip
_SVG_PDF = _Way(
    "drawings:svg_to_pdf", "plutoprint", ("plutoprint",), "Stays vector; filters may be lost.", (known.PAGE_RANGE,)
)
_IMAGE_PDF = _Way("images:images_to_pdf", "img2pdf", ("PIL", "img2pdf"), "Pixels are kept as they are.", _PICTURE_PAPER)
_HEIC_PDF = replace(_IMAGE_PDF, needs=("PIL", "img2pdf", "pi_heif"))
_IMAGE = _Way(
    "images:image_to_image", "Pillow", ("PIL",), "Turned upright; transparency becomes white in JPEG.", _PICTURE
)
_HEIC = replace(_IMAGE, needs=("PIL", "pi_heif"))
_JOIN = _Way("images:join_images", "Pillow", ("PIL",), "One picture of all.", (known.JOIN_DIRECTION,))
_SVG = _Way("drawings:svg_to_image", "resvg", ("PIL", "resvg_py"), "Nothing is fetched.", _PICTURE)
_SHOT = _Way("pages:html_to_image", "plutoprint", ("PIL", "plutoprint"), _HTML.fidelity, _PICTURE)
_RENDER = _Way(
    "pdf:pdf_to_images", "pdfium", ("PIL", "pypdfium2"), "One image for each page.",
    (*_OPEN_PDF, known.RESOLUTION, *_PICTURE),
)  # fmt: skip
_VIA_PDF = _Way(
    _RENDER.steps, "pdfium", ("PIL", "pypdfium2"), "One image for each page of the PDF.",
    (known.PAGE_RANGE, known.RESOLUTION, *_PICTURE),
)  # fmt: skip
_SHEET_CSV = _Way("sheets:workbook_to_csv", "calamine", ("python_calamine",), "One file for each visible sheet.")
_CSV_SHEET = _Way("sheets:csv_to_xlsx", "openpyxl", ("openpyxl",), "Nothing becomes a formula.")
_PDF_WAYS = {
    "txt": _Way("pdf:pdf_to_text", "pdfium", ("pypdfium2", "pikepdf"), "Text in reading order, no OCR.", _OPEN_PDF),
    "merge": _Way("pdf:merge_files", "qpdf", ("pikepdf",), "Pages are kept as they are.", (known.PASSWORD,)),
    "split": _Way("pdf:split_pages", "qpdf", ("pikepdf",), "One file for each page.", _OPEN_PDF),
    "rotate": _Way("pdf:rotate_pages", "qpdf", ("pikepdf",), "Pages are kept.", (*_OPEN_PDF, known.ROTATE)),
    "protect": _Way("pdf:protect_file", "qpdf", ("pikepdf",), "AES-256.", (known.PASSWORD, *known.PROTECTION)),
    "compress": _Way("pdf:compress_file", "qpdf", ("pikepdf",), "Lossless; images are left alone.", (known.PASSWORD,)),
}
_WORD_WAYS = {
    "html": _Way("office:docx_to_html", "mammoth", ("mammoth",), "Structure, not looks."),
    "txt": _Way("office:docx_to_text", "mammoth", ("mammoth",), "Text only."),
    "compare": _Way(
        "compare:compare_documents", "difflib", (), "Changed paragraphs as tracked changes; text only.",
        (known.COMPARE_FILE,),
    ),
}  # fmt: skip
_ARCHIVE = _Way("archive:zip_files", "zipfile", (), "All files as they are.")
_TO_PDF = {
    "html": _HTML, "md": _MARKDOWN, "txt": _TEXT, "csv": _CSV, "svg": _SVG_PDF, "odt": _ODT, "docx": _OFFICE,
    "pptx": _OFFICE, **dict.fromkeys(_WORKBOOKS, _WORKBOOK), **dict.fromkeys((*IMAGES[:-1], "images"), _IMAGE_PDF),
    "heic": _HEIC_PDF,
}  # fmt: skip
_LIBREOFFICE_TARGETS = {
    "doc": ("docx", "odt", "txt"), "odt": ("docx", "txt"), "rtf": ("docx", "odt", "txt"), "docx": ("odt", "rtf"),
    "ppt": ("pptx",), "odp": ("pptx",), "xls": ("xlsx",), "ods": ("xlsx",), "xlsx": ("ods",),
}  # fmt: skip


def _all_entries() -> Iterator[Entry]:
    """Yield every row; of several for one pair the first that is available counts."""
    for source in _OFFICE_PACKAGE:
        yield _LIBREOFFICE.entry(source, "pdf")
        for target in _LIBREOFFICE_TARGETS.get(source, ()):
            yield replace(_LIBREOFFICE, parameters=()).entry(source, target)
    for source, way in _TO_PDF.items():
        yield way.entry(source, "pdf")
    for target, way in _PDF_WAYS.items():
        yield way.entry("pdf", target)
    for target, way in _WORD_WAYS.items():
        yield way.entry("docx", target)
    for source in _WORKBOOKS:
        yield _SHEET_CSV.entry(source, "csv")
    yield _CSV_SHEET.entry("csv", "xlsx")
    yield _Way("pages:markdown_to_html", "markdown-it", ("markdown_it",), _MARKDOWN.fidelity).entry("md", "html")
    yield _ARCHIVE.entry("any", "zip")
    yield from _picture_entries()


def _picture_entries() -> Iterator[Entry]:
    for source in IMAGES:
        for target in _WRITTEN_IMAGES:
            yield (_HEIC if source == "heic" else _IMAGE).entry(source, target)
    yield _JOIN.entry("images", "join")
    for target in _RASTER:
        yield _SVG.entry("svg", target)
        yield _SHOT.entry("html", target)
        yield _RENDER.entry("pdf", target)
        for source in (*_OFFICE_PACKAGE, "csv", "md", "txt"):
            for first in _pdf_entries(source):
                steps, needs = f"{first.steps} {_VIA_PDF.steps}", (*first.needs, *_VIA_PDF.needs)
                yield replace(_VIA_PDF, steps=steps, needs=needs).entry(source, target)


def _pdf_entries(source: str) -> Iterator[Entry]:
    if source in _OFFICE_PACKAGE:
        yield _LIBREOFFICE.entry(source, "pdf")
    if source in _TO_PDF:
        yield _TO_PDF[source].entry(source, "pdf")


def libreoffice_program() -> str | None:
    """Return the path of LibreOffice, None when it is not installed where a confined process may start it."""
    return shutil.which("soffice", path=_PROGRAM_PATH) or shutil.which("libreoffice", path=_PROGRAM_PATH)


@cache
def _is_present(need: str) -> bool:
    return libreoffice_program() is not None if need == "soffice" else importlib.util.find_spec(need) is not None


@cache
def _available_entries() -> Mapping[tuple[str, str], Entry]:
    found: dict[tuple[str, str], Entry] = {}
    for entry in _all_entries():
        if all(map(_is_present, entry.needs)):
            found.setdefault((entry.pair.source, entry.pair.target), entry)
    return MappingProxyType(found)


@cache
def available_pairs() -> Mapping[tuple[str, str], Pair]:
    """Return what can be converted here, by source and target route name; looked up once in a process."""
    return MappingProxyType({key: entry.pair for key, entry in _available_entries().items()})


@cache
def missing_pairs() -> Mapping[tuple[str, str], str]:
    """Return the pairs that cannot be done here, each with what to install for it."""
    missing: dict[tuple[str, str], str] = {}
    for entry in reversed(tuple(_all_entries())):
        key = (entry.pair.source, entry.pair.target)
        if key not in _available_entries():
            missing[key] = f"install {_missing_needs(entry)}"
    return MappingProxyType(missing)


def _missing_needs(entry: Entry) -> str:
    absent = [need for need in entry.needs if not _is_present(need)]
    office = f"libreoffice-{_OFFICE_PACKAGE.get(entry.pair.source, 'writer')}-nogui"
    return " and ".join(office if need == "soffice" else _PACKAGE_OF.get(need, need) for need in dict.fromkeys(absent))


def route_name(format_name: str) -> str:
    """Return the route that a format or extension belongs to: `jpeg` and `.JPG` are both `jpg`."""
    name = format_name.lower().removeprefix(".")
    return next((route for route, extensions in EXTENSIONS.items() if name in extensions), name)


def find_pair(source_format: str, target_format: str) -> Pair:
    """Return the pair that serves these formats or extensions. Raises UnsupportedPairError."""
    return find_entry(source_format, target_format).pair


def find_entry(source_format: str, target_format: str) -> Entry:
    """Return the row that serves these formats or extensions. Raises UnsupportedPairError."""
    source, target = route_name(source_format), route_name(target_format)
    if target == "zip":
        source = "any"
    elif target == "join" and source in IMAGES:
        source = "images"
    entry = _available_entries().get((source, target))
    if entry is None:
        advice = missing_pairs().get((source, target))
        reason = f"{advice} to have it" if advice else "no engine does this conversion"
        raise UnsupportedPairError(source, target, f"{source} to {target} is not available here: {reason}.")
    return entry
