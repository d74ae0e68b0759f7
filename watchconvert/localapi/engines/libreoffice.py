"""Office documents with LibreOffice, one private profile for each conversion."""

import re
import subprocess
from pathlib import Path

from watchconvert.localapi.engines.catalog import libreoffice_program
from watchconvert.localapi.engines.checks import check_package, check_text_kept, count_words, part_texts
from watchconvert.localapi.engines.interface import ConversionError, ErrorCode
from watchconvert.localapi.engines.job import Job

_OOXML = frozenset({"docx", "pptx", "xlsx"})
_ZIPPED = _OOXML | {"odt", "odp", "ods"}
_FILTERS = {"txt": "txt:Text (encoded):UTF8"}
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"
_BODY = re.compile(r"word/document\d*\.xml")
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks"
 oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel"
 oor:op="fuse"><value>3</value></prop></item>
</oor:items>
"""


def convert_document(job: Job) -> None:
    """Convert each source; its exit status says nothing, so only the result file counts."""
    for number, path in job.each_source():
        if job.source_formats[number] in _ZIPPED:
            check_package(path)
        made = _run_program(job, path)
        result = made.rename(job.outputs.new_file(job.target, number))
        if job.target == "pdf" and job.source_formats[number] == "docx":
            check_text_kept(count_words(part_texts(path, _BODY, _W)), result)


def _run_program(job: Job, path: Path) -> Path:
    folder = job.outputs.folder.parent
    made = folder / "made"
    command = [
        libreoffice_program() or "soffice", f"-env:UserInstallation={_write_profile(folder).as_uri()}",
        "--headless", "--norestore", "--nolockcheck", "--convert-to", _FILTERS.get(job.target, job.target),
        "--outdir", str(made), str(path),
    ]  # fmt: skip
    spoken = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    result = made / f"{path.stem}.{job.target}"
    if not result.is_file():
        raise ConversionError(ErrorCode.DAMAGED, _explain(spoken.stdout.decode(errors="replace")))
    return result


def _explain(spoken: str) -> str:
    if "could not be loaded" in spoken:
        return "The document is damaged, protected by a password or of another format."
    return "LibreOffice made no result of this document."


def _write_profile(folder: Path) -> Path:
    settings = folder / "profile" / "user" / "registrymodifications.xcu"
    if not settings.exists():
        settings.parent.mkdir(parents=True)
        settings.write_text(_SETTINGS, encoding="utf-8")
    return folder / "profile"
