"""What the service said, as a value of a closed set, and how its errors are judged.

The table is section "Errors" of docs/contract.md as data.  Status comes
first, then the code in the body; a body without a code is a proxy's page and
is never believed to be a verdict on a file.
"""

import enum
from dataclasses import dataclass

from watchconvert.core.job import Part, Verdict
from watchconvert.core.texts import ENGLISH
from watchconvert.core.verdicts import because


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
    cause: str
    """The name of its sentence for the person at the share (`core/texts`)."""
    bound: int = 0
    """How often the fate may repeat for one file."""

    @property
    def sentence(self) -> str:
        """The sentence in English."""
        return ENGLISH.causes[self.cause]


_F = Fate

RULES: tuple[Rule, ...] = (
    Rule(400, 4001, _F.REUPLOAD, "misunderstood", 1),
    Rule(400, 4002, _F.REFUSE, "misunderstood"),
    Rule(400, 4005, _F.REFUSE, "misunderstood"),
    Rule(401, 4014, _F.HOLD_ACCOUNT, "account_empty"),
    Rule(401, None, _F.HOLD_ACCOUNT, "credentials"),
    Rule(402, None, _F.HOLD_ACCOUNT, "account_empty"),
    Rule(403, None, _F.HOLD_ACCOUNT, "account_empty"),
    Rule(404, None, _F.HOLD_ROUTE, "not_offered"),
    Rule(405, None, _F.HOLD_ROUTE, "not_offered"),
    Rule(413, None, _F.REFUSE, "too_large"),
    Rule(415, None, _F.REUPLOAD, "kind_refused", 1),
    Rule(422, None, _F.REFUSE, "refused"),
    Rule(
        500,
        5000,
        _F.REPEAT,
        "too_slow",
        1,
    ),
    Rule(
        500,
        5001,
        _F.REPEAT,
        "perhaps_damaged",
        1,
    ),
    Rule(500, 5002, _F.REFUSE, "damaged"),
    Rule(500, 5003, _F.REFUSE, "protected"),
    Rule(500, 5004, _F.REFUSE, "no_tables"),
    Rule(500, 5005, _F.REFUSE, "pages"),
    Rule(
        500,
        5006,
        _F.REFUSE,
        "wrong_password",
    ),
    Rule(500, 5007, _F.REFUSE, "encrypted"),
    Rule(500, 5008, _F.REUPLOAD, "upload_lost", 2),
    Rule(500, 5009, _F.REUPLOAD, "upload_gone", 2),
    Rule(500, 50010, _F.REUPLOAD, "misunderstood", 1),
    Rule(500, 50013, _F.REFUSE, "no_pictures"),
    Rule(500, 50020, _F.REFUSE, "nothing_found"),
    Rule(500, 50050, _F.REPEAT, "service_failed", 2),
)
"""Most particular first: a row with a code stands before the row for its whole status."""

_UNNAMED_FAILURE = Rule(500, None, _F.REPEAT, "service_silent", 2)
_UNNAMED_REFUSAL = Rule(400, None, _F.REFUSE, "refused")
_BAD_SETTINGS = Rule(
    400,
    4000,
    _F.HOLD_ROUTE,
    "settings",
)
_BAD_FILE = Rule(400, 4000, _F.REFUSE, "refused_here")
_FILE_PARAMETERS = frozenset({"file", "files", "url"})
_WAIT = Rule(503, None, _F.WAIT, "busy")
_BELIEVED = frozenset({401, 402, 403, 404, 405, 413})
"""Statuses that say enough without a body."""
_GONE = frozenset({404, 410})
_DOUBTFUL = frozenset({408, 409, 504})
"""The request may have been accepted whatever the body says: somebody waited in vain, or the JobId is known already."""
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
    verdict = because(rule.cause, complaint.status, complaint.code or 0, complaint.message)
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
