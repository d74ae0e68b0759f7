"""Names of outputs: within their folder, within 255 bytes, and of no hostile making."""

import re
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchconvert.core.naming import (
    MAX_NAME,
    NOTE_ENDING,
    fitted,
    format_of,
    neutral_name,
    note_name,
    numbered,
    output_names,
    split_ending,
)

NAMES = st.one_of(
    st.binary(min_size=1, max_size=MAX_NAME),
    st.text(min_size=1, max_size=90).map(lambda text: text.encode("utf-8", "surrogatepass")[:MAX_NAME]),
    st.sampled_from([b"a." + b"x" * 253, b"\x80" * 255, b"...", b".x", b"\xff", b"x." * 127]),
).map(lambda name: name.replace(b"\0", b"0").replace(b"/", b"_"))
NAMES = NAMES.filter(lambda name: name not in (b".", b".."))
LABELS = st.lists(
    st.one_of(
        st.text(max_size=300), st.sampled_from(["document.pdf", "document-2.pdf", "../../etc/passwd", "a\0.b/c"])
    ),
    min_size=1,
    max_size=6,
).map(tuple)
TARGETS = st.sampled_from(["pdf", "docx", "x" * 31])

few = settings(max_examples=25, deadline=None)


def is_safe(name: bytes) -> bool:
    return 0 < len(name) <= MAX_NAME and b"/" not in name and b"\0" not in name and name not in (b".", b"..")


@few
@given(name=NAMES, labels=LABELS, target=TARGETS)
def test_outputs_have_safe_names_of_their_own(name: bytes, labels: tuple[str, ...], target: str) -> None:
    names = output_names(name, labels, target)
    assert len(names) == len(set(names)) == len(labels)
    assert all(map(is_safe, names))


@pytest.mark.parametrize("tail", ["/../../etc/passwd", "/x", "\0", "\n", "..", "é", "x" * 41])
def test_a_tail_that_is_not_harmless_gives_way_to_a_number(tail: str) -> None:
    labels = (f"document{tail}.pdf", f"document{tail}.pdf")
    assert output_names(b"letter.docx", labels, "pdf") == (b"letter-1.pdf", b"letter-2.pdf")


@few
@given(name=NAMES)
def test_numbered_names_are_safe_and_never_repeat(name: bytes) -> None:
    names = list(islice(numbered(name), 12))
    assert names[0] == name
    assert len(set(names)) == 12
    assert all(map(is_safe, names))


@few
@given(name=NAMES)
def test_a_note_stands_under_a_safe_name(name: bytes) -> None:
    assert is_safe(note_name(name))
    assert note_name(name).endswith(NOTE_ENDING)


@few
@given(name=NAMES)
def test_a_name_is_its_stem_and_its_ending(name: bytes) -> None:
    stem, ending = split_ending(name)
    assert stem + ending == name
    assert stem


@few
@given(name=NAMES)
def test_a_format_is_a_plain_word_or_nothing(name: bytes) -> None:
    assert re.fullmatch(r"[a-z0-9]{0,10}", format_of(name))


@few
@given(text=st.text(min_size=1, max_size=255), room=st.integers(20, 255))
def test_a_stem_is_cut_between_characters_and_no_more_than_it_must(text: str, room: int) -> None:
    stem = text.encode("utf-8", "replace")
    tail = b"x" * (MAX_NAME - room)
    cut = fitted(stem, tail, b"").removesuffix(tail)
    assert stem.startswith(cut)
    assert cut.decode() is not None
    assert len(cut) == len(stem) if len(stem) <= room else room - 3 <= len(cut) <= room


@pytest.mark.parametrize("letter", ["é", "報", "😀"])
@pytest.mark.parametrize("room", [252, 253, 254, 255])
def test_no_letter_is_cut_in_two(letter: str, room: int) -> None:
    whole = letter.encode()
    cut = fitted(whole * 200, b"x" * (MAX_NAME - room), b"").rstrip(b"x")
    assert cut == whole * (room // len(whole))


def test_a_name_that_is_no_text_is_cut_where_it_must_be() -> None:
    assert fitted(b"\x80" * 255, b"", b".pdf") == b"\x80" * 251 + b".pdf"


@pytest.mark.parametrize(
    ("name", "stem", "ending"),
    [
        (b"report.docx", b"report", b".docx"),
        (b"a.tar.gz", b"a.tar", b".gz"),
        (b".hidden", b".hidden", b""),
        (b"plain", b"plain", b""),
        (b"dot.", b"dot", b"."),
        (b"Dr. Smith " + b"x" * 40, b"Dr. Smith " + b"x" * 40, b""),
    ],
)
def test_names_are_split_before_the_last_dot(name: bytes, stem: bytes, ending: bytes) -> None:
    assert split_ending(name) == (stem, ending)


@pytest.mark.parametrize(
    ("name", "claimed"),
    [
        (b"A.DOCX", "docx"),
        (b"a.7z", "7z"),
        (b"a", ""),
        (b"a.", ""),
        (b"a.d x", ""),
        (b"a.\xff", ""),
        (b"a.\xd0\xb9", ""),
    ],
)
def test_a_format_is_what_the_ending_claims(name: bytes, claimed: str) -> None:
    assert format_of(name) == claimed


def test_the_service_never_sees_the_users_name() -> None:
    assert neutral_name("docx") == "document.docx"
    assert neutral_name("../x") == neutral_name("") == "document.bin"


def test_numbers_stand_before_the_ending() -> None:
    assert list(islice(numbered(b"a.pdf"), 3)) == [b"a.pdf", b"a (2).pdf", b"a (3).pdf"]


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (("document.pdf",), (b"r.pdf",)),
        (("whatever.PDF",), (b"r.pdf",)),
        (("document",), (b"r.png",)),
        (("evil.p/f",), (b"r.png",)),
        (("document.pdf", "document-2.pdf"), (b"r.pdf", b"r-2.pdf")),
        (("document-1.jpg", "document-2.jpg"), (b"r-1.jpg", b"r-2.jpg")),
        (("document (1).jpg", "document_x.txt"), (b"r (1).jpg", b"r_x.txt")),
        (("x.jpg", "y.jpg"), (b"r-1.jpg", b"r-2.jpg")),
        (("../../a.jpg", "document/../b.jpg"), (b"r-1.jpg", b"r-2.jpg")),
        (("document-2.jpg", "x.jpg"), (b"r-2.jpg", b"r-2 (2).jpg")),
        (("document.jpg", "document.jpg"), (b"r.jpg", b"r-2.jpg")),
        (("document\u202e.jpg", "document\n.jpg"), (b"r-1.jpg", b"r-2.jpg")),
        (("document" + "-" * 41 + ".jpg", "document\x00.jpg"), (b"r-1.jpg", b"r-2.jpg")),
    ],
)
def test_outputs_take_the_sources_stem_and_a_harmless_tail(labels: tuple[str, ...], names: tuple[bytes, ...]) -> None:
    assert output_names(b"r.docx", labels, "png") == names
