"""The situations in which the daemon dies at every point: what is dropped, how the service behaves, what a person does.

Each is a row of data.  `ends` says where the sources may lie at rest, `extra` how many bills beyond one for each source
the situation itself may cost; whatever else the journal owns up to would be a bill for nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.crash.people import FOREIGN, SOURCE
from watchconvert.core.answers import Answer, Failed, Held, Refused, Scope, Stale, Unavailable, Unclear
from watchconvert.core.job import Verdict

DAMAGED = Verdict("It is damaged.", 500, 5002)
_LOCKED = Held(Scope.ACCOUNT, Verdict("The account is empty.", 401, 4014))
_NO_SETTING = Held(Scope.ROUTE, Verdict("The settings are not valid.", 400, 4000))
_AWAY, _BUSY = Unavailable("away"), Unavailable("busy", 2.0, crowded=True)
LETTER = {"letter.docx": SOURCE}
_NAMES_TAKEN = {("outbox", "letter.pdf"): FOREIGN, ("archive", "letter.docx"): FOREIGN}
_ERRORS_TAKEN = {("error", "letter.docx"): FOREIGN, ("error", "letter (2).docx.error.txt"): FOREIGN}
_JSON_TAKEN = {("error", "letter.docx.error.json"): FOREIGN}
_EITHER = frozenset({"archive", "error"})
_SUB = {"a/b/letter.docx": SOURCE}


@dataclass(frozen=True)
class Situation:
    """One row."""

    name: str
    manners: Mapping[str, Any] = field(default_factory=dict)
    """How the service behaves; keys are fields of `FakeService`."""
    answers: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict)
    """What it says at first, by the name of the request."""
    route: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=lambda: LETTER)
    markers: tuple[str, ...] = ()
    foreign: Mapping[tuple[str, str], bytes] = field(default_factory=dict)
    act: str = ""
    """What a person does meanwhile; see `people.Person`."""
    ends: frozenset[str] = frozenset({"archive"})
    extra: int = 0
    far: str = ""
    """The folder that lies on another file system."""
    flat: str = ""
    """What the file system lacks: "flag" (to rename without replacing), "links" (that, and hard links)."""
    known: str = ""
    """A complaint that is known to be true: what cannot be had there, as docs/failure-points.md says."""


def _error(name: str, **more: Any) -> Situation:
    return Situation(name, ends=frozenset({"error"}), **more)


QUIET: tuple[Situation, ...] = (
    Situation("plain"),
    Situation("polled", {"held": False}),
    Situation("two outputs", {"outputs": 2}),
    Situation("many outputs, polled", {"outputs": 5, "held": False}),
    _error("refused", manners={"refuse": DAMAGED}),
    _error("refused, polled", manners={"refuse": DAMAGED, "held": False}),
    Situation("refused at the upload", answers={"upload": (Refused(DAMAGED),)}, ends=_EITHER),
    Situation("job forgotten", {"held": False, "lose_once": True}, extra=1),
    Situation("result expired", {"expire_once": True}, extra=1),
    Situation("reply lost", {"lose_replies": 1}),
    Situation("reply lost, registered late", {"lose_replies": 1, "lag": 3.0}),
    Situation("reply lost, registered later than it is doubted", {"lose_replies": 1, "lag": 8.0}, extra=3),
    Situation("request lost", answers={"submit": (Unclear("the connection broke"),)}),
    Situation("account held at the upload", answers={"upload": (_LOCKED,), "probe": (_LOCKED,)}),
    Situation("account held at the submit", answers={"submit": (_LOCKED, _LOCKED), "probe": (_LOCKED,)}),
    Situation("account held at the poll", {"held": False}, {"ask": (_LOCKED,), "probe": (_LOCKED, _LOCKED)}),
    Situation("route held", answers={"submit": (_NO_SETTING, _NO_SETTING)}),
    Situation("service away", answers={"upload": (_AWAY,) * 4, "submit": (_AWAY,), "probe": (_AWAY,) * 2}),
    Situation("service busy", answers={"upload": (_BUSY,), "submit": (_BUSY, _BUSY)}),
    Situation("sent back", answers={"submit": (Failed(DAMAGED, 2),)}),
    Situation("upload lost", answers={"submit": (Stale(DAMAGED, 2), Stale(DAMAGED, 2))}),
    Situation("result damaged", answers={"fetch": (_AWAY, Refused(Verdict("It is no result.")))}),
    Situation("names taken", foreign=_NAMES_TAKEN),
    _error("names taken, refused", manners={"refuse": DAMAGED}, foreign=_ERRORS_TAKEN),
    _error("the name of the explanation for programs taken, refused", manners={"refuse": DAMAGED}, foreign=_JSON_TAKEN),
    _error("name taken, and that fails", route={"on_conflict": "fail"}, foreign=_NAMES_TAKEN),
    Situation("name replaced", route={"on_conflict": "replace"}),
    Situation("source deleted", route={"source": "delete"}, ends=frozenset()),
    _error("not accepted", route={"accept": ("*.odt",)}),
    _error("empty", files={"letter.docx": b""}),
    _error("no ending", files={"letter": SOURCE}),
    Situation("two of one stem", files={"a.doc": SOURCE, "a.docx": SOURCE + b", anew"}),
    Situation("three files, two outputs", {"outputs": 2}, files={f"{n}.docx": b"letter %d" % n for n in range(3)}),
    Situation("sub-folder", route={"recursive": True, "remove_empty": True}, files=_SUB),
    _error("sub-folder, refused", manners={"refuse": DAMAGED}, route={"recursive": True}, files=_SUB),
    Situation("done marker", route={"done": "{name}.done"}, markers=("letter.docx.done",)),
    Situation("dressed", route={"owner": "folder", "file_mode": 0o640, "keep_times": True}),
    Situation("archive on another file system", far="archive"),
    Situation("archive on another file system, name taken", far="archive", foreign=_NAMES_TAKEN),
    _error("error folder on another file system", manners={"refuse": DAMAGED}, far="error"),
    Situation("outbox on another file system", {"outputs": 2}, far="outbox"),
    Situation("no rename without replacing", flat="flag", foreign=_NAMES_TAKEN),
    _error("no rename without replacing, refused", manners={"refuse": DAMAGED}, flat="flag"),
    # A name is taken by an empty file of the daemon's own, and a death in that very instant leaves it.
    Situation("no hard links either", flat="links", foreign=_NAMES_TAKEN, known="is no whole result: b''"),
)
"""Where the daemon is alone with its files."""

PEOPLED: tuple[Situation, ...] = (
    Situation("a person deletes the source", act="deletes"),
    Situation("a person writes over the source", act="writes over"),
    Situation("a program keeps the source open", act="keeps open"),
    Situation("a program keeps the source open, polled", {"held": False}, act="keeps open"),
    Situation("a writer elsewhere", act="writes into the stage"),
    Situation("a person renames the source", act="renames"),
    Situation("a person replaces the source", act="replaces"),
    Situation("a second of the same name", act="drops a second"),
    Situation("a second of the same name, polled, two outputs", {"held": False, "outputs": 2}, act="drops a second"),
    Situation("a person takes the output away", {"outputs": 2}, act="takes the output"),
    Situation("the output's name is taken meanwhile", act="takes the output's name"),
    Situation("the archive's name is taken meanwhile", act="takes the archive's name"),
    _error("the error's name is taken meanwhile", manners={"refuse": DAMAGED}, act="takes the error's name"),
    Situation(
        "tried again from the error folder", answers={"upload": (Refused(DAMAGED),)}, act="tries again", ends=_EITHER
    ),
    Situation("the sub-folder is removed", route={"recursive": True}, files=_SUB, act="removes the folder"),
    Situation("the sub-folder is renamed", route={"recursive": True}, files=_SUB, act="renames the folder"),
    Situation("cancelled", {"held": False}, act="cancels", ends=_EITHER),
    Situation("a person deletes the source, archive elsewhere", far="archive", act="deletes"),
    Situation("the archive's name is taken meanwhile, elsewhere", far="archive", act="takes the archive's name"),
    Situation(
        "a person writes over the source that is deleted",
        route={"source": "delete"},
        act="writes over",
        ends=frozenset(),
    ),
)
"""Where a person does something meanwhile, at every moment."""

SITUATIONS = {each.name: each for each in (*QUIET, *PEOPLED)}
