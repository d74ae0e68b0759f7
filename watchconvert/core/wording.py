"""What messages say: to an administrator who reads them on a phone, in plain sentences.

What happened stands in the subject; whether files are safe, and what to do,
stands first in the text.
"""

from dataclasses import dataclass

from watchconvert.core.messages import Group, Heap, Saying, Standing
from watchconvert.core.naming import shown
from watchconvert.core.units import say_duration

_LONGEST_SUBJECT = 150
_SAFE = {
    "held": "Nothing is lost: files wait where they are, and go on by themselves when this is over. "
    "What was bought already is finished meanwhile.",
    "budget": "Nothing is lost: files stay in the inbox, and go on by themselves when more may be spent. "
    "What was bought already is finished meanwhile.",
    "nearly": "Nothing is held yet. When the budget is used up, files stay in the inbox until more may be spent.",
    "low_balance": "Nothing is held yet. When no conversion is left, files wait in their inboxes and none is lost.",
}
_TO_DO = {
    "account": "Look at the account at the conversion service. It is asked about every two minutes.",
    "service": "Most outages pass. If this one stays, look at the network of this machine and at the service's status.",
    "route": "Look at the route in the configuration; one file is tried every two minutes.",
    "disk": "Make room, or make the folder writable again.",
    "pause": "Nothing, if it is meant so. To go on sooner: watchconvert resume.",
    "budget": "Nothing, if it may wait. To go on at once, raise the budget in the configuration and reload.",
    "nearly": "See who uses so much: watchconvert cost --by user. The budget is set in the configuration.",
    "balance": "Buy conversions, or see who uses so many: watchconvert status tells what was sent.",
}
_WHAT = {
    "account": "everything waits for the account",
    "service": "everything waits for the conversion service",
    "route": "the {subject} waits for an administrator",
    "disk": "files wait for room on the {subject}",
    "pause": "work is paused, as a person has asked for it",
    "budget": "the budget of {subject} is used up",
    "nearly": "the budget of {subject} is nearly used up",
    "balance": "the account is running low",
}


@dataclass(frozen=True)
class Wording:
    """Says everything in the name of one machine."""

    host: str
    """The machine's name, as it may be shown."""

    def failed(self, route: str, heap: Heap) -> Saying:
        """Say that files of a route could not be converted."""
        what = f"{_count(heap.count, 'file')} could not be converted"
        told = [line for group in heap.groups for line in (*_say_group(group), "")]
        other = heap.count - sum(group.count for group in heap.groups)
        lines = [
            f"{_count(heap.count, 'file')} of the route {route} could not be converted.",
            "",
            "Every one of them is safe. It lies unchanged in the error folder, beside a note that says why.",
            f"Error folder: {_path(heap.folder)}",
            f"Charged:      {_say_charge(heap)}",
            "What to do:   read the notes. To try a file again, move it back into the inbox.",
            "",
            *told,
            *([f"{_count(other, 'file')} for other reasons", ""] if other else []),
        ]
        facts = {
            "route": route,
            "count": heap.count,
            "sent": heap.sent,
            "error_folder": _path(heap.folder),
            "reasons": [
                {"why": _line(group.why), "count": group.count, "files": list(group.names)} for group in heap.groups
            ],
        }
        return self._saying(f"{route}: {what}", lines, facts)

    def stands(self, standing: Standing, now: float) -> Saying:
        """Say that something is so."""
        what, reason = _what(standing), _line(standing.reason)
        since = f" It has been so for {say_duration(now - standing.since)}." if now - standing.since >= 1 else ""
        lines = [
            f"{what[0].upper()}{what[1:]}.{since}",
            "",
            f"Why:        {reason}",
            f"Files:      {_SAFE.get(standing.scope) or _SAFE[standing.kind]}",
            f"What to do: {_TO_DO[standing.scope]}",
            "",
        ]
        return self._saying(what, lines, _facts(standing) | {"reason": reason})

    def ended(self, standing: Standing, now: float) -> Saying:
        """Say that it is so no more."""
        took = say_duration(max(0.0, now - standing.since))
        subject = _shown(standing.subject)
        lines = [
            f"What was held goes on ({subject}). It had waited for {took}.",
            "",
            f"It was:     {_line(standing.reason)}",
            "Files:      what has waited is converted now, without anybody doing anything.",
            "What to do: nothing.",
            "",
        ]
        return self._saying(
            f"over after {took}: {_what(standing)}", lines, _facts(standing) | {"seconds": now - standing.since}
        )

    def test(self, name: str) -> Saying:
        """Say that this is a test."""
        lines = [
            f"This is a test of the notifier {name}. It was asked for on the command line.",
            "",
            "What to do: nothing.",
            "",
        ]
        return self._saying("a test message", lines, {})

    def _saying(self, subject: str, lines: list[str], facts: dict[str, object]) -> Saying:
        whole = f"{subject} [watchconvert {self.host}]"
        if len(whole) > _LONGEST_SUBJECT:
            whole = whole[: _LONGEST_SUBJECT - 1] + "…"
        closing = ["How it is now: watchconvert status", f"-- \nwatchconvert on {self.host}", ""]
        return Saying(whole, "\n".join([*lines, *closing]), facts | {"host": self.host})


def _facts(standing: Standing) -> dict[str, object]:
    return {"about": _shown(standing.subject), "since": standing.since, "routes": list(standing.routes)}


def _what(standing: Standing) -> str:
    return _WHAT[standing.scope].format(subject=_shown(standing.subject))


def _say_group(group: Group) -> list[str]:
    more = group.count - len(group.names)
    names = [f"    {name}" for name in group.names]
    return [f"{_count(group.count, 'file')}: {_line(group.why)}", *names, *([f"    and {more} more"] if more else [])]


def _say_charge(heap: Heap) -> str:
    if not heap.sent:
        return "nothing; none was sent for conversion."
    return (
        f"perhaps; {heap.sent} of {heap.count} had been sent for conversion. Each note says what the service charged."
    )


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _line(text: str) -> str:
    """Return a sentence, part of which the service may have said, as it may be shown on a line."""
    return shown(text.encode("utf-8", "backslashreplace"), 500)


def _shown(text: str) -> str:
    return shown(text.encode("utf-8", "surrogateescape"))


def _path(path: str) -> str:
    return shown(path.encode("utf-8", "surrogateescape"), 1000)
