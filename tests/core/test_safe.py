"""What may be told: hostile texts, secrets and ids come out harmless, whatever they are."""

import unicodedata
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.core.test_shown_names import NASTY, TURNING, is_harmless
from watchconvert.core.safe import HIDDEN, safe_text, safe_value, spellings

ID = "0123456789abcdef" * 2
UUID = "01234567-89ab-cdef-0123-456789abcdef"
few = settings(max_examples=150, deadline=None)
anything = st.text(st.characters(exclude_categories=()), max_size=60)
hexes = st.text("0123456789abcdefABCDEF-", min_size=20, max_size=80)
secrets = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40)


def longest_id(text: str) -> int:
    """Return how many hexadecimal digits stand in a row, dashes not counted."""
    longest = run = 0
    for c in text:
        run = run + 1 if c in "0123456789abcdefABCDEF" else run if c == "-" else 0
        longest = max(longest, run)
    return longest


@few
@given(anything, hexes, secrets, anything)
@example("\n", "f" * 30, "12345678", "\r\n<0>forged")
@example("\x85", "a" * 31, "x0a_____", "\n_____")
@example("", "-".join("a" * 40), "12345678", "")
@example("\ud800", ID, "12345678", "\udcff\u2028\u202e")
def test_nothing_that_acts_or_opens_comes_out(before: str, digits: str, secret: str, after: str) -> None:
    assume(secret not in HIDDEN)
    hidden = spellings(secret)
    told = safe_text(before + digits + secret + after + digits + before, hidden)
    assert is_harmless(told)
    assert not TURNING & set(told)
    assert not any(unicodedata.category(c) == "Cs" for c in told)
    assert not [each for each in hidden if each in told]
    assert longest_id(told) < 32
    assert len(told) <= 1000


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"job {ID} is gone", "job 01234567… is gone"),
        (f"GET /d/{UUID}/a.pdf", "GET /d/01234567…/a.pdf"),
        (ID.upper() + "ff", "01234567…"),
        ("sha256 " + "ab" * 32, "sha256 abababab…"),
        ("1234-5678", "1234-5678"),
        ("a\nb", "a\\x0ab"),
        ("Übergrößenträger 報告.docx", "Übergrößenträger 報告.docx"),
        ("caf\udce9", "caf\\xe9"),
    ],
)
def test_ids_are_cut_and_names_stay_readable(text: str, told: str) -> None:
    assert safe_text(text) == told


def test_every_spelling_of_a_secret_is_hidden() -> None:
    secret = "a+b/c=d e~'\"x"
    for text in spellings(secret):
        assert safe_text(f"?Secret={text}&x=1", spellings(secret)) == f"?Secret={HIDDEN}&x=1"
    assert "a%2Bb%2Fc%3Dd%20e~%27%22x" in spellings(secret)
    assert spellings("") == ()


def test_a_long_text_is_cut_where_it_tells_least() -> None:
    assert safe_text("x" * 1001) == "x" * 999 + "…"
    assert safe_text("x" * 1000) == "x" * 1000
    assert safe_text("start" + "x" * 2000 + "end", limit=10, keep_end=True) == "…" + "x" * 6 + "end"
    assert safe_text(NASTY.decode("utf-8", "surrogateescape") * 50).startswith("\\x1b[31m\\x0d\\x0a")


class Unspeakable:
    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (-2.5, -2.5),
        (float("nan"), "nan"),
        (int("1" * 40), "11111111…"),
        (b"a\xff\n", "a\\xff\\x0a"),
        (["a\n", 1, b"\xff"], ["a\\x0a", "1", "\\xff"]),
        (("a",), ["a"]),
        ({"a": "b\n"}, "{'a': 'b\\n'}"),
        (ValueError("x\ny"), "x\\x0ay"),
        (Unspeakable(), "Unspeakable that cannot be told (RuntimeError)"),
    ],
)
def test_values_of_every_kind(value: Any, told: Any) -> None:
    assert safe_value(value) == told


def test_a_long_list_is_cut() -> None:
    assert safe_value(list(range(1000))) == [str(number) for number in range(50)]
