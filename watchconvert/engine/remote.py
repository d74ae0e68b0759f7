"""The steps that talk to the service: upload, submit, poll, fetch."""

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from watchconvert.adapters.convertapi.results import FetchError, SourceChangedError
from watchconvert.adapters.files import looks
from watchconvert.core import notes
from watchconvert.core.answers import (
    Accepted,
    Answer,
    Converted,
    Failed,
    Held,
    Refused,
    Scope,
    Stale,
    Unavailable,
    Unclear,
    Unknown,
    Uploaded,
)
from watchconvert.core.cadence import JOB_LIFE, MAX_ROUNDS, is_forgotten, is_too_old, pause_after
from watchconvert.core.job import Job, Part, Sighting, Verdict
from watchconvert.core.kinds import contradicts
from watchconvert.core.naming import format_of, output_names
from watchconvert.core.settle import Writer
from watchconvert.core.states import Event
from watchconvert.core.verdicts import because
from watchconvert.engine.asking import ask, believed
from watchconvert.engine.outcome import Outcome, delayed, faulty, held, rejected, unavailable
from watchconvert.engine.tools import Tools

_LOOK_AGAIN = 1.0
"""Seconds after which a source that somebody still writes to is looked at again."""
_MOST_PAUSE = 3600.0
_UNSAID = ((400, 0), (400, 400))
"""A refusal of a request without saying what is wrong with it."""
_UNUSABLE_TRIES = 4
"""How often a result is fetched that cannot be used, before the file is given back."""
_FETCH_TRIES = 4
"""How often a result is fetched that the service refuses to give, before it is asked where the result is."""


def upload(tools: Tools, job: Job) -> Outcome:
    """Send the source to the service, and believe in it only if nobody wrote to it meanwhile."""
    if job.verdict:
        return rejected(job.verdict)
    try:
        return _upload(tools, job)
    except FileNotFoundError:
        if tools.moves.is_staged(job):
            raise
        return Outcome(Event.WITHDRAWN, {"note": notes.VANISHED})


def _upload(tools: Tools, job: Job) -> Outcome:
    with tools.moves.source(job) as file:
        before = looks.sighting_of(os.fstat(file))
        if not before.same_content(job.sighting) or looks.take_lease(file) is Writer.OPEN:
            return _still_written(tools, job, before)
        looks.drop_lease(file)
        if not tools.fresh.take(job.id) and tools.service.has_file(job.file_id, before.size):
            return _uploaded(tools, job.file_id, job.sha256)
        try:
            answer, sha256 = tools.service.upload(job, file, before.size)
        except SourceChangedError:
            return _still_written(tools, job, before)
        after = looks.sighting_of(os.fstat(file))
        if not after.same_content(before):
            return _still_written(tools, job, after)
    if isinstance(answer, Uploaded):
        return _uploaded(tools, answer.file_id, sha256)
    return _after_upload(tools, job, answer)


def _uploaded(tools: Tools, file_id: str, sha256: str) -> Outcome:
    facts = {"file_id": file_id, "uploaded_at": tools.clock.now(), "sha256": sha256}
    return Outcome(Event.UPLOADED, facts)


def _still_written(tools: Tools, job: Job, sighting: Sighting) -> Outcome:
    """Wait in the stage until the writer that slipped in has ended; what was sent of it is void."""
    due = tools.clock.now() + _LOOK_AGAIN
    return delayed(job, notes.STILL_WRITTEN, due, sighting=sighting, file_id=tools.new_id())


def _after_upload(tools: Tools, job: Job, answer: Answer) -> Outcome:
    match answer:
        case Refused(verdict):
            return rejected(verdict)
        case Held():
            return held(job, answer, tools.clock.now())
        case Stale(verdict, bound):
            return _repeat(tools, job, verdict, Event.DELAYED, bound)
        case Unavailable():
            return unavailable(job, answer, tools.clock.now(), tools.clock.dice())
        case Failed(verdict, _):
            return faulty(job, verdict.message or verdict.sentence, tools.clock.now(), tools.clock.dice())
        case _:
            return faulty(job, "the upload was not confirmed", tools.clock.now(), tools.clock.dice())


def submit(tools: Tools, job: Job) -> Outcome:
    """Post the conversion; if the request may have been sent before, ask first."""
    is_fresh = tools.fresh.take(job.id)
    if not is_fresh or tools.fresh.ask_once(job.id):
        answer = ask(tools, job)
        if not isinstance(answer, Unknown):
            return _after_ask(tools, job, answer)
        if not is_fresh:
            return _not_known_yet(tools, job)
    answer = tools.service.submit(job)
    if isinstance(answer, Unavailable | Held):
        # It was certainly not accepted, so it may be sent again without asking.
        tools.fresh.add(job.id)
    return _after_submit(tools, job, answer)


