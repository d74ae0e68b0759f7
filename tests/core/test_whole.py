import pytest

from watchconvert.core.whole import ends_wanted, looks_whole

WHOLE = {
    "pdf": b"%PDF-1.7 ... %%EOF\n",
    "docx": b"PK\x03\x04 ... PK\x05\x06" + bytes(18),
    "zip": b"PK\x03\x04 .... PK\x05\x06" + bytes(18),
    "jpg": b"\xff\xd8\xff\xe0 ... \xff\xd9",
    "png": b"\x89PNG\r\n\x1a\n ... IEND\xaeB`\x82",
}


def judged(kind: str, data: bytes) -> bool:
    head, tail = ends_wanted(kind)
    return not tail or looks_whole(kind, data[:head], data[-tail:])


@pytest.mark.parametrize("kind", WHOLE)
def test_a_whole_file_passes_and_one_that_is_cut_off_does_not(kind: str) -> None:
    assert judged(kind, WHOLE[kind])
    assert judged(kind, WHOLE[kind] + b"\0" * 100) == (kind != "png")
    assert not judged(kind, WHOLE[kind][:8] + b"more")


def test_the_end_is_looked_for_at_the_end_alone() -> None:
    assert not judged("pdf", WHOLE["pdf"] + bytes(100_000))


@pytest.mark.parametrize("kind", WHOLE)
def test_a_file_of_another_kind_than_it_says_is_for_the_service_to_judge(kind: str) -> None:
    assert judged(kind, b"<html>not at all</html>")


@pytest.mark.parametrize("kind", ["txt", "csv", "md", ""])
def test_kinds_without_an_end_pass(kind: str) -> None:
    assert judged(kind, b"anyth")
