"""What messages say can be read on a phone, tells whether files are safe, and forges no line of anything."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchconvert.core.answers import Scope
from watchconvert.core.messages import Desk, Failure, Heap, Saying, Standing, gather
from watchconvert.core.naming import shown
from watchconvert.core.settings import Notify
from watchconvert.core.wording import Wording

WORDING = Wording("fs1")
NOTIFY = Notify("n", "mail", ("failed",))


def say(*failures: Failure) -> Saying:
    return WORDING.failed("to-pdf", gather(Desk(), NOTIFY, failures, 0.0).heaps["to-pdf"])


def failure(name: str, why: str = "It is protected.", *, sent: bool = False) -> Failure:
    return Failure("to-pdf", name, why, "/srv/error", sent)


def test_one_file() -> None:
    said = say(failure("a.docx"))
    assert said.subject == "to-pdf: 1 file could not be converted [watchconvert fs1]"
    assert said.text.splitlines() == [
        "1 file of the route to-pdf could not be converted.",
        "",
        "Every one of them is safe. It lies unchanged in the error folder, beside a note that says why.",
        "Error folder: /srv/error",
        "Charged:      nothing; none was sent for conversion.",
        "What to do:   read the notes. To try a file again, move it back into the inbox.",
        "",
        "1 file: It is protected.",
        "    a.docx",
        "",
        "How it is now: watchconvert status",
        "-- ",
        "watchconvert on fs1",
    ]


def test_ten_thousand_files_fit_on_a_page() -> None:
    said = say(*(failure(f"{number}.docx", f"Reason {number % 20}.", sent=number % 2 == 0) for number in range(10_000)))
    assert said.subject.startswith("to-pdf: 10,000 files could not be converted")
    assert "500 files: Reason 0." in said.text
    assert "    and 490 more" in said.text
    assert "6,000 files for other reasons" in said.text
    assert "perhaps; 5000 of 10000 had been sent" in said.text
    assert len(said.text.splitlines()) < 120
    assert sum(reason["count"] for reason in said.facts["reasons"]) == 4000


@pytest.mark.parametrize("scope", Scope)
def test_a_hold_says_what_is_safe_and_what_to_do(scope: Scope) -> None:
    standing = Standing("held", f"{scope.value} x", scope.value, "It is so.", 0.0)
    said = WORDING.stands(standing, 3720.0)
    assert "It has been so for 1 h 2 min." in said.text
    assert said.subject.partition(" [")[0][1:] in said.text
    assert "Why:        It is so." in said.text
    assert "Nothing is lost" in said.text
    assert "What to do: " in said.text
    over = WORDING.ended(standing, 7200.0)
    assert over.subject.startswith("over after 2 h: ")
    assert "nothing" in over.text


def test_a_low_balance_says_what_will_be() -> None:
    said = WORDING.stands(Standing("low_balance", "balance", "balance", "5 left.", 0.0), 0.0)
    assert said.subject == "the account is running low [watchconvert fs1]"
    assert "none is lost" in said.text
    assert "Buy conversions" in said.text


def test_a_budget_that_is_nearly_used_up_holds_nothing() -> None:
    said = WORDING.stands(Standing("budget", "route a (day)", "nearly", "used 9 of 10 today.", 0.0), 0.0)
    assert said.subject == "the budget of route a (day) is nearly used up [watchconvert fs1]"
    assert "Nothing is held yet." in said.text
    full = WORDING.stands(Standing("budget", "all routes", "budget", "It is used up.", 0.0), 0.0)
    assert full.subject == "the budget of all routes is used up [watchconvert fs1]"
    assert "Nothing is lost" in full.text


HOSTILE = st.text(max_size=300) | st.sampled_from(
    ["a\r\nBcc: x@y", "\x1b]0;x\x07", "\u202etxt.exe", "a\u2028b", "\x85", "\ud800"]
)


def is_harmless(line: str) -> bool:
    """Tell whether nothing in a line ends it, acts on a terminal, or turns the direction of writing."""
    return not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} or c in "\u202e\u2066\u200f" for c in line)


@given(st.binary(max_size=255), HOSTILE, HOSTILE)
def test_nothing_that_others_say_forges_a_line(name: bytes, why: str, reason: str) -> None:
    standing = Standing("held", f"disk {shown(name)}", "disk", reason, 0.0)
    sayings = [say(failure(shown(name), why)), WORDING.stands(standing, 9.0), WORDING.ended(standing, 9.0)]
    usual = [
        say(failure("x", "y")),
        WORDING.stands(Standing("held", "d", "disk", "r", 0.0), 9.0),
        WORDING.ended(Standing("held", "d", "disk", "r", 0.0), 9.0),
    ]
    for said, plain in zip(sayings, usual, strict=True):
        assert is_harmless(said.subject)
        assert len(said.subject) <= 150
        assert len(said.text.splitlines()) == len(plain.text.splitlines())
        assert all(map(is_harmless, said.text.splitlines()))
        said.text.encode("utf-8")
        json.dumps(dict(said.facts)).encode("ascii")


def test_a_heap_without_names_can_be_said() -> None:
    assert WORDING.failed("a", Heap(0.0, "/e", 3)).text.count("3 files for other reasons") == 1