def _not_known_yet(tools: Tools, job: Job) -> Outcome:
    """Doubt for a while before the conversion is posted again under the same JobId."""
    now = tools.clock.now()
    if is_too_old(job.minted_at, now, JOB_LIFE):
        return _void(tools, Event.FORGOTTEN)
    if not is_forgotten(job.doubted_at, now, tools.pace.doubt):
        since = job.doubted_at if 0 < job.doubted_at <= now else now
        return delayed(job, "the service does not know the job yet", since + tools.pace.doubt, doubted_at=since)
    if not tools.moves.is_staged(job):
        # Its way went on without this row, which is of an older copy of the journal: nothing is left to convert.
        return _void(tools, Event.FORGOTTEN)
    # Journaled before it is sent again: the row says how often the service may have heard of it.
    tools.fresh.add(job.id)
    pause = min(_MOST_PAUSE, tools.pace.doubt * 2.0 ** (job.sent - 1)) if job.sent > 1 else 0.0
    return delayed(job, "", now + pause, doubted_at=0.0, sent=job.sent + 1)


def _after_submit(tools: Tools, job: Job, answer: Answer) -> Outcome:
    if isinstance(answer, Unclear):
        return delayed(job, answer.reason, tools.clock.now() + _LOOK_AGAIN)
    if isinstance(answer, Unknown):
        return _not_known_yet(tools, job)
    if isinstance(answer, Held | Refused) and _lacks_conversion(tools, job, answer.verdict):
        verdict = _no_conversion(job, answer.verdict)
        return rejected(verdict) if job.order.by_ending else held(job, Held(Scope.ROUTE, verdict), tools.clock.now())
    return _after_ask(tools, job, answer)


def _lacks_conversion(tools: Tools, job: Job, verdict: Verdict) -> bool:
    """Tell whether the service lacks the conversion.

    If the kind of file that somebody dropped is to blame, the file is given back; if the
    route or the address of the service is set up wrongly, no file may suffer for that.
    """
    if verdict.status not in (404, 405) and (verdict.status, verdict.code) not in _UNSAID:
        return False
    return isinstance(tools.service.probe(), Accepted) and tools.service.supports(job.conversion) is False


def _no_conversion(job: Job, verdict: Verdict) -> Verdict:
    step, said = job.conversion, (verdict.status, verdict.code, verdict.message)
    return because("no_conversion", *said, source=step.source, target=step.target)


def _after_ask(tools: Tools, job: Job, answer: Answer) -> Outcome:
    """Return what follows from an answer about the job, whichever request brought it."""
    now, dice = tools.clock.now(), tools.clock.dice()
    match answer:
        case Accepted(remote_id):
            return Outcome(Event.ACCEPTED, {"remote_id": remote_id or job.remote_id, "due": now + tools.pace.poll_gap})
        case Converted(parts, cost):
            return Outcome(Event.CONVERTED, {"parts": _named(job, parts), "cost": job.cost + cost})
        case Held():
            return held(job, answer, now)
        case Stale(verdict, bound):
            return _repeat(tools, job, verdict, Event.FORGOTTEN, bound)
        case Failed(verdict, bound):
            return _repeat(tools, job, verdict, Event.SENT_BACK, bound)
        case Refused(verdict):
            return rejected(verdict)
        case Unavailable():
            return unavailable(job, answer, now, dice)
        case _:
            return faulty(job, "the service's answer was not understood", now, dice)


