"""Names and ids by themselves."""

import pytest

from watchconvert.localapi import names
from watchconvert.localapi.identifiers import (
    dashed_identifier,
    is_identifier,
    job_identifier,
    masked_identifier,
    new_identifier,
    new_job_identifier,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.txt", "a.txt"),
        ("dir/a.txt", "a.txt"),
        ("C:\\dir\\a.txt", "a.txt"),
        ("..", ""),
        ("/", ""),
        (" a\x00\r\n.txt ", "a.txt"),
        ("é" * 150 + ".docx", "é" * 97 + ".docx"),
        ("x" * 300, "x" * 200),
        ("a." + "x" * 300, "a." + "x" * 31),
        ("\ud800.txt", "?.txt"),
    ],
)
def test_safe_names(text: str, expected: str) -> None:
    assert names.safe_name(text) == expected
    assert len(names.safe_name(text).encode()) <= 200


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, ""),
        ("attachment", ""),
        ('attachment; filename="a b.txt"', "a b.txt"),
        ("attachment; filename=a.txt", "a.txt"),
        ("attachment; FileName=a.txt", "a.txt"),
        ("attachment; filename=plain.txt; filename*=UTF-8''a%C4%8Di%C5%AB.txt", "ačiū.txt"),
        ("attachment; filename*=UTF-8''test%28ok%29.pdf", "test(ok).pdf"),
        ("attachment; filename*=nonsense''a.pdf", "a.pdf"),
        ("attachment; filename*=", ""),
        ('attachment; filename="..\\\\..\\\\a.txt"', "a.txt"),
        ("attachment; filename=ačiū.txt", "ačiū.txt"),
        (";;;===", ""),
    ],
)
def test_names_in_headers(header: str | None, expected: str) -> None:
    assert names.disposition_name(header) == expected


@pytest.mark.parametrize("name", ["a.txt", "a b.txt", "ačiū.txt", "a'(1)!*.txt", "100%.txt", "a;b=c.txt"])
def test_our_headers_are_read_back(name: str) -> None:
    assert names.disposition_name(names.disposition_header(name)) == name
    assert names.disposition_header(name).isascii()


@pytest.mark.parametrize(
    ("name", "parts"),
    [("a.tar.gz", ("a.tar", "gz")), (".profile", (".profile", "")), ("a", ("a", "")), ("a.", ("a", ""))],
)
def test_extensions(name: str, parts: tuple[str, str]) -> None:
    assert names.split_name(name) == parts


def test_identifiers_are_of_both_forms() -> None:
    made = new_job_identifier()
    assert job_identifier(dashed_identifier(made)) == made
    assert is_identifier(new_identifier())
    assert new_identifier() != new_identifier()
    assert job_identifier("{" + dashed_identifier(made) + "}") is None
    assert job_identifier("\u0661" * 32) is None
    assert made not in masked_identifier(made)
