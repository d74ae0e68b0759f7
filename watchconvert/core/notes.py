"""The explanations beside a file in the error folder: one for the person who dropped it, one for programs."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from watchconvert.core.job import Job, Verdict
from watchconvert.core.naming import JSON_ENDING, MARKER_ENDING, NOTE_ENDING, format_of, json_safe, note_name, shown
from watchconvert.core.texts import LANGUAGES, Language, find_language
from watchconvert.core.verdicts import UNKNOWN, action_after, because, sentence_in

SCHEMA = 1
"""Version of the explanation for programs; it grows when a field changes its meaning or goes."""
VANISHED = "The file is no longer in the stage: other hands took it out, or the journal is an older copy."
STILL_WRITTEN = "a program still writes to the file"


def write_notes(job: Job, name: bytes, when: datetime) -> tuple[tuple[bytes, str], ...]:
    """Return both explanations of a file, each with its name: for people, then for programs.

    `name` is the file's name in the error folder and `when` the local time, with its zone.
    """
    return (
        (note_name(name, NOTE_ENDING), write_note(job, name, when)),
        (note_name(name, JSON_ENDING), write_record(job, name, when)),
    )


def write_note(job: Job, name: bytes, when: datetime) -> str:
    """Return the text of the explanation for people, in the language of the job's order."""
    language, verdict, step = find_language(job.order.language), _verdict_of(job), job.conversion
    kind = step.source or format_of(job.name) or language.say("unknown_kind")
    rows = {
        "why": sentence_in(language, verdict),
        "file": language.say("file", name=shown(name)),
        "action": _say_action(language, job, verdict),
        "": "",
        "conversion": language.say("conversion", source=kind, target=step.target, route=job.route),
        "when": _say_moment(language, when),
        "charged": _say_charge(language, job),
    }
    if verdict.status:
        said = shown(verdict.message.encode("utf-8", "replace")) or language.say("said_nothing")
        rows["service"] = language.say("service", status=verdict.status, code=verdict.code, said=said)
    if job.round:
        rows["jobid"] = language.say("jobid", ids=", ".join(shown(_text(each).encode()) for each in job.remote_ids()))
    rows["job"] = language.say("job", id=job.id)
    return "\r\n".join([language.say("title", name=shown(job.name)), "", *_laid_out(language, rows), ""])


def _laid_out(language: Language, rows: Mapping[str, str]) -> list[str]:
    """Return lines whose labels make a column."""
    labels = {key: _label(language.say(f"label_{key}")) if key else "" for key in rows}
    width = max(len(label) for label in labels.values())
    return [f"{labels[key]:<{width}} {text}" if key else "" for key, text in rows.items()]


def _label(text: str) -> str:
    return text if text.endswith("?") else text + ":"


def write_record(job: Job, name: bytes, when: datetime) -> str:
    """Return the text of the explanation for programs: JSON, its fields told in docs/operating.md."""
    language, verdict = find_language(job.order.language), _verdict_of(job)
    said = {"status": verdict.status, "code": verdict.code, "message": _text(verdict.message)}
    record: dict[str, Any] = {
        "schema": SCHEMA,
        "job": job.id,
        "jobids": [_text(each) for each in job.remote_ids()],
        "route": job.route,
        **_say_name("file", name),
        **_say_name("folder", job.folder),
        **_say_name("dropped_as", job.name),
        "when": when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "cause": verdict.cause or UNKNOWN,
        "sentence": verdict.sentence,
        "language": language.code,
        "sentence_local": sentence_in(language, verdict),
        "action": action_after(verdict),
        "action_local": _say_action(language, job, verdict),
        "service": said if verdict.status else None,
        "rounds": job.round,
        "charged": job.cost > 0 if job.cost or not job.round else None,
        "cost": job.cost,
    }
    return json_safe(json.dumps(record, indent=2, ensure_ascii=False)) + "\n"


def is_same_note(one: str, other: str) -> bool:
    """Tell whether two texts are one explanation, written at different times."""
    plain = [[line for line in text.split("\n") if not line.startswith(_TIMES)] for text in (one, other)]
    return plain[0] == plain[1]


_TIMES = ('  "when": ', *(_label(each.say("label_when")) + " " for each in LANGUAGES.values()))
"""How the lines begin that tell when an explanation was written."""


def write_marker(language: Language, marker: bytes, job_id: str) -> str:
    """Return the text of a marker, given its name: what stands in an inbox while a file is converted."""
    return f"{language.say('marker', name=shown(marker.removesuffix(MARKER_ENDING)))} ({job_id})\r\n"


def marked_job(marker: bytes, text: str) -> str:
    """Return the id of the job that a marker of that name names; empty for a text that is not just what is written."""
    found = _MARKED.search(text)
    job_id = found.group(1) if found else ""
    return job_id if any(text == write_marker(each, marker, job_id) for each in LANGUAGES.values()) else ""


_MARKED = re.compile(r"\(([0-9a-f]{32})\)\r\n\Z")


def _verdict_of(job: Job) -> Verdict:
    return job.verdict or because(UNKNOWN)


def _say_action(language: Language, job: Job, verdict: Verdict) -> str:
    return language.say(action_after(verdict), inbox=shown(_base(job.order.inbox)))


def _base(path: str) -> bytes:
    return path.rpartition("/")[2].encode("utf-8", "surrogateescape")


def _say_moment(language: Language, when: datetime) -> str:
    zone = when.tzname() or "UTC"
    words = {"day": when.day, "month": language.months[when.month - 1], "year": when.year}
    return language.say("moment", **words, time=f"{when:%H:%M}", zone=language.zones.get(zone, zone))


def _say_charge(language: Language, job: Job) -> str:
    if job.round == 0:
        return language.say("never_sent")
    key = ("charged_" if job.cost else "sent_") + ("once" if job.round == 1 else "often")
    return language.say(key, times=job.round, cost=job.cost)


def _say_name(key: str, name: bytes) -> dict[str, str | None]:
    """Return a name as text, and where it is no UTF-8 its bytes in hexadecimal digits as well."""
    text = name.decode("utf-8", "replace")
    return {key: text, f"{key}_hex": name.hex() if text.encode() != name else None}


def _text(said: str) -> str:
    """Return what the service said without halves of characters, which no UTF-8 has."""
    return said.encode("utf-8", "replace").decode()
