"""The explanations beside a failed file: for a person and for programs, and not to be forged by a name or the service."""

import json
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.core.making import JOB_ID, make_job, make_order
from watchconvert.core.job import Job, Verdict
from watchconvert.core.notes import is_same_note, write_marker, write_note, write_notes, write_record
from watchconvert.core.texts import LANGUAGES
from watchconvert.core.verdicts import because

SENTENCE = "The file is damaged."
WHEN = datetime(2024, 5, 1, 12, 0, 7, tzinfo=timezone(timedelta(hours=2), "CEST"))
FIRST = make_job().next_remote_id()


def lines_of(job: Job, name: bytes = b"letter (2).docx") -> list[str]:
    return write_note(job, name, WHEN).split("\r\n")


def failed(language: str = "en", **changes: Any) -> Job:
    verdict = because("damaged", 500, 5002, "Damaged file")
    plain: dict[str, Any] = {"verdict": verdict, "round": 1, "cost": 2, "remote_id": FIRST}
    return make_job(order=make_order(language=language), **plain | changes)


def test_the_note_says_what_why_where_and_what_to_do() -> None:
    assert lines_of(failed()) == [
        "letter.docx was not converted.",
        "",
        "Why:        The file is damaged or incomplete, so it could not be converted. Open it in its own program, save it again, and drop it again.",
        "Your file:  is safe. It lies beside this note as letter (2).docx, unchanged.",
        "What to do: mend the file, then move it back into the folder inbox.",
        "",
        "Conversion: docx to pdf, folder office",
        "When:       1 May 2024, 12:00 (CEST)",
        "Charged:    it was sent for conversion once; the service charged 2.",
        "Service:    status 500, code 5002, said: Damaged file",
        f"JobId:      {FIRST}  (at the conversion service)",
        f"Job:        {JOB_ID}  (for your administrator)",
        "",
    ]


def test_the_note_says_it_in_german() -> None:
    assert lines_of(failed("de")) == [
        "letter.docx wurde nicht umgewandelt.",
        "",
        "Grund:      Die Datei ist beschädigt oder unvollständig und konnte deshalb nicht umgewandelt werden. Öffnen Sie sie im zugehörigen Programm, speichern Sie sie neu und legen Sie sie noch einmal ab.",
        "Ihre Datei: ist sicher. Sie liegt unverändert als letter (2).docx neben diesem Hinweis.",
        "Was tun?    Bringen Sie die Datei in Ordnung und verschieben Sie sie dann zurück in den Ordner inbox.",
        "",
        "Umwandlung: docx in pdf, Ordner office",
        "Zeitpunkt:  1. Mai 2024, 12:00 Uhr (MESZ)",
        "Kosten:     Die Datei wurde einmal zur Umwandlung gesendet; vom Dienst berechnet: 2.",
        "Dienst:     Status 500, Code 5002, Meldung: Damaged file",
        f"JobId:      {FIRST}  (beim Umwandlungsdienst)",
        f"Auftrag:    {JOB_ID}  (für Ihren Administrator)",
        "",
    ]


def test_the_record_says_the_same_to_programs() -> None:
    text = write_record(failed("de", folder=b"a/b"), b"letter (2).docx", WHEN)
    assert json.loads(text) == {
        "schema": 1,
        "job": JOB_ID,
        "jobids": [FIRST],
        "route": "office",
        "file": "letter (2).docx",
        "file_hex": None,
        "folder": "a/b",
        "folder_hex": None,
        "dropped_as": "letter.docx",
        "dropped_as_hex": None,
        "when": "2024-05-01T10:00:07Z",
        "cause": "damaged",
        "sentence": because("damaged").sentence,
        "language": "de",
        "sentence_local": LANGUAGES["de"].causes["damaged"],
        "action": "mend_file",
        "action_local": LANGUAGES["de"].say("mend_file", inbox="inbox"),
        "service": {"status": 500, "code": 5002, "message": "Damaged file"},
        "rounds": 1,
        "charged": True,
        "cost": 2,
    }
    assert "Öffnen" in text, "letters are letters"
    assert text.endswith("}\n")


