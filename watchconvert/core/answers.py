"""What the service said, as a value of a closed set, and how its errors are judged.

The table is section "Errors" of docs/contract.md as data.  Status comes
first, then the code in the body; a body without a code is a proxy's page and
is never believed to be a verdict on a file.
"""

import enum
from dataclasses import dataclass

from watchconvert.core.job import Part, Verdict


@dataclass(frozen=True)
class Uploaded:
    """The service has the whole file under this id."""

    file_id: str


@dataclass(frozen=True)
class Accepted:
    """The service knows the JobId and converts."""

    remote_id: str = ""
    """The id that the service chose instead of ours; empty when it took ours."""


@dataclass(frozen=True)
class Converted:
    """The conversion is over and these are its results."""

    parts: tuple[Part, ...]
    cost: int = 0


@dataclass(frozen=True)
class Unknown:
    """The service does not know the JobId, the file or the result (any more)."""

    by_page: bool = False
    """A web page said so, which is not how the service speaks."""


@dataclass(frozen=True)
class Unclear:
    """The request may or may not have arrived: ask before sending it again."""

    reason: str


@dataclass(frozen=True)
class Unavailable:
    """The request did not arrive or was not accepted, for a reason that passes."""

    reason: str
    retry_after: float | None = None
    """Seconds that the service asked us to wait, if it did."""
    crowded: bool = False
    """It was busy rather than broken."""


class Scope(enum.StrEnum):
    """What a hold pauses."""

    ACCOUNT = "account"
    SERVICE = "service"
    ROUTE = "route"
    DISK = "disk"
    PAUSE = "pause"
    """All routes, or one: a person wants it so, and nothing but a person or the time that they set ends it."""
    BUDGET = "budget"


@dataclass(frozen=True)
class Held:
    """Nothing is wrong with the file: the account or the route needs a person first."""

    scope: Scope
    verdict: Verdict
    name: str = ""
    """The route whose budget is used up; empty for that of all."""
    until: float = 0.0
    """When it is over by itself, in seconds since the epoch; 0 where nobody knows."""


@dataclass(frozen=True)
class Stale:
    """The upload is gone or was bad: upload again, `bound` times at most."""

    verdict: Verdict
    bound: int


@dataclass(frozen=True)
class Failed:
    """This round failed; the file may have another, `bound` times at most."""

    verdict: Verdict
    bound: int


@dataclass(frozen=True)
class Refused:
    """The file cannot be converted."""

    verdict: Verdict


Answer = Uploaded | Accepted | Converted | Unknown | Unclear | Unavailable | Held | Stale | Failed | Refused


class Asked(enum.StrEnum):
    """What the service was asked."""

    UPLOAD = "upload"
    SUBMIT = "submit"
    POLL = "poll"
    FETCH = "fetch"


@dataclass(frozen=True)
class Complaint:
    """An answer of the service that is not a success."""

    status: int
    """HTTP status."""
    code: int | None = None
    """The code in its body; None when the body was not the service's JSON."""
    message: str = ""
    invalid: tuple[str, ...] = ()
    """Names of the parameters it found wrong."""
    retry_after: float | None = None
    """Seconds."""
    is_page: bool = False
    """Whether its body is a web page."""


class Fate(enum.Enum):
    """What follows from an error of the service."""

    REFUSE = "the file goes to the error folder"
    REPEAT = "another round, within a bound"
    REUPLOAD = "upload again, within a bound"
    HOLD_ACCOUNT = "everything waits until the account is in order"
    HOLD_ROUTE = "the route waits until its settings are in order"
    WAIT = "try again later, for as long as it takes"


@dataclass(frozen=True)
class Rule:
    """One row of the error table."""

    status: int
    code: int | None
    """None stands for every code."""
    fate: Fate
    sentence: str
    """For the person at the share."""
    bound: int = 0
    """How often the fate may repeat for one file."""


_F = Fate
_ACCOUNT = "The conversion service does not accept this server's credentials or its account is not active."
_EMPTY = "The account at the conversion service has no conversions left."
_ASK = " Nothing is wrong with the file; it waits and goes on by itself once an administrator has mended the account."
_DAMAGED = "The file is damaged or incomplete, so it could not be converted. Open it in its own program, save it again, and drop it again."
_NOT_OFFERED = "The conversion service does not offer the conversion that this folder is set up for."
_TOO_LARGE = "The file is larger than the conversion service accepts. Make it smaller and drop it again."
_PROTECTED = "The file is protected with a password. Remove the password and drop it again."
_OURS = "The server and the conversion service did not understand each other. The file is safe; please tell your administrator."