def _named(job: Job, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    names = output_names(job.name, tuple(part.label for part in parts), job.conversion.target)
    return tuple(Part(part.url, part.size, part.label, name) for part, name in zip(parts, names, strict=True))


def _repeat(tools: Tools, job: Job, verdict: Verdict, event: Event, bound: int) -> Outcome:
    """Upload once more, as often as the verdict bears it; then give the file back."""
    if job.repeats >= bound or job.round >= MAX_ROUNDS:
        return rejected(verdict)
    due = tools.clock.now() + pause_after(job.repeats + 1, tools.clock.dice())
    note = verdict.message or verdict.sentence
    facts: dict[str, Any] = {"repeats": job.repeats + 1, "file_id": tools.new_id(), "note": note, "due": due}
    return Outcome(event, facts)


def _void(tools: Tools, event: Event) -> Outcome:
    return Outcome(event, {"file_id": tools.new_id(), "parts": ()})


def poll(tools: Tools, job: Job) -> Outcome | None:
    """Ask what became of a job; None when it is still converting, which is not worth a row."""
    answer = ask(tools, job)
    now = tools.clock.now()
    if isinstance(answer, Accepted):
        return delayed(job, "", now, doubted_at=0.0) if job.doubted_at or job.note else None
    if not isinstance(answer, Unknown):
        return _after_ask(tools, job, answer)
    if not is_forgotten(job.doubted_at, now, tools.pace.doubt) and not is_too_old(job.minted_at, now, JOB_LIFE):
        since = job.doubted_at if 0 < job.doubted_at <= now else now
        return delayed(job, "the service does not know the job any more", since + tools.pace.doubt, doubted_at=since)
    return _lost(tools, job)


def _lost(tools: Tools, job: Job) -> Outcome:
    """Begin another round for a job that the service lost, within the bound on rounds."""
    if job.round >= MAX_ROUNDS:
        return rejected(because("rounds"))
    return _void(tools, Event.FORGOTTEN)


def fetch(tools: Tools, job: Job) -> Outcome:
    """Stream every part into the outbox's stage, whole and synced."""
    parts = []
    for number, part in enumerate(job.parts):
        try:
            blocks = _checked(tools.service.fetch(job, part), part)
            parts.append(tools.parts.write(job, number, blocks))
        except FetchError as fault:
            return _after_fetch(tools, job, believed(tools, job, fault.answer))
        except WrongKindError:
            return _unusable(tools, job, because("wrong_kind", kind=format_of(part.name)))
    return Outcome(Event.FETCHED, {"parts": tuple(parts)})


class WrongKindError(Exception):
    """A result does not begin as a file of its kind does: an error page, perhaps."""


def _checked(blocks: Iterator[bytes], part: Part) -> Iterator[bytes]:
    """Pass a result on if it begins as its kind must."""
    first = next(blocks, b"")
    if contradicts(format_of(part.name), first):
        raise WrongKindError
    yield first
    yield from blocks


def _unusable(tools: Tools, job: Job, verdict: Verdict) -> Outcome:
    """Fetch again a few times; then give the file back rather than show something else under its name."""
    if job.repeats >= _UNUSABLE_TRIES:
        return rejected(verdict)
    outcome = faulty(job, verdict.message or verdict.sentence, tools.clock.now(), tools.clock.dice())
    return replace(outcome, facts={**outcome.facts, "repeats": job.repeats + 1})


def _after_fetch(tools: Tools, job: Job, answer: Answer) -> Outcome:
    """Fetch again, then ask where the result is: it is paid for, and no verdict on the file or the account."""
    now, dice = tools.clock.now(), tools.clock.dice()
    if isinstance(answer, Unavailable):
        return unavailable(job, answer, now, dice)
    if isinstance(answer, Refused) and not answer.verdict.status:
        return _unusable(tools, job, answer.verdict)
    if isinstance(answer, Held | Refused | Stale | Failed) and job.tries < _FETCH_TRIES:
        return faulty(job, f"the service answered {answer.verdict.status} where the result should be", now, dice)
    if is_forgotten(job.doubted_at, now, tools.pace.doubt):
        return _ask_for_results(tools, job, answer)
    since = job.doubted_at if 0 < job.doubted_at <= now else now
    return delayed(job, "the result is not there", since + tools.pace.doubt, doubted_at=since)


def _ask_for_results(tools: Tools, job: Job, said: Answer) -> Outcome:
    """Ask for the results' addresses once more before they count as lost.

    They are lost when they are not there; where the service only refuses to give them, it may still come to its senses.
    """
    again = ask(tools, job)
    now, dice = tools.clock.now(), tools.clock.dice()
    match again:
        case Converted(parts) if [part.url for part in parts] != [part.url for part in job.parts]:
            named = _named(job, parts)
            return delayed(job, "the results have new addresses", now, parts=named, doubted_at=0.0)
        case Converted() if not isinstance(said, Unknown) and not is_too_old(job.minted_at, now, JOB_LIFE):
            return faulty(job, "the service refuses to give the result that it has", now, dice)
        case Converted() | Unknown():
            return _lost(tools, job)
        case Unavailable():
            return unavailable(job, again, now, dice)
        case Held(_, verdict):
            # With a pause: what is paid for goes on through a hold, and would ask without end.
            return replace(faulty(job, verdict.sentence, now, dice), hold=again)
        case _:
            return faulty(job, "the service does not say where the result is", now, dice)