@pytest.mark.parametrize(
    ("changes", "charged"),
    [({"round": 0, "cost": 0}, False), ({"cost": 0}, None), ({"cost": 3}, True), ({"round": 0, "cost": 1}, True)],
)
def test_the_record_says_whether_it_was_charged_or_that_nobody_knows(changes: dict[str, int], charged: object) -> None:
    assert json.loads(write_record(failed(**changes), b"x", WHEN))["charged"] is charged


def test_every_round_is_named_and_the_last_as_the_service_knows_it() -> None:
    job = failed(round=3, remote_id="its-own")
    jobids = json.loads(write_record(job, b"x", WHEN))["jobids"]
    assert jobids == [FIRST, failed(round=1).next_remote_id(), "its-own"]
    assert f"JobId:      {', '.join(jobids)}  (at the conversion service)" in lines_of(job)
    assert json.loads(write_record(failed(round=0), b"x", WHEN))["jobids"] == []


def test_a_name_that_is_no_utf_8_is_told_by_its_bytes_too() -> None:
    record = json.loads(write_record(failed(), b"caf\xe9.docx", WHEN))
    assert (record["file"], record["file_hex"]) == ("caf\ufffd.docx", b"caf\xe9.docx".hex())


def test_both_stand_beside_the_file_under_its_name() -> None:
    names = [name for name, _ in write_notes(failed(), b"letter (2).docx", WHEN)]
    assert names == [b"letter (2).docx.error.txt", b"letter (2).docx.error.json"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_are_known_again_whenever_they_were_written_and_never_when_changed(language: str) -> None:
    later = datetime(2031, 11, 30, 23, 59, tzinfo=UTC)
    for (_, one), (_, other) in zip(
        write_notes(failed(language), b"x", WHEN), write_notes(failed(language), b"x", later), strict=True
    ):
        assert one != other
        assert is_same_note(one, other)
        assert not is_same_note(one, other + "asked the sender\r\n")
        assert not is_same_note(one, other.replace("office", "Office"))


def test_a_reason_of_our_own_names_no_answer_of_the_service() -> None:
    job = failed(verdict=because("empty"))
    assert not any(line.startswith("Service:") for line in lines_of(job))
    assert json.loads(write_record(job, b"x", WHEN))["service"] is None


def test_a_service_that_said_nothing_is_quoted_so() -> None:
    assert "Service:    status 413, code 0, said: nothing" in lines_of(make_job(verdict=Verdict(SENTENCE, 413)))


@pytest.mark.parametrize(
    ("changes", "charged"),
    [
        ({}, "no. The file was never sent for conversion."),
        ({"round": 1}, "it was sent for conversion once; the service named no charge."),
        ({"round": 2}, "it was sent for conversion 2 times; the service named no charge."),
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
    evil = "x\r\nWhat to do? send money\x1b[2J\u202e\u2028\x00\x9b"
    job = make_job(
        (evil.replace("\x00", "") + ".docx").encode() + b"\xff",
        order=make_order("/srv", inbox="/srv/in\udcff\nbox\x1b"),
        verdict=Verdict(SENTENCE, 500, 5002, evil + "\ud800"),
        remote_id=evil + "\ud800",
        round=1,
    )
    text = write_note(job, b"\x9b\n.docx", WHEN)
    assert len(text.split("\r\n")) == 13
    record = write_record(job, b"\x9b\n.docx", WHEN)
    assert len(record.split("\n")) == len(json.loads(record)) + 9, "a line for each field, and for what lies in it"
    assert json.loads(record)["dropped_as"].startswith("x\r\nWhat to do? send money\x1b[2J\u202e\u2028")
    marker = write_marker(LANGUAGES["en"], job.name, job.id)
    assert marker.count("\n") == 1
    for left in (text.replace("\r\n", ""), record.replace("\n", ""), marker.replace("\r\n", "")):
        assert not {c for c in left if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")}
        assert "\u202e" not in left
        assert left.encode()
