"""The explanation beside a failed file: for a person, and not to be forged by a name or by the service."""

import unicodedata

import pytest

from tests.core.making import JOB_ID, make_job, make_order
from watchconvert.core.job import Job, Verdict
from watchconvert.core.notes import write_note

SENTENCE = "The file is damaged."
WHEN = "2024-05-01 12:00:00 CEST"


def lines_of(job: Job, name: bytes = b"letter (2).docx") -> list[str]:
    return write_note(job, name, WHEN).split("\r\n")


def test_the_note_says_what_why_where_and_what_to_do() -> None:
    job = make_job(verdict=Verdict(SENTENCE, 500, 5002, "Damaged file"), round=1, cost=2)
    assert lines_of(job) == [
        "letter.docx was not converted.",
        "",
        "Why:        The file is damaged.",
        "Your file:  is safe. It lies beside this note as letter (2).docx, unchanged.",
        "To retry:   move it back into the folder inbox.",
        "",
        "Conversion: docx to pdf, folder office",
        "When:       2024-05-01 12:00:00 CEST",
        "Charged:    it was sent for conversion once; the service charged 2.",
        "Service:    status 500, code 5002, said: Damaged file",
        f"Job:        {JOB_ID}  (for your administrator)",
        "",
    ]


def test_a_reason_of_our_own_names_no_answer_of_the_service() -> None:
    assert not any(line.startswith("Service:") for line in lines_of(make_job(verdict=Verdict(SENTENCE))))


def test_a_service_that_said_nothing_is_quoted_so() -> None:
    assert "Service:    status 413, code 0, said: nothing" in lines_of(make_job(verdict=Verdict(SENTENCE, 413)))


@pytest.mark.parametrize(
    ("changes", "charged"),
    [
        ({}, "no. The file was never sent for conversion."),
        ({"round": 1}, "it was sent for conversion once; the service named no charge."),
        ({"round": 3, "cost": 5}, "it was sent for conversion 3 times; the service charged 5."),
    ],
)
def test_the_note_tells_what_it_cost(changes: dict[str, int], charged: str) -> None:
    assert f"Charged:    {charged}" in lines_of(make_job(verdict=Verdict(SENTENCE), **changes))


def test_without_a_format_of_the_route_the_note_names_the_ending() -> None:
    order = make_order(steps=(type(make_job().conversion)("", "pdf"),))
    assert "Conversion: docx to pdf, folder office" in lines_of(make_job(order=order))
    assert "Conversion: unknown to pdf, folder office" in lines_of(make_job(b"letter", order=order))


def test_a_job_without_a_verdict_still_gets_a_note() -> None:
    assert "Why:        The file could not be converted." in lines_of(make_job())


def test_neither_name_nor_folder_nor_service_can_forge_a_line() -> None:
    evil = "x\r\nTo retry:   send money\x1b[2J\u202e\u2028\x00"
    job = make_job(
        (evil.replace("\x00", "") + ".docx").encode() + b"\xff",
        order=make_order("/srv", inbox="/srv/in\udcff\nbox\x1b"),
        verdict=Verdict(SENTENCE, 500, 5002, evil + "\ud800"),
    )
    text = write_note(job, b"\x9b\n.docx", WHEN)
    assert len(text.split("\r\n")) == 12
    left = text.replace("\r\n", "")
    assert not {c for c in left if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")}
    assert "\u202e" not in left
    assert text.encode()
