"""The explanation that lies beside a file in the error folder: for the person who dropped it."""

from watchconvert.core.job import Job, Verdict
from watchconvert.core.naming import format_of, shown

NOT_ACCEPTED = "This folder does not take files of this kind."
NO_CONVERSION = "The conversion service cannot convert .{source} files to {target}."
NO_ENDING = "The name of the file has no ending (such as .docx), so nobody can tell what kind of file it is."
EMPTY = "The file is empty. It may have been cut off while it was copied; drop it again."
CUT_OFF = "The file looks cut off, as if its upload broke. Check it in its own program and drop it again."
TAKEN = "The outbox already has a file named {name}, and this folder is set up not to number a second one."
ROUNDS = "The conversion service took the file several times and never delivered a result."
WRONG_KIND = "The conversion service delivered something that is no {kind} file."
UNUSABLE = (
    "The conversion service delivered its result in a way that cannot be accepted. Please tell your administrator."
)
VANISHED = "The file is no longer in the stage: other hands took it out, or the journal is an older copy."
STILL_WRITTEN = "a program still writes to the file"
CANCELLED = "An administrator cancelled the conversion."
KILLER = "The conversion program was interrupted three times while it worked on this file, so the file was set aside."


def write_note(job: Job, name: bytes, when: str) -> str:
    """Return the text of the explanation.

    `name` is the file's name in the error folder and `when` the local time as it
    is to be read.
    """
    verdict = job.verdict or Verdict("The file could not be converted.")
    step = job.conversion
    lines = [
        f"{shown(job.name)} was not converted.",
        "",
        f"Why:        {verdict.sentence}",
        f"Your file:  is safe. It lies beside this note as {shown(name)}, unchanged.",
        f"To retry:   move it back into the folder {shown(_base(job.order.inbox))}.",
        "",
        f"Conversion: {step.source or format_of(job.name) or 'unknown'} to {step.target}, folder {job.route}",
        f"When:       {when}",
        f"Charged:    {_charged(job)}",
    ]
    if verdict.status:
        said = shown(verdict.message.encode("utf-8", "replace")) or "nothing"
        lines.append(f"Service:    status {verdict.status}, code {verdict.code}, said: {said}")
    lines += [f"Job:        {job.id}  (for your administrator)", ""]
    return "\r\n".join(lines)


def is_same_note(one: str, other: str) -> bool:
    """Tell whether two texts are one explanation, written at different times."""
    plain = [[line for line in text.split("\r\n") if not line.startswith("When: ")] for text in (one, other)]
    return plain[0] == plain[1]


def _base(path: str) -> bytes:
    return path.rpartition("/")[2].encode("utf-8", "surrogateescape")


def _charged(job: Job) -> str:
    if job.round == 0:
        return "no. The file was never sent for conversion."
    times = "once" if job.round == 1 else f"{job.round} times"
    cost = f"the service charged {job.cost}" if job.cost else "the service named no charge"
    return f"it was sent for conversion {times}; {cost}."
