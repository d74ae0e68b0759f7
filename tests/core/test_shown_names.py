"""Names as they are shown, and names that are nobody's document."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from watchconvert.core.naming import JUNK, is_junk, matches, shown

FORBIDDEN = {"Cc", "Cs", "Zl", "Zp"}
TURNING = set("\u061c\u200b\u200c\u200d\u200e\u200f\u2060\ufeff") | set(
    map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
)
NASTY = "\x1b[31m\r\n\t\x00\x07\x7f\x85\x9b\u2028\u2029\u202e\u2066\u200b\ufeff".encode() + b"\xff\xc0\x80\xed\xa0\x80"

few = settings(max_examples=40, deadline=None)


def is_harmless(text: str) -> bool:
    return not any(unicodedata.category(c) in FORBIDDEN or c in TURNING for c in text)


@few
@given(
    st.one_of(st.binary(max_size=255), st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
)
@example(NASTY)
@example("".join(sorted(TURNING)).encode())
def test_a_shown_name_holds_nothing_that_acts(name: bytes) -> None:
    assert is_harmless(shown(name, 10_000))
    assert len(shown(name)) <= 200


@pytest.mark.parametrize(
    "name", ["Rechnung Mai.docx", "Émile & Zoë Ωmega.pdf", "报告.docx", "отчёт.xlsx", "😀.png", "ﬁ.txt"]
)
def test_a_plain_name_is_shown_as_it_is(name: str) -> None:
    assert shown(name.encode()) == name


@pytest.mark.parametrize(
    ("name", "text"),
    [(b"a\nb", "a\\x0ab"), (b"\x1b[0m", "\\x1b[0m"), (b"a\xffb", "a\\xffb"), ("a\u202eb".encode(), "a\\u202eb")],
)
def test_what_acts_is_shown_as_an_escape(name: bytes, text: str) -> None:
    assert shown(name) == text


def test_a_long_name_is_cut() -> None:
    assert shown(b"x" * 201) == "x" * 199 + "…"
    assert shown(b"x" * 200) == "x" * 200


@pytest.mark.parametrize(
    "name",
    [
        *("~$report.docx", "~WRD0001.tmp", "~WRL0003.tmp", "ABCD1234.tmp"),  # Office
        *(".~lock.report.odt#", "lu123abc45.tmp"),  # LibreOffice
        *("._report.docx", ".DS_Store", "Icon\r", "report.docx.sb-1a2b3c4d-AbCdEf", ".Trashes"),  # macOS
        *(
            "Thumbs.db",
            "THUMBS.DB",
            "desktop.ini",
            "Desktop.ini",
            "ehthumbs.db",
            "Report.lnk",
            "$RECYCLE.BIN",
        ),  # Windows
        *(
            "a.pdf.crdownload",
            "Unconfirmed 12345.crdownload",
            "a.pdf.part",
            "a.pdf.download",
            "a.pdf.partial",
        ),  # browsers
        *("a.pdf.opdownload", ".com.google.Chrome.AbCdEf"),
        *(".report.docx.Xy12Zz", ".syncthing.report.docx.tmp", "~syncthing~report.docx.tmp"),  # rsync, Syncthing
        *(".nfs000000000001", ".smbdelete1234", ".fuse_hidden0001", "@eaDir"),  # NFS, SMB, FUSE, Synology
        *(
            "report.docx.filepart",
            "a.!ut",
            ".goutputstream-AB12CD",
            ".a.swp",
            "a.swp",
            "a~",
            "#a#",
            "sedAb12Cd",
        ),  # others
        "letter.docx.error.txt",
    ],
)
def test_temporary_lock_and_desktop_files_are_junk(name: str) -> None:
    assert is_junk(name.encode())


@pytest.mark.parametrize(
    "name",
    [
        *("report.docx", "Report (2).DOCX", "tmp.docx", "part.pdf", "lock.odt", "a.b.c.pdf", "Ünïcödé 报告.xlsx"),
        *("sedan.docx", "sedan1.pdf", "sed.txt", "lu.pdf", "Icon.png", "thumbs.docx", "$budget.xlsx", "~notes.docx"),
        *(
            "#1 report.docx",
            "report #",
            "error.txt",
            "parts.xlsx",
            "download.pdf",
            "a.tmp.docx",
            "\udcff.docx",
            "sediment",
        ),
    ],
)
def test_documents_are_not_junk(name: str) -> None:
    assert not is_junk(name.encode("utf-8", "surrogateescape"))


def test_a_route_may_add_patterns() -> None:
    assert not is_junk(b"draft-1.docx")
    assert is_junk(b"Draft-1.docx", ("draft-*",))
    assert is_junk(b"~$a.docx", ("draft-*",))


def test_patterns_fit_whole_names_of_any_case_and_any_bytes() -> None:
    assert matches("ÄRGER.DOCX".encode(), ("*ärger.docx",))
    assert not matches(b"a.docx.exe", ("*.docx",))
    assert matches(b"\xff\n.docx", ("*.DOCX",))
    assert not matches(b"a.docx", ())


@pytest.mark.parametrize("pattern", JUNK)
def test_no_pattern_takes_everything(pattern: str) -> None:
    assert not matches(b"report.docx", (pattern,))
