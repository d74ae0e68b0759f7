"""Two Word documents to one that shows what changed: their paragraphs' text, as tracked changes."""

import difflib
import itertools
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from watchconvert.localapi.engines.checks import check_package, parse_xml, read_part
from watchconvert.localapi.engines.interface import ParameterError
from watchconvert.localapi.engines.job import Job

_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_W = f"{{{_NAMESPACE}}}"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPES = (
    f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    f'{_HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"'
    ' Target="word/document.xml"/></Relationships>'
)
_DATE = "2000-01-01T00:00:00Z"
_BOTH = 2


def compare_documents(job: Job) -> None:
    """Write the differences between the first source and the second. Raises ParameterError without a second."""
    if len(job.sources) != _BOTH:
        raise ParameterError("CompareFile", "The CompareFile field is required.")
    before, after = (_read_paragraphs(source.path) for source in job.sources)
    body = "".join(_marked_paragraphs(before, after))
    document = f'{_HEAD}<w:document xmlns:w="{_NAMESPACE}"><w:body>{body}<w:sectPr/></w:body></w:document>'
    with zipfile.ZipFile(job.outputs.new_file("docx"), "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", _TYPES)
        package.writestr("_rels/.rels", _RELATIONS)
        package.writestr("word/document.xml", document)


def _read_paragraphs(path: Path) -> list[str]:
    check_package(path)
    document = parse_xml(read_part(path, "word/document.xml"))
    return ["".join(node.text or "" for node in paragraph.iter(f"{_W}t")) for paragraph in document.iter(f"{_W}p")]


def _marked_paragraphs(before: list[str], after: list[str]) -> Iterator[str]:
    steps = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    numbers = itertools.count(1)
    for kind, old_start, old_end, new_start, new_end in steps:
        if kind == "equal":
            yield from (f"<w:p>{_run(text)}</w:p>" for text in before[old_start:old_end])
            continue
        yield from (_changed("del", text, next(numbers)) for text in before[old_start:old_end])
        yield from (_changed("ins", text, next(numbers)) for text in after[new_start:new_end])


def _changed(mark: str, text: str, number: int) -> str:
    author = f'w:id="{number}" w:author="compare" w:date="{_DATE}"'
    run = _run(text, "delText" if mark == "del" else "t")
    return f"<w:p><w:pPr><w:rPr><w:{mark} {author}/></w:rPr></w:pPr><w:{mark} {author}>{run}</w:{mark}></w:p>"


def _run(text: str, tag: str = "t") -> str:
    return f'<w:r><w:{tag} xml:space="preserve">{escape(text)}</w:{tag}></w:r>'