RULES: tuple[Rule, ...] = (
    Rule(400, 4001, _F.REUPLOAD, _OURS, 1),
    Rule(400, 4002, _F.REFUSE, _OURS),
    Rule(400, 4005, _F.REFUSE, _OURS),
    Rule(401, 4014, _F.HOLD_ACCOUNT, _EMPTY + _ASK),
    Rule(401, None, _F.HOLD_ACCOUNT, _ACCOUNT + _ASK),
    Rule(402, None, _F.HOLD_ACCOUNT, _EMPTY + _ASK),
    Rule(403, None, _F.HOLD_ACCOUNT, _EMPTY + _ASK),
    Rule(404, None, _F.HOLD_ROUTE, _NOT_OFFERED),
    Rule(405, None, _F.HOLD_ROUTE, _NOT_OFFERED),
    Rule(413, None, _F.REFUSE, _TOO_LARGE),
    Rule(415, None, _F.REUPLOAD, "The conversion service does not accept this kind of file.", 1),
    Rule(422, None, _F.REFUSE, "The conversion service does not accept this file."),
    Rule(
        500,
        5000,
        _F.REPEAT,
        "The conversion took longer than the service allows. A smaller or simpler file may pass.",
        1,
    ),
    Rule(
        500,
        5001,
        _F.REPEAT,
        "The file could not be converted; it is probably damaged. Open it in its own program, save it again, and drop it again.",
        1,
    ),
    Rule(500, 5002, _F.REFUSE, _DAMAGED),
    Rule(500, 5003, _F.REFUSE, _PROTECTED),
    Rule(500, 5004, _F.REFUSE, "The service found no tables in the file, so there is nothing to convert."),
    Rule(500, 5005, _F.REFUSE, "The pages or the address that this folder asks for do not fit the file."),
    Rule(
        500,
        5006,
        _F.REFUSE,
        "The password set for this folder does not open the file. Remove the file's password and drop it again.",
    ),
    Rule(500, 5007, _F.REFUSE, "The file is encrypted and could not be opened. Remove the password and drop it again."),
    Rule(500, 5008, _F.REUPLOAD, "The conversion service lost the uploaded file.", 2),
    Rule(500, 5009, _F.REUPLOAD, "The conversion service no longer has the uploaded file.", 2),
    Rule(500, 50010, _F.REUPLOAD, _OURS, 1),
    Rule(500, 50013, _F.REFUSE, "The service found no pictures in the file, so there is nothing to convert."),
    Rule(500, 50020, _F.REFUSE, "The service found nothing in the file that could be extracted."),
    Rule(
        500, 50050, _F.REPEAT, "The conversion service failed on this file for a reason of its own. Try again later.", 2
    ),
)
"""Most particular first: a row with a code stands before the row for its whole status."""

_UNNAMED_FAILURE = Rule(
    500, None, _F.REPEAT, "The conversion service failed on this file without saying why. Try again later.", 2
)
_UNNAMED_REFUSAL = Rule(400, None, _F.REFUSE, "The conversion service does not accept this file.")
_BAD_SETTINGS = Rule(
    400,
    4000,
    _F.HOLD_ROUTE,
    "The conversion settings of this folder are not valid. Nothing is wrong with the file; it waits until an administrator has mended them.",
)
_BAD_FILE = Rule(
    400, 4000, _F.REFUSE, "The conversion service does not accept this file for the conversion of this folder."
)
_FILE_PARAMETERS = frozenset({"file", "files", "url"})
_WAIT = Rule(503, None, _F.WAIT, "The conversion service is busy or cannot be reached.")
_BELIEVED = frozenset({401, 402, 403, 404, 405, 413})
"""Statuses that say enough without a body."""
_GONE = frozenset({404, 410})
_DOUBTFUL = frozenset({408, 409, 504})
"""The request may have been accepted, whatever the body says: somebody waited in vain, or the JobId is known already."""
_PASSING = _DOUBTFUL | {421, 425, 429, 502, 503}


def rule_for(complaint: Complaint) -> Rule:
    """Return the row of the table that fits an error of the service."""
    if complaint.status in _PASSING or (complaint.code is None and complaint.status not in _BELIEVED):
        return _WAIT
    if complaint.status == 400 and complaint.code == 4000:
        return _about_parameters(complaint)
    for rule in RULES:
        if rule.status == complaint.status and rule.code in (None, complaint.code):
            return rule
    if complaint.status >= 500:
        return _UNNAMED_FAILURE if complaint.status == 500 else _WAIT
    return _UNNAMED_REFUSAL


def _about_parameters(complaint: Complaint) -> Rule:
    """Tell a wrong file from wrong settings, which would fail every file of the route."""
    names = {name.split("[")[0].lower() for name in complaint.invalid}
    return _BAD_FILE if names and names <= _FILE_PARAMETERS else _BAD_SETTINGS


def judge(complaint: Complaint, asked: Asked) -> Answer:
    """Say what an error of the service means for the request that was made.

    A 404 means something else for each request: a job or a result that is gone
    at a poll and a fetch, a conversion that does not exist at a submit.
    """
    if complaint.status in _GONE and asked in (Asked.POLL, Asked.FETCH):
        return Unknown(by_page=complaint.is_page)
    rule = rule_for(complaint)
    if rule.fate is Fate.WAIT:
        return _later(complaint, asked)
    verdict = Verdict(rule.sentence, complaint.status, complaint.code or 0, complaint.message)
    return _consequence(rule, verdict)


def _later(complaint: Complaint, asked: Asked) -> Answer:
    reason = f"the service answered {complaint.status}" + (f": {complaint.message}" if complaint.message else "")
    definite = complaint.status == 429 or (complaint.code is not None and complaint.status not in _DOUBTFUL)
    if asked is Asked.SUBMIT and not definite:
        return Unclear(reason)
    return Unavailable(reason, complaint.retry_after, crowded=complaint.status in (429, 503))


def _consequence(rule: Rule, verdict: Verdict) -> Answer:
    match rule.fate:
        case Fate.HOLD_ACCOUNT:
            return Held(Scope.ACCOUNT, verdict)
        case Fate.HOLD_ROUTE:
            return Held(Scope.ROUTE, verdict)
        case Fate.REUPLOAD:
            return Stale(verdict, rule.bound)
        case Fate.REPEAT:
            return Failed(verdict, rule.bound)
        case _:
            return Refused(verdict)
