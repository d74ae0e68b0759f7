"""The steps that stay on this machine: claim, mint, publish, retire, set aside."""

import contextlib
import errno

from watchconvert.adapters.files.moves import BusyFileError
from watchconvert.core import notes
from watchconvert.core.answers import Held, Scope
from watchconvert.core.cadence import FILE_LIFE, MAX_ROUNDS, is_too_old
from watchconvert.core.job import Job, Verdict
from watchconvert.core.keeping import Placed
from watchconvert.core.naming import output_names, shown
from watchconvert.core.states import Event
from watchconvert.core.units import say_size
from watchconvert.core.verdicts import because
from watchconvert.engine.keeper import remove_notes
from watchconvert.engine.outcome import Outcome, held, rejected
from watchconvert.engine.tools import Tools

_NOT_OURS = (errno.ELOOP, errno.EINVAL, errno.ENXIO, errno.ENOTDIR)


def claim(tools: Tools, job: Job) -> Outcome:
    """Take the file out of the inbox; withdraw if it is no longer the one that was noticed."""
    try:
        held_as = tools.moves.claim(job)
    except BusyFileError as busy:
        return Outcome(Event.WITHDRAWN, {"note": busy.strerror})
    except OSError as fault:
        if fault.errno not in _NOT_OURS:
            raise
        return Outcome(Event.WITHDRAWN, {"note": "something else than a plain file took its name"})
    if held_as is None:
        return Outcome(Event.WITHDRAWN, {"note": "the file left the inbox"})
    if job.order.done:
        tools.moves.remove_marker(job)
    if job.order.remove_empty:
        tools.folders.prune(job.order.inbox, job.folder)
    return Outcome(Event.CLAIMED, {"sighting": held_as})


def mint(tools: Tools, job: Job) -> Outcome:
    """Choose the JobId, if all is ready for the result that it will cost."""
    now = tools.clock.now()
    if tools.fresh.is_inherited(job.id) and not tools.moves.is_staged(job):
        return Outcome(Event.WITHDRAWN, {"note": notes.VANISHED})
    if is_too_old(job.uploaded_at, now, FILE_LIFE):
        return Outcome(Event.FORGOTTEN, {"file_id": tools.new_id()})
    if job.round >= MAX_ROUNDS:
        return rejected(because("rounds"))
    if job.order.on_conflict == "fail" and (name := _taken_name(tools, job)):
        return rejected(because("name_taken", name=shown(name)))
    short = _missing_room(tools, job)
    if short:
        return held(job, Held(Scope.DISK, Verdict(short)), now)
    facts = {"remote_id": job.next_remote_id(), "minted_at": now, "round": job.round + 1, "sent": 1, "parts": ()}
    return Outcome(Event.MINTED, facts)


def _taken_name(tools: Tools, job: Job) -> bytes:
    """Return the output's name if the outbox has it already: then nothing is bought; empty otherwise."""
    (name,) = output_names(job.name, ("",), job.conversion.target)
    return name if tools.parts.is_taken(job, name) else b""


def _missing_room(tools: Tools, job: Job) -> str:
    """Say why a result could not be stored; empty when it could.  Nothing is bought that cannot be delivered."""
    outbox = job.order.outbox
    try:
        with tools.folders.open(outbox) as folder, tools.folders.stage(folder):
            tools.folders.check_writable(folder)
            free = tools.folders.free_bytes(outbox)
    except OSError as fault:
        return f"the outbox {outbox} cannot be written: {fault.strerror}"
    need = max(tools.pace.min_free, 4 * job.sighting.size)
    if free < need:
        return f"the disk of the outbox {outbox} has {say_size(free)} free; {say_size(need)} are wanted"
    return ""


def publish(tools: Tools, job: Job) -> Outcome:
    """Give every part its place in the outbox.

    The job's folder in the stage goes only when its row says published, so where it is missing nothing was published.
    """
    if not tools.parts.has_stage(job):
        return Outcome(Event.MISLAID)
    published = tools.parts.publish(job)
    return Outcome(Event.PUBLISHED, {"parts": published.parts}, placed=published.placed)


def retire(tools: Tools, job: Job) -> Outcome:
    """Put the source away and let the service forget it.

    A source that somebody wrote to after it was uploaded is not what was
    converted: it goes back to the inbox as a new file.
    """
    with contextlib.suppress(OSError):  # the next start clears it, too
        tools.parts.clear(job, job.order.outbox)
    note, placed = "", tuple[Placed, ...]()
    if not tools.moves.is_unchanged(job):
        tools.moves.bring_home(job, job.order.inbox, job.name)
        note = "the file was changed while it was converted and lies in the inbox again"
    elif job.order.source == "delete":
        tools.moves.discard(job)
    else:
        placed = tools.moves.bring_home(job, job.order.archive, job.name).placed
    tools.forget(job)
    return Outcome(Event.RETIRED, {"note": note}, placed=placed)


def set_aside(tools: Tools, job: Job) -> Outcome:
    """Put the source and its explanations into the error folder.

    Explanations of an earlier failure go first: a file that was moved back and fails again keeps its name.
    """
    remove_notes(tools, job, job.name)
    name, placed = tools.moves.bring_home(job, job.order.error, job.name, with_note=True)
    explained = tools.parts.explain(job, notes.write_notes(job, name, tools.clock.local_moment()))
    tools.parts.clear(job, job.order.error)
    tools.parts.clear(job, job.order.outbox)
    if job.round or job.uploaded_at:
        tools.forget(job)
    return Outcome(Event.SET_ASIDE, placed=(*placed, *explained))
